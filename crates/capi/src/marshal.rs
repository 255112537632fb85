//! Marshalled data in memory and in C's files.

use std::ffi::{c_char, c_int, c_long};

use libc::FILE;
use pyrox_interpreter::marshal;
use pyrox_objects::{Bytes, Obj, Owned, PyResult, Thread, exceptions};

use crate::api::present;
use crate::support::{Raw, give};

const VERSION: c_int = 5;

unsafe fn write_all(bytes: &[u8], file: *mut FILE) {
    // SAFETY: by the API's contract.
    unsafe { libc::fwrite(bytes.as_ptr() as *const _, 1, bytes.len(), file) };
}

unsafe fn read_exactly<const N: usize>(thread: &Thread, file: *mut FILE) -> PyResult<[u8; N]> {
    let mut bytes = [0; N];
    // SAFETY: by the API's contract.
    if unsafe { libc::fread(bytes.as_mut_ptr() as *mut _, 1, N, file) } == N {
        Ok(bytes)
    } else {
        Err(thread.error(exceptions::eof_error(), "EOF read where data expected"))
    }
}

/// All that is left in a file.
unsafe fn rest(file: *mut FILE) -> Vec<u8> {
    let mut all = Vec::new();
    let mut block = [0u8; 4096];
    // SAFETY: by the API's contract.
    unsafe {
        loop {
            let count = libc::fread(block.as_mut_ptr() as *mut _, 1, block.len(), file);
            if count == 0 {
                return all;
            }
            all.extend_from_slice(&block[..count]);
        }
    }
}

/// Read one object and go back to where it ends.
unsafe fn read_one(thread: &Thread, file: *mut FILE) -> PyResult<Obj> {
    // SAFETY: by the API's contract.
    unsafe {
        let start = libc::ftell(file);
        let bytes = rest(file);
        let (object, used) = marshal::load_prefix(thread, &bytes)?;
        if start >= 0 {
            libc::fseek(file, start + used as c_long, libc::SEEK_SET);
        }
        Ok(object)
    }
}

fn or_minus_one(result: PyResult<c_long>) -> c_long {
    result.unwrap_or(-1)
}

crate::api! {
    /// `marshal.dumps`.
    fn PyMarshal_WriteObjectToString(thread; object: Raw, version: c_int) -> Raw = give {
        Bytes::from_slice(thread, &marshal::dump_bytes(thread, present(thread, object)?, version)?).map(Owned::upcast)
    }
    /// `marshal.loads`.
    fn PyMarshal_ReadObjectFromString(thread; from: *const c_char, size: isize) -> Raw = give {
        Ok(marshal::load_prefix(thread, crate::unicode::bytes_at(from, size.max(0) as usize))?.0)
    }
    /// Write a number of 32 bits.
    fn PyMarshal_WriteLongToFile(value: c_long, file: *mut FILE, _version: c_int) { write_all(&(value as i32).to_le_bytes(), file) }
    /// Write an object.
    fn PyMarshal_WriteObjectToFile(thread; object: Raw, file: *mut FILE, version: c_int) {
        if let Ok(bytes) = present(thread, object).and_then(|object| marshal::dump_bytes(thread, object, version.min(VERSION))) {
            write_all(&bytes, file);
        }
    }
    /// Read a number of 16 bits.
    fn PyMarshal_ReadShortFromFile(thread; file: *mut FILE) -> c_int {
        read_exactly::<2>(thread, file).map_or(-1, |bytes| i16::from_le_bytes(bytes) as c_int)
    }
    /// Read a number of 32 bits.
    fn PyMarshal_ReadLongFromFile(thread; file: *mut FILE) -> c_long = or_minus_one {
        read_exactly::<4>(thread, file).map(|bytes| i32::from_le_bytes(bytes) as c_long)
    }
    /// Read an object.
    fn PyMarshal_ReadObjectFromFile(thread; file: *mut FILE) -> Raw = give { read_one(thread, file) }
    /// Read the last object of a file.
    fn PyMarshal_ReadLastObjectFromFile(thread; file: *mut FILE) -> Raw = give { Ok(marshal::load_prefix(thread, &rest(file))?.0) }
}
