//! `enumerate`.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::native::Raw;
use crate::object::{Head, Obj, ObjCell, Object, Owned};
use crate::{Int, PyResult, Str, Thread, Tuple, Type, reusable_tuple};

/// `enumerate(iterable, start)`.
#[repr(C)]
pub struct Enumerate {
    head: Head,
    /// The next count; `isize::MAX` says that it is in `long_index`.
    index: Cell<isize>,
    iterator: ObjCell,
    result: ObjCell,
    long_index: ObjCell,
    /// CPython keeps a one here for adding; the room belongs to the layout.
    _one: Raw,
}

impl Enumerate {
    fn new(thread: &Thread, class: &Type, iterable: &Object, start: Option<&Object>) -> PyResult<Obj> {
        let (index, long) = match start {
            None => (0, None),
            Some(start) => {
                let start = crate::range::exact_index(thread, start)?;
                match start.to_i64().filter(|&n| n != i64::MAX) {
                    Some(index) => (index as isize, None),
                    None => (isize::MAX, Some(start.upcast())),
                }
            }
        };
        let iterator = iterable.iter(thread)?;
        let made = Enumerate {
            head: Head::unset(),
            index: Cell::new(index),
            iterator: ObjCell::new(Some(iterator)),
            result: reusable_tuple::blank(thread, 2)?,
            long_index: ObjCell::new(long),
            _one: std::ptr::null_mut(),
        };
        Ok(class.instantiate(thread, made)?.upcast())
    }

    /// The count as it is given out, and the counter moved on.
    fn count(&self) -> Obj {
        let index = self.index.get();
        if index != isize::MAX {
            self.index.set(index + 1);
            return Int::from(index as i64).upcast();
        }
        let count = match self.long_index.take().and_then(|value| value.downcast::<Int>().ok()) {
            Some(count) => count,
            None => Int::from(i64::MAX),
        };
        self.long_index.set(Some(count.add(&Int::from(1))));
        count.upcast()
    }
}

fn invalid_keyword(thread: &Thread, name: &Object) -> crate::Raised {
    let name = name.cast::<Str>().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    thread.type_error(&format!("'{name}' is an invalid keyword argument for enumerate()"))
}

/// Return an enumerate object.
///
///   iterable
///     an object supporting iteration
///
/// The enumerate object yields pairs containing a count (from start, which
/// defaults to zero) and a value yielded by the iterable argument.
///
/// enumerate is useful for obtaining an indexed list:
///     (0, seq[0]), (1, seq[1]), (2, seq[2]), ...
#[pyclass(name = "enumerate", symbol = "PyEnum_Type", traverse = [iterator, result, long_index], dealloc = drop,
    flags = abi::Py_TPFLAGS_BASETYPE)]
impl Enumerate {
    #[new(sig = "(*args, **kwargs)", text = "(iterable, start=0)")]
    fn create(cls: &Type, thread: &Thread, args: crate::native::Rest<'_>, kwargs: crate::native::Keywords<'_>) -> PyResult<Obj> {
        let (mut iterable, mut start) = (args.get(0), args.get(1));
        let given = args.len() + kwargs.iter().count();
        if given > 2 {
            return Err(thread.type_error(&format!("enumerate() takes at most 2 arguments ({given} given)")));
        }
        for (name, value) in kwargs.iter() {
            let place = if name.equals_str("iterable") {
                &mut iterable
            } else if name.equals_str("start") {
                &mut start
            } else {
                return Err(invalid_keyword(thread, name));
            };
            if place.is_some() {
                return Err(invalid_keyword(thread, name));
            }
            *place = Some(value);
        }
        match iterable {
            Some(iterable) => Enumerate::new(thread, cls, iterable, start),
            None => Err(thread.type_error("enumerate() missing required argument 'iterable'")),
        }
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(iterator) = self.iterator.get() else { return Ok(None) };
        let Some(item) = iterator.next(thread)? else { return Ok(None) };
        let count = self.count();
        match reusable_tuple::take_unique(&self.result) {
            Some(result) => {
                // SAFETY: the tuple is the one of two items made at the start.
                unsafe {
                    reusable_tuple::put(&result, 0, count);
                    reusable_tuple::put(&result, 1, item);
                }
                Ok(Some(reusable_tuple::finish(result)))
            }
            None => Ok(Some(Tuple::from_vec(thread, vec![count, item])?.upcast())),
        }
    }
    /// Return state information for pickling.
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let count = self.long_index.get().unwrap_or_else(|| Int::from(self.index.get() as i64).upcast());
        let state = Tuple::from_vec(thread, vec![self.iterator.get().unwrap_or_else(crate::none), count])?;
        Tuple::from_vec(thread, vec![(**self.ty()).own(), state.upcast()])
    }
    /// 'enumerate' objects are generic over the type of their values
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
}

const _: () = assert!(size_of::<Enumerate>() == 56);
