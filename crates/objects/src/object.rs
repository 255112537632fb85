//! Handles on objects: [`Object`] (borrowed, behind `&`), [`Obj`] and [`Owned`] (owned).
//!
//! An object is a CPython struct in memory; a handle is its address. `&Object` proves that the object
//! is alive for the borrow's time, [`Owned<T>`] owns one reference and gives it back when dropped.
//! Typed structs ([`crate::List`], ...) deref to [`Object`].

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

use pyrox_abi as abi;
use pyrox_abi::{PyObject, PyTypeObject};

use crate::Type;

/// Any object.
#[repr(transparent)]
pub struct Object(PyObject);

/// The head of a native object's struct (`ob_refcnt`, `ob_type`): its first field.
#[repr(transparent)]
pub struct Head(PyObject);

impl Head {
    /// A head to be overwritten by the allocation's.
    pub const fn unset() -> Head {
        Head(PyObject { ob_refcnt_full: Cell::new(0), ob_type: Cell::new(std::ptr::null_mut()) })
    }
}

/// A Rust struct that is the memory layout of a Python type.
///
/// # Safety
/// The struct is `repr(C)` or transparent over such a one, begins with the object's head, and every
/// object whose type is (a subtype of) `TYPE` has its layout.
pub unsafe trait PyType: 'static {
    /// The type object.
    const TYPE: *mut PyTypeObject;

    /// The type object as a handle.
    #[inline(always)]
    fn ty() -> &'static Type {
        // SAFETY: type objects of native types live for ever.
        unsafe { &*(Self::TYPE as *const Type) }
    }
}

/// An owned reference to an object of layout `T`.
#[repr(transparent)]
pub struct Owned<T: ?Sized>(NonNull<Object>, PhantomData<*const T>);

/// An owned reference to any object.
pub type Obj = Owned<Object>;

impl<T> Owned<T> {
    /// Take over a reference from a non-null pointer.
    ///
    /// # Safety
    /// `pointer` is a valid object of layout `T`, of which the caller gives away one reference.
    #[inline(always)]
    pub unsafe fn from_raw(pointer: *mut PyObject) -> Self {
        debug_assert!(!pointer.is_null());
        // SAFETY: not null by contract.
        Owned(unsafe { NonNull::new_unchecked(pointer as *mut Object) }, PhantomData)
    }

    /// As [`Owned::from_raw`], null giving `None`.
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub unsafe fn from_raw_or_null(pointer: *mut PyObject) -> Option<Self> {
        NonNull::new(pointer as *mut Object).map(|p| Owned(p, PhantomData))
    }

    /// Give the reference to whoever takes the pointer.
    #[inline(always)]
    pub fn into_raw(self) -> *mut PyObject {
        let pointer = self.0.as_ptr() as *mut PyObject;
        std::mem::forget(self);
        pointer
    }

    /// The address, the reference staying here.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut PyObject {
        self.0.as_ptr() as *mut PyObject
    }

    /// Forget the static type.
    #[inline(always)]
    pub fn upcast(self) -> Obj {
        let pointer = self.0;
        std::mem::forget(self);
        Owned(pointer, PhantomData)
    }

    /// Say that the object has layout `U`.
    ///
    /// # Safety
    /// It has.
    #[inline(always)]
    pub unsafe fn cast_unchecked<U>(self) -> Owned<U> {
        let pointer = self.0;
        std::mem::forget(self);
        Owned(pointer, PhantomData)
    }
}

impl Obj {
    /// The typed handle, if the object is an instance of `U` or of a subtype; else the same handle.
    #[inline]
    pub fn downcast<U: PyType>(self) -> Result<Owned<U>, Obj> {
        if self.is_instance::<U>() {
            // SAFETY: just checked.
            Ok(unsafe { self.cast_unchecked() })
        } else {
            Err(self)
        }
    }
}

impl<T> Deref for Owned<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the handle owns a reference to an object of layout T.
        unsafe { &*(self.0.as_ptr() as *const T) }
    }
}

impl<T: ?Sized> Clone for Owned<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        // SAFETY: the object is alive.
        unsafe { abi::incref(self.0.as_ptr() as *mut PyObject) };
        Owned(self.0, PhantomData)
    }
}

impl<T: ?Sized> Drop for Owned<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the handle owns a reference.
        unsafe { decref(self.0.as_ptr() as *mut PyObject) }
    }
}

impl<T: std::fmt::Display> std::fmt::Display for Owned<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&**self, f)
    }
}

/// Take a reference away and deallocate the object if it was the last.
///
/// # Safety
/// `object` is a valid object of which the caller owns a reference.
#[inline(always)]
pub unsafe fn decref(object: *mut PyObject) {
    // SAFETY: by contract.
    unsafe {
        if abi::decref_is_last(object) {
            crate::dealloc::dealloc(object);
        }
    }
}

/// As [`decref`], null doing nothing.
///
/// # Safety
/// As there, or null.
#[inline(always)]
pub unsafe fn xdecref(object: *mut PyObject) {
    if !object.is_null() {
        // SAFETY: by contract.
        unsafe { decref(object) }
    }
}

// SAFETY: every object begins with PyObject.
unsafe impl PyType for Object {
    const TYPE: *mut PyTypeObject = crate::base_object::BASE_OBJECT;
}

impl Object {
    /// Borrow the object at `pointer`.
    ///
    /// # Safety
    /// It is a valid object that stays alive for `'a`.
    #[inline(always)]
    pub unsafe fn from_ptr<'a>(pointer: *mut PyObject) -> &'a Object {
        debug_assert!(!pointer.is_null());
        // SAFETY: by contract.
        unsafe { &*(pointer as *const Object) }
    }

