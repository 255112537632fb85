//! `typing.Union`: `int | str`.

use pyrox_macros::pyclass;

use crate::generic_alias::{GenericAlias, make_parameters, push_type_repr, substitute};
use crate::native::{NO_MEMBER, Raw, object_member};
use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::singletons::NoneType;
use crate::text_writer::TextWriter;
use crate::{CompareOp, FrozenSet, PyResult, Set, Str, Thread, Tuple, Type, exceptions};

/// A union of types.
#[repr(C)]
pub struct Union {
    head: Head,
    args: ObjCell,
    /// The arguments with a hash, as a frozenset; those without one, as a tuple or nothing.
    hashable: ObjCell,
    unhashable: ObjCell,
    /// Made when first asked for.
    parameters: ObjCell,
    weak_references: Raw,
}

/// What `|` of types accepts.
fn is_unionable(object: &Object) -> bool {
    object.is_none()
        || object.is_instance::<Type>()
        || object.is_instance::<GenericAlias>()
        || object.is_exact::<Union>()
        || object.ty().full_name() == "typing.TypeAliasType"
}

/// Collects the members of a union, each once.
struct Builder {
    args: Vec<Obj>,
    seen: Owned<Set>,
    unhashable: Vec<Obj>,
    /// Members must be types; what is none goes through `typing`'s check.
    checked: bool,
}

impl Builder {
    fn new(thread: &Thread, checked: bool) -> PyResult<Builder> {
        let Ok(seen) = Set::ty().call(thread, &[])?.downcast::<Set>() else {
            return Err(thread.system_error("set() gave no set"));
        };
        Ok(Builder { args: Vec::new(), seen, unhashable: Vec::new(), checked })
    }

    fn add(&mut self, thread: &Thread, member: &Object) -> PyResult<()> {
        if member.is_none() {
            return self.add_plain(thread, NoneType::ty());
        }
        if let Some(union) = member.exact::<Union>() {
            return self.add_all(thread, &union.args());
        }
        if self.checked && !is_unionable(member) {
            let import = crate::hooks::builtin(thread, "__import__")?;
            let typing = import.call(thread, &[crate::intern!("typing")])?;
            let message = Str::from_str(thread, "Union[arg, ...]: each arg must be a type.")?;
            let converted = typing.call_method(thread, crate::intern!("_type_check"), &[member, &message])?;
            return self.add_plain(thread, &converted);
        }
        self.add_plain(thread, member)
    }

    fn add_all(&mut self, thread: &Thread, members: &Tuple) -> PyResult<()> {
        for member in members.items() {
            self.add(thread, member)?;
        }
        Ok(())
    }

    fn add_plain(&mut self, thread: &Thread, member: &Object) -> PyResult<()> {
        if thread.optional(member.hash(thread), exceptions::type_error())?.is_none() {
            for known in &self.unhashable {
                if known.eq(thread, member)? {
                    return Ok(());
                }
            }
            self.unhashable.push(member.own());
        } else {
            if self.seen.contains(thread, member)? {
                return Ok(());
            }
            self.seen.call_method(thread, crate::intern!("add"), &[member])?;
        }
        self.args.push(member.own());
        Ok(())
    }

    fn finish(mut self, thread: &Thread) -> PyResult<Obj> {
        match self.args.len() {
            0 => return Err(thread.type_error("Cannot take a Union of no types.")),
            1 => {
                if let Some(only) = self.args.pop() {
                    return Ok(only);
                }
            }
            _ => {}
        }
        let hashable = FrozenSet::ty().call(thread, &[&self.seen])?;
        let unhashable = if self.unhashable.is_empty() { None } else { Some(Tuple::from_vec(thread, self.unhashable)?.upcast()) };
        let made = Union {
            head: Head::unset(),
            args: ObjCell::new(Some(Tuple::from_vec(thread, self.args)?.upcast())),
            hashable: ObjCell::new(Some(hashable)),
            unhashable: ObjCell::new(unhashable),
            parameters: ObjCell::empty(),
            weak_references: std::ptr::null_mut(),
        };
        Ok(Union::ty().instantiate(thread, made)?.upcast())
    }
}

/// `a | b` of types.
pub fn or(thread: &Thread, a: &Object, b: &Object) -> PyResult<Obj> {
    if !is_unionable(a) || !is_unionable(b) {
        return Ok(crate::not_implemented());
    }
    let mut builder = Builder::new(thread, false)?;
    builder.add(thread, a)?;
    builder.add(thread, b)?;
    builder.finish(thread)
}

