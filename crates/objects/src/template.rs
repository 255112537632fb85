//! `string.templatelib`'s `Template` and `Interpolation`: what a t-string literal makes.

use std::cell::Cell;

use pyrox_macros::pyclass;

use crate::native::{Keywords, NO_MEMBER, Rest, object_member};
use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::text_writer::TextWriter;
use crate::{Dict, PyResult, Str, Thread, Tuple, Type};

/// The fixed text of a template and the values between: always one string more than interpolations.
#[repr(C)]
pub struct Template {
    head: Head,
    strings: ObjCell,
    interpolations: ObjCell,
}

/// A value in a template with how it was written.
#[repr(C)]
pub struct Interpolation {
    head: Head,
    value: ObjCell,
    expression: ObjCell,
    conversion: ObjCell,
    format_spec: ObjCell,
}

/// Iterator over a template's strings that are not empty, and its interpolations.
#[repr(C)]
pub struct TemplateIterator {
    head: Head,
    template: ObjCell,
    /// Twice the index, plus one for the interpolation after the string.
    position: Cell<usize>,
}

fn tuple_of(cell: &ObjCell) -> Owned<Tuple> {
    cell.get().and_then(|t| t.downcast().ok()).unwrap_or_else(Tuple::empty)
}

impl Template {
    /// The template of these strings and interpolations, one string more.
    pub fn new(thread: &Thread, strings: Obj, interpolations: Obj) -> PyResult<Owned<Template>> {
        let made =
            Template { head: Head::unset(), strings: ObjCell::new(Some(strings)), interpolations: ObjCell::new(Some(interpolations)) };
        Template::ty().instantiate(thread, made)
    }

    /// The fixed text.
    pub fn strings(&self) -> Owned<Tuple> {
        tuple_of(&self.strings)
    }

    /// What stands between.
    pub fn interpolations(&self) -> Owned<Tuple> {
        tuple_of(&self.interpolations)
    }

    fn concat(&self, thread: &Thread, other: &Template) -> PyResult<Owned<Template>> {
        let mut strings = self.strings().to_vec();
        let more = other.strings();
        let mut more = more.items().iter();
        if let (Some(last), Some(first)) = (strings.pop(), more.next()) {
            strings.push(match (last.cast::<Str>(), first.cast::<Str>()) {
                (Some(last), Some(first)) => last.concat(thread, first)?.upcast(),
                _ => last,
            });
        }
        strings.extend(more.map(|s| s.own()));
        let mut interpolations = self.interpolations().to_vec();
        interpolations.extend(other.interpolations().to_vec());
        let (strings, interpolations) = (Tuple::from_vec(thread, strings)?, Tuple::from_vec(thread, interpolations)?);
        Template::new(thread, strings.upcast(), interpolations.upcast())
    }
}

impl Interpolation {
    /// An interpolation; `conversion` is 0 for none, 1 to 3 for `s`, `r` and `a`, as the compiler tells.
    pub fn build(thread: &Thread, value: Obj, expression: Obj, conversion: u32, format_spec: Option<Obj>) -> PyResult<Obj> {
        let conversion = match conversion {
            0 => crate::none(),
            1 => Str::from_char(thread, 's' as u32).upcast(),
            2 => Str::from_char(thread, 'r' as u32).upcast(),
            3 => Str::from_char(thread, 'a' as u32).upcast(),
            _ => return Err(thread.system_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'")),
        };
        let format_spec = format_spec.unwrap_or_else(|| Str::empty().upcast());
        Ok(Interpolation::with(thread, Interpolation::ty(), value, expression, conversion, format_spec)?.upcast())
    }

    fn with(thread: &Thread, cls: &Type, value: Obj, expression: Obj, conversion: Obj, format_spec: Obj) -> PyResult<Owned<Interpolation>> {
        let field = |value: Obj| ObjCell::new(Some(value));
        cls.instantiate(
            thread,
            Interpolation {
                head: Head::unset(),
                value: field(value),
                expression: field(expression),
                conversion: field(conversion),
                format_spec: field(format_spec),
            },
        )
    }

    fn fields(&self) -> [Obj; 4] {
        [&self.value, &self.expression, &self.conversion, &self.format_spec].map(|f| f.get().unwrap_or_else(crate::none))
    }
}

/// A member with a doc.
const fn documented(name: &'static std::ffi::CStr, offset: usize, doc: &'static std::ffi::CStr) -> pyrox_abi::PyMemberDef {
    let mut member = object_member(name, offset, true);
    member.doc = doc.as_ptr();
    member
}

/// Template object
#[pyclass(name = "Template", module = "string.templatelib", symbol = "_PyTemplate_Type", traverse = [strings, interpolations],
    dealloc = drop, members = &[documented(c"strings", 16, c"Strings"), documented(c"interpolations", 24, c"Interpolations"), NO_MEMBER])]
