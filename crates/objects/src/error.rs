//! Raising: [`Raised`], [`PyResult`] and the functions that set the thread's exception.

use pyrox_abi::PyBaseExceptionObject;

use crate::exceptions as exc;
use crate::object::{Obj, Object};
use crate::{Str, Thread, Tuple, Type};

/// Proof that an exception sits in the thread state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised;

/// A result whose error is the thread's raised exception. One word for handles.
pub type PyResult<T> = Result<T, Raised>;

macro_rules! raisers {
    ($($name:ident)*) => { impl Thread { $(
        #[doc = concat!("Raise the exception class `", stringify!($name), "` with a message.")]
        #[cold]
        pub fn $name(&self, message: &str) -> Raised {
            self.error(exc::$name(), message)
        }
    )* } };
}
raisers!(type_error value_error overflow_error index_error attribute_error runtime_error zero_division_error
    system_error not_implemented_error import_error eof_error buffer_error lookup_error reference_error
    assertion_error recursion_error unicode_error name_error unbound_local_error syntax_error);

impl Thread {
    /// Raise `ty` with a message.
    #[cold]
    pub fn error(&self, ty: &Type, message: &str) -> Raised {
        match Str::from_str(self, message) {
            Ok(text) => self.error_with(ty, &text),
            Err(raised) => raised,
        }
    }

    /// Raise `ty(argument)`; a tuple is the arguments, an instance of `ty` is raised itself.
    #[cold]
    pub fn error_with(&self, ty: &Type, argument: &Object) -> Raised {
        let made = if argument.is_instance_of(ty) {
            Ok(argument.own())
        } else if let Some(arguments) = argument.cast::<Tuple>() {
            let items = arguments.to_vec();
            let borrowed: Vec<&Object> = items.iter().map(|o| &**o).collect();
            ty.call(self, &borrowed)
        } else if argument.is_none() {
            ty.call(self, &[])
        } else {
            ty.call(self, &[argument])
        };
        match made {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    /// Raise an instance, its context being the exception that is handled now.
    #[cold]
    pub fn raise(&self, exception: Obj) -> Raised {
        if !exception.has_flag(pyrox_abi::Py_TPFLAGS_BASE_EXC_SUBCLASS) {
            return self.type_error("exceptions must derive from BaseException");
        }
        if let Some(handled) = self.handled() {
            exc::set_context_without_cycle(&exception, &handled);
        }
        self.set_raised(Some(exception));
        Raised
    }

    /// Raise an instance that was raised before: context and traceback stay.
    pub fn reraise(&self, exception: Obj) -> Raised {
        self.set_raised(Some(exception));
        Raised
    }

    /// Raise `MemoryError`.
    #[cold]
    pub fn no_memory(&self) -> Raised {
        match exc::memory_error().call(self, &[]) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    /// Raise `KeyError(key)`; a tuple is wrapped, so that it stays one argument.
    #[cold]
    pub fn key_error(&self, key: &Object) -> Raised {
        match exc::key_error().call(self, &[key]) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    /// Raise `StopIteration(value)`, `None` being no argument.
    #[cold]
    pub fn stop_iteration(&self, value: Option<&Object>) -> Raised {
        let arguments: &[&Object] = match &value {
            Some(value) if !value.is_none() => &[*value],
            _ => &[],
        };
        match exc::stop_iteration().call(self, arguments) {
            Ok(exception) => self.raise(exception),
            Err(raised) => raised,
        }
    }

    /// Whether the raised exception is an instance of `ty`.
    pub fn raised_is(&self, ty: &Type) -> bool {
        self.raised().is_some_and(|exception| exception.ty().is_subtype(ty))
    }

    /// Take the raised exception away if it is an instance of `ty`; else leave it raised.
    pub fn take_if(&self, ty: &Type) -> bool {
        let matches = self.raised_is(ty);
        if matches {
            self.set_raised(None);
        }
        matches
    }

    /// A result in which an exception of `ty` becomes `None`.
    pub fn optional<T>(&self, result: PyResult<T>, ty: &Type) -> PyResult<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Raised) if self.take_if(ty) => Ok(None),
            Err(raised) => Err(raised),
        }
    }

    /// Run `work` with the raised exception put aside; whatever `work` raises is dropped.
    pub fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        let saved = self.take_raised();
        let value = work();
        self.set_raised(saved);
        value
    }

    /// Replace the raised exception by `ty(message)`, whose cause and context it becomes.
    pub fn error_from_cause(&self, ty: &Type, message: &str) -> Raised {
        let cause = self.take_raised();
        self.error(ty, message);
        if let (Some(cause), Some(raised)) = (cause, self.raised()) {
            // SAFETY: a raised exception has the layout.
            let raised: &PyBaseExceptionObject = unsafe { &*(raised.as_ptr() as *const PyBaseExceptionObject) };
            let old = raised.cause.replace(cause.clone().into_raw());
            let context = raised.context.replace(cause.into_raw());
            raised.suppress_context.set(1);
            // SAFETY: the fields owned them.
            unsafe {
                crate::object::xdecref(old);
                crate::object::xdecref(context);
            }
        }
        Raised
    }
}
