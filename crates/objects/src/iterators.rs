//! Iterators of the built-in sequences.

use std::cell::Cell;

use pyrox_macros::pyclass;

use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::{List, PyResult, Str, Thread, Tuple, exceptions};

macro_rules! iterator {
    ($(#[$doc:meta])* $name:ident $python:literal $symbol:literal $source:ty, |$object:ident, $at:ident| $get:expr, $length:expr) => {
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            head: Head,
            position: Cell<usize>,
            source: ObjCell,
        }

        impl $name {
            pub fn new(thread: &Thread, source: &$source) -> PyResult<Owned<$name>> {
                Self::ty().instantiate(thread, $name {
                    head: Head::unset(),
                    position: Cell::new(0),
                    source: ObjCell::new(Some((**source).own())),
                })
            }

            /// The next item, without the end's bookkeeping of a Python call.
            #[inline]
            pub fn advance(&self) -> Option<Obj> {
                let source = self.source.peek()?;
                // SAFETY: the source is of this type.
                let $object = unsafe { source.cast_unchecked::<$source>() };
                let $at = self.position.get();
                match $get {
                    Some(item) => {
                        self.position.set($at + 1);
                        Some(item)
                    }
                    None => {
                        self.source.set(None);
                        None
                    }
                }
            }
        }

        #[pyclass(name = $python, symbol = $symbol, traverse = [source], dealloc = drop)]
        impl $name {
            #[slot]
            fn tp_iter(this: &Object) -> Obj {
                this.own()
            }
            #[slot]
            fn tp_iternext(&self) -> PyResult<Option<Obj>> {
                Ok(self.advance())
            }
            /// Private method returning an estimate of len(list(it)).
            #[method]
            fn __length_hint__(&self) -> usize {
                match self.source.get() {
                    Some(source) => {
                        // SAFETY: the source is of this type.
                        let $object = unsafe { source.cast_unchecked::<$source>() };
                        let length: usize = $length;
                        length.saturating_sub(self.position.get())
                    }
                    None => 0,
                }
            }
            /// Return state information for pickling.
            #[method]
            fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
                let iter = crate::hooks::builtin(thread, "iter")?;
                match self.source.get() {
                    Some(source) => Tuple::from_vec(thread, vec![
                        iter,
                        Tuple::from_vec(thread, vec![source])?.upcast(),
                        crate::Int::from(self.position.get() as i64).upcast(),
                    ]),
                    None => Tuple::from_vec(thread, vec![iter, Tuple::from_vec(thread, vec![Tuple::empty().upcast()])?.upcast()]),
                }
            }
            /// Set state information for unpickling.
            #[method(sig = "(state, /)")]
            fn __setstate__(&self, state: isize) {
                self.position.set(state.max(0) as usize);
            }
        }
    };
}

iterator!(
    /// Iterator over a tuple.
    TupleIterator "tuple_iterator" "PyTupleIter_Type" Tuple,
    |tuple, at| (at < tuple.len()).then(|| tuple.get(at).own()), tuple.len()
);
iterator!(
    /// Iterator over a list, which may change meanwhile.
    ListIterator "list_iterator" "PyListIter_Type" List,
    |list, at| list.get(at), list.len()
);
iterator!(
    /// Iterator over a str.
    StrIterator "str_iterator" "PyUnicodeIter_Type" Str,
    // SAFETY: iterators run with the lock held.
    |text, at| (at < text.len()).then(|| Str::from_char(unsafe { Thread::current() }, text.at(at)).upcast()), text.len()
);

iterator!(
    /// Iterator over bytes.
    BytesIterator "bytes_iterator" "PyBytesIter_Type" crate::Bytes,
    |bytes, at| bytes.as_slice().get(at).map(|&byte| crate::Int::from(byte as i64).upcast()), bytes.len()
);
iterator!(
    /// Iterator over a bytearray, which may change meanwhile.
    ByteArrayIterator "bytearray_iterator" "PyByteArrayIter_Type" crate::ByteArray,
    |array, at| array.get(at).map(|byte| crate::Int::from(byte as i64).upcast()), array.len()
);

