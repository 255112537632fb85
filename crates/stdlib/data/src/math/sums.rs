//! Sums, products and distances: exact or nearly so, in numbers of two or three floats' length.

use pyrox_macros::pyfunction;
use pyrox_objects::native::Rest;
use pyrox_objects::protocol::number;
use pyrox_objects::{Bool, Float, Int, List, Obj, Object, PyResult, Thread, Tuple};

use crate::libm;

/// A number as a sum of two floats.
#[derive(Clone, Copy)]
struct Double {
    hi: f64,
    lo: f64,
}

/// a + b exactly; |a| >= |b|.
fn fast_sum(a: f64, b: f64) -> Double {
    let hi = a + b;
    Double { hi, lo: (a - hi) + b }
}

/// a + b exactly.
fn sum(a: f64, b: f64) -> Double {
    let hi = a + b;
    let z = hi - a;
    Double { hi, lo: (a - (hi - z)) + (b - z) }
}

/// x * y exactly.
fn multiply(x: f64, y: f64) -> Double {
    let hi = x * y;
    Double { hi, lo: x.mul_add(y, -hi) }
}

/// A number as a sum of three floats.
#[derive(Clone, Copy, Default)]
struct Triple {
    hi: f64,
    lo: f64,
    tiny: f64,
}

impl Triple {
    /// self + x * y
    fn add_product(self, x: f64, y: f64) -> Triple {
        let product = multiply(x, y);
        let upper = sum(self.hi, product.hi);
        let first = sum(self.lo, product.lo);
        let second = sum(first.hi, upper.lo);
        Triple { hi: upper.hi, lo: second.hi, tiny: self.tiny + first.lo + second.lo }
    }

    fn value(self) -> f64 {
        let last = sum(self.lo, self.hi);
        self.tiny + last.lo + last.hi
    }
}

/// The length of a vector of magnitudes, of which `max` is the largest.
fn norm(vector: &mut [f64], max: f64, found_nan: bool) -> f64 {
    if max.is_infinite() {
        return max;
    }
    if found_nan {
        return f64::NAN;
    }
    if max == 0.0 || vector.len() <= 1 {
        return max;
    }
    let (_, exponent) = libm::frexp(max);
    if exponent < -1023 {
        // The scale below would overflow: bring subnormals up first.
        vector.iter_mut().for_each(|x| *x /= f64::MIN_POSITIVE);
        return f64::MIN_POSITIVE * norm(vector, max / f64::MIN_POSITIVE, found_nan);
    }
    let scale = libm::ldexp(1.0, -exponent);
    let (mut whole, mut first, mut second) = (1.0, 0.0, 0.0);
    let mut add = |product: Double, whole: &mut f64| {
        let total = fast_sum(*whole, product.hi);
        *whole = total.hi;
        first += product.lo;
        second += total.lo;
        first + second
    };
    let mut fraction = 0.0;
    for &x in vector.iter() {
        let x = x * scale;
        fraction = add(multiply(x, x), &mut whole);
    }
    let root = (whole - 1.0 + fraction).sqrt();
    // One step of Newton's method on the rest.
    fraction = add(multiply(-root, root), &mut whole);
    let rest = whole - 1.0 + fraction;
    (root + rest / (2.0 * root)) / scale
}

fn norm_of(mut vector: Vec<f64>) -> f64 {
    let max = vector.iter().fold(0.0, |max, &x| if x > max { x } else { max });
    let found_nan = vector.iter().any(|x| x.is_nan());
    norm(&mut vector, max, found_nan)
}

/// Multidimensional Euclidean distance from the origin to a point.
///
/// Roughly sqrt(sum(x**2 for x in coordinates)).
#[pyfunction(sig = "(*coordinates)", text = "($module, /, *coordinates)")]
pub fn hypot(thread: &Thread, coordinates: Rest<'_>) -> PyResult<f64> {
    let mut vector = Vec::with_capacity(coordinates.len());
    for item in coordinates.iter() {
        vector.push(item.as_f64(thread)?.abs());
    }
    Ok(norm_of(vector))
}

