//! The registry of codecs: search functions, the cache of what they found, error handlers.

use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use pyrox_abi::PyObject;

use crate::object::{Obj, Object, Owned, PyType};
use crate::{Dict, Int, List, PyResult, Str, Thread, Tuple};

/// An object made at its first use and kept for ever; read and written with the lock held.
struct Kept(AtomicPtr<PyObject>);

impl Kept {
    fn get<T: PyType>(&self, make: impl FnOnce() -> PyResult<Owned<T>>) -> PyResult<Owned<T>> {
        if self.0.load(Ordering::Acquire).is_null() {
            let fresh = make()?.into_raw();
            if self.0.compare_exchange(std::ptr::null_mut(), fresh, Ordering::AcqRel, Ordering::Acquire).is_err() {
                // SAFETY: ours.
                unsafe { crate::object::decref(fresh) };
            }
        }
        // SAFETY: kept for ever, and of this type.
        unsafe { Ok(Object::from_ptr(self.0.load(Ordering::Acquire)).own().cast_unchecked()) }
    }
}

/// The package `encodings` was asked for.
static STANDARD: AtomicBool = AtomicBool::new(false);
static SEARCHERS: Kept = Kept(AtomicPtr::new(std::ptr::null_mut()));
static CACHE: Kept = Kept(AtomicPtr::new(std::ptr::null_mut()));
static HANDLERS: Kept = Kept(AtomicPtr::new(std::ptr::null_mut()));

pub(super) fn error_handlers(thread: &Thread) -> PyResult<Owned<Dict>> {
    HANDLERS.get(|| Dict::new(thread))
}

fn searchers(thread: &Thread) -> PyResult<Owned<List>> {
    SEARCHERS.get(|| List::new(thread))
}

fn cache(thread: &Thread) -> PyResult<Owned<Dict>> {
    CACHE.get(|| Dict::new(thread))
}

/// `codecs.register`.
pub fn register(thread: &Thread, search: &Object) -> PyResult<()> {
    if !search.is_callable() {
        return Err(thread.type_error("argument must be callable"));
    }
    searchers(thread)?.append(thread, search.own())
}

/// `codecs.unregister`: what was found by then is forgotten.
pub fn unregister(thread: &Thread, search: &Object) -> PyResult<()> {
    let list = searchers(thread)?;
    let kept: Vec<Obj> = list.to_vec();
    if let Some(at) = kept.iter().position(|item| item.is(search)) {
        cache(thread)?.clear();
        list.set_item(thread, &Int::from(at as i64), None)?;
    }
    Ok(())
}

/// A codec name as search functions get it: lower case, runs of other characters than letters, digits
/// and dots being single underscores.
pub fn normalize(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

/// `codecs.lookup`: the codec's functions.
pub fn lookup(thread: &Thread, encoding: &str) -> PyResult<Owned<Tuple>> {
    if encoding.contains('\0') {
        return Err(thread.value_error("embedded null character"));
    }
    let name = Str::from_str(thread, &normalize(encoding))?;
    if let Some(found) = cache(thread)?.get(thread, &name)?.and_then(|codec| codec.downcast::<Tuple>().ok()) {
        return Ok(found);
    }
    let list = searchers(thread)?;
    if !STANDARD.swap(true, Ordering::AcqRel) {
        // The standard codecs register themselves when their package is imported.
        let import = crate::hooks::builtin(thread, "__import__")?;
        import.call(thread, &[&*Str::from_str(thread, "encodings")?])?;
    }
    let mut at = 0;
    while let Some(search) = list.get(at) {
        at += 1;
        let found = search.call(thread, &[&name])?;
        if found.is_none() {
            continue;
        }
        return match found.downcast::<Tuple>() {
            Ok(codec) if codec.len() == 4 => {
                cache(thread)?.set(thread, &name, &codec)?;
                Ok(codec)
            }
            _ => Err(thread.type_error("codec search functions must return 4-tuples")),
        };
    }
    Err(thread.lookup_error(&format!("unknown encoding: {encoding}")))
}

/// Which half of a codec is called.
#[derive(Clone, Copy, PartialEq)]
pub enum Direction {
    Encode,
    Decode,
}

fn check_text_encoding(thread: &Thread, codec: &Tuple, encoding: &str, alternative: &str) -> PyResult<()> {
    let object: &Object = codec;
    if object.is_exact::<Tuple>() {
        return Ok(());
    }
    match object.lookup_attr(thread, crate::intern!("_is_text_encoding"))? {
        Some(is_text) if !is_text.is_true(thread)? => {
            Err(thread.lookup_error(&format!("'{encoding}' is not a text encoding; use {alternative} to handle arbitrary codecs")))
        }
        _ => Ok(()),
    }
}

/// Convert by the registered codec. `text` demands a text encoding.
pub fn convert(thread: &Thread, object: &Object, encoding: &str, errors: Option<&str>, direction: Direction, text: bool) -> PyResult<Obj> {
    let codec = lookup(thread, encoding)?;
    let (index, verb, noun) = match direction {
        Direction::Encode => (0, "encoding", "encoder"),
        Direction::Decode => (1, "decoding", "decoder"),
    };
    if text {
        let alternative = if direction == Direction::Encode { "codecs.encode()" } else { "codecs.decode()" };
        check_text_encoding(thread, &codec, encoding, alternative)?;
    }
    let function = codec.get(index).own();
    let called = match errors {
        Some(errors) => function.call(thread, &[object, &*Str::from_str(thread, errors)?]),
        None => function.call(thread, &[object]),
    };
    let result = match called {
        Ok(result) => result,
        Err(raised) => {
            if let Some(exception) = thread.take_raised() {
                let note = format!("{verb} with '{encoding}' codec failed");
                if crate::exceptions::add_note(thread, &exception, &note).is_err() {
                    thread.set_raised(None);
                }
                return Err(thread.reraise(exception));
            }
            return Err(raised);
        }
    };
    match result.cast::<Tuple>() {
        Some(pair) if pair.len() == 2 => Ok(pair.get(0).own()),
        _ => Err(thread.type_error(&format!("{noun} must return a tuple (object, integer)"))),
    }
}
