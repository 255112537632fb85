//! Formatting with `%`, for strings and for bytes.

use pyrox_numeric::float::format::{Flags, double_to_string};
use pyrox_numeric::int::text::to_text;

use super::{Chars, Str};
use crate::object::{Obj, Object, Own, Owned, PyType};
use crate::text_writer::TextWriter;
use crate::{Int, PyResult, Thread, Tuple};

/// What is being formatted, and where the result goes.
pub trait Target {
    /// For the message about arguments that were left over.
    const KIND: &'static str;
    fn push_chars(&mut self, chars: Chars<'_>);
    fn push_run(&mut self, c: u8, count: usize) -> Result<(), ()>;
    /// A key between parentheses.
    fn key(thread: &Thread, key: Chars<'_>) -> PyResult<Obj>;
    /// `args` is a mapping that keys are looked up in.
    fn is_mapping(args: &Object) -> bool;
    /// `%s`, `%r`, `%a`, `%b`: the text of a value; `None` if the kind has no such conversion.
    fn text(thread: &Thread, conversion: u32, value: &Object) -> PyResult<Option<Converted>>;
    /// `%c`.
    fn character(thread: &Thread, value: &Object) -> PyResult<Converted>;
    /// The message when a float was wanted.
    fn float(thread: &Thread, value: &Object) -> PyResult<f64>;
}

/// The text of a conversion.
pub enum Converted {
    Text(Owned<Str>),
    Bytes(Vec<u8>),
    Char(u32),
}

/// Objects with items that are found by key: subscriptable, and not a tuple.
pub(crate) fn has_subscript(object: &Object) -> bool {
    // SAFETY: the tables of a type live while it does.
    unsafe { object.ty().raw().tp_as_mapping.get().as_ref().is_some_and(|t| t.mp_subscript.is_some()) }
}

fn is_number(object: &Object) -> bool {
    // SAFETY: the tables of a type live while it does.
    let table = unsafe { object.ty().raw().tp_as_number.get().as_ref() };
    table.is_some_and(|t| t.nb_index.is_some() || t.nb_int.is_some() || t.nb_float.is_some())
}

impl Target for TextWriter {
    const KIND: &'static str = "string";
    fn push_chars(&mut self, chars: Chars<'_>) {
        TextWriter::push_chars(self, chars);
    }
    fn push_run(&mut self, c: u8, count: usize) -> Result<(), ()> {
        let mut run = Vec::new();
        run.try_reserve_exact(count).map_err(drop)?;
        run.resize(count, c);
        TextWriter::push_chars(self, Chars::Ascii(&run));
        Ok(())
    }
    fn key(thread: &Thread, key: Chars<'_>) -> PyResult<Obj> {
        Ok(Str::from_chars(thread, key)?.upcast())
    }
    fn is_mapping(args: &Object) -> bool {
        has_subscript(args) && !args.is_instance::<Tuple>() && !args.is_instance::<Str>()
    }
    fn text(thread: &Thread, conversion: u32, value: &Object) -> PyResult<Option<Converted>> {
        Ok(Some(Converted::Text(match char::from_u32(conversion) {
            Some('s') => value.str(thread)?,
            Some('r') => value.repr(thread)?,
            Some('a') => value.ascii(thread)?,
            _ => return Ok(None),
        })))
    }
    fn character(thread: &Thread, value: &Object) -> PyResult<Converted> {
        if let Some(text) = value.cast::<Str>() {
            if text.len() == 1 {
                return Ok(Converted::Char(text.at(0)));
            }
            return Err(thread.type_error(&format!("%c requires an int or a unicode character, not a string of length {}", text.len())));
        }
        if !value.has_index() {
            return Err(thread.type_error(&format!("%c requires an int or a unicode character, not {}", value.ty().full_name())));
        }
        match value.index(thread)?.to_i64() {
            Some(c @ 0..0x110000) => Ok(Converted::Char(c as u32)),
            _ => Err(thread.overflow_error("%c arg not in range(0x110000)")),
        }
    }
    fn float(thread: &Thread, value: &Object) -> PyResult<f64> {
        value.as_f64(thread)
    }
}

/// A conversion's description.
#[derive(Default)]
struct Spec {
    left: bool,
    sign: bool,
    blank: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

struct Values<'a> {
    args: &'a Object,
    /// The items, if the arguments are a tuple.
    items: Option<&'a Tuple>,
    next: usize,
    mapping: bool,
    /// The value that a key named.
    keyed: Option<Obj>,
}

impl Values<'_> {
    fn take(&mut self, thread: &Thread) -> PyResult<Obj> {
        if let Some(value) = self.keyed.take() {
            return Ok(value);
        }
        let at = self.next;
        self.next += 1;
        match self.items {
            Some(items) if at < items.len() => Ok(items.get(at).own()),
            None if at == 0 => Ok(self.args.own()),
            _ => Err(thread.type_error("not enough arguments for format string")),
        }
    }

    fn left_over(&self) -> bool {
        !self.mapping && self.next < self.items.map_or(1, Tuple::len)
    }
}

struct Reader<'a> {
    chars: Chars<'a>,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self, thread: &Thread) -> PyResult<char> {
        if self.at >= self.chars.len() {
            return Err(thread.value_error("incomplete format"));
        }
        Ok(char::from_u32(self.chars.at(self.at)).unwrap_or('\u{fffd}'))
    }

    fn number(&mut self, thread: &Thread, limit: usize, message: &str) -> PyResult<usize> {
        let mut value = 0usize;
        while let Some(digit) = self.peek(thread)?.to_digit(10) {
            value = match value.checked_mul(10).and_then(|v| v.checked_add(digit as usize)) {
                Some(value) if value <= limit => value,
                _ => return Err(thread.value_error(message)),
            };
            self.at += 1;
        }
        Ok(value)
    }

    fn spec(&mut self, thread: &Thread, values: &mut Values<'_>) -> PyResult<Spec> {
        let mut spec = Spec::default();
        loop {
            match self.peek(thread)? {
                '-' => spec.left = true,
                '+' => spec.sign = true,
                ' ' => spec.blank = true,
                '#' => spec.alternate = true,
                '0' => spec.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        if self.peek(thread)? == '*' {
            let value = star(thread, values)?;
            let width = value.as_isize(thread)?;
            if width < 0 {
                spec.left = true;
            }
            spec.width = width.unsigned_abs();
            self.at += 1;
        } else {
            spec.width = self.number(thread, isize::MAX as usize, "width too big")?;
        }
        if self.peek(thread)? == '.' {
            self.at += 1;
            if self.peek(thread)? == '*' {
                let value = star(thread, values)?;
                let precision = match value.to_i64() {
                    Some(value) if i32::try_from(value).is_ok() => value,
                    _ => return Err(thread.overflow_error("Python int too large to convert to C int")),
                };
                spec.precision = Some(precision.max(0) as usize);
                self.at += 1;
            } else {
                spec.precision = Some(self.number(thread, i32::MAX as usize, "precision too big")?);
            }
        }
        if matches!(self.peek(thread)?, 'h' | 'l' | 'L') {
            self.at += 1;
        }
        Ok(spec)
    }
}

fn star(thread: &Thread, values: &mut Values<'_>) -> PyResult<Owned<Int>> {
    values.take(thread)?.downcast::<Int>().map_err(|_| thread.type_error("* wants int"))
}

/// The int that `%d` and its like format.
fn integer(thread: &Thread, value: &Object, conversion: char) -> PyResult<Owned<Int>> {
    if let Some(number) = value.cast::<Int>() {
        return Ok(number.own_typed());
    }
    let based = matches!(conversion, 'x' | 'X' | 'o');
    let wrong = || {
        let wanted = if based { "an integer is required" } else { "a real number is required" };
        thread.type_error(&format!("%{conversion} format: {wanted}, not {}", value.ty().full_name()))
    };
    if !is_number(value) {
        return Err(wrong());
    }
    let converted = if based {
        value.index(thread)
    } else {
        Int::ty().call(thread, &[value]).and_then(|number| number.downcast::<Int>().map_err(|_| wrong()))
    };
    match converted {
        Ok(number) => Ok(number),
        Err(_) if thread.take_if(crate::exceptions::type_error()) => Err(wrong()),
        Err(raised) => Err(raised),
    }
}

/// A number's text: sign, prefix and digits.
struct Number {
    sign: &'static str,
    prefix: &'static str,
    digits: String,
}

fn sign_of(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.sign, spec.blank) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    }
}

