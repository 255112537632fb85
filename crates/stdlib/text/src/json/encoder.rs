//! `make_encoder`: writes one value as JSON.

use std::cell::Cell;

use pyrox_macros::pyclass;
use pyrox_objects::builtin_function::BuiltinFunction;
use pyrox_objects::native::{NO_MEMBER, Spec};
use pyrox_objects::str::Chars;
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{
    Bool, Dict, Float, Head, Int, List, Obj, ObjCell, Object, Own, Owned, PyResult, Raised, Str, Thread, Tuple, Type, bool_ref, intern,
};

use super::escape::{__py_encode_basestring, __py_encode_basestring_ascii, push_quoted};
use super::scanner::{flag, member, parsed};

/// Who writes the strings.
#[derive(Clone, Copy, PartialEq)]
enum Quoting {
    /// This module, all in ASCII.
    Ascii,
    /// This module, in any character.
    Any,
    /// The encoder given.
    Foreign,
}

/// An encoder with its settings.
#[repr(C)]
pub struct Encoder {
    head: Head,
    markers: ObjCell,
    default: ObjCell,
    encoder: ObjCell,
    indent: ObjCell,
    key_separator: ObjCell,
    item_separator: ObjCell,
    sort_keys: Cell<bool>,
    skipkeys: Cell<bool>,
    allow_nan: Cell<bool>,
    quoting: Cell<u8>,
}

static NEW: Spec = Spec {
    name: "make_encoder",
    parameters: &["markers", "default", "encoder", "indent", "key_separator", "item_separator", "sort_keys", "skipkeys", "allow_nan"],
    required: &[true; 9],
    positional_only: 0,
    positional: 9,
    required_positional: 9,
    varargs: false,
    varkeywords: false,
};

static CALL: Spec = Spec {
    name: "_iterencode",
    parameters: &["obj", "_current_indent_level"],
    required: &[true, true],
    positional_only: 0,
    positional: 2,
    required_positional: 2,
    varargs: false,
    varkeywords: false,
};

/// One value being written.
struct Run<'a> {
    thread: &'a Thread,
    out: TextWriter,
    markers: Option<Owned<Dict>>,
    default: Obj,
    encoder: Obj,
    quoting: Quoting,
    indent: Option<Obj>,
    key_separator: Owned<Str>,
    item_separator: Owned<Str>,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    level: usize,
}

