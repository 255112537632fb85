//! The run-time half of the macros: what the generated C entry points call.
//!
//! The entry points get the thread token from the calling OS thread (whoever calls a native function
//! holds the lock), convert arguments by [`FromArgument`] and results by [`IntoObj`].

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};

use pyrox_abi as abi;
use pyrox_abi::{PyMethodDef, PyObject, PyTypeObject, visitproc};

use crate::object::{Obj, ObjCell, Object, Owned, PyType, xdecref};
use crate::{Bytes, Dict, Float, Int, List, Module, PyResult, Raised, Set, Str, Thread, Tuple, Type};

pub use crate::native_module::NativeModule;
pub use crate::parse::{KeywordSpace, Keywords, Rest, Spec, parse, parse_tuple};

pub type Raw = *mut PyObject;

/// Every native type starts with these flags; `ready` adds what is inherited.
pub const BASE_FLAGS: u64 = abi::Py_TPFLAGS_IMMUTABLETYPE | abi::_Py_TPFLAGS_STATIC_BUILTIN;

/// A table of definitions, closed by a null entry.
pub struct Table<T: 'static>(pub &'static [T]);

// SAFETY: tables of definitions are never written.
unsafe impl<T> Sync for Table<T> {}

/// Where a table begins, as C has it.
pub const fn table<T>(table: &'static Table<T>) -> *const T {
    table.0.as_ptr()
}

pub const NO_METHOD: PyMethodDef = PyMethodDef { ml_name: std::ptr::null(), ml_meth: None, ml_flags: 0, ml_doc: std::ptr::null() };
pub const NO_PROPERTY: abi::PyGetSetDef =
    abi::PyGetSetDef { name: std::ptr::null(), get: None, set: None, doc: std::ptr::null(), closure: std::ptr::null_mut() };
