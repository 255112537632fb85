//! The views and the iterator of `OrderedDict`.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::dict::{DictItems, DictKeys, DictValues};
use pyrox_objects::{Head, List, Obj, ObjCell, Object, Owned, PyResult, PyType, Str, Thread, Tuple};

use super::ordered_dict::{Node, OrderedDict};

/// What an iterator gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Keys,
    Values,
    Items,
}

/// Iterator over an `OrderedDict`, which must not change meanwhile.
#[repr(C)]
pub struct OrderedIterator {
    head: Head,
    table: ObjCell,
    /// The node to be given next.
    next: ObjCell,
    kind: Kind,
    reversed: bool,
    state: Cell<usize>,
    length: Cell<usize>,
}

impl OrderedIterator {
    pub fn new(thread: &Thread, table: &OrderedDict, kind: Kind, reversed: bool) -> PyResult<Owned<OrderedIterator>> {
        let first = if reversed { table.order.last() } else { table.order.first() };
        let made = OrderedIterator {
            head: Head::unset(),
            table: ObjCell::new(Some(table.own().upcast())),
            next: ObjCell::new(first.map(Owned::upcast)),
            kind,
            reversed,
            state: Cell::new(table.state()),
            length: Cell::new(table.as_dict().len()),
        };
        OrderedIterator::ty().instantiate(thread, made)
    }
}

#[pyclass(name = "odict_iterator", traverse = [table, next], dealloc = drop)]
impl OrderedIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(Ok(table)) = self.table.get().map(Obj::downcast::<OrderedDict>) else { return Ok(None) };
        let Some(Ok(node)) = self.next.get().map(Obj::downcast::<Node>) else {
            self.table.set(None);
            return Ok(None);
        };
        if table.state() != self.state.get() {
            self.next.set(None);
            self.table.set(None);
            return Err(thread.runtime_error("OrderedDict mutated during iteration"));
        }
        if table.as_dict().len() != self.length.get() {
            self.length.set(usize::MAX);
            return Err(thread.runtime_error("OrderedDict changed size during iteration"));
        }
        let next = if self.reversed { table.order.before(&node) } else { table.order.after(&node) };
        self.next.set(next.map(Owned::upcast));
        let key = node.key();
        Ok(Some(match self.kind {
            Kind::Keys => key,
            Kind::Values => table.value_of(thread, &key)?,
            Kind::Items => {
                let value = table.value_of(thread, &key)?;
                Tuple::from_vec(thread, vec![key, value])?.upcast()
            }
        }))
    }
    /// Return state information for pickling
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        // The rest is listed by a copy, so that this one stays where it is.
        let copy = OrderedIterator {
            head: Head::unset(),
            table: ObjCell::new(self.table.get()),
            next: ObjCell::new(self.next.get()),
            kind: self.kind,
            reversed: self.reversed,
            state: Cell::new(self.state.get()),
            length: Cell::new(self.length.get()),
        };
        let copy = OrderedIterator::ty().instantiate(thread, copy)?;
        let rest = List::from_iterable(thread, &copy)?;
        let iter = pyrox_objects::hooks::builtin(thread, "iter")?;
        Tuple::from_vec(thread, vec![iter, Tuple::from_vec(thread, vec![rest.upcast()])?.upcast()])
    }
}

macro_rules! view {
    ($name:ident $python:literal $base:ident $kind:ident) => {
        /// A view of an `OrderedDict`: that of a dict, in the right order.
        #[repr(C)]
        pub struct $name {
            head: Head,
            dict: ObjCell,
        }

        const _: () = assert!(size_of::<$name>() == size_of::<$base>());

        impl $name {
            pub fn new(thread: &Thread, table: &OrderedDict) -> PyResult<Owned<$name>> {
                $name::ty().instantiate(thread, $name { head: Head::unset(), dict: ObjCell::new(Some(table.own().upcast())) })
            }

            fn iterator(&self, thread: &Thread, reversed: bool) -> PyResult<Owned<OrderedIterator>> {
                match self.dict.get().map(Obj::downcast::<OrderedDict>) {
                    Some(Ok(table)) => OrderedIterator::new(thread, &table, Kind::$kind, reversed),
                    _ => Err(thread.runtime_error("view without a dict")),
                }
            }
        }

        #[pyclass(name = $python, base = <$base as PyType>::TYPE, traverse = [dict], dealloc = drop)]
        impl $name {
            #[slot]
            fn tp_iter(&self, thread: &Thread) -> PyResult<Owned<OrderedIterator>> {
                self.iterator(thread, false)
            }
            #[slot]
            fn tp_repr(this: &Object, thread: &Thread) -> PyResult<Owned<Str>> {
                let Some(_guard) = pyrox_objects::repr_guard::enter(this) else { return Str::from_str(thread, "...") };
                let mut out = pyrox_objects::text_writer::TextWriter::new();
                out.push_str(concat!($python, "("));
                out.push(&*List::from_iterable(thread, this)?.repr(thread)?);
                out.push_str(")");
                out.finish(thread)
            }
            #[method(text = "")]
            fn __reversed__(&self, thread: &Thread) -> PyResult<Owned<OrderedIterator>> {
                self.iterator(thread, true)
            }
        }
    };
}
view!(OrderedKeys "odict_keys" DictKeys Keys);
view!(OrderedValues "odict_values" DictValues Values);
view!(OrderedItems "odict_items" DictItems Items);
