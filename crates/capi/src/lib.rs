//! CPython 3.14's C API: the functions and data that extension modules find in the process.
//!
//! Every item is `extern "C"` under CPython's name and thin: it turns pointers into handles, calls what the lower
//! crates have, and turns the result back. References, errors and null pointers follow CPython's documentation.
//! Extensions hold the interpreter's lock whenever they call, which is what lets [`support::thread`] give the token.
// Bodies of the API's functions are unsafe as a whole; see the macro `api!`.
#![allow(non_snake_case, non_upper_case_globals, non_camel_case_types, clippy::macro_metavars_in_unsafe)]

pub mod support;

#[macro_use]
mod api;
pub mod arguments;
pub mod buffers;
pub mod build_value;
pub mod bytes;
pub mod callables;
pub mod capsule;
pub mod code;
pub mod codecs;
pub mod complex;
pub mod constants;
pub mod contexts;
pub mod data;
pub mod dict;
pub mod errors;
pub mod exception_classes;
pub mod file;
pub mod float;
pub mod format;
pub mod frames;
pub mod functions;
pub mod hash;
pub mod imports;
pub mod lifecycle;
pub mod list;
pub mod loading;
pub mod long;
pub mod marshal;
pub mod memory;
pub mod misc;
mod missing;
pub mod module;
pub mod objects;
pub mod os;
pub mod protocols;
pub mod running;
pub mod set;
pub mod slices;
pub mod states;
pub mod struct_sequence;
pub mod sync;
pub mod sys;
pub mod tuple;
pub mod types;
mod unbuilt;
pub mod unicode;
pub mod unicode_codecs;
pub mod unicode_ctype;
pub mod unicode_text;
pub mod unicode_writer;
pub mod va;
pub mod weakref;

/// Let extension modules be loaded, and know the thread that starts the interpreter.
pub fn install(thread: &pyrox_objects::Thread) {
    data::fill();
    states::adopt(thread);
    pyrox_interpreter::import::install_extension_loader(&loading::LOADER);
}
