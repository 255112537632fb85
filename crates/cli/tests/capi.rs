//! Builds the extensions of `tests/capi` with the system's C compiler against CPython's headers and compares what
//! their programs print with what CPython printed (`NAME.c`, `NAME.py`, `NAME.out`).
//!
//! The headers are looked for in `PYROX_PYTHON_INCLUDE` and `/usr/include/python3.14`; without them, or without a
//! compiler, the extensions are left out. Only some: `PYROX_CAPI=c_types cargo test --test capi`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where CPython's headers are.
fn include() -> Option<PathBuf> {
    let given = std::env::var_os("PYROX_PYTHON_INCLUDE").map(PathBuf::from);
    Some(given.unwrap_or_else(|| "/usr/include/python3.14".into())).filter(|folder| folder.join("Python.h").is_file())
}

/// The names of the extensions.
fn names(root: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "c"))
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    if let Ok(only) = std::env::var("PYROX_CAPI") {
        names.retain(|name| only.split_whitespace().any(|prefix| name.starts_with(prefix)));
    }
    names.sort();
    names
}

/// Builds one extension and runs its program; why it fails, or nothing.
fn run(root: &Path, include: &Path, folder: &Path, name: &str) -> Result<(), String> {
    let object = folder.join(format!("{name}.cpython-314-x86_64-linux-gnu.so"));
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-g", "-Wall", "-Werror=implicit-function-declaration", "-I"])
        .arg(include)
        // Debian keeps one header for each architecture beside the rest.
        .arg("-I")
        .arg(include.canonicalize().unwrap_or_default().join(".."))
        .arg(root.join(format!("{name}.c")))
        .arg("-o")
        .arg(&object)
        .output()
        .map_err(|error| format!("cc: {error}"))?;
    if !built.status.success() {
        return Err(String::from_utf8_lossy(&built.stderr).into_owned());
    }
    let expected = fs::read_to_string(root.join(format!("{name}.out"))).map_err(|error| format!("no recorded output ({error})"))?;
    // Under another name, so that it does not import itself.
    let program = folder.join(format!("run_{name}.py"));
    fs::copy(root.join(format!("{name}.py")), &program).map_err(|error| error.to_string())?;
    let ran = Command::new(env!("CARGO_BIN_EXE_pyrox"))
        .arg(&program)
        .current_dir(folder)
        .env("PYTHONPATH", folder)
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONIOENCODING", "utf-8")
        .env("NO_COLOR", "1")
        .output()
        .map_err(|error| error.to_string())?;
    let (out, err) = (String::from_utf8_lossy(&ran.stdout).into_owned(), String::from_utf8_lossy(&ran.stderr).into_owned());
    if !ran.status.success() {
        return Err(format!("{}\n{err}", ran.status));
    }
    // The programs are recorded elsewhere.
    let out = out.replace(&*folder.to_string_lossy(), "FOLDER");
    if out == expected {
        return Ok(());
    }
    let first = expected.lines().zip(out.lines()).take_while(|(a, b)| a == b).count();
    let line = |text: &str| text.lines().nth(first).unwrap_or("(the end)").to_string();
    Err(format!("line {}:\n  - {}\n  + {}\n{err}", first + 1, line(&expected), line(&out)))
}

#[test]
fn extensions() {
    let Some(include) = include() else {
        println!("left out: no headers of CPython 3.14 (set PYROX_PYTHON_INCLUDE)");
        return;
    };
    if Command::new("cc").arg("--version").output().is_err() {
        println!("left out: no C compiler");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/capi");
    let folder = std::env::temp_dir().join(format!("pyrox-capi-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    let mut report = String::new();
    let names = names(&root);
    for name in &names {
        if let Err(why) = run(&root, &include, &folder, name) {
            report.push_str(&format!("{name}: {why}\n"));
        }
    }
    let _ = fs::remove_dir_all(&folder);
    println!("{} extensions", names.len());
    assert!(report.is_empty(), "{report}");
}
