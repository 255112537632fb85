//! How `bytes` and `bytearray` hold their bytes.

use std::cell::UnsafeCell;

use pyrox_abi as abi;
use pyrox_abi::{PyByteArrayObject, PyBytesObject, PyObject};

use crate::object::{Obj, Object, Own, Owned, PyType};
use crate::{PyResult, Thread, Type};

type Raw = *mut PyObject;

/// Immutable bytes; they lie behind the head, a NUL behind them.
#[repr(transparent)]
pub struct Bytes(pub(super) PyBytesObject);

/// Where the bytes of a `bytes` object begin.
const HEAD: usize = 32;

thread_local! {
    static SINGLE: UnsafeCell<[Raw; 257]> = const { UnsafeCell::new([std::ptr::null_mut(); 257]) };
}

impl Bytes {
    /// `length` bytes to be filled by the caller.
    pub fn uninit(thread: &Thread, length: usize) -> PyResult<Owned<Bytes>> {
        if length > isize::MAX as usize - HEAD - 1 {
            return Err(thread.overflow_error("byte string is too large"));
        }
        let memory = abi::allocate(HEAD + 1 + length);
        if memory.is_null() {
            return Err(thread.no_memory());
        }
        // SAFETY: fresh memory of that size.
        unsafe {
            let object = &*(memory as *const PyBytesObject);
            object.ob_base.ob_base.ob_refcnt_full.set(1);
            object.ob_base.ob_base.ob_type.set(Bytes::TYPE);
            object.ob_base.ob_size.set(length as isize);
            object.ob_shash.set(-1);
            *memory.add(HEAD + length) = 0;
            Ok(Owned::from_raw(memory as Raw))
        }
    }

    /// A shared object: a single byte, or no bytes for 256.
    fn shared(thread: &Thread, index: usize) -> PyResult<Owned<Bytes>> {
        SINGLE.with(|table| {
            // SAFETY: the table is only touched here, under the GIL.
            let entry = unsafe { &mut (*table.get())[index.min(256)] };
            if entry.is_null() {
                let fresh = Bytes::uninit(thread, (index < 256) as usize)?;
                if index < 256 {
                    // SAFETY: fresh, one byte long.
                    unsafe { *fresh.data() = index as u8 };
                }
                fresh.0.ob_base.ob_base.ob_refcnt_full.set(abi::STATIC_REFCNT);
                *entry = fresh.into_raw();
            }
            // SAFETY: immortal.
            Ok(unsafe { (*(*entry as *const Bytes)).own_typed() })
        })
    }

    pub fn from_slice(thread: &Thread, bytes: &[u8]) -> PyResult<Owned<Bytes>> {
        match bytes {
            [] => return Bytes::shared(thread, 256),
            [byte] => return Bytes::shared(thread, *byte as usize),
            _ => {}
        }
        let result = Bytes::uninit(thread, bytes.len())?;
        // SAFETY: fresh, of that length.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), result.data(), bytes.len()) };
        Ok(result)
    }

    /// `length` zeros, in a fresh object that the caller may fill (unless it has no bytes).
    pub fn zeros(thread: &Thread, length: usize) -> PyResult<Owned<Bytes>> {
        if length == 0 {
            return Bytes::shared(thread, 256);
        }
        let result = Bytes::uninit(thread, length)?;
        // SAFETY: fresh, of that length.
        unsafe { std::ptr::write_bytes(result.data(), 0, length) };
        Ok(result)
    }

    /// Where the bytes begin.
    #[inline(always)]
    pub fn data(&self) -> *mut u8 {
        // SAFETY: the bytes follow the head.
        unsafe { (self as *const Bytes as *mut u8).add(HEAD) }
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.ob_base.ob_size.get() as usize
    }

    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: bytes that others can see do not change.
        unsafe { std::slice::from_raw_parts(self.data(), self.len()) }
    }

    /// The hash: that of a string with the same bytes.
    pub fn hash_value(&self) -> isize {
        let cached = self.0.ob_shash.get();
        if cached != -1 {
            return cached;
        }
        let hash = crate::str::hash_secret().hash(self.as_slice()) as isize;
        self.0.ob_shash.set(hash);
        hash
    }

    /// An instance of a subclass with these bytes.
    pub fn subclass_instance(&self, thread: &Thread, class: &Type) -> PyResult<Obj> {
        let object = class.allocate(thread, self.len())?;
        // SAFETY: a fresh instance with the layout of bytes and zeros behind it.
        unsafe {
            let fresh = &*(object.as_ptr() as *const Bytes);
            fresh.0.ob_shash.set(-1);
            std::ptr::copy_nonoverlapping(self.data(), fresh.data(), self.len());
        }
        Ok(object)
    }
}

