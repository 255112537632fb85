//! Native modules about numbers and binary data: math, random, struct, array, datetime.
//!
//! Each module is a file or folder of its own and is listed in [`MODULES`], which makes `import` find
//! it. It depends on `objects`, `interpreter` and `numeric`. No borrow of a module's or an object's state
//! lives across a call that can run Python code: such a call may come back to the same object.

mod array;
mod binascii;
mod cmath;
mod datetime;
mod global;
mod half;
mod hash;
mod libm;
mod math;
mod random;
mod statistics;
mod structs;

use pyrox_objects::native::NativeModule;

/// The modules of this crate, for the import system.
pub static MODULES: [&NativeModule; 13] = [
    &cmath::MODULE,
    &statistics::MODULE,
    &array::MODULE,
    &math::MODULE,
    &random::MODULE,
    &structs::MODULE,
    &binascii::MODULE,
    &datetime::MODULE,
    &hash::md5::MODULE,
    &hash::sha1::MODULE,
    &hash::sha2::MODULE,
    &hash::sha3::MODULE,
    &hash::blake2::MODULE,
];