pub const NO_MEMBER: abi::PyMemberDef = abi::PyMemberDef { name: std::ptr::null(), r#type: 0, offset: 0, flags: 0, doc: std::ptr::null() };

/// A member that is an object reference (`_Py_T_OBJECT`), read-only if so said.
pub const fn object_member(name: &'static CStr, offset: usize, readonly: bool) -> abi::PyMemberDef {
    abi::PyMemberDef {
        name: name.as_ptr(),
        r#type: abi::_Py_T_OBJECT,
        offset: offset as isize,
        flags: if readonly { abi::Py_READONLY } else { 0 },
        doc: std::ptr::null(),
    }
}

// Named as the structs are: the macros fill them by those names.
// SAFETY: null function pointers (`None`), null pointers and zeros are valid in each of these.
#[allow(non_upper_case_globals)]
pub const PyNumberMethods: abi::PyNumberMethods = unsafe { std::mem::zeroed() };
#[allow(non_upper_case_globals)]
pub const PySequenceMethods: abi::PySequenceMethods = unsafe { std::mem::zeroed() };
#[allow(non_upper_case_globals)]
pub const PyMappingMethods: abi::PyMappingMethods = unsafe { std::mem::zeroed() };
#[allow(non_upper_case_globals)]
pub const PyAsyncMethods: abi::PyAsyncMethods = unsafe { std::mem::zeroed() };
#[allow(non_upper_case_globals)]
pub const PyBufferProcs: abi::PyBufferProcs = unsafe { std::mem::zeroed() };

/// A static type with nothing in it but its immortal head.
#[allow(clippy::declare_interior_mutable_const)]
pub const EMPTY_TYPE: PyTypeObject = {
    // SAFETY: as above.
    let mut empty: PyTypeObject = unsafe { std::mem::zeroed() };
    empty.ob_base.ob_base.ob_refcnt_full = Cell::new(abi::STATIC_REFCNT);
    empty
};

/// The calling thread's token; see [`Thread::current`].
///
/// # Safety
/// As there.
#[inline(always)]
pub unsafe fn thread<'a>() -> &'a Thread {
    // SAFETY: by contract.
    unsafe { Thread::current() }
}

/// # Safety
/// `object` is valid for `'a` and of layout `T`.
#[inline(always)]
pub unsafe fn cast<'a, T>(object: Raw) -> &'a T {
    // SAFETY: by contract.
    unsafe { &*(object as *const T) }
}

/// # Safety
/// `object` is valid for `'a`.
#[inline(always)]
pub unsafe fn borrow<'a>(object: Raw) -> &'a Object {
    // SAFETY: by contract.
    unsafe { Object::from_ptr(object) }
}

/// What can become an object.
pub trait IntoObj {
    fn into_obj(self, thread: &Thread) -> PyResult<Obj>;
}

/// A `PyResult` stays itself, any other value becomes `Ok`: so native functions return either.
pub trait WrapResult {
    type Value;
    fn wrap(self) -> PyResult<Self::Value>;
}

impl<T> WrapResult for PyResult<T> {
    type Value = T;
    #[inline(always)]
    fn wrap(self) -> PyResult<T> {
        self
    }
}

macro_rules! plain_results {
    ($($ty:ty),*) => { $(impl WrapResult for $ty {
        type Value = $ty;
        #[inline(always)]
        fn wrap(self) -> PyResult<$ty> { Ok(self) }
    })* };
}
plain_results!((), bool, i32, i64, u32, u64, isize, usize, f64, String, &'static str, Option<Obj>);

impl<T> WrapResult for Owned<T> {
    type Value = Owned<T>;
    #[inline(always)]
    fn wrap(self) -> PyResult<Owned<T>> {
        Ok(self)
    }
}

#[inline(always)]
pub fn wrap_result<R: WrapResult>(result: R) -> PyResult<R::Value> {
    result.wrap()
}

impl<T> IntoObj for Owned<T> {
    #[inline(always)]
    fn into_obj(self, _: &Thread) -> PyResult<Obj> {
        Ok(self.upcast())
    }
}

impl<T: IntoObj> IntoObj for Option<T> {
    #[inline(always)]
    fn into_obj(self, thread: &Thread) -> PyResult<Obj> {
        match self {
            Some(value) => value.into_obj(thread),
            None => Ok(crate::none()),
        }
    }
}

impl IntoObj for () {
    #[inline(always)]
    fn into_obj(self, _: &Thread) -> PyResult<Obj> {
        Ok(crate::none())
    }
}

impl IntoObj for bool {
    #[inline(always)]
    fn into_obj(self, _: &Thread) -> PyResult<Obj> {
        Ok(crate::bool_obj(self))
    }
}

macro_rules! integers {
    ($($ty:ty),*) => { $(impl IntoObj for $ty {
        #[inline(always)]
        fn into_obj(self, _: &Thread) -> PyResult<Obj> { Ok(Int::from(self as i64).upcast()) }
    })* };
}
integers!(i8, i16, i32, i64, isize, u8, u16, u32);

impl IntoObj for u64 {
    fn into_obj(self, _: &Thread) -> PyResult<Obj> {
        Ok(Int::from_u64(self).upcast())
    }
}

impl IntoObj for usize {
    fn into_obj(self, _: &Thread) -> PyResult<Obj> {
        Ok(Int::from_u64(self as u64).upcast())
    }
}

impl IntoObj for f64 {
    #[inline(always)]
    fn into_obj(self, _: &Thread) -> PyResult<Obj> {
        Ok(Float::new(self).upcast())
    }
}

impl IntoObj for &str {
    fn into_obj(self, thread: &Thread) -> PyResult<Obj> {
        Ok(Str::from_str(thread, self)?.upcast())
    }
}

impl IntoObj for String {
    fn into_obj(self, thread: &Thread) -> PyResult<Obj> {
        Ok(Str::from_str(thread, &self)?.upcast())
    }
}

/// A result as a C function returns it: a new reference, or null with the exception set.
#[inline(always)]
pub fn give<T: IntoObj>(thread: &Thread, result: PyResult<T>) -> Raw {
    match result {
        Ok(value) => match value.into_obj(thread) {
            Ok(object) => object.into_raw(),
            Err(Raised) => std::ptr::null_mut(),
        },
        Err(Raised) => std::ptr::null_mut(),
    }
}

/// The result of `tp_iternext`: null without an exception at the end.
#[inline(always)]
pub fn give_next(result: PyResult<Option<Obj>>) -> Raw {
    match result {
        Ok(Some(object)) => object.into_raw(),
        _ => std::ptr::null_mut(),
    }
}

/// 0 or -1.
#[inline(always)]
pub fn status<R: WrapResult<Value = ()>>(result: R) -> c_int {
    if result.wrap().is_ok() { 0 } else { -1 }
}

/// 0, 1 or -1.
#[inline(always)]
pub fn truth<R: WrapResult<Value = bool>>(result: R) -> c_int {
    match result.wrap() {
        Ok(value) => value as c_int,
        Err(Raised) => -1,
    }
}

/// A length, or -1.
#[inline(always)]
pub fn size<R: WrapResult<Value = usize>>(thread: &Thread, result: R) -> isize {
    match result.wrap() {
        Ok(value) => isize::try_from(value).unwrap_or_else(|_| {
            thread.overflow_error("cannot fit 'int' into an index-sized integer");
            -1
        }),
        Err(Raised) => -1,
    }
}

/// A hash, never -1 unless raised.
#[inline(always)]
pub fn hash_result<R: WrapResult<Value = isize>>(result: R) -> isize {
    match result.wrap() {
        Ok(-1) => -2,
        Ok(value) => value,
        Err(Raised) => -1,
    }
}

/// What a type slot's argument is to Rust.
pub trait SlotArgument<'a> {
    /// # Safety
    /// `raw` is a valid object for `'a`, or null where the slot allows it.
    unsafe fn from_raw(raw: Raw) -> Self;
}

impl<'a> SlotArgument<'a> for &'a Object {
    #[inline(always)]
    unsafe fn from_raw(raw: Raw) -> Self {
        // SAFETY: by contract.
        unsafe { Object::from_ptr(raw) }
    }
}