impl Run<'_> {
    fn ascii(&mut self, text: &[u8]) {
        self.out.push_chars(Chars::Ascii(text));
    }

    fn value(&mut self, object: &Object) -> PyResult<()> {
        if object.is_none() {
            self.ascii(b"null");
        } else if object.is(bool_ref(true)) {
            self.ascii(b"true");
        } else if object.is(bool_ref(false)) {
            self.ascii(b"false");
        } else if let Some(text) = object.cast::<Str>() {
            return self.string(text);
        } else if let Some(int) = object.cast::<Int>() {
            return self.int(int);
        } else if let Some(float) = object.cast::<Float>() {
            return self.float(float);
        } else if object.is_instance::<List>() || object.is_instance::<Tuple>() {
            self.thread.check_stack(" while encoding a JSON object")?;
            return self.list(object);
        } else if let Some(dict) = object.cast::<Dict>() {
            self.thread.check_stack(" while encoding a JSON object")?;
            return self.dict(dict);
        } else {
            return self.other(object);
        }
        Ok(())
    }

    fn string(&mut self, text: &Str) -> PyResult<()> {
        if self.quoting != Quoting::Foreign {
            push_quoted(&mut self.out, text, self.quoting == Quoting::Ascii);
            return Ok(());
        }
        let encoded = self.encoder.call(self.thread, &[text])?;
        match encoded.cast::<Str>() {
            Some(encoded) => self.out.push(encoded),
            None => {
                let message = format!("encoder() must return a string, not {}", encoded.ty().full_name());
                return Err(self.thread.type_error(&message));
            }
        }
        Ok(())
    }

    fn int(&mut self, int: &Int) -> PyResult<()> {
        match int.to_i64() {
            Some(value) => {
                let mut digits = [0u8; 20];
                let (mut at, mut rest) = (digits.len(), value.unsigned_abs());
                loop {
                    at -= 1;
                    digits[at] = b'0' + (rest % 10) as u8;
                    rest /= 10;
                    if rest == 0 {
                        break;
                    }
                }
                if value < 0 {
                    self.ascii(b"-");
                }
                self.ascii(&digits[at..]);
            }
            // A subclass has no say in it.
            None if int.is_exact::<Int>() => self.out.push(&*int.repr(self.thread)?),
            None => self.out.push(&*Int::from_big(&int.to_big()).repr(self.thread)?),
        }
        Ok(())
    }

    fn float(&mut self, float: &Float) -> PyResult<()> {
        let value = float.value();
        if !value.is_finite() {
            if !self.allow_nan {
                let message = format!("Out of range float values are not JSON compliant: {}", float.repr(self.thread)?);
                return Err(self.thread.value_error(&message));
            }
            self.ascii(if value.is_nan() {
                b"NaN"
            } else if value > 0.0 {
                b"Infinity"
            } else {
                b"-Infinity"
            });
        } else if float.is_exact::<Float>() {
            self.out.push(&*float.repr(self.thread)?);
        } else {
            self.out.push(&*Float::new(value).repr(self.thread)?);
        }
        Ok(())
    }

    /// Remember that `object` is being written; its key is given back to [`Run::leave`].
    fn enter(&mut self, object: &Object) -> PyResult<Option<Owned<Int>>> {
        let Some(markers) = &self.markers else { return Ok(None) };
        let key = Int::from_u64(pyrox_objects::object::address(object) as u64);
        if markers.contains_key(self.thread, &key)? {
            return Err(self.thread.value_error("Circular reference detected"));
        }
        markers.set(self.thread, &key, object)?;
        Ok(Some(key))
    }

    fn leave(&mut self, key: Option<Owned<Int>>) -> PyResult<()> {
        if let (Some(markers), Some(key)) = (&self.markers, key)
            && !markers.remove(self.thread, &key)?
        {
            return Err(self.thread.key_error(&key));
        }
        Ok(())
    }

    fn other(&mut self, object: &Object) -> PyResult<()> {
        let key = self.enter(object)?;
        self.thread.check_stack(" while encoding a JSON object")?;
        let replaced = self.default.call(self.thread, &[object])?;
        if let Err(raised) = self.value(&replaced) {
            return Err(self.note(raised, format!("when serializing {} object", object.ty().full_name())));
        }
        self.leave(key)
    }

    #[cold]
    fn note(&self, raised: Raised, text: String) -> Raised {
        let Some(exception) = self.thread.take_raised() else { return raised };
        match pyrox_objects::exceptions::add_note(self.thread, &exception, &text) {
            Ok(()) => self.thread.reraise(exception),
            Err(other) => other,
        }
    }

    /// A new line with the indentation of the level.
    fn new_line(&mut self) -> PyResult<()> {
        let Some(indent) = &self.indent else { return Ok(()) };
        let Some(indent) = indent.cast::<Str>() else {
            let message = format!("can only concatenate str (not \"{}\") to str", indent.ty().full_name());
            return Err(self.thread.type_error(&message));
        };
        self.out.push_chars(Chars::Ascii(b"\n"));
        for _ in 0..self.level {
            self.out.push(indent);
        }
        Ok(())
    }

    fn separate(&mut self) -> PyResult<()> {
        self.out.push(&self.item_separator);
        self.new_line()
    }

    fn list(&mut self, sequence: &Object) -> PyResult<()> {
        let list = sequence.cast::<List>();
        let tuple = sequence.cast::<Tuple>();
        // A list may change while its items are written.
        let item = |at: usize| match (list, tuple) {
            (Some(list), _) => list.get(at),
            (_, Some(tuple)) => tuple.items().get(at).map(|item| item.own()),
            _ => None,
        };
        if item(0).is_none() {
            self.ascii(b"[]");
            return Ok(());
        }
        let key = self.enter(sequence)?;
        self.ascii(b"[");
        self.level += 1;
        self.new_line()?;
        let mut at = 0;
        while let Some(value) = item(at) {
            if at > 0 {
                self.separate()?;
            }
            if let Err(raised) = self.value(&value) {
                return Err(self.note(raised, format!("when serializing {} item {at}", sequence.ty().full_name())));
            }
            at += 1;
        }
        self.leave(key)?;
        self.level -= 1;
        self.new_line()?;
        self.ascii(b"]");
        Ok(())
    }

    fn dict(&mut self, dict: &Dict) -> PyResult<()> {
        if dict.len() == 0 {
            self.ascii(b"{}");
            return Ok(());
        }
        let key = self.enter(dict)?;
        self.ascii(b"{");
        self.level += 1;
        self.new_line()?;
        let mut first = true;
        if self.sort_keys || !dict.is_exact::<Dict>() {
            let items = dict.call_method(self.thread, intern!("items"), &[])?;
            let items = List::from_iterable(self.thread, &items)?;
            if self.sort_keys {
                items.sort(self.thread)?;
            }
            for pair in items.to_vec() {
                match pair.cast::<Tuple>().map(Tuple::items) {
                    Some([key, value]) => self.pair(dict, key, value, &mut first)?,
                    _ => return Err(self.thread.value_error("items must return 2-tuples")),
                }
            }
        } else {
            let mut position = 0;
            while let Some((key, value)) = dict.next_borrowed(&mut position).map(|(key, value)| (key.own(), value.own())) {
                self.pair(dict, &key, &value, &mut first)?;
            }
        }
        self.leave(key)?;
        self.level -= 1;
        self.new_line()?;
        self.ascii(b"}");
        Ok(())
    }

    fn pair(&mut self, dict: &Dict, key: &Object, value: &Object, first: &mut bool) -> PyResult<()> {
        let thread = self.thread;
        let made: Owned<Str>;
        let text = if let Some(text) = key.cast::<Str>() {
            text
        } else {
            // Written as a value it is, between quotes.
            if !(key.is_none() || key.is_instance::<Int>() || key.is_instance::<Float>() || key.is_instance::<Bool>()) {
                if self.skipkeys {
                    return Ok(());
                }
                let message = format!("keys must be str, int, float, bool or None, not {}", key.ty().full_name());
                return Err(thread.type_error(&message));
            }
            let before = std::mem::take(&mut self.out);
            let written = self.value(key);
            let text = std::mem::replace(&mut self.out, before);
            written?;
            made = text.finish(thread)?;
            &made
        };
        if *first {
            *first = false;
        } else {
            self.separate()?;
        }
        self.string(text)?;
        self.out.push(&self.key_separator);
        if let Err(raised) = self.value(value) {
            let note = format!("when serializing {} item {}", dict.ty().full_name(), thread.aside(|| key.repr(thread))?);
            return Err(self.note(raised, note));
        }
        Ok(())
    }
}

