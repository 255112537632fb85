//! `_abc`: the machinery of abstract base classes.
//!
//! The registry and the two caches of a class are tables from the address of a class to a weak reference
//! of it. An entry counts only while its reference is alive, so a class that died and whose address is
//! used again is not mistaken for the old one; dead entries are swept out when a table has doubled.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use pyrox_macros::{pyclass, pyfunction, pymodule};
use pyrox_objects::abi;
use pyrox_objects::object::address;
use pyrox_objects::weakref::WeakRef;
use pyrox_objects::{
    Dict, FrozenSet, Head, Int, List, Module, Obj, Object, Owned, PyResult, PyType, Set, Str, Thread, Tuple, Type, exceptions, intern,
    type_object,
};

pymodule!(
    name = "_abc",
    doc = "Module contains faster C implementation of abc.ABCMeta",
    functions =
        [_abc_init, _abc_register, _abc_instancecheck, _abc_subclasscheck, _get_dump, _reset_registry, _reset_caches, get_cache_token,],
    exec = exec
);

fn exec(thread: &Thread, _module: &Module) -> PyResult<()> {
    type_object::ready(thread, AbcData::ty())
}

/// Counts registrations: a negative answer that was cached before the last one is void.
static REGISTRATIONS: AtomicU64 = AtomicU64::new(0);

const COLLECTION_FLAGS: u64 = abi::Py_TPFLAGS_SEQUENCE | abi::Py_TPFLAGS_MAPPING;

/// A set of classes that does not keep them alive.
#[derive(Default)]
struct WeakClasses {
    entries: RefCell<HashMap<usize, Owned<WeakRef>>>,
    sweep_at: Cell<usize>,
}

impl WeakClasses {
    fn contains(&self, class: &Object) -> bool {
        let entries = self.entries.borrow();
        entries.get(&address(class)).is_some_and(|reference| reference.referent().is_some())
    }

    fn add(&self, thread: &Thread, class: &Object) -> PyResult<()> {
        let reference = WeakRef::new(thread, WeakRef::ty(), class, None)?;
        let mut dead = Vec::new();
        let mut entries = self.entries.borrow_mut();
        if entries.len() >= self.sweep_at.get() {
            let gone: Vec<usize> = entries.iter().filter(|(_, r)| r.referent().is_none()).map(|(&at, _)| at).collect();
            dead.extend(gone.iter().filter_map(|at| entries.remove(at)));
            self.sweep_at.set(entries.len() * 2 + 16);
        }
        dead.extend(entries.insert(address(class), reference));
        // The old references die after the table is free again.
        drop(entries);
        Ok(())
    }

    fn clear(&self) {
        let old = self.entries.take();
        drop(old);
    }

    /// The classes that are alive.
    fn alive(&self) -> Vec<Obj> {
        self.entries.borrow().values().filter_map(|reference| reference.referent()).collect()
    }

    fn as_set(&self, thread: &Thread) -> PyResult<Obj> {
        let references: Vec<Obj> = self.entries.borrow().values().map(|r| r.clone().upcast()).collect();
        let set = Set::new(thread)?;
        for reference in references {
            set.add(thread, &reference)?;
        }
        Ok(set.upcast())
    }
}

/// What an abstract base class knows of its subclasses.
#[repr(C)]
pub struct AbcData {
    head: Head,
    registry: WeakClasses,
    cache: WeakClasses,
    negative: WeakClasses,
    negative_version: Cell<u64>,
}

/// Internal state held by ABC machinery.
#[pyclass(name = "_abc_data", module = "_abc", dealloc = drop)]
impl AbcData {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        Ok(cls.instantiate(thread, AbcData::new())?.upcast())
    }
}

impl AbcData {
    fn new() -> AbcData {
        AbcData {
            head: Head::unset(),
            registry: WeakClasses::default(),
            cache: WeakClasses::default(),
            negative: WeakClasses::default(),
            negative_version: Cell::new(REGISTRATIONS.load(Ordering::Relaxed)),
        }
    }
}

fn data_of(thread: &Thread, class: &Object) -> PyResult<Owned<AbcData>> {
    class.getattr(thread, intern!("_abc_impl"))?.downcast().map_err(|_| thread.type_error("_abc_impl is set to a wrong type"))
}

fn is_abstract(thread: &Thread, value: &Object) -> PyResult<bool> {
    match value.lookup_attr(thread, intern!("__isabstractmethod__"))? {
        Some(answer) => answer.is_true(thread),
        None => Ok(false),
    }
}

