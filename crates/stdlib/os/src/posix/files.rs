//! Functions on files by their path.

use std::ffi::CStr;

use pyrox_macros::pyfunction;
use pyrox_objects::native::Place;
use pyrox_objects::protocol::number::divmod;
use pyrox_objects::{Bytes, Int, List, Obj, Object, Owned, PyResult, Str, Thread, Tuple};

use super::status::check_descriptor;
use crate::clock::{Rounding, SECOND, timespec_of};
use crate::paths::{DirFd, Fileno, Gid, Path, PathFdOrNone, PathOrFd, Uid, decode_name, dir_fd as directory};
use crate::system::{check, check_file, fail, last_errno, retry, retry_file};

/// The error of a function on two paths.
fn check_pair(thread: &Thread, result: i32, src: &Path, dst: &Path) -> PyResult<()> {
    if result == -1 { Err(thread.os_error_of(last_errno(), Some(&src.object), Some(&dst.object))) } else { Ok(()) }
}

/// Use the real uid/gid to test for access to a path.
///
/// mode is F_OK or the inclusive-OR of R_OK, W_OK and X_OK.
#[pyfunction(sig = "(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)")]
pub fn access(path: Path, mode: i32, dir_fd: Option<DirFd>, effective_ids: bool, follow_symlinks: bool) -> bool {
    let dir_fd = directory(dir_fd);
    let mut flags = 0;
    if !follow_symlinks {
        flags |= libc::AT_SYMLINK_NOFOLLOW;
    }
    if effective_ids {
        flags |= libc::AT_EACCESS;
    }
    // SAFETY: the path ends in NUL.
    unsafe {
        if dir_fd != libc::AT_FDCWD || flags != 0 {
            libc::faccessat(dir_fd, path.c(), mode, flags) == 0
        } else {
            libc::access(path.c(), mode) == 0
        }
    }
}

/// Change the current working directory to the specified path.
///
/// path may also be an open descriptor of a directory.
#[pyfunction(sig = "(path)")]
pub fn chdir(thread: &Thread, path: PathOrFd) -> PyResult<()> {
    // SAFETY: the path ends in NUL.
    let result = unsafe { if path.fd != -1 { libc::fchdir(path.fd) } else { libc::chdir(path.c()) } };
    check_file(thread, result, &path.object).map(drop)
}

/// Change to the directory of the given file descriptor.
#[pyfunction(sig = "(fd)")]
pub fn fchdir(thread: &Thread, fd: Fileno) -> PyResult<()> {
    // SAFETY: a plain call.
    retry(thread, || unsafe { libc::fchdir(fd.0) }).map(drop)
}

/// Change root directory to path.
#[pyfunction(sig = "(path)")]
pub fn chroot(thread: &Thread, path: Path) -> PyResult<()> {
    // SAFETY: the path ends in NUL.
    check_file(thread, unsafe { libc::chroot(path.c()) }, &path.object).map(drop)
}

/// Change the access permissions of a file.
///
/// path may also be an open descriptor. mode is the new permissions.
#[pyfunction(
    sig = "(path, mode, *, dir_fd=None, follow_symlinks=True)",
    text = "($module, /, path, mode, *, dir_fd=None, follow_symlinks=(os.name != 'nt'))"
)]
pub fn chmod(thread: &Thread, path: PathOrFd, mode: i32, dir_fd: Option<DirFd>, follow_symlinks: bool) -> PyResult<()> {
    let (dir_fd, mode) = (directory(dir_fd), mode as libc::mode_t);
    // SAFETY: the path ends in NUL.
    let result = unsafe {
        if path.fd != -1 {
            libc::fchmod(path.fd, mode)
        } else if dir_fd != libc::AT_FDCWD || !follow_symlinks {
            libc::fchmodat(dir_fd, path.c(), mode, if follow_symlinks { 0 } else { libc::AT_SYMLINK_NOFOLLOW })
        } else {
            libc::chmod(path.c(), mode)
        }
    };
    if result == -1 && path.fd == -1 && !follow_symlinks && last_errno() == libc::EOPNOTSUPP {
        if dir_fd != libc::AT_FDCWD {
            return Err(thread.value_error("chmod: cannot use dir_fd and follow_symlinks together"));
        }
        return Err(thread.not_implemented_error("chmod: follow_symlinks unavailable on this platform"));
    }
    check_file(thread, result, &path.object).map(drop)
}

