//! `StringIO`: a text stream in memory.

use std::cell::{Cell, RefCell};

use pyrox_abi as abi;
use pyrox_macros::pyclass;
use pyrox_objects::native::Raw;
use pyrox_objects::str::Chars;
use pyrox_objects::{Dict, Obj, Object, Own, Owned, PyResult, PyType, Str, Thread, Tuple, Type, none};

use crate::base::TextIoBase;
use crate::bytes_io::update_dict;
use crate::newline::{Ending, Newlines, replace_newlines};
use crate::util::{Base, dealloc_stream, int, optional_size, uninitialized};

/// Characters that grow at the end, as wide as the widest written so far.
enum Text {
    /// All below 256.
    Narrow(Vec<u8>),
    Ucs2(Vec<u16>),
    Ucs4(Vec<u32>),
}

impl Text {
    fn chars(&self) -> Chars<'_> {
        match self {
            Text::Narrow(s) => Chars::Latin1(s),
            Text::Ucs2(s) => Chars::Ucs2(s),
            Text::Ucs4(s) => Chars::Ucs4(s),
        }
    }

    fn len(&self) -> usize {
        self.chars().len()
    }

    /// Make room for characters as wide as those of `chars`.
    fn widen_for(&mut self, chars: &Chars<'_>) {
        let widened = match (&*self, chars) {
            (Text::Narrow(s), Chars::Ucs2(_)) => Text::Ucs2(s.iter().map(|&c| c as u16).collect()),
            (Text::Narrow(s), Chars::Ucs4(_)) => Text::Ucs4(s.iter().map(|&c| c as u32).collect()),
            (Text::Ucs2(s), Chars::Ucs4(_)) => Text::Ucs4(s.iter().map(|&c| c as u32).collect()),
            _ => return,
        };
        *self = widened;
    }

    /// Write at `at`; what lies before and is not there yet becomes NULs.
    fn write(&mut self, at: usize, chars: Chars<'_>) -> bool {
        self.widen_for(&chars);
        fn put<T: Copy + From<u8>>(out: &mut Vec<T>, at: usize, count: usize, chars: impl Iterator<Item = T>) -> bool {
            let end = at + count;
            if end > out.len() && out.try_reserve(end - out.len()).is_err() {
                return false;
            }
            if at > out.len() {
                out.resize(at, T::from(0));
            }
            let over = (out.len() - at).min(count);
            let mut chars = chars;
            for slot in &mut out[at..at + over] {
                match chars.next() {
                    Some(c) => *slot = c,
                    None => return true,
                }
            }
            out.extend(chars);
            true
        }
        let count = chars.len();
        match (self, chars) {
            (Text::Narrow(out), Chars::Ascii(s) | Chars::Latin1(s)) => {
                if at == out.len() {
                    if out.try_reserve(s.len()).is_err() {
                        return false;
                    }
                    out.extend_from_slice(s);
                    return true;
                }
                put(out, at, count, s.iter().copied())
            }
            (Text::Ucs2(out), chars) => put(out, at, count, chars.iter().map(|c| c as u16)),
            (Text::Ucs4(out), chars) => put(out, at, count, chars.iter()),
            (Text::Narrow(out), chars) => put(out, at, count, chars.iter().map(|c| c as u8)),
        }
    }

    fn truncate(&mut self, length: usize) {
        match self {
            Text::Narrow(s) => s.truncate(length),
            Text::Ucs2(s) => s.truncate(length),
            Text::Ucs4(s) => s.truncate(length),
        }
    }
}

/// A text stream in memory.
#[repr(C)]
pub struct StringIo {
    base: Base,
    text: RefCell<Text>,
    position: Cell<usize>,
    ready: Cell<bool>,
    closed: Cell<bool>,
    ending: Cell<Ending>,
    newlines: Newlines,
}

impl StringIo {
    fn fresh() -> StringIo {
        StringIo {
            base: Base::new(),
            text: RefCell::new(Text::Narrow(Vec::new())),
            position: Cell::new(0),
            ready: Cell::new(false),
            closed: Cell::new(false),
            ending: Cell::new(Ending::Lf),
            newlines: Newlines::new(false),
        }
    }

    #[inline]
    fn check(&self, thread: &Thread) -> PyResult<()> {
        if !self.ready.get() {
            return Err(uninitialized(thread));
        }
        if self.closed.get() {
            return Err(thread.value_error("I/O operation on closed file"));
        }
        Ok(())
    }

    fn put(&self, thread: &Thread, text: &Str) -> PyResult<()> {
        let ending = self.ending.get();
        let translated;
        let mut text = text;
        if ending.is_universal() {
            translated = self.newlines.process(thread, text.own_typed(), true)?;
            text = &translated;
            return self.put_raw(thread, text);
        }
        if let Ending::Cr | Ending::CrLf = ending {
            translated = replace_newlines(thread, text, ending.text().unwrap_or("\n"))?;
            text = &translated;
        }
        self.put_raw(thread, text)
    }

