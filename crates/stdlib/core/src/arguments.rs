//! Short-lived rows of arguments for calls, on the native stack where they are few.

use pyrox_objects::native::Raw;
use pyrox_objects::{Object, PyResult, Thread, Tuple};

const FEW: usize = 10;

/// Lend a row of `length` places (null at first) to `work`.
#[inline]
pub fn with_row<R>(length: usize, work: impl FnOnce(&mut [Raw]) -> R) -> R {
    if length <= FEW {
        let mut row = [std::ptr::null_mut(); FEW];
        work(&mut row[..length])
    } else {
        let mut row = vec![std::ptr::null_mut(); length];
        work(&mut row)
    }
}

/// The arguments of a vectorcall: those by position and the values of those by name.
#[derive(Clone, Copy)]
pub struct Arguments<'a> {
    pub all: &'a [Raw],
    pub positional: usize,
    pub names: Option<&'a Tuple>,
}

impl<'a> Arguments<'a> {
    /// # Safety
    /// A `vectorcallfunc`'s arguments, alive for `'a`.
    #[inline(always)]
    pub unsafe fn new(arguments: *const Raw, nargsf: usize, kwnames: Raw) -> Arguments<'a> {
        // SAFETY: by contract.
        unsafe {
            let positional = nargsf & !pyrox_objects::protocol::call::ARGUMENTS_OFFSET;
            let names = (kwnames as *const Tuple).as_ref().filter(|names| names.len() > 0);
            let count = positional + names.map_or(0, Tuple::len);
            let all = if count == 0 { &[][..] } else { std::slice::from_raw_parts(arguments, count) };
            Arguments { all, positional, names }
        }
    }

    /// The arguments by position.
    pub fn by_position(&self) -> &'a [&'a Object] {
        // SAFETY: arguments are valid objects for the call, and `&Object` is their address.
        unsafe { &*(&self.all[..self.positional] as *const [Raw] as *const [&Object]) }
    }

    /// The values of the arguments by name, in the order of the names.
    pub fn by_name(&self) -> &'a [&'a Object] {
        // SAFETY: as above.
        unsafe { &*(&self.all[self.positional..] as *const [Raw] as *const [&Object]) }
    }

    /// Refuse keywords.
    pub fn no_keywords(&self, thread: &Thread, function: &str) -> PyResult<()> {
        match self.names {
            None => Ok(()),
            Some(_) => Err(thread.type_error(&format!("{function}() takes no keyword arguments"))),
        }
    }
}

/// Define `$name`, a `vectorcallfunc` that calls the method `$method` of `$class` with [`Arguments`].
macro_rules! vectorcall_entry {
    ($name:ident, $class:ty, $method:ident) => {
        unsafe extern "C-unwind" fn $name(
            callable: pyrox_objects::native::Raw,
            arguments: *const pyrox_objects::native::Raw,
            nargsf: usize,
            kwnames: pyrox_objects::native::Raw,
        ) -> pyrox_objects::native::Raw {
            // SAFETY: a vectorcallfunc contract; the callable is of this class, for the field is its own.
            unsafe {
                let thread = pyrox_objects::Thread::current();
                let arguments = $crate::arguments::Arguments::new(arguments, nargsf, kwnames);
                let this = &*(callable as *const $class);
                pyrox_objects::native::give(thread, this.$method(thread, arguments))
            }
        }
    };
}
pub(crate) use vectorcall_entry;