/// Change the access permissions of the file given by file descriptor fd.
#[pyfunction(sig = "(fd, mode)")]
pub fn fchmod(thread: &Thread, fd: i32, mode: i32) -> PyResult<()> {
    // SAFETY: a plain call.
    retry(thread, || unsafe { libc::fchmod(fd, mode as libc::mode_t) }).map(drop)
}

/// Change the owner and group id of path to the numeric uid and gid.
#[pyfunction(sig = "(path, uid, gid, *, dir_fd=None, follow_symlinks=True)")]
pub fn chown(thread: &Thread, path: PathOrFd, uid: Uid, gid: Gid, dir_fd: Option<DirFd>, follow_symlinks: bool) -> PyResult<()> {
    let dir_fd = directory(dir_fd);
    if path.fd != -1 && dir_fd != libc::AT_FDCWD {
        return Err(thread.value_error("chown: can't specify both dir_fd and fd"));
    }
    check_descriptor(thread, "chown", &path, dir_fd, follow_symlinks)?;
    // SAFETY: the path ends in NUL.
    let result = unsafe {
        if path.fd != -1 {
            libc::fchown(path.fd, uid.0, gid.0)
        } else {
            libc::fchownat(dir_fd, path.c(), uid.0, gid.0, if follow_symlinks { 0 } else { libc::AT_SYMLINK_NOFOLLOW })
        }
    };
    check_file(thread, result, &path.object).map(drop)
}

/// Change the owner and group id of the file specified by file descriptor.
#[pyfunction(sig = "(fd, uid, gid)")]
pub fn fchown(thread: &Thread, fd: i32, uid: Uid, gid: Gid) -> PyResult<()> {
    // SAFETY: a plain call.
    retry(thread, || unsafe { libc::fchown(fd, uid.0, gid.0) }).map(drop)
}

/// Change the owner and group id of path to the numeric uid and gid.
///
/// This function will not follow symbolic links.
#[pyfunction(sig = "(path, uid, gid)")]
pub fn lchown(thread: &Thread, path: Path, uid: Uid, gid: Gid) -> PyResult<()> {
    // SAFETY: the path ends in NUL.
    check_file(thread, unsafe { libc::lchown(path.c(), uid.0, gid.0) }, &path.object).map(drop)
}

fn current_directory(thread: &Thread) -> PyResult<Vec<u8>> {
    let mut room = 1024;
    loop {
        let mut buffer: Vec<u8> = Vec::new();
        buffer.try_reserve_exact(room).map_err(|_| thread.no_memory())?;
        // SAFETY: the buffer has `room` bytes; what is returned is NUL-terminated in it.
        unsafe {
            let found = libc::getcwd(buffer.as_mut_ptr() as *mut _, room);
            if !found.is_null() {
                return Ok(CStr::from_ptr(found).to_bytes().to_vec());
            }
        }
        if last_errno() != libc::ERANGE {
            return Err(fail(thread));
        }
        room *= 4;
    }
}

/// Return a unicode string representing the current working directory.
#[pyfunction]
pub fn getcwd(thread: &Thread) -> PyResult<Owned<Str>> {
    decode_name(thread, &current_directory(thread)?)
}

/// Return a bytes string representing the current working directory.
#[pyfunction]
pub fn getcwdb(thread: &Thread) -> PyResult<Owned<Bytes>> {
    Bytes::from_slice(thread, &current_directory(thread)?)
}

