//! Descriptors: what stands in a type's dict for its slots, methods, members and properties, and the
//! descriptor types that Python code makes.

mod native;
mod property;
mod proxy;
mod static_class;
mod super_type;

pub use native::{ClassMethodDescriptor, GetSetDescriptor, MemberDescriptor, MethodDescriptor, WrapperDescriptor};
pub use property::Property;
pub use proxy::{MappingProxy, MethodWrapper};
pub use static_class::{ClassMethod, StaticMethod};
pub use super_type::Super;
