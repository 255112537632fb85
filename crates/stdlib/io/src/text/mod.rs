//! `TextIOWrapper`: text over a buffered binary stream.
//!
//! `codec.rs` is encoding and decoding, `read.rs`, `write.rs` and `seek.rs` the work, `types.rs` the
//! Python type. UTF-8, Latin-1 and ASCII are converted natively; all others by the incremental codecs of
//! the registry.
//!
//! What was decoded and not yet read is `decoded` from `used` on. While positions may be asked for
//! (`telling`), `snapshot` keeps the decoder's state before the last chunk and the chunk's bytes, from
//! which `tell` finds the bytes that belong to a character position.

mod codec;
mod read;
mod seek;
mod types;
mod write;

use std::cell::{Cell, RefCell};
use std::ffi::c_void;

use pyrox_abi as abi;
use pyrox_objects::codecs::Policy;
use pyrox_objects::native::Traverse;
use pyrox_objects::{Obj, ObjCell, Object, Owned, PyResult, PyType, Raised, Str, Thread, intern};

use crate::buffered::{readable_core, writable_core};
use crate::newline::{Ending, Newlines};
use crate::util::{self, Base};

pub use codec::{Side, flag};

/// What a text stream is made with.
pub struct Settings<'a> {
    pub encoding: Option<&'a str>,
    pub errors: &'a str,
    pub newline: Option<&'a str>,
    pub line_buffering: bool,
    pub write_through: bool,
}

/// A text stream.
#[repr(C)]
pub struct TextIoWrapper {
    base: Base,
    ok: Cell<bool>,
    detached: Cell<bool>,
    finalizing: Cell<bool>,
    line_buffering: Cell<bool>,
    write_through: Cell<bool>,
    seekable: Cell<bool>,
    telling: Cell<bool>,
    has_read1: Cell<bool>,
    ending: Cell<Ending>,
    decoder: Cell<Side>,
    encoder: Cell<Side>,
    buffer: ObjCell,
    encoding: ObjCell,
    errors: ObjCell,
    policy: RefCell<Policy>,
    decoder_object: ObjCell,
    encoder_object: ObjCell,
    /// Bytes of an incomplete character, of the native decoder.
    partial: RefCell<Vec<u8>>,
    newlines: Newlines,
    decoded: ObjCell,
    used: Cell<usize>,
    snapshot: ObjCell,
    snapshot_flags: Cell<i64>,
    pending: RefCell<Vec<u8>>,
    chunk_size: Cell<isize>,
    /// Bytes for each character in the last chunk.
    ratio: Cell<f64>,
}

impl Traverse for TextIoWrapper {
    unsafe fn traverse(&self, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe {
            let status = self.base.traverse(visit, data);
            if status != 0 {
                return status;
            }
            for cell in [&self.buffer, &self.decoder_object, &self.encoder_object] {
                let status = cell.traverse(visit, data);
                if status != 0 {
                    return status;
                }
            }
        }
        0
    }

    fn clear(&self) {
        self.ok.set(false);
        self.base.clear();
        for cell in [&self.buffer, &self.decoder_object, &self.encoder_object] {
            cell.take();
        }
    }
}

impl TextIoWrapper {
    fn fresh() -> TextIoWrapper {
        TextIoWrapper {
            base: Base::new(),
            ok: Cell::new(false),
            detached: Cell::new(false),
            finalizing: Cell::new(false),
            line_buffering: Cell::new(false),
            write_through: Cell::new(false),
            seekable: Cell::new(false),
            telling: Cell::new(false),
            has_read1: Cell::new(false),
            ending: Cell::new(Ending::Translated),
            decoder: Cell::new(Side::Absent),
            encoder: Cell::new(Side::Absent),
            buffer: ObjCell::empty(),
            encoding: ObjCell::empty(),
            errors: ObjCell::empty(),
            policy: RefCell::new(Policy::Strict),
            decoder_object: ObjCell::empty(),
            encoder_object: ObjCell::empty(),
            partial: RefCell::new(Vec::new()),
            newlines: Newlines::new(false),
            decoded: ObjCell::empty(),
            used: Cell::new(0),
            snapshot: ObjCell::empty(),
            snapshot_flags: Cell::new(0),
            pending: RefCell::new(Vec::new()),
            chunk_size: Cell::new(8192),
            ratio: Cell::new(0.0),
        }
    }