impl Template {
    #[new(sig = "(*args, **kwargs)", text = "")]
    fn create(cls: &Type, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<Owned<Template>> {
        if !kwargs.is_empty() {
            return Err(thread.type_error("Template.__new__ only accepts *args arguments"));
        }
        let _ = cls;
        let (mut strings, mut interpolations) = (Vec::new(), Vec::new());
        // Adjacent strings become one; between adjacent interpolations there is an empty one.
        let mut text: Option<Owned<Str>> = None;
        for part in args.iter() {
            if let Some(more) = part.cast::<Str>() {
                text = Some(match text {
                    Some(text) => text.concat(thread, more)?,
                    None => crate::Own::own_typed(more),
                });
            } else if part.is_instance::<Interpolation>() {
                strings.push(text.take().unwrap_or_else(Str::empty).upcast());
                interpolations.push(part.own());
            } else {
                let message = format!("Template.__new__ *args need to be of type 'str' or 'Interpolation', got {}", part.ty().full_name());
                return Err(thread.type_error(&message));
            }
        }
        strings.push(text.unwrap_or_else(Str::empty).upcast());
        let (strings, interpolations) = (Tuple::from_vec(thread, strings)?, Tuple::from_vec(thread, interpolations)?);
        Template::new(thread, strings.upcast(), interpolations.upcast())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let mut out = TextWriter::new();
        out.push_str("Template(strings=");
        out.push(&*self.strings().repr(thread)?);
        out.push_str(", interpolations=");
        out.push(&*self.interpolations().repr(thread)?);
        out.push_str(")");
        out.finish(thread)
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        let made = TemplateIterator { head: Head::unset(), template: ObjCell::new(Some((**self).own())), position: Cell::new(0) };
        Ok(TemplateIterator::ty().instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn sq_concat(this: &Object, thread: &Thread, other: &Object) -> PyResult<Owned<Template>> {
        match (this.cast::<Template>(), other.cast::<Template>()) {
            (Some(this), Some(other)) => this.concat(thread, other),
            (_, None) => {
                let message = format!(
                    "can only concatenate string.templatelib.Template (not \"{}\") to string.templatelib.Template",
                    other.ty().full_name()
                );
                Err(thread.type_error(&message))
            }
            (None, _) => Err(thread.system_error("no template")),
        }
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let import = crate::hooks::builtin(thread, "__import__")?;
        let globals = Dict::new(thread)?;
        let names = Tuple::from_slice(thread, &[crate::intern!("_template_unpickle")])?;
        let module = import.call(thread, &[crate::intern!("string.templatelib"), &globals, &globals, &names])?;
        let function = module.getattr(thread, crate::intern!("_template_unpickle"))?;
        let state = Tuple::from_vec(thread, vec![self.strings().upcast(), self.interpolations().upcast()])?;
        Tuple::from_vec(thread, vec![function, state.upcast()])
    }
    /// Template supports [] for generic usage
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
    /// Values of interpolations
    #[getter]
    fn values(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let interpolations = self.interpolations();
        let values = interpolations.items().iter().filter_map(|i| i.cast::<Interpolation>()?.value.get());
        Tuple::from_vec(thread, values.collect())
    }
}

/// Interpolation object
#[pyclass(name = "Interpolation", module = "string.templatelib", symbol = "_PyInterpolation_Type",
    traverse = [value, expression, conversion, format_spec], dealloc = drop,
    members = &[documented(c"value", 16, c"Value"), documented(c"expression", 24, c"Expression"),
        documented(c"conversion", 32, c"Conversion"), documented(c"format_spec", 40, c"Format specifier"), NO_MEMBER])]
impl Interpolation {
    #[new(sig = "(value, expression='', conversion=None, format_spec='')", text = "")]
    fn create(
        cls: &Type,
        thread: &Thread,
        value: &Object,
        expression: Option<&Str>,
        conversion: Option<&Object>,
        format_spec: Option<&Str>,
    ) -> PyResult<Owned<Interpolation>> {
        let conversion = match conversion.filter(|c| !c.is_none()) {
            None => crate::none(),
            Some(given) => match given.cast::<Str>() {
                None => {
                    let message = format!("Interpolation() argument 'conversion' must be str, not {}", given.ty().full_name());
                    return Err(thread.type_error(&message));
                }
                Some(text) if text.len() == 1 && matches!(text.at(0), 0x73 | 0x61 | 0x72) => given.own(),
                Some(_) => {
                    return Err(thread.value_error("Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'"));
                }
            },
        };
        let text = |text: Option<&Str>| text.map_or_else(|| Str::empty().upcast(), |t| (**t).own());
        Interpolation::with(thread, cls, value.own(), text(expression), conversion, text(format_spec))
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let mut out = TextWriter::new();
        out.push_str("Interpolation(");
        for (at, field) in self.fields().iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            out.push(&*field.repr(thread)?);
        }
        out.push_str(")");
        out.finish(thread)
    }
    /// __reduce__() -> (cls, state)
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let state = Tuple::from_vec(thread, self.fields().into())?;
        Tuple::from_vec(thread, vec![(**self.ty()).own(), state.upcast()])
    }
    /// Interpolations are generic over the types of their values
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
}

