//! `itemgetter`, `attrgetter` and `methodcaller`: callables that remember what to ask of their argument.

use std::cell::Cell;
use std::mem::offset_of;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::{Keywords, Raw, Rest};
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Dict, Head, Int, List, Obj, ObjCell, Object, Owned, PyResult, Str, Thread, Tuple, Type};

use crate::arguments::{Arguments, vectorcall_entry, with_row};

fn tuple_of(thread: &Thread, cell: &ObjCell) -> PyResult<Owned<Tuple>> {
    cell.get().and_then(|o| o.downcast().ok()).ok_or_else(|| thread.runtime_error("the object has been cleared"))
}

/// The only argument of a call.
fn only<'a>(thread: &Thread, given: &Arguments<'a>, function: &str) -> PyResult<&'a Object> {
    match given.by_position() {
        [object] => Ok(object),
        other => Err(thread.type_error(&format!("{function} expected 1 argument, got {}", other.len()))),
    }
}

/// `operator.itemgetter(...)`
#[repr(C)]
pub struct ItemGetter {
    head: Head,
    /// A tuple of the keys.
    items: ObjCell,
    /// The only key, if it is a small index from the front; else -1.
    index: Cell<isize>,
    vectorcall: Cell<abi::vectorcallfunc>,
}

vectorcall_entry!(item_vectorcall, ItemGetter, invoke);

impl ItemGetter {
    #[inline]
    fn invoke(&self, thread: &Thread, given: Arguments<'_>) -> PyResult<Obj> {
        given.no_keywords(thread, "itemgetter")?;
        let object = only(thread, &given, "itemgetter")?;
        if let Ok(index) = usize::try_from(self.index.get()) {
            if let Some(item) = object.exact::<Tuple>().and_then(|tuple| tuple.items().get(index).copied()) {
                return Ok(item.own());
            }
            if let Some(item) = object.exact::<List>().and_then(|list| list.get(index)) {
                return Ok(item);
            }
        }
        let items = tuple_of(thread, &self.items)?;
        if let [key] = items.items() {
            return object.get_item(thread, key);
        }
        let mut values = Vec::with_capacity(items.len());
        for key in items.items() {
            values.push(object.get_item(thread, key)?);
        }
        Ok(Tuple::from_vec(thread, values)?.upcast())
    }
}

/// Return a callable object that fetches the given item(s) from its operand.
///
/// After f = itemgetter(2), the call f(r) returns r[2].
/// After g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])
#[pyclass(name = "itemgetter", module = "operator", traverse = [items], dealloc = drop,
    flags = abi::Py_TPFLAGS_HAVE_VECTORCALL, vectorcalloffset = offset_of!(ItemGetter, vectorcall) as isize)]
impl ItemGetter {
    #[new(sig = "(*items, **kwargs)", text = "(item, /, *items)")]
    fn create(cls: &Type, thread: &Thread, items: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        if !kwargs.is_empty() {
            return Err(thread.type_error("itemgetter() takes no keyword arguments"));
        }
        if items.len() == 0 {
            return Err(thread.type_error("itemgetter expected 1 argument, got 0"));
        }
        // SAFETY: arguments of the running call.
        let keys = unsafe { Tuple::from_raw_slice(thread, items.as_raw())? };
        let index = match keys.items() {
            [key] => key.exact::<Int>().and_then(Int::to_i64).filter(|&n| n >= 0).map_or(-1, |n| n as isize),
            _ => -1,
        };
        let made = ItemGetter {
            head: Head::unset(),
            items: ObjCell::new(Some(keys.upcast())),
            index: Cell::new(index),
            vectorcall: Cell::new(Some(item_vectorcall)),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_call(callable: Raw, args: Raw, kwargs: Raw) -> Raw {
        // SAFETY: by contract.
        unsafe { pyrox_objects::protocol::call::vectorcall_call(callable, args, kwargs) }
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        getter_repr(thread, self, &*tuple_of(thread, &self.items)?)
    }
    /// Return state information for pickling
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        Tuple::from_vec(thread, vec![(**self.ty()).own(), tuple_of(thread, &self.items)?.upcast()])
    }
}

/// `operator.itemgetter(1, 2)`: the type's name and the reprs.
fn getter_repr(thread: &Thread, this: &Object, items: &Tuple) -> PyResult<Owned<Str>> {
    let Some(_guard) = pyrox_objects::repr_guard::enter(this) else {
        return Str::from_str(thread, &format!("{}(...)", this.ty().full_name()));
    };
    let mut out = TextWriter::new();
    out.push_str(this.ty().full_name());
    out.push_str("(");
    for (at, item) in items.items().iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        out.push(&*item.repr(thread)?);
    }
    out.push_str(")");
    out.finish(thread)
}

/// `operator.attrgetter(...)`
#[repr(C)]
pub struct AttrGetter {
    head: Head,
    /// The names as they were given.
    names: ObjCell,
    /// Each name as a string, or as a tuple of the parts of a dotted one.
    paths: ObjCell,
    vectorcall: Cell<abi::vectorcallfunc>,
}

