//! The hash table of dicts: an index of entries in insertion order, as CPython's compact dict.
//!
//! One allocation: this header, then `1 << log2_size` indices (1, 2 or 4 bytes each, by size), then the
//! entries. A deleted entry keeps its place with a null value; its index becomes `DUMMY`. Tables whose
//! keys are all exact strings (`unicode`) leave the hash out of the entry, since strings cache theirs.
//! A `shared` table holds the keys of all instances of a class; values lie with each instance.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_abi::PyObject;

type Raw = *mut PyObject;

pub const EMPTY: isize = -1;
pub const DUMMY: isize = -2;
pub const PERTURB_SHIFT: u32 = 5;
/// The most attributes that instances keep inline.
pub const SHARED_CAPACITY: usize = 30;

#[repr(C)]
pub struct Keys {
    refcount: Cell<u32>,
    /// Version for the interpreter's caches; 0 means none.
    pub version: Cell<u32>,
    pub log2_size: u8,
    pub unicode: bool,
    pub shared: bool,
    _reserved: u8,
    /// Entries that can still be added.
    pub usable: Cell<i32>,
    /// Entries in use, deleted ones included.
    pub count: Cell<u32>,
    _padding: u32,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Entry {
    pub hash: isize,
    pub key: Raw,
    pub value: Raw,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct UnicodeEntry {
    pub key: Raw,
    pub value: Raw,
}

/// Two thirds of the size.
pub const fn usable_of(log2_size: u8) -> usize {
    ((1usize << log2_size) << 1) / 3
}

/// The smallest table that takes `count` entries.
pub fn log2_for(count: usize) -> u8 {
    let needed = (count * 3).div_ceil(2).max(8);
    (usize::BITS - (needed - 1).leading_zeros()) as u8
}

const fn index_size(log2_size: u8) -> usize {
    if log2_size < 8 {
        1
    } else if log2_size < 16 {
        2
    } else {
        4
    }
}

impl Keys {
    pub fn byte_size(log2_size: u8, unicode: bool) -> usize {
        let entry = if unicode { size_of::<UnicodeEntry>() } else { size_of::<Entry>() };
        size_of::<Keys>() + (index_size(log2_size) << log2_size) + entry * usable_of(log2_size)
    }

    /// A new empty table with one reference; null if there is no memory.
    pub fn new(log2_size: u8, unicode: bool, shared: bool) -> *mut Keys {
        let usable = if shared { SHARED_CAPACITY.min(usable_of(log2_size)) } else { usable_of(log2_size) };
        let memory = abi::allocate(Self::byte_size(log2_size, unicode)) as *mut Keys;
        if memory.is_null() {
            return memory;
        }
        // SAFETY: fresh memory of the right size.
        unsafe {
            memory.write(Keys {
                refcount: Cell::new(1),
                version: Cell::new(0),
                log2_size,
                unicode,
                shared,
                _reserved: 0,
                usable: Cell::new(usable as i32),
                count: Cell::new(0),
                _padding: 0,
            });
            std::ptr::write_bytes((*memory).indices(), 0xff, index_size(log2_size) << log2_size);
        }
        memory
    }

    #[inline(always)]
    pub fn size(&self) -> usize {
        1 << self.log2_size
    }

    #[inline(always)]
    fn indices(&self) -> *mut u8 {
        // SAFETY: the indices follow the header.
        unsafe { (self as *const Keys as *mut u8).add(size_of::<Keys>()) }
    }

    #[inline(always)]
    fn entries_start(&self) -> *mut u8 {
        // SAFETY: the entries follow the indices.
        unsafe { self.indices().add(index_size(self.log2_size) << self.log2_size) }
    }

    #[inline(always)]
    pub fn entries(&self) -> *mut Entry {
        self.entries_start() as *mut Entry
    }

    #[inline(always)]
    pub fn unicode_entries(&self) -> *mut UnicodeEntry {
        self.entries_start() as *mut UnicodeEntry
    }

    #[inline(always)]
    pub fn index(&self, slot: usize) -> isize {
        debug_assert!(slot < self.size());
        // SAFETY: slot is within the table.
        unsafe {
            match index_size(self.log2_size) {
                1 => *(self.indices() as *const i8).add(slot) as isize,
                2 => *(self.indices() as *const i16).add(slot) as isize,
                _ => *(self.indices() as *const i32).add(slot) as isize,
            }
        }
    }

    #[inline(always)]
    pub fn set_index(&self, slot: usize, value: isize) {
        // SAFETY: slot is within the table.
        unsafe {
            match index_size(self.log2_size) {
                1 => *(self.indices() as *mut i8).add(slot) = value as i8,
                2 => *(self.indices() as *mut i16).add(slot) = value as i16,
                _ => *(self.indices() as *mut i32).add(slot) = value as i32,
            }
        }
    }

    /// Key and value of the entry at `at`; the value is null if deleted (or elsewhere, when shared).
    #[inline(always)]
    pub fn entry(&self, at: usize) -> (Raw, Raw) {
        debug_assert!(at < self.count.get() as usize);
        // SAFETY: at is an entry in use.
        unsafe {
            if self.unicode {
                let entry = *self.unicode_entries().add(at);
                (entry.key, entry.value)
            } else {
                let entry = *self.entries().add(at);
                (entry.key, entry.value)
            }
        }
    }

    #[inline(always)]
    pub fn hash_at(&self, at: usize) -> isize {
        // SAFETY: at is an entry in use; string keys cache their hash.
        unsafe {
            if self.unicode {
                (*((*self.unicode_entries().add(at)).key as *const abi::PyASCIIObject)).hash.get()
            } else {
                (*self.entries().add(at)).hash
            }
        }
    }

    #[inline(always)]
    pub fn set_value(&self, at: usize, value: Raw) {
        // SAFETY: at is an entry in use.
        unsafe {
            if self.unicode {
                (*self.unicode_entries().add(at)).value = value;
            } else {
                (*self.entries().add(at)).value = value;
            }
        }
    }

    #[inline(always)]
    pub fn set_entry(&self, at: usize, hash: isize, key: Raw, value: Raw) {
        // SAFETY: at is within the usable entries.
        unsafe {
            if self.unicode {
                *self.unicode_entries().add(at) = UnicodeEntry { key, value };
            } else {
                *self.entries().add(at) = Entry { hash, key, value };
            }
        }
    }

    /// The first free slot for `hash`.
    #[inline]
    pub fn find_empty(&self, hash: isize) -> usize {
        let mask = self.size() - 1;
        let mut perturb = hash as usize;
        let mut slot = perturb & mask;
        while self.index(slot) >= 0 {
            perturb >>= PERTURB_SHIFT;
            slot = (slot.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1)) & mask;
        }
        slot
    }

    /// The slot whose index is `at`, for a key of `hash`.
    pub fn slot_of(&self, hash: isize, at: isize) -> usize {
        let mask = self.size() - 1;
        let mut perturb = hash as usize;
        let mut slot = perturb & mask;
        while self.index(slot) != at {
            perturb >>= PERTURB_SHIFT;
            slot = (slot.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1)) & mask;
        }
        slot
    }