impl<'a> SlotArgument<'a> for Option<&'a Object> {
    #[inline(always)]
    unsafe fn from_raw(raw: Raw) -> Self {
        // SAFETY: by contract.
        unsafe { Object::from_ptr_or_null(raw) }
    }
}

macro_rules! typed_slot_arguments {
    ($($ty:ident),*) => { $(
        impl<'a> SlotArgument<'a> for &'a $ty {
            #[inline(always)]
            unsafe fn from_raw(raw: Raw) -> Self {
                // SAFETY: the slot's contract says that it is one.
                unsafe { &*(raw as *const $ty) }
            }
        }
        impl<'a> SlotArgument<'a> for Option<&'a $ty> {
            #[inline(always)]
            unsafe fn from_raw(raw: Raw) -> Self {
                // SAFETY: as above.
                unsafe { (raw as *const $ty).as_ref() }
            }
        }
    )* };
}
typed_slot_arguments!(Type, Tuple, Dict);

/// Where a converted argument stands, for the message when it is of the wrong type.
pub struct Place {
    pub function: &'static str,
    pub index: usize,
    pub parameter: &'static str,
    pub positional_only: bool,
    /// The only parameter: its position is not told.
    pub sole: bool,
}

impl Place {
    /// `f() argument 'x' must be str, not int`.
    #[cold]
    pub fn must_be(&self, thread: &Thread, expected: &str, got: &Object) -> Raised {
        let which = match (self.positional_only, self.sole) {
            (true, true) => "argument".to_string(),
            (true, false) => format!("argument {}", self.index),
            _ => format!("argument '{}'", self.parameter),
        };
        let got = if got.is_none() { "None".to_string() } else { got.ty().full_name().to_string() };
        thread.type_error(&format!("{}() {which} must be {expected}, not {got}", self.function))
    }
}

/// What an argument can be converted to.
pub trait FromArgument<'a>: Sized {
    fn from_argument(thread: &Thread, value: &'a Object, place: &Place) -> PyResult<Self>;
}

impl<'a> FromArgument<'a> for &'a Object {
    #[inline(always)]
    fn from_argument(_: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
        Ok(value)
    }
}

impl<'a> FromArgument<'a> for Obj {
    #[inline(always)]
    fn from_argument(_: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
        Ok(value.own())
    }
}

macro_rules! typed_arguments {
    ($($ty:ident $name:literal),*) => { $(
        impl<'a> FromArgument<'a> for &'a $ty {
            #[inline]
            fn from_argument(thread: &Thread, value: &'a Object, place: &Place) -> PyResult<Self> {
                value.cast::<$ty>().ok_or_else(|| place.must_be(thread, $name, value))
            }
        }
    )* };
}
typed_arguments!(Str "str", Bytes "bytes", Int "int", List "list", Tuple "tuple", Dict "dict", Set "set", Type "type", Float "float", Module "module");

/// `None` given is `None` here.
pub struct OrNone<T>(pub Option<T>);

