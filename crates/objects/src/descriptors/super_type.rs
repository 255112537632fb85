//! `super`.

use pyrox_abi as abi;
use pyrox_macros::pyclass;

use crate::object::{Head, Obj, ObjCell, Object, Owned, PyType};
use crate::{Dict, PyResult, Raised, Str, Thread, Tuple, Type};

/// A look-up that starts behind a class in an MRO.
#[repr(C)]
pub struct Super {
    head: Head,
    /// The class to start behind.
    class: ObjCell,
    object: ObjCell,
    /// Whose MRO is walked.
    object_type: ObjCell,
}

/// The type whose MRO `super(class, object)` walks.
fn check(thread: &Thread, class: &Type, object: &Object) -> PyResult<Obj> {
    if let Some(ty) = object.cast::<Type>() {
        // A custom MRO may leave the class itself out.
        let own = !std::ptr::eq(ty, class) || ty.mro().is_none_or(|mro| mro.items().iter().any(|item| item.is(class)));
        if own && ty.is_subtype(class) {
            return Ok(object.own());
        }
    }
    if object.ty().is_subtype(class) {
        return Ok((**object.ty()).own());
    }
    if let Some(said) = object.lookup_attr(thread, crate::intern!("__class__"))? {
        if said.cast::<Type>().is_some_and(|t| !std::ptr::eq(t, object.ty()) && t.is_subtype(class)) {
            return Ok(said);
        }
    }
    let (kind, name) = match object.cast::<Type>() {
        Some(ty) => ("type", ty.name().to_string()),
        None => ("instance of", object.ty().full_name().to_string()),
    };
    Err(thread.type_error(&format!("super(type, obj): obj ({kind} {name}) is not an instance or subtype of type ({}).", class.name())))
}

impl Super {
    /// The attribute `name` behind `class` in the MRO of `start`, bound to `object`.
    fn find(_thread: &Thread, class: &Type, start: &Type, object: &Object, name: &Str) -> PyResult<Option<Obj>> {
        let Some(mro) = start.mro().map(|m| m.to_vec()) else { return Ok(None) };
        let after = mro.iter().position(|t| std::ptr::eq(t.as_ptr() as *const Type, class)).map_or(mro.len(), |at| at + 1);
        for item in &mro[after.min(mro.len())..] {
            let Some(ty) = item.cast::<Type>() else { continue };
            let Some(value) = ty.dict().get_str(name) else { continue };
            return match value.ty().raw().tp_descr_get.get() {
                Some(get) => {
                    // A class as the object means an unbound look-up.
                    let instance = if std::ptr::eq(object.as_ptr() as *const Type, start) { std::ptr::null_mut() } else { object.as_ptr() };
                    // SAFETY: a descrgetfunc contract.
                    unsafe { Owned::from_raw_or_null(get(value.as_ptr(), instance, start.as_ptr())).ok_or(Raised).map(Some) }
                }
                None => Ok(Some(value)),
            };
        }
        Ok(None)
    }

    /// `super(class, object).name` without the super object.
    pub fn lookup(thread: &Thread, class: &Type, object: &Object, name: &Str) -> PyResult<Obj> {
        let start = check(thread, class, object)?;
        if let Some(start) = start.cast::<Type>() {
            if let Some(value) = Super::find(thread, class, start, object, name)? {
                return Ok(value);
            }
        }
        Err(crate::protocol::attribute::attribute_error(thread, object, name, &format!("'super' object has no attribute '{name}'")))
    }

    /// `super(class, object)`.
    pub fn new_object(thread: &Thread, class: &Type, object: Option<&Object>) -> PyResult<Owned<Super>> {
        let made = Super::make(thread, Super::ty())?;
        made.fill(thread, class, object)?;
        Ok(made)
    }

    fn make(thread: &Thread, cls: &Type) -> PyResult<Owned<Super>> {
        let object = cls.allocate(thread, 0)?;
        // SAFETY: an instance of this class or of a subclass; all-zero fields are empty cells.
        Ok(unsafe { object.cast_unchecked() })
    }

