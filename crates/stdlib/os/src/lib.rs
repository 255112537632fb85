//! What the operating system offers: files and processes (`posix`), time, signals, error numbers.
//!
//! It may depend on the interpreter and what is below it. Each module is a file or a folder of its
//! name; `system.rs` holds how C functions are called and their failures raised, `paths.rs` how
//! arguments that name files are read. Calls that a signal interrupts are made again after the signal's
//! handler has run ([`system::retry`]). Tests are programs with recorded output in `tests/programs`.

use pyrox_objects::native::NativeModule;

mod accounts;
pub mod clock;
mod errno;
mod fcntl;
mod locale;
pub mod paths;
pub mod posix;
mod posixsubprocess;
mod resource;
mod select;
pub mod signal;
#[allow(non_snake_case)]
mod stat_module;
pub mod system;
pub mod time;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 12] = [
    &errno::MODULE,
    &stat_module::MODULE,
    &posix::MODULE,
    &time::MODULE,
    &signal::MODULE,
    &resource::MODULE,
    &posixsubprocess::MODULE,
    &accounts::pwd::MODULE,
    &accounts::grp::MODULE,
    &select::MODULE,
    &fcntl::MODULE,
    &locale::MODULE,
];
