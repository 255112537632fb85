//! Laying out numbers and strings by a [`FormatSpec`].

use super::{FormatError, FormatSpec, Grouping, Text, unknown_type};
use crate::float::format::{Flags, double_to_string};
use crate::int::text::{limit_message_format, to_decimal_limited, to_text};

/// The numeric conventions of the current locale, for the presentation type `n`.
#[derive(Clone, Debug)]
pub struct LocaleInfo {
    /// `localeconv()["decimal_point"]`
    pub decimal_point: String,
    /// `localeconv()["thousands_sep"]`
    pub thousands_separator: String,
    /// C's grouping: sizes of groups from the right, the last repeated; 127 ends the grouping.
    pub grouping: Vec<u8>,
}

impl LocaleInfo {
    /// The locale `C`, and what is used where no locale applies.
    pub fn c() -> LocaleInfo {
        LocaleInfo { decimal_point: ".".to_owned(), thousands_separator: String::new(), grouping: Vec::new() }
    }
}

/// A separator and the sizes of the groups, from the point outwards.
struct Groups<'a> {
    separator: &'a str,
    sizes: &'a [u8],
}

const NO_GROUPS: Groups<'static> = Groups { separator: "", sizes: &[] };

fn groups(grouping: Grouping, locale: &LocaleInfo) -> Groups<'_> {
    match grouping {
        Grouping::None => NO_GROUPS,
        Grouping::Comma => Groups { separator: ",", sizes: &[3] },
        Grouping::Underscore => Groups { separator: "_", sizes: &[3] },
        Grouping::UnderscoreFour => Groups { separator: "_", sizes: &[4] },
        Grouping::Locale => Groups { separator: &locale.thousands_separator, sizes: &locale.grouping },
    }
}

impl Groups<'_> {
    /// The sizes of the groups that make up at least `width` characters (separators included) and hold `digits` digits;
    /// from the point outwards.
    fn split(&self, digits: usize, width: usize) -> Vec<usize> {
        let mut out = Vec::new();
        let separator = self.separator.chars().count();
        let (mut digits, mut width) = (digits, width);
        let mut index = 0;
        loop {
            let left = digits.max(width).max(1);
            let size = match self.sizes.get(index) {
                Some(&(1..)) => {
                    index += 1;
                    self.sizes[index - 1]
                }
                // At the end, or at C's terminating zero, the last size is repeated.
                _ => index.checked_sub(1).map_or(127, |last| self.sizes[last]),
            };
            let size = if size >= 127 { left } else { (size as usize).min(left) };
            out.push(size);
            digits = digits.saturating_sub(size);
            width = width.saturating_sub(size);
            if digits == 0 && width == 0 {
                return out;
            }
            width = width.saturating_sub(separator);
        }
    }

    fn count_separators(&self, groups: &[usize]) -> usize {
        self.separator.chars().count() * groups.len().saturating_sub(1)
    }
}

/// A number's text, taken apart.
#[derive(Default)]
struct Parts<'a> {
    negative: bool,
    prefix: &'a str,
    /// The integer part.
    whole: &'a str,
    point: bool,
    /// Decimals.
    fraction: &'a str,
    /// Exponent, percent sign, `nan`.
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn of_float(text: &'a str) -> Parts<'a> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, text) = text.split_at(digits(text));
        let (point, text) = match text.strip_prefix('.') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let (fraction, rest) = text.split_at(if point { digits(text) } else { 0 });
        Parts { negative, prefix: "", whole, point, fraction, rest }
    }
}

