//! `combinations`, `combinations_with_replacement`, `permutations`, `product`.
//!
//! Each keeps a row of indices into its pool and steps it to the next one in lexicographic order. The
//! result tuple is refilled when nobody else has kept it.

use std::cell::{Cell, RefCell};

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::{Head, Obj, ObjCell, Object, Owned, PyResult, Thread, Tuple, Type, reusable_tuple};

/// The state that all of them share.
struct Row {
    /// The index of each place's item in its pool.
    indices: RefCell<Vec<usize>>,
    result: ObjCell,
    started: Cell<bool>,
    stopped: Cell<bool>,
}

impl Row {
    fn new(thread: &Thread, indices: Vec<usize>, stopped: bool) -> PyResult<Row> {
        let result = if stopped { ObjCell::empty() } else { reusable_tuple::blank(thread, indices.len())? };
        Ok(Row { indices: RefCell::new(indices), result, started: Cell::new(false), stopped: Cell::new(stopped) })
    }

    /// Step with `step`, which changes the row from some place on and gives that place, or `None` at the
    /// end; then the items, looked up by `item`. No Python code runs in either.
    fn advance(
        &self,
        thread: &Thread,
        step: impl FnOnce(&mut [usize]) -> Option<usize>,
        item: impl Fn(usize, usize) -> Obj,
    ) -> PyResult<Option<Obj>> {
        if self.stopped.get() {
            return Ok(None);
        }
        let mut first = 0;
        if self.started.replace(true) {
            match step(&mut self.indices.borrow_mut()) {
                Some(changed) => first = changed,
                None => {
                    self.stopped.set(true);
                    return Ok(None);
                }
            }
        }
        if let Some(result) = reusable_tuple::take_unique(&self.result) {
            let count = self.indices.borrow().len();
            for at in first..count {
                let Some(index) = self.indices.borrow().get(at).copied() else { break };
                // SAFETY: the tuple is as long as the row.
                unsafe { reusable_tuple::put(&result, at, item(at, index)) };
            }
            return Ok(Some(reusable_tuple::finish(result)));
        }
        let items: Vec<Obj> = self.indices.borrow().iter().enumerate().map(|(at, &index)| item(at, index)).collect();
        let made = Tuple::from_vec(thread, items)?.upcast();
        self.result.set(Some(made.clone()));
        Ok(Some(made))
    }

    fn size(&self) -> usize {
        self.indices.borrow().capacity() * size_of::<usize>()
    }
}

impl pyrox_objects::native::Traverse for Row {
    unsafe fn traverse(&self, visit: abi::visitproc, data: *mut std::ffi::c_void) -> std::ffi::c_int {
        // SAFETY: by contract.
        unsafe { self.result.traverse(visit, data) }
    }

    fn clear(&self) {
        self.result.take();
    }
}

/// The item of a pool.
fn pick(pool: &Tuple, index: usize) -> Obj {
    pool.items().get(index).map_or_else(pyrox_objects::none, |item| item.own())
}

fn pool_of(cell: &ObjCell) -> Option<Owned<Tuple>> {
    cell.get().and_then(|pool| pool.downcast().ok())
}

fn length(thread: &Thread, r: isize) -> PyResult<usize> {
    usize::try_from(r).map_err(|_| thread.value_error("r must be non-negative"))
}

/// A row of `r` places, if memory has room for it.
fn row_of(thread: &Thread, values: impl ExactSizeIterator<Item = usize>) -> PyResult<Vec<usize>> {
    let mut row = Vec::new();
    row.try_reserve_exact(values.len()).map_err(|_| thread.no_memory())?;
    row.extend(values);
    Ok(row)
}

/// `combinations(iterable, r)`
#[repr(C)]
pub struct Combinations {
    head: Head,
    pool: ObjCell,
    row: Row,
}

