//! Hash tables with a fast hash: names are short, and a program is compiled once.

/// A map whose hash differs from process to process.
pub type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
/// A set whose hash differs from process to process.
pub type HashSet<K> = std::collections::HashSet<K, foldhash::fast::RandomState>;