    /// As [`Object::from_ptr`], null giving `None`.
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub unsafe fn from_ptr_or_null<'a>(pointer: *mut PyObject) -> Option<&'a Object> {
        // SAFETY: by contract.
        unsafe { (pointer as *const Object).as_ref() }
    }

    #[inline(always)]
    pub fn as_ptr(&self) -> *mut PyObject {
        self as *const Object as *mut PyObject
    }

    /// A new reference.
    #[inline(always)]
    pub fn own(&self) -> Obj {
        // SAFETY: the object is alive.
        unsafe {
            abi::incref(self.as_ptr());
            Owned::from_raw(self.as_ptr())
        }
    }

    /// The object's type.
    #[inline(always)]
    pub fn ty(&self) -> &Type {
        // SAFETY: a valid object's type is valid, and lives while the object does.
        unsafe { &*(self.0.ob_type.get() as *const Type) }
    }

    #[inline(always)]
    pub fn type_ptr(&self) -> *mut PyTypeObject {
        self.0.ob_type.get()
    }

    /// Identity.
    #[inline(always)]
    pub fn is(&self, other: &Object) -> bool {
        std::ptr::eq(self, other)
    }

    #[inline(always)]
    pub fn is_none(&self) -> bool {
        std::ptr::eq(self.as_ptr(), crate::singletons::NONE.get())
    }

    #[inline(always)]
    pub fn is_not_implemented(&self) -> bool {
        std::ptr::eq(self.as_ptr(), crate::singletons::NOT_IMPLEMENTED.get())
    }

    /// The object's type is exactly `T`'s.
    #[inline(always)]
    pub fn is_exact<T: PyType>(&self) -> bool {
        self.type_ptr() == T::TYPE
    }

    /// The object is an instance of `T` or of a subtype.
    #[inline(always)]
    pub fn is_instance<T: PyType>(&self) -> bool {
        self.type_ptr() == T::TYPE || self.ty().is_subtype(T::ty())
    }

    /// The object as a `T`, if its type is exactly that.
    #[inline(always)]
    pub fn exact<T: PyType>(&self) -> Option<&T> {
        // SAFETY: the type proves the layout.
        self.is_exact::<T>().then(|| unsafe { &*(self as *const Object as *const T) })
    }

    /// The object as a `T`, if it is an instance of it or of a subtype.
    #[inline(always)]
    pub fn cast<T: PyType>(&self) -> Option<&T> {
        // SAFETY: the type proves the layout.
        self.is_instance::<T>().then(|| unsafe { &*(self as *const Object as *const T) })
    }

    /// The object as a `T`, unchecked.
    ///
    /// # Safety
    /// It is one.
    #[inline(always)]
    pub unsafe fn cast_unchecked<T: PyType>(&self) -> &T {
        debug_assert!(self.is_instance::<T>());
        // SAFETY: by contract.
        unsafe { &*(self as *const Object as *const T) }
    }

    /// The type has this `Py_TPFLAGS_*` bit.
    #[inline(always)]
    pub fn has_flag(&self, flag: u64) -> bool {
        self.ty().flags() & flag != 0
    }

    /// The reference count.
    #[inline(always)]
    pub fn refcount(&self) -> u32 {
        // SAFETY: alive.
        unsafe { abi::refcnt(self.as_ptr()) }
    }
}

/// A typed new reference of a typed borrow.
pub trait Own: PyType + Sized {
    #[inline(always)]
    fn own_typed(&self) -> Owned<Self> {
        // SAFETY: `&Self` is an object of layout Self.
        unsafe {
            let pointer = self as *const Self as *mut PyObject;
            abi::incref(pointer);
            Owned::from_raw(pointer)
        }
    }
}

impl<T: PyType> Own for T {}

/// A field that holds a reference or nothing, changed through a shared borrow.
///
/// Reading gives a new reference, so that no borrow into the owner's storage lives on.
#[repr(transparent)]
pub struct ObjCell(Cell<*mut PyObject>);

impl ObjCell {
    pub const fn empty() -> ObjCell {
        ObjCell(Cell::new(std::ptr::null_mut()))
    }

    pub fn new(value: Option<Obj>) -> ObjCell {
        ObjCell(Cell::new(value.map_or(std::ptr::null_mut(), Obj::into_raw)))
    }

    #[inline(always)]
    pub fn get(&self) -> Option<Obj> {
        // SAFETY: the cell owns its reference.
        unsafe { Object::from_ptr_or_null(self.0.get()).map(Object::own) }
    }

    /// A borrow of what is held; it must not live across anything that can change the cell.
    #[inline(always)]
    pub fn peek(&self) -> Option<&Object> {
        // SAFETY: the cell owns its reference.
        unsafe { Object::from_ptr_or_null(self.0.get()) }
    }

    #[inline(always)]
    pub fn is_set(&self) -> bool {
        !self.0.get().is_null()
    }

    /// Replace what is held; the old value dies after the new one is in place.
    #[inline(always)]
    pub fn set(&self, value: Option<Obj>) {
        let old = self.0.replace(value.map_or(std::ptr::null_mut(), Obj::into_raw));
        // SAFETY: the cell owned it.
        unsafe { xdecref(old) }
    }

    #[inline(always)]
    pub fn take(&self) -> Option<Obj> {
        // SAFETY: the cell owned it.
        unsafe { Owned::from_raw_or_null(self.0.replace(std::ptr::null_mut())) }
    }

    pub fn as_raw(&self) -> *mut PyObject {
        self.0.get()
    }
}

impl Drop for ObjCell {
    fn drop(&mut self) {
        self.take();
    }
}

/// The address of an object as a key of identity.
pub fn address(object: &Object) -> usize {
    object.as_ptr() as usize
}