vectorcall_entry!(attr_vectorcall, AttrGetter, invoke);

fn follow(thread: &Thread, object: &Object, path: &Object) -> PyResult<Obj> {
    if let Some(name) = path.cast::<Str>() {
        return object.getattr(thread, name);
    }
    let mut current = object.own();
    if let Some(parts) = path.cast::<Tuple>() {
        for name in parts.items().iter().filter_map(|part| part.cast::<Str>()) {
            current = current.getattr(thread, name)?;
        }
    }
    Ok(current)
}

impl AttrGetter {
    #[inline]
    fn invoke(&self, thread: &Thread, given: Arguments<'_>) -> PyResult<Obj> {
        given.no_keywords(thread, "attrgetter")?;
        let object = only(thread, &given, "attrgetter")?;
        let paths = tuple_of(thread, &self.paths)?;
        if let [path] = paths.items() {
            return follow(thread, object, path);
        }
        let mut values = Vec::with_capacity(paths.len());
        for path in paths.items() {
            values.push(follow(thread, object, path)?);
        }
        Ok(Tuple::from_vec(thread, values)?.upcast())
    }
}

/// Return a callable object that fetches the given attribute(s) from its operand.
///
/// After f = attrgetter('name'), the call f(r) returns r.name.
/// After g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).
/// After h = attrgetter('name.first', 'name.last'), the call h(r) returns
/// (r.name.first, r.name.last).
#[pyclass(name = "attrgetter", module = "operator", traverse = [names, paths], dealloc = drop,
    flags = abi::Py_TPFLAGS_HAVE_VECTORCALL, vectorcalloffset = offset_of!(AttrGetter, vectorcall) as isize)]
impl AttrGetter {
    #[new(sig = "(*attrs, **kwargs)", text = "(attr, /, *attrs)")]
    fn create(cls: &Type, thread: &Thread, attrs: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        if !kwargs.is_empty() {
            return Err(thread.type_error("attrgetter() takes no keyword arguments"));
        }
        if attrs.len() == 0 {
            return Err(thread.type_error("attrgetter expected 1 argument, got 0"));
        }
        let mut paths = Vec::with_capacity(attrs.len());
        for attr in attrs.iter() {
            let Some(name) = attr.cast::<Str>() else { return Err(thread.type_error("attribute name must be a string")) };
            let chars = name.as_chars();
            let dots: Vec<usize> = (0..name.len()).filter(|&at| name.at(at) == u32::from('.')).collect();
            if dots.is_empty() {
                paths.push(Str::intern(thread, name).upcast());
                continue;
            }
            let mut parts = Vec::with_capacity(dots.len() + 1);
            let mut start = 0;
            for end in dots.into_iter().chain([name.len()]) {
                let part = Str::from_chars(thread, chars.slice(start, end))?;
                parts.push(Str::intern(thread, &part).upcast());
                start = end + 1;
            }
            paths.push(Tuple::from_vec(thread, parts)?.upcast());
        }
        let made = AttrGetter {
            head: Head::unset(),
            // SAFETY: arguments of the running call.
            names: ObjCell::new(Some(unsafe { Tuple::from_raw_slice(thread, attrs.as_raw())? }.upcast())),
            paths: ObjCell::new(Some(Tuple::from_vec(thread, paths)?.upcast())),
            vectorcall: Cell::new(Some(attr_vectorcall)),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_call(callable: Raw, args: Raw, kwargs: Raw) -> Raw {
        // SAFETY: by contract.
        unsafe { pyrox_objects::protocol::call::vectorcall_call(callable, args, kwargs) }
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        getter_repr(thread, self, &*tuple_of(thread, &self.names)?)
    }
    /// Return state information for pickling
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        Tuple::from_vec(thread, vec![(**self.ty()).own(), tuple_of(thread, &self.names)?.upcast()])
    }
}

/// `operator.methodcaller(...)`
#[repr(C)]
pub struct MethodCaller {
    head: Head,
    name: ObjCell,
    /// A tuple of the arguments by position, then the values of those by name.
    values: ObjCell,
    /// A tuple of the names, or nothing.
    keywords: ObjCell,
    positional: Cell<usize>,
    vectorcall: Cell<abi::vectorcallfunc>,
}

vectorcall_entry!(method_vectorcall, MethodCaller, invoke);

impl MethodCaller {
    fn name(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        self.name.get().and_then(|o| o.downcast().ok()).ok_or_else(|| thread.runtime_error("the object has been cleared"))
    }