fn number(thread: &Thread, value: &Int, conversion: char, spec: &Spec) -> PyResult<Number> {
    let digits = match conversion {
        'x' => to_text(value.digits(), 16),
        'X' => to_text(value.digits(), 16).to_ascii_uppercase(),
        'o' => to_text(value.digits(), 8),
        _ => value.to_decimal(thread)?.trim_start_matches('-').to_string(),
    };
    let prefix = match conversion {
        _ if !spec.alternate => "",
        'x' => "0x",
        'X' => "0X",
        'o' => "0o",
        _ => "",
    };
    let digits = match spec.precision {
        Some(precision) if precision > digits.len() => {
            let mut padded = String::new();
            padded.try_reserve(precision).map_err(|_| thread.no_memory())?;
            padded.extend(std::iter::repeat_n('0', precision - digits.len()));
            padded.push_str(&digits);
            padded
        }
        _ => digits,
    };
    Ok(Number { sign: sign_of(value.is_negative(), spec), prefix, digits })
}

fn float<T: Target>(thread: &Thread, value: &Object, conversion: char, spec: &Spec) -> PyResult<Number> {
    let value = T::float(thread, value)?;
    let flags = Flags { alternate: spec.alternate, ..Flags::default() };
    let text = double_to_string(value, conversion, spec.precision.unwrap_or(6), flags);
    let negative = text.starts_with('-');
    Ok(Number { sign: sign_of(negative, spec), prefix: "", digits: text.trim_start_matches('-').to_string() })
}