/// Create a hard link to a file.
#[pyfunction(
    sig = "(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=None)",
    text = "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=(os.name != 'nt'))"
)]
pub fn link(
    thread: &Thread,
    src: Path,
    dst: Path,
    src_dir_fd: Option<DirFd>,
    dst_dir_fd: Option<DirFd>,
    follow_symlinks: Option<bool>,
) -> PyResult<()> {
    let (from, to) = (directory(src_dir_fd), directory(dst_dir_fd));
    // SAFETY: the paths end in NUL.
    let result = unsafe {
        if from != libc::AT_FDCWD || to != libc::AT_FDCWD || follow_symlinks.is_some() {
            let flags = if follow_symlinks.unwrap_or(true) { libc::AT_SYMLINK_FOLLOW } else { 0 };
            libc::linkat(from, src.c(), to, dst.c(), flags)
        } else {
            libc::link(src.c(), dst.c())
        }
    };
    check_pair(thread, result, &src, &dst)
}

/// Create a symbolic link pointing to src named dst.
///
/// target_is_directory matters on Windows only.
#[pyfunction(sig = "(src, dst, target_is_directory=False, *, dir_fd=None)")]
pub fn symlink(thread: &Thread, src: Path, dst: Path, target_is_directory: bool, dir_fd: Option<DirFd>) -> PyResult<()> {
    let _ = target_is_directory;
    // SAFETY: the paths end in NUL.
    let result = unsafe { libc::symlinkat(src.c(), directory(dir_fd), dst.c()) };
    check_pair(thread, result, &src, &dst)
}

/// Return a string representing the path to which the symbolic link points.
#[pyfunction(sig = "(path, *, dir_fd=None)")]
pub fn readlink(thread: &Thread, path: Path, dir_fd: Option<DirFd>) -> PyResult<Obj> {
    let mut buffer = [0u8; libc::PATH_MAX as usize + 1];
    // SAFETY: the buffer's length is told; the path ends in NUL.
    let length = unsafe { libc::readlinkat(directory(dir_fd), path.c(), buffer.as_mut_ptr() as *mut _, buffer.len() - 1) };
    let length = check_file(thread, length, &path.object)? as usize;
    path.name(thread, buffer.get(..length).unwrap_or_default())
}

/// Create a directory.
///
/// mode is ANDed with the inverse of the umask.
#[pyfunction(sig = "(path, mode=511, *, dir_fd=None)")]
pub fn mkdir(thread: &Thread, path: Path, mode: i32, dir_fd: Option<DirFd>) -> PyResult<()> {
    // SAFETY: the path ends in NUL.
    check_file(thread, unsafe { libc::mkdirat(directory(dir_fd), path.c(), mode as libc::mode_t) }, &path.object).map(drop)
}

/// Remove a directory.
#[pyfunction(sig = "(path, *, dir_fd=None)")]
pub fn rmdir(thread: &Thread, path: Path, dir_fd: Option<DirFd>) -> PyResult<()> {
    // SAFETY: the path ends in NUL.
    check_file(thread, unsafe { libc::unlinkat(directory(dir_fd), path.c(), libc::AT_REMOVEDIR) }, &path.object).map(drop)
}

/// Remove a file (same as remove()).
#[pyfunction(sig = "(path, *, dir_fd=None)")]
pub fn unlink(thread: &Thread, path: Path, dir_fd: Option<DirFd>) -> PyResult<()> {
    // SAFETY: the path ends in NUL.
    check_file(thread, unsafe { libc::unlinkat(directory(dir_fd), path.c(), 0) }, &path.object).map(drop)
}

/// Remove a file (same as unlink()).
#[pyfunction(sig = "(path, *, dir_fd=None)")]
pub fn remove(thread: &Thread, path: Path, dir_fd: Option<DirFd>) -> PyResult<()> {
    unlink(thread, path, dir_fd)
}

/// Rename a file or directory.
#[pyfunction(sig = "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
pub fn rename(thread: &Thread, src: Path, dst: Path, src_dir_fd: Option<DirFd>, dst_dir_fd: Option<DirFd>) -> PyResult<()> {
    // SAFETY: the paths end in NUL.
    let result = unsafe { libc::renameat(directory(src_dir_fd), src.c(), directory(dst_dir_fd), dst.c()) };
    check_pair(thread, result, &src, &dst)
}

