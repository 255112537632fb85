//! `set` and `frozenset`: a hash table with CPython's probing, so that the order of iteration is the same.

use std::cell::Cell;

use pyrox_abi as abi;
use pyrox_abi::{PyObject, PySetObject, setentry};
use pyrox_macros::pyclass;

use crate::native::Rest;
use crate::object::{Head, Obj, ObjCell, Object, Own, Owned, PyType, decref};
use crate::{CompareOp, Dict, PyResult, Str, Thread, Tuple, Type};

type Raw = *mut PyObject;

/// A set.
#[repr(transparent)]
pub struct Set(PySetObject);

/// A frozenset. The memory is that of a set.
#[repr(transparent)]
pub struct FrozenSet(PySetObject);

const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;
const SMALL: usize = 8;

/// The mark of a removed entry: an address that is no object.
fn dummy() -> Raw {
    static DUMMY: u64 = 0;
    &raw const DUMMY as Raw
}

/// An instance of `set`, `frozenset` or a subclass.
pub fn is_set(object: &Object) -> bool {
    object.is_instance::<Set>() || object.is_instance::<FrozenSet>()
}

/// The table of a set or frozenset.
pub fn table(object: &Object) -> Option<&Set> {
    // SAFETY: both have the same layout.
    is_set(object).then(|| unsafe { &*(object as *const Object as *const Set) })
}

/// `set(iterable)`.
pub fn from_iterable(thread: &Thread, iterable: &Object) -> PyResult<Obj> {
    let set = Set::new(thread)?;
    set.update(thread, iterable)?;
    Ok(set.upcast())
}

enum Found {
    At(*mut setentry),
    Free(*mut setentry),
}

impl Set {
    pub fn new(thread: &Thread) -> PyResult<Owned<Set>> {
        // SAFETY: a fresh set.
        unsafe { Ok(Set::make(thread, Set::ty())?.cast_unchecked()) }
    }

    /// An empty instance of a set type.
    fn make(thread: &Thread, class: &Type) -> PyResult<Obj> {
        let object = class.allocate(thread, 0)?;
        // SAFETY: an instance of a set type.
        unsafe { &*(object.as_ptr() as *const Set) }.reset();
        Ok(object)
    }

    pub fn frozen(thread: &Thread, items: &[Obj]) -> PyResult<Obj> {
        let object = Set::make(thread, FrozenSet::ty())?;
        // SAFETY: as above.
        let set = unsafe { &*(object.as_ptr() as *const Set) };
        for item in items {
            set.add(thread, item)?;
        }
        Ok(object)
    }

    fn reset(&self) {
        self.0.fill.set(0);
        self.0.used.set(0);
        self.0.mask.set(SMALL as isize - 1);
        self.0.hash.set(-1);
        let small = &raw const self.0.smalltable as *mut setentry;
        // SAFETY: the small table is part of the object.
        unsafe { std::ptr::write_bytes(small, 0, SMALL) };
        self.0.table.set(small);
    }

    pub fn len(&self) -> usize {
        self.0.used.get() as usize
    }

    fn is_small(&self) -> bool {
        std::ptr::eq(self.0.table.get(), &raw const self.0.smalltable as *const setentry)
    }

    fn mask(&self) -> usize {
        self.0.mask.get() as usize
    }

