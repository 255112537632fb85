//! Paths as text: what `posixpath` asks for.

use pyrox_macros::pyfunction;
use pyrox_objects::{Bytes, Obj, Object, Owned, PyResult, Str, Thread, Tuple};

/// Return the file system path representation of the object.
///
/// A str or bytes object is given back as it is; of any other, __fspath__() is called.
#[pyfunction(sig = "(path)")]
pub fn fspath(thread: &Thread, path: &Object) -> PyResult<Obj> {
    crate::paths::fspath(thread, path)
}

/// Drop `.` and doubled slashes, resolve `..` within the text.
fn normalize<T: Copy + PartialEq + From<u8>>(path: &[T]) -> Vec<T> {
    let (slash, dot) = (T::from(b'/'), T::from(b'.'));
    // Two leading slashes, not three, are kept: their meaning is the system's.
    let leading = path.iter().take_while(|&&c| c == slash).count();
    let root = match leading {
        0 => 0,
        2 => 2,
        _ => 1,
    };
    let mut parts: Vec<&[T]> = Vec::new();
    for part in path.split(|&c| c == slash) {
        if part.is_empty() || part == [dot] {
            continue;
        }
        if part == [dot, dot] {
            match parts.last() {
                Some(last) if *last != [dot, dot] => {
                    parts.pop();
                    continue;
                }
                None if root > 0 => continue,
                _ => {}
            }
        }
        parts.push(part);
    }
    let mut out = vec![slash; root];
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push(slash);
        }
        out.extend_from_slice(part);
    }
    if out.is_empty() { vec![dot] } else { out }
}

fn bad_path(thread: &Thread, function: &str, path: &Object) -> pyrox_objects::Raised {
    thread.type_error(&format!("{function}: path should be string, bytes or os.PathLike, not {}", path.ty().name()))
}

/// Normalize path, eliminating double slashes, etc.
#[pyfunction(sig = "(path)")]
pub fn _path_normpath(thread: &Thread, path: &Object) -> PyResult<Obj> {
    let path = match path.is_instance::<Str>()
        || path.is_instance::<Bytes>()
        || path.ty().lookup(pyrox_objects::intern!("__fspath__")).is_none()
    {
        true => path.own(),
        false => crate::paths::fspath(thread, path)?,
    };
    if let Some(bytes) = path.cast::<Bytes>() {
        return Ok(Bytes::from_slice(thread, &normalize(bytes.as_slice()))?.upcast());
    }
    let Some(text) = path.cast::<Str>() else { return Err(bad_path(thread, "_path_normpath", &path)) };
    if let Some(ascii) = text.ascii_text() {
        return Ok(Str::from_ascii(thread, &normalize(ascii.as_bytes()))?.upcast());
    }
    let points: Vec<u32> = text.chars().collect();
    Ok(Str::from_code_points(thread, &normalize(&points))?.upcast())
}

/// Split a pathname into drive, root and tail.
///
/// The tail contains anything after the root.
#[pyfunction(sig = "(p)")]
pub fn _path_splitroot_ex(thread: &Thread, p: &Object) -> PyResult<Owned<Tuple>> {
    let path = match p.is_instance::<Str>() || p.is_instance::<Bytes>() || p.ty().lookup(pyrox_objects::intern!("__fspath__")).is_none() {
        true => p.own(),
        false => crate::paths::fspath(thread, p)?,
    };
    let root_length = |first: [Option<u8>; 3]| match first {
        [Some(b'/'), Some(b'/'), Some(b'/')] => 1,
        [Some(b'/'), Some(b'/'), _] => 2,
        [Some(b'/'), ..] => 1,
        _ => 0,
    };
    if let Some(bytes) = path.cast::<Bytes>() {
        let all = bytes.as_slice();
        let at = |i: usize| all.get(i).copied();
        let (root, tail) = all.split_at(root_length([at(0), at(1), at(2)]));
        let part = |bytes: &[u8]| Ok(Bytes::from_slice(thread, bytes)?.upcast());
        return Tuple::from_vec(thread, vec![part(b"")?, part(root)?, part(tail)?]);
    }
    let Some(text) = path.cast::<Str>() else { return Err(bad_path(thread, "_path_splitroot_ex", &path)) };
    let at = |i: usize| if i < text.len() { u8::try_from(text.at(i)).ok() } else { None };
    let length = root_length([at(0), at(1), at(2)]);
    let part = |start: usize, end: usize| Ok(text.substring(thread, start, end)?.upcast());
    Tuple::from_vec(thread, vec![Str::empty().upcast(), part(0, length)?, part(length, text.len())?])
}
