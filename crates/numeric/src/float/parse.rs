//! Reading floats and complex numbers.
//!
//! Rust's `str::parse::<f64>` is correctly rounded; the grammar around it is Python's.

/// Reads the longest float at the start of `text`: an optional sign, then a decimal number with optional exponent, `inf`,
/// `infinity` or `nan` in any case. Returns the value and how many bytes it takes; `None` if there is none.
/// A number too large reads as infinity.
pub fn parse_prefix(text: &[u8]) -> Option<(f64, usize)> {
    let mut position = 0;
    let mut negative = false;
    if let Some(sign @ (b'+' | b'-')) = text.first() {
        negative = *sign == b'-';
        position = 1;
    }
    let start = position;
    let starts_with = |word: &str| text.get(start..start + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()));
    for (word, value) in [("infinity", f64::INFINITY), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
        if starts_with(word) {
            return Some((if negative { -value } else { value }, start + word.len()));
        }
    }
    let digits_from = |position: usize| text[position..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits_from(position);
    position += whole;
    let mut fraction = 0;
    if text.get(position) == Some(&b'.') {
        fraction = digits_from(position + 1);
        if whole + fraction > 0 {
            position += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return None;
    }
    let mut end = position;
    if let Some(b'e' | b'E') = text.get(position) {
        position += 1;
        if let Some(b'+' | b'-') = text.get(position) {
            position += 1;
        }
        let exponent = digits_from(position);
        if exponent > 0 {
            end = position + exponent;
        }
    }
    let value: f64 = std::str::from_utf8(&text[start..end]).ok()?.parse().ok()?;
    Some((if negative { -value } else { value }, end))
}

/// Takes out underscores, each of which must stand between two digits; `None` if one does not.
pub fn without_underscores(text: &[u8]) -> Option<std::borrow::Cow<'_, [u8]>> {
    if !text.contains(&b'_') {
        return Some(text.into());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut previous = 0u8;
    for &byte in text {
        if byte == b'_' {
            if !previous.is_ascii_digit() {
                return None;
            }
        } else {
            if previous == b'_' && !byte.is_ascii_digit() {
                return None;
            }
            out.push(byte);
        }
        previous = byte;
    }
    (previous != b'_').then_some(out.into())
}

/// Reads the whole of `text` as `float()` does once blanks around it are gone: ASCII, underscores between digits.
pub fn parse(text: &[u8]) -> Option<f64> {
    let text = without_underscores(text)?;
    let (value, length) = parse_prefix(&text)?;
    (length == text.len()).then_some(value)
}

/// Reads the whole of `text` as `complex()` does; blanks and one pair of parentheses around it are allowed.
pub fn parse_complex(text: &[u8]) -> Option<(f64, f64)> {
    let text = without_underscores(text)?;
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let skip = |rest: &'_ mut &[u8]| {
        while rest.first().is_some_and(is_space) {
            *rest = &rest[1..];
        }
    };
    let mut rest: &[u8] = &text;
    skip(&mut rest);
    let bracket = rest.first() == Some(&b'(');
    if bracket {
        rest = &rest[1..];
        skip(&mut rest);
    }
    let (mut real, mut imaginary) = (0.0, 0.0);
    let is_unit = |rest: &[u8]| matches!(rest.first(), Some(b'j' | b'J'));
    let sign = |rest: &[u8]| match rest.first() {
        Some(b'+') => Some(1.0),
        Some(b'-') => Some(-1.0),
        _ => None,
    };
    if let Some((value, length)) = parse_prefix(rest) {
        rest = &rest[length..];
        if let Some(unit) = sign(rest) {
            real = value;
            if let Some((value, length)) = parse_prefix(rest) {
                imaginary = value;
                rest = &rest[length..];
            } else {
                imaginary = unit;
                rest = &rest[1..];
            }
            if !is_unit(rest) {
                return None;
            }
            rest = &rest[1..];
        } else if is_unit(rest) {
            imaginary = value;
            rest = &rest[1..];
        } else {
            real = value;
        }
    } else {
        imaginary = 1.0;
        if let Some(unit) = sign(rest) {
            imaginary = unit;
            rest = &rest[1..];
        }
        if !is_unit(rest) {
            return None;
        }
        rest = &rest[1..];
    }
    skip(&mut rest);
    if bracket {
        if rest.first() != Some(&b')') {
            return None;
        }
        rest = &rest[1..];
        skip(&mut rest);
    }
    rest.is_empty().then_some((real, imaginary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar() {
        for (text, value) in [
            ("1", 1.0),
            ("-1.5e3", -1500.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1_0.0_1e1_0", 10.01e10),
            ("inf", f64::INFINITY),
            ("-InFiniTy", f64::NEG_INFINITY),
            ("1e400", f64::INFINITY),
            ("1e-400", 0.0),
            ("2.2250738585072011e-308", 2.225_073_858_507_201e-308),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(value), "{text}");
        }
        assert!(parse(b"+nan").is_some_and(f64::is_nan));
        for bad in ["", ".", "e5", "1e", "1__0", "_1", "1_", "1_.0", "1._0", "1e_1", "0x1p3", "1 ", "infinit", "+-1", "1e5.0"] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(parse_prefix(b"1e+x"), Some((1.0, 1)));
        assert_eq!(parse_prefix(b"12.5,"), Some((12.5, 4)));
    }

    #[test]
    fn complex() {
        for (text, value) in [
            ("1+2j", (1.0, 2.0)),
            (" ( -1.5-J ) ", (-1.5, -1.0)),
            ("j", (0.0, 1.0)),
            ("-3j", (0.0, -3.0)),
            ("1e2", (100.0, 0.0)),
            ("1_0+1_0j", (10.0, 10.0)),
            ("-inf+infj", (f64::NEG_INFINITY, f64::INFINITY)),
        ] {
            assert_eq!(parse_complex(text.as_bytes()), Some(value), "{text}");
        }
        for bad in ["", "1+", "1 + 2j", "(1", "1)", "1+2", "jj", "1j+2"] {
            assert_eq!(parse_complex(bad.as_bytes()), None, "{bad}");
        }
    }
}
