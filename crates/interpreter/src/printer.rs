//! `stderrprinter`: a text stream straight to a file descriptor, UTF-8, without buffering by line.
//!
//! It stands in for `sys.stdout` and `sys.stderr` until the module `_io` is there.

use std::cell::RefCell;

use pyrox_macros::pyclass;
use pyrox_objects::{Head, Object, Owned, PyResult, PyType, Str, Thread, exceptions};

/// A stream to a descriptor.
#[repr(C)]
pub struct Printer {
    head: Head,
    descriptor: i32,
    buffer: RefCell<Vec<u8>>,
}

impl Printer {
    pub fn new(thread: &Thread, descriptor: i32) -> PyResult<Owned<Printer>> {
        Self::ty().instantiate(thread, Printer { head: Head::unset(), descriptor, buffer: RefCell::new(Vec::new()) })
    }

    /// Write out what is buffered.
    pub fn drain(&self, thread: &Thread) -> PyResult<()> {
        let pending = std::mem::take(&mut *self.buffer.borrow_mut());
        let mut rest = pending.as_slice();
        while !rest.is_empty() {
            // SAFETY: a plain write of our own memory.
            let written = unsafe { libc::write(self.descriptor, rest.as_ptr() as *const _, rest.len()) };
            if written < 0 {
                let error = std::io::Error::last_os_error();
                if error.kind() == std::io::ErrorKind::Interrupted {
                    continue;
                }
                let class =
                    if error.kind() == std::io::ErrorKind::BrokenPipe { exceptions::broken_pipe_error() } else { exceptions::os_error() };
                let number = pyrox_objects::Int::from(error.raw_os_error().unwrap_or(0) as i64);
                let text = error.to_string();
                let text = Str::from_str(thread, text.split(" (os error").next().unwrap_or(""))?;
                let arguments = pyrox_objects::Tuple::from_vec(thread, vec![number.upcast(), text.upcast()])?;
                return Err(thread.error_with(class, &arguments));
            }
            rest = &rest[written as usize..];
        }
        Ok(())
    }
}

/// Text stream of a standard descriptor.
#[pyclass(name = "stderrprinter", symbol = "PyStdPrinter_Type", dealloc = drop)]
impl Printer {
    /// Write a string; returns the number of characters.
    #[method(sig = "(text, /)")]
    fn write(&self, thread: &Thread, text: &Str) -> PyResult<usize> {
        let mut bytes = Vec::new();
        match text.ascii_text() {
            Some(ascii) => bytes.extend_from_slice(ascii.as_bytes()),
            None if self.descriptor == 2 => {
                for c in text.chars() {
                    match char::from_u32(c) {
                        Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                        None => bytes.extend_from_slice(format!("\\u{c:04x}").as_bytes()),
                    }
                }
            }
            None => bytes.extend_from_slice(text.to_rust(thread)?.as_bytes()),
        }
        let full = {
            let mut buffer = self.buffer.borrow_mut();
            buffer.extend_from_slice(&bytes);
            self.descriptor == 2 || buffer.len() >= 8192
        };
        if full {
            self.drain(thread)?;
        }
        Ok(text.len())
    }
    #[method]
    fn flush(&self, thread: &Thread) -> PyResult<()> {
        self.drain(thread)
    }
    #[method]
    fn fileno(&self) -> i32 {
        self.descriptor
    }
    #[method]
    fn isatty(&self) -> bool {
        // SAFETY: a question to the C library.
        unsafe { libc::isatty(self.descriptor) == 1 }
    }
    #[getter]
    fn encoding(&self) -> &'static str {
        "utf-8"
    }
    #[getter]
    fn closed(&self) -> bool {
        false
    }
    #[slot]
    fn tp_repr(this: &Object) -> String {
        format!("<stderrprinter object at {:#x}>", this.as_ptr() as usize)
    }
}
