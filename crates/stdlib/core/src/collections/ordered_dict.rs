//! `collections.OrderedDict`: a dict with an order of its own.
//!
//! Beside the dict there is a second one from the key to a [`Node`], and the nodes form a list in the
//! order of the keys. So moving a key to either end and taking the first or last cost the same however
//! large the dict is, which the order inside a plain dict cannot give.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::offset_of;

use pyrox_macros::pyclass;
use pyrox_objects::abi;
use pyrox_objects::native::{Keywords, Raw, Rest, Traverse};
use pyrox_objects::protocol::call::check;
use pyrox_objects::text_writer::TextWriter;
use pyrox_objects::{CompareOp, Dict, Head, Obj, ObjCell, Object, Own, Owned, PyResult, PyType, Raised, Str, Thread, Tuple, Type, intern};

use super::ordered_views::{Kind, OrderedItems, OrderedIterator, OrderedKeys, OrderedValues};
use crate::linked_list::{Linked, LinkedList, Place};

/// A key's place in the order.
#[repr(C)]
pub struct Node {
    head: Head,
    place: Place<Node>,
    key: ObjCell,
}

#[pyclass(name = "odict_node", module = "collections", traverse = [key], dealloc = drop)]
impl Node {}

impl Node {
    pub fn key(&self) -> Obj {
        self.key.get().unwrap_or_else(pyrox_objects::none)
    }
}

impl Linked for Node {
    fn place(&self) -> &Place<Node> {
        &self.place
    }
}

/// A dict that remembers the order of its keys. All zero after the dict's part is a valid, empty one.
#[repr(C)]
pub struct OrderedDict {
    dict: abi::PyDictObject,
    /// A dict from the key to its node; nothing before the first key.
    nodes: ObjCell,
    pub(super) order: LinkedList<Node>,
    /// Changes with the order, for iterators to notice.
    state: Cell<usize>,
    attributes: ObjCell,
    weakrefs: Cell<Raw>,
}

impl OrderedDict {
    pub(super) fn as_dict(&self) -> &Dict {
        // SAFETY: the struct begins with a dict's.
        unsafe { &*(self as *const OrderedDict as *const Dict) }
    }

    pub(super) fn state(&self) -> usize {
        self.state.get()
    }

    fn changed(&self) {
        self.state.set(self.state.get().wrapping_add(1));
    }

    fn nodes(&self, thread: &Thread) -> PyResult<Owned<Dict>> {
        if let Some(Ok(nodes)) = self.nodes.get().map(Obj::downcast) {
            return Ok(nodes);
        }
        let nodes = Dict::new(thread)?;
        self.nodes.set(Some(nodes.clone().upcast()));
        Ok(nodes)
    }

    fn node(&self, thread: &Thread, key: &Object) -> PyResult<Option<Owned<Node>>> {
        match self.nodes.get().map(Obj::downcast::<Dict>) {
            Some(Ok(nodes)) => Ok(nodes.get(thread, key)?.and_then(|node| node.downcast().ok())),
            _ => Ok(None),
        }
    }

    /// `dict.__setitem__` and the key's place in the order.
    fn put(&self, thread: &Thread, key: &Object, value: &Object) -> PyResult<()> {
        let Ok(hash) = key.hash(thread) else {
            // The dict words the error.
            thread.set_raised(None);
            return self.as_dict().set(thread, key, value);
        };
        self.as_dict().set_known(thread, key, hash, value)?;
        let nodes = self.nodes(thread)?;
        if nodes.get_known(thread, key, hash)?.is_none() {
            let node = Node { head: Head::unset(), place: Place::new(), key: ObjCell::new(Some(key.own())) };
            let node = Node::ty().instantiate(thread, node)?;
            nodes.set_known(thread, key, hash, &node)?;
            self.order.append(node);
            self.changed();
        }
        Ok(())
    }

