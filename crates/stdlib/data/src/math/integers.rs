//! Functions of integers of any size: products are split in halves, so that large ones are multiplied
//! with large ones.

use pyrox_macros::pyfunction;
use pyrox_numeric::int::{BigInt, digits, gcd as magnitudes, mul};
use pyrox_objects::native::Rest;
use pyrox_objects::{Int, Object, Own, Owned, PyResult, Thread};

fn absolute(int: &Int) -> Owned<Int> {
    if int.is_negative() || !int.is_exact::<Int>() { Int::from_pair((false, int.digits())) } else { int.own_typed() }
}

/// Greatest common divisor.
#[pyfunction(sig = "(*integers)", text = "($module, /, *integers)")]
pub fn gcd(thread: &Thread, integers: Rest<'_>) -> PyResult<Owned<Int>> {
    let mut result = Int::from(0);
    for item in integers.iter() {
        let item = item.index(thread)?;
        result = match (result.is_compact(), item.is_compact()) {
            (true, true) => {
                let (a, b) = (result.compact_value().unsigned_abs(), item.compact_value().unsigned_abs());
                Int::from_u64(magnitudes::gcd_u64(a, b))
            }
            _ if result.is_compact() && result.compact_value() == 1 => result,
            _ => Int::from_pair((false, &magnitudes::gcd(result.digits(), item.digits()))),
        };
    }
    Ok(result)
}

/// Least common multiple.
#[pyfunction(sig = "(*integers)", text = "($module, /, *integers)")]
pub fn lcm(thread: &Thread, integers: Rest<'_>) -> PyResult<Owned<Int>> {
    let mut result: Option<Owned<Int>> = None;
    for item in integers.iter() {
        let item = item.index(thread)?;
        result = Some(match result {
            None => absolute(&item),
            Some(result) if result.is_zero() || item.is_zero() => Int::from(0),
            Some(result) => {
                let divisor = magnitudes::gcd(result.digits(), item.digits());
                let (quotient, _) =
                    pyrox_numeric::int::div::divrem(result.digits(), &divisor).map_err(|e| thread.value_error(e.message()))?;
                Int::from_pair((false, &mul::mul(&quotient, item.digits())))
            }
        });
    }
    Ok(result.unwrap_or_else(|| Int::from(1)))
}

/// Return the integer part of the square root of the nonnegative integer n.
#[pyfunction(sig = "(n, /)")]
pub fn isqrt(thread: &Thread, n: &Object) -> PyResult<Owned<Int>> {
    let n = n.index(thread)?;
    if n.is_negative() {
        return Err(thread.value_error("isqrt() argument must be nonnegative"));
    }
    if let Some(n) = n.to_u64() {
        return Ok(Int::from_u64(n.isqrt()));
    }
    Ok(Int::from_pair((false, &magnitudes::isqrt(n.digits()))))
}

/// The product of `from`, `from + step`, ... below `end`.
fn product(from: u64, end: u64, step: u64) -> Vec<u32> {
    let count = end.saturating_sub(from).div_ceil(step);
    if count <= 8 {
        let (mut out, mut small) = (vec![1u32], 1u128);
        for n in 0..count {
            let factor = (from + n * step) as u128;
            match small.checked_mul(factor) {
                Some(value) => small = value,
                None => {
                    out = mul::mul(&out, &digits::from_u128(small));
                    small = factor;
                }
            }
        }
        return mul::mul(&out, &digits::from_u128(small));
    }
    let middle = from + count / 2 * step;
    mul::mul(&product(from, middle, step), &product(middle, end, step))
}

/// n! as its odd part (products of odd numbers of each halving of n) and a power of two.
fn factorial_of(n: u64) -> Result<Vec<u32>, pyrox_numeric::int::IntError> {
    if n < 2 {
        return Ok(vec![1]);
    }
    let (mut inner, mut outer) = (vec![1u32], vec![1u32]);
    let mut upper = 3u64;
    for shift in (0..64 - n.leading_zeros()).rev() {
        let part = n >> shift;
        if part <= 2 {
            continue;
        }
        let lower = upper;
        upper = (part + 1) | 1;
        inner = mul::mul(&inner, &product(lower, upper, 2));
        outer = mul::mul(&outer, &inner);
    }
    digits::shl(&outer, n - n.count_ones() as u64)
}