fn push_number<T: Target>(out: &mut T, number: &Number, spec: &Spec) -> Result<(), ()> {
    let length = number.sign.len() + number.prefix.len() + number.digits.len();
    let padding = spec.width.saturating_sub(length);
    let zeros = spec.zero && !spec.left;
    if !zeros && !spec.left {
        out.push_run(b' ', padding)?;
    }
    out.push_chars(Chars::Ascii(number.sign.as_bytes()));
    out.push_chars(Chars::Ascii(number.prefix.as_bytes()));
    if zeros {
        out.push_run(b'0', padding)?;
    }
    out.push_chars(Chars::Ascii(number.digits.as_bytes()));
    if spec.left {
        out.push_run(b' ', padding)?;
    }
    Ok(())
}

fn push_text<T: Target>(out: &mut T, text: Chars<'_>, spec: &Spec) -> Result<(), ()> {
    let padding = spec.width.saturating_sub(text.len());
    if !spec.left {
        out.push_run(b' ', padding)?;
    }
    out.push_chars(text);
    if spec.left {
        out.push_run(b' ', padding)?;
    }
    Ok(())
}

/// The key after `%`, its parentheses balanced.
fn key<'a>(thread: &Thread, reader: &mut Reader<'a>) -> PyResult<Chars<'a>> {
    reader.at += 1;
    let start = reader.at;
    let mut depth = 1;
    while reader.at < reader.chars.len() {
        match char::from_u32(reader.chars.at(reader.at)) {
            Some(')') => depth -= 1,
            Some('(') => depth += 1,
            _ => {}
        }
        reader.at += 1;
        if depth == 0 {
            return Ok(reader.chars.slice(start, reader.at - 1));
        }
    }
    Err(thread.value_error("incomplete format key"))
}

/// `format % args`, appended to `out`. The characters must not be those of something that can change.
pub fn format<T: Target>(thread: &Thread, out: &mut T, format: Chars<'_>, args: &Object) -> PyResult<()> {
    let mapping = T::is_mapping(args);
    let mut values = Values { args, items: args.cast::<Tuple>(), next: 0, mapping, keyed: None };
    let mut reader = Reader { chars: format, at: 0 };
    let percent = |from: usize| match format {
        Chars::Ascii(s) | Chars::Latin1(s) => memchr::memchr(b'%', s.get(from..)?).map(|n| n + from),
        _ => (from..format.len()).find(|&at| format.at(at) == '%' as u32),
    };
    while reader.at < format.len() {
        let stop = percent(reader.at).unwrap_or(format.len());
        out.push_chars(format.slice(reader.at, stop));
        if stop == format.len() {
            break;
        }
        reader.at = stop + 1;
        if reader.peek(thread)? == '%' {
            out.push_chars(Chars::Ascii(b"%"));
            reader.at += 1;
            continue;
        }
        if reader.peek(thread)? == '(' {
            if !mapping {
                return Err(thread.type_error("format requires a mapping"));
            }
            let key = T::key(thread, key(thread, &mut reader)?)?;
            values.keyed = Some(args.get_item(thread, &key)?);
            // From here on the mapping itself is no argument.
            values.next = 1;
        }
        let mut spec = reader.spec(thread, &mut values)?;
        let code = format.at(reader.at);
        let position = reader.at;
        let conversion = reader.peek(thread)?;
        reader.at += 1;
        let value = values.take(thread)?;
        let pushed = match conversion {
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                let value = integer(thread, &value, conversion)?;
                push_number(out, &number(thread, &value, conversion, &spec)?, &spec)
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => push_number(out, &float::<T>(thread, &value, conversion, &spec)?, &spec),
            _ => {
                let converted = match conversion {
                    'c' => {
                        spec.precision = None;
                        Some(T::character(thread, &value)?)
                    }
                    _ => T::text(thread, code, &value)?,
                };
                let most = spec.precision.unwrap_or(usize::MAX);
                match &converted {
                    Some(Converted::Text(text)) => push_text(out, text.as_chars().slice(0, text.len().min(most)), &spec),
                    Some(Converted::Bytes(bytes)) => push_text(out, Chars::Latin1(bytes).slice(0, bytes.len().min(most)), &spec),
                    Some(Converted::Char(c @ 0..0x80)) => push_text(out, Chars::Ascii(&[*c as u8]), &spec),
                    Some(Converted::Char(c)) => push_text(out, Chars::Ucs4(&[*c]), &spec),
                    None => {
                        let shown = if (32..127).contains(&code) { conversion } else { '?' };
                        return Err(thread.value_error(&format!("unsupported format character '{shown}' (0x{code:x}) at index {position}")));
                    }
                }
            }
        };
        pushed.map_err(|()| thread.no_memory())?;
    }
    if values.left_over() {
        return Err(thread.type_error(&format!("not all arguments converted during {} formatting", T::KIND)));
    }
    Ok(())
}

/// `text % args`.
pub fn format_str(thread: &Thread, text: &Str, args: &Object) -> PyResult<Owned<Str>> {
    let mut out = TextWriter::new();
    format(thread, &mut out, text.as_chars(), args)?;
    out.finish(thread)
}
