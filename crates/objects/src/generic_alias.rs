//! `types.GenericAlias`: `list[int]` and the like.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::native::{NO_MEMBER, Raw, object_member};
use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::text_writer::TextWriter;
use crate::{CompareOp, Dict, List, PyResult, Str, Thread, Tuple, Type, exceptions};

/// A generic class with its arguments; `*` before it if it is unpacked.
#[repr(C)]
pub struct GenericAlias {
    head: Head,
    origin: ObjCell,
    args: ObjCell,
    /// Made when it is first asked for.
    parameters: ObjCell,
    weak_references: Raw,
    starred: Cell<u8>,
    vectorcall: abi::vectorcallfunc,
}

/// Attributes that the alias has itself; all others are the origin's.
const OWN: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];
/// Attributes that are not to be taken from the origin.
const BLOCKED: &[&str] = &["__bases__", "__copy__", "__deepcopy__"];

/// `origin[arguments]`.
pub fn new(thread: &Thread, origin: &Object, arguments: &Object) -> PyResult<Obj> {
    Ok(GenericAlias::make(thread, GenericAlias::ty(), origin, arguments, false)?.upcast())
}

impl GenericAlias {
    fn make(thread: &Thread, class: &Type, origin: &Object, arguments: &Object, starred: bool) -> PyResult<Owned<GenericAlias>> {
        let args = if arguments.is_instance::<Tuple>() { arguments.own() } else { Tuple::from_slice(thread, &[arguments])?.upcast() };
        class.instantiate(
            thread,
            GenericAlias {
                head: Head::unset(),
                origin: ObjCell::new(Some(origin.own())),
                args: ObjCell::new(Some(args)),
                parameters: ObjCell::empty(),
                weak_references: std::ptr::null_mut(),
                starred: Cell::new(starred as u8),
                vectorcall: Some(vectorcall),
            },
        )
    }

    /// The generic class.
    pub fn origin(&self) -> Obj {
        self.origin.get().unwrap_or_else(crate::none)
    }

    /// The arguments.
    pub fn args(&self) -> Owned<Tuple> {
        self.args.get().and_then(|args| args.downcast().ok()).unwrap_or_else(Tuple::empty)
    }

    fn is_starred(&self) -> bool {
        self.starred.get() != 0
    }

    fn parameters(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        if let Some(Ok(known)) = self.parameters.get().map(Obj::downcast::<Tuple>) {
            return Ok(known);
        }
        let made = make_parameters(thread, &self.args())?;
        self.parameters.set(Some(made.clone().upcast()));
        Ok(made)
    }
}

/// Tell the instance which alias it was made by; what does not allow it is left as it is.
fn set_original_class(thread: &Thread, alias: &Object, instance: Obj) -> PyResult<Obj> {
    match instance.setattr(thread, crate::intern!("__orig_class__"), Some(alias)) {
        Ok(()) => Ok(instance),
        Err(_) if thread.take_if(exceptions::attribute_error()) || thread.take_if(exceptions::type_error()) => Ok(instance),
        Err(raised) => Err(raised),
    }
}

unsafe extern "C-unwind" fn vectorcall(callable: Raw, arguments: *const Raw, nargsf: usize, kwnames: Raw) -> Raw {
    // SAFETY: a vectorcallfunc contract; the callable is an alias.
    unsafe {
        let thread = Thread::current();
        let alias = &*(callable as *const GenericAlias);
        let origin = alias.origin();
        let made = origin.vectorcall(thread, arguments, nargsf, kwnames);
        crate::native::give(thread, made.and_then(|instance| set_original_class(thread, alias, instance)))
    }
}

/// How a type shows inside an alias or a union.
pub fn push_type_repr(thread: &Thread, out: &mut TextWriter, item: &Object) -> PyResult<()> {
    if item.is(crate::ellipsis_ref()) {
        out.push_str("...");
        return Ok(());
    }
    if item.is(crate::singletons::NoneType::ty()) {
        out.push_str("None");
        return Ok(());
    }
    let is_alias = item.hasattr(thread, crate::intern!("__origin__"))? && item.hasattr(thread, crate::intern!("__args__"))?;
    if !is_alias {
        let qualname = item.lookup_attr(thread, crate::intern!("__qualname__"))?;
        let module = match &qualname {
            Some(_) => item.lookup_attr(thread, crate::intern!("__module__"))?.filter(|module| !module.is_none()),
            None => None,
        };
        if let (Some(qualname), Some(module)) = (qualname, module) {
            let module = module.str(thread)?;
            if !module.equals_str("builtins") {
                out.push(&module);
                out.push_str(".");
            }
            out.push(&*qualname.str(thread)?);
            return Ok(());
        }
    }
    out.push(&*item.repr(thread)?);
    Ok(())
}

