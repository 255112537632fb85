"""Writes the tables of this crate. Run with CPython 3.14, whose str methods and unicodedata define every property:

    cpython3.14 crates/unicode/tools/generate.py

Writes src/tables/*.rs and data/names.bin beside this file's parent. aliases.txt and sequences.txt, which Python cannot
enumerate, lie beside this file; each entry is checked against unicodedata.
"""

import ctypes
import os
import struct
import unicodedata
from _sre import unicode_tolower

assert unicodedata.unidata_version == "16.0.0"
OLD = unicodedata.ucd_3_2_0
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
LIMIT = 0x110000
ALL = range(LIMIT)
HEAD = "// Written by tools/generate.py from CPython 3.14's Unicode 16.0 data; do not edit.\n\n"


def split(values):
    """A flat list as a two-stage table: (shift, index, blocks), as small as can be."""
    best = None
    for shift in range(4, 10):
        size = 1 << shift
        seen, index, blocks = {}, [], []
        for start in range(0, LIMIT, size):
            block = tuple(values[start:start + size])
            if block not in seen:
                seen[block] = len(seen)
                blocks.extend(block)
            index.append(seen[block])
        width = lambda items: 1 if max(items) < 256 else 2 if max(items) < 65536 else 4
        total = len(index) * width(index) + len(blocks) * width(blocks)
        if best is None or total < best[0]:
            best = total, shift, index, blocks
    return best[1:]


def array(name, items, kind=None, doc=""):
    if kind is None:
        top = max(items, default=0)
        kind = "u8" if top < 256 else "u16" if top < 65536 else "u32"
    lines = [f"/// {doc}\n" if doc else "", f"pub static {name}: [{kind}; {len(items)}] = [\n"]
    line = "   "
    for item in items:
        text = f" {item},"
        if len(line) + len(text) > 120:
            lines.append(line + "\n")
            line = "   "
        line += text
    lines.append(line + "\n];\n\n")
    return "".join(lines)


def two_stage(prefix, values, doc):
    shift, index, blocks = split(values)
    return (f"/// How many low bits of a code point select within a block of [`{prefix}_BLOCKS`].\n"
            f"pub const {prefix}_SHIFT: u32 = {shift};\n\n"
            + array(f"{prefix}_INDEX", index, doc=f"Block numbers: {doc}.")
            + array(f"{prefix}_BLOCKS", blocks, doc=f"Blocks: {doc}."))


def write(name, text):
    with open(os.path.join(ROOT, "src", "tables", name), "w") as file:
        file.write(HEAD + text.rstrip("\n") + "\n")


# Character types and case.
api = ctypes.pythonapi
def simple(name):
    function = getattr(api, name)
    function.argtypes, function.restype = [ctypes.c_uint32], ctypes.c_uint32
    return function
to_upper, to_lower, to_title = map(simple, ("_PyUnicode_ToUppercase", "_PyUnicode_ToLowercase", "_PyUnicode_ToTitlecase"))

FLAGS = ["ALPHA", "DECIMAL", "DIGIT", "NUMERIC", "SPACE", "LINEBREAK", "UPPER", "LOWER", "TITLE", "CASED",
         "CASE_IGNORABLE", "PRINTABLE", "XID_START", "XID_CONTINUE", "SPECIAL_CASE"]
FLAG = {name: 1 << index for index, name in enumerate(FLAGS)}
SIGMA = "\u03a3"
records, record_number, types, special, numeric = [], {}, [], [], []
for code in ALL:
    c = chr(code)
    flags = 0
    def put(name, condition):
        global flags
        if condition:
            flags |= FLAG[name]
    title = unicodedata.category(c) == "Lt"
    put("ALPHA", c.isalpha())
    put("DECIMAL", c.isdecimal())
    put("DIGIT", c.isdigit())
    put("NUMERIC", c.isnumeric())
    put("SPACE", c.isspace())
    put("LINEBREAK", len(("a" + c + "b").splitlines()) > 1)
    put("UPPER", c.isupper())
    put("LOWER", c.islower())
    put("TITLE", title)
    put("CASED", c.isupper() or c.islower() or title)
    # Skipped on the way back from a sigma, and no letter itself.
    put("CASE_IGNORABLE", ("A" + c + SIGMA).lower()[-1] == "\u03c2" and (c + SIGMA).lower()[-1] != "\u03c2")
    put("PRINTABLE", c.isprintable())
    put("XID_START", c.isidentifier() and c != "_")
    put("XID_CONTINUE", ("a" + c).isidentifier())
    lower, upper, titled, folded = c.lower(), c.upper(), c.title(), c.casefold()
    assert to_lower(code) == unicode_tolower(code)
    plain = (len(lower) == len(upper) == len(titled) == 1 and folded == lower
             and (ord(lower), ord(upper), ord(titled)) == (to_lower(code), to_upper(code), to_title(code)))
    if not plain:
        flags |= FLAG["SPECIAL_CASE"]
        special.append((code, lower, upper, titled, folded))
    record = (flags, unicodedata.decimal(c, 255), unicodedata.digit(c, 255),
              to_lower(code) - code, to_upper(code) - code, to_title(code) - code)
    if record not in record_number:
        record_number[record] = len(records)
        records.append(record)
    types.append(record_number[record])
    if c.isnumeric():
        numeric.append((code, unicodedata.numeric(c)))