    /// Remove a key from the dict and the order, past whatever a subclass overrides.
    fn take(&self, thread: &Thread, key: &Object) -> PyResult<Option<Obj>> {
        let value = self.as_dict().pop(thread, key)?;
        if let Some(Ok(nodes)) = self.nodes.get().map(Obj::downcast::<Dict>) {
            if let Some(Ok(node)) = nodes.pop(thread, key)?.map(Obj::downcast::<Node>) {
                let linked = self.order.extract(&node);
                self.changed();
                drop(linked);
            }
        }
        Ok(value)
    }

    /// As `take`, by the methods of a subclass if the object is of one.
    fn take_by_protocol(&self, thread: &Thread, key: &Object) -> PyResult<Option<Obj>> {
        if self.is_exact::<OrderedDict>() {
            return self.take(thread, key);
        }
        if !self.contains(thread, key)? {
            return Ok(None);
        }
        let value = self.get_item(thread, key)?;
        self.set_item(thread, key, None)?;
        Ok(Some(value))
    }

    fn wipe(&self) {
        self.as_dict().clear();
        let nodes = self.nodes.take();
        self.order.remove_all();
        self.changed();
        drop(nodes);
    }

    /// The keys in order.
    fn keys_in_order(&self) -> Vec<Obj> {
        let mut keys = Vec::with_capacity(self.as_dict().len());
        let mut at = self.order.first();
        while let Some(node) = at {
            keys.push(node.key());
            at = self.order.after(&node);
        }
        keys
    }

    fn same_order(&self, thread: &Thread, other: &OrderedDict) -> PyResult<bool> {
        let (state_a, state_b) = (self.state.get(), other.state.get());
        let (left, right) = (self.keys_in_order(), other.keys_in_order());
        for (a, b) in left.iter().zip(&right) {
            let equal = a.eq(thread, b)?;
            if self.state.get() != state_a || other.state.get() != state_b {
                return Err(thread.runtime_error("OrderedDict mutated during iteration"));
            }
            if !equal {
                return Ok(false);
            }
        }
        Ok(left.len() == right.len())
    }
}

/// `MutableMapping.update` for one argument: through `target`'s own `__setitem__`.
fn update_from(thread: &Thread, target: &Object, other: &Object) -> PyResult<()> {
    if let Some(dict) = other.exact::<Dict>() {
        for (key, value) in dict.items_vec() {
            target.set_item(thread, &key, Some(&value))?;
        }
        return Ok(());
    }
    if let Some(keys) = other.lookup_attr(thread, intern!("keys"))? {
        let iterator = keys.call(thread, &[])?.iter(thread)?;
        while let Some(key) = iterator.next(thread)? {
            let value = other.get_item(thread, &key)?;
            target.set_item(thread, &key, Some(&value))?;
        }
        return Ok(());
    }
    let pairs = match other.lookup_attr(thread, intern!("items"))? {
        Some(items) => items.call(thread, &[])?,
        None => other.own(),
    };
    let iterator = pairs.iter(thread)?;
    while let Some(pair) = iterator.next(thread)? {
        let parts = pair.iter(thread)?;
        let short =
            |count: usize| thread.value_error(&format!("need more than {count} value{} to unpack", if count == 1 { "" } else { "s" }));
        let key = parts.next(thread)?.ok_or_else(|| short(0))?;
        let value = parts.next(thread)?.ok_or_else(|| short(1))?;
        if parts.next(thread)?.is_some() {
            return Err(thread.value_error("too many values to unpack (expected 2)"));
        }
        target.set_item(thread, &key, Some(&value))?;
    }
    Ok(())
}

fn with_table<R>(object: &Object, work: impl FnOnce(&OrderedDict) -> R) -> Option<R> {
    object.cast::<OrderedDict>().map(work)
}

/// Dictionary that remembers insertion order
#[pyclass(name = "OrderedDict", module = "collections", symbol = "PyODict_Type", base = <Dict as PyType>::TYPE, gc, new = inherit,
    flags = abi::Py_TPFLAGS_BASETYPE | abi::Py_TPFLAGS_MAPPING, dictoffset = offset_of!(OrderedDict, attributes) as isize,
    weaklistoffset = offset_of!(OrderedDict, weakrefs) as isize)]
