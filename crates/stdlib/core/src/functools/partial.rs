//! `functools.partial` and its `Placeholder`.

use std::cell::Cell;
use std::mem::offset_of;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyrox_macros::pyclass;
use pyrox_objects::Method;
use pyrox_objects::abi;
use pyrox_objects::native::{Keywords, NO_MEMBER, Raw, Rest, object_member};
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Dict, Head, Obj, ObjCell, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type};

use crate::arguments::{Arguments, vectorcall_entry, with_row};

/// The type of the one `Placeholder`.
#[repr(C)]
pub struct PlaceholderType {
    head: Head,
}

static PLACEHOLDER: AtomicPtr<abi::PyObject> = AtomicPtr::new(std::ptr::null_mut());

/// The one `Placeholder`; it lives for ever.
pub fn placeholder(thread: &Thread) -> PyResult<&'static Object> {
    if PLACEHOLDER.load(Ordering::Acquire).is_null() {
        let made = PlaceholderType::ty().instantiate(thread, PlaceholderType { head: Head::unset() })?;
        PLACEHOLDER.store(made.into_raw(), Ordering::Release);
    }
    // SAFETY: the reference that made it is never given back.
    Ok(unsafe { Object::from_ptr(PLACEHOLDER.load(Ordering::Acquire)) })
}

fn is_placeholder(raw: Raw) -> bool {
    raw == PLACEHOLDER.load(Ordering::Relaxed)
}

/// The type of the Placeholder singleton.
///
/// Used as a placeholder for partial arguments.
#[pyclass(name = "_PlaceholderType", module = "functools")]
impl PlaceholderType {
    #[slot]
    fn tp_new(_cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if args.len() > 0 || kwargs.is_some_and(|k| k.len() > 0) {
            return Err(thread.type_error("PlaceholderType takes no arguments"));
        }
        Ok(placeholder(thread)?.own())
    }
    #[slot]
    fn tp_repr(&self) -> &'static str {
        "Placeholder"
    }
    #[method]
    fn __reduce__(&self) -> &'static str {
        "Placeholder"
    }
}

/// A function with some of its arguments. The fields are those of CPython's struct.
#[repr(C)]
pub struct Partial {
    head: Head,
    function: ObjCell,
    /// A tuple.
    args: ObjCell,
    /// A dict.
    keywords: ObjCell,
    dict: ObjCell,
    weakrefs: Cell<Raw>,
    _reserved: usize,
    /// How many of `args` are `Placeholder`.
    placeholders: Cell<usize>,
    vectorcall: Cell<abi::vectorcallfunc>,
}

const _: () = assert!(size_of::<Partial>() == 80);

vectorcall_entry!(partial_vectorcall, Partial, invoke);

fn count_placeholders(items: &[Raw]) -> usize {
    items.iter().filter(|&&item| is_placeholder(item)).count()
}

type Parts = (Obj, Owned<Tuple>, Owned<Dict>);

impl Partial {
    fn parts(&self, thread: &Thread) -> PyResult<Parts> {
        let args = self.args.get().and_then(|a| a.downcast::<Tuple>().ok());
        let keywords = self.keywords.get().and_then(|k| k.downcast::<Dict>().ok());
        match (self.function.get(), args, keywords) {
            (Some(function), Some(args), Some(keywords)) => Ok((function, args, keywords)),
            _ => Err(thread.system_error("partial object is not initialized")),
        }
    }

