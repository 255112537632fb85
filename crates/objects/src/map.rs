//! `map`.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::object::{Head, Obj, ObjCell, Object, Owned};
use crate::zip::{check_end, strict_keyword};
use crate::{Dict, PyResult, Thread, Tuple, Type};

/// `map(function, iterable, /, *iterables, strict=False)`.
#[repr(C)]
pub struct Map {
    head: Head,
    /// A tuple of the iterators.
    iterators: ObjCell,
    function: ObjCell,
    strict: Cell<i32>,
}

/// More iterators than this are rare; their values go to the heap.
const FEW: usize = 5;

/// Make an iterator that computes the function using arguments from
/// each of the iterables.  Stops when the shortest iterable is exhausted.
///
/// If strict is true and one of the arguments is exhausted before the
/// others, raise a ValueError.
#[pyclass(name = "map", symbol = "PyMap_Type", traverse = [iterators, function], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Map {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let strict = strict_keyword(thread, "map", kwargs)?;
        let [function, iterables @ ..] = args.items() else {
            return Err(thread.type_error("map() must have at least two arguments."));
        };
        if iterables.is_empty() {
            return Err(thread.type_error("map() must have at least two arguments."));
        }
        let mut iterators = Vec::with_capacity(iterables.len());
        for iterable in iterables {
            iterators.push(iterable.iter(thread)?);
        }
        let made = Map {
            head: Head::unset(),
            iterators: ObjCell::new(Some(Tuple::from_vec(thread, iterators)?.upcast())),
            function: ObjCell::new(Some(function.own())),
            strict: Cell::new(strict as i32),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let (Some(Ok(iterators)), Some(function)) = (self.iterators.get().map(Obj::downcast::<Tuple>), self.function.get()) else {
            return Ok(None);
        };
        match iterators.items() {
            [iterator] => match iterator.next(thread)? {
                Some(value) => function.call(thread, &[&value]).map(Some),
                None => Ok(None),
            },
            items if items.len() <= FEW => {
                let mut values: [Option<Obj>; FEW] = [const { None }; FEW];
                for (at, (iterator, place)) in items.iter().zip(&mut values).enumerate() {
                    *place = iterator.next(thread)?;
                    if place.is_none() {
                        return self.end(thread, items, at);
                    }
                }
                let mut borrowed: [&Object; FEW] = [crate::none_ref(); FEW];
                for (to, from) in borrowed.iter_mut().zip(values.iter().flatten()) {
                    *to = from;
                }
                function.call(thread, &borrowed[..items.len()]).map(Some)
            }
            items => {
                let mut values = Vec::with_capacity(items.len());
                for (at, iterator) in items.iter().enumerate() {
                    match iterator.next(thread)? {
                        Some(value) => values.push(value),
                        None => return self.end(thread, items, at),
                    }
                }
                let borrowed: Vec<&Object> = values.iter().map(|value| &**value).collect();
                function.call(thread, &borrowed).map(Some)
            }
        }
    }
    /// Return state information for pickling.
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let mut arguments = vec![self.function.get().unwrap_or_else(crate::none)];
        if let Some(Ok(iterators)) = self.iterators.get().map(Obj::downcast::<Tuple>) {
            arguments.extend(iterators.to_vec());
        }
        let mut state = vec![(**self.ty()).own(), Tuple::from_vec(thread, arguments)?.upcast()];
        if self.strict.get() != 0 {
            state.push(crate::bool_obj(true));
        }
        Tuple::from_vec(thread, state)
    }
    /// Set state information for unpickling.
    #[method(sig = "(object, /)")]
    fn __setstate__(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        self.strict.set(object.is_true(thread)? as i32);
        Ok(())
    }
}

impl Map {
    #[cold]
    fn end(&self, thread: &Thread, iterators: &[&Object], at: usize) -> PyResult<Option<Obj>> {
        if self.strict.get() != 0 {
            check_end(thread, "map", iterators, at)?;
        }
        Ok(None)
    }
}

const _: () = assert!(size_of::<Map>() == 40);