fn compute_abstract_methods(thread: &Thread, class: &Object) -> PyResult<()> {
    let mut names: Vec<Obj> = Vec::new();
    let namespace = class.getattr(thread, intern!("__dict__"))?;
    let items = namespace.call_method(thread, intern!("items"), &[])?;
    for pair in items.to_items(thread)? {
        let Some(pair) = pair.cast::<Tuple>().filter(|p| p.len() == 2) else {
            return Err(thread.type_error("Iteration over dictionary items must yield pairs"));
        };
        if is_abstract(thread, pair.get(1))? {
            names.push(pair.get(0).own());
        }
    }
    let bases = class.getattr(thread, intern!("__bases__"))?;
    let Some(bases) = bases.cast::<Tuple>() else { return Err(thread.type_error("__bases__ is not tuple")) };
    for base in bases.items() {
        let Some(inherited) = base.lookup_attr(thread, intern!("__abstractmethods__"))? else { continue };
        for name in inherited.to_items(thread)? {
            let Some(text) = name.cast::<Str>() else {
                return Err(thread.type_error(&format!("attribute name must be string, not '{}'", name.ty().name())));
            };
            if let Some(value) = class.lookup_attr(thread, text)? {
                if is_abstract(thread, &value)? {
                    names.push(name);
                }
            }
        }
    }
    let names = Tuple::from_vec(thread, names)?;
    let frozen = FrozenSet::ty().call(thread, &[&names])?;
    class.setattr(thread, intern!("__abstractmethods__"), Some(&frozen))
}

/// Internal ABC helper for class set-up. Should be never used outside abc module.
#[pyfunction(name = "_abc_init", sig = "(self, /)")]
pub fn _abc_init(thread: &Thread, class: &Object) -> PyResult<()> {
    compute_abstract_methods(thread, class)?;
    let data = AbcData::ty().instantiate(thread, AbcData::new())?;
    class.setattr(thread, intern!("_abc_impl"), Some(&data))?;
    // `__abc_tpflags__` is an internal way to say that a class is a sequence or a mapping for `match`.
    if let Some(class) = class.cast::<Type>() {
        if let Some(flags) = class.dict().get_str(intern!("__abc_tpflags__")) {
            if let Some(flags) = flags.exact::<Int>().and_then(Int::to_i64) {
                let flags = flags as u64 & COLLECTION_FLAGS;
                if flags == COLLECTION_FLAGS {
                    return Err(thread.type_error("__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING"));
                }
                class.set_flags(class.flags() | flags);
            }
            class.setattr(thread, intern!("__abc_tpflags__"), None)?;
        }
    }
    Ok(())
}

fn set_collection_flag(class: &Type, flag: u64) {
    let mut pending = Vec::new();
    let mark = |class: &Type| {
        if class.flags() & abi::Py_TPFLAGS_IMMUTABLETYPE != 0 || class.flags() & COLLECTION_FLAGS == flag {
            return Vec::new();
        }
        class.set_flags(class.flags() & !COLLECTION_FLAGS | flag);
        class.modified();
        class.subclasses()
    };
    pending.extend(mark(class));
    while let Some(class) = pending.pop() {
        pending.extend(mark(&class));
    }
}

/// Internal ABC helper for subclass registration. Should be never used outside abc module.
#[pyfunction(name = "_abc_register", sig = "(self, subclass, /)")]
pub fn _abc_register(thread: &Thread, class: &Object, subclass: &Object) -> PyResult<Obj> {
    let Some(registered) = subclass.cast::<Type>() else { return Err(thread.type_error("Can only register classes")) };
    if subclass.issubclass(thread, class)? {
        return Ok(subclass.own());
    }
    if class.issubclass(thread, subclass)? {
        return Err(thread.runtime_error("Refusing to create an inheritance cycle"));
    }
    let data = data_of(thread, class)?;
    data.registry.add(thread, subclass)?;
    REGISTRATIONS.fetch_add(1, Ordering::Relaxed);
    if let Some(class) = class.cast::<Type>() {
        let flag = class.flags() & COLLECTION_FLAGS;
        if flag != 0 {
            set_collection_flag(registered, flag);
        }
    }
    Ok(subclass.own())
}

