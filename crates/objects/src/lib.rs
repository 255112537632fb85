//! The built-in types, the object protocols, errors and garbage collection.