    /// Find an exact string in a table of exact strings: its entry, or -1.
    #[inline]
    pub fn find_str(&self, key: Raw, hash: isize) -> isize {
        debug_assert!(self.unicode);
        let mask = self.size() - 1;
        let mut perturb = hash as usize;
        let mut slot = perturb & mask;
        let entries = self.unicode_entries();
        loop {
            let at = self.index(slot);
            if at >= 0 {
                // SAFETY: indices point at entries in use.
                let candidate = unsafe { (*entries.add(at as usize)).key };
                if candidate == key || crate::str::same_text(candidate, key, hash) {
                    return at;
                }
            } else if at == EMPTY {
                return EMPTY;
            }
            perturb >>= PERTURB_SHIFT;
            slot = (slot.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1)) & mask;
        }
    }

    pub fn retain(&self) {
        self.refcount.set(self.refcount.get() + 1);
    }

    pub fn is_shared_by_many(&self) -> bool {
        self.refcount.get() > 1
    }

    /// Give a reference back; the last one drops keys and values.
    ///
    /// # Safety
    /// The caller owned the reference.
    pub unsafe fn release(this: *mut Keys) {
        // SAFETY: by contract.
        unsafe {
            if std::ptr::eq(this, empty()) {
                return;
            }
            let keys = &*this;
            keys.refcount.set(keys.refcount.get() - 1);
            if keys.refcount.get() == 0 {
                for at in 0..keys.count.get() as usize {
                    let (key, value) = keys.entry(at);
                    crate::object::xdecref(key);
                    if !keys.shared {
                        crate::object::xdecref(value);
                    }
                }
                abi::free(this as *mut u8);
            }
        }
    }

    /// Free the table without touching what the entries hold.
    ///
    /// # Safety
    /// The references in the entries were moved elsewhere; no other reference to the table exists.
    pub unsafe fn free_moved(this: *mut Keys) {
        if !std::ptr::eq(this, empty()) {
            // SAFETY: by contract.
            unsafe { abi::free(this as *mut u8) };
        }
    }
}

#[repr(C)]
struct EmptyKeys {
    keys: Keys,
    indices: [i8; 8],
}

// SAFETY: never written: it has no usable entry.
unsafe impl Sync for EmptyKeys {}

static EMPTY_KEYS: EmptyKeys = EmptyKeys {
    keys: Keys {
        refcount: Cell::new(1),
        version: Cell::new(0),
        log2_size: 3,
        unicode: true,
        shared: false,
        _reserved: 0,
        usable: Cell::new(0),
        count: Cell::new(0),
        _padding: 0,
    },
    indices: [-1; 8],
};

/// The table of every empty dict.
#[inline(always)]
pub fn empty() -> *mut Keys {
    &raw const EMPTY_KEYS.keys as *mut Keys
}