    fn find(&self, thread: &Thread, key: &Object, hash: isize) -> PyResult<Found> {
        'again: loop {
            let (start, mask) = (self.0.table.get(), self.mask());
            let mut perturb = hash as usize;
            let mut at = hash as usize & mask;
            loop {
                let probes = if at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
                for offset in 0..=probes {
                    // SAFETY: within the table.
                    unsafe {
                        let entry = start.add(at + offset);
                        let candidate = (*entry).key.get();
                        if candidate.is_null() {
                            return Ok(Found::Free(entry));
                        }
                        if candidate == key.as_ptr() {
                            return Ok(Found::At(entry));
                        }
                        if (*entry).hash.get() == hash && candidate != dummy() {
                            let candidate = Object::from_ptr(candidate).own();
                            let equal = match (candidate.exact::<Str>(), key.exact::<Str>()) {
                                (Some(a), Some(b)) => a.same_as(b),
                                _ => candidate.eq(thread, key)?,
                            };
                            if self.0.table.get() != start || self.mask() != mask || (*entry).key.get() != candidate.as_ptr() {
                                continue 'again;
                            }
                            if equal {
                                return Ok(Found::At(entry));
                            }
                        }
                    }
                }
                perturb >>= PERTURB_SHIFT;
                at = at.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
            }
        }
    }

    pub fn contains(&self, thread: &Thread, key: &Object) -> PyResult<bool> {
        let hash = key.hash(thread).map_err(|raised| crate::dict::unhashable(thread, key, "a set element", raised))?;
        Ok(matches!(self.find(thread, key, hash)?, Found::At(_)))
    }

    /// Whether a key is in the set; a set as the key is looked up as a frozenset.
    pub fn contains_any(&self, thread: &Thread, key: &Object) -> PyResult<bool> {
        match self.contains(thread, key) {
            Err(raised) if key.is_instance::<Set>() && thread.take_if(crate::exceptions::type_error()) => {
                let _ = raised;
                self.contains(thread, &*frozen_copy(thread, key)?)
            }
            result => result,
        }
    }

    pub fn add(&self, thread: &Thread, key: &Object) -> PyResult<()> {
        let hash = key.hash(thread).map_err(|raised| crate::dict::unhashable(thread, key, "a set element", raised))?;
        self.add_known(thread, key, hash)
    }

    pub fn add_known(&self, thread: &Thread, key: &Object, hash: isize) -> PyResult<()> {
        let Found::Free(entry) = self.find(thread, key, hash)? else { return Ok(()) };
        // SAFETY: a free entry of the table.
        unsafe {
            (*entry).key.set(key.own().into_raw());
            (*entry).hash.set(hash);
        }
        self.0.fill.set(self.0.fill.get() + 1);
        self.0.used.set(self.0.used.get() + 1);
        if self.0.fill.get() as usize * 5 >= self.mask() * 3 {
            let used = self.len();
            self.resize(thread, if used > 50000 { used * 2 } else { used * 4 })?;
        }
        Ok(())
    }

    fn resize(&self, thread: &Thread, least: usize) -> PyResult<()> {
        let mut size = SMALL;
        while size <= least {
            size <<= 1;
        }
        let (old, old_mask, was_small) = (self.0.table.get(), self.mask(), self.is_small());
        let mut copy: [Option<(Raw, isize)>; SMALL] = [None; SMALL];
        let old_entries: Vec<(Raw, isize)> = if was_small {
            for (at, slot) in copy.iter_mut().enumerate() {
                // SAFETY: within the small table.
                *slot = Some(unsafe { ((*old.add(at)).key.get(), (*old.add(at)).hash.get()) });
            }
            copy.iter().flatten().copied().collect()
        } else {
            // SAFETY: within the table.
            (0..=old_mask).map(|at| unsafe { ((*old.add(at)).key.get(), (*old.add(at)).hash.get()) }).collect()
        };
        let new = if size == SMALL {
            let small = &raw const self.0.smalltable as *mut setentry;
            // SAFETY: the small table is part of the object.
            unsafe { std::ptr::write_bytes(small, 0, SMALL) };
            small
        } else {
            let memory = abi::allocate_zeroed(size * size_of::<setentry>()) as *mut setentry;
            if memory.is_null() {
                return Err(thread.no_memory());
            }
            memory
        };
        self.0.table.set(new);
        self.0.mask.set(size as isize - 1);
        self.0.fill.set(self.0.used.get());
        for (key, hash) in old_entries {
            if !key.is_null() && key != dummy() {
                self.insert_clean(key, hash);
            }
        }
        if !was_small {
            // SAFETY: the old table's references moved.
            unsafe { abi::free(old as *mut u8) };
        }
        Ok(())
    }

    /// Insert a key that is not there into a table without removed entries.
    fn insert_clean(&self, key: Raw, hash: isize) {
        let (start, mask) = (self.0.table.get(), self.mask());
        let mut perturb = hash as usize;
        let mut at = hash as usize & mask;
        loop {
            let probes = if at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for offset in 0..=probes {
                // SAFETY: within the table.
                unsafe {
                    let entry = start.add(at + offset);
                    if (*entry).key.get().is_null() {
                        (*entry).key.set(key);
                        (*entry).hash.set(hash);
                        return;
                    }
                }
            }
            perturb >>= PERTURB_SHIFT;
            at = at.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
        }
    }

    /// Remove a key; false if it is not there.
    pub fn discard(&self, thread: &Thread, key: &Object) -> PyResult<bool> {
        let hash = key.hash(thread).map_err(|raised| crate::dict::unhashable(thread, key, "a set element", raised))?;
        let Found::At(entry) = self.find(thread, key, hash)? else { return Ok(false) };
        // SAFETY: an entry in use, whose reference is given back last.
        unsafe {
            let old = (*entry).key.replace(dummy());
            (*entry).hash.set(-1);
            self.0.used.set(self.0.used.get() - 1);
            decref(old);
        }
        Ok(true)
    }

    /// The next key from `position` on.
    pub fn next(&self, position: &mut usize) -> Option<(Obj, isize)> {
        while *position <= self.mask() {
            // SAFETY: within the table.
            let (key, hash) = unsafe {
                let entry = self.0.table.get().add(*position);
                ((*entry).key.get(), (*entry).hash.get())
            };
            *position += 1;
            if !key.is_null() && key != dummy() {
                // SAFETY: the set owns its keys.
                return Some((unsafe { Object::from_ptr(key) }.own(), hash));
            }
        }
        None
    }

    /// All keys with their hashes.
    fn entries(&self) -> Vec<(Obj, isize)> {
        let mut position = 0;
        std::iter::from_fn(|| self.next(&mut position)).collect()
    }

    pub fn to_vec(&self) -> Vec<Obj> {
        self.entries().into_iter().map(|(key, _)| key).collect()
    }

    pub fn clear(&self) {
        let (old, was_small) = (self.0.table.get(), self.is_small());
        let keys: Vec<Raw> = (0..=self.mask())
            // SAFETY: within the table.
            .map(|at| unsafe { (*old.add(at)).key.get() })
            .filter(|&key| !key.is_null() && key != dummy())
            .collect();
        self.reset();
        // SAFETY: the set owned them; the table is not used any more.
        unsafe {
            if !was_small {
                abi::free(old as *mut u8);
            }
            for key in keys {
                decref(key);
            }
        }
    }

    pub fn update(&self, thread: &Thread, other: &Object) -> PyResult<()> {
        if let Some(set) = table(other) {
            if std::ptr::eq(set, self) {
                return Ok(());
            }
            // Like CPython, one growth beforehand.
            if (self.0.fill.get() + set.0.used.get()) as usize * 5 >= self.mask() * 3 {
                self.resize(thread, (self.len() + set.len()) * 2)?;
            }
            for (key, hash) in set.entries() {
                self.add_known(thread, &key, hash)?;
            }
            return Ok(());
        }
        if let Some(dict) = other.exact::<Dict>() {
            // The dict knows its keys' hashes.
            for (key, hash) in dict.keys_with_hashes() {
                self.add_known(thread, &key, hash)?;
            }
            return Ok(());
        }
        other.for_each(thread, |key| self.add(thread, &key))
    }

    fn copy_as(&self, thread: &Thread, class: &Type) -> PyResult<Obj> {
        let made = Set::make(thread, class)?;
        if let Some(set) = table(&made) {
            set.update(thread, self)?;
        }
        Ok(made)
    }

    fn is_subset_of(&self, thread: &Thread, other: &Set) -> PyResult<bool> {
        if self.len() > other.len() {
            return Ok(false);
        }
        for (key, hash) in self.entries() {
            if !matches!(other.find(thread, &key, hash)?, Found::At(_)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Keys that are in the other iterable too.
    fn intersect(&self, thread: &Thread, other: &Object) -> PyResult<Vec<(Obj, isize)>> {
        let mut kept = Vec::new();
        if let Some(set) = table(other) {
            // The smaller one is walked.
            let (walked, asked) = if set.len() > self.len() { (self, set) } else { (set, self) };
            for (key, hash) in walked.entries() {
                if matches!(asked.find(thread, &key, hash)?, Found::At(_)) {
                    kept.push((key, hash));
                }
            }
            return Ok(kept);
        }
        other.for_each(thread, |key| {
            let hash = key.hash(thread)?;
            if matches!(self.find(thread, &key, hash)?, Found::At(_)) {
                kept.push((key, hash));
            }
            Ok(())
        })?;
        Ok(kept)
    }

    fn replace_with(&self, thread: &Thread, entries: Vec<(Obj, isize)>) -> PyResult<()> {
        self.clear();
        for (key, hash) in entries {
            self.add_known(thread, &key, hash)?;
        }
        Ok(())
    }

    fn difference_update_one(&self, thread: &Thread, other: &Object) -> PyResult<()> {
        if other.is(self) {
            self.clear();
            return Ok(());
        }
        other.for_each(thread, |key| self.discard(thread, &key).map(drop))
    }

    fn difference_with(&self, thread: &Thread, other: &Object, class: &Type) -> PyResult<Obj> {
        let made = Set::make(thread, class)?;
        let Some(result) = table(&made) else { return Ok(made) };
        if let Some(set) = table(other) {
            for (key, hash) in self.entries() {
                if !matches!(set.find(thread, &key, hash)?, Found::At(_)) {
                    result.add_known(thread, &key, hash)?;
                }
            }
        } else if let Some(dict) = other.cast::<Dict>() {
            for (key, hash) in self.entries() {
                if dict.get_known(thread, &key, hash)?.is_none() {
                    result.add_known(thread, &key, hash)?;
                }
            }
        } else {
            result.update(thread, self)?;
            result.difference_update_one(thread, other)?;
        }
        Ok(made)
    }

    fn symmetric_update(&self, thread: &Thread, other: &Object) -> PyResult<()> {
        if other.is(self) {
            self.clear();
            return Ok(());
        }
        let others = match table(other) {
            Some(set) => set.entries(),
            None => {
                let unique = from_iterable(thread, other)?;
                table(&unique).map(Set::entries).unwrap_or_default()
            }
        };
        for (key, hash) in others {
            if !self.discard(thread, &key)? {
                self.add_known(thread, &key, hash)?;
            }
        }
        Ok(())
    }
}

fn frozen_copy(thread: &Thread, set: &Object) -> PyResult<Obj> {
    match table(set) {
        Some(table) => table.copy_as(thread, FrozenSet::ty()),
        None => Ok(set.own()),
    }
}

unsafe fn dealloc(object: Raw) {
    // SAFETY: a destructor contract.
    unsafe {
        crate::gc::untrack(object);
        let set = &*(object as *const Set);
        if !set.0.weakreflist.get().is_null() {
            crate::weakref::clear_weakrefs(object);
        }
        if !set.0.table.get().is_null() {
            set.clear();
        }
        crate::dealloc::free_instance(object, (*object).ob_type.get());
    }
}

unsafe fn traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
    // SAFETY: a traverseproc contract.
    unsafe {
        let set = &*(object as *const Set);
        for at in 0..=set.mask() {
            let key = (*set.0.table.get().add(at)).key.get();
            if !key.is_null() && key != dummy() {
                let status = visit(key, data);
                if status != 0 {
                    return status;
                }
            }
        }
    }
    0
}

fn repr(this: &Object, thread: &Thread) -> PyResult<String> {
    let Some(set) = table(this) else { return Ok(String::new()) };
    let name = this.ty().full_name().to_string();
    if set.len() == 0 {
        return Ok(format!("{name}()"));
    }
    let Some(_guard) = crate::repr_guard::enter(this) else { return Ok(format!("{name}(...)")) };
    let mut items = Vec::new();
    for item in set.to_vec() {
        items.push(item.repr(thread)?.to_string());
    }
    let inner = items.join(", ");
    Ok(if this.is_exact::<Set>() { format!("{{{inner}}}") } else { format!("{name}({{{inner}}})") })
}

fn compare(this: &Object, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
    let (Some(a), Some(b)) = (table(this), table(other)) else { return Ok(crate::not_implemented()) };
    let result = match op {
        CompareOp::Eq => a.len() == b.len() && a.is_subset_of(thread, b)?,
        CompareOp::Ne => !(a.len() == b.len() && a.is_subset_of(thread, b)?),
        CompareOp::Le => a.is_subset_of(thread, b)?,
        CompareOp::Ge => b.is_subset_of(thread, a)?,
        CompareOp::Lt => a.len() < b.len() && a.is_subset_of(thread, b)?,
        CompareOp::Gt => b.len() < a.len() && b.is_subset_of(thread, a)?,
    };
    Ok(crate::bool_obj(result))
}

/// The plain class that operations of an instance yield.
fn plain(object: &Object) -> &'static Type {
    if object.is_instance::<FrozenSet>() { FrozenSet::ty() } else { Set::ty() }
}

