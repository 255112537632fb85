//! `BaseExceptionGroup` and `ExceptionGroup`, and what `except*` does with them.

use std::ffi::c_void;

use pyrox_abi as abi;
use pyrox_abi::{PyBaseExceptionGroupObject, PyObject};
use pyrox_macros::pyclass;

use super::base::BaseException;
use super::memory::{self, init_args, read, write};
use crate::native::{NO_MEMBER, object_member};
use crate::object::{Obj, Object, Owned, PyType, address};
use crate::{Dict, Function, List, PyResult, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// A message and the exceptions it is about.
#[repr(transparent)]
pub struct BaseExceptionGroup(PyBaseExceptionGroupObject);

const FIELDS: &[usize] = &[72, 80, 88];

/// Which exceptions a split picks.
pub enum Matcher {
    /// Instances of a class or of one of a tuple of classes.
    Class(Obj),
    /// Those for which a callable gives a true value.
    Predicate(Obj),
    /// These leaves, by identity.
    Leaves(Vec<usize>),
}

fn is_exception_class(object: &Object) -> bool {
    object.cast::<Type>().is_some_and(|ty| ty.flags() & abi::Py_TPFLAGS_BASE_EXC_SUBCLASS != 0)
}

impl Matcher {
    fn of(thread: &Thread, value: &Object) -> PyResult<Matcher> {
        if value.is_exact::<Function>() || (value.is_callable() && !value.is_instance::<Type>()) {
            return Ok(Matcher::Predicate(value.own()));
        }
        let all = |tuple: &Tuple| tuple.items().iter().all(|item| is_exception_class(item));
        if is_exception_class(value) || value.exact::<Tuple>().is_some_and(all) {
            return Ok(Matcher::Class(value.own()));
        }
        Err(thread.type_error("expected an exception type, a tuple of exception types, or a callable (other than a class)"))
    }

    fn picks(&self, thread: &Thread, exception: &Object) -> PyResult<bool> {
        match self {
            Matcher::Class(class) => Ok(matches(exception, class)),
            Matcher::Predicate(function) => function.call(thread, &[exception])?.is_true(thread),
            Matcher::Leaves(leaves) => Ok(!exception.is_instance::<BaseExceptionGroup>() && leaves.contains(&address(exception))),
        }
    }
}

/// The exception is an instance of the class, or of one in a tuple of them.
fn matches(exception: &Object, class: &Object) -> bool {
    match (class.cast::<Type>(), class.cast::<Tuple>()) {
        (Some(class), _) => exception.is_instance_of(class),
        (None, Some(classes)) => classes.items().iter().any(|class| class.cast::<Type>().is_some_and(|c| exception.is_instance_of(c))),
        _ => false,
    }
}

impl BaseExceptionGroup {
    /// `BaseExceptionGroup(message, exceptions)`.
    pub fn create(thread: &Thread, message: &str, exceptions: Vec<Obj>) -> PyResult<Obj> {
        let message = Str::from_str(thread, message)?;
        let exceptions = List::from_vec(thread, exceptions)?;
        BaseExceptionGroup::ty().call(thread, &[&message, &exceptions])
    }

    /// The exceptions in it.
    pub fn exceptions(&self) -> Owned<Tuple> {
        read(&self.0.excs).and_then(|e| e.downcast().ok()).unwrap_or_else(Tuple::empty)
    }

    pub fn message(&self) -> Option<Obj> {
        read(&self.0.msg)
    }

    /// A group derived from this one with some of its exceptions; nothing if there are none.
    fn subset(&self, thread: &Thread, exceptions: Vec<Obj>) -> PyResult<Option<Obj>> {
        if exceptions.is_empty() {
            return Ok(None);
        }
        let list = List::from_vec(thread, exceptions)?;
        let made = self.call_method(thread, crate::intern!("derive"), &[&list])?;
        let (Some(_), Some(to), Some(from)) = (made.cast::<BaseExceptionGroup>(), BaseException::of(&made), BaseException::of(self)) else {
            return Err(thread.type_error("derive must return an instance of BaseExceptionGroup"));
        };
        if let Some(traceback) = from.traceback() {
            to.set_traceback(Some(traceback));
        }
        to.set_context(from.context());
        to.set_cause(from.cause());
        let name = crate::intern!("__notes__");
        if let Some(notes) = self.lookup_attr(thread, name)? {
            // Notes that are no sequence are not copied, as their meaning is unknown.
            if notes.is_sequence() {
                let notes = List::from_iterable(thread, &notes)?;
                made.setattr(thread, name, Some(&notes))?;
            }
        }
        Ok(Some(made))
    }
}

/// What matched and what did not.
type Parts = (Option<Obj>, Option<Obj>);

/// Split an exception, group or not. Without `rest` the second part is left out.
pub fn split(thread: &Thread, exception: &Object, matcher: &Matcher, rest: bool) -> PyResult<Parts> {
    if matcher.picks(thread, exception)? {
        return Ok((Some(exception.own()), None));
    }
    let Some(group) = exception.cast::<BaseExceptionGroup>() else {
        return Ok((None, rest.then(|| exception.own())));
    };
    thread.check_stack(" in exceptiongroup_split_recursive")?;
    let (mut picked, mut left) = (Vec::new(), Vec::new());
    for inner in group.exceptions().to_vec() {
        let (yes, no) = split(thread, &inner, matcher, rest)?;
        picked.extend(yes);
        left.extend(no);
    }
    let picked = group.subset(thread, picked)?;
    Ok((picked, if rest { group.subset(thread, left)? } else { None }))
}

/// `except*`: what of the exception the classes catch (always a group), and what is left.
pub fn match_star(thread: &Thread, exception: &Object, classes: &Object) -> PyResult<Parts> {
    if matches(exception, classes) {
        if exception.is_instance::<BaseExceptionGroup>() {
            return Ok((Some(exception.own()), None));
        }
        let only = Tuple::from_slice(thread, &[exception])?;
        let group = BaseExceptionGroup::ty().call(thread, &[&Str::empty(), &only])?;
        if let (Some(to), Some(from)) = (BaseException::of(&group), BaseException::of(exception)) {
            to.set_traceback(from.traceback());
        }
        return Ok((Some(group), None));
    }
    let Some(group) = exception.cast::<BaseExceptionGroup>() else {
        return Ok((None, Some(exception.own())));
    };
    let parts = group.call_method(thread, crate::intern!("split"), &[classes])?;
    let Some(parts) = parts.cast::<Tuple>() else {
        let message = format!("{}.split must return a tuple, not {}", group.ty().full_name(), parts.ty().full_name());
        return Err(thread.type_error(&message));
    };
    let (Some(matched), Some(rest)) = (parts.items().first(), parts.items().get(1)) else {
        let message = format!("{}.split must return a 2-tuple, got tuple of size {}", group.ty().full_name(), parts.len());
        return Err(thread.type_error(&message));
    };
    let some = |part: &Object| (!part.is_none()).then(|| part.own());
    Ok((some(matched), some(rest)))
}

fn same(a: Option<Obj>, b: Option<Obj>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.is(&b),
        (None, None) => true,
        _ => false,
    }
}