    fn put_raw(&self, thread: &Thread, text: &Str) -> PyResult<()> {
        if text.len() == 0 {
            return Ok(());
        }
        let at = self.position.get();
        let Some(end) = at.checked_add(text.len()).filter(|&end| end <= isize::MAX as usize) else {
            return Err(thread.overflow_error("new position too large"));
        };
        if !self.text.borrow_mut().write(at, text.as_chars()) {
            return Err(thread.no_memory());
        }
        self.position.set(end);
        Ok(())
    }

    fn take(&self, thread: &Thread, count: usize) -> PyResult<Owned<Str>> {
        let text = self.text.borrow();
        let at = self.position.get();
        if at >= text.len() {
            return Ok(Str::empty());
        }
        let end = at.saturating_add(count).min(text.len());
        self.position.set(end);
        Str::from_chars(thread, text.chars().slice(at, end))
    }

    fn line_length(&self, limit: isize) -> usize {
        let text = self.text.borrow();
        let at = self.position.get();
        if at >= text.len() {
            return 0;
        }
        let length = text.len() - at;
        let limit = if limit >= 0 { length.min(limit as usize) } else { length };
        self.ending.get().find(text.chars().slice(at, at + limit)).unwrap_or(limit)
    }

    fn whole(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        Str::from_chars(thread, self.text.borrow().chars())
    }

    fn start(&self, thread: &Thread, newline: Option<&Object>) -> PyResult<()> {
        let newline = match newline {
            None => None,
            Some(newline) if newline.is_none() => None,
            Some(newline) => match newline.cast::<Str>() {
                Some(text) => Some(text),
                None => {
                    return Err(thread.type_error(&format!("newline must be str or None, not {}", newline.ty().name())));
                }
            },
        };
        let Some(ending) = Ending::of(newline) else {
            let shown = match newline {
                Some(text) => text.repr(thread)?.to_string_lossy().into_owned(),
                None => String::new(),
            };
            return Err(thread.value_error(&format!("illegal newline value: {shown}")));
        };
        self.ending.set(ending);
        self.newlines.translate.set(ending == Ending::Translated);
        self.newlines.reset();
        *self.text.borrow_mut() = Text::Narrow(Vec::new());
        self.position.set(0);
        Ok(())
    }
}

