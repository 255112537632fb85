//! `zip`.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::object::{Head, Obj, ObjCell, Object, Owned};
use crate::{Dict, PyResult, Raised, Str, Thread, Tuple, Type, reusable_tuple};

/// `zip(*iterables, strict=False)`.
#[repr(C)]
pub struct Zip {
    head: Head,
    count: usize,
    /// A tuple of the iterators.
    iterators: ObjCell,
    result: ObjCell,
    strict: Cell<i32>,
}

/// The value of `strict`, the only keyword of `zip` and `map`.
pub(crate) fn strict_keyword(thread: &Thread, function: &str, kwargs: Option<&Dict>) -> PyResult<bool> {
    let mut strict = false;
    let pairs = kwargs.map(Dict::items_vec).unwrap_or_default();
    if pairs.len() > 1 {
        return Err(thread.type_error(&format!("{function}() takes at most 1 keyword argument ({} given)", pairs.len())));
    }
    for (key, value) in pairs {
        match key.cast::<Str>() {
            Some(name) if name.equals_str("strict") => strict = value.is_true(thread)?,
            Some(name) => return Err(thread.type_error(&format!("{function}() got an unexpected keyword argument '{name}'"))),
            None => return Err(thread.type_error("keywords must be strings")),
        }
    }
    Ok(strict)
}

/// The error of strict iteration when the iterable at `at` ended early or goes on too long.
#[cold]
pub(crate) fn uneven(thread: &Thread, function: &str, at: usize, longer: bool) -> Raised {
    let (what, others) = (if longer { "longer" } else { "shorter" }, if at == 1 { " " } else { "s 1-" });
    thread.value_error(&format!("{function}() argument {} is {what} than argument{others}{at}", at + 1))
}

/// After the iterator at `at` ended in strict mode: an error unless all end together.
pub(crate) fn check_end(thread: &Thread, function: &str, iterators: &[&Object], at: usize) -> PyResult<()> {
    if at > 0 {
        return Err(uneven(thread, function, at, false));
    }
    for (at, iterator) in iterators.iter().enumerate().skip(1) {
        if iterator.next(thread)?.is_some() {
            return Err(uneven(thread, function, at, true));
        }
    }
    Ok(())
}

/// The zip object yields n-length tuples, where n is the number of
/// iterables passed as positional arguments to zip().  The i-th element
/// in every tuple comes from the i-th iterable argument to zip().  This
/// continues until the shortest argument is exhausted.
///
/// If strict is true and one of the arguments is exhausted before the
/// others, raise a ValueError.
///
///    >>> list(zip('abcdefg', range(3), range(4)))
///    [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]
#[pyclass(name = "zip", symbol = "PyZip_Type", traverse = [iterators, result], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Zip {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let strict = strict_keyword(thread, "zip", kwargs)?;
        let mut iterators = Vec::with_capacity(args.len());
        for iterable in args.items() {
            iterators.push(iterable.iter(thread)?);
        }
        let made = Zip {
            head: Head::unset(),
            count: iterators.len(),
            result: reusable_tuple::blank(thread, iterators.len())?,
            iterators: ObjCell::new(Some(Tuple::from_vec(thread, iterators)?.upcast())),
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
        if self.count == 0 {
            return Ok(None);
        }
        let Some(Ok(iterators)) = self.iterators.get().map(Obj::downcast::<Tuple>) else { return Ok(None) };
        let items = iterators.items();
        if let Some(result) = reusable_tuple::take_unique(&self.result) {
            for (at, iterator) in items.iter().enumerate() {
                match iterator.next(thread)? {
                    // SAFETY: the tuple has an item for each iterator.
                    Some(item) => unsafe { reusable_tuple::put(&result, at, item) },
                    None => return self.end(thread, items, at),
                }
            }
            return Ok(Some(reusable_tuple::finish(result)));
        }
        let mut values = Vec::with_capacity(items.len());
        for (at, iterator) in items.iter().enumerate() {
            match iterator.next(thread)? {
                Some(item) => values.push(item),
                None => return self.end(thread, items, at),
            }
        }
        Ok(Some(Tuple::from_vec(thread, values)?.upcast()))
    }
    /// Return state information for pickling.
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let mut state = vec![(**self.ty()).own(), self.iterators.get().unwrap_or_else(|| Tuple::empty().upcast())];
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

impl Zip {
    #[cold]
    fn end(&self, thread: &Thread, iterators: &[&Object], at: usize) -> PyResult<Option<Obj>> {
        if self.strict.get() != 0 {
            check_end(thread, "zip", iterators, at)?;
        }
        Ok(None)
    }
}

const _: () = assert!(size_of::<Zip>() == 48);