impl<'a, T: FromArgument<'a>> FromArgument<'a> for OrNone<T> {
    #[inline]
    fn from_argument(thread: &Thread, value: &'a Object, place: &Place) -> PyResult<Self> {
        if value.is_none() { Ok(OrNone(None)) } else { Ok(OrNone(Some(T::from_argument(thread, value, place)?))) }
    }
}

/// A truth value by `__bool__`.
impl<'a> FromArgument<'a> for bool {
    #[inline]
    fn from_argument(thread: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
        value.is_true(thread)
    }
}

/// An index-sized integer by `__index__`; `OverflowError` if it does not fit.
impl<'a> FromArgument<'a> for isize {
    #[inline]
    fn from_argument(thread: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
        value.as_isize(thread)
    }
}

/// An index-sized count, clipped to the range instead of overflowing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(pub isize);

impl<'a> FromArgument<'a> for Count {
    fn from_argument(thread: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
        Ok(Count(value.as_isize_clipped(thread)?))
    }
}

macro_rules! integer_arguments {
    ($($ty:ident $name:literal),*) => { $(
        impl<'a> FromArgument<'a> for $ty {
            fn from_argument(thread: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
                let value = value.index(thread)?;
                match value.to_i64().and_then(|v| $ty::try_from(v).ok()) {
                    Some(value) => Ok(value),
                    None if value.is_negative() && $ty::MIN == 0 => {
                        Err(thread.value_error("value must be positive"))
                    }
                    None => Err(thread.overflow_error(concat!("Python int too large to convert to C ", $name))),
                }
            }
        }
    )* };
}
integer_arguments!(i32 "int", i64 "long", u8 "unsigned char", u16 "unsigned short", u32 "unsigned int");

impl<'a> FromArgument<'a> for u64 {
    fn from_argument(thread: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
        let value = value.index(thread)?;
        if value.is_negative() {
            return Err(thread.overflow_error("can't convert negative int to unsigned"));
        }
        value.to_u64().ok_or_else(|| thread.overflow_error("Python int too large to convert to C unsigned long"))
    }
}

impl<'a> FromArgument<'a> for usize {
    fn from_argument(thread: &Thread, value: &'a Object, place: &Place) -> PyResult<Self> {
        Ok(u64::from_argument(thread, value, place)? as usize)
    }
}

/// A float by `__float__` or `__index__`.
impl<'a> FromArgument<'a> for f64 {
    #[inline]
    fn from_argument(thread: &Thread, value: &'a Object, _: &Place) -> PyResult<Self> {
        value.as_f64(thread)
    }
}

/// One character.
impl<'a> FromArgument<'a> for char {
    fn from_argument(thread: &Thread, value: &'a Object, place: &Place) -> PyResult<Self> {
        let text = value.cast::<Str>().ok_or_else(|| place.must_be(thread, "a unicode character", value))?;
        match (text.len(), char::from_u32(if text.len() == 1 { text.at(0) } else { u32::MAX })) {
            (1, Some(c)) => Ok(c),
            _ => Err(place.must_be(thread, "a unicode character", value)),
        }
    }
}

/// Rust text: UTF-8 of a `str` without lone surrogates.
impl<'a> FromArgument<'a> for String {
    fn from_argument(thread: &Thread, value: &'a Object, place: &Place) -> PyResult<Self> {
        let text = value.cast::<Str>().ok_or_else(|| place.must_be(thread, "str", value))?;
        text.to_rust(thread)
    }
}

/// Fields that the collector follows.
pub trait Traverse {
    /// # Safety
    /// `visit` and `data` are those of a running traversal.
    unsafe fn traverse(&self, visit: visitproc, data: *mut c_void) -> c_int;
    /// Drop what is held, if that can be done through a shared borrow.
    fn clear(&self) {}
}

impl<T> Traverse for Owned<T> {
    unsafe fn traverse(&self, visit: visitproc, data: *mut c_void) -> c_int {
        // SAFETY: by contract.
        unsafe { visit(self.as_ptr(), data) }
    }
}

impl<T> Traverse for Option<Owned<T>> {
    unsafe fn traverse(&self, visit: visitproc, data: *mut c_void) -> c_int {
        // SAFETY: by contract.
        self.as_ref().map_or(0, |object| unsafe { visit(object.as_ptr(), data) })
    }
}

impl Traverse for ObjCell {
    unsafe fn traverse(&self, visit: visitproc, data: *mut c_void) -> c_int {
        // SAFETY: by contract.
        self.peek().map_or(0, |object| unsafe { visit(object.as_ptr(), data) })
    }