text = "use crate::ctype::Record;\nuse crate::case::SpecialCase;\n\n"
text += two_stage("TYPE", types, "indexes into [`TYPE_RECORDS`]")
text += f"/// The distinct records.\npub static TYPE_RECORDS: [Record; {len(records)}] = [\n"
for flags, decimal, digit, lower, upper, title in records:
    text += (f"    Record {{ flags: {flags}, decimal: {decimal}, digit: {digit}, "
             f"lower: {lower}, upper: {upper}, title: {title} }},\n")
text += "];\n\n"
def mapping(mapped):
    return "[" + ", ".join(str(ord(c)) for c in mapped.ljust(3, "\0")) + "]"
text += ("/// Full case mappings where they differ from the simple ones, by code point; unused places are zero.\n"
         f"pub static SPECIAL_CASES: [SpecialCase; {len(special)}] = [\n")
for code, lower, upper, titled, folded in special:
    text += (f"    SpecialCase {{ code: {code}, lower: {mapping(lower)}, upper: {mapping(upper)}, "
             f"title: {mapping(titled)}, fold: {mapping(folded)} }},\n")
text += "];\n\n"
text += f"/// Numeric values by code point.\npub static NUMERIC: [(u32, f64); {len(numeric)}] = [\n"
text += "".join(f"    ({code}, {value!r}),\n" for code, value in numeric) + "];\n"
write("types.rs", text)
flag_text = "".join(f"pub(crate) const {name + '_FLAG' * (name == 'NUMERIC')}: u16 = 1 << {index};\n" for index, name in enumerate(FLAGS))
write("flags.rs", flag_text)

# The database.
assert all(OLD.digit(chr(code), -1) == unicodedata.digit(chr(code), -1) for code in ALL)
categories = sorted({unicodedata.category(chr(code)) for code in ALL} - {"Cn"})
categories.insert(0, "Cn")
bidirectionals = sorted({unicodedata.bidirectional(chr(code)) for code in ALL}
                        | {OLD.bidirectional(chr(code)) for code in ALL} | {""})
widths = sorted({unicodedata.east_asian_width(chr(code)) for code in ALL}
                | {OLD.east_asian_width(chr(code)) for code in ALL})
NO, MAYBE = 1, 2
decomposition, compositions, second = {}, [], set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
for code in ALL:
    found = unicodedata.decomposition(chr(code))
    if found and not 0xAC00 <= code <= 0xD7A3:
        decomposition[code] = found
        parts = found.split()
        if parts[0][0] != "<" and len(parts) == 2:
            a, b = (int(part, 16) for part in parts)
            if unicodedata.normalize("NFC", chr(a) + chr(b)) == chr(code):
                compositions.append((a, b, code))
                second.add(b)
compositions.sort()
records, record_number = [], {}
def number(record):
    if record not in record_number:
        record_number[record] = len(records)
        records.append(record)
    return record_number[record]
def record_of(ucd, code):
    c = chr(code)
    check = 0
    if ucd is unicodedata:
        for place, form in enumerate(("NFD", "NFKD", "NFC", "NFKC")):
            if unicodedata.normalize(form, c) != c:
                check |= NO << 2 * place
            elif place >= 2 and code in second:
                check |= MAYBE << 2 * place
    return (categories.index(ucd.category(c)), bidirectionals.index(ucd.bidirectional(c)), ucd.combining(c),
            widths.index(ucd.east_asian_width(c)), ucd.mirrored(c), check)