fn both(a: &Object, b: &Object) -> bool {
    is_set(a) && is_set(b)
}

fn operate(thread: &Thread, a: &Object, b: &Object, work: fn(&Thread, &Set, &Object) -> PyResult<()>) -> PyResult<Obj> {
    if !both(a, b) {
        return Ok(crate::not_implemented());
    }
    let Some(left) = table(a) else { return Ok(crate::not_implemented()) };
    let made = left.copy_as(thread, plain(a))?;
    if let Some(result) = table(&made) {
        work(thread, result, b)?;
    }
    Ok(made)
}

fn intersection(thread: &Thread, this: &Object, other: &Object) -> PyResult<Obj> {
    let made = Set::make(thread, plain(this))?;
    if let (Some(own), Some(result)) = (table(this), table(&made)) {
        for (key, hash) in own.intersect(thread, other)? {
            result.add_known(thread, &key, hash)?;
        }
    }
    Ok(made)
}

/// A copy of the other set, changed by this one: the order that CPython gives.
fn symmetric_difference(thread: &Thread, this: &Object, other: &Object) -> PyResult<Obj> {
    let made = Set::make(thread, plain(this))?;
    if let Some(result) = table(&made) {
        result.update(thread, other)?;
        result.symmetric_update(thread, this)?;
    }
    Ok(made)
}

