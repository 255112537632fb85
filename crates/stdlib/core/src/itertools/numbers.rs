//! `accumulate`, `count`, `repeat`.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::protocol::number;
use pyrox_objects::{Head, Int, Obj, ObjCell, Object, PyResult, Thread, Type};

/// `accumulate(iterable, func, initial)`
#[repr(C)]
pub struct Accumulate {
    head: Head,
    total: ObjCell,
    iterator: ObjCell,
    function: ObjCell,
    initial: ObjCell,
}

/// Return series of accumulated sums (or other binary function results).
#[pyclass(name = "accumulate", module = "itertools", traverse = [total, iterator, function, initial], dealloc = drop,
    flags = abi::Py_TPFLAGS_BASETYPE)]
impl Accumulate {
    #[new(sig = "(iterable, func=None, *, initial=None)")]
    fn create(cls: &Type, thread: &Thread, iterable: &Object, func: Option<&Object>, initial: Option<&Object>) -> PyResult<Obj> {
        let made = Accumulate {
            head: Head::unset(),
            total: ObjCell::empty(),
            iterator: ObjCell::new(Some(iterable.iter(thread)?)),
            function: ObjCell::new(func.filter(|f| !f.is_none()).map(Object::own)),
            initial: ObjCell::new(initial.filter(|i| !i.is_none()).map(Object::own)),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        if let Some(initial) = self.initial.take() {
            self.total.set(Some(initial.clone()));
            return Ok(Some(initial));
        }
        let Some(iterator) = self.iterator.get() else { return Ok(None) };
        let Some(value) = iterator.next(thread)? else { return Ok(None) };
        let total = match (self.total.get(), self.function.get()) {
            (None, _) => value,
            (Some(total), None) => number::binary(thread, &number::ADD, &total, &value)?,
            (Some(total), Some(function)) => function.call(thread, &[&total, &value])?,
        };
        self.total.set(Some(total.clone()));
        Ok(Some(total))
    }
}

/// `count(start, step)`
#[repr(C)]
pub struct Count {
    head: Head,
    /// The next number, as long as it is small and the step 1; else `next` holds it.
    small: Cell<Option<i64>>,
    next: ObjCell,
    step: ObjCell,
}

fn is_number(object: &Object) -> bool {
    // SAFETY: a type's table lives while the type does.
    let table = unsafe { object.ty().raw().tp_as_number.get().as_ref() };
    table.is_some_and(|t| t.nb_index.is_some() || t.nb_int.is_some() || t.nb_float.is_some())
        || object.is_instance::<pyrox_objects::Complex>()
}

/// Return a count object whose .__next__() method returns consecutive values.
///
/// Equivalent to:
///     def count(firstval=0, step=1):
///         x = firstval
///         while 1:
///             yield x
///             x += step
#[pyclass(name = "count", module = "itertools", traverse = [next, step], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Count {
    #[new(sig = "(start=0, step=1)")]
    fn create(cls: &Type, thread: &Thread, start: Option<&Object>, step: Option<&Object>) -> PyResult<Obj> {
        if start.is_some_and(|s| !is_number(s)) || step.is_some_and(|s| !is_number(s)) {
            return Err(thread.type_error("a number is required"));
        }
        let one = step.is_none_or(|s| s.exact::<Int>().and_then(Int::to_i64) == Some(1));
        let small = match start {
            None => Some(0),
            Some(start) => start.exact::<Int>().and_then(Int::to_i64),
        };
        let start = || start.map_or_else(|| Int::from(0).upcast(), Object::own);
        let made = Count {
            head: Head::unset(),
            small: Cell::new(small.filter(|_| one)),
            next: ObjCell::new(if one && small.is_some() { None } else { Some(start()) }),
            step: ObjCell::new(Some(step.map_or_else(|| Int::from(1).upcast(), Object::own))),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        if let Some(number) = self.small.get() {
            if number < i64::MAX {
                self.small.set(Some(number + 1));
                return Ok(Some(Int::from(number).upcast()));
            }
            self.small.set(None);
            self.next.set(Some(Int::from(number).upcast()));
        }
        let (Some(number), Some(step)) = (self.next.get(), self.step.get()) else { return Ok(None) };
        self.next.set(Some(number::binary(thread, &number::ADD, &number, &step)?));
        Ok(Some(number))
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let name = self.ty().name();
        if let Some(number) = self.small.get() {
            return Ok(format!("{name}({number})"));
        }
        let (Some(next), Some(step)) = (self.next.get(), self.step.get()) else { return Ok(format!("{name}()")) };
        if step.cast::<Int>().and_then(Int::to_i64) == Some(1) {
            return Ok(format!("{name}({})", next.repr(thread)?));
        }
        Ok(format!("{name}({}, {})", next.repr(thread)?, step.repr(thread)?))
    }
}

/// `repeat(object, times)`
#[repr(C)]
pub struct Repeat {
    head: Head,
    object: ObjCell,
    /// How often it is still given; -1 for ever.
    left: Cell<isize>,
}

/// repeat(object [,times]) -> create an iterator which returns the object
/// for the specified number of times.  If not specified, returns the object
/// endlessly.
#[pyclass(name = "repeat", module = "itertools", traverse = [object], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Repeat {
    #[new(sig = "(object, times=None)", text = "")]
    fn create(cls: &Type, thread: &Thread, object: &Object, times: Option<&Object>) -> PyResult<Obj> {
        let left = match times {
            Some(times) => times.as_isize(thread)?.max(0),
            None => -1,
        };
        let made = Repeat { head: Head::unset(), object: ObjCell::new(Some(object.own())), left: Cell::new(left) };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self) -> PyResult<Option<Obj>> {
        match self.left.get() {
            0 => return Ok(None),
            left if left > 0 => self.left.set(left - 1),
            _ => {}
        }
        Ok(self.object.get())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let object = self.object.get().unwrap_or_else(pyrox_objects::none).repr(thread)?;
        let name = self.ty().name();
        Ok(match self.left.get() {
            -1 => format!("{name}({object})"),
            left => format!("{name}({object}, {left})"),
        })
    }
    /// Private method returning an estimate of len(list(it)).
    #[method]
    fn __length_hint__(&self, thread: &Thread) -> PyResult<isize> {
        match self.left.get() {
            -1 => Err(thread.type_error("len() of unsized object")),
            left => Ok(left),
        }
    }
}
