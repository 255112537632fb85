//! `round(value, ndigits)`, half to even on the float's exact decimal value.

use super::format::significant;

/// The value rounded to `digits` decimals, which may be negative; `None` if the result is too large for a float
/// (`OverflowError: rounded value too large to represent`). `value` may be anything.
pub fn round(value: f64, digits: i64) -> Option<f64> {
    if !value.is_finite() || value == 0.0 || digits > 323 {
        return Some(value);
    }
    if digits < -308 {
        return Some(0.0f64.copysign(value));
    }
    let magnitude = value.abs();
    let rounded = if digits >= 0 {
        let decimals = digits as usize;
        format!("{magnitude:.decimals$}").parse::<f64>().ok()?
    } else {
        // Forty digits tell on which side of a power of ten the value is.
        let point = significant(magnitude, 40).1 as i64;
        match point + digits {
            ..0 => 0.0,
            0 => {
                let (text, _) = significant(magnitude, 400);
                let above = text.as_bytes() > "5".as_bytes() && text.trim_end_matches('0') != "5";
                if above { format!("1e{}", -digits).parse::<f64>().ok()? } else { 0.0 }
            }
            count => {
                let (text, point) = significant(magnitude, count as usize);
                format!("0.{text}e{point}").parse::<f64>().ok()?
            }
        }
    };
    rounded.is_finite().then_some(rounded.copysign(value))
}

/// The nearest integral value, half to even.
pub fn round_to_integral(value: f64) -> f64 {
    value.round_ties_even()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        for (value, digits, expected) in [
            (2.675, 2, 2.67),
            (0.125, 2, 0.12),
            (1234.5678, -2, 1200.0),
            (1250.0, -2, 1200.0),
            (1350.0, -2, 1400.0),
            (50.0, -2, 0.0),
            (51.0, -2, 100.0),
            (150.0, -2, 200.0),
            (49.0, -2, 0.0),
            (5e-324, 323, 0.0),
            (1e300, -308, 0.0),
            (1.5e308, -400, 0.0),
            (1e23, -22, 1e23),
            (1e23, -23, 1e23),
            (-25.0, -1, -20.0),
        ] {
            assert_eq!(round(value, digits), Some(expected), "round({value}, {digits})");
        }
        assert_eq!(round(1.7976931348623157e308, -308), None);
        assert_eq!(round(-0.4, 0).unwrap().to_bits(), (-0.0f64).to_bits());
    }
}