    fn fill(&self, thread: &Thread, class: &Type, object: Option<&Object>) -> PyResult<()> {
        let object = object.filter(|o| !o.is_none());
        let object_type = match object {
            Some(object) => Some(check(thread, class, object)?),
            None => None,
        };
        self.class.set(Some((**class).own()));
        self.object.set(object.map(Object::own));
        self.object_type.set(object_type);
        Ok(())
    }
}

/// super() -> same as super(__class__, <first argument>)
/// super(type) -> unbound super object
/// super(type, obj) -> bound super object; requires isinstance(obj, type)
/// super(type, type2) -> bound super object; requires issubclass(type2, type)
#[pyclass(name = "super", symbol = "PySuper_Type", traverse = [class, object, object_type], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE)]
impl Super {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Owned<Super>> {
        Super::make(thread, cls)
    }
    #[init(sig = "(*args)", text = "")]
    fn init(&self, thread: &Thread, args: crate::native::Rest<'_>) -> PyResult<()> {
        if args.len() > 2 {
            return Err(thread.type_error(&format!("super() expected at most 2 arguments, got {}", args.len())));
        }
        let (class, object) = (args.get(0), args.get(1));
        let Some(class) = class else {
            let (class, object) = crate::hooks::super_arguments(thread)?;
            let Some(class) = class.cast::<Type>() else {
                return Err(thread.runtime_error(&format!("super(): __class__ is not a type ({})", class.ty().full_name())));
            };
            return self.fill(thread, class, Some(&object));
        };
        let Some(class) = class.cast::<Type>() else {
            return Err(thread.type_error(&format!("super() argument 1 must be a type, not {}", class.ty().full_name())));
        };
        self.fill(thread, class, object)
    }
    #[slot]
    fn tp_repr(&self) -> String {
        let name = |cell: &ObjCell| cell.get().and_then(|o| o.cast::<Type>().map(|t| t.name().to_string()));
        let class = name(&self.class).unwrap_or_else(|| "NULL".into());
        match name(&self.object_type) {
            Some(object) => format!("<super: <class '{class}'>, <{object} object>>"),
            None => format!("<super: <class '{class}'>, NULL>"),
        }
    }
    #[slot]
    fn tp_getattro(this: &Object, thread: &Thread, name: &Object) -> PyResult<Obj> {
        // SAFETY: the slot of this type.
        let own = unsafe { this.cast_unchecked::<Super>() };
        if let (Some(text), Some(class), Some(object), Some(start)) =
            (name.cast::<Str>(), own.class.get(), own.object.get(), own.object_type.get())
        {
            if !text.equals_str("__class__") {
                if let (Some(class), Some(start)) = (class.cast::<Type>(), start.cast::<Type>()) {
                    if let Some(value) = Super::find(thread, class, start, &object, text)? {
                        return Ok(value);
                    }
                }
            }
        }
        // SAFETY: the slot's contract.
        unsafe { Owned::from_raw_or_null(crate::protocol::attribute::generic_getattr(this.as_ptr(), name.as_ptr())).ok_or(Raised) }
    }
    #[slot]
    fn tp_descr_get(&self, thread: &Thread, object: Option<&Object>, _ty: Option<&Object>) -> PyResult<Obj> {
        let Some(object) = object.filter(|o| !o.is_none()) else { return Ok((**self).own()) };
        if self.object.is_set() {
            return Ok((**self).own());
        }
        let Some(class) = self.class.get() else { return Ok((**self).own()) };
        if !self.is_exact::<Super>() {
            return self.ty().call(thread, &[&class, object]);
        }
        match class.cast::<Type>() {
            Some(class) => Ok(Super::new_object(thread, class, Some(object))?.upcast()),
            None => Ok((**self).own()),
        }
    }
    /// the class invoking super()
    #[getter]
    fn __thisclass__(&self) -> Option<Obj> {
        self.class.get()
    }
    /// the instance invoking super(); may be None
    #[getter]
    fn __self__(&self) -> Option<Obj> {
        self.object.get()
    }
    /// the type of the instance invoking super(); may be None
    #[getter]
    fn __self_class__(&self) -> Option<Obj> {
        self.object_type.get()
    }
}
