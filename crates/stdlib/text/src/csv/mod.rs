//! `_csv`: reading and writing of comma-separated values.

mod dialect;
mod reader;
mod writer;

use std::ffi::c_void;
use std::sync::atomic::{AtomicIsize, AtomicPtr, Ordering};

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::native::{Keywords, Rest};
use pyrox_objects::{Dict, Int, List, Module, Obj, Object, Owned, PyResult, PyType, Raised, Str, Thread, Tuple, Type, exceptions, intern};

use dialect::Dialect;
use reader::Reader;
use writer::Writer;

pymodule!(
    name = "_csv",
    doc = "CSV parsing and writing.\n",
    functions = [reader, writer, register_dialect, list_dialects, unregister_dialect, get_dialect, field_size_limit],
    exec = exec
);

/// An object that the module makes when first imported and keeps for ever.
struct Global(AtomicPtr<c_void>);

impl Global {
    const fn new() -> Global {
        Global(AtomicPtr::new(std::ptr::null_mut()))
    }

    fn get_or_make(&self, make: impl FnOnce() -> PyResult<Obj>) -> PyResult<&'static Object> {
        if let Some(made) = self.get() {
            return Ok(made);
        }
        let made = make()?.into_raw();
        self.0.store(made as *mut c_void, Ordering::Relaxed);
        // SAFETY: the reference is never given up.
        Ok(unsafe { Object::from_ptr(made) })
    }

    fn get(&self) -> Option<&'static Object> {
        // SAFETY: null or an object that is never given up.
        unsafe { Object::from_ptr_or_null(self.0.load(Ordering::Relaxed) as pyrox_objects::native::Raw) }
    }
}

static ERROR: Global = Global::new();
static DIALECTS: Global = Global::new();
static FIELD_LIMIT: AtomicIsize = AtomicIsize::new(128 * 1024);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    for ty in [Dialect::ty(), Reader::ty(), Writer::ty()] {
        pyrox_objects::type_object::ready(thread, ty)?;
    }
    let error = ERROR.get_or_make(|| {
        let dict = Dict::new(thread)?;
        dict.set_text(thread, "__module__", &*Str::from_str(thread, "_csv")?)?;
        let bases = Tuple::from_slice(thread, &[exceptions::exception()])?;
        Type::type_type().call(thread, &[&*Str::from_str(thread, "Error")?, &*bases, &*dict])
    })?;
    let dialects = DIALECTS.get_or_make(|| Ok(Dict::new(thread)?.upcast()))?;
    module.add(thread, "_dialects", dialects)?;
    let styles = ["QUOTE_MINIMAL", "QUOTE_ALL", "QUOTE_NONNUMERIC", "QUOTE_NONE", "QUOTE_STRINGS", "QUOTE_NOTNULL"];
    for (value, name) in styles.into_iter().enumerate() {
        module.add_int(thread, name, value as i64)?;
    }
    module.add(thread, "Dialect", Dialect::ty())?;
    module.add(thread, "Reader", Reader::ty())?;
    module.add(thread, "Writer", Writer::ty())?;
    module.add(thread, "Error", error)
}

/// Raise `_csv.Error`.
#[cold]
fn error(thread: &Thread, message: &str) -> Raised {
    match ERROR.get().and_then(|class| class.cast::<Type>()) {
        Some(class) => thread.error(class, message),
        None => thread.system_error("_csv is not initialized"),
    }
}

fn dialects(thread: &Thread) -> PyResult<&'static Dict> {
    DIALECTS.get().and_then(|d| d.cast::<Dict>()).ok_or_else(|| thread.system_error("_csv is not initialized"))
}

/// The dialect registered under a name.
fn registered(thread: &Thread, name: &Object) -> PyResult<Obj> {
    dialects(thread)?.get(thread, name)?.ok_or_else(|| error(thread, "unknown dialect"))
}

/// The one or two arguments of the functions that take a dialect.
fn one_or_two<'a>(thread: &Thread, function: &str, args: Rest<'a>) -> PyResult<(&'a Object, Option<&'a Object>)> {
    match args.get(0) {
        Some(first) if args.len() <= 2 => Ok((first, args.get(1))),
        _ => {
            let (bound, plural) = if args.len() == 0 { ("least 1", "") } else { ("most 2", "s") };
            Err(thread.type_error(&format!("{function} expected at {bound} argument{plural}, got {}", args.len())))
        }
    }
}

