//! `_md5`.

use ::md5::{Md5, digest};
use pyrox_macros::pymodule;
use pyrox_objects::{Module, PyResult, PyType, Thread, type_object};

use super::{hash_class, hash_function};

hash_class!(Md5Type, Md5, "md5", "_md5", "md5", 64);
hash_function!(md5, Md5Type, "Return a new MD5 hash object; optionally initialized with a string.");

pymodule!(name = "_md5", doc = "", functions = [md5], exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    type_object::ready(thread, Md5Type::ty())?;
    module.add(thread, "MD5Type", Md5Type::ty())
}
