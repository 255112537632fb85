//! The standard library inside the binary: what `pyrox` hands over, and the module `_library` that
//! `_pyrox_library.py` reads it with.

use std::sync::OnceLock;

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{Bytes, List, Obj, Object, Owned, PyResult, Str, Thread, Tuple};

use crate::code::Code;

/// A module of the library.
#[derive(Clone, Copy)]
pub struct LibraryModule {
    pub name: &'static str,
    /// Its source's path within the library.
    pub file: &'static str,
    pub is_package: bool,
    /// One of those that CPython has frozen into its executable.
    pub is_frozen: bool,
    /// Its code, as `marshal` writes it.
    pub code: &'static [u8],
}

/// How the interpreter reads the library; the crate that embeds it fills this in.
pub struct Library {
    /// The module of a full name.
    pub module: fn(&str) -> Option<LibraryModule>,
    /// The bytes of a file.
    pub file: fn(&str) -> Option<Vec<u8>>,
    /// All files' paths with their sizes, sorted.
    pub files: fn() -> Vec<(&'static str, usize)>,
    /// Names of the frozen modules.
    pub frozen: fn() -> Vec<&'static str>,
}

static LIBRARY: OnceLock<Library> = OnceLock::new();

/// Say where the standard library is. Call it once, before [`crate::start`].
pub fn install(library: Library) {
    let _ = LIBRARY.set(library);
}

pub(super) fn get(thread: &Thread) -> PyResult<&'static Library> {
    LIBRARY.get().ok_or_else(|| thread.import_error("this program holds no standard library"))
}

/// All files' paths with their sizes, sorted; nothing if there is no library.
pub(super) fn all_files() -> Option<Vec<(&'static str, usize)>> {
    LIBRARY.get().map(|library| (library.files)())
}

/// The bytes of a file.
pub(super) fn file_bytes(path: &str) -> Option<Vec<u8>> {
    (LIBRARY.get()?.file)(path)
}

/// The name in the archive of a frozen module, which may have an alias.
fn original_name(name: &str) -> &str {
    match name {
        "_frozen_importlib" => "importlib._bootstrap",
        "_frozen_importlib_external" => "importlib._bootstrap_external",
        "__hello_alias__" | "__phello_alias__" | "__phello_alias__.spam" | "__hello_only__" => "__hello__",
        other => other,
    }
}

/// The frozen module of that name, and the name that it has in the library.
pub(super) fn frozen(thread: &Thread, name: &str) -> PyResult<Option<LibraryModule>> {
    Ok((get(thread)?.module)(original_name(name)).filter(|module| module.is_frozen))
}

/// The code of a frozen module.
pub(super) fn frozen_code(thread: &Thread, name: &str) -> PyResult<Owned<Code>> {
    match frozen(thread, name)? {
        Some(module) => as_code(thread, crate::marshal::load_embedded(thread, module.code, None)?),
        None => Err(thread.import_error(&format!("No such frozen object named {name}"))),
    }
}

fn as_code(thread: &Thread, object: Obj) -> PyResult<Owned<Code>> {
    object.downcast::<Code>().map_err(|_| thread.system_error("the library holds no code here"))
}

pymodule!(
    name = "_library",
    doc = "Reads the standard library that the executable holds.",
    functions = [find, code, source, data, is_folder, listdir, hold],
);

/// Tell a module's (file, is_package), or None if there is none of that full name.
#[pyfunction(sig = "(name, /)")]
fn find(thread: &Thread, name: &Str) -> PyResult<Obj> {
    match name.ascii_text().and_then(get(thread)?.module) {
        None => Ok(pyrox_objects::none()),
        Some(module) => {
            let pair = vec![Str::from_str(thread, module.file)?.upcast(), pyrox_objects::bool_obj(module.is_package)];
            Ok(Tuple::from_vec(thread, pair)?.upcast())
        }
    }
}

/// A module's code, with this file name in it.
#[pyfunction(sig = "(name, filename, /)")]
fn code(thread: &Thread, name: &Str, filename: &Str) -> PyResult<Obj> {
    match name.ascii_text().and_then(get(thread)?.module) {
        Some(module) => {
            let filename = if module.is_frozen { None } else { Some(filename) };
            Ok(as_code(thread, crate::marshal::load_embedded(thread, module.code, filename)?)?.upcast())
        }
        None => Err(thread.import_error(&format!("the library has no module '{name}'"))),
    }
}

/// A module's source text, or None.
#[pyfunction(sig = "(name, /)")]
fn source(thread: &Thread, name: &Str) -> PyResult<Obj> {
    let library = get(thread)?;
    match name.ascii_text().and_then(library.module).and_then(|module| (library.file)(module.file)) {
        Some(text) => {
            pyrox_objects::codecs::decode_utf8(thread, &text, &pyrox_objects::codecs::Policy::Strict, true).map(|(text, _)| text.upcast())
        }
        None => Ok(pyrox_objects::none()),
    }
}

/// A file's bytes, or None.
#[pyfunction(sig = "(path, /)")]
fn data(thread: &Thread, path: &Str) -> PyResult<Obj> {
    match path.ascii_text().and_then(get(thread)?.file) {
        Some(bytes) => Ok(Bytes::from_slice(thread, &bytes)?.upcast()),
        None => Ok(pyrox_objects::none()),
    }
}

fn in_folder<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

/// Tell whether the library has a folder of that path.
#[pyfunction(sig = "(path, /)")]
fn is_folder(thread: &Thread, path: &Str) -> PyResult<bool> {
    let path = path.to_string();
    let files = (get(thread)?.files)();
    let at = files.partition_point(|(file, _)| *file < path.as_str());
    Ok(files[at..].iter().take_while(|(file, _)| file.starts_with(&path)).any(|(file, _)| in_folder(file, &path).is_some()))
}

/// Have files of the library be written to the disk no more when they are asked for by path, or again.
#[pyfunction(sig = "(held, /)")]
fn hold(held: bool) {
    super::unpack::hold(held);
}

/// The names in a folder.
#[pyfunction(sig = "(path, /)")]
fn listdir(thread: &Thread, path: &Str) -> PyResult<Obj> {
    let path = path.to_string();
    let mut names: Vec<&str> = Vec::new();
    for (file, _) in (get(thread)?.files)() {
        if let Some(name) = in_folder(file, &path).and_then(|rest| rest.split('/').next()) {
            if names.last() != Some(&name) {
                names.push(name);
            }
        }
    }
    let names: PyResult<Vec<Obj>> = names.into_iter().map(|n| Ok(Str::from_str(thread, n)?.upcast())).collect();
    Ok(List::from_vec(thread, names?)?.upcast())
}

/// A frozen module's source text, or None.
pub(super) fn frozen_source(thread: &Thread, name: &Object) -> PyResult<Obj> {
    let Some(name) = name.cast::<Str>() else { return Err(thread.type_error("a module name must be a string")) };
    let original = Str::from_str(thread, original_name(&name.to_string()))?;
    source(thread, &original)
}
