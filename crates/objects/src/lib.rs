//! The built-in types, the object protocols, errors and garbage collection.
//!
//! It knows nothing of frames and bytecode: what it needs of them comes through [`hooks`].
//!
//! Invariants:
//! 1. A handle ([`Obj`], [`Owned`]) owns exactly one reference; `&Object` borrows one that somebody owns.
//! 2. Whatever can run Python code takes the thread token, [`Thread`]. No borrow into an object's storage
//!    lives across such a call; dropping the last reference can run code too.
//! 3. A function that returns `Err(Raised)` has set the thread's exception; `Ok` means none is set.
//! 4. Every native type is declared with `#[pyclass]`; its slots are C functions.
//!
//! Read `object.rs`, then `native.rs`, then a type such as `tuple.rs`.
#![allow(clippy::missing_safety_doc)]

extern crate self as pyrox_objects;

pub use pyrox_abi as abi;

mod annotations;
pub mod base_object;
pub mod buffer;
pub mod builtin_function;
pub mod bytes;
pub mod capsule;
mod cell;
mod class_assignment;
pub mod codecs;
pub mod complex;
pub mod dealloc;
pub mod descriptors;
pub mod dict;
pub mod enumerate;
mod error;
pub mod exceptions;
pub mod filter;
mod float;
pub mod formatting;
pub mod function;
pub mod gc;
pub mod generic_alias;
pub mod hooks;
pub mod instance_method;
pub mod int;
pub mod iterators;
pub mod list;
pub mod managed;
pub mod map;
pub mod member;
pub mod memoryview;
mod method;
mod module;
pub mod namespace;
pub mod native;
mod native_module;
pub mod object;
mod parse;
pub mod pickle_buffer;
pub mod protocol;
pub mod range;
mod reduce;
pub mod repr_guard;
pub mod reusable_tuple;
pub mod reversed;
pub mod set;
mod signature;
pub mod singletons;
pub mod slice;
pub mod str;
pub mod struct_sequence;
pub mod suggestions;
pub mod template;
pub mod text_writer;
mod thread;
mod tuple;
pub mod type_object;
pub mod union_type;
pub mod unraisable;
pub mod warn;
pub mod weakref;
pub mod weakref_proxy;
pub mod zip;

pub use buffer::Buffer;
pub use bytes::{ByteArray, Bytes};
pub use cell::Cell;
pub use complex::Complex;
pub use descriptors::{MappingProxy, Property, Super};
pub use dict::Dict;
pub use error::{PyResult, Raised};
pub use float::Float;
pub use function::Function;
pub use int::{Bool, Int};
pub use list::List;
pub use memoryview::MemoryView;
pub use method::Method;
pub use module::{Module, ModuleDef};
pub use object::{Head, Obj, ObjCell, Object, Own, Owned, PyType};
pub use protocol::compare::CompareOp;
pub use set::{FrozenSet, Set};
pub use singletons::{bool_obj, bool_ref, ellipsis_ref, none, none_ref, not_implemented};
pub use slice::Slice;
pub use str::Str;
pub use thread::{Interrupts, Thread, stack_address};
pub use tuple::Tuple;
pub use type_object::Type;

/// A name that the code uses, as an interned `&'static Str`.
#[macro_export]
macro_rules! intern {
    ($text:literal) => {{
        static NAME: $crate::str::StaticName = $crate::str::StaticName::new($text);
        NAME.get()
    }};
}

/// The built-in types, bases first, that are made ready at start.
pub fn builtin_types() -> Vec<&'static Type> {
    macro_rules! types {
        ($($ty:ty),* $(,)?) => { vec![$(<$ty as PyType>::ty()),*] };
    }
    types![
        // Static methods of the others are wrapped with these, which looks up attributes.
        Object,
        Type,
        builtin_function::BuiltinFunction,
        builtin_function::CMethod,
        descriptors::StaticMethod,
        Int,
        Bool,
        Float,
        Str,
        Bytes,
        ByteArray,
        Tuple,
        List,
        Dict,
        Set,
        FrozenSet,
        set::SetIterator,
        Slice,
        singletons::NoneType,
        singletons::NotImplementedType,
        singletons::EllipsisType,
        Function,
        Method,
        Module,
        ModuleDef,
        Cell,
        weakref::WeakRef,
        Property,
        Super,
        MappingProxy,
        descriptors::WrapperDescriptor,
        descriptors::MethodDescriptor,
        descriptors::ClassMethodDescriptor,
        descriptors::MemberDescriptor,
        descriptors::GetSetDescriptor,
        descriptors::MethodWrapper,
        descriptors::ClassMethod,
        dict::DictKeys,
        dict::DictValues,
        dict::DictItems,
        dict::DictKeyIterator,
        dict::DictValueIterator,
        dict::DictItemIterator,
        dict::DictReverseKeyIterator,
        dict::DictReverseValueIterator,
        dict::DictReverseItemIterator,
        iterators::TupleIterator,
        iterators::ListIterator,
        iterators::ListReverseIterator,
        iterators::StrIterator,
        iterators::BytesIterator,
        iterators::ByteArrayIterator,
        MemoryView,
        memoryview::ManagedBuffer,
        memoryview::MemoryIterator,
        buffer::BufferWrapper,
        iterators::SequenceIterator,
        iterators::CallIterator,
        range::RangeObject,
        range::RangeIterator,
        range::LongRangeIterator,
        enumerate::Enumerate,
        zip::Zip,
        map::Map,
        filter::Filter,
        reversed::Reversed,
        generic_alias::GenericAlias,
        generic_alias::GenericAliasIterator,
        union_type::Union,
        complex::Complex,
        namespace::Namespace,
        capsule::Capsule,
        pickle_buffer::PickleBuffer,
        weakref_proxy::Proxy,
        weakref_proxy::CallableProxy,
        instance_method::InstanceMethod,
    ]
}

/// Make the built-in types ready: the first thing a thread does.
///
/// # Errors
/// Memory may run out.
pub fn initialize(thread: &Thread) -> PyResult<()> {
    // Caches tell by these functions that a type has no attribute access of its own.
    let object = <Object as PyType>::ty().raw();
    object.tp_getattro.set(Some(protocol::attribute::generic_getattr));
    object.tp_setattro.set(Some(protocol::attribute::generic_setattr));
    for ty in builtin_types() {
        type_object::ready(thread, ty)?;
    }
    for ty in exceptions::all_types() {
        type_object::ready(thread, ty)?;
    }
    Ok(())
}
