//! The network: `_socket`.
//!
//! It may depend on the interpreter, what is below it, and the crate of the operating system's modules.
//! `socket/mod.rs` has the class, `address.rs` addresses, `wait.rs` time limits, `message.rs` ancillary
//! data, `resolve.rs` names and `functions.rs` the rest of the module. System calls that a signal
//! interrupts are made again after its handler has run. Tests are programs with recorded output in
//! `tests/programs/_socket`.

use pyrox_objects::native::NativeModule;

mod socket;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 1] = [&socket::MODULE];