macro_rules! common_methods {
    ($name:ident, $python:literal, $symbol:literal, $doc:literal, { $($extra:tt)* }) => {
        #[doc = $doc]
        #[pyclass(name = $python, symbol = $symbol, gc, weaklistoffset = 192,
            flags = abi::Py_TPFLAGS_BASETYPE | abi::_Py_TPFLAGS_MATCH_SELF)]
        impl $name {
            #[slot]
            unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
                // SAFETY: by contract.
                unsafe { dealloc(object) }
            }
            #[slot]
            unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut std::ffi::c_void) -> i32 {
                // SAFETY: by contract.
                unsafe { traverse(object, visit, data) }
            }
            #[slot]
            unsafe extern "C-unwind" fn tp_clear(object: Raw) -> i32 {
                // SAFETY: by contract; both have the same layout.
                unsafe { (*(object as *const Set)).clear() };
                0
            }
            #[slot]
            fn tp_repr(this: &Object, thread: &Thread) -> PyResult<String> {
                repr(this, thread)
            }
            #[slot]
            fn tp_richcompare(this: &Object, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
                compare(this, thread, other, op)
            }
            #[slot]
            fn tp_iter(this: &Object, thread: &Thread) -> PyResult<Obj> {
                let length = table(this).map_or(0, Set::len);
                Ok(SetIterator::ty().instantiate(thread, SetIterator {
                    head: Head::unset(), set: ObjCell::new(Some(this.own())), length: Cell::new(length),
                    position: Cell::new(0), left: Cell::new(length),
                })?.upcast())
            }
            #[slot]
            fn sq_length(this: &Object) -> usize {
                table(this).map_or(0, Set::len)
            }
            #[slot]
            fn sq_contains(this: &Object, thread: &Thread, key: &Object) -> PyResult<bool> {
                table(this).map_or(Ok(false), |set| set.contains_any(thread, key))
            }
            #[slot]
            fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                operate(thread, a, b, |thread, set, other| set.update(thread, other))
            }
            #[slot]
            fn nb_xor(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                if both(a, b) { symmetric_difference(thread, a, b) } else { Ok(crate::not_implemented()) }
            }
            #[slot]
            fn nb_subtract(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                match (table(a), both(a, b)) {
                    (Some(set), true) => set.difference_with(thread, b, plain(a)),
                    _ => Ok(crate::not_implemented()),
                }
            }
            #[slot]
            fn nb_and(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
                if both(a, b) { intersection(thread, a, b) } else { Ok(crate::not_implemented()) }
            }
            /// Return a shallow copy of a set.
            #[method]
            fn copy(this: &Object, thread: &Thread) -> PyResult<Obj> {
                if this.is_exact::<FrozenSet>() {
                    return Ok(this.own());
                }
                table(this).map_or_else(|| Ok(this.own()), |set| set.copy_as(thread, plain(this)))
            }
            /// Return a new set with elements from the set and all others.
            #[method(sig = "(*others)")]
            fn union(this: &Object, thread: &Thread, others: Rest<'_>) -> PyResult<Obj> {
                let Some(own) = table(this) else { return Ok(this.own()) };
                let made = own.copy_as(thread, plain(this))?;
                if let Some(result) = table(&made) {
                    for other in others.iter() {
                        result.update(thread, other)?;
                    }
                }
                Ok(made)
            }
            /// Return a new set with elements common to the set and all others.
            #[method(sig = "(*others)")]
            fn intersection(this: &Object, thread: &Thread, others: Rest<'_>) -> PyResult<Obj> {
                let Some(own) = table(this) else { return Ok(this.own()) };
                let mut made = own.copy_as(thread, plain(this))?;
                for other in others.iter() {
                    made = intersection(thread, &made, other)?;
                }
                Ok(made)
            }
            /// Return a new set with elements in the set that are not in the others.
            #[method(sig = "(*others)")]
            fn difference(this: &Object, thread: &Thread, others: Rest<'_>) -> PyResult<Obj> {
                let Some(own) = table(this) else { return Ok(this.own()) };
                if others.len() == 0 {
                    return own.copy_as(thread, plain(this));
                }
                let mut made = this.own();
                for other in others.iter() {
                    let next = match table(&made) {
                        Some(set) => set.difference_with(thread, other, plain(this))?,
                        None => break,
                    };
                    made = next;
                }
                Ok(made)
            }
            /// Return a new set with elements in either the set or other but not both.
            #[method]
            fn symmetric_difference(this: &Object, thread: &Thread, other: &Object) -> PyResult<Obj> {
                symmetric_difference(thread, this, other)
            }
            /// Return True if two sets have a null intersection.
            #[method]
            fn isdisjoint(this: &Object, thread: &Thread, other: &Object) -> PyResult<bool> {
                table(this).map_or(Ok(true), |set| Ok(set.intersect(thread, other)?.is_empty()))
            }
            /// Report whether another set contains this set.
            #[method]
            fn issubset(this: &Object, thread: &Thread, other: &Object) -> PyResult<bool> {
                let made;
                let other = if is_set(other) { other } else { made = from_iterable(thread, other)?; &made };
                match (table(this), table(other)) {
                    (Some(a), Some(b)) => a.is_subset_of(thread, b),
                    _ => Ok(false),
                }
            }
            /// Report whether this set contains another set.
            #[method]
            fn issuperset(this: &Object, thread: &Thread, other: &Object) -> PyResult<bool> {
                let Some(own) = table(this) else { return Ok(false) };
                if let Some(set) = table(other) {
                    return set.is_subset_of(thread, own);
                }
                let iterator = other.iter(thread)?;
                while let Some(item) = iterator.next(thread)? {
                    if !own.contains(thread, &item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            /// S.__sizeof__() -> size of S in memory, in bytes.
            #[method]
            fn __sizeof__(this: &Object) -> usize {
                let table_size = table(this).filter(|s| !s.is_small()).map_or(0, |s| (s.mask() + 1) * 16);
                200 + table_size
            }
            /// Return state information for pickling.
            #[method]
            fn __reduce__(this: &Object, thread: &Thread) -> PyResult<Owned<Tuple>> {
                let items = crate::List::from_vec(thread, table(this).map(Set::to_vec).unwrap_or_default())?;
                let state = crate::reduce::get_state(thread, this)?;
                Tuple::from_vec(thread, vec![(**this.ty()).own(), Tuple::from_vec(thread, vec![items.upcast()])?.upcast(), state])
            }
            /// See PEP 585
            #[classmethod(sig = "(object, /)", text = "")]
            fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
                crate::generic_alias::new(thread, cls, object)
            }
            $($extra)*
        }
    };
}

