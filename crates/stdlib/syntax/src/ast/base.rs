//! `AST`, the base of all nodes.

use pyrox_abi as abi;
use pyrox_macros::pyclass;
use pyrox_objects::native::{Keywords, NO_MEMBER, Rest};
use pyrox_objects::object::{Head, ObjCell};
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{Dict, List, Obj, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, exceptions, intern};

/// How many levels of nodes `repr` shows.
const REPR_DEPTH: usize = 3;

/// A node: attributes in a dict.
#[repr(C)]
pub struct Ast {
    head: Head,
    dict: ObjCell,
}

impl Ast {
    /// A node of `class` with these attributes.
    pub fn make(thread: &Thread, class: &Type, attributes: Owned<Dict>) -> PyResult<Obj> {
        Ok(class.instantiate(thread, Ast { head: Head::unset(), dict: ObjCell::new(Some(attributes.upcast())) })?.upcast())
    }

    fn attributes(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
        if let Some(Ok(dict)) = self.dict.get().map(Obj::downcast::<Dict>) {
            return Ok(dict);
        }
        let dict = Dict::new(thread)?;
        self.dict.set(Some(dict.clone().upcast()));
        Ok(dict)
    }
}

/// The items of a class's attribute that is a sequence of names; none if it is missing.
fn names(thread: &Thread, class: &Type, name: &Str) -> PyResult<Vec<Obj>> {
    match (**class).lookup_attr(thread, name)? {
        Some(names) => {
            let count = names.len(thread)?;
            (0..count).map(|at| names.sequence_item(thread, at as isize)).collect()
        }
        None => Ok(Vec::new()),
    }
}