/// Template iterator object
#[pyclass(name = "TemplateIter", module = "string.templatelib", symbol = "_PyTemplateIter_Type", traverse = [template], dealloc = drop)]
impl TemplateIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self) -> PyResult<Option<Obj>> {
        let Some(Ok(template)) = self.template.get().map(Obj::downcast::<Template>) else { return Ok(None) };
        loop {
            let position = self.position.get();
            let parts = if position.is_multiple_of(2) { template.strings() } else { template.interpolations() };
            let Some(part) = parts.items().get(position / 2).map(|part| part.own()) else {
                self.template.set(None);
                return Ok(None);
            };
            self.position.set(position + 1);
            if part.cast::<Str>().is_none_or(|text| text.len() > 0) {
                return Ok(Some(part));
            }
        }
    }
}

/// Make the types ready; `Interpolation` can be matched by position.
pub fn initialize(thread: &Thread) -> PyResult<()> {
    for ty in [Template::ty(), Interpolation::ty(), TemplateIterator::ty()] {
        crate::type_object::ready(thread, ty)?;
    }
    let names = ["value", "expression", "conversion", "format_spec"];
    let names = names.into_iter().map(|name| Ok(Str::intern_str(thread, name)?.upcast())).collect::<PyResult<Vec<Obj>>>()?;
    Interpolation::ty().dict().set(thread, crate::intern!("__match_args__"), &*Tuple::from_vec(thread, names)?)?;
    Interpolation::ty().modified();
    Ok(())
}

const _: () = assert!(size_of::<Template>() == 32 && size_of::<Interpolation>() == 48);