    /// A text stream over `buffer`.
    pub fn make(thread: &Thread, buffer: &Object, settings: &Settings<'_>) -> PyResult<Owned<TextIoWrapper>> {
        let made = TextIoWrapper::ty().instantiate(thread, TextIoWrapper::fresh())?;
        let text = |value: Option<&str>| value.map(|v| Str::from_str(thread, v)).transpose();
        let (encoding, newline) = (text(settings.encoding)?, text(settings.newline)?);
        let errors = Str::from_str(thread, settings.errors)?;
        made.start(
            thread,
            buffer,
            encoding.as_deref(),
            Some(&errors),
            newline.as_deref(),
            settings.line_buffering,
            settings.write_through,
        )?;
        Ok(made)
    }

    /// A text stream over `buffer`, as `open` makes it.
    pub fn over(
        thread: &Thread,
        buffer: &Object,
        encoding: Option<&Str>,
        errors: Option<&Str>,
        newline: Option<&Str>,
        line_buffering: bool,
    ) -> PyResult<Obj> {
        let made = TextIoWrapper::ty().instantiate(thread, TextIoWrapper::fresh())?;
        made.start(thread, buffer, encoding, errors, newline, line_buffering, false)?;
        Ok(made.upcast())
    }

    /// What `__init__` does.
    pub fn start(
        &self,
        thread: &Thread,
        buffer: &Object,
        encoding: Option<&Str>,
        errors: Option<&Str>,
        newline: Option<&Str>,
        line_buffering: bool,
        write_through: bool,
    ) -> PyResult<()> {
        self.ok.set(false);
        self.detached.set(false);
        let encoding = codec::resolve(thread, encoding)?;
        let errors = errors.unwrap_or(intern!("strict"));
        let Some(ending) = Ending::of(newline) else { return Err(bad_newline(thread, newline)) };
        // What an earlier life left is gone.
        self.decoded.take();
        self.snapshot.take();
        self.used.set(0);
        self.pending.borrow_mut().clear();
        self.chunk_size.set(8192);
        self.ratio.set(0.0);
        self.ending.set(ending);
        self.line_buffering.set(line_buffering);
        self.write_through.set(write_through);
        self.buffer.set(Some(buffer.own()));
        self.set_codecs(thread, &encoding, errors, buffer)?;
        let exact = readable_core(buffer).is_some() || writable_core(buffer).is_some();
        self.has_read1.set(if exact { readable_core(buffer).is_some() } else { buffer.hasattr(thread, intern!("read1"))? });
        let seekable = buffer.call_method(thread, intern!("seekable"), &[])?.is_true(thread)?;
        self.seekable.set(seekable);
        self.telling.set(seekable);
        self.fix_encoder(thread)?;
        self.ok.set(true);
        Ok(())
    }

    #[cold]
    fn not_ready(&self, thread: &Thread) -> Raised {
        if self.detached.get() { thread.value_error("underlying buffer has been detached") } else { util::uninitialized(thread) }
    }

    /// The buffer, if the stream is in use.
    #[inline]
    fn attached(&self, thread: &Thread) -> PyResult<Obj> {
        if !self.ok.get() {
            return Err(self.not_ready(thread));
        }
        self.buffer.get().ok_or_else(|| self.not_ready(thread))
    }

    /// The buffer, if the stream is in use and open.
    #[inline]
    fn open_buffer(&self, thread: &Thread) -> PyResult<Obj> {
        let buffer = self.attached(thread)?;
        if self.object().is_exact::<TextIoWrapper>() {
            if let Some(core) = readable_core(&buffer).or_else(|| writable_core(&buffer)) {
                core.check(thread)?;
                return if core.is_closed(thread)? { Err(util::closed_file(thread)) } else { Ok(buffer) };
            }
        }
        util::check_closed(thread, self.object())?;
        Ok(buffer)
    }

    fn object(&self) -> &Object {
        self
    }

    fn set_decoded(&self, text: Option<Owned<Str>>) {
        self.decoded.set(text.map(Owned::upcast));
        self.used.set(0);
    }

    fn decoded_text(&self) -> Option<Owned<Str>> {
        self.decoded.get().and_then(util::as_str)
    }

    fn forget_snapshot(&self) {
        if self.snapshot.is_set() {
            self.set_decoded(None);
            self.snapshot.take();
        }
    }
}

#[cold]
fn bad_newline(thread: &Thread, newline: Option<&Str>) -> Raised {
    let shown = newline.map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    thread.value_error(&format!("illegal newline value: {shown}"))
}
