//! Python's format mini-language: reading a specification here, laying out values by it in [`layout`].
//!
//! Texts are slices of code points, because a fill character or a message may hold a lone surrogate.

pub mod layout;
mod text;

pub use layout::{LocaleInfo, format_complex, format_float, format_int, format_str};
pub use text::Text;

/// Why a value cannot be formatted: CPython's message under the exception it comes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// `ValueError`
    Value(String),
    /// `OverflowError`
    Overflow(String),
    /// `MemoryError`
    Memory,
}

impl FormatError {
    fn value(message: impl Into<String>) -> FormatError {
        FormatError::Value(message.into())
    }
}

/// How digits are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// Not at all.
    #[default]
    None,
    /// `,` every three digits.
    Comma,
    /// `_` every three digits.
    Underscore,
    /// `_` every four digits: binary, octal and hexadecimal.
    UnderscoreFour,
    /// As the current locale does (type `n`).
    Locale,
}

impl Grouping {
    fn character(self) -> char {
        if self == Grouping::Comma { ',' } else { '_' }
    }
}

/// A format specification, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// What fills up to the width, a code point.
    pub fill: u32,
    /// `<`, `>`, `=` or `^`.
    pub align: u8,
    /// `+`, `-`, a blank, or 0 for none.
    pub sign: u8,
    /// `z`: no sign on what rounds to zero.
    pub no_negative_zero: bool,
    /// `#`
    pub alternate: bool,
    /// The least width.
    pub width: Option<usize>,
    /// Grouping of the integer part.
    pub grouping: Grouping,
    /// Grouping of the fraction.
    pub fraction_grouping: Grouping,
    /// What follows the point.
    pub precision: Option<usize>,
    /// The presentation type, a code point; 0 if none was given and the type has no default.
    pub kind: u32,
}

/// What a type brings to reading a specification.
#[derive(Clone, Copy, Debug)]
pub struct SpecDefaults<'a> {
    /// The type's name, for messages.
    pub type_name: &'a str,
    /// The presentation type where none is given, or 0.
    pub kind: u32,
    /// The alignment where none is given.
    pub align: u8,
}

impl SpecDefaults<'static> {
    /// For `int` and `bool`.
    pub const INT: SpecDefaults<'static> = SpecDefaults { type_name: "int", kind: 'd' as u32, align: b'>' };
    /// For `float`.
    pub const FLOAT: SpecDefaults<'static> = SpecDefaults { type_name: "float", kind: 0, align: b'>' };
    /// For `complex`.
    pub const COMPLEX: SpecDefaults<'static> = SpecDefaults { type_name: "complex", kind: 0, align: b'>' };
    /// For `str`.
    pub const STR: SpecDefaults<'static> = SpecDefaults { type_name: "str", kind: 's' as u32, align: b'<' };
}