/// Iterator over a list from its end.
#[repr(C)]
pub struct ListReverseIterator {
    head: Head,
    /// One past the next position.
    position: Cell<usize>,
    source: ObjCell,
}

impl ListReverseIterator {
    pub fn new(thread: &Thread, list: &List) -> PyResult<Owned<Self>> {
        Self::ty().instantiate(
            thread,
            ListReverseIterator { head: Head::unset(), position: Cell::new(list.len()), source: ObjCell::new(Some((**list).own())) },
        )
    }
}

#[pyclass(name = "list_reverseiterator", symbol = "PyListRevIter_Type", traverse = [source], dealloc = drop)]
impl ListReverseIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self) -> PyResult<Option<Obj>> {
        let Some(source) = self.source.get() else { return Ok(None) };
        let item = match (self.position.get().checked_sub(1), source.cast::<List>()) {
            (Some(at), Some(list)) => {
                self.position.set(at);
                list.get(at)
            }
            _ => None,
        };
        if item.is_none() {
            self.source.set(None);
        }
        Ok(item)
    }
    /// Private method returning an estimate of len(list(it)).
    #[method]
    fn __length_hint__(&self) -> usize {
        if self.source.is_set() { self.position.get() } else { 0 }
    }
}

/// Iterator over whatever has `__getitem__`.
#[repr(C)]
pub struct SequenceIterator {
    head: Head,
    position: Cell<isize>,
    source: ObjCell,
}

impl SequenceIterator {
    pub fn new(thread: &Thread, source: &Object) -> PyResult<Owned<Self>> {
        Self::ty()
            .instantiate(thread, SequenceIterator { head: Head::unset(), position: Cell::new(0), source: ObjCell::new(Some(source.own())) })
    }
}

#[pyclass(name = "iterator", symbol = "PySeqIter_Type", traverse = [source], dealloc = drop)]
impl SequenceIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(source) = self.source.get() else { return Ok(None) };
        let at = self.position.get();
        if at == isize::MAX {
            return Err(thread.overflow_error("iter index too large"));
        }
        match source.sequence_item(thread, at) {
            Ok(item) => {
                self.position.set(at + 1);
                Ok(Some(item))
            }
            Err(raised) => {
                if thread.take_if(exceptions::index_error()) || thread.take_if(exceptions::stop_iteration()) {
                    self.source.set(None);
                    return Ok(None);
                }
                Err(raised)
            }
        }
    }
}

/// `iter(callable, sentinel)`.
#[repr(C)]
pub struct CallIterator {
    head: Head,
    callable: ObjCell,
    sentinel: ObjCell,
}

impl CallIterator {
    pub fn new(thread: &Thread, callable: &Object, sentinel: &Object) -> PyResult<Owned<Self>> {
        Self::ty().instantiate(
            thread,
            CallIterator {
                head: Head::unset(),
                callable: ObjCell::new(Some(callable.own())),
                sentinel: ObjCell::new(Some(sentinel.own())),
            },
        )
    }
}

#[pyclass(name = "callable_iterator", symbol = "PyCallIter_Type", traverse = [callable, sentinel], dealloc = drop)]
impl CallIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let (Some(callable), Some(sentinel)) = (self.callable.get(), self.sentinel.get()) else { return Ok(None) };
        let end = |this: &Self| {
            this.callable.set(None);
            this.sentinel.set(None);
        };
        match callable.call(thread, &[]) {
            Ok(value) => {
                if sentinel.eq(thread, &value)? {
                    end(self);
                    return Ok(None);
                }
                Ok(Some(value))
            }
            Err(raised) => {
                if thread.take_if(exceptions::stop_iteration()) {
                    end(self);
                    return Ok(None);
                }
                Err(raised)
            }
        }
    }
}