fn position(thread: &Thread, names: &[Obj], name: &Object) -> PyResult<Option<usize>> {
    for (at, candidate) in names.iter().enumerate() {
        if candidate.is(name) || candidate.eq(thread, name)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn deprecated(thread: &Thread, message: &str) -> PyResult<()> {
    pyrox_objects::hooks::warn(thread, exceptions::deprecation_warning(), message)
}

/// Fill the fields that were not given, or warn of them.
fn fill_missing(thread: &Thread, this: &Object, missing: &[Obj]) -> PyResult<()> {
    let class = this.ty();
    // A class without types for its fields is left alone.
    let Some(types) = (**class).lookup_attr(thread, intern!("_field_types"))? else { return Ok(()) };
    let Some(types) = types.cast::<Dict>() else { return Ok(()) };
    for name in missing {
        let Some(ty) = types.get(thread, name)? else {
            let (name, class) = (name.repr(thread)?, class.full_name());
            deprecated(thread, &format!("Field {name} is missing from {class}._field_types. This will become an error in Python 3.15."))?;
            continue;
        };
        let Some(field) = name.cast::<Str>() else { continue };
        match ty.ty().full_name() {
            // The class has None for it.
            "typing.Union" => {}
            "types.GenericAlias" => this.setattr(thread, field, Some(&**List::new(thread)?))?,
            _ if super::classes::get(thread)?.is_context(&ty) => {
                this.setattr(thread, field, Some(&*super::classes::get(thread)?.singleton(super::schema::Kind::Load)))?;
            }
            _ => {
                let (name, class) = (name.repr(thread)?, class.full_name());
                deprecated(
                    thread,
                    &format!("{class}.__init__ missing 1 required positional argument: {name}. This will become an error in Python 3.15."),
                )?;
            }
        }
    }
    Ok(())
}

fn repr_to_depth(thread: &Thread, out: &mut TextWriter, node: &Object, depth: usize) -> PyResult<()> {
    thread.check_stack(" while getting the repr of an object")?;
    let name = node.ty().full_name().to_string();
    out.push_str(&name);
    if depth == 0 {
        out.push_str("(...)");
        return Ok(());
    }
    let Some(_guard) = pyrox_objects::repr_guard::enter(node) else {
        out.push_str("(...)");
        return Ok(());
    };
    out.push_str("(");
    for (at, field) in names(thread, node.ty(), intern!("_fields"))?.into_iter().enumerate() {
        let Some(field) = field.cast::<Str>() else { continue };
        let value = node.getattr(thread, field)?;
        if at > 0 {
            out.push_str(", ");
        }
        out.push(field);
        out.push_str("=");
        if let Some(list) = value.cast::<List>() {
            repr_items(thread, out, "[", "]", &list.to_vec(), depth)?;
        } else if let Some(tuple) = value.cast::<Tuple>() {
            repr_items(thread, out, "(", ")", &tuple.to_vec(), depth)?;
        } else {
            repr_value(thread, out, &value, depth)?;
        }
    }
    out.push_str(")");
    Ok(())
}

fn repr_value(thread: &Thread, out: &mut TextWriter, value: &Object, depth: usize) -> PyResult<()> {
    match value.is_instance::<Ast>() {
        true => repr_to_depth(thread, out, value, depth - 1),
        false => {
            out.push(&*value.repr(thread)?);
            Ok(())
        }
    }
}

/// The first and the last of the items.
fn repr_items(thread: &Thread, out: &mut TextWriter, open: &str, close: &str, items: &[Obj], depth: usize) -> PyResult<()> {
    out.push_str(open);
    if let Some(first) = items.first() {
        repr_value(thread, out, first, depth)?;
    }
    if items.len() > 2 {
        out.push_str(", ...");
    }
    if let Some(last) = items.get(1..).and_then(<[Obj]>::last) {
        out.push_str(", ");
        repr_value(thread, out, last, depth)?;
    }
    out.push_str(close);
    Ok(())
}

#[pyclass(name = "AST", module = "ast", traverse = [dict], dealloc = drop, dictoffset = 16, flags = abi::Py_TPFLAGS_BASETYPE,
    members = &[abi::PyMemberDef { name: c"__dict__".as_ptr(), r#type: abi::_Py_T_OBJECT, offset: 16, flags: abi::Py_READONLY, doc: std::ptr::null() }, NO_MEMBER])]
impl Ast {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        Ast::make(thread, cls, Dict::new(thread)?)
    }
    #[init(sig = "(*args, **kwargs)", text = "")]
    fn init(this: &Object, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<()> {
        let class = this.ty();
        let fields = names(thread, class, intern!("_fields"))?;
        let name = class.full_name().rsplit('.').next().unwrap_or("");
        if args.len() > fields.len() {
            let plural = if fields.len() == 1 { "" } else { "s" };
            return Err(thread.type_error(&format!("{name} constructor takes at most {} positional argument{plural}", fields.len())));
        }
        let mut given = vec![false; fields.len()];
        let set = |field: &Object, value: &Object| match field.cast::<Str>() {
            Some(field) => this.setattr(thread, field, Some(value)),
            None => Err(thread.type_error(&format!("attribute name must be string, not '{}'", field.ty().name()))),
        };
        for ((value, field), given) in args.iter().zip(&fields).zip(&mut given) {
            set(field, value)?;
            *given = true;
        }
        let mut attributes = None;
        for (key, value) in kwargs.iter() {
            match position(thread, &fields, key)? {
                Some(at) => match given.get_mut(at) {
                    Some(given) if !*given => *given = true,
                    _ => return Err(thread.type_error(&format!("{name} got multiple values for argument {}", key.repr(thread)?))),
                },
                None => {
                    if attributes.is_none() {
                        attributes = Some(names(thread, class, intern!("_attributes"))?);
                    }
                    if position(thread, attributes.as_deref().unwrap_or(&[]), key)?.is_none() {
                        let (class, key) = (class.full_name(), key.repr(thread)?);
                        deprecated(
                            thread,
                            &format!(
                                "{class}.__init__ got an unexpected keyword argument {key}. Support for arbitrary keyword \
                                 arguments is deprecated and will be removed in Python 3.15."
                            ),
                        )?;
                    }
                }
            }
            set(key, value)?;
        }
        let missing: Vec<Obj> = fields.into_iter().zip(given).filter(|(_, given)| !given).map(|(field, _)| field).collect();
        if missing.is_empty() { Ok(()) } else { fill_missing(thread, this, &missing) }
    }
    #[slot]
    fn tp_repr(this: &Object, thread: &Thread) -> PyResult<Owned<Str>> {
        let mut out = TextWriter::new();
        repr_to_depth(thread, &mut out, this, REPR_DEPTH)?;
        out.finish(thread)
    }
    #[method(text = "")]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let attributes = self.attributes(thread)?;
        // Placeholders keep the constructor from warning of missing fields.
        let mut placeholders = Vec::new();
        for field in names(thread, self.ty(), intern!("_fields"))? {
            if !attributes.contains_key(thread, &field)? {
                break;
            }
            placeholders.push(pyrox_objects::none());
        }
        let placeholders = Tuple::from_vec(thread, placeholders)?;
        Tuple::from_vec(thread, vec![(**self.ty()).own(), placeholders.upcast(), attributes.upcast()])
    }
    /// Return a copy of the AST node with new values for the specified fields.
    #[method(sig = "(*args, **fields)", text = "($self, /, **fields)")]
    fn __replace__(&self, thread: &Thread, args: Rest<'_>, fields: Keywords<'_>) -> PyResult<Obj> {
        let class = self.ty();
        let name = class.full_name().rsplit('.').next().unwrap_or("");
        if args.len() > 0 {
            return Err(thread.type_error("__replace__() takes no positional arguments"));
        }
        let known = names(thread, class, intern!("_fields"))?;
        let places = names(thread, class, intern!("_attributes"))?;
        let old = self.attributes(thread)?;
        let new = Dict::new(thread)?;
        for field in known.iter().chain(&places) {
            if let Some(value) = old.get(thread, field)? {
                new.set(thread, field, &value)?;
            }
        }
        for (key, value) in fields.iter() {
            if position(thread, &known, key)?.is_none() && position(thread, &places, key)?.is_none() {
                let key = key.repr(thread)?;
                return Err(thread.type_error(&format!("{name}.__replace__ got an unexpected keyword argument {key}.")));
            }
            new.set(thread, key, value)?;
        }
        let types = (**class).lookup_attr(thread, intern!("_field_types"))?;
        let mut missing = Vec::new();
        for field in &known {
            let ty = match types.as_ref().and_then(|types| types.cast::<Dict>()) {
                Some(types) => types.get(thread, field)?,
                None => None,
            };
            let optional = ty.is_some_and(|ty| ty.ty().full_name() == "typing.Union");
            if !optional && !new.contains_key(thread, field)? {
                missing.push(field.repr(thread)?.to_string_lossy().into_owned());
            }
        }
        if !missing.is_empty() {
            missing.sort();
            let plural = if missing.len() == 1 { "" } else { "s" };
            let (count, list) = (missing.len(), missing.join(", "));
            return Err(thread.type_error(&format!("{name}.__replace__ missing {count} keyword argument{plural}: {list}.")));
        }
        (**class).call_tuple(thread, &Tuple::empty(), Some(&new))
    }
}

const _: () = assert!(size_of::<Ast>() == 24);

/// Whether an object is a node.
pub fn is_node(object: &Object) -> bool {
    object.ty().is_subtype(Ast::ty())
}