/// Return the Euclidean distance between two points p and q, iterables of equally many coordinates.
#[pyfunction(sig = "(p, q, /)")]
pub fn dist(thread: &Thread, p: &Object, q: &Object) -> PyResult<f64> {
    let tuple = |object: &Object| match object.cast::<Tuple>() {
        Some(tuple) => Ok(tuple.own_tuple()),
        None => Tuple::from_iterable(thread, object),
    };
    let p = tuple(p)?;
    let q = tuple(q)?;
    if p.len() != q.len() {
        return Err(thread.value_error("both points must have the same number of dimensions"));
    }
    let mut vector = Vec::with_capacity(p.len());
    for (a, b) in p.items().iter().zip(q.items()) {
        let a = a.as_f64(thread)?;
        let b = b.as_f64(thread)?;
        vector.push((a - b).abs());
    }
    Ok(norm_of(vector))
}

/// Shewchuk's exact sum: partial sums that do not overlap, smallest first.
#[derive(Default)]
pub struct ExactSum {
    partials: Vec<f64>,
    special: f64,
    infinities: f64,
}

impl ExactSum {
    /// Add a number; false if finite numbers overflowed.
    pub fn add(&mut self, value: f64) -> bool {
        let mut x = value;
        let mut kept = 0;
        for at in 0..self.partials.len() {
            let mut y = self.partials[at];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let total = fast_sum(x, y);
            if total.lo != 0.0 {
                self.partials[kept] = total.lo;
                kept += 1;
            }
            x = total.hi;
        }
        self.partials.truncate(kept);
        if x != 0.0 {
            if !x.is_finite() {
                if value.is_finite() {
                    return false;
                }
                if value.is_infinite() {
                    self.infinities += value;
                }
                self.special += value;
                self.partials.clear();
            } else {
                self.partials.push(x);
            }
        }
        true
    }

    /// The sum, rounded once; `None` if infinities of both signs were added.
    pub fn value(mut self) -> Option<f64> {
        if self.special != 0.0 {
            return if self.infinities.is_nan() { None } else { Some(self.special) };
        }
        let Some(mut hi) = self.partials.pop() else { return Some(0.0) };
        let mut lo = 0.0;
        while let Some(y) = self.partials.pop() {
            let total = fast_sum(hi, y);
            hi = total.hi;
            lo = total.lo;
            if lo != 0.0 {
                break;
            }
        }
        // A half-way case is decided by the sign of what remains.
        if let Some(&next) = self.partials.last() {
            if (lo < 0.0 && next < 0.0) || (lo > 0.0 && next > 0.0) {
                let y = lo * 2.0;
                let x = hi + y;
                if y == x - hi {
                    hi = x;
                }
            }
        }
        Some(hi)
    }
}

/// Return an accurate floating-point sum of values in the iterable seq.
#[pyfunction(sig = "(seq, /)")]
pub fn fsum(thread: &Thread, seq: &Object) -> PyResult<f64> {
    let iterator = seq.iter(thread)?;
    let mut sum = ExactSum::default();
    while let Some(item) = iterator.next(thread)? {
        if !sum.add(item.as_f64(thread)?) {
            return Err(thread.overflow_error("intermediate overflow in fsum"));
        }
    }
    sum.value().ok_or_else(|| thread.value_error("-inf + inf in fsum"))
}

/// Walks an iterable, a list or tuple by index.
struct Items<'a> {
    source: &'a Object,
    iterator: Option<Obj>,
    at: usize,
}

