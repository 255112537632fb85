//! The wrapper that `functools.lru_cache` puts around a function.
//!
//! A bounded cache is a dict from the key to a [`Link`], and the links form a list from the least
//! recently used to the most recently used one. The list owns a reference to each of its links, so that
//! whatever a key's `__eq__` does to the dict, the list stays whole.

use std::cell::Cell;
use std::mem::offset_of;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::Raw;
use pyrox_objects::{
    Dict, Head, Int, Method, Obj, ObjCell, Object, Own, Owned, PyResult, PyType, Raised, Str, Thread, Tuple, Type, intern,
};

use crate::arguments::{Arguments, vectorcall_entry, with_row};
use crate::linked_list::{Linked, LinkedList, Place};

/// An entry of a bounded cache.
#[repr(C)]
pub struct Link {
    head: Head,
    place: Place<Link>,
    key: ObjCell,
    result: ObjCell,
}

#[pyclass(name = "_lru_list_elem", module = "functools", traverse = [key, result], dealloc = drop)]
impl Link {}

impl Link {
    fn new(thread: &Thread, key: &Object, result: &Object) -> PyResult<Owned<Link>> {
        Link::ty().instantiate(
            thread,
            Link { head: Head::unset(), place: Place::new(), key: ObjCell::new(Some(key.own())), result: ObjCell::new(Some(result.own())) },
        )
    }
}

impl Linked for Link {
    fn place(&self) -> &Place<Link> {
        &self.place
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Uncached,
    Unbounded,
    Bounded(usize),
}

/// A function and its remembered results.
#[repr(C)]
pub struct LruCache {
    head: Head,
    function: ObjCell,
    /// A dict, from a key to the result or (if bounded) to its [`Link`].
    cache: ObjCell,
    info_class: ObjCell,
    dict: ObjCell,
    weakrefs: Cell<Raw>,
    vectorcall: Cell<abi::vectorcallfunc>,
    links: LinkedList<Link>,
    bound: Bound,
    typed: bool,
    hits: Cell<usize>,
    misses: Cell<usize>,
}

vectorcall_entry!(lru_vectorcall, LruCache, invoke);

/// Stands between the arguments by position and those by name in a key.
fn keyword_mark(thread: &Thread) -> PyResult<Raw> {
    static MARK: AtomicPtr<abi::PyObject> = AtomicPtr::new(std::ptr::null_mut());
    if MARK.load(Ordering::Acquire).is_null() {
        MARK.store(<Object as PyType>::ty().call(thread, &[])?.into_raw(), Ordering::Release);
    }
    Ok(MARK.load(Ordering::Acquire))
}

impl LruCache {
    fn key(&self, thread: &Thread, given: &Arguments<'_>) -> PyResult<Obj> {
        if given.names.is_none() && !self.typed {
            // Ints and strings are their own keys: their hash runs no Python code and they equal no tuple.
            if let [only] = given.by_position() {
                if only.is_exact::<Int>() || only.is_exact::<Str>() {
                    return Ok(only.own());
                }
            }
            // SAFETY: arguments of the running call.
            return Ok(unsafe { Tuple::from_raw_slice(thread, given.all)? }.upcast());
        }
        let named = given.by_name().len();
        let length = given.positional + if named > 0 { 1 + 2 * named } else { 0 } + if self.typed { given.all.len() } else { 0 };
        let mark = if named > 0 { keyword_mark(thread)? } else { std::ptr::null_mut() };
        with_row(length, |row| {
            let mut places = row.iter_mut();
            let mut put = |raw: Raw| {
                if let Some(place) = places.next() {
                    *place = raw;
                }
            };
            for item in given.by_position() {
                put(item.as_ptr());
            }
            if let Some(names) = given.names {
                put(mark);
                for (name, value) in names.items().iter().zip(given.by_name()) {
                    put(name.as_ptr());
                    put(value.as_ptr());
                }
            }
            if self.typed {
                for item in given.by_position().iter().chain(given.by_name()) {
                    put(item.type_ptr() as Raw);
                }
            }
            // SAFETY: arguments of the running call, their names and types, and the immortal mark.
            Ok(unsafe { Tuple::from_raw_slice(thread, row)? }.upcast())
        })
    }

    fn compute(&self, thread: &Thread, given: &Arguments<'_>) -> PyResult<Obj> {
        let Some(function) = self.function.get() else { return Err(thread.runtime_error("the cached function is gone")) };
        let names = given.names.map_or(std::ptr::null_mut(), |n| n.as_ptr());
        // SAFETY: the arguments of the running call.
        unsafe { function.vectorcall(thread, given.all.as_ptr(), given.positional, names) }
    }

    fn table(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
        self.cache.get().and_then(|c| c.downcast().ok()).ok_or_else(|| thread.runtime_error("the cache is gone"))
    }

    fn invoke(&self, thread: &Thread, given: Arguments<'_>) -> PyResult<Obj> {
        match self.bound {
            Bound::Uncached => {
                self.misses.set(self.misses.get() + 1);
                self.compute(thread, &given)
            }
            Bound::Unbounded => {
                let key = self.key(thread, &given)?;
                let hash = key.hash(thread)?;
                let table = self.table(thread)?;
                if let Some(result) = table.get_known(thread, &key, hash)? {
                    self.hits.set(self.hits.get() + 1);
                    return Ok(result);
                }
                self.misses.set(self.misses.get() + 1);
                let result = self.compute(thread, &given)?;
                table.set_known(thread, &key, hash, &result)?;
                Ok(result)
            }
            Bound::Bounded(most) => self.invoke_bounded(thread, &given, most),
        }
    }

