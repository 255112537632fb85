//! The type `dict`.

use pyrox_abi as abi;
use pyrox_abi::PyObject;
use pyrox_macros::pyclass;

use super::{Dict, DictItems, DictKeys, DictValues};
use crate::dict::views::{DictKeyIterator, DictReverseKeyIterator};
use crate::native::{Keywords, Rest};
use crate::object::{Obj, Object, Own, Owned};
use crate::{CompareOp, PyResult, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

impl Dict {
    fn same_items(&self, thread: &Thread, other: &Dict) -> PyResult<bool> {
        if self.len() != other.len() {
            return Ok(false);
        }
        for (key, value) in self.items_vec() {
            match other.get(thread, &key)? {
                Some(theirs) if value.eq(thread, &theirs)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// dict() -> new empty dictionary
/// dict(mapping) -> new dictionary initialized from a mapping object's (key, value) pairs
/// dict(iterable) -> new dictionary initialized from pairs
/// dict(**kwargs) -> new dictionary initialized with the name=value pairs in the keyword argument
/// list.  For example:  dict(one=1, two=2)
#[pyclass(name = "dict", symbol = "PyDict_Type", gc,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_DICT_SUBCLASS | abi::Py_TPFLAGS_MAPPING | abi::_Py_TPFLAGS_MATCH_SELF)]
impl Dict {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        let object = cls.allocate(thread, 0)?;
        // SAFETY: an instance of dict or of a subclass.
        unsafe { &*(object.as_ptr() as *const Dict) }.init_empty();
        Ok(object)
    }
    #[init(sig = "(*args, **kwargs)", text = "")]
    fn init(&self, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<()> {
        self.update_call(thread, args, kwargs, "dict")
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { super::dealloc(object) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { super::traverse(object, visit, data) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: by contract.
        unsafe { &*(object as *const Dict) }.clear();
        0
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        if self.len() == 0 {
            return Str::from_str(thread, "{}");
        }
        let Some(_guard) = crate::repr_guard::enter(self) else { return Str::from_str(thread, "{...}") };
        let mut out = crate::text_writer::TextWriter::new();
        out.push_str("{");
        for (at, (key, value)) in self.items_vec().iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            out.push(&*key.repr(thread)?);
            out.push_str(": ");
            out.push(&*value.repr(thread)?);
        }
        out.push_str("}");
        out.finish(thread)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.cast::<Dict>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return Ok(crate::not_implemented());
        };
        Ok(crate::bool_obj(self.same_items(thread, other)? == (op == CompareOp::Eq)))
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(DictKeyIterator::new(thread, self)?.upcast())
    }
    #[slot]
    fn sq_contains(&self, thread: &Thread, key: &Object) -> PyResult<bool> {
        self.contains_key(thread, key)
    }
    #[slot]
    fn mp_length(&self) -> usize {
        self.len()
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
        if let Some(value) = self.get(thread, key)? {
            return Ok(value);
        }
        if !self.is_exact::<Dict>() {
            if let Some(value) = self.call_special(thread, crate::intern!("__missing__"), &[key])? {
                return Ok(value);
            }
        }
        Err(thread.key_error(key))
    }
    #[slot]
    fn mp_ass_subscript(&self, thread: &Thread, key: &Object, value: Option<&Object>) -> PyResult<()> {
        match value {
            Some(value) => self.set(thread, key, value),
            None if self.remove(thread, key)? => Ok(()),
            None => Err(thread.key_error(key)),
        }
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (Some(left), true) = (a.cast::<Dict>(), b.is_instance::<Dict>()) else { return Ok(crate::not_implemented()) };
        let result = left.copy(thread)?;
        result.update(thread, b)?;
        Ok(result.upcast())
    }
    #[slot]
    fn nb_inplace_or(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
        self.update(thread, other)?;
        Ok((**self).own())
    }
    /// Return the value for key if key is in the dictionary, else default.
    #[method(name = "get", sig = "(key, default=None, /)")]
    fn py_get(&self, thread: &Thread, key: &Object, default: Option<&Object>) -> PyResult<Obj> {
        Ok(self.get(thread, key)?.unwrap_or_else(|| default.unwrap_or(crate::none_ref()).own()))
    }
    /// Insert key with a value of default if key is not in the dictionary.
    ///
    /// Return the value for key if key is in the dictionary, else default.
    #[method(sig = "(key, default=None, /)")]
    fn setdefault(&self, thread: &Thread, key: &Object, default: Option<&Object>) -> PyResult<Obj> {
        self.set_default(thread, key, default.unwrap_or(crate::none_ref()))
    }
    /// D.pop(k[,d]) -> v, remove specified key and return the corresponding value.
    ///
    /// If the key is not found, return the default if given; otherwise, raise a KeyError.
    #[method(name = "pop", sig = "(key, default=None, /)", text = "")]
    fn py_pop(&self, thread: &Thread, key: &Object, default: Option<&Object>) -> PyResult<Obj> {
        match (self.pop(thread, key)?, default) {
            (Some(value), _) => Ok(value),
            (None, Some(default)) => Ok(default.own()),
            (None, None) => Err(thread.key_error(key)),
        }
    }
    /// Remove and return a (key, value) pair as a 2-tuple.
    ///
    /// Pairs are returned in LIFO (last-in, first-out) order. Raises KeyError if the dict is empty.
    #[method]
    fn popitem(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        match self.pop_item(thread)? {
            Some((key, value)) => Tuple::from_vec(thread, vec![key, value]),
            None => {
                let message = Str::from_str(thread, "popitem(): dictionary is empty")?;
                Err(thread.key_error(&message))
            }
        }
    }
    /// a set-like object providing a view on D's keys
    #[method(name = "keys")]
    fn py_keys(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(DictKeys::new(thread, self)?.upcast())
    }
    /// an object providing a view on D's values
    #[method(name = "values")]
    fn py_values(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(DictValues::new(thread, self)?.upcast())
    }
    /// a set-like object providing a view on D's items
    #[method(name = "items")]
    fn py_items(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(DictItems::new(thread, self)?.upcast())
    }
    /// D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.
    #[method(name = "update", sig = "(*args, **kwargs)", text = "")]
    fn py_update(&self, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<()> {
        self.update_call(thread, args, kwargs, "update")
    }
    /// Remove all items from the dict.
    #[method(name = "clear")]
    fn py_clear(&self) {
        self.clear();
    }
    /// Return a shallow copy of the dict.
    #[method(name = "copy")]
    fn py_copy(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
        self.copy(thread)
    }
    /// Create a new dictionary with keys from iterable and values set to value.
    #[classmethod(sig = "(iterable, value=None, /)")]
    fn fromkeys(cls: &Type, thread: &Thread, iterable: &Object, value: Option<&Object>) -> PyResult<Obj> {
        let made = cls.call(thread, &[])?;
        let value = value.unwrap_or(crate::none_ref());
        match made.exact::<Dict>() {
            Some(dict) => iterable.for_each(thread, |key| dict.set(thread, &key, value))?,
            None => iterable.for_each(thread, |key| made.set_item(thread, &key, Some(value)))?,
        }
        Ok(made)
    }
    /// Return a reverse iterator over the dict keys.
    #[method]
    fn __reversed__(&self, thread: &Thread) -> PyResult<Obj> {
        Ok(DictReverseKeyIterator::new(thread, self)?.upcast())
    }
    /// Return the size of the dict in memory.
    #[method]
    fn __sizeof__(&self) -> usize {
        let keys = self.keys();
        let own = if keys.shared || keys.count.get() == 0 && keys.usable.get() == 0 {
            0
        } else {
            super::Keys::byte_size(keys.log2_size, keys.unicode)
        };
        48 + own
    }
    /// See PEP 585
    #[classmethod(sig = "(object, /)", text = "")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
}

impl Dict {
    fn update_call(&self, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>, name: &str) -> PyResult<()> {
        if args.len() > 1 {
            return Err(thread.type_error(&format!("{name} expected at most 1 argument, got {}", args.len())));
        }
        if let Some(source) = args.get(0) {
            self.update(thread, source)?;
        }
        for (key, value) in kwargs.iter() {
            self.set(thread, key, value)?;
        }
        Ok(())
    }

    /// A typed new reference.
    pub fn own_dict(&self) -> Owned<Dict> {
        self.own_typed()
    }
}
