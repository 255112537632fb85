//! `_io`: files, buffers and text streams.
//!
//! `base.rs` holds the abstract classes, `file.rs` files as the system has them, `buffered/` the
//! buffered binary streams, `bytes_io.rs` and `string_io.rs` streams in memory, `newline.rs` line
//! endings, `text/` the text layer, `open.rs` the functions of the module and `stdio.rs` the making of
//! the standard streams. `util.rs` is what they share.
//!
//! Invariants: every stream struct begins with [`util::Base`]; nothing borrows a buffer across a call
//! that may run Python code; a type that nobody subclassed is used natively, all others by their methods.
//!
//! Tests: `tests/programs/io/`.

mod base;
pub mod buffered;
mod bytes_io;
pub mod file;
mod newline;
mod open;
pub mod stdio;
mod string_io;
mod text;
mod util;

use pyrox_macros::pymodule;
use pyrox_objects::native::NativeModule;
use pyrox_objects::{Module, PyResult, PyType, Thread, exceptions, type_object};

pub use bytes_io::BytesIo;
pub use stdio::make_stdio;
pub use string_io::StringIo;
pub use text::TextIoWrapper;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 1] = [&MODULE];

/// Make the types ready, which the standard streams need before the module is imported.
pub(crate) fn ready_types(thread: &Thread) -> PyResult<()> {
    for ty in [
        base::IoBase::ty(),
        base::RawIoBase::ty(),
        base::BufferedIoBase::ty(),
        base::TextIoBase::ty(),
        file::FileIo::ty(),
        bytes_io::BytesIo::ty(),
        bytes_io::BytesIoBuffer::ty(),
        buffered::BufferedReader::ty(),
        buffered::BufferedWriter::ty(),
        buffered::BufferedRandom::ty(),
        buffered::BufferedRwPair::ty(),
        newline::NewlineDecoder::ty(),
        string_io::StringIo::ty(),
        text::TextIoWrapper::ty(),
    ] {
        type_object::ready(thread, ty)?;
    }
    Ok(())
}

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_int(thread, "DEFAULT_BUFFER_SIZE", util::DEFAULT_BUFFER_SIZE as i64)?;
    module.add(thread, "UnsupportedOperation", util::unsupported_operation(thread)?)?;
    module.add(thread, "BlockingIOError", exceptions::blocking_io_error())?;
    ready_types(thread)?;
    module.add_type::<base::IoBase>(thread)?;
    module.add_type::<base::RawIoBase>(thread)?;
    module.add_type::<base::BufferedIoBase>(thread)?;
    module.add_type::<base::TextIoBase>(thread)?;
    module.add_type::<file::FileIo>(thread)?;
    module.add_type::<bytes_io::BytesIo>(thread)?;
    module.add_type::<bytes_io::BytesIoBuffer>(thread)?;
    module.add_type::<buffered::BufferedReader>(thread)?;
    module.add_type::<buffered::BufferedWriter>(thread)?;
    module.add_type::<buffered::BufferedRandom>(thread)?;
    module.add_type::<buffered::BufferedRwPair>(thread)?;
    module.add_type::<newline::NewlineDecoder>(thread)?;
    module.add_type::<string_io::StringIo>(thread)?;
    module.add_type::<text::TextIoWrapper>(thread)
}

pymodule!(
    name = "_io",
    doc = "The io module provides the Python interfaces to stream handling.",
    functions = [open::open, open::open_code, open::text_encoding],
    exec = exec
);