fn write_number(out: &mut Text, parts: &Parts, spec: &FormatSpec, grouping: Grouping, locale: &LocaleInfo) -> Result<(), FormatError> {
    let sign = match (parts.negative, spec.sign) {
        (true, _) => "-",
        (false, b'+') => "+",
        (false, b' ') => " ",
        _ => "",
    };
    let point = if parts.point { locale.decimal_point.as_str() } else { "" };
    let fraction_style = groups(spec.fraction_grouping, locale);
    let fraction_groups = if parts.fraction.is_empty() { Vec::new() } else { fraction_style.split(parts.fraction.len(), 0) };
    let fraction = parts.fraction.len() + fraction_style.count_separators(&fraction_groups);
    let others = sign.len() + parts.prefix.len() + point.chars().count() + fraction + parts.rest.len();
    let width = spec.width.unwrap_or(0);
    // Zeros between sign and digits take part in the grouping.
    let zero_padded = spec.fill == '0' as u32 && spec.align == b'=';
    let whole_style = groups(grouping, locale);
    let least = if zero_padded { width.saturating_sub(others) } else { 0 };
    if least > 1 << 20 {
        Text::with_capacity(least)?;
    }
    // Only type `c` and `nan` have no digits at all, and then zeros are plain fill.
    let whole_groups = if parts.whole.is_empty() { Vec::new() } else { whole_style.split(parts.whole.len(), least) };
    let whole = whole_groups.iter().sum::<usize>() + whole_style.count_separators(&whole_groups);
    let padding = width.saturating_sub(others + whole);
    let (left, inner, right) = match spec.align {
        b'<' => (0, 0, padding),
        b'^' => (padding / 2, 0, padding - padding / 2),
        b'=' => (0, padding, 0),
        _ => (padding, 0, 0),
    };
    out.push_repeated(spec.fill, left);
    out.push_str(sign);
    out.push_str(parts.prefix);
    out.push_repeated(spec.fill, inner);
    let mut zeros = whole_groups.iter().sum::<usize>() - parts.whole.len();
    let mut digits = parts.whole;
    for (index, &size) in whole_groups.iter().rev().enumerate() {
        if index > 0 {
            out.push_str(whole_style.separator);
        }
        let filled = zeros.min(size);
        zeros -= filled;
        out.push_repeated('0' as u32, filled);
        let (group, rest) = digits.split_at(size - filled);
        out.push_str(group);
        digits = rest;
    }
    out.push_str(point);
    let mut digits = parts.fraction;
    for (index, &size) in fraction_groups.iter().enumerate() {
        if index > 0 {
            out.push_str(fraction_style.separator);
        }
        let (group, rest) = digits.split_at(size);
        out.push_str(group);
        digits = rest;
    }
    out.push_str(parts.rest);
    out.push_repeated(spec.fill, right);
    Ok(())
}

