//! Python source text to CPython 3.14 code, as plain Rust data.
