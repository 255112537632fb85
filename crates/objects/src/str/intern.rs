//! Interned strings: one object for each text that names something.
//!
//! The table does not own its strings: a mortal one takes itself out when it dies. Names that the
//! binary itself uses ([`StaticName`]) and one-character strings are immortal.

use std::cell::{Cell, RefCell, UnsafeCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicPtr, Ordering};

use pyrox_abi as abi;
use pyrox_abi::PyObject;
use pyrox_numeric::hash::HashSecret;

use super::Str;
use crate::object::{Own, Owned};
use crate::{PyResult, Thread};

type Raw = *mut PyObject;

const MORTAL: u32 = 1;
/// Interned, immortal and shared by all interpreters.
const IMMORTAL: u32 = 3;

/// Passes a string's own hash through.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ byte as u64;
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

type Table = HashMap<u64, Vec<Raw>, BuildHasherDefault<Identity>>;

thread_local! {
    static TABLE: RefCell<Table> = RefCell::new(Table::default());
    static LATIN1: UnsafeCell<[Raw; 256]> = const { UnsafeCell::new([std::ptr::null_mut(); 256]) };
    static SECRET: Cell<Option<&'static HashSecret>> = const { Cell::new(None) };
}

/// The key of string hashing; before it is set, that of `PYTHONHASHSEED=0`.
#[inline]
pub fn hash_secret() -> &'static HashSecret {
    match SECRET.get() {
        Some(secret) => secret,
        None => {
            set_hash_secret(HashSecret::from_seed(0));
            hash_secret()
        }
    }
}

/// Set the key, before any string is hashed.
pub fn set_hash_secret(secret: HashSecret) {
    SECRET.set(Some(Box::leak(Box::new(secret))));
}

fn find(text: &Str) -> Option<Raw> {
    TABLE.with_borrow(|table| {
        table
            .get(&(text.hash_value() as u64))?
            .iter()
            .copied()
            // SAFETY: the table holds living strings.
            .find(|&candidate| unsafe { (*(candidate as *const Str)).same_as(text) })
    })
}

pub(super) fn intern(thread: &Thread, text: &Str) -> Owned<Str> {
    if text.is_interned() {
        return text.own_typed();
    }
    if let Some(found) = find(text) {
        // SAFETY: a living string.
        return unsafe { (*(found as *const Str)).own_typed() };
    }
    if !text.is_exact::<Str>() {
        // A subclass instance cannot stand for its text.
        return match Str::from_chars(thread, text.as_chars()) {
            Ok(plain) => intern(thread, &plain),
            Err(_) => text.own_typed(),
        };
    }
    insert(text, MORTAL);
    text.own_typed()
}

fn insert(text: &Str, state: u32) {
    let raw = text.raw();
    raw.state.set(raw.state.get() & !3 | state);
    TABLE.with_borrow_mut(|table| table.entry(text.hash_value() as u64).or_default().push(text.as_ptr()));
}

pub(super) fn intern_str(thread: &Thread, text: &str) -> PyResult<Owned<Str>> {
    if text.is_ascii() {
        let hash = hash_secret().hash(text.as_bytes()) as u64;
        let found = TABLE.with_borrow(|table| {
            // SAFETY: the table holds living strings.
            table.get(&hash)?.iter().copied().find(|&c| unsafe { (*(c as *const Str)).ascii_text() == Some(text) })
        });
        if let Some(found) = found {
            // SAFETY: a living string.
            return Ok(unsafe { (*(found as *const Str)).own_typed() });
        }
    }
    let fresh = if text.len() == 1 || text.is_empty() { small(thread, text)? } else { Str::from_str(thread, text)? };
    Ok(intern(thread, &fresh))
}

fn small(thread: &Thread, text: &str) -> PyResult<Owned<Str>> {
    match text.as_bytes() {
        [byte] => Ok(latin1_char(thread, *byte)),
        _ => {
            let empty = Str::uninit(thread, 0, 0x7f)?;
            make_immortal(&empty);
            Ok(empty)
        }
    }
}

fn make_immortal(text: &Str) {
    if text.raw().state.get() & 3 == 0 {
        insert(text, IMMORTAL);
    }
    let raw = text.raw();
    raw.state.set(raw.state.get() & !3 | IMMORTAL);
    raw.ob_base.ob_refcnt_full.set(abi::STATIC_REFCNT);
}

/// The shared string of one Latin-1 character.
pub(super) fn latin1_char(thread: &Thread, c: u8) -> Owned<Str> {
    LATIN1.with(|table| {
        // SAFETY: the table is only touched here, under the GIL.
        let entry = unsafe { &mut (*table.get())[c as usize] };
        if entry.is_null() {
            let Ok(text) = Str::uninit(thread, 1, if c < 128 { 0x7f } else { 0xff }) else { return Str::empty() };
            text.fill(std::iter::once(c as u32));
            make_immortal(&text);
            *entry = text.into_raw();
        }
        // SAFETY: an immortal string.
        unsafe { (*(*entry as *const Str)).own_typed() }
    })
}

/// A dying interned string leaves the table.
pub(super) fn forget(text: &Str) {
    let raw = text.as_ptr();
    TABLE.with_borrow_mut(|table| {
        let key = text.hash_value() as u64;
        if let Some(bucket) = table.get_mut(&key) {
            bucket.retain(|&item| item != raw);
            if bucket.is_empty() {
                table.remove(&key);
            }
        }
    });
}

/// A name that the binary uses: interned at its first use, immortal. See [`crate::intern!`].
pub struct StaticName {
    text: &'static str,
    object: AtomicPtr<PyObject>,
}

impl StaticName {
    pub const fn new(text: &'static str) -> Self {
        StaticName { text, object: AtomicPtr::new(std::ptr::null_mut()) }
    }

    #[inline(always)]
    pub fn get(&self) -> &'static Str {
        let pointer = self.object.load(Ordering::Relaxed);
        let pointer = if pointer.is_null() { self.make() } else { pointer };
        // SAFETY: an immortal string.
        unsafe { &*(pointer as *const Str) }
    }

    #[cold]
    fn make(&self) -> Raw {
        // SAFETY: names are used by code that holds the lock.
        let thread = unsafe { Thread::current() };
        let pointer = match intern_str(thread, self.text) {
            Ok(text) => {
                make_immortal(&text);
                text.into_raw()
            }
            Err(_) => latin1_char(thread, b'?').into_raw(),
        };
        self.object.store(pointer, Ordering::Relaxed);
        pointer
    }
}