/// `typing.Union[members]`.
pub fn from_members(thread: &Thread, members: &Object) -> PyResult<Obj> {
    let mut builder = Builder::new(thread, true)?;
    match members.cast::<Tuple>() {
        Some(members) => builder.add_all(thread, members)?,
        None => builder.add(thread, members)?,
    }
    builder.finish(thread)
}

impl Union {
    /// The members.
    pub fn args(&self) -> Owned<Tuple> {
        self.args.get().and_then(|args| args.downcast().ok()).unwrap_or_else(Tuple::empty)
    }

    fn unhashable(&self) -> Owned<Tuple> {
        self.unhashable.get().and_then(|args| args.downcast().ok()).unwrap_or_else(Tuple::empty)
    }

    fn parameters(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        if let Some(Ok(known)) = self.parameters.get().map(Obj::downcast::<Tuple>) {
            return Ok(known);
        }
        let made = make_parameters(thread, &self.args())?;
        self.parameters.set(Some(made.clone().upcast()));
        Ok(made)
    }

    fn equals(&self, thread: &Thread, other: &Union) -> PyResult<bool> {
        let (Some(a), Some(b)) = (self.hashable.get(), other.hashable.get()) else { return Ok(false) };
        let (left, right) = (self.unhashable(), other.unhashable());
        if left.len() != right.len() || !a.eq(thread, &b)? {
            return Ok(false);
        }
        for item in left.items() {
            if !right.contains(thread, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Represent a union type
///
/// E.g. for int | str
#[pyclass(name = "Union", module = "typing", symbol = "_PyUnion_Type", traverse = [args, hashable, unhashable, parameters],
    dealloc = drop, weaklistoffset = 48, members = &[object_member(c"__args__", 16, true), NO_MEMBER])]
impl Union {
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let mut out = TextWriter::new();
        for (at, item) in self.args().items().iter().enumerate() {
            if at > 0 {
                out.push_str(" | ");
            }
            push_type_repr(thread, &mut out, item)?;
        }
        out.finish(thread)
    }
    #[slot]
    fn tp_hash(&self, thread: &Thread) -> PyResult<isize> {
        let unhashable = self.unhashable();
        if unhashable.len() > 0 {
            // The members say best what is wrong with them.
            for item in unhashable.items() {
                item.hash(thread)?;
            }
            return Err(thread.type_error(&format!("union contains {} unhashable elements", unhashable.len())));
        }
        self.hashable.get().unwrap_or_else(crate::none).hash(thread)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        let Some(other) = other.exact::<Union>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return Ok(crate::not_implemented());
        };
        Ok(crate::bool_obj(self.equals(thread, other)? == (op == CompareOp::Eq)))
    }
    #[slot]
    fn tp_getattro(&self, thread: &Thread, name: &Object) -> PyResult<Obj> {
        let Some(name) = name.cast::<Str>() else { return Err(crate::protocol::attribute::bad_name(thread, name)) };
        if name.equals_str("__module__") {
            return (**self.ty()).getattr(thread, name);
        }
        match crate::protocol::attribute::generic_lookup(thread, self, name)? {
            Some(value) => Ok(value),
            None => {
                let message = format!("'{}' object has no attribute '{}'", self.ty().full_name(), name.to_string_lossy());
                Err(crate::protocol::attribute::attribute_error(thread, self, name, &message))
            }
        }
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        or(thread, a, b)
    }
    #[slot]
    fn mp_subscript(&self, thread: &Thread, item: &Object) -> PyResult<Obj> {
        let parameters = self.parameters(thread)?;
        let args = substitute(thread, self, &self.args(), &parameters, item)?;
        from_members(thread, &args)
    }
    #[method(sig = "(object, /)")]
    fn __mro_entries__(&self, thread: &Thread, object: &Object) -> PyResult<Obj> {
        let _ = object;
        Err(thread.type_error(&format!("Cannot subclass {}", self.repr(thread)?)))
    }
    /// Create a union containing the given types
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        let _ = cls;
        from_members(thread, object)
    }
    /// Name of the type
    #[getter]
    fn __name__(&self) -> &'static str {
        "Union"
    }
    /// Qualified name of the type
    #[getter]
    fn __qualname__(&self) -> &'static str {
        "Union"
    }
    /// Always returns the type
    #[getter]
    fn __origin__(&self) -> Obj {
        (**Union::ty()).own()
    }
    /// Type variables in the types.UnionType.
    #[getter]
    fn __parameters__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        self.parameters(thread)
    }
}

const _: () = assert!(size_of::<Union>() == 56);