/// Rename a file or directory, overwriting the destination.
#[pyfunction(sig = "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)")]
pub fn replace(thread: &Thread, src: Path, dst: Path, src_dir_fd: Option<DirFd>, dst_dir_fd: Option<DirFd>) -> PyResult<()> {
    rename(thread, src, dst, src_dir_fd, dst_dir_fd)
}

/// Create a "fifo" (a POSIX named pipe).
#[pyfunction(sig = "(path, mode=438, *, dir_fd=None)")]
pub fn mkfifo(thread: &Thread, path: Path, mode: i32, dir_fd: Option<DirFd>) -> PyResult<()> {
    // SAFETY: the path ends in NUL.
    retry_file(thread, &path.object, || unsafe { libc::mkfifoat(directory(dir_fd), path.c(), mode as libc::mode_t) }).map(drop)
}

/// Create a node in the file system: a file, a device special file or a named pipe.
///
/// mode combines the permissions with one of S_IFREG, S_IFCHR, S_IFBLK and S_IFIFO; device is the
/// number of a new device (see makedev()).
#[pyfunction(sig = "(path, mode=384, device=0, *, dir_fd=None)")]
pub fn mknod(thread: &Thread, path: Path, mode: i32, device: u64, dir_fd: Option<DirFd>) -> PyResult<()> {
    retry_file(thread, &path.object, || {
        // SAFETY: the path ends in NUL.
        unsafe { libc::mknodat(directory(dir_fd), path.c(), mode as libc::mode_t, device as libc::dev_t) }
    })
    .map(drop)
}

/// Extracts a device major number from a raw device number.
#[pyfunction(sig = "(device, /)")]
pub fn major(device: u64) -> u32 {
    libc::major(device as libc::dev_t) as u32
}

/// Extracts a device minor number from a raw device number.
#[pyfunction(sig = "(device, /)")]
pub fn minor(device: u64) -> u32 {
    libc::minor(device as libc::dev_t) as u32
}

/// Composes a raw device number from the major and minor device numbers.
#[pyfunction(sig = "(major, minor, /)")]
pub fn makedev(major: u32, minor: u32) -> u64 {
    libc::makedev(major, minor) as u64
}

/// Truncate a file, specified by path, to a specific length.
///
/// path may also be an open descriptor.
#[pyfunction(sig = "(path, length)")]
pub fn truncate(thread: &Thread, path: PathOrFd, length: i64) -> PyResult<()> {
    if path.fd != -1 {
        // SAFETY: a plain call.
        return retry(thread, || unsafe { libc::ftruncate(path.fd, length) }).map(drop);
    }
    // SAFETY: the path ends in NUL.
    check_file(thread, unsafe { libc::truncate(path.c(), length) }, &path.object).map(drop)
}

/// An open directory, closed when dropped.
pub struct Directory(*mut libc::DIR);

impl Directory {
    /// Open by path, or anew by a descriptor that stays open.
    pub fn open(thread: &Thread, path: &Path) -> PyResult<Directory> {
        let failed = || Err(thread.os_error(last_errno(), Some(&path.object)));
        if path.fd == -1 {
            pyrox_interpreter::import::unpack::prepare(path.as_bytes());
        }
        // SAFETY: the path ends in NUL; the duplicate is closed if no directory comes of it.
        let stream = unsafe {
            if path.fd != -1 {
                let fd = libc::fcntl(path.fd, libc::F_DUPFD_CLOEXEC, 0);
                if fd == -1 {
                    return Err(fail(thread));
                }
                let stream = libc::fdopendir(fd);
                if stream.is_null() {
                    let errno = last_errno();
                    libc::close(fd);
                    return Err(thread.os_error(errno, Some(&path.object)));
                }
                libc::rewinddir(stream);
                stream
            } else {
                libc::opendir(path.c())
            }
        };
        if stream.is_null() { failed() } else { Ok(Directory(stream)) }
    }