/// Internal ABC helper for instance checks. Should be never used outside abc module.
#[pyfunction(name = "_abc_instancecheck", sig = "(self, instance, /)")]
pub fn _abc_instancecheck(thread: &Thread, class: &Object, instance: &Object) -> PyResult<Obj> {
    let data = data_of(thread, class)?;
    let subclass = instance.getattr(thread, intern!("__class__"))?;
    if data.cache.contains(&subclass) {
        return Ok(pyrox_objects::bool_obj(true));
    }
    let check = intern!("__subclasscheck__");
    let own_type = (**instance.ty()).own();
    if own_type.is(&subclass) {
        if data.negative_version.get() == REGISTRATIONS.load(Ordering::Relaxed) && data.negative.contains(&subclass) {
            return Ok(pyrox_objects::bool_obj(false));
        }
        return class.call_method(thread, check, &[&subclass]);
    }
    let answer = class.call_method(thread, check, &[&subclass])?;
    if answer.is_true(thread)? {
        return Ok(answer);
    }
    class.call_method(thread, check, &[&own_type])
}

/// Internal ABC helper for subclass checks. Should be never used outside abc module.
#[pyfunction(name = "_abc_subclasscheck", sig = "(self, subclass, /)")]
pub fn _abc_subclasscheck(thread: &Thread, class: &Object, subclass: &Object) -> PyResult<bool> {
    let Some(subtype) = subclass.cast::<Type>() else { return Err(thread.type_error("issubclass() arg 1 must be a class")) };
    let data = data_of(thread, class)?;
    if data.cache.contains(subclass) {
        return Ok(true);
    }
    let version = REGISTRATIONS.load(Ordering::Relaxed);
    if data.negative_version.get() < version {
        data.negative.clear();
        data.negative_version.set(version);
    } else if data.negative.contains(subclass) {
        return Ok(false);
    }
    let answer = class.call_method(thread, intern!("__subclasshook__"), &[subclass])?;
    if answer.is(pyrox_objects::bool_ref(true)) {
        data.cache.add(thread, subclass)?;
        return Ok(true);
    }
    if answer.is(pyrox_objects::bool_ref(false)) {
        data.negative.add(thread, subclass)?;
        return Ok(false);
    }
    if !answer.is_not_implemented() {
        return Err(thread.error(exceptions::assertion_error(), "__subclasshook__ must return either False, True, or NotImplemented"));
    }
    // A direct subclass.
    if subtype.mro().is_some_and(|mro| mro.items().iter().any(|c| c.is(class))) {
        data.cache.add(thread, subclass)?;
        return Ok(true);
    }
    // Registered, or a subclass of what is registered.
    if data.registry.contains(subclass) {
        return Ok(true);
    }
    for registered in data.registry.alive() {
        if subclass.issubclass(thread, &registered)? {
            data.cache.add(thread, subclass)?;
            return Ok(true);
        }
    }
    // A subclass of a subclass, which may have hooks and registrations of its own.
    let subclasses = class.call_method(thread, intern!("__subclasses__"), &[])?;
    let Some(subclasses) = subclasses.cast::<List>() else { return Err(thread.type_error("__subclasses__() must return a list")) };
    for other in subclasses.to_vec() {
        if subclass.issubclass(thread, &other)? {
            data.cache.add(thread, subclass)?;
            return Ok(true);
        }
    }
    data.negative.add(thread, subclass)?;
    Ok(false)
}

/// Internal ABC helper for cache and registry debugging.
///
/// Return shallow copies of registry, of both caches, and
/// negative cache version. Don't call this function directly,
/// instead use ABC._dump_registry() for a nice repr.
#[pyfunction(name = "_get_dump", sig = "(self, /)")]
pub fn _get_dump(thread: &Thread, class: &Object) -> PyResult<Owned<Tuple>> {
    let data = data_of(thread, class)?;
    let version = Int::from_u64(data.negative_version.get()).upcast();
    let items = vec![data.registry.as_set(thread)?, data.cache.as_set(thread)?, data.negative.as_set(thread)?, version];
    Tuple::from_vec(thread, items)
}

/// Internal ABC helper to reset registry of a given class.
///
/// Should be only used by refleak.py
#[pyfunction(name = "_reset_registry", sig = "(self, /)")]
pub fn _reset_registry(thread: &Thread, class: &Object) -> PyResult<()> {
    data_of(thread, class)?.registry.clear();
    Ok(())
}

/// Internal ABC helper to reset both caches of a given class.
///
/// Should be only used by refleak.py
#[pyfunction(name = "_reset_caches", sig = "(self, /)")]
pub fn _reset_caches(thread: &Thread, class: &Object) -> PyResult<()> {
    let data = data_of(thread, class)?;
    data.cache.clear();
    data.negative.clear();
    Ok(())
}

/// Returns the current ABC cache token.
///
/// The token is an opaque object (supporting equality testing) identifying the
/// current version of the ABC cache for virtual subclasses. The token changes
/// with every call to register() on any ABC.
#[pyfunction]
pub fn get_cache_token() -> u64 {
    REGISTRATIONS.load(Ordering::Relaxed)
}