/// Return a reader object that will process lines from the given iterable.
///
/// The "iterable" argument can be any object that returns a line
/// of input for each iteration, such as a file object or a list.  The
/// optional "dialect" argument defines a CSV dialect.  The function
/// also accepts optional keyword arguments which override settings
/// provided by the dialect.
///
/// The returned object is an iterator.  Each iteration returns a row
/// of the CSV file (which can span multiple input lines).
#[pyfunction(sig = "(*args, **fmtparams)", text = "($module, iterable, /, dialect='excel', **fmtparams)")]
fn reader(thread: &Thread, args: Rest<'_>, fmtparams: Keywords<'_>) -> PyResult<Obj> {
    let (iterable, dialect) = one_or_two(thread, "reader", args)?;
    let lines = iterable.iter(thread)?;
    Reader::create(thread, lines, Dialect::of(thread, dialect, fmtparams)?)
}

/// Return a writer object that will write user data on the given file object.
///
/// The "fileobj" argument can be any object that supports the file API.
/// The optional "dialect" argument defines a CSV dialect.  The function
/// also accepts optional keyword arguments which override settings
/// provided by the dialect.
#[pyfunction(sig = "(*args, **fmtparams)", text = "($module, fileobj, /, dialect='excel', **fmtparams)")]
fn writer(thread: &Thread, args: Rest<'_>, fmtparams: Keywords<'_>) -> PyResult<Obj> {
    let (file, dialect) = one_or_two(thread, "writer", args)?;
    let Some(write) = file.lookup_attr(thread, intern!("write"))?.filter(|write| write.is_callable()) else {
        return Err(thread.type_error("argument 1 must have a \"write\" method"));
    };
    Writer::create(thread, write, Dialect::of(thread, dialect, fmtparams)?)
}

/// Create a mapping from a string name to a CVS dialect.
///
/// The optional "dialect" argument specifies the base dialect instance
/// or the name of the registered dialect.  The function also accepts
/// optional keyword arguments which override settings provided by the
/// dialect.
#[pyfunction(sig = "(*args, **fmtparams)", text = "($module, name, /, dialect='excel', **fmtparams)")]
fn register_dialect(thread: &Thread, args: Rest<'_>, fmtparams: Keywords<'_>) -> PyResult<()> {
    let (name, dialect) = one_or_two(thread, "register_dialect", args)?;
    if !name.is_instance::<Str>() {
        return Err(thread.type_error("dialect name must be a string"));
    }
    let dialect = Dialect::of(thread, dialect, fmtparams)?;
    dialects(thread)?.set(thread, name, &dialect)
}

/// Return a list of all known dialect names.
#[pyfunction(text = "($module, /)")]
fn list_dialects(thread: &Thread) -> PyResult<Owned<List>> {
    List::from_vec(thread, dialects(thread)?.keys_vec())
}

/// Delete the name/dialect mapping associated with a string name.
#[pyfunction(sig = "(name)")]
fn unregister_dialect(thread: &Thread, name: &Object) -> PyResult<()> {
    match dialects(thread)?.remove(thread, name)? {
        true => Ok(()),
        false => Err(error(thread, "unknown dialect")),
    }
}

/// Return the dialect instance associated with name.
#[pyfunction(sig = "(name)")]
fn get_dialect(thread: &Thread, name: &Object) -> PyResult<Obj> {
    registered(thread, name)
}

/// Sets an upper limit on parsed fields.
///
/// Returns old limit. If limit is not given, no new limit is set and
/// the old limit is returned
#[pyfunction(sig = "(new_limit=None)", text = "($module, /, new_limit=<unrepresentable>)")]
fn field_size_limit(thread: &Thread, new_limit: Option<&Object>) -> PyResult<isize> {
    let old = FIELD_LIMIT.load(Ordering::Relaxed);
    if let Some(limit) = new_limit {
        let Some(limit) = limit.exact::<Int>() else { return Err(thread.type_error("limit must be an integer")) };
        let Some(limit) = limit.to_i64().and_then(|limit| isize::try_from(limit).ok()) else {
            return Err(thread.overflow_error("Python int too large to convert to C ssize_t"));
        };
        FIELD_LIMIT.store(limit, Ordering::Relaxed);
    }
    Ok(old)
}