    fn invoke(&self, thread: &Thread, given: Arguments<'_>) -> PyResult<Obj> {
        let (function, args, keywords) = self.parts(thread)?;
        let placeholders = self.placeholders.get();
        if given.positional < placeholders {
            return Err(thread.type_error(&format!(
                "missing positional arguments in 'partial' call; expected at least {placeholders}, got {}",
                given.positional
            )));
        }
        let positional = args.len() + given.positional - placeholders;
        if keywords.len() == 0 {
            let names = given.names.map_or(std::ptr::null_mut(), |n| n.as_ptr());
            if args.len() == 0 {
                // SAFETY: the arguments are those of the running call.
                return unsafe { function.vectorcall(thread, given.all.as_ptr(), given.positional, names) };
            }
            return with_row(positional + given.by_name().len(), |row| {
                place(row, args.raw_items(), &given.all[..given.positional]);
                row[positional..].copy_from_slice(&given.all[given.positional..]);
                // SAFETY: the row borrows from `args` and from the running call.
                unsafe { function.vectorcall(thread, row.as_ptr(), positional, names) }
            });
        }
        // Own references: a callee may change the dict, which programs can reach.
        let mut named: Vec<(Obj, Obj)> = keywords.items_vec();
        if let Some(names) = given.names {
            for (name, value) in names.items().iter().zip(given.by_name()) {
                let same =
                    |known: &Obj| known.is(name) || matches!((known.cast::<Str>(), name.cast::<Str>()), (Some(a), Some(b)) if a.same_as(b));
                match named.iter_mut().find(|(known, _)| same(known)) {
                    Some((_, place)) => *place = value.own(),
                    None => named.push((name.own(), value.own())),
                }
            }
        }
        if named.iter().any(|(name, _)| !name.is_instance::<Str>()) {
            return Err(thread.type_error("keywords must be strings"));
        }
        with_row(positional + named.len(), |row| {
            place(row, args.raw_items(), &given.all[..given.positional]);
            for (to, (_, value)) in row[positional..].iter_mut().zip(&named) {
                *to = value.as_ptr();
            }
            let names = Tuple::from_vec(thread, named.iter().map(|(name, _)| name.clone()).collect())?;
            // SAFETY: the row borrows from `args`, `named` and the running call.
            unsafe { function.vectorcall(thread, row.as_ptr(), positional, names.as_ptr()) }
        })
    }
}

/// The object is called as a `partial` is, if its class changes that not.
fn same_call(object: &Object) -> bool {
    let address = |ty: &Type| ty.raw().tp_call.get().map(|f| f as usize);
    address(object.ty()) == address(Partial::ty())
}

/// Lay out `fixed` with its placeholders filled from `given`, and the rest of `given` behind.
fn place(row: &mut [Raw], fixed: &[Raw], given: &[Raw]) {
    let mut given = given.iter();
    for (to, &item) in row.iter_mut().zip(fixed) {
        *to = if is_placeholder(item) { given.next().copied().unwrap_or(item) } else { item };
    }
    for (to, &item) in row[fixed.len()..].iter_mut().zip(given) {
        *to = item;
    }
}

/// Create a new function with partial application of the given arguments and keywords.
#[pyclass(name = "partial", module = "functools", traverse = [function, args, keywords, dict], dealloc = drop,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_HAVE_VECTORCALL,
    dictoffset = offset_of!(Partial, dict) as isize, weaklistoffset = offset_of!(Partial, weakrefs) as isize,
    vectorcalloffset = offset_of!(Partial, vectorcall) as isize,
    members = &[
        object_member(c"func", offset_of!(Partial, function), true),
        object_member(c"args", offset_of!(Partial, args), true),
        object_member(c"keywords", offset_of!(Partial, keywords), true),
        NO_MEMBER,
    ])]
