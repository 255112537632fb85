//! BLAKE2 (RFC 7693) with its whole parameter block: keys, salts, personalization and trees.

const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// What sets one instance of the function apart.
#[derive(Clone, Debug)]
pub struct Parameters {
    pub digest_size: u8,
    pub key: Vec<u8>,
    pub salt: Vec<u8>,
    pub person: Vec<u8>,
    pub fanout: u8,
    pub depth: u8,
    pub leaf_size: u32,
    pub node_offset: u64,
    pub node_depth: u8,
    pub inner_size: u8,
    pub last_node: bool,
}

macro_rules! blake2 {
    ($name:ident, $word:ty, $words:literal, $rounds:literal, $rotations:expr, $iv:expr, $wide:literal) => {
        /// A running hash.
        #[derive(Clone)]
        pub struct $name {
            h: [$word; 8],
            count: u128,
            buffer: Vec<u8>,
            last_node: bool,
            size: usize,
        }

        impl $name {
            pub const BLOCK: usize = $words * 16;
            pub const MAX: usize = $words * 8;
            const IV: [$word; 8] = $iv;

            pub fn new(p: &Parameters) -> $name {
                let mut block = [0u8; $words * 8];
                block[0] = p.digest_size;
                block[1] = p.key.len() as u8;
                block[2] = p.fanout;
                block[3] = p.depth;
                block[4..8].copy_from_slice(&p.leaf_size.to_le_bytes());
                let offset = p.node_offset.to_le_bytes();
                // The wide form has eight bytes of offset and fourteen of reserve, the narrow one six.
                let (at, half) = if $wide {
                    block[8..16].copy_from_slice(&offset);
                    (16, 16)
                } else {
                    block[8..14].copy_from_slice(&offset[..6]);
                    (14, 8)
                };
                block[at] = p.node_depth;
                block[at + 1] = p.inner_size;
                let salt = $words * 8 - 2 * half;
                block[salt..salt + p.salt.len().min(half)].copy_from_slice(&p.salt[..p.salt.len().min(half)]);
                let person = salt + half;
                block[person..person + p.person.len().min(half)].copy_from_slice(&p.person[..p.person.len().min(half)]);
                let mut h = Self::IV;
                for (word, bytes) in h.iter_mut().zip(block.chunks_exact($words)) {
                    let mut value = [0; $words];
                    value.copy_from_slice(bytes);
                    *word ^= <$word>::from_le_bytes(value);
                }
                let mut made =
                    $name { h, count: 0, buffer: Vec::with_capacity(Self::BLOCK), last_node: p.last_node, size: p.digest_size as usize };
                if !p.key.is_empty() {
                    let mut key = p.key.clone();
                    key.resize(Self::BLOCK, 0);
                    made.update(&key);
                }
                made
            }

            fn compress(&mut self, block: &[u8], last: bool) {
                let mut m = [0 as $word; 16];
                for (word, bytes) in m.iter_mut().zip(block.chunks_exact($words)) {
                    let mut value = [0; $words];
                    value.copy_from_slice(bytes);
                    *word = <$word>::from_le_bytes(value);
                }
                let mut v = [0 as $word; 16];
                v[..8].copy_from_slice(&self.h);
                v[8..].copy_from_slice(&Self::IV);
                v[12] ^= self.count as $word;
                v[13] ^= (self.count >> ($words * 8)) as $word;
                if last {
                    v[14] = !v[14];
                    if self.last_node {
                        v[15] = !v[15];
                    }
                }
                let [r1, r2, r3, r4] = $rotations;
                let mut mix = |a: usize, b: usize, c: usize, d: usize, x: $word, y: $word| {
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
                    v[d] = (v[d] ^ v[a]).rotate_right(r1);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(r2);
                    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
                    v[d] = (v[d] ^ v[a]).rotate_right(r3);
                    v[c] = v[c].wrapping_add(v[d]);
                    v[b] = (v[b] ^ v[c]).rotate_right(r4);
                };
                for round in 0..$rounds {
                    let s = &SIGMA[round % 10];
                    mix(0, 4, 8, 12, m[s[0]], m[s[1]]);
                    mix(1, 5, 9, 13, m[s[2]], m[s[3]]);
                    mix(2, 6, 10, 14, m[s[4]], m[s[5]]);
                    mix(3, 7, 11, 15, m[s[6]], m[s[7]]);
                    mix(0, 5, 10, 15, m[s[8]], m[s[9]]);
                    mix(1, 6, 11, 12, m[s[10]], m[s[11]]);
                    mix(2, 7, 8, 13, m[s[12]], m[s[13]]);
                    mix(3, 4, 9, 14, m[s[14]], m[s[15]]);
                }
                for at in 0..8 {
                    self.h[at] ^= v[at] ^ v[at + 8];
                }
            }

            pub fn update(&mut self, mut data: &[u8]) {
                // The last block stays in the buffer: it is compressed in another way.
                while self.buffer.len() + data.len() > Self::BLOCK {
                    let (head, rest) = data.split_at(Self::BLOCK - self.buffer.len());
                    self.buffer.extend_from_slice(head);
                    data = rest;
                    let block = std::mem::take(&mut self.buffer);
                    self.count += Self::BLOCK as u128;
                    self.compress(&block, false);
                    self.buffer = block;
                    self.buffer.clear();
                }
                self.buffer.extend_from_slice(data);
            }

            pub fn finish(mut self) -> Vec<u8> {
                let mut block = std::mem::take(&mut self.buffer);
                self.count += block.len() as u128;
                block.resize(Self::BLOCK, 0);
                self.compress(&block, true);
                let mut out: Vec<u8> = self.h.iter().flat_map(|word| word.to_le_bytes()).collect();
                out.truncate(self.size);
                out
            }

            pub fn size(&self) -> usize {
                self.size
            }
        }
    };
}

blake2!(
    Blake2b,
    u64,
    8,
    12,
    [32, 24, 16, 63],
    [
        0x6a09e667f3bcc908,
        0xbb67ae8584caa73b,
        0x3c6ef372fe94f82b,
        0xa54ff53a5f1d36f1,
        0x510e527fade682d1,
        0x9b05688c2b3e6c1f,
        0x1f83d9abfb41bd6b,
        0x5be0cd19137e2179
    ],
    true
);
blake2!(
    Blake2s,
    u32,
    4,
    10,
    [16, 12, 8, 7],
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
    false
);