new = [number(record_of(unicodedata, code)) for code in ALL]
old = [number(record_of(OLD, code)) for code in ALL]
text = "use crate::database::Record;\n\n"
for name, items, doc in (("CATEGORIES", categories, "General categories"),
                         ("BIDIRECTIONAL", bidirectionals, "Bidirectional classes"),
                         ("WIDTHS", widths, "East Asian widths")):
    text += f"/// {doc}.\npub static {name}: [&str; {len(items)}] = [" + ", ".join(f'"{i}"' for i in items) + "];\n\n"
text += two_stage("DATABASE", new, "indexes into [`DATABASE_RECORDS`], for Unicode 16.0")
text += two_stage("OLD_DATABASE", old, "indexes into [`DATABASE_RECORDS`], for Unicode 3.2")
text += f"/// The distinct records.\npub static DATABASE_RECORDS: [Record; {len(records)}] = [\n"
for category, bidirectional, combining, width, mirrored, check in records:
    text += (f"    Record {{ category: {category}, bidirectional: {bidirectional}, combining: {combining}, "
             f"width: {width}, mirrored: {str(bool(mirrored)).lower()}, check: {check} }},\n")
text += "];\n\n"
old_numeric = []
for code in ALL:
    c = chr(code)
    if OLD.category(c) != "Cn":
        now = [getattr(unicodedata, what)(c, -1) for what in ("decimal", "numeric")]
        then = [getattr(OLD, what)(c, -1) for what in ("decimal", "numeric")]
        if now != then:
            old_numeric.append((code, *then))
text += ("/// Where a character that Unicode 3.2 had has another decimal or numeric value there (-1: none).\n"
         f"pub static OLD_NUMERIC: [(u32, i8, f64); {len(old_numeric)}] = [\n"
         + "".join(f"    ({code}, {decimal}, {float(value)!r}),\n" for code, decimal, value in old_numeric) + "];\n")
write("database.rs", text)

# Decompositions.
tags = sorted({found.split()[0] for found in decomposition.values() if found[0] == "<"})
pool, offsets, known = [0], [0] * LIMIT, {}
def pooled(found):
    if found not in known:
        parts = found.split()
        tag = 0
        if parts and parts[0][0] == "<":
            tag = 1 + tags.index(parts.pop(0))
        known[found] = len(pool)
        pool.append(len(parts) << 8 | tag)
        pool.extend(int(part, 16) for part in parts)
    return known[found]
for code, found in decomposition.items():
    offsets[code] = pooled(found)
assert all(OLD.decomposition(chr(code)) in ("", unicodedata.decomposition(chr(code))) for code in ALL)
corrections = []
for code in ALL:
    if OLD.category(chr(code)) != "Cn":
        then, now = OLD.normalize("NFD", chr(code)), unicodedata.normalize("NFD", chr(code))
        if then != now:
            assert len(then) == 1, (hex(code), then)
            corrections.append((code, ord(then)))
assert len(pool) < 65536
text = ("/// The tags of compatibility decompositions.\n"
        f"pub static TAGS: [&str; {len(tags)}] = [" + ", ".join(f'"{tag}"' for tag in tags) + "];\n\n")
text += two_stage("DECOMPOSITION", offsets, "offsets into [`DECOMPOSITIONS`], zero for none")
text += array("DECOMPOSITIONS", pool, "u32",
              "Each entry: `length << 8 | tag` (0: canonical, else one more than the index of the tag), then code points.")
text += ("/// Characters that normalize to another character by the data of Unicode 3.2 (corrections made since).\n"
         f"pub static OLD_CORRECTIONS: [(u32, u32); {len(corrections)}] = {corrections};\n\n")
text += ("/// Primary composites: first, second, composite.\n"
         f"pub static COMPOSITIONS: [(u32, u32, u32); {len(compositions)}] = [\n"
         + "".join(f"    {item},\n" for item in compositions) + "];\n")
write("decomposition.rs", text)

# Names. A pattern name is a prefix followed by the code point in hexadecimal.
names, patterns, looked_up = {}, [], []
def extend(ranges, prefix, code):
    if ranges and ranges[-1][1] == code - 1 and ranges[-1][2] == prefix:
        ranges[-1][1] = code
    else:
        ranges.append([code, code, prefix])
def lookup(name):
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return None
for code in ALL:
    name = unicodedata.name(chr(code), None)
    if name is None or 0xAC00 <= code <= 0xD7A3:
        continue
    digits = "%04X" % code
    if name.endswith("-" + digits):
        extend(patterns, name[:-len(digits)], code)
    else:
        names[code] = name
