//! The module `marshal`: objects to bytes and back, in CPython's format (versions 0 to 5).
//!
//! The compiler has a writer and a reader of its own for constants as plain data; these work on objects.

mod reader;
mod writer;

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::buffer::Buffer;
use pyrox_objects::{Bytes, Module, Obj, Object, Owned, PyResult, Str, Thread};

pymodule!(
    name = "marshal",
    doc = "This module contains functions that can read and write Python values in a binary format.\n\n\
           The format is specific to Python, but independent of machine architecture issues. It is not a general\n\
           persistence format: it exists to read and write the code of .pyc files.",
    functions = [dump, load, dumps, loads],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_int(thread, "version", pyrox_compiler::marshal::VERSION as i64)
}

/// The object in marshalled data that the binary holds; `filename` replaces that of the code objects in it.
///
/// # Errors
/// Those of `marshal.loads`.
pub fn load_embedded(thread: &Thread, data: &[u8], filename: Option<&Str>) -> PyResult<Obj> {
    reader::Reader::new(thread, reader::Source::Memory(data), true, filename).read()
}

/// The object at the beginning of `data`, and how many bytes it takes.
///
/// # Errors
/// Those of `marshal.loads`.
pub fn load_prefix(thread: &Thread, data: &[u8]) -> PyResult<(Obj, usize)> {
    let mut reader = reader::Reader::new(thread, reader::Source::Memory(data), true, None);
    let object = reader.read()?;
    Ok((object, reader.position()))
}

/// The marshalled form of an object, code among others.
///
/// # Errors
/// Those of `marshal.dumps`.
pub fn dump_bytes(thread: &Thread, value: &Object, version: i32) -> PyResult<Vec<u8>> {
    writer::dumps(thread, value, version, true)
}

/// Write the value on the open file.
///
///   value
///     Must be a supported type.
///   file
///     Must be a writeable binary file.
///   version
///     Indicates the data format that dump should use.
///   allow_code
///     Allow to write code objects.
#[pyfunction(sig = "(value, file, version=5, /, *, allow_code=True)", text = "(value, file, version=version, /, *, allow_code=True)")]
fn dump(thread: &Thread, value: &Object, file: &Object, version: i32, allow_code: bool) -> PyResult<Obj> {
    let bytes = writer::dumps(thread, value, version, allow_code)?;
    file.call_method(thread, pyrox_objects::intern!("write"), &[&**Bytes::from_slice(thread, &bytes)?])
}

/// Read one value from the open file and return it.
///
///   file
///     Must be readable binary file.
///   allow_code
///     Allow to load code objects.
///
/// If no valid value is read (e.g. because the data has a different Python version's incompatible
/// marshal format), raise EOFError, ValueError or TypeError.
#[pyfunction(sig = "(file, /, *, allow_code=True)")]
fn load(thread: &Thread, file: &Object, allow_code: bool) -> PyResult<Obj> {
    // Reading nothing tells what kind of file it is, before anything is consumed.
    let nothing = file.call_method(thread, pyrox_objects::intern!("read"), &[&pyrox_objects::Int::from(0)])?;
    if !nothing.is_instance::<Bytes>() {
        return Err(thread.type_error(&format!("file.read() returned not bytes but {}", nothing.ty().full_name())));
    }
    reader::Reader::new(thread, reader::Source::File(file), allow_code, None).read()
}

/// Return the bytes object that would be written to a file by dump(value, file).
///
///   value
///     Must be a supported type.
///   version
///     Indicates the data format that dumps should use.
///   allow_code
///     Allow to write code objects.
#[pyfunction(sig = "(value, version=5, /, *, allow_code=True)", text = "(value, version=version, /, *, allow_code=True)")]
fn dumps(thread: &Thread, value: &Object, version: i32, allow_code: bool) -> PyResult<Owned<Bytes>> {
    Bytes::from_slice(thread, &writer::dumps(thread, value, version, allow_code)?)
}

/// Convert the bytes-like object to a value.
///
///   allow_code
///     Allow to load code objects.
///
/// If no valid value is found, raise EOFError, ValueError or TypeError. Extra bytes in the input are
/// ignored.
#[pyfunction(sig = "(bytes, /, *, allow_code=True)")]
fn loads(thread: &Thread, bytes: &Object, allow_code: bool) -> PyResult<Obj> {
    let buffer = Buffer::simple(thread, bytes)?;
    // Hashing of what is read runs only native code, so that nobody can write to the buffer meanwhile.
    reader::Reader::new(thread, reader::Source::Memory(buffer.as_slice()), allow_code, None).read()
}
