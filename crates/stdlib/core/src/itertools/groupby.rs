//! `groupby` and the iterator over one group.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::{Head, Obj, ObjCell, Object, PyResult, PyType, Thread, Tuple, Type};

/// `groupby(iterable, key)`
#[repr(C)]
pub struct GroupBy {
    head: Head,
    iterator: ObjCell,
    key: ObjCell,
    /// The key of the group that was given last.
    target_key: ObjCell,
    current_key: ObjCell,
    /// The item of that key, not given yet.
    current_value: ObjCell,
    /// The address of the only group iterator that may still take items.
    current_group: Cell<usize>,
}

impl GroupBy {
    /// Take the next item; false at the end.
    fn step(&self, thread: &Thread) -> PyResult<bool> {
        let Some(iterator) = self.iterator.get() else { return Ok(false) };
        let Some(value) = iterator.next(thread)? else { return Ok(false) };
        let key = match self.key.get() {
            None => value.clone(),
            Some(function) => function.call(thread, &[&value])?,
        };
        self.current_value.set(Some(value));
        self.current_key.set(Some(key));
        Ok(true)
    }
}

/// make an iterator that returns consecutive keys and groups from the iterable
///
///   iterable
///     Elements to divide into groups according to the key function.
///   key
///     A function for computing the group category for each element.
///     If the key function is not specified or is None, the element itself
///     is used for grouping.
#[pyclass(name = "groupby", module = "itertools", traverse = [iterator, key, target_key, current_key, current_value], dealloc = drop,
    flags = abi::Py_TPFLAGS_BASETYPE)]
impl GroupBy {
    #[new(sig = "(iterable, key=None)")]
    fn create(cls: &Type, thread: &Thread, iterable: &Object, key: Option<&Object>) -> PyResult<Obj> {
        let made = GroupBy {
            head: Head::unset(),
            iterator: ObjCell::new(Some(iterable.iter(thread)?)),
            key: ObjCell::new(key.filter(|k| !k.is_none()).map(Object::own)),
            target_key: ObjCell::empty(),
            current_key: ObjCell::empty(),
            current_value: ObjCell::empty(),
            current_group: Cell::new(0),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.current_group.set(0);
        // Pass over what is left of the last group.
        loop {
            if let Some(current) = self.current_key.get() {
                let Some(target) = self.target_key.get() else { break };
                if !target.eq(thread, &current)? {
                    break;
                }
            }
            if !self.step(thread)? {
                return Ok(None);
            }
        }
        let key = self.current_key.get().unwrap_or_else(pyrox_objects::none);
        self.target_key.set(Some(key.clone()));
        let group = Grouper::over(thread, self, &key)?;
        Ok(Some(Tuple::from_slice(thread, &[&key, &group])?.upcast()))
    }
}

/// One group of a `groupby`.
#[repr(C)]
pub struct Grouper {
    head: Head,
    parent: ObjCell,
    key: ObjCell,
}

impl Grouper {
    fn over(thread: &Thread, parent: &GroupBy, key: &Object) -> PyResult<Obj> {
        let made = Grouper { head: Head::unset(), parent: ObjCell::new(Some((**parent).own())), key: ObjCell::new(Some(key.own())) };
        let made = Grouper::ty().instantiate(thread, made)?.upcast();
        parent.current_group.set(made.as_ptr() as usize);
        Ok(made)
    }
}

#[pyclass(name = "_grouper", module = "itertools", traverse = [parent, key], dealloc = drop)]
impl Grouper {
    #[new(sig = "(parent, tgtkey, /)", text = "")]
    fn create(_cls: &Type, thread: &Thread, parent: &Object, tgtkey: &Object) -> PyResult<Obj> {
        match parent.cast::<GroupBy>() {
            Some(parent) => Grouper::over(thread, parent, tgtkey),
            None => {
                let name = parent.ty().name();
                Err(thread.type_error(&format!("_grouper() argument 1 must be itertools.groupby, not {name}")))
            }
        }
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let (Some(Ok(parent)), Some(key)) = (self.parent.get().map(Obj::downcast::<GroupBy>), self.key.get()) else { return Ok(None) };
        if parent.current_group.get() != self.as_ptr() as usize {
            return Ok(None);
        }
        if !parent.current_value.is_set() && !parent.step(thread)? {
            return Ok(None);
        }
        let current = parent.current_key.get().unwrap_or_else(pyrox_objects::none);
        if !key.eq(thread, &current)? {
            return Ok(None);
        }
        Ok(parent.current_value.take())
    }
}