impl<'a> Items<'a> {
    fn new(thread: &Thread, source: &'a Object) -> PyResult<Items<'a>> {
        let indexed = source.is_exact::<List>() || source.is_exact::<Tuple>();
        let iterator = if indexed { None } else { Some(source.iter(thread)?) };
        Ok(Items { source, iterator, at: 0 })
    }

    fn next(&mut self, thread: &Thread) -> PyResult<Option<Obj>> {
        if let Some(iterator) = &self.iterator {
            return iterator.next(thread);
        }
        let at = self.at;
        self.at += 1;
        if let Some(list) = self.source.exact::<List>() {
            return Ok(list.get(at));
        }
        Ok(self.source.exact::<Tuple>().and_then(|tuple| tuple.items().get(at).map(|item| item.own())))
    }
}

/// An operand of the float path: a float, or an int beside a float.
fn float_pair(p: &Object, q: &Object) -> Option<(f64, f64)> {
    let whole = |object: &Object| {
        let int = object.exact::<Int>().or_else(|| if object.is_exact::<Bool>() { object.cast::<Int>() } else { None })?;
        pyrox_numeric::int::floats::to_f64(int.digits()).map(|v| if int.is_negative() { -v } else { v })
    };
    match (p.exact::<Float>(), q.exact::<Float>()) {
        (Some(p), Some(q)) => Some((p.value(), q.value())),
        (Some(p), None) => Some((p.value(), whole(q)?)),
        (None, Some(q)) => Some((whole(p)?, q.value())),
        (None, None) => None,
    }
}

/// Return the sum of products of values from two iterables p and q.
#[pyfunction(sig = "(p, q, /)")]
pub fn sumprod(thread: &Thread, p: &Object, q: &Object) -> PyResult<Obj> {
    let mut total: Obj = Int::from(0).upcast();
    let (mut p_items, mut q_items) = (Items::new(thread, p)?, Items::new(thread, q)?);
    // Machine ints first, then floats of triple length, then whatever the objects do.
    let (mut int_path, mut int_total, mut int_used) = (true, 0i64, false);
    let (mut float_path, mut float_total, mut float_used) = (true, Triple::default(), false);
    loop {
        let pair = match (p_items.next(thread)?, q_items.next(thread)?) {
            (Some(p), Some(q)) => Some((p, q)),
            (None, None) => None,
            _ => return Err(thread.value_error("Inputs are not the same length")),
        };
        if int_path {
            let value = pair.as_ref().and_then(|(p, q)| {
                let (p, q) = (p.exact::<Int>()?.to_i64()?, q.exact::<Int>()?.to_i64()?);
                int_total.checked_add(p.checked_mul(q)?)
            });
            if let Some(value) = value {
                int_total = value;
                int_used = true;
                continue;
            }
            int_path = false;
            if int_used {
                total = number::binary(thread, &number::ADD, &total, &Int::from(int_total))?;
            }
        }
        if float_path {
            let value = pair.as_ref().and_then(|(p, q)| {
                let (p, q) = float_pair(p, q)?;
                Some(float_total.add_product(p, q)).filter(|total| total.hi.is_finite())
            });
            if let Some(value) = value {
                float_total = value;
                float_used = true;
                continue;
            }
            float_path = false;
            if float_used {
                total = number::binary(thread, &number::ADD, &total, &Float::new(float_total.value()))?;
            }
        }
        let Some((p, q)) = pair else { return Ok(total) };
        let product = number::binary(thread, &number::MULTIPLY, &p, &q)?;
        total = number::binary(thread, &number::ADD, &total, &product)?;
    }
}

/// Calculate the product of all the elements in the input iterable, beginning with start.
#[pyfunction(sig = "(iterable, /, *, start=1)")]
pub fn prod(thread: &Thread, iterable: &Object, start: Option<&Object>) -> PyResult<Obj> {
    let iterator = iterable.iter(thread)?;
    let mut result: Obj = start.map_or_else(|| Int::from(1).upcast(), Object::own);
    let mut item = iterator.next(thread)?;
    if let Some(mut value) = result.exact::<Int>().and_then(|r| r.to_i64()) {
        while let Some(next) = item.as_ref().and_then(|i| i.exact::<Int>()?.to_i64()).and_then(|i| value.checked_mul(i)) {
            value = next;
            item = iterator.next(thread)?;
        }
        result = Int::from(value).upcast();
        // A float takes over from the ints here.
        if let Some(next) = item.clone() {
            result = number::binary(thread, &number::MULTIPLY, &result, &next)?;
            item = iterator.next(thread)?;
        }
    }
    if let Some(mut value) = result.exact::<Float>().map(Float::value) {
        loop {
            let factor = item.as_ref().and_then(|i| match i.exact::<Float>() {
                Some(float) => Some(float.value()),
                None => i.exact::<Int>()?.to_i64().map(|i| i as f64),
            });
            let Some(factor) = factor else { break };
            value *= factor;
            item = iterator.next(thread)?;
        }
        result = Float::new(value).upcast();
    }
    while let Some(factor) = item {
        result = number::binary(thread, &number::MULTIPLY, &result, &factor)?;
        item = iterator.next(thread)?;
    }
    Ok(result)
}
