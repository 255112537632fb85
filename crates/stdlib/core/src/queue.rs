//! `_queue`: `SimpleQueue`, which a signal handler or a finalizer may use while it is in use.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::c_void;
use std::mem::offset_of;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::{Duration, Instant};

use pyrox_interpreter::interrupts;
use pyrox_macros::{pyclass, pymodule};
use pyrox_objects::native::{Raw, Traverse};
use pyrox_objects::{Dict, Float, Head, Module, Obj, Object, PyResult, Raised, Str, Thread, Tuple, Type, abi, exceptions, generic_alias};

pymodule!(
    name = "_queue",
    doc = "C implementation of the Python queue module.\nThis module is an implementation detail, please do not use it directly.",
    functions = [],
    exec = exec
);

/// `_queue.Empty`, made once and never given up.
static EMPTY: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());

/// While it waits, a thread looks for signals this often.
const LOOK: Duration = Duration::from_millis(20);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    if EMPTY.load(Ordering::Relaxed).is_null() {
        let dict = Dict::new(thread)?;
        dict.set_text(thread, "__module__", &*Str::from_str(thread, "_queue")?)?;
        dict.set_text(thread, "__doc__", &*Str::from_str(thread, "Exception raised by Queue.get(block=0)/get_nowait().")?)?;
        let bases = Tuple::from_slice(thread, &[exceptions::exception()])?;
        let class = Type::type_type().call(thread, &[&*Str::from_str(thread, "Empty")?, &*bases, &*dict])?;
        EMPTY.store(class.into_raw() as *mut c_void, Ordering::Relaxed);
    }
    if let Some(class) = empty_class() {
        module.add(thread, "Empty", class)?;
    }
    module.add_type::<SimpleQueue>(thread)
}

fn empty_class() -> Option<&'static Type> {
    // SAFETY: null or a class that is never given up.
    unsafe { (EMPTY.load(Ordering::Relaxed) as *const Type).as_ref() }
}

#[cold]
fn empty(thread: &Thread) -> Raised {
    match empty_class().map(|class| class.call(thread, &[])) {
        Some(Ok(exception)) => thread.raise(exception),
        Some(Err(raised)) => raised,
        None => thread.system_error("_queue is not initialized"),
    }
}

/// What waits in the queue, the oldest first.
#[derive(Default)]
struct Items(RefCell<VecDeque<Obj>>);

impl Traverse for Items {
    unsafe fn traverse(&self, visit: abi::visitproc, data: *mut c_void) -> std::ffi::c_int {
        for item in self.0.borrow().iter() {
            // SAFETY: by contract.
            let status = unsafe { visit(item.as_ptr(), data) };
            if status != 0 {
                return status;
            }
        }
        0
    }

    fn clear(&self) {
        // The borrow ends before the items die.
        drop(self.0.take());
    }
}

/// The queue.
#[repr(C)]
pub struct SimpleQueue {
    head: Head,
    items: Items,
    weakrefs: Cell<Raw>,
}

/// Seconds to wait at most; `None` is for ever.
fn patience(thread: &Thread, timeout: Option<&Object>) -> PyResult<Option<Duration>> {
    let Some(timeout) = timeout.filter(|t| !t.is_none()) else { return Ok(None) };
    let out_of_range = || thread.overflow_error("timestamp out of range for C PyTime_t");
    let seconds = match timeout.cast::<Float>() {
        Some(float) => float.value(),
        None if timeout.has_index() => timeout.index(thread)?.to_i64().map(|n| n as f64).ok_or_else(out_of_range)?,
        None => {
            let message = format!("'{}' object cannot be interpreted as an integer or float", timeout.ty().full_name());
            return Err(thread.type_error(&message));
        }
    };
    if seconds.is_nan() {
        return Err(thread.value_error("Invalid value NaN (not a number)"));
    }
    if seconds.abs() >= 9223372036.854775 {
        return Err(out_of_range());
    }
    if seconds < 0.0 {
        return Err(thread.value_error("'timeout' must be a non-negative number"));
    }
    Ok(Some(Duration::from_secs_f64(seconds)))
}