    /// The next entry, `.` and `..` left out.
    pub fn next(&self, thread: &Thread, path: &Object) -> PyResult<Option<Entry>> {
        loop {
            // SAFETY: an open stream; the entry is read before the next call.
            unsafe {
                *libc::__errno_location() = 0;
                let entry = libc::readdir(self.0);
                if entry.is_null() {
                    return match last_errno() {
                        0 => Ok(None),
                        errno => Err(thread.os_error(errno, (!path.is_none()).then_some(path))),
                    };
                }
                let name = CStr::from_ptr((*entry).d_name.as_ptr()).to_bytes();
                if name != b"." && name != b".." {
                    return Ok(Some(Entry { name: name.to_vec(), kind: (*entry).d_type, inode: (*entry).d_ino as u64 }));
                }
            }
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // SAFETY: open and ours.
        unsafe { libc::closedir(self.0) };
    }
}

/// What a directory tells of an entry.
pub struct Entry {
    pub name: Vec<u8>,
    pub kind: u8,
    pub inode: u64,
}

/// Return a list containing the names of the files in the directory.
///
/// path is a str, bytes, path-like object or an open descriptor; the names are bytes if it is bytes.
#[pyfunction(sig = "(path=None)")]
pub fn listdir(thread: &Thread, path: Option<PathFdOrNone>) -> PyResult<Owned<List>> {
    let path = path.unwrap_or_else(PathFdOrNone::current);
    let directory = Directory::open(thread, &path)?;
    let mut names = Vec::new();
    while let Some(entry) = directory.next(thread, &path.object)? {
        names.push(path.name(thread, &entry.name)?);
    }
    List::from_vec(thread, names)
}

/// Whole seconds and nanoseconds of an int of nanoseconds.
fn split_nanoseconds(thread: &Thread, value: &Object) -> PyResult<libc::timespec> {
    let pair = divmod(thread, value, &Int::from(SECOND))?;
    let Some(pair) = pair.cast::<Tuple>().filter(|pair| pair.len() == 2) else {
        return Err(thread.type_error(&format!("{}.__divmod__() must return a 2-tuple, not {}", value.ty().name(), pair.ty().name())));
    };
    let seconds = pair.get(0).index(thread)?;
    let tv_sec = seconds.to_i64().ok_or_else(|| thread.overflow_error("timestamp out of range for platform time_t"))?;
    let tv_nsec = pair.get(1).index(thread)?.to_i64().unwrap_or(0);
    Ok(libc::timespec { tv_sec, tv_nsec })
}

/// Set the access and modified time of path.
///
/// times is a tuple (atime, mtime) in seconds, ns one in nanoseconds; without either, it is now.
#[pyfunction(
    sig = "(path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True)",
    text = "($module, /, path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)"
)]
pub fn utime(
    thread: &Thread,
    path: PathOrFd,
    times: Option<&Object>,
    ns: Option<&Object>,
    dir_fd: Option<DirFd>,
    follow_symlinks: bool,
) -> PyResult<()> {
    let times = times.filter(|t| !t.is_none());
    if times.is_some() && ns.is_some() {
        return Err(thread.value_error("utime: you may specify either 'times' or 'ns' but not both"));
    }
    let pair = |given: &Object, message: &str| match given.cast::<Tuple>().filter(|pair| pair.len() == 2) {
        Some(pair) => Ok((pair.get(0).own(), pair.get(1).own())),
        None => Err(thread.type_error(message)),
    };
    let spec = match (times, ns) {
        (Some(times), _) => {
            let (first, second) = pair(times, "utime: 'times' must be either a tuple of two ints or None")?;
            Some([timespec_of(thread, &first, Rounding::Floor)?, timespec_of(thread, &second, Rounding::Floor)?])
        }
        (None, Some(ns)) => {
            let (first, second) = pair(ns, "utime: 'ns' must be a tuple of two ints")?;
            Some([split_nanoseconds(thread, &first)?, split_nanoseconds(thread, &second)?])
        }
        (None, None) => None,
    };
    let dir_fd = directory(dir_fd);
    check_descriptor(thread, "utime", &path, dir_fd, follow_symlinks)?;
    let spec = spec.as_ref().map_or(std::ptr::null(), |spec| spec.as_ptr());
    // SAFETY: two structs or null; the path ends in NUL.
    let result = unsafe {
        if path.fd != -1 {
            libc::futimens(path.fd, spec)
        } else {
            libc::utimensat(dir_fd, path.c(), spec, if follow_symlinks { 0 } else { libc::AT_SYMLINK_NOFOLLOW })
        }
    };
    check_file(thread, result, &path.object).map(drop)
}