impl BaseExceptionGroup {
    /// Whether `group` was made around `exception`, which is no group itself.
    pub fn wraps(group: &Object, exception: &Object) -> bool {
        !exception.is_instance::<BaseExceptionGroup>() && group.is_instance::<BaseExceptionGroup>()
    }
}

/// Both groups were made by splitting one, so that neither was raised anew.
fn same_metadata(a: &Object, b: &Object) -> bool {
    let groups = a.is_instance::<BaseExceptionGroup>() && b.is_instance::<BaseExceptionGroup>();
    match (BaseException::of(a), BaseException::of(b)) {
        (Some(a), Some(b)) if groups => {
            same(a.notes(), b.notes()) && same(a.traceback(), b.traceback()) && same(a.cause(), b.cause()) && same(a.context(), b.context())
        }
        _ => false,
    }
}

fn collect_leaves(thread: &Thread, exception: &Object, leaves: &mut Vec<usize>) -> PyResult<()> {
    let Some(group) = exception.cast::<BaseExceptionGroup>() else {
        leaves.push(address(exception));
        return Ok(());
    };
    thread.check_stack(" in collect_exception_group_leaf_ids")?;
    for inner in group.exceptions().to_vec() {
        collect_leaves(thread, &inner, leaves)?;
    }
    Ok(())
}

