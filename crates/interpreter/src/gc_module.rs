//! The module `gc`, over the collector in `objects`.

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::gc;
use pyrox_objects::native::Rest;
use pyrox_objects::{Dict, Int, List, Module, Obj, Object, Owned, PyResult, Thread, Tuple};

pymodule!(
    name = "gc",
    doc = "This module provides access to the garbage collector for reference cycles.",
    functions = [
        enable,
        disable,
        isenabled,
        collect,
        get_count,
        get_stats,
        set_debug,
        get_debug,
        set_threshold,
        get_threshold,
        get_objects,
        get_referrers,
        get_referents,
        is_tracked,
        is_finalized,
        freeze,
        unfreeze,
        get_freeze_count,
    ],
    exec = exec
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    let (garbage, callbacks) = (List::new(thread)?, List::new(thread)?);
    module.add(thread, "garbage", &garbage)?;
    module.add(thread, "callbacks", &callbacks)?;
    gc::with_state(|state| {
        state.garbage.replace(Some(garbage));
        state.callbacks.replace(Some(callbacks));
    });
    for (name, flag) in
        [("DEBUG_STATS", 1), ("DEBUG_COLLECTABLE", 2), ("DEBUG_UNCOLLECTABLE", 4), ("DEBUG_SAVEALL", 32), ("DEBUG_LEAK", 38)]
    {
        module.add_int(thread, name, flag)?;
    }
    Ok(())
}

/// Enable automatic garbage collection.
#[pyfunction]
fn enable() {
    gc::with_state(|state| state.enabled.set(true));
}

/// Disable automatic garbage collection.
#[pyfunction]
fn disable() {
    gc::with_state(|state| state.enabled.set(false));
}

/// Returns true if automatic garbage collection is enabled.
#[pyfunction]
fn isenabled() -> bool {
    gc::with_state(|state| state.enabled.get())
}

/// Run the garbage collector.
///
/// With no arguments, run a full collection.  The optional argument may be an integer specifying which
/// generation to collect.  A ValueError is raised if the generation number is invalid.
///
/// The number of unreachable objects is returned.
#[pyfunction(sig = "(generation=2)")]
fn collect(thread: &Thread, generation: i32) -> PyResult<usize> {
    match usize::try_from(generation).ok().filter(|&g| g < 3) {
        Some(generation) => Ok(gc::collect(thread, generation)),
        None => Err(thread.value_error("invalid generation")),
    }
}

fn ints(thread: &Thread, values: [usize; 3]) -> PyResult<Owned<Tuple>> {
    Tuple::from_vec(thread, values.iter().map(|&n| Int::from(n as i64).upcast()).collect())
}

/// Return a three-tuple of the current collection counts.
#[pyfunction]
fn get_count(thread: &Thread) -> PyResult<Owned<Tuple>> {
    ints(thread, gc::with_state(|state| [0, 1, 2].map(|g| state.counts[g].get())))
}

/// Return a list of dictionaries containing per-generation statistics.
#[pyfunction]
fn get_stats(thread: &Thread) -> PyResult<Owned<List>> {
    let mut rows = Vec::new();
    for (collections, collected, uncollectable) in gc::with_state(|state| [0, 1, 2].map(|g| state.stats[g].get())) {
        let row = Dict::new(thread)?;
        for (name, value) in [("collections", collections), ("collected", collected), ("uncollectable", uncollectable)] {
            row.set_text(thread, name, &Int::from(value as i64))?;
        }
        rows.push(row.upcast());
    }
    List::from_vec(thread, rows)
}

/// Set the garbage collection debugging flags.
///
///   flags
///     An integer that can have the following bits turned on: DEBUG_STATS, DEBUG_COLLECTABLE,
///     DEBUG_UNCOLLECTABLE, DEBUG_SAVEALL, DEBUG_LEAK.
///
/// Debugging information is written to sys.stderr.
#[pyfunction(sig = "(flags, /)")]
fn set_debug(flags: i32) {
    gc::with_state(|state| state.debug.set(flags as i64));
}

/// Get the garbage collection debugging flags.
#[pyfunction]
fn get_debug() -> i64 {
    gc::with_state(|state| state.debug.get())
}

/// set_threshold(threshold0, [threshold1, [threshold2]])
/// Set the collection thresholds (the collection frequency).
///
/// Setting 'threshold0' to zero disables collection.
#[pyfunction(sig = "(threshold0, threshold1=-1, threshold2=-1, /)", text = "")]
fn set_threshold(threshold0: i32, threshold1: i32, threshold2: i32) {
    gc::with_state(|state| {
        for (place, value) in state.thresholds.iter().zip([threshold0.max(0), threshold1, threshold2]) {
            if let Ok(value) = usize::try_from(value) {
                place.set(value);
            }
        }
    });
}

/// Return the current collection thresholds.
#[pyfunction]
fn get_threshold(thread: &Thread) -> PyResult<Owned<Tuple>> {
    ints(thread, gc::with_state(|state| [0, 1, 2].map(|g| state.thresholds[g].get())))
}

/// Return a list of objects tracked by the collector (excluding the list returned).
///
///   generation
///     Generation to extract the objects from.
///
/// If generation is not None, return only the objects tracked by the collector that are in that
/// generation.
#[pyfunction(sig = "(generation=None)")]
fn get_objects(thread: &Thread, generation: Option<&Object>) -> PyResult<Owned<List>> {
    let generation = match generation.filter(|g| !g.is_none()) {
        None => None,
        Some(generation) => match generation.as_isize(thread)? {
            3.. => return Err(thread.value_error("generation parameter must be less than the number of available generations (3)")),
            ..0 => return Err(thread.value_error("generation parameter cannot be negative")),
            number => Some(number as usize),
        },
    };
    List::from_vec(thread, gc::objects(generation))
}

/// Return the list of objects that directly refer to any of 'objs'.
#[pyfunction(sig = "(*objs)")]
fn get_referrers(thread: &Thread, objs: Rest<'_>) -> PyResult<Owned<List>> {
    let wanted: Vec<&Object> = objs.iter().collect();
    let found =
        gc::objects(None).into_iter().filter(|object| gc::referents(object).iter().any(|referent| wanted.iter().any(|w| w.is(referent))));
    let found: Vec<Obj> = found.collect();
    List::from_vec(thread, found)
}

/// Return the list of objects that are directly referred to by 'objs'.
#[pyfunction(sig = "(*objs)")]
fn get_referents(thread: &Thread, objs: Rest<'_>) -> PyResult<Owned<List>> {
    List::from_vec(thread, objs.iter().flat_map(gc::referents).collect())
}

/// Returns true if the object is tracked by the garbage collector.
///
/// Simple atomic objects will return false.
#[pyfunction(sig = "(obj, /)")]
fn is_tracked(obj: &Object) -> bool {
    gc::knows(obj)
}

/// Returns true if the object has been already finalized by the GC.
#[pyfunction(sig = "(obj, /)")]
fn is_finalized(obj: &Object) -> bool {
    gc::is_finalized(obj)
}

/// Freeze all current tracked objects and ignore them for future collections.
///
/// This can be used before a POSIX fork() call to make the gc copy-on-write friendly.
#[pyfunction]
fn freeze() {
    gc::freeze();
}

/// Unfreeze all objects in the permanent generation.
///
/// Put all objects in the permanent generation back into oldest generation.
#[pyfunction]
fn unfreeze() {
    gc::unfreeze();
}

/// Return the number of objects in the permanent generation.
#[pyfunction]
fn get_freeze_count() -> usize {
    gc::frozen_count()
}
