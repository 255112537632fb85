//! `tuple`.

use std::ffi::c_int;

use pyrox_abi as abi;
use pyrox_objects::object::{decref, xdecref};
use pyrox_objects::{Obj, Object, Owned, PyResult, Raised, Thread, Tuple, gc};

use crate::api::{bad_call, expect, length, pointer};
use crate::support::{Raw, give, status};

/// A tuple of so many empty places, which the caller fills.
fn blank(thread: &Thread, count: usize) -> PyResult<Obj> {
    if count == 0 {
        return Ok(Tuple::empty().upcast());
    }
    let tuple = Tuple::uninit(thread, count)?;
    // SAFETY: a complete object; the collector passes over empty places.
    unsafe { gc::track(tuple.as_ptr()) };
    Ok(tuple.upcast())
}

fn item(result: PyResult<Raw>) -> Raw {
    pointer(result)
}

crate::api! {
    /// A tuple of so many empty places.
    fn PyTuple_New(thread; count: isize) -> Raw = give {
        blank(thread, usize::try_from(count).map_err(|_| bad_call(thread))?)
    }

    /// How many items there are.
    fn PyTuple_Size(thread; tuple: Raw) -> isize = length { Ok(expect::<Tuple>(thread, tuple)?.len() as isize) }

    /// An item, borrowed.
    fn PyTuple_GetItem(thread; tuple: Raw, at: isize) -> Raw = item {
        let tuple: &Tuple = expect(thread, tuple)?;
        match usize::try_from(at).ok().and_then(|at| tuple.raw_items().get(at)) {
            Some(&item) => Ok(item),
            None => Err(thread.index_error("tuple index out of range")),
        }
    }

    /// Fill a place of a tuple that nobody else has; takes the reference, even when it fails.
    fn PyTuple_SetItem(thread; tuple: Raw, at: isize, item: Raw) -> c_int = status {
        let unshared = Object::from_ptr_or_null(tuple).filter(|object| object.refcount() == 1).and_then(|object| object.cast::<Tuple>());
        let Some(tuple) = unshared else {
            xdecref(item);
            return Err(bad_call(thread));
        };
        if at < 0 || at as usize >= tuple.len() {
            xdecref(item);
            return Err(thread.index_error("tuple assignment index out of range"));
        }
        let place = tuple.items_ptr().add(at as usize);
        xdecref(std::mem::replace(&mut *place, item));
        Ok(())
    }

    /// The items from `low` to `high`.
    fn PyTuple_GetSlice(thread; tuple: Raw, low: isize, high: isize) -> Raw = give {
        let tuple: &Tuple = expect(thread, tuple)?;
        let count = tuple.len() as isize;
        let low = low.clamp(0, count);
        let high = high.min(count).max(low);
        let object: &Object = tuple;
        if low == 0 && high == count && object.is_exact::<Tuple>() {
            return Ok(object.own());
        }
        Tuple::from_raw_slice(thread, &tuple.raw_items()[low as usize..high as usize]).map(Owned::upcast)
    }

    /// Change the length of a tuple that nobody else has.
    fn _PyTuple_Resize(thread; place: *mut Raw, count: isize) -> c_int = status {
        let old = *place;
        let tuple = match Object::from_ptr_or_null(old).and_then(|object| object.exact::<Tuple>()) {
            Some(tuple) if tuple.len() == 0 || abi::refcnt(old) == 1 => tuple,
            _ => {
                *place = std::ptr::null_mut();
                xdecref(old);
                return Err(bad_call(thread));
            }
        };
        let before = tuple.len();
        let Ok(after) = usize::try_from(count) else {
            *place = std::ptr::null_mut();
            decref(old);
            return Err(bad_call(thread));
        };
        if before == after {
            return Ok(());
        }
        let fresh = match blank(thread, after) {
            Ok(fresh) => fresh.into_raw(),
            Err(Raised) => {
                *place = std::ptr::null_mut();
                decref(old);
                return Err(Raised);
            }
        };
        let moved = before.min(after);
        if moved > 0 {
            let to = (*(fresh as *const Tuple)).items_ptr();
            std::ptr::copy_nonoverlapping(tuple.items_ptr(), to, moved);
            std::ptr::write_bytes(tuple.items_ptr(), 0, moved);
        }
        *place = fresh;
        decref(old);
        Ok(())
    }

    /// A tuple with new references to the items of an array.
    fn _PyTuple_FromArray(thread; items: *const Raw, count: isize) -> Raw = give {
        if count <= 0 {
            return Ok(Tuple::empty().upcast());
        }
        Tuple::from_raw_slice(thread, std::slice::from_raw_parts(items, count as usize)).map(Owned::upcast)
    }

    /// A tuple that takes the references of an array.
    fn _PyTuple_FromArraySteal(thread; items: *const Raw, count: isize) -> Raw = give {
        Tuple::from_stolen(thread, items, count.max(0) as usize).map(Owned::upcast)
    }
}
