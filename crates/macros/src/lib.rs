//! Attribute macros that turn Rust items into CPython types, modules and functions.
