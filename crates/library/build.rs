//! Compiles the standard library's Python files into one archive, and writes the table that finds them.
//!
//! The files are those of the crate `rustpython-pylib` (CPython's own `Lib`), with `patches.rs` applied, and
//! those of the project's folder `lib/`, which come first.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pyrox_compiler::code::Text;
use pyrox_compiler::{Mode, Options, marshal};

#[path = "patches.rs"]
mod patches;

/// Parts of that crate that are not the standard library's, or need a toolkit that is not there.
const LEFT_OUT: [&str; 8] =
    ["_dummy_os.py", "_dummy_thread.py", "_pycodecs.py", "dummy_threading.py", "README.md", "idlelib/", "turtledemo/", "PSF-LICENSE"];

/// What CPython has in its executable, found before `sys.path` is looked at.
const FROZEN: [&str; 24] = [
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "zipimport",
    "abc",
    "codecs",
    "io",
    "_collections_abc",
    "_sitebuiltins",
    "genericpath",
    "ntpath",
    "posixpath",
    "os",
    "site",
    "stat",
    "importlib.util",
    "importlib.machinery",
    "runpy",
    "__hello__",
    "__phello__",
    "__phello__.ham",
    "__phello__.ham.eggs",
    "__phello__.spam",
    "__phello__.ham.__init__",
    "_pyrox_library",
];

fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|n| n != "__pycache__") {
                walk(root, &path, found);
            }
            continue;
        }
        let Ok(relative) = path.strip_prefix(root) else { continue };
        let relative = relative.to_string_lossy().replace('\\', "/");
        if !LEFT_OUT.iter().any(|left| relative == *left || left.ends_with('/') && relative.starts_with(left)) {
            found.insert(relative, path);
        }
    }
}

fn patched(name: &str, mut text: Vec<u8>) -> Vec<u8> {
    for (file, old, new) in patches::PATCHES {
        if *file != name {
            continue;
        }
        let source = String::from_utf8(text).unwrap_or_else(|_| panic!("{name} is not UTF-8"));
        assert!(source.contains(old), "the patch of {name} does not apply: {old}");
        text = source.replacen(old, new, 1).into_bytes();
    }
    text
}

fn main() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lib");
    println!("cargo::rerun-if-changed={}", own.display());
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=patches.rs");
    let mut files = BTreeMap::new();
    let library = Path::new(rustpython_pylib::LIB_PATH);
    walk(library, library, &mut files);
    walk(&own, &own, &mut files);

    let mut archive: Vec<u8> = Vec::new();
    let mut modules = BTreeMap::new();
    let mut data = String::new();
    let mut put = |bytes: &[u8]| {
        let start = archive.len();
        archive.extend_from_slice(bytes);
        (start, bytes.len())
    };
    for (name, path) in &files {
        let content = patched(name, std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
        let packed = miniz_oxide::deflate::compress_to_vec(&content, 8);
        let (packed_at, packed_len) = put(&packed);
        writeln!(data, "    File {{ path: {name:?}, packed: ({packed_at}, {packed_len}), size: {} }},", content.len()).unwrap();
        let Some(module) = name.strip_suffix(".py") else { continue };
        let (module, package) = match module.strip_suffix("/__init__") {
            Some(folder) => (folder, true),
            None => (module, false),
        };
        let dotted = module.replace('/', ".");
        if !dotted.split('.').all(|part| part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')) {
            continue;
        }
        let frozen = FROZEN.contains(&dotted.as_str());
        let filename = if frozen { format!("<frozen {dotted}>") } else { name.clone() };
        let options = Options { mode: Mode::Exec, optimize: 0, flags: 0, filename: Text::from(filename.as_str()) };
        let code = match pyrox_compiler::compile(&content, &options, &mut Vec::new()) {
            Ok(code) => code,
            Err(error) => {
                println!("cargo::warning={name} does not compile: {}", error.message);
                continue;
            }
        };
        let bytes = marshal::dumps(&code, marshal::VERSION).unwrap_or_else(|_| panic!("{name} does not marshal"));
        let (at, len) = put(&bytes);
        modules.insert(
            dotted.clone(),
            format!(
                "    Module {{ name: {dotted:?}, file: {name:?}, is_package: {package}, is_frozen: {frozen}, code: ({at}, {len}) }},\n"
            ),
        );
    }
    let table: String = modules.into_values().collect();
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap());
    std::fs::write(out.join("library.bin"), &archive).unwrap();
    let index = format!("static MODULES: &[Module] = &[\n{table}];\nstatic FILES: &[File] = &[\n{data}];\n");
    std::fs::write(out.join("index.rs"), index).unwrap();
}