prefixes = sorted({prefix for _, _, prefix in patterns} | {"TANGUT IDEOGRAPH-"})
for prefix in prefixes:
    for code in ALL:
        if lookup("%s%04X" % (prefix, code)) == chr(code):
            extend(looked_up, prefix, code)
aliases = []
with open(os.path.join(HERE, "aliases.txt")) as file:
    for line in file:
        if line[0] != "#" and line.strip():
            code, name = line.strip().split(";")
            assert lookup(name) == chr(int(code, 16)), line
            aliases.append((name, int(code, 16)))
aliases.sort()
sequences = []
with open(os.path.join(HERE, "sequences.txt")) as file:
    for line in file:
        if line[0] != "#" and line.strip():
            name, codes = line.strip().split(";")
            codes = [int(code, 16) for code in codes.split()]
            assert lookup(name) == "".join(map(chr, codes)), line
            sequences.append((name, codes))
sequences.sort()

# Words, the most frequent first: the first 0x80 numbers take one byte, the others two.
count = {}
for name in list(names.values()):
    for word in name.split(" "):
        count[word] = count.get(word, 0) + 1
words = sorted(count, key=lambda word: (-count[word], word))
word_number = {word: index for index, word in enumerate(words)}
assert len(words) < 0x80 + 0x7f00
lexicon, starts = bytearray(), []
for word in words:
    starts.append(len(lexicon))
    lexicon += word.encode()
starts.append(len(lexicon))
phrases, offset_of = bytearray(b"\0"), {}
for code, name in names.items():
    offset_of[code] = len(phrases)
    coded = bytearray()
    parts = name.split(" ")
    for word in parts:
        index = word_number[word]
        coded += bytes([index]) if index < 0x80 else struct.pack(">H", 0x8000 | index - 0x80)
    phrases += bytes([len(parts)]) + coded
sorted_codes = sorted(names, key=lambda code: names[code])
blob = bytearray()
layout = []
def section(name, data):
    layout.append((name, len(blob), len(blob) + len(data)))
    blob.extend(data)
section("LEXICON", lexicon)
section("WORD_STARTS", b"".join(start.to_bytes(3, "little") for start in starts))
section("PHRASES", phrases)
section("SORTED", b"".join(code.to_bytes(3, "little") for code in sorted_codes))
# Offsets of phrases by code point: one full offset for each block of 32, a relative one for each character.
page_index, pages, page_data = [], {}, bytearray()
for start in range(0, LIMIT, 32):
    block = [offset_of.get(code, 0) for code in range(start, start + 32)]
    if not any(block):
        page_index.append(0xFFFF)
        continue
    page_index.append(len(page_data) // 68)
    base = min(offset for offset in block if offset) - 1
    page_data += struct.pack("<I", base) + b"".join(struct.pack("<H", offset - base if offset else 0) for offset in block)
section("PAGES", page_data)
section("PAGE_INDEX", b"".join(struct.pack("<H", page) for page in page_index))
with open(os.path.join(ROOT, "data", "names.bin"), "wb") as file:
    file.write(blob)
text = "use std::ops::Range;\n\n"
for name, start, end in layout:
    text += f"/// Where `{name.lower()}` is in the data.\npub const {name}: Range<usize> = {start}..{end};\n\n"
def ranges(name, items, doc):
    return (f"/// {doc}\npub static {name}: [(u32, u32, &str); {len(items)}] = [\n"
            + "".join(f'    ({a}, {b}, "{prefix}"),\n' for a, b, prefix in items) + "];\n\n")
text += ranges("PATTERN_NAMES", patterns, "First, last, prefix of names that end in the code point.")
text += ranges("PATTERN_LOOKUPS", looked_up, "First, last, prefix of such names that can be looked up.")
text += (f"/// Aliases, sorted.\npub static ALIASES: [(&str, u32); {len(aliases)}] = [\n"
         + "".join(f'    ("{name}", {code}),\n' for name, code in aliases) + "];\n\n")
text += (f"/// Named sequences, sorted.\npub static SEQUENCES: [(&str, &[u32]); {len(sequences)}] = [\n"
         + "".join(f'    ("{name}", &{codes}),\n' for name, codes in sequences) + "];\n")
write("names.rs", text)
print(len(names), "names,", len(words), "words,", len(blob), "bytes;", len(special), "special cases;",
      len(old_numeric), "numeric,", len(corrections), "corrections of 3.2;",
      len(patterns), "patterns", [(hex(a), hex(b), p) for a, b, p in looked_up])