/// `format(value, spec)` for a str of those code points.
pub fn format_str(spec: &FormatSpec, value: &[u32]) -> Result<Text, FormatError> {
    if spec.kind != 's' as u32 {
        return Err(unknown_type(spec.kind, "str"));
    }
    let refuse = |message: &str| Err(FormatError::value(message));
    match spec.sign {
        0 => {}
        b' ' => return refuse("Space not allowed in string format specifier"),
        _ => return refuse("Sign not allowed in string format specifier"),
    }
    if spec.no_negative_zero {
        return refuse("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return refuse("Alternate form (#) not allowed in string format specifier");
    }
    if spec.align == b'=' {
        return refuse("'=' alignment not allowed in string format specifier");
    }
    let value = &value[..spec.precision.unwrap_or(value.len()).min(value.len())];
    let padding = spec.width.unwrap_or(0).saturating_sub(value.len());
    let left = match spec.align {
        b'>' => padding,
        b'^' => padding / 2,
        _ => 0,
    };
    let mut out = Text::with_capacity(value.len() + padding)?;
    out.push_repeated(spec.fill, left);
    out.push_code_points(value);
    out.push_repeated(spec.fill, padding - left);
    Ok(out)
}

/// `format(value, spec)` for an int, given as (is negative, magnitude). `to_float` is asked for the types that floats
/// have; `limit` is the most decimal digits (0: any number).
pub fn format_int<E: From<FormatError>>(
    spec: &FormatSpec,
    (negative, digits): (bool, &[u32]),
    limit: usize,
    locale: &LocaleInfo,
    to_float: impl FnOnce() -> Result<f64, E>,
) -> Result<Text, E> {
    let refuse = |message: &str| Err(FormatError::value(message).into());
    let kind = char::from_u32(spec.kind).unwrap_or('\0');
    match kind {
        'b' | 'c' | 'd' | 'o' | 'x' | 'X' | 'n' => {}
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => return Ok(format_float_as(spec, to_float()?, locale, "int")?),
        _ => return Err(unknown_type(spec.kind, "int").into()),
    }
    if spec.precision.is_some() {
        return refuse("Precision not allowed in integer format specifier");
    }
    if spec.no_negative_zero {
        return refuse("Negative zero coercion (z) not allowed in integer format specifier");
    }
    if kind == 'c' {
        if spec.sign != 0 {
            return refuse("Sign not allowed with integer format specifier 'c'");
        }
        if spec.alternate {
            return refuse("Alternate form (#) not allowed with integer format specifier 'c'");
        }
        let value = crate::int::digits::to_u64(digits).filter(|&value| value < 0x110000 && !negative);
        let Some(value) = value else {
            return Err(FormatError::Overflow("%c arg not in range(0x110000)".to_owned()).into());
        };
        return Ok(pad_character(spec, value as u32)?);
    }
    let text = match kind {
        'b' => to_text(digits, 2),
        'o' => to_text(digits, 8),
        'x' => to_text(digits, 16),
        'X' => to_text(digits, 16).to_ascii_uppercase(),
        _ => to_decimal_limited(digits, limit).ok_or_else(|| FormatError::value(limit_message_format(limit)))?,
    };
    let prefix = match kind {
        _ if !spec.alternate => "",
        'b' => "0b",
        'o' => "0o",
        'x' => "0x",
        'X' => "0X",
        _ => "",
    };
    let grouping = if kind == 'n' { Grouping::Locale } else { spec.grouping };
    let mut out = Text::with_capacity(spec.width.unwrap_or(0).max(text.len() + 4))?;
    write_number(&mut out, &Parts { negative, prefix, whole: &text, ..Default::default() }, spec, grouping, locale)?;
    Ok(out)
}

fn pad_character(spec: &FormatSpec, c: u32) -> Result<Text, FormatError> {
    let padding = spec.width.unwrap_or(0).saturating_sub(1);
    let left = match spec.align {
        b'<' => 0,
        b'^' => padding / 2,
        _ => padding,
    };
    let mut out = Text::with_capacity(padding + 1)?;
    out.push_repeated(spec.fill, left);
    out.push_repeated(c, 1);
    out.push_repeated(spec.fill, padding - left);
    Ok(out)
}

/// `format(value, spec)` for a float.
pub fn format_float(spec: &FormatSpec, value: f64, locale: &LocaleInfo) -> Result<Text, FormatError> {
    format_float_as(spec, value, locale, "float")
}

fn checked_precision(spec: &FormatSpec) -> Result<Option<usize>, FormatError> {
    match spec.precision {
        Some(precision) if precision > i32::MAX as usize => Err(FormatError::value("precision too big")),
        precision => Ok(precision),
    }
}

fn format_float_as(spec: &FormatSpec, value: f64, locale: &LocaleInfo, type_name: &str) -> Result<Text, FormatError> {
    let kind = char::from_u32(spec.kind).unwrap_or(' ');
    if !matches!(kind, '\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') {
        return Err(unknown_type(spec.kind, type_name));
    }
    let precision = checked_precision(spec)?;
    let (conversion, default_precision) = match kind {
        '\0' if precision.is_none() => ('r', 0),
        '\0' | 'n' => ('g', 6),
        '%' => ('f', 6),
        kind => (kind, 6),
    };
    let precision = precision.unwrap_or(default_precision);
    let flags =
        Flags { always_sign: false, add_dot_zero: kind == '\0', alternate: spec.alternate, no_negative_zero: spec.no_negative_zero };
    let value = if kind == '%' { value * 100.0 } else { value };
    let mut text = double_to_string(value, conversion, precision, flags);
    if kind == '%' {
        text.push('%');
    }
    let c_locale;
    let (locale, grouping) = if kind == 'n' {
        (locale, Grouping::Locale)
    } else {
        c_locale = LocaleInfo::c();
        (&c_locale, spec.grouping)
    };
    let mut out = Text::with_capacity(spec.width.unwrap_or(0).max(text.len() + 4))?;
    write_number(&mut out, &Parts::of_float(&text), spec, grouping, locale)?;
    Ok(out)
}

/// `format(complex(real, imaginary), spec)`.
pub fn format_complex(spec: &FormatSpec, real: f64, imaginary: f64, locale: &LocaleInfo) -> Result<Text, FormatError> {
    let kind = char::from_u32(spec.kind).unwrap_or(' ');
    if !matches!(kind, '\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n') {
        return Err(unknown_type(spec.kind, "complex"));
    }
    let precision = checked_precision(spec)?;
    if spec.fill == '0' as u32 {
        return Err(FormatError::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == b'=' {
        return Err(FormatError::value("'=' alignment flag is not allowed in complex format specifier"));
    }
    let skip_real = kind == '\0' && real == 0.0 && real.is_sign_positive();
    let brackets = kind == '\0' && !skip_real;
    let (conversion, default_precision) = match kind {
        '\0' if precision.is_none() => ('r', 0),
        '\0' | 'n' => ('g', 6),
        kind => (kind, 6),
    };
    let precision = precision.unwrap_or(default_precision);
    let flags = Flags { alternate: spec.alternate, no_negative_zero: spec.no_negative_zero, ..Default::default() };
    let c_locale;
    let (locale, grouping) = if kind == 'n' {
        (locale, Grouping::Locale)
    } else {
        c_locale = LocaleInfo::c();
        (&c_locale, spec.grouping)
    };
    let mut inner = FormatSpec { fill: ' ' as u32, align: b'<', width: None, ..spec.clone() };
    let mut body = Text::with_capacity(32)?;
    if brackets {
        body.push_str("(");
    }
    if !skip_real {
        let text = double_to_string(real, conversion, precision, flags);
        write_number(&mut body, &Parts::of_float(&text), &inner, grouping, locale)?;
        inner.sign = b'+';
    }
    let text = double_to_string(imaginary, conversion, precision, flags);
    write_number(&mut body, &Parts::of_float(&text), &inner, grouping, locale)?;
    body.push_str(if brackets { "j)" } else { "j" });
    let body = body.into_code_points();
    let padding = spec.width.unwrap_or(0).saturating_sub(body.len());
    let left = match spec.align {
        b'<' => 0,
        b'^' => padding / 2,
        _ => padding,
    };
    let mut out = Text::with_capacity(body.len() + padding)?;
    out.push_repeated(spec.fill, left);
    out.push_code_points(&body);
    out.push_repeated(spec.fill, padding - left);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::{SpecDefaults, ascii_decimal};
    use super::*;
    use crate::int::BigInt;

    fn spec(text: &str, defaults: SpecDefaults) -> FormatSpec {
        let text: Vec<u32> = text.chars().map(u32::from).collect();
        FormatSpec::parse(&text, defaults, &ascii_decimal).unwrap()
    }

    fn show(result: Result<Text, FormatError>) -> String {
        match result {
            Ok(text) => text.into_code_points().into_iter().map(|c| char::from_u32(c).unwrap()).collect(),
            Err(FormatError::Value(message) | FormatError::Overflow(message)) => message,
            Err(FormatError::Memory) => "memory".to_owned(),
        }
    }

    fn int(value: i128, text: &str) -> String {
        let value = BigInt::from(value);
        let spec = spec(text, SpecDefaults::INT);
        show(format_int(&spec, value.as_pair(), 4300, &LocaleInfo::c(), || Ok(value.to_f64().unwrap())))
    }

    fn float(value: f64, text: &str) -> String {
        show(format_float(&spec(text, SpecDefaults::FLOAT), value, &LocaleInfo::c()))
    }

    fn complex(real: f64, imaginary: f64, text: &str) -> String {
        show(format_complex(&spec(text, SpecDefaults::COMPLEX), real, imaginary, &LocaleInfo::c()))
    }

    fn string(value: &str, text: &str) -> String {
        let value: Vec<u32> = value.chars().map(u32::from).collect();
        show(format_str(&spec(text, SpecDefaults::STR), &value))
    }

    #[test]
    fn ints() {
        for (value, text, expected) in [
            (5, "", "5"),
            (7, "=+5", "+   7"),
            (7, "^+#8x", "  +0x7  "),
            (7, "05,", "0,007"),
            (1234, "06,", "01,234"),
            (1234, "07,", "001,234"),
            (1234, "08,", "0,001,234"),
            (-1234, "010_x", "-0000_04d2"),
            (255, "_b", "1111_1111"),
            (1 << 70, ">30,", " 1,180,591,620,717,411,303,424"),
            (65, "<5c", "A    "),
            (65, "=5c", "    A"),
            (65, "05c", "0000A"),
            (10_000_000_000, ".3e", "1.000e+10"),
            (255, "#X", "0XFF"),
            (5, ",.,d", "Precision"),
            (5, "z.3d", "Precision not allowed in integer format specifier"),
            (5, "zd", "Negative zero coercion (z) not allowed in integer format specifier"),
            (5, "s", "Unknown format code 's' for object of type 'int'"),
            (5, "\u{1}", "Unknown format code '\\x1' for object of type 'int'"),
            (-1, "c", "%c arg not in range(0x110000)"),
            (5, "\u{2603}^5", "\u{2603}\u{2603}5\u{2603}\u{2603}"),
        ] {
            let expected = if text == ",.,d" { "5" } else { expected };
            assert_eq!(int(value, text), expected, "format({value}, {text:?})");
        }
    }

    #[test]
    fn floats() {
        for (value, text, expected) in [
            (1234567.1234567, "_.7,f", "1_234_567.123,456,7"),
            (1234567.1234567, "020_.7_f", "01_234_567.123_456_7"),
            (1.5, ".,f", "1.500,000"),
            (1234.123456789012, ".,", "1234.123,456,789,012"),
            (1.123456789012, ".6_g", "1.123_46"),
            (3.0, ".,", "3.0"),
            (1.5, ".,e", "1.500,000e+00"),
            (0.0, "_>+#08,.2%", "__+0.00%"),
            (-1e-9, "z.3f", "0.000"),
            (1e22, "030,.3f", "10,000,000,000,000,000,000,000.000"),
            (f64::NAN, "010", "0000000nan"),
            (f64::INFINITY, "+010,f", "+000000inf"),
            (1.5, "08.3,f", "0001.500"),
            (123456.0, ".3", "1.23e+05"),
            (12.0, ".2", "1.2e+01"),
            (100.0, ".3", "1e+02"),
            (5.0, ".0", "5e+00"),
            (1.5, "n", "1.5"),
            (1.0, ".,s", "Unknown format code 's' for object of type 'float'"),
            (1.0, ".2147483648f", "precision too big"),
        ] {
            assert_eq!(float(value, text), expected, "format({value}, {text:?})");
        }
        let german = LocaleInfo { decimal_point: ",".to_owned(), thousands_separator: ".".to_owned(), grouping: vec![3, 3] };
        let spec = spec("012n", SpecDefaults::FLOAT);
        assert_eq!(show(format_float(&spec, 12345.5, &german)), "00.012.345,5");
    }

    #[test]
    fn complexes() {
        assert_eq!(complex(1.0, 2.0, ">20.3f"), "        1.000+2.000j");
        assert_eq!(complex(1.0, 2.0, ".7_f"), "1.000_000_0+2.000_000_0j");
        assert_eq!(complex(12345.678, 2222.0, ","), "(12,345.678+2,222j)");
        assert_eq!(complex(-0.0, 1.0, ""), "(-0+1j)");
        assert_eq!(complex(f64::NAN, f64::INFINITY, "+.2e"), "+nan+infj");
        assert_eq!(complex(0.0, 1.0, "010"), "Zero padding is not allowed in complex format specifier");
        assert_eq!(complex(0.0, 1.0, "=10"), "'=' alignment flag is not allowed in complex format specifier");
        assert_eq!(complex(0.0, 1.0, "%"), "Unknown format code '%' for object of type 'complex'");
    }

    #[test]
    fn strings() {
        assert_eq!(string("abc", "*^7.2"), "**ab***");
        assert_eq!(string("abc", "05"), "abc00");
        assert_eq!(string("a", ".,s"), "a");
        assert_eq!(string("a", "+"), "Sign not allowed in string format specifier");
        assert_eq!(string("a", " "), "Space not allowed in string format specifier");
        assert_eq!(string("a", "=5"), "'=' alignment not allowed in string format specifier");
        assert_eq!(string("a", "d"), "Unknown format code 'd' for object of type 'str'");
    }
}