/// Return successive r-length combinations of elements in the iterable.
///
/// combinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)
#[pyclass(name = "combinations", module = "itertools", traverse = [pool, row], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Combinations {
    #[new(sig = "(iterable, r)")]
    fn create(cls: &Type, thread: &Thread, iterable: &Object, r: isize) -> PyResult<Obj> {
        let pool = Tuple::from_iterable(thread, iterable)?;
        let r = length(thread, r)?;
        let row = if r > pool.len() { Row::new(thread, Vec::new(), true)? } else { Row::new(thread, row_of(thread, 0..r)?, false)? };
        Ok(cls.instantiate(thread, Combinations { head: Head::unset(), pool: ObjCell::new(Some(pool.upcast())), row })?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(pool) = pool_of(&self.pool) else { return Ok(None) };
        let n = pool.len();
        let step = |row: &mut [usize]| {
            let r = row.len();
            let at = (0..r).rev().find(|&at| row[at] != at + n - r)?;
            row[at] += 1;
            for next in at + 1..r {
                row[next] = row[next - 1] + 1;
            }
            Some(at)
        };
        self.row.advance(thread, step, |_, index| pick(&pool, index))
    }
    /// Returns size in memory, in bytes.
    #[method]
    fn __sizeof__(&self) -> usize {
        size_of::<Combinations>() + self.row.size()
    }
}

/// `combinations_with_replacement(iterable, r)`
#[repr(C)]
pub struct CombinationsWithReplacement {
    head: Head,
    pool: ObjCell,
    row: Row,
}

/// Return successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.
///
/// combinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')
#[pyclass(name = "combinations_with_replacement", module = "itertools", traverse = [pool, row], dealloc = drop,
    flags = abi::Py_TPFLAGS_BASETYPE)]
impl CombinationsWithReplacement {
    #[new(sig = "(iterable, r)")]
    fn create(cls: &Type, thread: &Thread, iterable: &Object, r: isize) -> PyResult<Obj> {
        let pool = Tuple::from_iterable(thread, iterable)?;
        let r = length(thread, r)?;
        let stopped = pool.len() == 0 && r > 0;
        let row = Row::new(thread, if stopped { Vec::new() } else { row_of(thread, (0..r).map(|_| 0))? }, stopped)?;
        let made = CombinationsWithReplacement { head: Head::unset(), pool: ObjCell::new(Some(pool.upcast())), row };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(pool) = pool_of(&self.pool) else { return Ok(None) };
        let n = pool.len();
        let step = |row: &mut [usize]| {
            let at = (0..row.len()).rev().find(|&at| row[at] + 1 != n)?;
            let index = row[at] + 1;
            row[at..].fill(index);
            Some(at)
        };
        self.row.advance(thread, step, |_, index| pick(&pool, index))
    }
    /// Returns size in memory, in bytes.
    #[method]
    fn __sizeof__(&self) -> usize {
        size_of::<CombinationsWithReplacement>() + self.row.size()
    }
}

/// `permutations(iterable, r)`
#[repr(C)]
pub struct Permutations {
    head: Head,
    pool: ObjCell,
    /// A permutation of all indices, of which the row is the beginning.
    order: RefCell<Vec<usize>>,
    /// How many steps each place has before it starts anew.
    cycles: RefCell<Vec<usize>>,
    row: Row,
}

/// Return successive r-length permutations of elements in the iterable.
///
/// permutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)
#[pyclass(name = "permutations", module = "itertools", traverse = [pool, row], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Permutations {
    #[new(sig = "(iterable, r=None)")]
    fn create(cls: &Type, thread: &Thread, iterable: &Object, r: Option<&Object>) -> PyResult<Obj> {
        let pool = Tuple::from_iterable(thread, iterable)?;
        let n = pool.len();
        let r = match r.filter(|r| !r.is_none()) {
            None => n,
            Some(r) if r.is_int() => length(thread, r.as_isize(thread)?)?,
            Some(_) => return Err(thread.type_error("Expected int as r")),
        };
        let stopped = r > n;
        let r = if stopped { 0 } else { r };
        let made = Permutations {
            head: Head::unset(),
            pool: ObjCell::new(Some(pool.upcast())),
            order: RefCell::new(row_of(thread, 0..n)?),
            cycles: RefCell::new(row_of(thread, (0..r).map(|at| n - at))?),
            row: Row::new(thread, row_of(thread, 0..r)?, stopped)?,
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(pool) = pool_of(&self.pool) else { return Ok(None) };
        let n = pool.len();
        let step = |row: &mut [usize]| {
            let (mut order, mut cycles) = (self.order.borrow_mut(), self.cycles.borrow_mut());
            for at in (0..row.len()).rev() {
                cycles[at] -= 1;
                if cycles[at] > 0 {
                    let other = n - cycles[at];
                    order.swap(at, other);
                    let end = row.len();
                    row[at..].copy_from_slice(&order[at..end]);
                    return Some(at);
                }
                // This place has had them all: its item goes to the end.
                order[at..].rotate_left(1);
                cycles[at] = n - at;
            }
            None
        };
        self.row.advance(thread, step, |_, index| pick(&pool, index))
    }
    /// Returns size in memory, in bytes.
    #[method]
    fn __sizeof__(&self) -> usize {
        let rows = self.order.borrow().capacity() + self.cycles.borrow().capacity();
        size_of::<Permutations>() + self.row.size() + rows * size_of::<usize>()
    }
}