impl OrderedDict {
    #[slot]
    fn tp_init(this: &Object, thread: &Thread, args: &Tuple, kwargs: Option<&Dict>) -> PyResult<()> {
        if args.len() > 1 {
            return Err(thread.type_error(&format!("expected at most 1 argument, got {}", args.len())));
        }
        if let Some(other) = args.items().first() {
            update_from(thread, this, other)?;
        }
        match kwargs {
            Some(kwargs) => update_from(thread, this, kwargs),
            None => Ok(()),
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract; the rest is the dict's to free.
        unsafe {
            pyrox_objects::gc::untrack(object);
            pyrox_objects::weakref::clear_weakrefs(object);
            let this = &*(object as *const OrderedDict);
            this.attributes.take();
            this.order.remove_all();
            this.nodes.take();
            if let Some(dealloc) = Dict::ty().raw().tp_dealloc.get() {
                dealloc(object);
            }
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_traverse(object: Raw, visit: abi::visitproc, data: *mut c_void) -> c_int {
        // SAFETY: by contract.
        unsafe {
            let this = &*(object as *const OrderedDict);
            for status in [this.attributes.traverse(visit, data), this.nodes.traverse(visit, data), this.order.traverse(visit, data)] {
                if status != 0 {
                    return status;
                }
            }
            Dict::ty().raw().tp_traverse.get().map_or(0, |traverse| traverse(object, visit, data))
        }
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_clear(object: Raw) -> c_int {
        // SAFETY: by contract.
        let this = unsafe { &*(object as *const OrderedDict) };
        this.attributes.take();
        this.wipe();
        0
    }
    #[slot]
    fn tp_iter(&self, thread: &Thread) -> PyResult<Owned<OrderedIterator>> {
        OrderedIterator::new(thread, self, Kind::Keys, false)
    }
    #[slot]
    fn mp_ass_subscript(&self, thread: &Thread, key: &Object, value: Option<&Object>) -> PyResult<()> {
        match value {
            Some(value) => self.put(thread, key, value),
            None => match self.take(thread, key)? {
                Some(_) => Ok(()),
                None => Err(thread.key_error(key)),
            },
        }
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let name = self.ty().name();
        if self.as_dict().len() == 0 {
            return Str::from_str(thread, &format!("{name}()"));
        }
        let Some(_guard) = pyrox_objects::repr_guard::enter(self) else { return Str::from_str(thread, "...") };
        let plain = Dict::new(thread)?;
        if self.is_exact::<OrderedDict>() {
            for key in self.keys_in_order() {
                match self.as_dict().get(thread, &key)? {
                    Some(value) => plain.set(thread, &key, &value)?,
                    None => return Err(thread.key_error(&key)),
                }
            }
        } else {
            let items = self.call_method(thread, intern!("items"), &[])?;
            plain.update_pairs(thread, &items)?;
        }
        let mut out = TextWriter::new();
        out.push_str(name);
        out.push_str("(");
        out.push(&*plain.repr(thread)?);
        out.push_str(")");
        out.finish(thread)
    }
    #[slot]
    fn tp_richcompare(&self, thread: &Thread, other: &Object, op: CompareOp) -> PyResult<Obj> {
        if !other.is_instance::<Dict>() || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok(pyrox_objects::not_implemented());
        }
        let Some(compare) = Dict::ty().raw().tp_richcompare.get() else { return Ok(pyrox_objects::not_implemented()) };
        // SAFETY: a richcmpfunc contract; both are dicts. 2 is `Py_EQ`.
        let same = unsafe { check(thread, compare(self.as_ptr(), other.as_ptr(), 2))? };
        let mut equal = same.is_true(thread)?;
        if let (true, Some(other)) = (equal, other.cast::<OrderedDict>()) {
            equal = self.same_order(thread, other)?;
        }
        Ok(pyrox_objects::bool_obj(equal == (op == CompareOp::Eq)))
    }
    #[slot]
    fn nb_or(a: &Object, b: &Object, thread: &Thread) -> PyResult<Obj> {
        let (class, other) = if a.is_instance::<OrderedDict>() { (a.ty(), b) } else { (b.ty(), a) };
        if !other.is_instance::<Dict>() {
            return Ok(pyrox_objects::not_implemented());
        }
        let made = class.call(thread, &[a])?;
        update_from(thread, &made, b)?;
        Ok(made)
    }
    #[slot]
    fn nb_inplace_or(this: &Object, thread: &Thread, other: &Object) -> PyResult<Obj> {
        update_from(thread, this, other)?;
        Ok(this.own())
    }
    #[getter]
    fn __dict__(this: &Object, thread: &Thread) -> PyResult<Option<Owned<Dict>>> {
        this.instance_dict(thread)
    }
    #[setter(name = "__dict__")]
    fn set_attributes(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        crate::functools::set_dict(thread, &self.attributes, value)
    }
    /// Create a new ordered dictionary with keys from iterable and values set to value.
    #[classmethod(sig = "(iterable, value=None)", text = "($type, /, iterable, value=None)")]
    fn fromkeys(cls: &Type, thread: &Thread, iterable: &Object, value: Option<&Object>) -> PyResult<Obj> {
        let made = cls.call(thread, &[])?;
        let value = value.unwrap_or(pyrox_objects::none_ref());
        let iterator = iterable.iter(thread)?;
        while let Some(key) = iterator.next(thread)? {
            made.set_item(thread, &key, Some(value))?;
        }
        Ok(made)
    }
    /// od.update(**E) <==> od.__init__(**E)
    #[method(sig = "(*args, **kwargs)", text = "")]
    fn update(this: &OrderedDict, thread: &Thread, args: Rest<'_>, kwargs: Keywords<'_>) -> PyResult<()> {
        if args.len() > 1 {
            return Err(thread.type_error(&format!("update() takes at most 1 positional argument ({} given)", args.len())));
        }
        if let Some(other) = args.get(0) {
            update_from(thread, this, other)?;
        }
        for (key, value) in kwargs.iter() {
            this.set_item(thread, key, Some(value))?;
        }
        Ok(())
    }
    /// Insert key with a value of default if key is not in the dictionary.
    ///
    /// Return the value for key if key is in the dictionary, else default.
    #[method(sig = "(key, default=None)")]
    fn setdefault(&self, thread: &Thread, key: &Object, default: Option<&Object>) -> PyResult<Obj> {
        let default = default.unwrap_or(pyrox_objects::none_ref());
        if self.is_exact::<OrderedDict>() {
            if let Some(value) = self.as_dict().get(thread, key)? {
                return Ok(value);
            }
            self.put(thread, key, default)?;
            return Ok(default.own());
        }
        if self.contains(thread, key)? {
            return self.get_item(thread, key);
        }
        self.set_item(thread, key, Some(default))?;
        Ok(default.own())
    }
    /// od.pop(key[,default]) -> v, remove specified key and return the corresponding value.
    ///
    /// If the key is not found, return the default if given; otherwise,
    /// raise a KeyError.
    #[method(sig = "(key, default=<unrepresentable>)")]
    fn pop(&self, thread: &Thread, key: &Object, default: Option<&Object>) -> PyResult<Obj> {
        match (self.take_by_protocol(thread, key)?, default) {
            (Some(value), _) => Ok(value),
            (None, Some(default)) => Ok(default.own()),
            (None, None) => Err(thread.key_error(key)),
        }
    }
    /// Remove and return a (key, value) pair from the dictionary.
    ///
    /// Pairs are returned in LIFO order if last is true or FIFO order if false.
    #[method(sig = "(last=True)")]
    fn popitem(&self, thread: &Thread, last: bool) -> PyResult<Owned<Tuple>> {
        let Some(node) = (if last { self.order.last() } else { self.order.first() }) else {
            return Err(thread.key_error(&**Str::from_str(thread, "dictionary is empty")?));
        };
        let key = node.key();
        match self.take_by_protocol(thread, &key)? {
            Some(value) => Tuple::from_vec(thread, vec![key, value]),
            None => Err(thread.key_error(&key)),
        }
    }
    /// Move an existing element to the end (or beginning if last is false).
    ///
    /// Raise KeyError if the element does not exist.
    #[method(sig = "(key, last=True)")]
    fn move_to_end(&self, thread: &Thread, key: &Object, last: bool) -> PyResult<()> {
        let Some(node) = self.node(thread, key)? else { return Err(thread.key_error(key)) };
        let end = if last { self.order.last() } else { self.order.first() };
        if end.is_some_and(|end| end.is(&node)) {
            return Ok(());
        }
        if let Some(node) = self.order.extract(&node) {
            if last {
                self.order.append(node)
            } else {
                self.order.prepend(node)
            }
            self.changed();
        }
        Ok(())
    }
    /// od.keys() -> a set-like object providing a view on od's keys
    #[method(name = "keys", text = "($self, /)")]
    fn py_keys(&self, thread: &Thread) -> PyResult<Owned<OrderedKeys>> {
        OrderedKeys::new(thread, self)
    }
    /// od.values() -> an object providing a view on od's values
    #[method(name = "values", text = "($self, /)")]
    fn py_values(&self, thread: &Thread) -> PyResult<Owned<OrderedValues>> {
        OrderedValues::new(thread, self)
    }
    /// od.items() -> a set-like object providing a view on od's items
    #[method(name = "items", text = "($self, /)")]
    fn py_items(&self, thread: &Thread) -> PyResult<Owned<OrderedItems>> {
        OrderedItems::new(thread, self)
    }
    /// Remove all items from ordered dict.
    #[method]
    fn clear(&self) {
        self.wipe();
    }
    /// A shallow copy of ordered dict.
    #[method]
    fn copy(&self, thread: &Thread) -> PyResult<Obj> {
        let made = self.ty().call(thread, &[])?;
        let exact = self.is_exact::<OrderedDict>();
        for key in self.keys_in_order() {
            let value = if exact { self.as_dict().get(thread, &key)? } else { Some(self.get_item(thread, &key)?) };
            let Some(value) = value else { return Err(thread.key_error(&key)) };
            match with_table(&made, |table| exact.then(|| table.put(thread, &key, &value))) {
                Some(Some(result)) => result?,
                _ => made.set_item(thread, &key, Some(&value))?,
            }
        }
        Ok(made)
    }
    /// Return a reverse iterator over the dict keys.
    #[method]
    fn __reversed__(&self, thread: &Thread) -> PyResult<Owned<OrderedIterator>> {
        OrderedIterator::new(thread, self, Kind::Keys, true)
    }
    /// Return the size of the dict in memory.
    #[method]
    fn __sizeof__(&self, thread: &Thread) -> PyResult<isize> {
        let method = Dict::ty().getattr(thread, intern!("__sizeof__"))?;
        let size = |object: &Object| -> PyResult<isize> { method.call(thread, &[object])?.as_isize(thread) };
        let own = size(self)? + (size_of::<OrderedDict>() - size_of::<abi::PyDictObject>()) as isize;
        let nodes = match self.nodes.get() {
            Some(nodes) => size(&nodes)?,
            None => 0,
        };
        Ok(own + nodes + (self.as_dict().len() * size_of::<Node>()) as isize)
    }
    /// Return state information for pickling
    #[method]
    fn __reduce__(&self, thread: &Thread) -> PyResult<Owned<Tuple>> {
        let state = self.call_method(thread, intern!("__getstate__"), &[])?;
        let items = self.call_method(thread, intern!("items"), &[])?.iter(thread)?;
        Tuple::from_vec(thread, vec![(**self.ty()).own(), Tuple::empty().upcast(), state, pyrox_objects::none(), items])
    }
}

impl OrderedDict {
    /// The value of a key that the order has.
    pub(super) fn value_of(&self, thread: &Thread, key: &Object) -> PyResult<Obj> {
        match self.as_dict().get(thread, key)? {
            Some(value) => Ok(value),
            None => Err::<Obj, Raised>(thread.key_error(key)),
        }
    }

    pub(super) fn own(&self) -> Owned<OrderedDict> {
        self.own_typed()
    }
}
