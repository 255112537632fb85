//! `_sha1`.

use ::sha1::{Sha1, digest};
use pyrox_macros::pymodule;
use pyrox_objects::{Module, PyResult, PyType, Thread, type_object};

use super::{hash_class, hash_function};

hash_class!(Sha1Type, Sha1, "sha1", "_sha1", "sha1", 64);
hash_function!(sha1, Sha1Type, "Return a new SHA1 hash object; optionally initialized with a string.");

pymodule!(name = "_sha1", doc = "", functions = [sha1], exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    type_object::ready(thread, Sha1Type::ty())?;
    module.add(thread, "SHA1Type", Sha1Type::ty())
}