impl Partial {
    #[new(sig = "(*args, **keywords)", text = "(func, /, *args, **keywords)")]
    fn create(cls: &Type, thread: &Thread, args: Rest<'_>, keywords: Keywords<'_>) -> PyResult<Obj> {
        let [function, given @ ..] = args.as_raw() else {
            return Err(thread.type_error("type 'partial' takes at least one argument"));
        };
        // SAFETY: an argument of the running call.
        let function = unsafe { Object::from_ptr(*function) };
        if !function.is_callable() {
            return Err(thread.type_error("the first argument must be callable"));
        }
        placeholder(thread)?;
        if given.last().is_some_and(|&last| is_placeholder(last)) {
            return Err(thread.type_error("trailing Placeholders are not allowed"));
        }
        if keywords.iter().any(|(_, value)| is_placeholder(value.as_ptr())) {
            return Err(thread.type_error("Placeholder cannot be passed as a keyword argument"));
        }
        // A partial of a partial without attributes of its own is made one.
        let inner = function.cast::<Partial>().filter(|p| !p.dict.is_set() && same_call(function));
        let (function, args, named) = match inner {
            Some(inner) => {
                let (function, fixed, named) = inner.parts(thread)?;
                let filled = inner.placeholders.get().min(given.len());
                let args = with_row(fixed.len() + given.len() - filled, |row| {
                    place(row, fixed.raw_items(), given);
                    // SAFETY: borrows from `fixed` and from the running call.
                    unsafe { Tuple::from_raw_slice(thread, row) }
                })?;
                (function, args, named.copy(thread)?)
            }
            // SAFETY: arguments of the running call.
            None => (function.own(), unsafe { Tuple::from_raw_slice(thread, given)? }, Dict::new(thread)?),
        };
        for (name, value) in keywords.iter() {
            named.set(thread, name, value)?;
        }
        let made = Partial {
            head: Head::unset(),
            function: ObjCell::new(Some(function)),
            placeholders: Cell::new(count_placeholders(args.raw_items())),
            args: ObjCell::new(Some(args.upcast())),
            keywords: ObjCell::new(Some(named.upcast())),
            dict: ObjCell::empty(),
            weakrefs: Cell::new(std::ptr::null_mut()),
            _reserved: 0,
            vectorcall: Cell::new(Some(partial_vectorcall)),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_call(callable: Raw, args: Raw, kwargs: Raw) -> Raw {
        // SAFETY: by contract.
        unsafe { pyrox_objects::protocol::call::vectorcall_call(callable, args, kwargs) }
    }
    #[slot]
    fn tp_descr_get(this: &Object, thread: &Thread, object: Option<&Object>, _class: Option<&Object>) -> PyResult<Obj> {
        match object.filter(|o| !o.is_none()) {
            Some(object) => Ok(Method::new(thread, this, object)?.upcast()),
            None => Ok(this.own()),
        }
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let Some(_guard) = pyrox_objects::repr_guard::enter(self) else { return Str::from_str(thread, "...") };
        let (function, args, keywords) = self.parts(thread)?;
        let mut out = TextWriter::new();
        if let Some(module) = self.ty().module_name(thread)? {
            out.push(&*module.str(thread)?);
            out.push_str(".");
        }
        out.push(&*self.ty().qualname(thread)?);
        out.push_str("(");
        out.push(&*function.repr(thread)?);
        for item in args.items() {
            out.push_str(", ");
            out.push(&*item.repr(thread)?);
        }
        for (name, value) in keywords.items_vec() {
            out.push_str(", ");
            out.push(&*name.str(thread)?);
            out.push_str("=");
            out.push(&*value.repr(thread)?);
        }
        out.push_str(")");
        out.finish(thread)
    }
    #[getter]
    fn __dict__(this: &Object, thread: &Thread) -> PyResult<Option<Owned<Dict>>> {
        this.instance_dict(thread)
    }
    #[setter(name = "__dict__")]
    fn set_attributes(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        set_dict(thread, &self.dict, value)
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let (function, args, keywords) = self.parts(thread)?;
        let rebuild = Tuple::from_vec(thread, vec![function.clone()])?.upcast();
        let dict = self.dict.get().unwrap_or_else(pyrox_objects::none);
        let state = Tuple::from_vec(thread, vec![function, args.upcast(), keywords.upcast(), dict])?.upcast();
        Tuple::from_vec(thread, vec![(**self.ty()).own(), rebuild, state])
    }
    #[method(sig = "(object, /)")]
    fn __setstate__(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        let invalid = || thread.type_error("invalid partial state");
        let Some([function, args, keywords, dict]) = object.cast::<Tuple>().map(Tuple::items) else { return Err(invalid()) };
        if !function.is_callable() || !args.is_instance::<Tuple>() || !(keywords.is_none() || keywords.is_instance::<Dict>()) {
            return Err(invalid());
        }
        let args = Tuple::from_iterable(thread, args)?;
        if args.raw_items().last().is_some_and(|&last| is_placeholder(last)) {
            return Err(thread.type_error("trailing Placeholders are not allowed"));
        }
        let keywords = match keywords.cast::<Dict>() {
            Some(exact) if exact.is_exact::<Dict>() => exact.own_dict(),
            Some(other) => other.copy(thread)?,
            None => Dict::new(thread)?,
        };
        let dict = if dict.is_none() { None } else { Some(dict.own()) };
        self.function.set(Some(function.own()));
        self.placeholders.set(count_placeholders(args.raw_items()));
        self.args.set(Some(args.upcast()));
        self.keywords.set(Some(keywords.upcast()));
        self.dict.set(dict);
        Ok(())
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        pyrox_objects::generic_alias::new(thread, cls, object)
    }
}

/// Assign to `__dict__` of a native object that holds its dict in `place`.
pub fn set_dict(thread: &Thread, place: &ObjCell, value: Option<&Object>) -> PyResult<()> {
    let Some(value) = value else { return Err(thread.type_error("cannot delete __dict__")) };
    if !value.is_instance::<Dict>() {
        return Err(thread.type_error(&format!("__dict__ must be set to a dictionary, not a '{}'", value.ty().name())));
    }
    place.set(Some(value.own()));
    Ok(())
}