fn push_argument(thread: &Thread, out: &mut TextWriter, item: &Object) -> PyResult<()> {
    let Some(list) = item.exact::<List>() else { return push_type_repr(thread, out, item) };
    out.push_str("[");
    let mut at = 0;
    while let Some(inner) = list.get(at) {
        if at > 0 {
            out.push_str(", ");
        }
        push_type_repr(thread, out, &inner)?;
        at += 1;
    }
    out.push_str("]");
    Ok(())
}

fn add_unique(items: &mut Vec<Obj>, item: &Object) {
    if !items.iter().any(|known| known.is(item)) {
        items.push(item.own());
    }
}

/// The type variables that occur in the arguments, each once, in order.
pub fn make_parameters(thread: &Thread, args: &Tuple) -> PyResult<Owned<Tuple>> {
    let mut found = Vec::new();
    thread.check_stack(" in generic parameters")?;
    for item in args.items() {
        if item.is_instance::<Type>() {
            continue;
        }
        if item.hasattr(thread, crate::intern!("__typing_subst__"))? {
            add_unique(&mut found, item);
            continue;
        }
        let inner = if item.is_instance::<Tuple>() || item.is_instance::<List>() {
            make_parameters(thread, &*Tuple::from_iterable(thread, item)?)?
        } else {
            match item.lookup_attr(thread, crate::intern!("__parameters__"))?.map(Obj::downcast::<Tuple>) {
                Some(Ok(inner)) => inner,
                _ => continue,
            }
        };
        for parameter in inner.items() {
            add_unique(&mut found, parameter);
        }
    }
    Tuple::from_vec(thread, found)
}

/// The items of a subscript, with unpacked tuples spread.
fn unpack_items(thread: &Thread, item: &Object) -> PyResult<Vec<Obj>> {
    let items = match item.cast::<Tuple>() {
        Some(tuple) => tuple.to_vec(),
        None => vec![item.own()],
    };
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        if !item.is_instance::<Type>() {
            let inner = item.lookup_attr(thread, crate::intern!("__typing_unpacked_tuple_args__"))?;
            if let Some(Ok(inner)) = inner.map(Obj::downcast::<Tuple>) {
                let open = inner.items().last().is_some_and(|last| last.is(crate::ellipsis_ref()));
                if !open {
                    out.extend(inner.to_vec());
                    continue;
                }
            }
        }
        out.push(item);
    }
    Ok(out)
}

/// Substitute the variables of an argument that is generic itself.
fn substitute_inner(thread: &Thread, object: &Object, parameters: &Tuple, items: &Tuple) -> PyResult<Obj> {
    let inner = match object.lookup_attr(thread, crate::intern!("__parameters__"))?.map(Obj::downcast::<Tuple>) {
        Some(Ok(inner)) if inner.len() > 0 => inner,
        _ => return Ok(object.own()),
    };
    let mut values = Vec::with_capacity(inner.len());
    for variable in inner.items() {
        match parameters.items().iter().position(|p| p.is(variable)).and_then(|at| Some((at, *items.items().get(at)?))) {
            Some((_, value)) => match value.cast::<Tuple>() {
                // A variable that stands for many.
                Some(many) if variable.ty().raw().tp_iter.get().is_some() => values.extend(many.to_vec()),
                _ => values.push(value.own()),
            },
            None => values.push(variable.own()),
        }
    }
    object.get_item(thread, &*Tuple::from_vec(thread, values)?)
}