common_methods!(Set, "set", "PySet_Type", "Build an unordered collection of unique elements.", {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        Set::make(thread, cls)
    }
    #[init(sig = "(iterable=(), /)")]
    fn init(&self, thread: &Thread, iterable: Option<&Object>) -> PyResult<()> {
        if self.len() > 0 {
            self.clear();
        }
        self.0.hash.set(-1);
        iterable.map_or(Ok(()), |iterable| self.update(thread, iterable))
    }
    /// Add an element to a set.
    ///
    /// This has no effect if the element is already present.
    #[method(name = "add", sig = "(object, /)")]
    fn py_add(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        self.add(thread, object)
    }
    /// Remove an element from a set if it is a member.
    #[method(name = "discard", sig = "(object, /)")]
    fn py_discard(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        remove_any(thread, self, object).map(drop)
    }
    /// Remove an element from a set; it must be a member.
    #[method(sig = "(object, /)")]
    fn remove(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        if remove_any(thread, self, object)? { Ok(()) } else { Err(thread.key_error(object)) }
    }
    /// Remove and return an arbitrary set element.
    #[method]
    fn pop(&self, thread: &Thread) -> PyResult<Obj> {
        // The finger remembers where the last pop was.
        let mut position = self.0.finger.get() as usize & self.mask();
        let found = self.next(&mut position).or_else(|| {
            position = 0;
            self.next(&mut position)
        });
        let Some((key, _)) = found else {
            let message = Str::from_str(thread, "pop from an empty set")?;
            return Err(thread.key_error(&message));
        };
        self.0.finger.set(position as isize);
        // SAFETY: the entry that was just found; its reference goes.
        unsafe {
            let entry = self.0.table.get().add(position - 1);
            let old = (*entry).key.replace(dummy());
            (*entry).hash.set(-1);
            self.0.used.set(self.0.used.get() - 1);
            decref(old);
        }
        Ok(key)
    }
    /// Remove all elements from this set.
    #[method(name = "clear")]
    fn py_clear(&self) {
        self.clear();
    }
    /// Update the set, adding elements from all others.
    #[method(name = "update", sig = "(*others)")]
    fn py_update(&self, thread: &Thread, others: Rest<'_>) -> PyResult<()> {
        for other in others.iter() {
            self.update(thread, other)?;
        }
        Ok(())
    }
    /// Update the set, keeping only elements found in it and all others.
    #[method(sig = "(*others)")]
    fn intersection_update(&self, thread: &Thread, others: Rest<'_>) -> PyResult<()> {
        for other in others.iter() {
            let kept = self.intersect(thread, other)?;
            self.replace_with(thread, kept)?;
        }
        Ok(())
    }
    /// Update the set, removing elements found in others.
    #[method(sig = "(*others)")]
    fn difference_update(&self, thread: &Thread, others: Rest<'_>) -> PyResult<()> {
        for other in others.iter() {
            self.difference_update_one(thread, other)?;
        }
        Ok(())
    }
    /// Update the set, keeping only elements found in either set, but not in both.
    #[method]
    fn symmetric_difference_update(&self, thread: &Thread, other: &Object) -> PyResult<()> {
        self.symmetric_update(thread, other)
    }
    #[slot]
    fn nb_inplace_or(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
        if !is_set(other) {
            return Ok(crate::not_implemented());
        }
        self.update(thread, other)?;
        Ok((**self).own())
    }
    #[slot]
    fn nb_inplace_and(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
        if !is_set(other) {
            return Ok(crate::not_implemented());
        }
        let kept = self.intersect(thread, other)?;
        self.replace_with(thread, kept)?;
        Ok((**self).own())
    }
    #[slot]
    fn nb_inplace_subtract(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
        if !is_set(other) {
            return Ok(crate::not_implemented());
        }
        self.difference_update_one(thread, other)?;
        Ok((**self).own())
    }
    #[slot]
    fn nb_inplace_xor(&self, thread: &Thread, other: &Object) -> PyResult<Obj> {
        if !is_set(other) {
            return Ok(crate::not_implemented());
        }
        self.symmetric_update(thread, other)?;
        Ok((**self).own())
    }
});

