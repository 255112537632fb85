//! `.pyc` files: sixteen bytes of header, then the marshalled code object.

use crate::code::{Code, Const};
use crate::marshal;
use std::rc::Rc;

/// The number that stands for the bytecode of CPython 3.14.
pub const MAGIC: u16 = 3627;
/// What a `.pyc` file starts with (`importlib.util.MAGIC_NUMBER`).
pub const MAGIC_NUMBER: [u8; 4] = {
    let [low, high] = MAGIC.to_le_bytes();
    [low, high, b'\r', b'\n']
};
/// Size of the header.
pub const HEADER_SIZE: usize = 16;

/// How to tell whether a `.pyc` file belongs to its source as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// By the source's modification time (seconds, the low 32 bits) and size (the low 32 bits).
    Timestamp { mtime: u32, size: u32 },
    /// By the source's SipHash-1-3 (`importlib.util.source_hash`), which is compared if `check` is set.
    Hash { hash: [u8; 8], check: bool },
}

/// Bit of the header's flags: validated by hash.
const HASH_BASED: u32 = 1;
/// Bit of the header's flags: the hash is to be compared with the source's.
const CHECK_SOURCE: u32 = 2;

/// Why a file is not a `.pyc` file of this version, with the wording of `importlib`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// `ImportError`: not this version's magic number.
    Magic([u8; 4]),
    /// `EOFError`: shorter than a header.
    Short,
    /// `ImportError`: flags that mean nothing.
    Flags(u32),
    /// The marshalled data is bad.
    Marshal(marshal::Error),
    /// `ImportError`: the marshalled object is no code object.
    NotCode,
}

impl Error {
    /// The message, for a module called `name` whose file is described by `path`.
    pub fn message(&self, name: &str, path: &str) -> String {
        match self {
            Error::Magic(magic) => {
                let shown: String = magic.iter().flat_map(|byte| byte.escape_ascii()).map(char::from).collect();
                format!("bad magic number in '{name}': b'{shown}'")
            }
            Error::Short => format!("reached EOF while reading pyc header of '{name}'"),
            Error::Flags(flags) => format!("invalid flags {flags} in '{name}'"),
            Error::Marshal(error) => error.to_string(),
            Error::NotCode => format!("Non-code object in '{path}'"),
        }
    }
}

/// The hash of a source file (`importlib.util.source_hash`): SipHash-1-3 with the magic number for its key.
pub fn source_hash(source: &[u8]) -> [u8; 8] {
    keyed_hash(u64::from(u32::from_le_bytes(MAGIC_NUMBER)), source).to_le_bytes()
}

/// SipHash-1-3 with the key `key, 0` (`_imp.source_hash`).
pub fn keyed_hash(key: u64, data: &[u8]) -> u64 {
    fn round(v: &mut [u64; 4]) {
        v[0] = v[0].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[2] = v[2].rotate_left(32);
    }
    let mut state = [0x736f6d6570736575 ^ key, 0x646f72616e646f6d, 0x6c7967656e657261 ^ key, 0x7465646279746573];
    let (words, rest) = data.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    last[7] = data.len() as u8;
    for word in words.iter().chain([&last]) {
        let word = u64::from_le_bytes(*word);
        state[3] ^= word;
        round(&mut state);
        state[0] ^= word;
    }
    state[2] ^= 0xff;
    for _ in 0..3 {
        round(&mut state);
    }
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

/// The file's content.
pub fn write(code: &Code, validation: Validation) -> Result<Vec<u8>, marshal::Error> {
    let mut file = header(validation).to_vec();
    file.extend(marshal::dumps(code, marshal::VERSION)?);
    Ok(file)
}

/// The header.
pub fn header(validation: Validation) -> [u8; HEADER_SIZE] {
    let mut header = [0; HEADER_SIZE];
    let (magic, rest) = header.split_at_mut(4);
    let (flags, fields) = rest.split_at_mut(4);
    magic.copy_from_slice(&MAGIC_NUMBER);
    match validation {
        Validation::Timestamp { mtime, size } => {
            let (first, second) = fields.split_at_mut(4);
            first.copy_from_slice(&mtime.to_le_bytes());
            second.copy_from_slice(&size.to_le_bytes());
        }
        Validation::Hash { hash, check } => {
            let bits = HASH_BASED | if check { CHECK_SOURCE } else { 0 };
            flags.copy_from_slice(&bits.to_le_bytes());
            fields.copy_from_slice(&hash);
        }
    }
    header
}

/// Reads the header only.
pub fn read_header(file: &[u8]) -> Result<Validation, Error> {
    let magic = file.first_chunk::<4>().copied().ok_or_else(|| {
        let mut magic = [0; 4];
        magic[..file.len().min(4)].copy_from_slice(&file[..file.len().min(4)]);
        Error::Magic(magic)
    })?;
    if magic != MAGIC_NUMBER {
        return Err(Error::Magic(magic));
    }
    let header = file.first_chunk::<HEADER_SIZE>().ok_or(Error::Short)?;
    let [_, _, _, _, f0, f1, f2, f3, fields @ ..] = *header;
    let flags = u32::from_le_bytes([f0, f1, f2, f3]);
    if flags & !(HASH_BASED | CHECK_SOURCE) != 0 {
        return Err(Error::Flags(flags));
    }
    if flags & HASH_BASED != 0 {
        return Ok(Validation::Hash { hash: fields, check: flags & CHECK_SOURCE != 0 });
    }
    let [m0, m1, m2, m3, s0, s1, s2, s3] = fields;
    let (mtime, size) = (u32::from_le_bytes([m0, m1, m2, m3]), u32::from_le_bytes([s0, s1, s2, s3]));
    Ok(Validation::Timestamp { mtime, size })
}

/// Reads header and code.
pub fn read(file: &[u8]) -> Result<(Validation, Rc<Code>), Error> {
    let validation = read_header(file)?;
    match marshal::loads(file.get(HEADER_SIZE..).unwrap_or_default()).map_err(Error::Marshal)? {
        Const::Code(code) => Ok((validation, code)),
        _ => Err(Error::NotCode),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let stamp = Validation::Timestamp { mtime: 0x0102_0304, size: 5 };
        assert_eq!(header(stamp), *b"\x2b\x0e\r\n\0\0\0\0\x04\x03\x02\x01\x05\0\0\0");
        let hash = Validation::Hash { hash: *b"12345678", check: true };
        assert_eq!(header(hash), *b"\x2b\x0e\r\n\x03\0\0\x0012345678");
        for validation in [stamp, hash] {
            assert_eq!(read_header(&header(validation)), Ok(validation));
        }
    }

    #[test]
    fn source_hashes() {
        assert_eq!(source_hash(b""), [97, 245, 183, 203, 101, 58, 106, 164]);
        assert_eq!(source_hash(b"print(1)\n"), [173, 157, 13, 236, 115, 82, 72, 252]);
    }

    #[test]
    fn bad_headers() {
        assert_eq!(read_header(b"\x2b\x0e\r\n\0"), Err(Error::Short));
        assert_eq!(read_header(b"x"), Err(Error::Magic(*b"x\0\0\0")));
        let error = read_header(b"\x2a\x0e\r\n").unwrap_err();
        assert_eq!(error.message("m", ""), "bad magic number in 'm': b'*\\x0e\\r\\n'");
        let mut flags = header(Validation::Timestamp { mtime: 0, size: 0 });
        flags[4] = 4;
        assert_eq!(read_header(&flags), Err(Error::Flags(4)));
    }
}