/// Text I/O implementation using an in-memory buffer.
///
/// The initial_value argument sets the value of object. The newline
/// argument is like the one of TextIOWrapper's constructor.
#[pyclass(name = "StringIO", module = "_io", traverse = [base], base = TextIoBase::TYPE, flags = abi::Py_TPFLAGS_BASETYPE)]
impl StringIo {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        Ok(cls.instantiate(thread, StringIo::fresh())?.upcast())
    }
    #[init(sig = "(initial_value='', newline='\\n')")]
    fn init(&self, thread: &Thread, initial_value: Option<&Object>, newline: Option<&Object>) -> PyResult<()> {
        self.ready.set(false);
        let lf: &Object = pyrox_objects::intern!("\n");
        let newline = newline.unwrap_or(lf);
        let value = match initial_value.filter(|v| !v.is_none()) {
            None => None,
            Some(value) if value.is_instance::<Str>() => Some(value),
            Some(value) => {
                return Err(thread.type_error(&format!("initial_value must be str or None, not {}", value.ty().name())));
            }
        };
        self.start(thread, Some(newline))?;
        if let Some(value) = value.and_then(|v| v.cast::<Str>()) {
            self.put(thread, value)?;
            self.position.set(0);
        }
        self.closed.set(false);
        self.ready.set(true);
        Ok(())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc_stream::<StringIo>(object) }
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.check(thread)?;
        if !self.is_exact::<StringIo>() {
            // A subclass may have a `readline` of its own.
            let line = self.call_method(thread, pyrox_objects::intern!("readline"), &[])?;
            let Some(text) = line.cast::<Str>() else {
                return Err(thread.error(
                    pyrox_objects::exceptions::os_error(),
                    &format!("readline() should have returned a str object, not '{}'", line.ty().name()),
                ));
            };
            return Ok(if text.len() == 0 { None } else { Some(line) });
        }
        match self.line_length(-1) {
            0 => Ok(None),
            length => Ok(Some(self.take(thread, length)?.upcast())),
        }
    }
    /// Close the IO object.
    #[method]
    fn close(&self) {
        self.closed.set(true);
        *self.text.borrow_mut() = Text::Narrow(Vec::new());
    }
    /// Retrieve the entire contents of the object.
    #[method]
    fn getvalue(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.check(thread)?;
        self.whole(thread)
    }
    /// Read at most size characters, returned as a string.
    #[method(sig = "(size=-1, /)")]
    fn read(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Owned<Str>> {
        let size = optional_size(thread, size, -1)?;
        self.check(thread)?;
        self.take(thread, if size < 0 { usize::MAX } else { size as usize })
    }
    /// Read until newline or EOF.
    #[method(sig = "(size=-1, /)")]
    fn readline(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Owned<Str>> {
        let limit = optional_size(thread, size, -1)?;
        self.check(thread)?;
        self.take(thread, self.line_length(limit))
    }
    /// Tell the current file position.
    #[method]
    fn tell(&self, thread: &Thread) -> PyResult<usize> {
        self.check(thread)?;
        Ok(self.position.get())
    }
    /// Truncate size to pos.
    #[method(sig = "(pos=None, /)")]
    fn truncate(&self, thread: &Thread, pos: Option<&Object>) -> PyResult<usize> {
        self.check(thread)?;
        let size = optional_size(thread, pos, self.position.get().min(isize::MAX as usize) as isize)?;
        if size < 0 {
            return Err(thread.value_error(&format!("Negative size value {size}")));
        }
        self.text.borrow_mut().truncate(size as usize);
        Ok(size as usize)
    }
    /// Change stream position.
    #[method(sig = "(pos, whence=0, /)")]
    fn seek(&self, thread: &Thread, pos: isize, whence: i32) -> PyResult<usize> {
        self.check(thread)?;
        if !(0..=2).contains(&whence) {
            return Err(thread.value_error(&format!("Invalid whence ({whence}, should be 0, 1 or 2)")));
        }
        if pos < 0 && whence == 0 {
            return Err(thread.value_error(&format!("Negative seek position {pos}")));
        }
        if whence != 0 && pos != 0 {
            return Err(thread.error(pyrox_objects::exceptions::os_error(), "Can't do nonzero cur-relative seeks"));
        }
        let to = match whence {
            1 => self.position.get(),
            2 => self.text.borrow().len(),
            _ => pos as usize,
        };
        self.position.set(to);
        Ok(to)
    }
    /// Write string to file.
    #[method]
    pub fn write(&self, thread: &Thread, s: &Object) -> PyResult<usize> {
        self.check(thread)?;
        let Some(text) = s.cast::<Str>() else {
            return Err(thread.type_error(&format!("string argument expected, got '{}'", s.ty().name())));
        };
        self.put(thread, text)?;
        Ok(text.len())
    }
    /// Returns True if the IO object can be seeked.
    #[method]
    fn seekable(&self, thread: &Thread) -> PyResult<bool> {
        self.check(thread).map(|()| true)
    }
    /// Returns True if the IO object can be read.
    #[method]
    fn readable(&self, thread: &Thread) -> PyResult<bool> {
        self.check(thread).map(|()| true)
    }
    /// Returns True if the IO object can be written.
    #[method]
    fn writable(&self, thread: &Thread) -> PyResult<bool> {
        self.check(thread).map(|()| true)
    }
    #[method]
    fn __getstate__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        self.check(thread)?;
        let newline = match self.ending.get().text() {
            Some(text) => Str::intern_str(thread, text)?.upcast(),
            None => none(),
        };
        let dict = match self.base.dict.get().and_then(|d| d.downcast::<Dict>().ok()) {
            Some(dict) => dict.copy(thread)?.upcast(),
            None => none(),
        };
        Tuple::from_vec(thread, vec![self.whole(thread)?.upcast(), newline, int(self.position.get() as i64), dict])
    }
    #[method(sig = "(state, /)")]
    fn __setstate__(&self, thread: &Thread, state: &Object) -> PyResult<()> {
        if !self.ready.get() || self.closed.get() {
            self.check(thread)?;
        }
        let Some(items) = state.cast::<Tuple>().filter(|t| t.len() >= 4) else {
            return Err(thread.type_error(&format!(
                "{}.__setstate__ argument should be 4-tuple, got {}",
                self.ty().full_name(),
                state.ty().name()
            )));
        };
        let value = items.get(0);
        if !value.is_none() && !value.is_instance::<Str>() {
            // The newline is looked at first.
            self.start(thread, Some(items.get(1)))?;
            return Err(thread.type_error(&format!("initial_value must be str or None, not {}", value.ty().name())));
        }
        self.start(thread, Some(items.get(1)))?;
        if let Some(text) = value.cast::<Str>() {
            // What was stored had its line endings translated already.
            self.put_raw(thread, text)?;
        }
        let position = items.get(2);
        if !position.is_int() {
            return Err(thread.type_error(&format!("third item of state must be an integer, got {}", position.ty().name())));
        }
        let position = position.as_isize(thread)?;
        if position < 0 {
            return Err(thread.value_error("position value cannot be negative"));
        }
        self.position.set(position as usize);
        self.ready.set(true);
        update_dict(thread, self, items.get(3), "fourth")
    }
    #[getter]
    fn closed(&self, thread: &Thread) -> PyResult<bool> {
        if !self.ready.get() { Err(uninitialized(thread)) } else { Ok(self.closed.get()) }
    }
    #[getter]
    fn newlines(&self, thread: &Thread) -> PyResult<Obj> {
        self.check(thread)?;
        self.newlines.seen(thread)
    }
    #[getter]
    fn line_buffering(&self, thread: &Thread) -> PyResult<bool> {
        self.check(thread).map(|()| false)
    }
}