    fn clear(&self) {
        self.take();
    }
}

impl<T: Traverse> Traverse for Vec<T> {
    unsafe fn traverse(&self, visit: visitproc, data: *mut c_void) -> c_int {
        for item in self {
            // SAFETY: by contract.
            let status = unsafe { item.traverse(visit, data) };
            if status != 0 {
                return status;
            }
        }
        0
    }
}

/// A vector that grows through a shared borrow of its owner. Nothing that is lent out of it may live
/// across a call that can run Python code, so it lends nothing: it copies references out.
impl<T: Traverse> Traverse for std::cell::RefCell<T> {
    unsafe fn traverse(&self, visit: visitproc, data: *mut c_void) -> c_int {
        match self.try_borrow() {
            // SAFETY: by contract.
            Ok(value) => unsafe { value.traverse(visit, data) },
            // Being changed just now: reported as unreachable from here would free what lives, so stop.
            Err(_) => 0,
        }
    }
}

/// Heap types are referenced by their instances. Classes made by `type()` see to that themselves.
///
/// # Safety
/// `object` is valid; `visit` and `data` are those of a running traversal.
pub unsafe fn visit_type(object: Raw, visit: visitproc, data: *mut c_void) {
    // SAFETY: by contract.
    unsafe {
        let ty = (*object).ob_type.get();
        // A heap type's own traverse function visits the type itself.
        if (*ty).tp_flags.get() & abi::Py_TPFLAGS_HEAPTYPE != 0
            && crate::type_object::has_slot_of_static_base(Type::from_ptr(ty), |t| t.tp_traverse.get().map(|f| f as usize))
        {
            visit(ty as Raw, data);
        }
    }
}

/// `tp_new` of types without arguments of their own: allocate, zeroed.
///
/// # Safety
/// A type's `tp_new` contract.
pub unsafe extern "C-unwind" fn generic_new(cls: *mut PyTypeObject, _args: Raw, _kwargs: Raw) -> Raw {
    // SAFETY: by contract.
    unsafe {
        let thread = thread();
        give(thread, Type::from_ptr(cls).allocate(thread, 0))
    }
}

/// `tp_dealloc` of a native struct: clears weak references, drops the fields, frees the memory.
///
/// # Safety
/// A type's `tp_dealloc` contract; `T` is the type's struct.
pub unsafe extern "C-unwind" fn dealloc_drop<T: PyType>(object: Raw) {
    // SAFETY: the last reference is gone, so the object is ours to take apart.
    unsafe {
        let ty = (*object).ob_type.get();
        if (*ty).tp_flags.get() & abi::Py_TPFLAGS_HAVE_GC != 0 {
            crate::gc::untrack(object);
        }
        if (*T::TYPE).tp_weaklistoffset.get() > 0 {
            crate::weakref::clear_weakrefs(object);
        }
        std::ptr::drop_in_place(object as *mut T);
        crate::dealloc::free_instance(object, ty);
    }
}

impl Type {
    /// Allocate an instance and move `value` into it; the head inside `value` is overwritten.
    /// The collector starts to track it if the type takes part.
    pub fn instantiate<T: PyType>(&self, thread: &Thread, value: T) -> PyResult<Owned<T>> {
        let object = self.allocate_untracked(thread, 0)?;
        let pointer = object.into_raw();
        // SAFETY: the memory is at least as large as T and not yet seen by anyone.
        unsafe {
            let head = (*pointer).ob_refcnt_full.get();
            let ty = (*pointer).ob_type.get();
            std::ptr::write(pointer as *mut T, value);
            (*pointer).ob_refcnt_full.set(head);
            (*pointer).ob_type.set(ty);
            if self.flags() & abi::Py_TPFLAGS_HAVE_GC != 0 {
                crate::gc::track(pointer);
            }
            Ok(Owned::from_raw(pointer))
        }
    }
}

/// Drop references that a C array owns.
///
/// # Safety
/// `items` are `count` owned references or nulls.
pub unsafe fn drop_all(items: *mut Raw, count: usize) {
    for at in 0..count {
        // SAFETY: by contract.
        unsafe { xdecref(*items.add(at)) }
    }
}

/// The text of a C string with static life.
pub fn c_text(text: *const c_char) -> &'static str {
    if text.is_null() {
        return "";
    }
    // SAFETY: method tables hold NUL-terminated text that is never freed.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or("")
}
