//! `_sha2`.

use ::sha2::{Sha224, Sha256, Sha384, Sha512, digest};
use pyrox_macros::pymodule;
use pyrox_objects::{Module, PyResult, Thread};

use super::{hash_class, hash_function};

hash_class!(Sha224Type, Sha224, "SHA224Type", "_sha2", "sha224", 64);
hash_class!(Sha256Type, Sha256, "SHA256Type", "_sha2", "sha256", 64);
hash_class!(Sha384Type, Sha384, "SHA384Type", "_sha2", "sha384", 128);
hash_class!(Sha512Type, Sha512, "SHA512Type", "_sha2", "sha512", 128);
hash_function!(sha224, Sha224Type, "Return a new SHA-224 hash object; optionally initialized with a string.");
hash_function!(sha256, Sha256Type, "Return a new SHA-256 hash object; optionally initialized with a string.");
hash_function!(sha384, Sha384Type, "Return a new SHA-384 hash object; optionally initialized with a string.");
hash_function!(sha512, Sha512Type, "Return a new SHA-512 hash object; optionally initialized with a string.");

pymodule!(name = "_sha2", doc = "", functions = [sha224, sha256, sha384, sha512], exec = exec);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<Sha224Type>(thread)?;
    module.add_type::<Sha256Type>(thread)?;
    module.add_type::<Sha384Type>(thread)?;
    module.add_type::<Sha512Type>(thread)
}