fn remove_any(thread: &Thread, set: &Set, key: &Object) -> PyResult<bool> {
    match set.discard(thread, key) {
        Err(_) if key.is_instance::<Set>() && thread.take_if(crate::exceptions::type_error()) => {
            set.discard(thread, &*frozen_copy(thread, key)?)
        }
        result => result,
    }
}

common_methods!(FrozenSet, "frozenset", "PyFrozenSet_Type", "Build an immutable unordered collection of unique elements.", {
    #[new(sig = "(iterable=(), /)")]
    fn create(cls: &Type, thread: &Thread, iterable: Option<&Object>) -> PyResult<Obj> {
        if let Some(iterable) = iterable {
            if std::ptr::eq(cls, FrozenSet::ty()) && iterable.is_exact::<FrozenSet>() {
                return Ok(iterable.own());
            }
        }
        let made = Set::make(thread, cls)?;
        if let (Some(set), Some(iterable)) = (table(&made), iterable) {
            set.update(thread, iterable)?;
        }
        Ok(made)
    }
    #[slot]
    fn tp_hash(this: &Object) -> isize {
        let Some(set) = table(this) else { return 0 };
        if set.0.hash.get() == -1 {
            set.0.hash.set(pyrox_numeric::hash::frozenset_hash(set.entries().into_iter().map(|(_, hash)| hash as i64)) as isize);
        }
        set.0.hash.get()
    }
});