/// The end of `except*`: what has to be raised out of what the clauses raised and what none of them took.
pub fn prepare_reraise_star(thread: &Thread, original: &Object, exceptions: &[Obj]) -> PyResult<Option<Obj>> {
    let some = |exception: &Obj| (!exception.is_none()).then(|| exception.clone());
    if !original.is_instance::<BaseExceptionGroup>() {
        // A plain exception was wrapped, so only one clause can have run.
        return Ok(exceptions.first().and_then(some));
    }
    let (mut raised, mut reraised) = (Vec::new(), Vec::new());
    for exception in exceptions.iter().filter_map(some) {
        if same_metadata(&exception, original) {
            reraised.push(exception);
        } else {
            raised.push(exception);
        }
    }
    let mut leaves = Vec::new();
    for exception in &reraised {
        collect_leaves(thread, exception, &mut leaves)?;
    }
    let kept = split(thread, original, &Matcher::Leaves(leaves), false)?.0;
    if raised.is_empty() {
        return Ok(kept);
    }
    raised.extend(kept);
    if raised.len() == 1 {
        return Ok(raised.pop());
    }
    BaseExceptionGroup::create(thread, "", raised).map(Some)
}

/// A combination of multiple unrelated exceptions.
#[pyclass(name = "BaseExceptionGroup", symbol = "_PyExc_BaseExceptionGroup", gc, base = BaseException::TYPE,
    flags = abi::Py_TPFLAGS_BASETYPE,
    members = &[object_member(c"message", 72, true), object_member(c"exceptions", 80, true), NO_MEMBER])]