    fn invoke_bounded(&self, thread: &Thread, given: &Arguments<'_>, most: usize) -> PyResult<Obj> {
        let key = self.key(thread, given)?;
        let hash = key.hash(thread)?;
        let table = self.table(thread)?;
        if let Some(Ok(link)) = table.get_known(thread, &key, hash)?.map(Obj::downcast::<Link>) {
            if let Some(link) = self.links.extract(&link) {
                self.links.append(link);
            }
            self.hits.set(self.hits.get() + 1);
            return Ok(link.result.get().unwrap_or_else(pyrox_objects::none));
        }
        self.misses.set(self.misses.get() + 1);
        let result = self.compute(thread, given)?;
        // The call may have filled the cache meanwhile, with this key too.
        if table.get_known(thread, &key, hash)?.is_some() {
            return Ok(result);
        }
        let oldest = if table.len() >= most { self.links.pop_first() } else { None };
        let link = match oldest {
            None => Link::new(thread, &key, &result)?,
            Some(link) => {
                let old_key = link.key.get().unwrap_or_else(pyrox_objects::none);
                match table.pop(thread, &old_key) {
                    Ok(Some(_)) => {}
                    // Somebody else took it out: the list has shrunk, which is all that was wanted.
                    Ok(None) => return Ok(result),
                    Err(raised) => {
                        // The entry is still in the dict; as if it had just been used.
                        self.links.append(link);
                        return Err(raised);
                    }
                }
                let old_result = link.result.take();
                link.key.set(Some(key.clone()));
                link.result.set(Some(result.clone()));
                table.set_known(thread, &key, hash, &link)?;
                self.links.append(link);
                drop((old_key, old_result));
                return Ok(result);
            }
        };
        table.set_known(thread, &key, hash, &link)?;
        self.links.append(link);
        Ok(result)
    }
}

fn invalid_bound(thread: &Thread) -> Raised {
    thread.type_error("maxsize should be integer or None")
}

/// Create a cached callable that wraps another function.
///
/// user_function:      the function being cached
///
/// maxsize:  0         for no caching
///           None      for unlimited cache size
///           n         for a bounded cache
///
/// typed:    False     cache f(3) and f(3.0) as identical calls
///           True      cache f(3) and f(3.0) as distinct calls
///
/// cache_info_type:    namedtuple class with the fields:
///                         hits misses currsize maxsize
#[pyclass(name = "_lru_cache_wrapper", module = "functools", traverse = [function, cache, info_class, dict, links], dealloc = drop,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_METHOD_DESCRIPTOR | abi::Py_TPFLAGS_HAVE_VECTORCALL,
    dictoffset = offset_of!(LruCache, dict) as isize, weaklistoffset = offset_of!(LruCache, weakrefs) as isize,
    vectorcalloffset = offset_of!(LruCache, vectorcall) as isize)]
impl LruCache {
    #[new(sig = "(user_function, maxsize, typed, cache_info_type)", text = "")]
    fn create(
        cls: &Type,
        thread: &Thread,
        user_function: &Object,
        maxsize: &Object,
        typed: bool,
        cache_info_type: &Object,
    ) -> PyResult<Obj> {
        if !user_function.is_callable() {
            return Err(thread.type_error("the first argument must be callable"));
        }
        let bound = if maxsize.is_none() {
            Bound::Unbounded
        } else if maxsize.has_index() {
            match maxsize.as_isize(thread)? {
                ..=0 => Bound::Uncached,
                most => Bound::Bounded(most as usize),
            }
        } else {
            return Err(invalid_bound(thread));
        };
        let made = LruCache {
            head: Head::unset(),
            function: ObjCell::new(Some(user_function.own())),
            cache: ObjCell::new(Some(Dict::new(thread)?.upcast())),
            info_class: ObjCell::new(Some(cache_info_type.own())),
            dict: ObjCell::empty(),
            weakrefs: Cell::new(std::ptr::null_mut()),
            vectorcall: Cell::new(Some(lru_vectorcall)),
            links: LinkedList::new(),
            bound,
            typed,
            hits: Cell::new(0),
            misses: Cell::new(0),
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
    #[getter]
    fn __dict__(this: &Object, thread: &Thread) -> PyResult<Option<Owned<Dict>>> {
        this.instance_dict(thread)
    }
    #[setter(name = "__dict__")]
    fn set_attributes(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        super::partial::set_dict(thread, &self.dict, value)
    }
    /// Report cache statistics
    #[method]
    fn cache_info(&self, thread: &Thread) -> PyResult<Obj> {
        let Some(class) = self.info_class.get() else { return Err(thread.runtime_error("the cache is gone")) };
        let most = match self.bound {
            Bound::Unbounded => pyrox_objects::none(),
            Bound::Uncached => Int::from(0).upcast(),
            Bound::Bounded(most) => Int::from(most as i64).upcast(),
        };
        let number = |n: usize| Int::from(n as i64);
        let size = number(self.table(thread)?.len());
        class.call(thread, &[&number(self.hits.get()), &number(self.misses.get()), &most, &size])
    }
    /// Clear the cache and cache statistics
    #[method]
    fn cache_clear(&self, thread: &Thread) -> PyResult<()> {
        self.hits.set(0);
        self.misses.set(0);
        self.links.remove_all();
        Dict::clear(&*self.table(thread)?);
        Ok(())
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Obj> {
        self.getattr(thread, intern!("__qualname__"))
    }
    #[method]
    fn __copy__(&self) -> Owned<LruCache> {
        self.own_typed()
    }
    #[method(sig = "(memo, /)", text = "")]
    fn __deepcopy__(&self, _memo: &Object) -> Owned<LruCache> {
        self.own_typed()
    }
}
