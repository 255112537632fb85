//! `_heapq`: a priority queue in a list.
//!
//! Comparing can run Python code that changes the list. So items are copied out for a comparison, and
//! after each one the length is looked at again.

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{List, Module, Obj, Object, PyResult, Raised, Str, Thread};

pymodule!(
    name = "_heapq",
    doc = "Heap queue algorithm (a.k.a. priority queue).\n\nHeaps are arrays for which a[k] <= a[2*k+1] and a[k] <= a[2*k+2] for\nall k, counting elements from 0.  For the sake of comparison,\nnon-existing elements are considered to be infinite.  The interesting\nproperty of a heap is that a[0] is always its smallest element.\n",
    functions =
        [heappush, heappushpop, heappop, heapreplace, heapify, heappush_max, heappushpop_max, heappop_max, heapreplace_max, heapify_max,],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    let about = "A heap is a list whose item k is never above items 2*k+1 and 2*k+2: a tournament in which\nitem 0 has won. Pushing and popping cost a number of comparisons that is logarithmic in its length.";
    module.add(thread, "__about__", &*Str::from_str(thread, about)?)
}

/// Which end of the order is on top.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Top {
    Least,
    Greatest,
}

/// `a` belongs above `b`.
fn above(thread: &Thread, top: Top, a: &Object, b: &Object) -> PyResult<bool> {
    match top {
        Top::Least => a.lt(thread, b),
        Top::Greatest => b.lt(thread, a),
    }
}

#[cold]
fn changed(thread: &Thread) -> Raised {
    thread.runtime_error("list changed size during iteration")
}

fn item(thread: &Thread, heap: &List, at: usize) -> PyResult<Obj> {
    heap.get(at).ok_or_else(|| changed(thread))
}

/// Exchange two items.
fn swap(thread: &Thread, heap: &List, a: usize, b: usize) -> PyResult<()> {
    let (x, y) = (item(thread, heap, a)?, item(thread, heap, b)?);
    drop((heap.replace(a, y), heap.replace(b, x)));
    Ok(())
}

/// Compare, and make sure that the list has kept its length.
fn compare(thread: &Thread, heap: &List, top: Top, a: usize, b: usize, length: usize) -> PyResult<bool> {
    let (x, y) = (item(thread, heap, a)?, item(thread, heap, b)?);
    let result = above(thread, top, &x, &y)?;
    if heap.len() != length {
        return Err(changed(thread));
    }
    Ok(result)
}

/// Move the item at `at` towards the root, not above `start`, as long as it belongs above its parent.
fn rise(thread: &Thread, heap: &List, top: Top, start: usize, at: usize) -> PyResult<()> {
    let length = heap.len();
    if at >= length {
        return Err(thread.index_error("index out of range"));
    }
    let mut at = at;
    while at > start {
        let parent = (at - 1) >> 1;
        if !compare(thread, heap, top, at, parent, length)? {
            break;
        }
        swap(thread, heap, at, parent)?;
        at = parent;
    }
    Ok(())
}

/// Move the item at `start` down to a leaf along the upper children, then up to where it belongs.
fn sink(thread: &Thread, heap: &List, top: Top, start: usize) -> PyResult<()> {
    let length = heap.len();
    if start >= length {
        return Err(thread.index_error("index out of range"));
    }
    let mut at = start;
    while at < length >> 1 {
        let mut child = 2 * at + 1;
        if child + 1 < length && !compare(thread, heap, top, child, child + 1, length)? {
            child += 1;
        }
        swap(thread, heap, at, child)?;
        at = child;
    }
    rise(thread, heap, top, start, at)
}

fn push(thread: &Thread, heap: &List, item: &Object, top: Top) -> PyResult<()> {
    heap.append(thread, item.own())?;
    rise(thread, heap, top, 0, heap.len().saturating_sub(1))
}

fn pop(thread: &Thread, heap: &List, top: Top) -> PyResult<Obj> {
    let length = heap.len();
    if length == 0 {
        return Err(thread.index_error("index out of range"));
    }
    let removed = heap.splice(thread, length - 1, length, Vec::new())?;
    let Some(last) = removed.into_iter().next() else { return Err(changed(thread)) };
    if heap.len() == 0 {
        return Ok(last);
    }
    let first = heap.replace(0, last);
    sink(thread, heap, top, 0)?;
    Ok(first)
}

