//! `_stat`: the meaning of a file's mode.

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{Module, Object, PyResult, Thread};

use crate::system::add_constants;

pymodule!(
    name = "_stat",
    doc = "Constants and functions for the results of os.stat(), os.lstat() and os.fstat().",
    functions = [S_ISBLK, S_ISCHR, S_ISDIR, S_ISDOOR, S_ISFIFO, S_ISLNK, S_ISPORT, S_ISREG, S_ISSOCK, S_ISWHT, S_IMODE, S_IFMT, filemode],
    exec = exec
);

const CONSTANTS: &[(&str, i64)] = &[
    ("SF_APPEND", 0x40000),
    ("SF_ARCHIVED", 0x10000),
    ("SF_DATALESS", 0x40000000),
    ("SF_FIRMLINK", 0x800000),
    ("SF_IMMUTABLE", 0x20000),
    ("SF_NOUNLINK", 0x100000),
    ("SF_SETTABLE", 0xffff0000),
    ("SF_SNAPSHOT", 0x200000),
    ("ST_ATIME", 7),
    ("ST_CTIME", 9),
    ("ST_DEV", 2),
    ("ST_GID", 5),
    ("ST_INO", 1),
    ("ST_MODE", 0),
    ("ST_MTIME", 8),
    ("ST_NLINK", 3),
    ("ST_SIZE", 6),
    ("ST_UID", 4),
    ("S_ENFMT", 0o2000),
    ("S_IEXEC", 0o100),
    ("S_IFBLK", 0o60000),
    ("S_IFCHR", 0o20000),
    ("S_IFDIR", 0o40000),
    ("S_IFDOOR", 0o0),
    ("S_IFIFO", 0o10000),
    ("S_IFLNK", 0o120000),
    ("S_IFPORT", 0o0),
    ("S_IFREG", 0o100000),
    ("S_IFSOCK", 0o140000),
    ("S_IFWHT", 0o0),
    ("S_IREAD", 0o400),
    ("S_IRGRP", 0o40),
    ("S_IROTH", 0o4),
    ("S_IRUSR", 0o400),
    ("S_IRWXG", 0o70),
    ("S_IRWXO", 0o7),
    ("S_IRWXU", 0o700),
    ("S_ISGID", 0o2000),
    ("S_ISUID", 0o4000),
    ("S_ISVTX", 0o1000),
    ("S_IWGRP", 0o20),
    ("S_IWOTH", 0o2),
    ("S_IWRITE", 0o200),
    ("S_IWUSR", 0o200),
    ("S_IXGRP", 0o10),
    ("S_IXOTH", 0o1),
    ("S_IXUSR", 0o100),
    ("UF_APPEND", 0x4),
    ("UF_COMPRESSED", 0x20),
    ("UF_DATAVAULT", 0x80),
    ("UF_HIDDEN", 0x8000),
    ("UF_IMMUTABLE", 0x2),
    ("UF_NODUMP", 0x1),
    ("UF_NOUNLINK", 0x10),
    ("UF_OPAQUE", 0x8),
    ("UF_SETTABLE", 0xffff),
    ("UF_TRACKED", 0x40),
];

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    add_constants(thread, module, CONSTANTS)
}

/// A mode out of an integer.
fn mode_of(thread: &Thread, object: &Object) -> PyResult<u32> {
    let value = object.index(thread)?;
    if value.is_negative() {
        return Err(thread.overflow_error("can't convert negative value to unsigned int"));
    }
    match value.to_u64() {
        Some(value) => u32::try_from(value).map_err(|_| thread.overflow_error("mode out of range")),
        None => Err(thread.overflow_error("Python int too large to convert to C unsigned long")),
    }
}

fn kind(mode: u32) -> u32 {
    mode & libc::S_IFMT
}

/// S_ISBLK(mode) -> bool
///
/// Whether the mode is that of a block device.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_ISBLK(thread: &Thread, object: &Object) -> PyResult<bool> {
    Ok(kind(mode_of(thread, object)?) == libc::S_IFBLK)
}

/// S_ISCHR(mode) -> bool
///
/// Whether the mode is that of a character device.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_ISCHR(thread: &Thread, object: &Object) -> PyResult<bool> {
    Ok(kind(mode_of(thread, object)?) == libc::S_IFCHR)
}

/// S_ISDIR(mode) -> bool
///
/// Whether the mode is that of a directory.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_ISDIR(thread: &Thread, object: &Object) -> PyResult<bool> {
    Ok(kind(mode_of(thread, object)?) == libc::S_IFDIR)
}

/// S_ISFIFO(mode) -> bool
///
/// Whether the mode is that of a FIFO (named pipe).
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_ISFIFO(thread: &Thread, object: &Object) -> PyResult<bool> {
    Ok(kind(mode_of(thread, object)?) == libc::S_IFIFO)
}

/// S_ISLNK(mode) -> bool
///
/// Whether the mode is that of a symbolic link.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_ISLNK(thread: &Thread, object: &Object) -> PyResult<bool> {
    Ok(kind(mode_of(thread, object)?) == libc::S_IFLNK)
}

/// S_ISREG(mode) -> bool
///
/// Whether the mode is that of a regular file.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_ISREG(thread: &Thread, object: &Object) -> PyResult<bool> {
    Ok(kind(mode_of(thread, object)?) == libc::S_IFREG)
}

/// S_ISSOCK(mode) -> bool
///
/// Whether the mode is that of a socket.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_ISSOCK(thread: &Thread, object: &Object) -> PyResult<bool> {
    Ok(kind(mode_of(thread, object)?) == libc::S_IFSOCK)
}

/// S_ISDOOR(mode) -> bool
///
/// Whether the mode is that of a door, which this system does not have.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_ISDOOR(thread: &Thread, object: &Object) -> PyResult<bool> {
    mode_of(thread, object).map(|_| false)
}

/// S_ISPORT(mode) -> bool
///
/// Whether the mode is that of a event port, which this system does not have.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_ISPORT(thread: &Thread, object: &Object) -> PyResult<bool> {
    mode_of(thread, object).map(|_| false)
}

/// S_ISWHT(mode) -> bool
///
/// Whether the mode is that of a whiteout, which this system does not have.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_ISWHT(thread: &Thread, object: &Object) -> PyResult<bool> {
    mode_of(thread, object).map(|_| false)
}

/// Return the portion of the file's mode that can be set by os.chmod().
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_IMODE(thread: &Thread, object: &Object) -> PyResult<u32> {
    Ok(mode_of(thread, object)? & 0o7777)
}

/// Return the portion of the file's mode that describes the file type.
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn S_IFMT(thread: &Thread, object: &Object) -> PyResult<u32> {
    Ok(kind(mode_of(thread, object)?))
}

/// Convert a file's mode to a string of the form '-rwxrwxrwx'
#[pyfunction(sig = "(object, /)", text = "($self, object, /)")]
pub fn filemode(thread: &Thread, object: &Object) -> PyResult<String> {
    let mode = mode_of(thread, object)?;
    let mut text = String::with_capacity(10);
    text.push(match kind(mode) {
        libc::S_IFREG => '-',
        libc::S_IFDIR => 'd',
        libc::S_IFLNK => 'l',
        libc::S_IFBLK => 'b',
        libc::S_IFCHR => 'c',
        libc::S_IFIFO => 'p',
        libc::S_IFSOCK => 's',
        _ => '?',
    });
    // Each triple, with the bit that changes what its third letter says.
    for (shift, special, letter) in [(6, libc::S_ISUID, 's'), (3, libc::S_ISGID, 's'), (0, libc::S_ISVTX, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    Ok(text)
}