    fn invoke(&self, thread: &Thread, given: Arguments<'_>) -> PyResult<Obj> {
        given.no_keywords(thread, "methodcaller")?;
        let object = only(thread, &given, "methodcaller")?;
        let name = self.name(thread)?;
        let values = tuple_of(thread, &self.values)?;
        let keywords = self.keywords.get();
        let names = keywords.as_ref().map_or(std::ptr::null_mut(), |k| k.as_ptr());
        let (function, unbound) = object.get_method(thread, &name)?;
        with_row(values.len() + 1, |row| {
            row[0] = object.as_ptr();
            row[1..].copy_from_slice(values.raw_items());
            let (start, count) = if unbound { (0, self.positional.get() + 1) } else { (1, self.positional.get()) };
            // SAFETY: the row borrows from `values` and from the running call; names belong to its tail.
            unsafe { function.vectorcall(thread, row[start..].as_ptr(), count, names) }
        })
    }

    fn keyword_pairs(&self, thread: &Thread) -> PyResult<Vec<(Obj, Obj)>> {
        let Some(names) = self.keywords.get().and_then(|k| k.downcast::<Tuple>().ok()) else { return Ok(Vec::new()) };
        let values = tuple_of(thread, &self.values)?;
        Ok(names.to_vec().into_iter().zip(values.to_vec().into_iter().skip(self.positional.get())).collect())
    }
}

/// Return a callable object that calls the given method on its operand.
///
/// After f = methodcaller('name'), the call f(r) returns r.name().
/// After g = methodcaller('name', 'date', foo=1), the call g(r) returns
/// r.name('date', foo=1).
#[pyclass(name = "methodcaller", module = "operator", traverse = [name, values, keywords], dealloc = drop,
    flags = abi::Py_TPFLAGS_HAVE_VECTORCALL, vectorcalloffset = offset_of!(MethodCaller, vectorcall) as isize)]
impl MethodCaller {
    #[new(sig = "(*args, **kwargs)", text = "(name, /, *args, **kwargs)")]
    fn create(cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        let Some(name) = args.get(0) else {
            return Err(thread.type_error("methodcaller needs at least one argument, the method name"));
        };
        let Some(name) = name.cast::<Str>() else { return Err(thread.type_error("method name must be a string")) };
        let mut values: Vec<Obj> = args.iter().skip(1).map(Object::own).collect();
        let positional = values.len();
        let mut names = Vec::new();
        for (name, value) in kwargs.iter() {
            names.push((**name).own());
            values.push(value.own());
        }
        let keywords = if names.is_empty() { None } else { Some(Tuple::from_vec(thread, names)?.upcast()) };
        let made = MethodCaller {
            head: Head::unset(),
            name: ObjCell::new(Some(Str::intern(thread, name).upcast())),
            values: ObjCell::new(Some(Tuple::from_vec(thread, values)?.upcast())),
            keywords: ObjCell::new(keywords),
            positional: Cell::new(positional),
            vectorcall: Cell::new(Some(method_vectorcall)),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_call(callable: Raw, args: Raw, kwargs: Raw) -> Raw {
        // SAFETY: by contract.
        unsafe { pyrox_objects::protocol::call::vectorcall_call(callable, args, kwargs) }
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let full_name = self.ty().full_name();
        let Some(_guard) = pyrox_objects::repr_guard::enter(self) else {
            return Str::from_str(thread, &format!("{full_name}(...)"));
        };
        let mut out = TextWriter::new();
        out.push_str(full_name);
        out.push_str("(");
        out.push(&*self.name(thread)?.repr(thread)?);
        let values = tuple_of(thread, &self.values)?;
        for value in &values.items()[..self.positional.get()] {
            out.push_str(", ");
            out.push(&*value.repr(thread)?);
        }
        for (name, value) in self.keyword_pairs(thread)? {
            out.push_str(", ");
            out.push(&*name.str(thread)?);
            out.push_str("=");
            out.push(&*value.repr(thread)?);
        }
        out.push_str(")");
        out.finish(thread)
    }
    /// Return state information for pickling
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let class = (**self.ty()).own();
        let name = self.name(thread)?.upcast();
        let positional: Vec<Obj> = tuple_of(thread, &self.values)?.to_vec().into_iter().take(self.positional.get()).collect();
        let pairs = self.keyword_pairs(thread)?;
        if pairs.is_empty() {
            let mut arguments = vec![name];
            arguments.extend(positional);
            return Tuple::from_vec(thread, vec![class, Tuple::from_vec(thread, arguments)?.upcast()]);
        }
        // Keywords go through functools.partial, for a reduced form has no place for them.
        let import = pyrox_objects::hooks::builtin(thread, "__import__")?;
        let functools = import.call(thread, &[&**Str::from_str(thread, "functools")?])?;
        let partial = functools.getattr(thread, pyrox_objects::intern!("partial"))?;
        let keywords = Dict::new(thread)?;
        for (name, value) in pairs {
            keywords.set(thread, &name, &value)?;
        }
        let constructor = partial.call_tuple(thread, &*Tuple::from_vec(thread, vec![class, name])?, Some(&keywords))?;
        Tuple::from_vec(thread, vec![constructor, Tuple::from_vec(thread, positional)?.upcast()])
    }
}