/// Mutable bytes in memory of their own, a NUL behind them. They may begin behind the memory's start,
/// where bytes were taken off the front.
#[repr(transparent)]
pub struct ByteArray(pub(super) PyByteArrayObject);

/// What an empty array shows: extensions compare with this address.
#[unsafe(export_name = "_PyByteArray_empty_string")]
pub static EMPTY: abi::Static<[u8; 1]> = abi::Static::new([0]);

impl ByteArray {
    pub fn from_slice(thread: &Thread, bytes: &[u8]) -> PyResult<Owned<ByteArray>> {
        let object = ByteArray::ty().allocate(thread, 0)?;
        // SAFETY: a fresh, zeroed instance: an empty array.
        let array: Owned<ByteArray> = unsafe { object.cast_unchecked() };
        array.append_slice(thread, bytes)?;
        Ok(array)
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.0.ob_base.ob_size.get() as usize
    }

    /// Where the bytes begin; never null.
    #[inline(always)]
    pub fn data(&self) -> *mut u8 {
        let start = self.0.ob_start.get() as *mut u8;
        if start.is_null() { EMPTY.get() as *mut u8 } else { start }
    }

    /// The bytes. Nothing that can run Python code may happen while they are borrowed, unless the array
    /// is locked by [`ByteArray::lock`].
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: that many bytes lie there.
        unsafe { std::slice::from_raw_parts(self.data(), self.len()) }
    }

    /// The byte at `index`, if it is within.
    pub fn get(&self, index: usize) -> Option<u8> {
        self.as_slice().get(index).copied()
    }

    /// Overwrite the byte at `index`, which is within.
    pub(super) fn put(&self, index: usize, byte: u8) {
        if index < self.len() {
            // SAFETY: within.
            unsafe { *self.data().add(index) = byte };
        }
    }

    /// Keep the array from being resized until the guard is dropped.
    pub fn lock(&self) -> Lock<'_> {
        self.0.ob_exports.set(self.0.ob_exports.get() + 1);
        Lock(self)
    }

    pub(super) fn check_resizable(&self, thread: &Thread) -> PyResult<()> {
        if self.0.ob_exports.get() > 0 {
            return Err(thread.buffer_error("Existing exports of data: object cannot be re-sized"));
        }
        Ok(())
    }

    /// Change the length; new bytes have no defined value and are to be written.
    pub fn resize(&self, thread: &Thread, length: usize) -> PyResult<()> {
        if length == self.len() {
            return Ok(());
        }
        self.check_resizable(thread)?;
        if length > isize::MAX as usize - 16 {
            return Err(thread.no_memory());
        }
        let (old, capacity) = (self.0.ob_bytes.get() as *mut u8, self.0.ob_alloc.get() as usize);
        let offset = (self.0.ob_start.get() as usize).saturating_sub(old as usize);
        let fits = length + offset < capacity;
        if !fits || length < capacity / 2 {
            let wanted = if fits || length + 1 > capacity + capacity / 8 {
                length + 1
            } else {
                length + (length >> 3) + if length < 9 { 3 } else { 6 }
            };
            let kept = self.len().min(length);
            // SAFETY: the array owns its memory; what is kept lies in both.
            unsafe {
                if offset > 0 {
                    std::ptr::copy(old.add(offset), old, kept);
                }
                let fresh = abi::reallocate(old, wanted);
                if fresh.is_null() {
                    self.0.ob_start.set(old as *mut _);
                    return Err(thread.no_memory());
                }
                self.0.ob_bytes.set(fresh as *mut _);
                self.0.ob_start.set(fresh as *mut _);
            }
            self.0.ob_alloc.set(wanted as isize);
        }
        self.0.ob_base.ob_size.set(length as isize);
        // SAFETY: there is room for the NUL.
        unsafe { *self.data().add(length) = 0 };
        Ok(())
    }

    pub fn append_slice(&self, thread: &Thread, bytes: &[u8]) -> PyResult<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let length = self.len();
        let Some(total) = length.checked_add(bytes.len()) else { return Err(thread.no_memory()) };
        self.resize(thread, total)?;
        // SAFETY: room was made; a borrow of our own bytes would have locked the array.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.data().add(length), bytes.len()) };
        Ok(())
    }

    /// Replace the bytes from `start` to `end` by `new`.
    pub(super) fn splice(&self, thread: &Thread, start: usize, end: usize, new: &[u8]) -> PyResult<()> {
        let length = self.len();
        let (start, end) = (start.min(length), end.clamp(start.min(length), length));
        let (gone, tail) = (end - start, length - end);
        if new.len() != gone {
            self.check_resizable(thread)?;
        }
        // SAFETY: all positions are within the array's memory before or after the resize.
        unsafe {
            if new.len() < gone {
                let less = gone - new.len();
                if start == 0 && new.is_empty() {
                    self.0.ob_start.set(self.data().add(less) as *mut _);
                    // What remains begins further on; the length follows.
                    self.0.ob_base.ob_size.set((length - less) as isize);
                    let (kept, offset) = (length - less, self.0.ob_start.get() as usize - self.0.ob_bytes.get() as usize);
                    if kept + 1 + offset < self.0.ob_alloc.get() as usize / 2 {
                        self.0.ob_base.ob_size.set((kept + 1) as isize);
                        self.resize(thread, kept)?;
                    }
                    return Ok(());
                }
                std::ptr::copy(self.data().add(end), self.data().add(start + new.len()), tail);
                self.resize(thread, length - less)?;
            } else if new.len() > gone {
                let Some(total) = length.checked_add(new.len() - gone) else { return Err(thread.no_memory()) };
                self.resize(thread, total)?;
                std::ptr::copy(self.data().add(end), self.data().add(start + new.len()), tail);
            }
            std::ptr::copy(new.as_ptr(), self.data().add(start), new.len());
        }
        Ok(())
    }

    /// # Safety
    /// A destructor contract.
    pub(super) unsafe fn free_memory(&self) {
        let memory = self.0.ob_bytes.replace(std::ptr::null_mut());
        if !memory.is_null() {
            // SAFETY: the array owned it.
            unsafe { abi::free(memory as *mut u8) };
        }
    }
}