/// Find n!.
#[pyfunction(sig = "(n, /)")]
pub fn factorial(thread: &Thread, n: &Object) -> PyResult<Owned<Int>> {
    let n = n.index(thread)?;
    factorial_of_int(thread, &n)
}

fn factorial_of_int(thread: &Thread, n: &Int) -> PyResult<Owned<Int>> {
    if n.is_negative() {
        return Err(thread.value_error("factorial() not defined for negative values"));
    }
    let Some(n) = n.to_i64() else {
        return Err(thread.overflow_error("factorial() argument should not exceed 9223372036854775807"));
    };
    if n <= 20 {
        return Ok(Int::from_u64((1..=n as u64).product()));
    }
    let value = factorial_of(n as u64).map_err(|_| thread.no_memory())?;
    Ok(Int::from_pair((false, &value)))
}

/// n * (n - 1) * ... * (n - k + 1) for n of any size.
fn falling(n: &BigInt, k: u64) -> BigInt {
    if let Some(n) = n.to_u64().filter(|&n| n < u64::MAX) {
        return BigInt::new(false, product(n - k + 1, n + 1, 1));
    }
    match k {
        0 => BigInt::from(1u64),
        1 => n.clone(),
        _ => {
            let half = k / 2;
            falling(n, half).mul(&falling(&n.sub(&BigInt::from(half)), k - half))
        }
    }
}

/// The binomial coefficient by C(n, k) = C(n, j) * C(n - j, k - j) / C(k, j) with j half of k.
fn binomial(n: &BigInt, k: u64) -> BigInt {
    if k == 0 {
        return BigInt::from(1u64);
    }
    if k == 1 {
        return n.clone();
    }
    if let Some(small) = n.to_u64() {
        // As long as the running product fits: each step divides without remainder.
        let mut value: u128 = 1;
        let fits = (0..k.min(200)).all(|i| match value.checked_mul((small - i) as u128) {
            Some(next) => {
                value = next / (i + 1) as u128;
                true
            }
            None => false,
        });
        if fits && k <= 200 {
            return BigInt::new(false, digits::from_u128(value));
        }
    }
    let half = k / 2;
    let left = binomial(n, half);
    let right = binomial(&n.sub(&BigInt::from(half)), k - half);
    let divisor = binomial(&BigInt::from(k), half);
    let whole = left.mul(&right);
    match whole.divrem(&divisor) {
        Ok((quotient, _)) => quotient,
        Err(_) => whole,
    }
}

/// Number of ways to choose k items from n items without repetition and with order.
///
/// k is n if it is None or not given.
#[pyfunction(sig = "(n, k=None, /)")]
pub fn perm(thread: &Thread, n: &Object, k: Option<&Object>) -> PyResult<Owned<Int>> {
    let Some(k) = k.filter(|k| !k.is_none()) else { return factorial_of_int(thread, &*n.index(thread)?) };
    let n = n.index(thread)?;
    let k = k.index(thread)?;
    if n.is_negative() {
        return Err(thread.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(thread.value_error("k must be a non-negative integer"));
    }
    if n.compare(&k).is_lt() {
        return Ok(Int::from(0));
    }
    let Some(count) = k.to_i64() else {
        return Err(thread.overflow_error("k must not exceed 9223372036854775807"));
    };
    if count == 0 {
        return Ok(Int::from(1));
    }
    Ok(Int::from_big(&falling(&n.to_big(), count as u64)))
}

/// Number of ways to choose k items from n items without repetition and without order.
#[pyfunction(sig = "(n, k, /)")]
pub fn comb(thread: &Thread, n: &Object, k: &Object) -> PyResult<Owned<Int>> {
    let n = n.index(thread)?;
    let k = k.index(thread)?;
    if n.is_negative() {
        return Err(thread.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(thread.value_error("k must be a non-negative integer"));
    }
    if n.compare(&k).is_lt() {
        return Ok(Int::from(0));
    }
    let (n, k) = (n.to_big(), k.to_big());
    let other = n.sub(&k);
    let least = if other < k { other } else { k };
    match least.to_i64() {
        Some(k) => Ok(Int::from_big(&binomial(&n, k as u64))),
        None => Err(thread.overflow_error("min(n - k, k) must not exceed 9223372036854775807")),
    }
}
