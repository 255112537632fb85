#!/usr/bin/env python3
"""Write src/missing.rs: the names that CPython exports and no source file here defines.

exports.tsv lists all names with what a function of that name gives back, or that it is data. A name counts as
defined when it stands in the code of any crate. Run this after adding functions; the tests run it with --check.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE / "src" / "missing.rs"

HEAD = """\
//! What is not yet built: functions that raise `SystemError` with their name, so that any extension loads.
//!
//! Written by missing.py; do not edit.

use crate::unbuilt::{PyStatus, missing};

"""


def defined():
    words = set()
    for path in HERE.parent.rglob("*.rs"):
        if path == TARGET or "target" in path.parts:
            continue
        for line in path.read_text().splitlines():
            code = line.split("//", 1)[0]
            words.update(re.findall(r"\b_?Py[A-Za-z0-9_]*\b", code))
    return words


def main():
    words = defined()
    kinds = {}
    for line in (HERE / "exports.tsv").read_text().splitlines():
        name, kind = line.split("\t")
        if kind != "data" and name not in words:
            kinds.setdefault(kind, []).append(name)
    results = {"pointer": "*mut u8", "int": "isize", "nothing": "()", "double": "f64", "status": "PyStatus"}
    text = HEAD
    for kind, result in results.items():
        if kind in kinds:
            names = "".join(f"    {name},\n" for name in sorted(kinds.pop(kind)))
            text += f"missing! {{ {result};\n{names}}}\n"
    if kinds:
        sys.exit(f"results of a kind that cannot be given yet: {kinds}")
    if "--check" in sys.argv:
        sys.exit(TARGET.read_text() != text and "src/missing.rs is out of date: run missing.py")
    TARGET.write_text(text)


if __name__ == "__main__":
    main()