fn check_xattr(thread: &Thread, function: &str, path: &Path, follow: bool) -> PyResult<()> {
    if path.fd != -1 && !follow {
        return Err(thread.value_error(&format!("{function}: cannot use fd and follow_symlinks together")));
    }
    Ok(())
}

/// Call with growing room until the answer fits.
fn read_sized(thread: &Thread, path: &Object, mut call: impl FnMut(&mut [u8]) -> isize) -> PyResult<Vec<u8>> {
    for room in [128, 1 << 16] {
        let mut buffer = vec![0u8; room];
        let length = call(&mut buffer);
        if length >= 0 {
            buffer.truncate(length as usize);
            return Ok(buffer);
        }
        if last_errno() != libc::ERANGE {
            break;
        }
    }
    Err(thread.os_error(last_errno(), Some(path)))
}

/// Return the value of extended attribute attribute on path.
#[pyfunction(sig = "(path, attribute, *, follow_symlinks=True)")]
pub fn getxattr(thread: &Thread, path: PathOrFd, attribute: Path, follow_symlinks: bool) -> PyResult<Owned<Bytes>> {
    check_xattr(thread, "getxattr", &path, follow_symlinks)?;
    let value = read_sized(thread, &path.object, |buffer| {
        let (to, room) = (buffer.as_mut_ptr() as *mut _, buffer.len());
        // SAFETY: the buffer's length is told; names end in NUL.
        unsafe {
            if path.fd != -1 {
                libc::fgetxattr(path.fd, attribute.c(), to, room)
            } else if follow_symlinks {
                libc::getxattr(path.c(), attribute.c(), to, room)
            } else {
                libc::lgetxattr(path.c(), attribute.c(), to, room)
            }
        }
    })?;
    Bytes::from_slice(thread, &value)
}

/// Set extended attribute attribute on path to value.
#[pyfunction(sig = "(path, attribute, value, flags=0, *, follow_symlinks=True)")]
pub fn setxattr(thread: &Thread, path: PathOrFd, attribute: Path, value: &Object, flags: i32, follow_symlinks: bool) -> PyResult<()> {
    check_xattr(thread, "setxattr", &path, follow_symlinks)?;
    let value = pyrox_objects::buffer::Buffer::simple(thread, value)?;
    let (from, length) = (value.as_slice().as_ptr() as *const _, value.len());
    // SAFETY: the export keeps the bytes in place; names end in NUL.
    let result = unsafe {
        if path.fd != -1 {
            libc::fsetxattr(path.fd, attribute.c(), from, length, flags)
        } else if follow_symlinks {
            libc::setxattr(path.c(), attribute.c(), from, length, flags)
        } else {
            libc::lsetxattr(path.c(), attribute.c(), from, length, flags)
        }
    };
    check_file(thread, result, &path.object).map(drop)
}

/// Remove extended attribute attribute on path.
#[pyfunction(sig = "(path, attribute, *, follow_symlinks=True)")]
pub fn removexattr(thread: &Thread, path: PathOrFd, attribute: Path, follow_symlinks: bool) -> PyResult<()> {
    check_xattr(thread, "removexattr", &path, follow_symlinks)?;
    // SAFETY: names end in NUL.
    let result = unsafe {
        if path.fd != -1 {
            libc::fremovexattr(path.fd, attribute.c())
        } else if follow_symlinks {
            libc::removexattr(path.c(), attribute.c())
        } else {
            libc::lremovexattr(path.c(), attribute.c())
        }
    };
    check_file(thread, result, &path.object).map(drop)
}