/// A bytearray that cannot be resized for now.
pub struct Lock<'a>(&'a ByteArray);

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        self.0.0.ob_exports.set(self.0.0.ob_exports.get() - 1);
    }
}

/// The bytes of a `bytes` or of a locked `bytearray`.
pub struct View<'a> {
    bytes: &'a [u8],
    _lock: Option<Lock<'a>>,
}

impl std::ops::Deref for View<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.bytes
    }
}

/// What the methods that both types have need of them.
pub trait ByteString: PyType {
    const NAME: &'static str;
    fn view(&self) -> View<'_>;
    fn make(thread: &Thread, bytes: &[u8]) -> PyResult<Obj>;
    /// The same bytes: the object itself if it cannot change.
    fn same(&self, thread: &Thread) -> PyResult<Obj>;
}

impl ByteString for Bytes {
    const NAME: &'static str = "bytes";
    fn view(&self) -> View<'_> {
        View { bytes: self.as_slice(), _lock: None }
    }
    fn make(thread: &Thread, bytes: &[u8]) -> PyResult<Obj> {
        Ok(Bytes::from_slice(thread, bytes)?.upcast())
    }
    fn same(&self, thread: &Thread) -> PyResult<Obj> {
        let object: &Object = self;
        if object.is_exact::<Bytes>() { Ok(object.own()) } else { Bytes::make(thread, self.as_slice()) }
    }
}

impl ByteString for ByteArray {
    const NAME: &'static str = "bytearray";
    fn view(&self) -> View<'_> {
        View { bytes: self.as_slice(), _lock: Some(self.lock()) }
    }
    fn make(thread: &Thread, bytes: &[u8]) -> PyResult<Obj> {
        Ok(ByteArray::from_slice(thread, bytes)?.upcast())
    }
    fn same(&self, thread: &Thread) -> PyResult<Obj> {
        ByteArray::make(thread, self.as_slice())
    }
}
