//! Hash functions, bit for bit CPython's, so that seeded hash values and the order of sets agree.

/// The secret that strings' and bytes' hashes depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashSecret {
    /// SipHash's key.
    pub keys: [u64; 2],
    /// The salt for expat's tables.
    pub expat_salt: u64,
}

impl HashSecret {
    /// How many bytes a secret is made of.
    pub const SIZE: usize = 24;

    /// The secret made of random bytes.
    pub fn from_bytes(bytes: &[u8; HashSecret::SIZE]) -> HashSecret {
        let word = |start: usize| bytes[start..start + 8].iter().rev().fold(0, |word, &byte| word << 8 | byte as u64);
        HashSecret { keys: [word(0), word(8)], expat_salt: word(16) }
    }

    /// The secret for `PYTHONHASHSEED=seed`.
    pub fn from_seed(seed: u32) -> HashSecret {
        if seed == 0 {
            return HashSecret::default();
        }
        let mut bytes = [0; HashSecret::SIZE];
        let mut state = seed;
        for byte in &mut bytes {
            state = state.wrapping_mul(214013).wrapping_add(2531011);
            *byte = (state >> 16) as u8;
        }
        HashSecret::from_bytes(&bytes)
    }

    /// The hash of a str's storage or of bytes.
    #[inline]
    pub fn hash(&self, bytes: &[u8]) -> i64 {
        if bytes.is_empty() {
            return 0;
        }
        no_error(siphash13(self.keys, bytes) as i64)
    }
}

/// -1 means an error, so no hash is -1.
#[inline]
pub fn no_error(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// SipHash with one round a block and three to finish.
pub fn siphash13([key0, key1]: [u64; 2], bytes: &[u8]) -> u64 {
    #[inline(always)]
    fn round(v: &mut [u64; 4]) {
        v[0] = v[0].wrapping_add(v[1]);
        v[2] = v[2].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[1]);
        v[0] = v[0].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].rotate_left(32);
    }
    let mut v = [key0 ^ 0x736f6d6570736575, key1 ^ 0x646f72616e646f6d, key0 ^ 0x6c7967656e657261, key1 ^ 0x7465646279746573];
    let (blocks, tail) = bytes.as_chunks::<8>();
    for block in blocks {
        let word = u64::from_le_bytes(*block);
        v[3] ^= word;
        round(&mut v);
        v[0] ^= word;
    }
    let mut last = [0; 8];
    last[..tail.len()].copy_from_slice(tail);
    last[7] = bytes.len() as u8;
    let word = u64::from_le_bytes(last);
    v[3] ^= word;
    round(&mut v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for _ in 0..3 {
        round(&mut v);
    }
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

/// The hash of an object that hashes by its address.
#[inline]
pub fn hash_pointer(address: usize) -> i64 {
    // The lowest bits are always zero; they go to the other end.
    no_error((address as u64).rotate_right(4) as i64)
}

/// The hash of a sequence of hashes in order (tuple, slice), a reduced xxHash.
#[derive(Clone, Copy, Debug)]
pub struct SequenceHash(u64);

const PRIME_1: u64 = 11400714785074694791;
const PRIME_2: u64 = 14029467366897019727;
const PRIME_5: u64 = 2870177450012600261;

impl Default for SequenceHash {
    fn default() -> SequenceHash {
        SequenceHash(PRIME_5)
    }
}

impl SequenceHash {
    /// Takes in the next item's hash.
    #[inline]
    pub fn push(&mut self, hash: i64) {
        self.0 = self.0.wrapping_add((hash as u64).wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1);
    }

    /// The hash of a tuple of `length` items.
    #[inline]
    pub fn finish_tuple(self, length: usize) -> i64 {
        SequenceHash(self.0.wrapping_add(length as u64 ^ PRIME_5 ^ 3527539)).finish_slice()
    }

    /// The hash of a slice, whose length never differs.
    #[inline]
    pub fn finish_slice(self) -> i64 {
        if self.0 == u64::MAX { 1546275796 } else { self.0 as i64 }
    }
}

/// The hash of a tuple with these items' hashes.
pub fn tuple_hash(items: &[i64]) -> i64 {
    let mut hash = SequenceHash::default();
    for &item in items {
        hash.push(item);
    }
    hash.finish_tuple(items.len())
}

/// The hash of a frozenset with these items' hashes, in any order.
pub fn frozenset_hash(items: impl Iterator<Item = i64>) -> i64 {
    let mut hash = 0u64;
    let mut count = 0u64;
    for item in items {
        let item = item as u64;
        hash ^= (item ^ 89869747 ^ item << 16).wrapping_mul(3644798167);
        count += 1;
    }
    hash ^= count.wrapping_add(1).wrapping_mul(1927868237);
    hash ^= hash >> 11 ^ hash >> 25;
    hash = hash.wrapping_mul(69069).wrapping_add(907133923);
    if hash == u64::MAX { 590923713 } else { hash as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeded() {
        let zero = HashSecret::from_seed(0);
        let other = HashSecret::from_seed(42);
        assert_eq!(zero.hash(b"abc"), SEED_0_ABC);
        assert_eq!(other.hash(b"abc"), SEED_42_ABC);
        assert_eq!(zero.hash(b"hello, wide world"), SEED_0_LONG);
        assert_eq!(zero.hash(b""), 0);
    }

    #[test]
    fn containers() {
        assert_eq!(tuple_hash(&[]), TUPLE_EMPTY);
        assert_eq!(tuple_hash(&[1, 2, 3]), TUPLE_123);
        assert_eq!(frozenset_hash([].into_iter()), FROZEN_EMPTY);
        assert_eq!(frozenset_hash([1, 2, 3].into_iter()), FROZEN_123);
        let mut slice = SequenceHash::default();
        [1, 2, 3].into_iter().for_each(|item| slice.push(item));
        assert_eq!(slice.finish_slice(), SLICE_123);
        assert_eq!(hash_pointer(0x10), 1);
        assert_eq!(hash_pointer(1), 1 << 60);
    }

    const SEED_0_ABC: i64 = -4594863902769663758;
    const SEED_42_ABC: i64 = 3869580338025362921;
    const SEED_0_LONG: i64 = 1448755375922296164;
    const TUPLE_EMPTY: i64 = 5740354900026072187;
    const TUPLE_123: i64 = 529344067295497451;
    const FROZEN_EMPTY: i64 = 133146708735736;
    const FROZEN_123: i64 = -272375401224217160;
    const SLICE_123: i64 = -2340833382717974474;
}