fn replace(thread: &Thread, heap: &List, item: &Object, top: Top) -> PyResult<Obj> {
    if heap.len() == 0 {
        return Err(thread.index_error("index out of range"));
    }
    let first = heap.replace(0, item.own());
    sink(thread, heap, top, 0)?;
    Ok(first)
}

fn push_pop(thread: &Thread, heap: &List, item: &Object, top: Top) -> PyResult<Obj> {
    let Some(first) = heap.get(0) else { return Ok(item.own()) };
    if !above(thread, top, &first, item)? {
        return Ok(item.own());
    }
    if heap.len() == 0 {
        return Err(thread.index_error("index out of range"));
    }
    replace(thread, heap, item, top)
}

/// From the last parent to the first.
fn order(thread: &Thread, heap: &List, top: Top) -> PyResult<()> {
    for at in (0..heap.len() >> 1).rev() {
        sink(thread, heap, top, at)?;
    }
    Ok(())
}

/// Push item onto heap, maintaining the heap invariant.
#[pyfunction(sig = "(heap, item, /)")]
pub fn heappush(thread: &Thread, heap: &List, item: &Object) -> PyResult<()> {
    push(thread, heap, item, Top::Least)
}

/// Pop the smallest item off the heap, maintaining the heap invariant.
#[pyfunction(sig = "(heap, /)")]
pub fn heappop(thread: &Thread, heap: &List) -> PyResult<Obj> {
    pop(thread, heap, Top::Least)
}

/// Pop and return the current smallest value, and add the new item.
///
/// This is more efficient than heappop() followed by heappush(), and can be
/// more appropriate when using a fixed-size heap.  Note that the value
/// returned may be larger than item!  That constrains reasonable uses of
/// this routine unless written as part of a conditional replacement:
///
///     if item > heap[0]:
///         item = heapreplace(heap, item)
#[pyfunction(sig = "(heap, item, /)")]
pub fn heapreplace(thread: &Thread, heap: &List, item: &Object) -> PyResult<Obj> {
    replace(thread, heap, item, Top::Least)
}

/// Push item on the heap, then pop and return the smallest item from the heap.
///
/// The combined action runs more efficiently than heappush() followed by
/// a separate call to heappop().
#[pyfunction(sig = "(heap, item, /)")]
pub fn heappushpop(thread: &Thread, heap: &List, item: &Object) -> PyResult<Obj> {
    push_pop(thread, heap, item, Top::Least)
}

/// Transform list into a heap, in-place, in O(len(heap)) time.
#[pyfunction(sig = "(heap, /)")]
pub fn heapify(thread: &Thread, heap: &List) -> PyResult<()> {
    order(thread, heap, Top::Least)
}

/// Push item onto max heap, maintaining the heap invariant.
#[pyfunction(sig = "(heap, item, /)")]
pub fn heappush_max(thread: &Thread, heap: &List, item: &Object) -> PyResult<()> {
    push(thread, heap, item, Top::Greatest)
}

/// Maxheap variant of heappop.
#[pyfunction(sig = "(heap, /)")]
pub fn heappop_max(thread: &Thread, heap: &List) -> PyResult<Obj> {
    pop(thread, heap, Top::Greatest)
}

/// Maxheap variant of heapreplace.
#[pyfunction(sig = "(heap, item, /)")]
pub fn heapreplace_max(thread: &Thread, heap: &List, item: &Object) -> PyResult<Obj> {
    replace(thread, heap, item, Top::Greatest)
}

/// Maxheap variant of heappushpop.
///
/// The combined action runs more efficiently than heappush_max() followed by
/// a separate call to heappop_max().
#[pyfunction(sig = "(heap, item, /)")]
pub fn heappushpop_max(thread: &Thread, heap: &List, item: &Object) -> PyResult<Obj> {
    push_pop(thread, heap, item, Top::Greatest)
}

/// Maxheap variant of heapify.
#[pyfunction(sig = "(heap, /)")]
pub fn heapify_max(thread: &Thread, heap: &List) -> PyResult<()> {
    order(thread, heap, Top::Greatest)
}