/// Whether this module's own function is the encoder.
fn quoting(encoder: &Object) -> Quoting {
    let Some(function) = encoder.exact::<BuiltinFunction>() else { return Quoting::Foreign };
    let address = |method: pyrox_objects::abi::PyCFunction| method.map(|f| f as usize);
    match address(function.definition().ml_meth) {
        found if found == address(__py_encode_basestring_ascii.ml_meth) => Quoting::Ascii,
        found if found == address(__py_encode_basestring.ml_meth) => Quoting::Any,
        _ => Quoting::Foreign,
    }
}

fn separator(thread: &Thread, value: &Object, position: usize) -> PyResult<ObjCell> {
    match value.cast::<Str>() {
        Some(text) => Ok(ObjCell::new(Some((**text).own()))),
        None => {
            let got = if value.is_none() { "None" } else { value.ty().full_name() };
            Err(thread.type_error(&format!("make_encoder() argument {position} must be str, not {got}")))
        }
    }
}

/// Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)
#[pyclass(name = "Encoder", module = "_json", traverse = [markers, default, encoder, indent, key_separator, item_separator], dealloc = drop,
    members = &[member(c"markers", 16), member(c"default", 24), member(c"encoder", 32), member(c"indent", 40),
        member(c"key_separator", 48), member(c"item_separator", 56), flag(c"sort_keys", 64), flag(c"skipkeys", 65), NO_MEMBER])]
impl Encoder {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let [markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan] =
            parsed(thread, &NEW, args, kwargs)?;
        let key_separator = separator(thread, key_separator, 5)?;
        let item_separator = separator(thread, item_separator, 6)?;
        let flags = [sort_keys.is_true(thread)?, skipkeys.is_true(thread)?, allow_nan.is_true(thread)?];
        if !markers.is_none() && !markers.is_instance::<Dict>() {
            let message = format!("make_encoder() argument 1 must be dict or None, not {}", markers.ty().full_name());
            return Err(thread.type_error(&message));
        }
        let made = Encoder {
            head: Head::unset(),
            markers: ObjCell::new(Some(markers.own())),
            default: ObjCell::new(Some(default.own())),
            encoder: ObjCell::new(Some(encoder.own())),
            indent: ObjCell::new(Some(indent.own())),
            key_separator,
            item_separator,
            sort_keys: Cell::new(flags[0]),
            skipkeys: Cell::new(flags[1]),
            allow_nan: Cell::new(flags[2]),
            quoting: Cell::new(quoting(encoder) as u8),
        };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn tp_call(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let [object, level] = parsed(thread, &CALL, args, kwargs)?;
        let level = level.as_isize(thread)?;
        let field = |cell: &ObjCell| cell.get().unwrap_or_else(pyrox_objects::none);
        let text = |cell: &ObjCell| cell.peek().and_then(|text| text.cast::<Str>()).map_or_else(Str::empty, Own::own_typed);
        let mut run = Run {
            thread,
            out: TextWriter::new(),
            markers: field(&self.markers).downcast::<Dict>().ok(),
            default: field(&self.default),
            encoder: field(&self.encoder),
            quoting: match self.quoting.get() {
                0 => Quoting::Ascii,
                1 => Quoting::Any,
                _ => Quoting::Foreign,
            },
            indent: self.indent.get().filter(|indent| !indent.is_none()),
            key_separator: text(&self.key_separator),
            item_separator: text(&self.item_separator),
            sort_keys: self.sort_keys.get(),
            skipkeys: self.skipkeys.get(),
            allow_nan: self.allow_nan.get(),
            level: usize::try_from(level).unwrap_or(0),
        };
        run.value(object)?;
        Ok(Tuple::from_vec(thread, vec![run.out.finish(thread)?.upcast()])?.upcast())
    }
}