impl BaseExceptionGroup {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        let [message, exceptions] = args.items() else {
            return Err(thread.type_error(&format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)", args.len())));
        };
        if !message.is_instance::<Str>() {
            let got = if message.is_none() { "None" } else { message.ty().full_name() };
            return Err(thread.type_error(&format!("BaseExceptionGroup.__new__() argument 1 must be str, not {got}")));
        }
        if !exceptions.is_sequence() {
            return Err(thread.type_error("second argument (exceptions) must be a sequence"));
        }
        // What is neither list nor tuple may change, so its looks are kept.
        let shown = if exceptions.is_instance::<List>() || exceptions.is_instance::<Tuple>() {
            None
        } else {
            Some(exceptions.repr(thread)?.upcast())
        };
        let items = Tuple::from_iterable(thread, exceptions)?;
        if items.len() == 0 {
            return Err(thread.value_error("second argument (exceptions) must be a non-empty sequence"));
        }
        let mut all_plain = true;
        for (at, item) in items.items().iter().enumerate() {
            if BaseException::of(item).is_none() {
                return Err(thread.value_error(&format!("Item {at} of second argument (exceptions) is not an exception")));
            }
            all_plain &= item.is_instance_of(super::exception());
        }
        let mut class = cls;
        if std::ptr::eq(cls, BaseExceptionGroup::ty()) {
            if all_plain {
                class = super::exception_group();
            }
        } else if !all_plain {
            if std::ptr::eq(cls, super::exception_group()) {
                return Err(thread.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
            }
            if cls.is_subtype(super::exception()) {
                return Err(thread.type_error(&format!("Cannot nest BaseExceptions in '{}'", cls.name())));
            }
        }
        let object = class.allocate(thread, 0)?;
        init_args(thread, &object, args, None)?;
        // SAFETY: instances of the class have this layout.
        let group = unsafe { &*(object.as_ptr() as *const BaseExceptionGroup) };
        write(&group.0.msg, Some(message.own()));
        write(&group.0.excs, Some(items.upcast()));
        write(&group.0.excs_str, shown);
        Ok(object)
    }
    #[slot]
    fn tp_init(this: &Object, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        init_args(thread, this, args, kwargs)
    }
    #[slot]
    fn tp_str(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let message = self.message().unwrap_or_else(crate::none).str(thread)?;
        let count = self.exceptions().len();
        let tail = Str::from_str(thread, &format!(" ({count} sub-exception{})", if count == 1 { "" } else { "s" }))?;
        message.concat(thread, &tail)
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let args = BaseException::of(self).map_or_else(Tuple::empty, BaseException::args);
        let shown = match read(&self.0.excs_str).and_then(|text| text.downcast::<Str>().ok()) {
            Some(text) => text,
            None if args.len() != 2 || args.get(1).is_instance::<Tuple>() => self.exceptions().repr(thread)?,
            None => List::from_vec(thread, self.exceptions().to_vec())?.repr(thread)?,
        };
        let mut out = crate::text_writer::TextWriter::new();
        out.push_str(self.ty().full_name());
        out.push_str("(");
        out.push(&*self.message().unwrap_or_else(crate::none).repr(thread)?);
        out.push_str(", ");
        out.push(&shown);
        out.push_str(")");
        out.finish(thread)
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe {
            crate::gc::untrack(object);
            if (*(*object).ob_type.get()).tp_weaklistoffset.get() > 0 {
                crate::weakref::clear_weakrefs(object);
            }
            memory::clear(object, FIELDS);
            crate::dealloc::free_instance(object, (*object).ob_type.get());
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> i32 {
        // SAFETY: by contract.
        unsafe { memory::traverse(object, FIELDS, visit, data) }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
        // SAFETY: by contract.
        unsafe { memory::clear(object, FIELDS) };
        0
    }
    /// Exception groups are generic over the type of their contained exceptions
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        crate::generic_alias::new(thread, cls, object)
    }
    #[method(sig = "(excs, /)")]
    fn derive(&self, thread: &Thread, excs: &Object) -> PyResult<Obj> {
        let message = self.message().unwrap_or_else(crate::none);
        BaseExceptionGroup::ty().call(thread, &[&message, excs])
    }
    #[method(sig = "(matcher_value, /)", name = "split")]
    fn split_by(&self, thread: &Thread, matcher_value: &Object) -> PyResult<Owned<Tuple>> {
        let matcher = Matcher::of(thread, matcher_value)?;
        let (picked, left) = split(thread, self, &matcher, true)?;
        Tuple::from_vec(thread, vec![picked.unwrap_or_else(crate::none), left.unwrap_or_else(crate::none)])
    }
    #[method(sig = "(matcher_value, /)")]
    fn subgroup(&self, thread: &Thread, matcher_value: &Object) -> PyResult<Option<Obj>> {
        let matcher = Matcher::of(thread, matcher_value)?;
        Ok(split(thread, self, &matcher, false)?.0)
    }
}

/// A group of exceptions that are all instances of `Exception`, and one itself.
#[repr(C)]
pub struct ExceptionGroup {
    group: PyBaseExceptionGroupObject,
    weak_references: *mut PyObject,
}

#[pyclass(name = "ExceptionGroup", symbol = "_PyExc_ExceptionGroup", base = BaseExceptionGroup::TYPE, new = inherit,
    weaklistoffset = 96, flags = abi::Py_TPFLAGS_BASETYPE)]
impl ExceptionGroup {}

/// `ExceptionGroup` has two bases, which the class's definition has no room for.
pub(super) fn set_bases() {
    let raw = ExceptionGroup::ty().raw();
    if !raw.tp_bases.get().is_null() {
        return;
    }
    // SAFETY: whoever makes types ready holds the lock.
    let thread = unsafe { Thread::current() };
    let bases: Vec<Obj> = vec![(**BaseExceptionGroup::ty()).own(), (**super::exception()).own()];
    if let Ok(bases) = Tuple::from_vec(thread, bases) {
        raw.tp_bases.set(bases.into_raw());
    }
}

const _: () = assert!(size_of::<ExceptionGroup>() == 104);