/// The arguments with `item` put in for the parameters: what `alias[item]` has as arguments.
pub fn substitute(thread: &Thread, alias: &Object, args: &Tuple, parameters: &Tuple, item: &Object) -> PyResult<Owned<Tuple>> {
    thread.check_stack(" in generic substitution")?;
    if parameters.len() == 0 {
        return Err(thread.type_error(&format!("{} is not a generic class", alias.repr(thread)?)));
    }
    let mut item = Tuple::from_vec(thread, unpack_items(thread, item)?)?.upcast();
    for parameter in parameters.items() {
        let prepare = parameter.lookup_attr(thread, crate::intern!("__typing_prepare_subst__"))?;
        if let Some(prepare) = prepare.filter(|prepare| !prepare.is_none()) {
            let tuple = if item.is_instance::<Tuple>() { item } else { Tuple::from_vec(thread, vec![item])?.upcast() };
            item = prepare.call(thread, &[alias, &tuple])?;
        }
    }
    let items = match item.downcast::<Tuple>() {
        Ok(items) => items,
        Err(single) => Tuple::from_vec(thread, vec![single])?,
    };
    if items.len() != parameters.len() {
        let what = if items.len() > parameters.len() { "many" } else { "few" };
        return Err(thread.type_error(&format!(
            "Too {what} arguments for {}; actual {}, expected {}",
            alias.repr(thread)?,
            items.len(),
            parameters.len()
        )));
    }
    let mut out = Vec::with_capacity(args.len());
    for argument in args.items() {
        if argument.is_instance::<Type>() {
            out.push(argument.own());
            continue;
        }
        if argument.is_instance::<Tuple>() || argument.is_instance::<List>() {
            let inner = Tuple::from_iterable(thread, argument)?;
            // Nothing to substitute inside stays as it is.
            let made = substitute(thread, alias, &inner, parameters, &items)?;
            out.push(if argument.is_instance::<List>() { List::from_vec(thread, made.to_vec())?.upcast() } else { made.upcast() });
            continue;
        }
        let unpacked = match argument.lookup_attr(thread, crate::intern!("__typing_is_unpacked_typevartuple__"))? {
            Some(flag) => flag.is_true(thread)?,
            None => false,
        };
        let value = match argument.lookup_attr(thread, crate::intern!("__typing_subst__"))? {
            Some(function) => {
                let at = parameters.items().iter().position(|p| p.is(argument)).filter(|&at| at < items.len());
                match at {
                    Some(at) => function.call(thread, &[items.get(at)])?,
                    None => argument.own(),
                }
            }
            None => substitute_inner(thread, argument, parameters, &items)?,
        };
        if !unpacked {
            out.push(value);
            continue;
        }
        match value.cast::<Tuple>() {
            Some(many) => out.extend(many.to_vec()),
            None => {
                return Err(thread.type_error(&format!(
                    "expected __typing_subst__ of {} objects to return a tuple, not {}",
                    argument.ty().full_name(),
                    value.ty().full_name()
                )));
            }
        }
    }
    Tuple::from_vec(thread, out)
}

/// Represent a PEP 585 generic type
///
/// For example, for t = list[int], t.__origin__ is list and t.__args__
/// is (int,).
#[pyclass(name = "GenericAlias", module = "types", symbol = "Py_GenericAliasType", traverse = [origin, args, parameters], dealloc = drop,
    weaklistoffset = 40, vectorcalloffset = 56, flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_HAVE_VECTORCALL,
    members = &[object_member(c"__origin__", 16, true), object_member(c"__args__", 24, true),
        abi::PyMemberDef { name: c"__unpacked__".as_ptr(), r#type: abi::Py_T_BOOL, offset: 48, flags: abi::Py_READONLY, doc: std::ptr::null() },
        NO_MEMBER])]
