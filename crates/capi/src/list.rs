//! `list`.

use std::ffi::c_int;

use pyrox_abi::{self as abi, PyListObject};
use pyrox_objects::object::xdecref;
use pyrox_objects::{List, Obj, Object, Owned, PyResult, Thread, Tuple};

use crate::api::{bad_call, expect, length, pointer};
use crate::support::{Raw, give, status};

fn item(result: PyResult<Raw>) -> Raw {
    pointer(result)
}

/// `low` and `high` within a list's length.
fn clip(list: &List, low: isize, high: isize) -> (usize, usize) {
    let count = list.len() as isize;
    let low = low.clamp(0, count);
    (low as usize, high.clamp(low, count) as usize)
}

/// The items between two places of a list.
unsafe fn items(list: &List, low: usize, high: usize) -> Vec<Obj> {
    // SAFETY: the list owns its items; the range is within it.
    (low..high).filter_map(|at| unsafe { Object::from_ptr_or_null(*list.items_ptr().add(at)) }.map(Object::own)).collect()
}

/// The items to be put into a list.
fn to_assign(thread: &Thread, iterable: &Object) -> PyResult<Vec<Obj>> {
    let iterates = iterable.ty().raw().tp_iter.get().is_some() || iterable.is_sequence();
    if !iterates {
        return Err(thread.type_error("can only assign an iterable"));
    }
    iterable.to_items(thread)
}

unsafe fn set_slice(thread: &Thread, list: Raw, low: isize, high: isize, iterable: Raw) -> PyResult<()> {
    // SAFETY: by the API's contract.
    unsafe {
        let list: &List = expect(thread, list)?;
        let fresh = match Object::from_ptr_or_null(iterable) {
            Some(iterable) => to_assign(thread, iterable)?,
            None => Vec::new(),
        };
        let (low, high) = clip(list, low, high);
        drop(list.splice(thread, low, high, fresh)?);
        Ok(())
    }
}

crate::api! {
    /// A list of so many empty places, which the caller fills.
    fn PyList_New(thread; count: isize) -> Raw = give {
        let count = usize::try_from(count).map_err(|_| bad_call(thread))?;
        if count > isize::MAX as usize / 8 {
            return Err(thread.no_memory());
        }
        let list = List::new(thread)?;
        if count > 0 {
            let memory = abi::allocate_zeroed(count * 8) as *mut Raw;
            if memory.is_null() {
                return Err(thread.no_memory());
            }
            let raw = &*(list.as_ptr() as *const PyListObject);
            raw.ob_item.set(memory);
            raw.allocated.set(count as isize);
            raw.ob_base.ob_size.set(count as isize);
        }
        Ok(list.upcast())
    }

    /// How many items there are.
    fn PyList_Size(thread; list: Raw) -> isize = length { Ok(expect::<List>(thread, list)?.len() as isize) }

    /// An item, borrowed.
    fn PyList_GetItem(thread; list: Raw, at: isize) -> Raw = item {
        let list: &List = expect(thread, list)?;
        match usize::try_from(at) {
            Ok(at) if at < list.len() => Ok(*list.items_ptr().add(at)),
            _ => Err(thread.index_error("list index out of range")),
        }
    }

    /// An item.
    fn PyList_GetItemRef(thread; list: Raw, at: isize) -> Raw = give {
        let list = match Object::from_ptr_or_null(list).and_then(|object| object.cast::<List>()) {
            Some(list) => list,
            None => return Err(thread.type_error("expected a list")),
        };
        usize::try_from(at).ok().and_then(|at| list.get(at)).ok_or_else(|| thread.index_error("list index out of range"))
    }

    /// Fill a place; takes the reference, even when it fails.
    fn PyList_SetItem(thread; list: Raw, at: isize, item: Raw) -> c_int = status {
        let list = match expect::<List>(thread, list) {
            Ok(list) => list,
            Err(raised) => {
                xdecref(item);
                return Err(raised);
            }
        };
        if at < 0 || at as usize >= list.len() {
            xdecref(item);
            return Err(thread.index_error("list assignment index out of range"));
        }
        let place = list.items_ptr().add(at as usize);
        let old = std::mem::replace(&mut *place, item);
        xdecref(old);
        Ok(())
    }

    /// Insert before a place.
    fn PyList_Insert(thread; list: Raw, at: isize, item: Raw) -> c_int = status {
        let list: &List = expect(thread, list)?;
        let Some(item) = Object::from_ptr_or_null(item) else { return Err(bad_call(thread)) };
        let count = list.len() as isize;
        let at = if at < 0 { (at + count).max(0) } else { at.min(count) };
        list.insert(thread, at as usize, item.own())
    }

    /// Append.
    fn PyList_Append(thread; list: Raw, item: Raw) -> c_int = status {
        let list: &List = expect(thread, list)?;
        let Some(item) = Object::from_ptr_or_null(item) else { return Err(bad_call(thread)) };
        list.append(thread, item.own())
    }

    /// Append, taking the reference.
    fn _PyList_AppendTakeRefListResize(thread; list: Raw, item: Raw) -> c_int = status {
        (*(list as *const List)).append(thread, Owned::from_raw(item))
    }

    /// The items from `low` to `high`.
    fn PyList_GetSlice(thread; list: Raw, low: isize, high: isize) -> Raw = give {
        let list: &List = expect(thread, list)?;
        let (low, high) = clip(list, low, high);
        List::from_vec(thread, items(list, low, high)).map(Owned::upcast)
    }

    /// Put an iterable's items in the place of those from `low` to `high`; null removes them.
    fn PyList_SetSlice(thread; list: Raw, low: isize, high: isize, iterable: Raw) -> c_int = status {
        set_slice(thread, list, low, high, iterable)
    }

    /// Add all items of an iterable.
    fn PyList_Extend(thread; list: Raw, iterable: Raw) -> c_int = status {
        expect::<List>(thread, list)?.extend(thread, crate::api::present(thread, iterable)?)
    }

    /// Add all items of an iterable; gives `None`.
    fn _PyList_Extend(thread; list: Raw, iterable: Raw) -> Raw = give {
        expect::<List>(thread, list)?.extend(thread, crate::api::present(thread, iterable)?)?;
        Ok(pyrox_objects::none())
    }

    /// Remove all items.
    fn PyList_Clear(thread; list: Raw) -> c_int = status {
        drop(expect::<List>(thread, list)?.take_all());
        Ok(())
    }

    /// Sort in place.
    fn PyList_Sort(thread; list: Raw) -> c_int = status { expect::<List>(thread, list)?.sort(thread) }

    /// Reverse in place.
    fn PyList_Reverse(thread; list: Raw) -> c_int = status {
        let list: &List = expect(thread, list)?;
        if list.len() > 1 {
            std::slice::from_raw_parts_mut(list.items_ptr(), list.len()).reverse();
        }
        Ok(())
    }

    /// The items as a tuple.
    fn PyList_AsTuple(thread; list: Raw) -> Raw = give {
        let list: &List = expect(thread, list)?;
        Tuple::from_vec(thread, list.to_vec()).map(Owned::upcast)
    }

    /// The items as a tuple, leaving the list empty.
    fn _PyList_AsTupleAndClear(thread; list: Raw) -> Raw = give {
        Tuple::from_vec(thread, expect::<List>(thread, list)?.take_all()).map(Owned::upcast)
    }

    /// `list[slice]`.
    fn _PyList_SliceSubscript(thread; list: Raw, slice: Raw) -> Raw = give {
        Object::from_ptr(list).get_item(thread, Object::from_ptr(slice))
    }
}
