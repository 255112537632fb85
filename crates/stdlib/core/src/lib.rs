//! Native modules that the language leans on: itertools, functools, collections, operator, weakref, threads.
//!
//! Each module is a file or folder of its own and is listed in [`MODULES`], which makes `import` find
//! it. It depends on `objects` and `interpreter` only. No borrow of a module's or an object's state lives
//! across a call that can run Python code: such a call may come back to the same object.

#![allow(clippy::new_ret_no_self)]

mod abc;
mod arguments;
pub mod atexit;
mod bisect;
mod collections;
mod contextvars;
mod functools;
mod global;
mod heapq;
mod itertools;
mod linked_list;
mod operator;
mod pickle;
mod queue;
mod thread;
mod weakref;

use pyrox_objects::native::NativeModule;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 13] = [
    &pickle::MODULE,
    &abc::MODULE,
    &weakref::MODULE,
    &atexit::MODULE,
    &functools::MODULE,
    &operator::MODULE,
    &collections::MODULE,
    &thread::MODULE,
    &itertools::MODULE,
    &bisect::MODULE,
    &queue::MODULE,
    &heapq::MODULE,
    &contextvars::MODULE,
];
