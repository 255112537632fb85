//! Floats as text in the conversions `e`, `f`, `g` and `r`, at any precision, exactly.

use super::repr::ShortestDigits;
use std::fmt::Write;

/// No float has more significant digits than 767, or more decimals than 1074; what a conversion asks for beyond is zeros.
const MOST_DIGITS: usize = 1100;

/// How to write a float besides conversion and precision.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flags {
    /// `+` before what is not negative.
    pub always_sign: bool,
    /// `.0` after what would look like an int (`Py_DTSF_ADD_DOT_0`).
    pub add_dot_zero: bool,
    /// Keep the point and `g`'s trailing zeros (`#`).
    pub alternate: bool,
    /// Drop the sign of what rounds to zero (`z`).
    pub no_negative_zero: bool,
}

/// The text of `value`, as CPython's `PyOS_double_to_string` makes it. `conversion` is one of `e E f F g G r`;
/// `r` (the shortest text that reads back) ignores the precision.
pub fn double_to_string(value: f64, conversion: char, precision: usize, flags: Flags) -> String {
    let upper = conversion.is_ascii_uppercase();
    let mut out = String::new();
    let sign = |out: &mut String, negative: bool| {
        if negative {
            out.push('-');
        } else if flags.always_sign {
            out.push('+');
        }
    };
    if !value.is_finite() {
        sign(&mut out, value == f64::NEG_INFINITY);
        out.push_str(match (value.is_nan(), upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        });
        return out;
    }
    let conversion = conversion.to_ascii_lowercase();
    let precision = if conversion == 'g' { precision.max(1) } else { precision };
    if conversion == 'f' {
        let text = fixed(value.abs(), precision);
        let zero = flags.no_negative_zero && text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        sign(&mut out, value.is_sign_negative() && !zero);
        out.push_str(&text);
        if precision == 0 {
            if flags.add_dot_zero {
                out.push_str(".0");
            } else if flags.alternate {
                out.push('.');
            }
        }
        return out;
    }
    let shortest;
    let exact;
    let (digits, point) = match conversion {
        'r' => {
            shortest = ShortestDigits::new(value);
            (shortest.as_str(), shortest.point)
        }
        _ => {
            let wanted = if conversion == 'e' { precision.saturating_add(1) } else { precision };
            exact = significant(value.abs(), wanted);
            (exact.0.as_str(), exact.1)
        }
    };
    // Trailing zeros come back below, as far as they are wanted.
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    let zero = flags.no_negative_zero && digits == "0";
    sign(&mut out, value.is_sign_negative() && !zero);
    let (exponential, wanted) = match conversion {
        'e' => (true, precision.saturating_add(1) as i64),
        'g' => {
            let most = precision as i64 - flags.add_dot_zero as i64;
            (point <= -4 || point as i64 > most, if flags.alternate { precision as i64 } else { 0 })
        }
        _ => (point <= -4 || point > 16, 0),
    };
    if exponential {
        let wanted = usize::try_from(wanted).unwrap_or(0).max(digits.len());
        out.push_str(&digits[..1]);
        if wanted > 1 || flags.alternate {
            out.push('.');
        }
        out.push_str(&digits[1..]);
        push_zeros(&mut out, wanted - digits.len());
        let exponent = point - 1;
        out.push(if upper { 'E' } else { 'e' });
        out.push(if exponent < 0 { '-' } else { '+' });
        let _ = write!(out, "{:02}", exponent.unsigned_abs());
        return out;
    }
    // Here the point is between -3 and the precision, or 16.
    let mut end = wanted.max(point as i64);
    if flags.add_dot_zero {
        end = end.max(point as i64 + 1);
    }
    let end = usize::try_from(end).unwrap_or(0).max(digits.len());
    let whole = usize::try_from(point).unwrap_or(0);
    if whole == 0 {
        out.push('0');
    } else {
        out.push_str(&digits[..whole.min(digits.len())]);
        push_zeros(&mut out, whole.saturating_sub(digits.len()));
    }
    if end > whole || flags.alternate {
        out.push('.');
    }
    push_zeros(&mut out, usize::try_from(-point).unwrap_or(0));
    out.push_str(digits.get(whole..).unwrap_or(""));
    push_zeros(&mut out, end - whole.max(digits.len()));
    out
}

