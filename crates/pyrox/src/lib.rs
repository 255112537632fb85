//! Python 3.14 to embed in a Rust program.
