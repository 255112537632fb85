//! `_string`: the parts of `str.format` that `string.Formatter` is made of.

use std::cell::Cell;

use pyrox_macros::{pyclass, pyfunction, pymodule};
use pyrox_objects::object::Own;
use pyrox_objects::str::format_method::{FieldName, Key, Markup, Step};
use pyrox_objects::{Head, Int, Obj, ObjCell, Object, Owned, PyResult, PyType, Str, Thread, Tuple, bool_obj, none};

pymodule!(name = "_string", doc = "string helper module", functions = [formatter_parser, formatter_field_name_split]);

/// Gives (literal, field name, format spec, conversion) of each piece.
#[repr(C)]
struct FormatterIterator {
    head: Head,
    text: ObjCell,
    at: Cell<usize>,
}

#[pyclass(name = "formatteriterator", traverse = [text], dealloc = drop)]
impl FormatterIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(Ok(text)) = self.text.get().map(Obj::downcast::<Str>) else { return Ok(None) };
        let mut markup = Markup::resume(&text, self.at.get());
        let piece = match markup.next() {
            Ok(Some(piece)) => piece,
            Ok(None) => return Ok(None),
            Err(message) => return Err(thread.value_error(message)),
        };
        self.at.set(markup.position());
        let part = |range: std::ops::Range<usize>| -> PyResult<Obj> { Ok(text.substring(thread, range.start, range.end)?.upcast()) };
        let literal = part(piece.literal)?;
        let items = match piece.field {
            None => vec![literal, none(), none(), none()],
            Some(field) => {
                let conversion = field.conversion.map_or_else(none, |c| Str::from_char(thread, c).upcast());
                vec![literal, part(field.name)?, part(field.spec)?, conversion]
            }
        };
        Ok(Some(Tuple::from_vec(thread, items)?.upcast()))
    }
}

fn text<'a>(thread: &Thread, object: &'a Object) -> PyResult<&'a Str> {
    match object.cast::<Str>() {
        Some(text) => Ok(text),
        None => Err(thread.type_error(&format!("expected str, got {}", object.ty().name()))),
    }
}

/// parse the argument as a format string
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
fn formatter_parser(thread: &Thread, object: &Object) -> PyResult<Obj> {
    let text = text(thread, object)?;
    pyrox_objects::type_object::ready(thread, FormatterIterator::ty())?;
    let made = FormatterIterator { head: Head::unset(), text: ObjCell::new(Some(text.own_typed().upcast())), at: Cell::new(0) };
    Ok(FormatterIterator::ty().instantiate(thread, made)?.upcast())
}

/// split the argument as a field name
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
fn formatter_field_name_split(thread: &Thread, object: &Object) -> PyResult<Owned<Tuple>> {
    let text = text(thread, object)?;
    let name = FieldName::new(text).map_err(|message| thread.value_error(message))?;
    let first = key(thread, text, &name.first)?;
    pyrox_objects::type_object::ready(thread, FieldNameIterator::ty())?;
    let rest = FieldNameIterator { head: Head::unset(), text: ObjCell::new(Some(text.own_typed().upcast())), done: Cell::new(0) };
    Tuple::from_vec(thread, vec![first, FieldNameIterator::ty().instantiate(thread, rest)?.upcast()])
}

fn key(thread: &Thread, text: &Str, key: &Key) -> PyResult<Obj> {
    match key {
        Key::Index(index) => Ok(Int::from_u64(*index as u64).upcast()),
        Key::Name(range) => Ok(text.substring(thread, range.start, range.end)?.upcast()),
    }
}

/// Gives (is an attribute, its name or the item's key) of each step of a field name.
#[repr(C)]
struct FieldNameIterator {
    head: Head,
    text: ObjCell,
    /// How many steps were given.
    done: Cell<usize>,
}

#[pyclass(name = "fieldnameiterator", traverse = [text], dealloc = drop)]
impl FieldNameIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(Ok(text)) = self.text.get().map(Obj::downcast::<Str>) else { return Ok(None) };
        let raise = |message: &'static str| thread.value_error(message);
        let mut name = FieldName::new(&text).map_err(raise)?;
        for _ in 0..self.done.get() {
            name.next().map_err(raise)?;
        }
        let Some(step) = name.next().map_err(raise)? else { return Ok(None) };
        self.done.set(self.done.get() + 1);
        let items = match step {
            Step::Attribute(range) => vec![bool_obj(true), text.substring(thread, range.start, range.end)?.upcast()],
            Step::Item(item) => vec![bool_obj(false), key(thread, &text, &item)?],
        };
        Ok(Some(Tuple::from_vec(thread, items)?.upcast()))
    }
}