/// Return a list of extended attributes on path.
#[pyfunction(sig = "(path=None, *, follow_symlinks=True)")]
pub fn listxattr(thread: &Thread, path: Option<PathFdOrNone>, follow_symlinks: bool) -> PyResult<Owned<List>> {
    let path = path.unwrap_or_else(PathFdOrNone::current);
    check_xattr(thread, "listxattr", &path, follow_symlinks)?;
    let names = read_sized(thread, &path.object, |buffer| {
        let (to, room) = (buffer.as_mut_ptr() as *mut _, buffer.len());
        // SAFETY: the buffer's length is told; the path ends in NUL.
        unsafe {
            if path.fd != -1 {
                libc::flistxattr(path.fd, to, room)
            } else if follow_symlinks {
                libc::listxattr(path.c(), to, room)
            } else {
                libc::llistxattr(path.c(), to, room)
            }
        }
    })?;
    let names = names.split(|&byte| byte == 0).filter(|name| !name.is_empty());
    List::from_vec(thread, names.map(|name| Ok(decode_name(thread, name)?.upcast())).collect::<PyResult<Vec<_>>>()?)
}

/// Set the current numeric umask and return the previous umask.
#[pyfunction(sig = "(mask, /)")]
pub fn umask(mask: i32) -> u32 {
    // SAFETY: a plain call that cannot fail.
    unsafe { libc::umask(mask as libc::mode_t) }
}

/// Force write of everything to disk.
#[pyfunction]
pub fn sync() {
    // SAFETY: a plain call that cannot fail.
    unsafe { libc::sync() }
}

/// The number of a configuration name that is given as such or by its text.
pub fn configuration_number(thread: &Thread, table: &[(&str, i32)], name: &Object) -> PyResult<i32> {
    if let Some(text) = name.cast::<Str>() {
        return match table.iter().find(|(known, _)| text.equals_str(known)) {
            Some((_, number)) => Ok(*number),
            None => Err(thread.value_error("unrecognized configuration name")),
        };
    }
    if !name.has_index() {
        return Err(thread.type_error("configuration names must be strings or integers"));
    }
    let place = Place { function: "", index: 0, parameter: "", positional_only: true, sole: true };
    pyrox_objects::native::FromArgument::from_argument(thread, name, &place)
}

/// Return the configuration limit name for the file or directory path.
///
/// If there is no limit, return -1.
#[pyfunction(sig = "(path, name)")]
pub fn pathconf(thread: &Thread, path: PathOrFd, name: &Object) -> PyResult<i64> {
    let number = configuration_number(thread, super::names::PATHCONF, name)?;
    // SAFETY: the path ends in NUL; an unset errno tells "no limit" from failure.
    let limit = unsafe {
        *libc::__errno_location() = 0;
        if path.fd != -1 { libc::fpathconf(path.fd, number) } else { libc::pathconf(path.c(), number) }
    };
    match last_errno() {
        errno if limit == -1 && errno != 0 => Err(thread.os_error(errno, if errno == libc::EINVAL { None } else { Some(&path.object) })),
        _ => Ok(limit),
    }
}

/// Return the configuration limit name for the file descriptor fd.
///
/// If there is no limit, return -1.
#[pyfunction(sig = "(fd, name, /)")]
pub fn fpathconf(thread: &Thread, fd: Fileno, name: &Object) -> PyResult<i64> {
    let number = configuration_number(thread, super::names::PATHCONF, name)?;
    // SAFETY: a plain call; an unset errno tells "no limit" from failure.
    let limit = unsafe {
        *libc::__errno_location() = 0;
        libc::fpathconf(fd.0, number)
    };
    if limit == -1 && last_errno() != 0 {
        return check(thread, -1i64);
    }
    Ok(limit)
}
