//! Extension modules find CPython's symbols in the executable: all of them are exported.

fn main() {
    println!("cargo:rustc-link-arg-bins=-rdynamic");
    println!("cargo:rerun-if-changed=build.rs");
}