/// The code points of `text` for a message.
fn display(text: &[u32]) -> String {
    text.iter().map(|&c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The `ValueError` for a presentation type that the value's type does not know.
pub fn unknown_type(kind: u32, type_name: &str) -> FormatError {
    FormatError::value(match char::from_u32(kind) {
        Some(c) if c > ' ' && c < '\x7f' => format!("Unknown format code '{c}' for object of type '{type_name}'"),
        _ => format!("Unknown format code '\\x{kind:x}' for object of type '{type_name}'"),
    })
}

fn separator_with_type(grouping: Grouping, kind: u32) -> FormatError {
    let separator = grouping.character();
    FormatError::value(match char::from_u32(kind) {
        Some(c) if c > ' ' && c < '\x7f' => format!("Cannot specify '{separator}' with '{c}'."),
        _ => format!("Cannot specify '{separator}' with '\\x{kind:x}'."),
    })
}

struct Reader<'a> {
    rest: &'a [u32],
    decimal: &'a dyn Fn(u32) -> Option<u32>,
}

impl Reader<'_> {
    fn at(&self, c: char) -> bool {
        self.rest.first() == Some(&(c as u32))
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.at(c);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn integer(&mut self) -> Result<Option<usize>, FormatError> {
        let mut value = None;
        while let [first, tail @ ..] = self.rest
            && let Some(digit) = (self.decimal)(*first)
        {
            let next = (value.unwrap_or(0) as i64).checked_mul(10).and_then(|value| value.checked_add(digit as i64));
            value = Some(next.ok_or_else(|| FormatError::value("Too many decimal digits in format string"))? as usize);
            self.rest = tail;
        }
        Ok(value)
    }

    fn grouping(&mut self) -> Result<Grouping, FormatError> {
        let both = || Err(FormatError::value("Cannot specify both ',' and '_'."));
        let mut grouping = Grouping::None;
        if self.take(',') {
            grouping = Grouping::Comma;
        }
        if self.take('_') {
            if grouping == Grouping::Comma {
                return both();
            }
            grouping = Grouping::Underscore;
        }
        if grouping == Grouping::Underscore && self.at(',') {
            return both();
        }
        Ok(grouping)
    }
}

fn align_of(c: Option<&u32>) -> Option<u8> {
    match u8::try_from(*c?) {
        Ok(c @ (b'<' | b'>' | b'=' | b'^')) => Some(c),
        _ => None,
    }
}

/// The value of an ASCII digit.
pub fn ascii_decimal(c: u32) -> Option<u32> {
    char::from_u32(c)?.to_digit(10)
}

impl FormatSpec {
    /// Reads `text`. `decimal` gives a decimal digit's value in any script.
    pub fn parse(text: &[u32], defaults: SpecDefaults, decimal: &dyn Fn(u32) -> Option<u32>) -> Result<FormatSpec, FormatError> {
        let mut spec = FormatSpec {
            fill: ' ' as u32,
            align: defaults.align,
            sign: 0,
            no_negative_zero: false,
            alternate: false,
            width: None,
            grouping: Grouping::None,
            fraction_grouping: Grouping::None,
            precision: None,
            kind: defaults.kind,
        };
        let mut reader = Reader { rest: text, decimal };
        let mut fill_given = false;
        let mut align_given = true;
        if let Some(align) = align_of(text.get(1)) {
            spec.fill = text[0];
            spec.align = align;
            fill_given = true;
            reader.rest = &text[2..];
        } else if let Some(align) = align_of(text.first()) {
            spec.align = align;
            reader.rest = &text[1..];
        } else {
            align_given = false;
        }
        for sign in ['+', '-', ' '] {
            if spec.sign == 0 && reader.take(sign) {
                spec.sign = sign as u8;
            }
        }
        spec.no_negative_zero = reader.take('z');
        spec.alternate = reader.take('#');
        if !fill_given && reader.take('0') {
            spec.fill = '0' as u32;
            if !align_given && defaults.align == b'>' {
                spec.align = b'=';
            }
        }
        spec.width = reader.integer()?;
        spec.grouping = reader.grouping()?;
        if reader.take('.') {
            spec.precision = reader.integer()?;
            spec.fraction_grouping = reader.grouping()?;
            if spec.precision.is_none() && spec.fraction_grouping == Grouping::None {
                return Err(FormatError::value("Format specifier missing precision"));
            }
        }
        match *reader.rest {
            [] => {}
            [kind] => spec.kind = kind,
            _ => {
                return Err(FormatError::value(format!(
                    "Invalid format specifier '{}' for object of type '{}'",
                    display(text),
                    defaults.type_name
                )));
            }
        }
        let kind = char::from_u32(spec.kind);
        if spec.grouping != Grouping::None {
            match kind {
                Some('d' | 'e' | 'f' | 'g' | 'E' | 'F' | 'G' | '%' | '\0') => {}
                Some('b' | 'o' | 'x' | 'X') if spec.grouping == Grouping::Underscore => {
                    spec.grouping = Grouping::UnderscoreFour;
                }
                _ => return Err(separator_with_type(spec.grouping, spec.kind)),
            }
        }
        if spec.fraction_grouping != Grouping::None && kind == Some('n') {
            return Err(separator_with_type(spec.fraction_grouping, spec.kind));
        }
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str, defaults: SpecDefaults) -> String {
        let text: Vec<u32> = text.chars().map(u32::from).collect();
        match FormatSpec::parse(&text, defaults, &ascii_decimal) {
            Err(FormatError::Value(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn messages() {
        let int = SpecDefaults::INT;
        assert_eq!(error("99999999999999999999d", int), "Too many decimal digits in format string");
        assert_eq!(error(".d", int), "Format specifier missing precision");
        for both in ["._,d", ",_d", "_,d", ".,_f"] {
            assert_eq!(error(both, int), "Cannot specify both ',' and '_'.");
        }
        assert_eq!(error(",n", int), "Cannot specify ',' with 'n'.");
        assert_eq!(error(",x", int), "Cannot specify ',' with 'x'.");
        assert_eq!(error(",\u{e9}", int), "Cannot specify ',' with '\\xe9'.");
        assert_eq!(error(".,n", SpecDefaults::FLOAT), "Cannot specify ',' with 'n'.");
        assert_eq!(error(",", SpecDefaults::STR), "Cannot specify ',' with 's'.");
        assert_eq!(error("abc", SpecDefaults::FLOAT), "Invalid format specifier 'abc' for object of type 'float'");
    }
}
