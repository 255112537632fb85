//! The library's files on disk, for programs that read them by path (`open(os.__file__)`): written beneath
//! `sys._stdlib_dir` when the first of them is asked for.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::library;

/// Says which library was written.
const STAMP: &str = ".pyrox-library";

static FOLDER: OnceLock<String> = OnceLock::new();
static DONE: AtomicBool = AtomicBool::new(false);
static HELD: AtomicBool = AtomicBool::new(false);

/// Say where the library's files belong.
pub fn install(folder: &str) {
    let _ = FOLDER.set(folder.to_owned());
}

/// Write nothing, or as usual: the importer looks into the folder for what does not belong to the library.
pub(super) fn hold(held: bool) {
    HELD.store(held, Ordering::Relaxed);
}

/// A file is about to be opened, or a folder to be listed: if it is one of the library's, see to it that it is
/// there. Where the files cannot be written they are simply missing.
#[inline]
pub fn prepare(path: &[u8]) {
    if let Some(folder) = FOLDER.get().filter(|folder| path.starts_with(folder.as_bytes())) {
        if !DONE.load(Ordering::Relaxed) && !HELD.load(Ordering::Relaxed) {
            prepare_library(folder, &path[folder.len()..]);
        }
    }
}

#[cold]
fn prepare_library(folder: &str, rest: &[u8]) {
    let Ok(rest) = std::str::from_utf8(rest) else { return };
    let Some(files) = library::all_files() else { return };
    let asked = rest.trim_matches('/');
    let known = |file: &str| file == asked || file.strip_prefix(asked).is_some_and(|behind| behind.starts_with('/'));
    if !rest.is_empty() && !rest.starts_with('/') || !asked.is_empty() && !files.iter().any(|(file, _)| known(file)) {
        return;
    }
    DONE.store(true, Ordering::Relaxed);
    let total: usize = files.iter().map(|(_, size)| size).sum();
    let stamp = format!("{} {} {total}\n", env!("CARGO_PKG_VERSION"), files.len());
    let folder = Path::new(folder);
    if fs::read_to_string(folder.join(STAMP)).is_ok_and(|found| found == stamp) {
        return;
    }
    for (file, _) in files {
        if write(&folder.join(file), || library::file_bytes(file)).is_none() {
            return;
        }
    }
    write(&folder.join(STAMP), || Some(stamp.into_bytes()));
}

/// Write a file at once, so that another process never sees half of it.
fn write(file: &Path, bytes: impl FnOnce() -> Option<Vec<u8>>) -> Option<()> {
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(format!(".{}", std::process::id()));
    let unfinished = PathBuf::from(unfinished);
    fs::create_dir_all(file.parent()?).ok()?;
    fs::write(&unfinished, bytes()?).ok()?;
    fs::rename(&unfinished, file).ok()
}