/// Iterator over a set.
#[repr(C)]
pub struct SetIterator {
    head: Head,
    set: ObjCell,
    length: Cell<usize>,
    position: Cell<usize>,
    left: Cell<usize>,
}

#[pyclass(name = "set_iterator", symbol = "PySetIter_Type", traverse = [set], dealloc = drop)]
impl SetIterator {
    #[slot]
    fn tp_iter(this: &Object) -> Obj {
        this.own()
    }
    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let Some(object) = self.set.get() else { return Ok(None) };
        let Some(set) = table(&object) else { return Ok(None) };
        if set.len() != self.length.get() {
            self.length.set(usize::MAX);
            return Err(thread.runtime_error("Set changed size during iteration"));
        }
        let mut position = self.position.get();
        match set.next(&mut position) {
            Some((key, _)) => {
                self.position.set(position);
                self.left.set(self.left.get().saturating_sub(1));
                Ok(Some(key))
            }
            None => {
                self.set.set(None);
                Ok(None)
            }
        }
    }
    /// Private method returning an estimate of len(list(it)).
    #[method]
    fn __length_hint__(&self) -> usize {
        if self.set.is_set() { self.left.get() } else { 0 }
    }
    #[method]
    fn __reduce__(this: &Object, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let rest = crate::List::from_iterable(thread, this)?;
        let iter = crate::hooks::builtin(thread, "iter")?;
        Tuple::from_vec(thread, vec![iter, Tuple::from_vec(thread, vec![rest.upcast()])?.upcast()])
    }
}

impl FrozenSet {
    pub fn own_frozen(&self) -> Owned<FrozenSet> {
        self.own_typed()
    }
}
