//! `types.SimpleNamespace`.

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::native::{Keywords, NO_MEMBER, Rest};
use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::text_writer::TextWriter;
use crate::{CompareOp, Dict, PyResult, Str, Thread, Tuple, Type};

/// Attributes in a dict, and nothing else.
#[repr(C)]
pub struct Namespace {
    head: Head,
    dict: ObjCell,
}

impl Namespace {
    /// A namespace with these attributes.
    pub fn new(thread: &Thread, attributes: Option<&Dict>) -> PyResult<Owned<Namespace>> {
        let dict = match attributes {
            Some(attributes) => attributes.copy(thread)?,
            None => Dict::new(thread)?,
        };
        Namespace::ty().instantiate(thread, Namespace { head: Head::unset(), dict: ObjCell::new(Some(dict.upcast())) })
    }

    /// The attributes.
    pub fn dict(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
        if let Some(Ok(dict)) = self.dict.get().map(Obj::downcast::<Dict>) {
            return Ok(dict);
        }
        let dict = Dict::new(thread)?;
        self.dict.set(Some(dict.clone().upcast()));
        Ok(dict)
    }
}

/// A simple attribute-based namespace.
#[pyclass(name = "SimpleNamespace", module = "types", symbol = "_PyNamespace_Type", traverse = [dict], dealloc = drop,
    dictoffset = 16, flags = abi::Py_TPFLAGS_BASETYPE,
    members = &[abi::PyMemberDef { name: c"__dict__".as_ptr(), r#type: abi::_Py_T_OBJECT, offset: 16, flags: abi::Py_READONLY, doc: std::ptr::null() }, NO_MEMBER])]
impl Namespace {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        let _ = args;
        let made = Namespace { head: Head::unset(), dict: ObjCell::new(Some(Dict::new(thread)?.upcast())) };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    #[init(sig = "(*args, **kwargs)", text = "(mapping_or_iterable=(), /, **kwargs)")]
    fn init(&self, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<()> {
        if args.len() > 1 {
            return Err(thread.type_error(&format!("{} expected at most 1 argument, got {}", self.ty().name(), args.len())));
        }
        let dict = self.dict(thread)?;
        if let Some(source) = args.get(0) {
            let given = match source.exact::<Dict>() {
                Some(given) => given.copy(thread)?,
                None => {
                    let given = Dict::new(thread)?;
                    if source.hasattr(thread, crate::intern!("keys"))? {
                        given.update(thread, source)?;
                    } else {
                        given.update_pairs(thread, source)?;
                    }
                    given
                }
            };
            if given.keys_vec().iter().any(|key| !key.is_instance::<Str>()) {
                return Err(thread.type_error("keywords must be strings"));
            }
            dict.update(thread, &given)?;
        }
        for (name, value) in kwargs.iter() {
            dict.set(thread, name, value)?;
        }
        Ok(())
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let mut out = TextWriter::new();
        out.push_str(if self.is_exact::<Namespace>() { "namespace" } else { self.ty().full_name() });
        let Some(_guard) = crate::repr_guard::enter(self) else {
            out.push_str("(...)");
            return out.finish(thread);
        };
        out.push_str("(");
        let mut first = true;
        for (key, value) in self.dict(thread)?.items_vec() {
            let Some(key) = key.cast::<Str>().filter(|key| key.len() > 0) else { continue };
            if !first {
                out.push_str(", ");
            }
            first = false;
            out.push(key);
            out.push_str("=");
            out.push(&*value.repr(thread)?);
        }
        out.push_str(")");
        out.finish(thread)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        match other.cast::<Namespace>() {
            Some(other) => self.dict(thread)?.richcompare(thread, &*other.dict(thread)?, op),
            None => Ok(crate::not_implemented()),
        }
    }
    /// Return state information for pickling
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        Tuple::from_vec(thread, vec![(**self.ty()).own(), Tuple::empty().upcast(), self.dict(thread)?.upcast()])
    }
    /// Return a copy of the namespace object with new values for the specified attributes.
    #[method(sig = "(*args, **changes)", text = "($self, /, **changes)")]
    fn __replace__(&self, thread: &Thread, args: Rest<'_>, changes: Keywords<'_>) -> PyResult<Obj> {
        if args.len() > 0 {
            return Err(thread.type_error("__replace__() takes no positional arguments"));
        }
        let made = (**self.ty()).call(thread, &[])?;
        let Some(copy) = made.cast::<Namespace>() else {
            return Err(thread.type_error(&format!(
                "expect {} type, but {}() returned '{}' object",
                Namespace::ty().full_name(),
                self.ty().full_name(),
                made.ty().full_name()
            )));
        };
        let dict = copy.dict(thread)?;
        dict.update(thread, &*self.dict(thread)?)?;
        for (name, value) in changes.iter() {
            dict.set(thread, name, value)?;
        }
        Ok(made)
    }
}

const _: () = assert!(size_of::<Namespace>() == 24);
