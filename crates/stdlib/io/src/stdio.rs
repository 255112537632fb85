//! The standard streams.

use pyrox_objects::{Obj, PyResult, Str, Thread, intern};

use crate::buffered::{BufferedReader, BufferedWriter};
use crate::file::FileIo;
use crate::text::{Settings, TextIoWrapper};
use crate::util::DEFAULT_BUFFER_SIZE;

/// Make `sys.stdin`, `sys.stdout` or `sys.stderr` on a file descriptor: text over a buffer over a file
/// that stays open, with `name` (`<stdin>`) on the file and `mode` (`r` or `w`) on the text stream.
///
/// # Errors
/// The descriptor may not be open.
pub fn make_stdio(
    thread: &Thread,
    fd: i32,
    name: &str,
    mode_writable: bool,
    errors: &str,
    line_buffering: bool,
    write_through: bool,
) -> PyResult<Obj> {
    crate::ready_types(thread)?;
    let mode = if mode_writable { "wb" } else { "rb" };
    let file = FileIo::open(thread, &crate::util::int(fd as i64), mode, false, None)?;
    file.setattr(thread, intern!("name"), Some(&*Str::from_str(thread, name)?))?;
    let size = DEFAULT_BUFFER_SIZE as isize;
    let buffer = match mode_writable {
        // Unbuffered output has the file itself beneath the text.
        true if write_through => file.upcast(),
        true => BufferedWriter::make(thread, &file, size)?.upcast(),
        false => BufferedReader::make(thread, &file, size)?.upcast(),
    };
    let settings = Settings { encoding: Some("utf-8"), errors, newline: Some("\n"), line_buffering, write_through };
    let text = TextIoWrapper::make(thread, &buffer, &settings)?;
    text.setattr(thread, intern!("mode"), Some(&*Str::from_str(thread, if mode_writable { "w" } else { "r" })?))?;
    Ok(text.upcast())
}