impl SimpleQueue {
    fn push(&self, item: &Object) {
        self.items.0.borrow_mut().push_back(item.own());
    }

    fn pop(&self) -> Option<Obj> {
        self.items.0.borrow_mut().pop_front()
    }
}

/// Simple, unbounded, reentrant FIFO queue.
#[pyclass(name = "SimpleQueue", module = "_queue", traverse = [items], dealloc = drop, flags = abi::Py_TPFLAGS_BASETYPE,
    weaklistoffset = offset_of!(SimpleQueue, weakrefs) as isize)]
impl SimpleQueue {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<Obj> {
        if args.len() > 0 {
            return Err(thread.type_error("SimpleQueue() takes no positional arguments"));
        }
        if kwargs.is_some_and(|k| k.len() > 0) {
            return Err(thread.type_error("SimpleQueue() takes no keyword arguments"));
        }
        let made = SimpleQueue { head: Head::unset(), items: Items::default(), weakrefs: Cell::new(std::ptr::null_mut()) };
        Ok(cls.instantiate(thread, made)?.upcast())
    }
    /// Put the item on the queue.
    ///
    /// The optional 'block' and 'timeout' arguments are ignored, as this
    /// method never blocks.  They are provided for compatibility with the
    /// Queue class.
    #[method(sig = "(item, block=True, timeout=None)")]
    fn put(&self, item: &Object, block: bool, timeout: Option<&Object>) {
        let _ = (block, timeout);
        self.push(item);
    }
    /// Put an item into the queue without blocking.
    ///
    /// This is exactly equivalent to `put(item)` and is only provided
    /// for compatibility with the Queue class.
    #[method(sig = "(item)")]
    fn put_nowait(&self, item: &Object) {
        self.push(item);
    }
    /// Remove and return an item from the queue.
    ///
    /// If optional args 'block' is true and 'timeout' is None (the
    /// default), block if necessary until an item is available.  If
    /// 'timeout' is a non-negative number, it blocks at most 'timeout'
    /// seconds and raises the Empty exception if no item was available
    /// within that time.  Otherwise ('block' is false), return an item
    /// if one is immediately available, else raise the Empty exception
    /// ('timeout' is ignored in that case).
    #[method(sig = "(block=True, timeout=None)")]
    fn get(&self, thread: &Thread, block: bool, timeout: Option<&Object>) -> PyResult<Obj> {
        if !block {
            return self.pop().ok_or_else(|| empty(thread));
        }
        let patience = patience(thread, timeout)?;
        let end = patience.and_then(|patience| Instant::now().checked_add(patience));
        loop {
            if let Some(item) = self.pop() {
                return Ok(item);
            }
            let left = end.map_or(LOOK, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Err(empty(thread));
            }
            std::thread::sleep(left.min(LOOK));
            // A signal's handler may put something.
            interrupts::check(thread)?;
        }
    }
    /// Remove and return an item from the queue without blocking.
    ///
    /// Only get an item if one is immediately available. Otherwise
    /// raise the Empty exception.
    #[method(sig = "()")]
    fn get_nowait(&self, thread: &Thread) -> PyResult<Obj> {
        self.pop().ok_or_else(|| empty(thread))
    }
    /// Return True if the queue is empty, False otherwise (not reliable!).
    #[method]
    fn empty(&self) -> bool {
        self.items.0.borrow().is_empty()
    }
    /// Return the approximate size of the queue (not reliable!).
    #[method]
    fn qsize(&self) -> usize {
        self.items.0.borrow().len()
    }
    /// SimpleQueues are generic over the type of their contents
    #[classmethod(sig = "(object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        generic_alias::new(thread, cls, object)
    }
}