/// `product(*iterables, repeat)`
#[repr(C)]
pub struct Product {
    head: Head,
    /// A tuple of the iterables' tuples, once each.
    pools: ObjCell,
    row: Row,
}

/// Cartesian product of input iterables.  Equivalent to nested for-loops.
///
/// For example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).
/// The leftmost iterators are in the outermost for-loop, so the output tuples
/// cycle in a manner similar to an odometer (with the rightmost element changing
/// on every iteration).
///
/// To compute the product of an iterable with itself, specify the number
/// of repetitions with the optional repeat keyword argument. For example,
/// product(A, repeat=4) means the same as product(A, A, A, A).
///
/// product('ab', range(3)) --> ('a',0) ('a',1) ('a',2) ('b',0) ('b',1) ('b',2)
/// product((0,1), (0,1), (0,1)) --> (0,0,0) (0,0,1) (0,1,0) (0,1,1) (1,0,0) ...
#[pyclass(name = "product", module = "itertools", traverse = [pools, row], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Product {
    #[new(sig = "(*iterables, **kwargs)", text = "(*iterables, repeat=1)")]
    fn create(cls: &Type, thread: &Thread, iterables: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Obj> {
        let mut repeat = 1;
        for (name, value) in kwargs.iter() {
            if !name.equals_str("repeat") {
                return Err(thread.type_error(&format!("product() got an unexpected keyword argument '{}'", name.to_string_lossy())));
            }
            repeat = value.as_isize(thread)?;
            if repeat < 0 {
                return Err(thread.value_error("repeat argument cannot be negative"));
            }
        }
        let mut pools = Vec::new();
        if repeat > 0 {
            for iterable in iterables.iter() {
                pools.push(Tuple::from_iterable(thread, iterable)?);
            }
        }
        let Some(places) = pools.len().checked_mul(repeat as usize).filter(|&n| n <= isize::MAX as usize / 8) else {
            return Err(thread.overflow_error("repeat argument too large"));
        };
        let stopped = pools.iter().any(|pool| pool.len() == 0);
        let row = Row::new(thread, if stopped { Vec::new() } else { row_of(thread, (0..places).map(|_| 0))? }, stopped)?;
        let pools = Tuple::from_vec(thread, pools.into_iter().map(Owned::upcast).collect())?;
        Ok(cls.instantiate(thread, Product { head: Head::unset(), pools: ObjCell::new(Some(pools.upcast())), row })?.upcast())
    }
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(pools) = pool_of(&self.pools) else { return Ok(None) };
        let pool = |at: usize| {
            let pool = pools.items().get(at % pools.len().max(1)).and_then(|pool| pool.exact::<Tuple>());
            pool.map(Tuple::items).unwrap_or_default()
        };
        let step = |row: &mut [usize]| {
            for at in (0..row.len()).rev() {
                row[at] += 1;
                if row[at] < pool(at).len() {
                    return Some(at);
                }
                row[at] = 0;
            }
            None
        };
        self.row.advance(thread, step, |at, index| pool(at).get(index).map_or_else(pyrox_objects::none, |item| item.own()))
    }
    /// Returns size in memory, in bytes.
    #[method]
    fn __sizeof__(&self) -> usize {
        size_of::<Product>() + self.row.size()
    }
}
