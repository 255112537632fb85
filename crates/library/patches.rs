//! Changes to files of the library: mostly edits that were made for another implementation, taken back.

/// (file, text, what stands in its place).
pub const PATCHES: &[(&str, &str, &str)] = &[
    ("site.py", "return 'RustPython' # XXX: RUSTPYTHON; for site-packages", "return 'Python'"),
    ("site.py", "    # XXX: RUSTPYTHON\n    return f'{userbase}/lib/rustpython{", "    return f'{userbase}/lib/python{"),
    ("sysconfig/__init__.py", "return 'RustPython'  # XXX: RUSTPYTHON; For site-packages", "return 'Python'"),
    // The frozen modules' sources are in the archive.
    (
        "importlib/_bootstrap.py",
        "        \"\"\"Return None as frozen modules do not have source code.\"\"\"\n        return None",
        "        \"\"\"Return the module's source text.\"\"\"\n        return _imp._frozen_source(fullname)",
    ),
];
