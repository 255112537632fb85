//! `translate` and `maketrans`.

use super::Str;
use crate::object::{Obj, Object, Owned};
use crate::text_writer::TextWriter;
use crate::{Dict, Int, PyResult, Thread};

/// What a character becomes.
enum Target {
    Same,
    Nothing,
    Char(u32),
    Text(Obj),
}

fn look_up(thread: &Thread, table: &Object, c: u32) -> PyResult<Target> {
    let key = Int::from(c as i64);
    let value = match table.exact::<Dict>() {
        Some(dict) => dict.get(thread, &key)?,
        None => match table.get_item(thread, &key) {
            Ok(value) => Some(value),
            Err(_) if thread.take_if(crate::exceptions::lookup_error()) => None,
            Err(raised) => return Err(raised),
        },
    };
    let Some(value) = value else { return Ok(Target::Same) };
    if value.is_none() {
        return Ok(Target::Nothing);
    }
    if let Some(number) = value.cast::<Int>() {
        return match number.to_i64() {
            Some(c @ 0..0x110000) => Ok(Target::Char(c as u32)),
            _ => Err(thread.value_error("character mapping must be in range(0x110000)")),
        };
    }
    match value.cast::<Str>() {
        Some(text) if text.len() == 1 => Ok(Target::Char(text.at(0))),
        Some(_) => Ok(Target::Text(value)),
        None => Err(thread.type_error("character mapping must return integer, None or str")),
    }
}

impl Str {
    /// `self.translate(table)`. ASCII characters are looked up once each.
    pub fn translated(&self, thread: &Thread, table: &Object) -> PyResult<Owned<Str>> {
        self.translated_with(thread, table, "ignore")
    }

    /// Translate, handling what the table maps to `None` by an error handler.
    pub fn translated_with(&self, thread: &Thread, table: &Object, errors: &str) -> PyResult<Owned<Str>> {
        const UNKNOWN: u32 = u32::MAX;
        const GONE: u32 = u32::MAX - 1;
        let mut known = [UNKNOWN; 128];
        let mut out = TextWriter::new();
        let mut next = 0;
        while next < self.len() {
            let at = next;
            let c = self.at(at);
            next += 1;
            let small = known.get(c as usize).copied().unwrap_or(UNKNOWN);
            if small != UNKNOWN {
                if small != GONE {
                    out.push_char(small);
                }
                continue;
            }
            let target = match look_up(thread, table, c)? {
                Target::Text(text) => {
                    if let Some(text) = text.cast::<Str>() {
                        out.push(text);
                    }
                    continue;
                }
                Target::Same => c,
                Target::Nothing if errors != "ignore" => {
                    let (text, position) = self.untranslatable(thread, at, errors)?;
                    out.push(&text);
                    next = position;
                    continue;
                }
                Target::Nothing => GONE,
                Target::Char(other) => other,
            };
            if target != GONE {
                out.push_char(target);
            }
            if let Some(entry) = known.get_mut(c as usize) {
                *entry = target;
            }
        }
        out.finish(thread)
    }

    /// What an error handler puts in the place of a character, and where it goes on.
    fn untranslatable(&self, thread: &Thread, at: usize, errors: &str) -> PyResult<(Owned<Str>, usize)> {
        let plain = Str::from_chars(thread, self.as_chars())?;
        let reason = Str::from_str(thread, "character maps to <undefined>")?;
        let exception =
            crate::exceptions::unicode_translate_error().call(thread, &[&plain, &code(at as u32), &code(at as u32 + 1), &reason])?;
        let result = crate::codecs::lookup_error(thread, errors)?.call(thread, &[&exception])?;
        let wrong = || thread.type_error("translating error handler must return (str, int) tuple");
        let Some(pair) = result.cast::<crate::Tuple>().filter(|pair| pair.len() == 2) else { return Err(wrong()) };
        let Ok(text) = pair.get(0).own().downcast::<Str>() else { return Err(wrong()) };
        if !pair.get(1).has_index() {
            return Err(wrong());
        }
        let position = pair.get(1).as_isize(thread)?;
        let from_start = if position < 0 { position.saturating_add(self.len() as isize) } else { position };
        match usize::try_from(from_start) {
            Ok(position) if position <= self.len() => Ok((text, position)),
            _ => Err(thread.index_error(&format!("position {position} from error handler out of bounds"))),
        }
    }
}

fn code(c: u32) -> Owned<Int> {
    Int::from(c as i64)
}

/// `str.maketrans`.
pub(super) fn make_table(thread: &Thread, x: &Object, y: Option<&Str>, z: Option<&Str>) -> PyResult<Owned<Dict>> {
    let table = Dict::new(thread)?;
    if let Some(y) = y {
        let Some(x) = x.cast::<Str>() else {
            return Err(thread.type_error("first maketrans argument must be a string if there is a second argument"));
        };
        if x.len() != y.len() {
            return Err(thread.value_error("the first two maketrans arguments must have equal length"));
        }
        for (from, to) in x.chars().zip(y.chars()) {
            table.set(thread, &code(from), &code(to))?;
        }
        for gone in z.into_iter().flat_map(Str::chars) {
            table.set(thread, &code(gone), crate::none_ref())?;
        }
        return Ok(table);
    }
    let Some(dict) = x.exact::<Dict>() else {
        return Err(thread.type_error("if you give only one argument to maketrans it must be a dict"));
    };
    for (key, value) in dict.items_vec() {
        if let Some(text) = key.cast::<Str>() {
            if text.len() != 1 {
                return Err(thread.value_error("string keys in translatetable must be of length 1"));
            }
            table.set(thread, &code(text.at(0)), &value)?;
        } else if key.is_int() {
            table.set(thread, &key, &value)?;
        } else {
            return Err(thread.type_error("keys in translate table mustbe strings or integers"));
        }
    }
    Ok(table)
}