fn push_zeros(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n('0', count));
}

/// `value`, not negative, with that many decimals.
fn fixed(value: f64, precision: usize) -> String {
    let shown = precision.min(MOST_DIGITS);
    let mut text = format!("{value:.shown$}");
    push_zeros(&mut text, precision - shown);
    text
}

/// `value`, not negative, rounded to that many significant digits, and where the point is.
pub(super) fn significant(value: f64, count: usize) -> (String, i32) {
    let after = count.saturating_sub(1).min(MOST_DIGITS);
    let text = format!("{value:.after$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
    (digits, exponent.parse::<i32>().unwrap_or(0) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(value: f64, conversion: char, precision: usize) -> String {
        double_to_string(value, conversion, precision, Flags::default())
    }

    fn alternate(value: f64, conversion: char, precision: usize) -> String {
        double_to_string(value, conversion, precision, Flags { alternate: true, ..Default::default() })
    }

    #[test]
    fn ties_go_to_even() {
        for (value, text) in [(0.5, "0"), (1.5, "2"), (2.5, "2"), (3.5, "4"), (-0.5, "-0")] {
            assert_eq!(plain(value, 'f', 0), text);
        }
        assert_eq!(plain(0.125, 'f', 2), "0.12");
        assert_eq!(plain(0.375, 'f', 2), "0.38");
        assert_eq!(plain(1.25, 'e', 1), "1.2e+00");
        assert_eq!(plain(2.5, 'e', 0), "2e+00");
        assert_eq!(plain(3.5, 'e', 0), "4e+00");
        assert_eq!(plain(25.0, 'g', 1), "2e+01");
        assert_eq!(plain(0.5, 'g', 1), "0.5");
        assert_eq!(plain(9.5, 'e', 0), "1e+01");
        assert_eq!(plain(0.05, 'f', 1), "0.1");
    }

    #[test]
    fn general() {
        for (value, precision, text) in [
            (100000.0, 6, "100000"),
            (1000000.0, 6, "1e+06"),
            (0.0001, 6, "0.0001"),
            (0.00001234, 6, "1.234e-05"),
            (123456789.0, 3, "1.23e+08"),
            (0.0, 6, "0"),
            (1.0, 0, "1"),
        ] {
            assert_eq!(plain(value, 'g', precision), text);
        }
        assert_eq!(alternate(1.0, 'g', 6), "1.00000");
        assert_eq!(alternate(0.0, 'g', 6), "0.00000");
        assert_eq!(alternate(1e10, 'g', 3), "1.00e+10");
        assert_eq!(alternate(0.00123, 'g', 5), "0.0012300");
        assert_eq!(alternate(5.0, 'f', 0), "5.");
        assert_eq!(alternate(5.0, 'e', 0), "5.e+00");
        assert_eq!(alternate(100.0, 'g', 3), "100.");
        assert_eq!(plain(1e5, 'G', 2), "1E+05");
        assert_eq!(plain(f64::INFINITY, 'F', 2), "INF");
    }

    #[test]
    fn great_precision() {
        assert_eq!(plain(0.1, 'f', 60), "0.100000000000000005551115123125782702118158340454101562500000");
        assert_eq!(plain(1.0, 'f', 70000).len(), 70002);
        assert_eq!(plain(1.0, 'e', 70000).len(), 70006);
        assert!(plain(5e-324, 'e', 750).ends_with("625e-324"));
        assert_eq!(plain(1e22, 'f', 0), "10000000000000000000000");
    }
}
