//! `stat`, `lstat`, `fstat`, `statvfs`, `fstatvfs`.

use std::ffi::c_int;
use std::mem::zeroed;

use pyrox_macros::pyfunction;
use pyrox_objects::struct_sequence::{StructSequence, field, plain_field, unnamed_field};
use pyrox_objects::{Float, Int, Obj, PyResult, Thread};

use crate::clock::total_nanoseconds;
use crate::paths::{DirFd, Path, PathOrFd, dir_fd as directory};
use crate::system::{check_file, retry};

pub static STAT_RESULT: StructSequence = StructSequence::new(
    c"os.stat_result",
    c"What stat(), fstat() and lstat() tell of a file.\n\nAs a tuple: (mode, ino, dev, nlink, uid, gid, size, atime, mtime, ctime), the times being whole seconds.\nMore fields are attributes only.",
    &[
        field(c"st_mode", c"protection bits"),
        field(c"st_ino", c"inode"),
        field(c"st_dev", c"device"),
        field(c"st_nlink", c"number of hard links"),
        field(c"st_uid", c"user ID of owner"),
        field(c"st_gid", c"group ID of owner"),
        field(c"st_size", c"total size, in bytes"),
        unnamed_field(c"integer time of last access"),
        unnamed_field(c"integer time of last modification"),
        unnamed_field(c"integer time of last change"),
        field(c"st_atime", c"time of last access"),
        field(c"st_mtime", c"time of last modification"),
        field(c"st_ctime", c"time of last change"),
        field(c"st_atime_ns", c"time of last access in nanoseconds"),
        field(c"st_mtime_ns", c"time of last modification in nanoseconds"),
        field(c"st_ctime_ns", c"time of last change in nanoseconds"),
        field(c"st_blksize", c"blocksize for filesystem I/O"),
        field(c"st_blocks", c"number of blocks allocated"),
        field(c"st_rdev", c"device type (if inode device)"),
    ],
    10,
)
.with_fallbacks(&[(10, 7), (11, 8), (12, 9)]);

pub static STATVFS_RESULT: StructSequence = StructSequence::new(
    c"os.statvfs_result",
    c"What statvfs() and fstatvfs() tell of a file system.",
    &[
        plain_field(c"f_bsize"),
        plain_field(c"f_frsize"),
        plain_field(c"f_blocks"),
        plain_field(c"f_bfree"),
        plain_field(c"f_bavail"),
        plain_field(c"f_files"),
        plain_field(c"f_ffree"),
        plain_field(c"f_favail"),
        plain_field(c"f_flag"),
        plain_field(c"f_namemax"),
        plain_field(c"f_fsid"),
    ],
    10,
);

/// The result object of a filled struct.
pub fn stat_result(thread: &Thread, stat: &libc::stat) -> PyResult<Obj> {
    let int = |value: i64| Int::from(value).upcast();
    let unsigned = |value: u64| Int::from_u64(value).upcast();
    let times = [(stat.st_atime, stat.st_atime_nsec), (stat.st_mtime, stat.st_mtime_nsec), (stat.st_ctime, stat.st_ctime_nsec)];
    let [atime, mtime, ctime] = times.map(|(seconds, part)| Float::new(seconds as f64 + 1e-9 * part as f64).upcast());
    let [atime_ns, mtime_ns, ctime_ns] = times.map(|(seconds, part)| total_nanoseconds(thread, seconds, part));
    STAT_RESULT.make(
        thread,
        [
            int(stat.st_mode as i64),
            unsigned(stat.st_ino as u64),
            unsigned(stat.st_dev as u64),
            unsigned(stat.st_nlink as u64),
            int(stat.st_uid as i64),
            int(stat.st_gid as i64),
            int(stat.st_size as i64),
            int(times[0].0),
            int(times[1].0),
            int(times[2].0),
            atime,
            mtime,
            ctime,
            atime_ns?,
            mtime_ns?,
            ctime_ns?,
            int(stat.st_blksize as i64),
            int(stat.st_blocks as i64),
            unsigned(stat.st_rdev as u64),
        ],
    )
}

