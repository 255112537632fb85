//! `bytes` and `bytearray`: `storage.rs` holds the bytes, `common.rs` what the methods of both do,
//! `shared.rs` these methods' definitions; the types themselves are `immutable.rs` and `mutable.rs`.

pub mod common;
mod immutable;
mod mutable;
#[macro_use]
mod shared;
mod storage;

pub use common::{byte, collect, from_hex, hex, is_space};
pub use storage::{ByteArray, ByteString, Bytes, Lock, View};