impl GenericAlias {
    #[new(sig = "(origin, args, /)")]
    fn create(cls: &Type, thread: &Thread, origin: &Object, args: &Object) -> PyResult<Owned<GenericAlias>> {
        GenericAlias::make(thread, cls, origin, args, false)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let mut out = TextWriter::new();
        if self.is_starred() {
            out.push_str("*");
        }
        push_type_repr(thread, &mut out, &self.origin())?;
        out.push_str("[");
        let args = self.args();
        for (at, item) in args.items().iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            push_argument(thread, &mut out, item)?;
        }
        out.push_str(if args.len() == 0 { "()]" } else { "]" });
        out.finish(thread)
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        Ok(self.origin().hash(thread)? ^ self.args().hash(thread)?)
    }
    #[slot]
    fn tp_call(&self, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        let made = self.origin().call_tuple(thread, args, kwargs)?;
        set_original_class(thread, self, made)
    }
    #[slot]
    fn tp_getattro(&self, thread: &Thread, name: &Object) -> PyResult<Obj> {
        let Some(name) = name.cast::<Str>() else { return Err(crate::protocol::attribute::bad_name(thread, name)) };
        if OWN.iter().chain(BLOCKED).any(|own| name.equals_str(own)) {
            return match crate::protocol::attribute::generic_lookup(thread, self, name)? {
                Some(value) => Ok(value),
                None => Err(crate::protocol::attribute::no_attribute(thread, self, name)),
            };
        }
        self.origin().getattr(thread, name)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.cast::<GenericAlias>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return Ok(crate::not_implemented());
        };
        let equal = self.is_starred() == other.is_starred()
            && self.origin().eq(thread, &other.origin())?
            && self.args().eq(thread, &other.args())?;
        Ok(crate::bool_obj(equal == (op == CompareOp::Eq)))
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Obj> {
        let made = GenericAliasIterator { head: Head::unset(), alias: ObjCell::new(Some((**self).own())) };
        Ok(GenericAliasIterator::ty().instantiate(thread, made)?.upcast())
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        crate::union_type::or(thread, a, b)
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, item: &Object) -> PyResult<Obj> {
        let parameters = self.parameters(thread)?;
        let args = substitute(thread, self, &self.args(), &parameters, item)?;
        Ok(GenericAlias::make(thread, GenericAlias::ty(), &self.origin(), &args, self.is_starred())?.upcast())
    }
    #[method(sig = "(object, /)")]
    fn __mro_entries__(&self, thread: &Thread, object: &Object) -> PyResult<Owned<Tuple>> {
        let _ = object;
        Tuple::from_vec(thread, vec![self.origin()])
    }
    #[method(sig = "(object, /)")]
    fn __instancecheck__(&self, thread: &Thread, object: &Object) -> PyResult<bool> {
        let _ = object;
        Err(thread.type_error("isinstance() argument 2 cannot be a parameterized generic"))
    }
    #[method(sig = "(object, /)")]
    fn __subclasscheck__(&self, thread: &Thread, object: &Object) -> PyResult<bool> {
        let _ = object;
        Err(thread.type_error("issubclass() argument 2 cannot be a parameterized generic"))
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        if self.is_starred() {
            let plain = GenericAlias::make(thread, GenericAlias::ty(), &self.origin(), &self.args(), false)?;
            let iterator = plain.iter(thread)?;
            let next = crate::hooks::builtin(thread, "next")?;
            return Tuple::from_vec(thread, vec![next, Tuple::from_vec(thread, vec![iterator])?.upcast()]);
        }
        let arguments = Tuple::from_vec(thread, vec![self.origin(), self.args().upcast()])?;
        Tuple::from_vec(thread, vec![(**self.ty()).own(), arguments.upcast()])
    }
    #[method]
    fn __dir__(&self, thread: &Thread) -> PyResult<Obj> {
        let names = self.origin().dir(thread)?;
        if let Some(list) = names.cast::<List>() {
            for own in OWN {
                let name = Str::intern_str(thread, own)?;
                if !names.contains(thread, &name)? {
                    list.append(thread, name.upcast())?;
                }
            }
        }
        Ok(names)
    }
    /// Type variables in the GenericAlias.
    #[getter]
    fn __parameters__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        self.parameters(thread)
    }
    #[getter]
    fn __typing_unpacked_tuple_args__(&self) -> Option<Obj> {
        (self.is_starred() && self.origin().is(Tuple::ty())).then(|| self.args().upcast())
    }
}

/// Iterator that gives the unpacked form of an alias once: what `*tuple[int]` asks for.
#[repr(C)]
pub struct GenericAliasIterator {
    head: Head,
    alias: ObjCell,
}

#[pyclass(name = "generic_alias_iterator", symbol = "_Py_GenericAliasIterType", traverse = [alias], dealloc = drop)]
impl GenericAliasIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(Ok(alias)) = self.alias.take().map(Obj::downcast::<GenericAlias>) else { return Ok(None) };
        Ok(Some(GenericAlias::make(thread, GenericAlias::ty(), &alias.origin(), &alias.args(), true)?.upcast()))
    }
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let iter = crate::hooks::builtin(thread, "iter")?;
        let source = self.alias.get().unwrap_or_else(|| Tuple::empty().upcast());
        Tuple::from_vec(thread, vec![iter, Tuple::from_vec(thread, vec![source])?.upcast()])
    }
}

const _: () = assert!(size_of::<GenericAlias>() == 64);