/// A descriptor does not go with the ways to say how a path is found.
pub fn check_descriptor(thread: &Thread, function: &str, path: &Path, dir_fd: c_int, follow: bool) -> PyResult<()> {
    if path.fd != -1 && dir_fd != libc::AT_FDCWD {
        return Err(thread.value_error(&format!("{function}: can't specify dir_fd without matching path")));
    }
    if path.fd != -1 && !follow {
        return Err(thread.value_error(&format!("{function}: cannot use fd and follow_symlinks together")));
    }
    Ok(())
}

fn stat_path(thread: &Thread, function: &str, path: &Path, dir_fd: c_int, follow: bool) -> PyResult<Obj> {
    check_descriptor(thread, function, path, dir_fd, follow)?;
    // SAFETY: the struct is plain data that the call fills; the path ends in NUL.
    let (result, stat) = unsafe {
        let mut stat: libc::stat = zeroed();
        let result = if path.fd != -1 {
            libc::fstat(path.fd, &mut stat)
        } else if dir_fd != libc::AT_FDCWD {
            libc::fstatat(dir_fd, path.c(), &mut stat, if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW })
        } else if follow {
            libc::stat(path.c(), &mut stat)
        } else {
            libc::lstat(path.c(), &mut stat)
        };
        (result, stat)
    };
    check_file(thread, result, &path.object)?;
    stat_result(thread, &stat)
}

/// Perform a stat system call on the given path.
///
/// path is a str, bytes, path-like object or an open descriptor. With dir_fd, a relative path starts at
/// that directory; without follow_symlinks, a link's own status is told.
#[pyfunction(sig = "(path, *, dir_fd=None, follow_symlinks=True)")]
pub fn stat(thread: &Thread, path: PathOrFd, dir_fd: Option<DirFd>, follow_symlinks: bool) -> PyResult<Obj> {
    stat_path(thread, "stat", &path, directory(dir_fd), follow_symlinks)
}

/// Perform a stat system call on the given path, without following symbolic links.
#[pyfunction(sig = "(path, *, dir_fd=None)")]
pub fn lstat(thread: &Thread, path: Path, dir_fd: Option<DirFd>) -> PyResult<Obj> {
    stat_path(thread, "lstat", &path, directory(dir_fd), false)
}

/// Perform a stat system call on the given file descriptor.
#[pyfunction(sig = "(fd)")]
pub fn fstat(thread: &Thread, fd: i32) -> PyResult<Obj> {
    // SAFETY: plain data that the call fills.
    let mut stat: libc::stat = unsafe { zeroed() };
    // SAFETY: as above.
    retry(thread, || unsafe { libc::fstat(fd, &mut stat) })?;
    stat_result(thread, &stat)
}

fn statvfs_result(thread: &Thread, stat: &libc::statvfs) -> PyResult<Obj> {
    let unsigned = |value: u64| Int::from_u64(value).upcast();
    STATVFS_RESULT.make(
        thread,
        [
            unsigned(stat.f_bsize as u64),
            unsigned(stat.f_frsize as u64),
            unsigned(stat.f_blocks as u64),
            unsigned(stat.f_bfree as u64),
            unsigned(stat.f_bavail as u64),
            unsigned(stat.f_files as u64),
            unsigned(stat.f_ffree as u64),
            unsigned(stat.f_favail as u64),
            unsigned(stat.f_flag as u64),
            unsigned(stat.f_namemax as u64),
            unsigned(stat.f_fsid as u64),
        ],
    )
}

/// Perform a statvfs system call on the given path.
#[pyfunction(sig = "(path)")]
pub fn statvfs(thread: &Thread, path: PathOrFd) -> PyResult<Obj> {
    // SAFETY: plain data that the call fills.
    let mut stat: libc::statvfs = unsafe { zeroed() };
    // SAFETY: as above; the path ends in NUL.
    let result = unsafe { if path.fd != -1 { libc::fstatvfs(path.fd, &mut stat) } else { libc::statvfs(path.c(), &mut stat) } };
    check_file(thread, result, &path.object)?;
    statvfs_result(thread, &stat)
}

/// Perform an fstatvfs system call on the given fd.
#[pyfunction(sig = "(fd, /)")]
pub fn fstatvfs(thread: &Thread, fd: i32) -> PyResult<Obj> {
    // SAFETY: plain data that the call fills.
    let mut stat: libc::statvfs = unsafe { zeroed() };
    // SAFETY: as above.
    retry(thread, || unsafe { libc::fstatvfs(fd, &mut stat) })?;
    statvfs_result(thread, &stat)
}
