//! Functions on file descriptors.

use std::ffi::{CStr, c_int, c_void};

use pyrox_macros::pyfunction;
use pyrox_objects::buffer::Buffer;
use pyrox_objects::{Bytes, Int, Obj, Object, Owned, PyResult, Str, Thread, Tuple};

use crate::paths::{DirFd, Fileno, Path, decode_name, dir_fd as directory};
use crate::system::{check, fail, last_errno, retry, retry_file};

/// The most that one call reads or writes.
const MOST: usize = 0x7fff_f000;

/// A tuple of two ints.
fn pair(thread: &Thread, first: c_int, second: c_int) -> PyResult<Owned<Tuple>> {
    Tuple::from_vec(thread, vec![Int::from(first as i64).upcast(), Int::from(second as i64).upcast()])
}

/// Open a file for low level IO. Returns a file descriptor (integer).
#[pyfunction(sig = "(path, flags, mode=511, *, dir_fd=None)")]
pub fn open(thread: &Thread, path: Path, flags: i32, mode: i32, dir_fd: Option<DirFd>) -> PyResult<i32> {
    let flags = flags | libc::O_CLOEXEC;
    pyrox_interpreter::import::unpack::prepare(path.as_bytes());
    retry_file(thread, &path.object, || {
        // SAFETY: the path ends in NUL.
        unsafe { libc::openat(directory(dir_fd), path.c(), flags, mode as libc::c_uint) }
    })
}

/// Close a file descriptor.
#[pyfunction(sig = "(fd)")]
pub fn close(thread: &Thread, fd: i32) -> PyResult<()> {
    // An interrupted close has closed the descriptor all the same.
    // SAFETY: a plain call.
    match unsafe { libc::close(fd) } {
        -1 if last_errno() != libc::EINTR => Err(fail(thread)),
        _ => Ok(()),
    }
}

/// Closes all file descriptors in [fd_low, fd_high), ignoring errors.
#[pyfunction(sig = "(fd_low, fd_high, /)")]
pub fn closerange(fd_low: i32, fd_high: i32) {
    close_range(fd_low, fd_high);
}

/// Close the descriptors from `low` up to, not including, `high`.
pub fn close_range(low: c_int, high: c_int) {
    let low = low.max(0);
    if high <= low {
        return;
    }
    // SAFETY: plain calls; the kernel's own loop is tried first.
    unsafe {
        if libc::syscall(libc::SYS_close_range, low as libc::c_uint, (high - 1) as libc::c_uint, 0) == 0 {
            return;
        }
        let open_max = libc::sysconf(libc::_SC_OPEN_MAX).clamp(256, 1 << 20) as c_int;
        for fd in low..high.min(open_max) {
            libc::close(fd);
        }
    }
}

/// Return a duplicate of a file descriptor.
#[pyfunction(sig = "(fd, /)")]
pub fn dup(thread: &Thread, fd: i32) -> PyResult<i32> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
}

/// Duplicate file descriptor.
#[pyfunction(sig = "(fd, fd2, inheritable=True)")]
pub fn dup2(thread: &Thread, fd: i32, fd2: i32, inheritable: bool) -> PyResult<i32> {
    if fd < 0 || fd2 < 0 {
        return Err(thread.os_error(libc::EBADF, None));
    }
    if inheritable || fd == fd2 {
        // SAFETY: a plain call.
        let result = retry(thread, || unsafe { libc::dup2(fd, fd2) })?;
        if !inheritable {
            set_inheritable_flag(thread, fd2, false)?;
        }
        return Ok(result);
    }
    // SAFETY: a plain call.
    retry(thread, || unsafe { libc::dup3(fd, fd2, libc::O_CLOEXEC) })
}

/// Create a pipe.
///
/// Returns a tuple of two file descriptors: (read_fd, write_fd)
#[pyfunction]
pub fn pipe(thread: &Thread) -> PyResult<Owned<Tuple>> {
    pipe2(thread, libc::O_CLOEXEC)
}

/// Create a pipe with flags set atomically.
///
/// Returns a tuple of two file descriptors: (read_fd, write_fd)
#[pyfunction(sig = "(flags, /)")]
pub fn pipe2(thread: &Thread, flags: i32) -> PyResult<Owned<Tuple>> {
    let mut ends = [0; 2];
    // SAFETY: room for two descriptors.
    check(thread, unsafe { libc::pipe2(ends.as_mut_ptr(), flags) })?;
    pair(thread, ends[0], ends[1])
}

/// Set the position of a file descriptor.  Return the new position.
#[pyfunction(sig = "(fd, position, whence, /)")]
pub fn lseek(thread: &Thread, fd: i32, position: i64, whence: i32) -> PyResult<i64> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::lseek(fd, position, whence) })
}

/// Read into a new bytes object.
fn read_bytes(thread: &Thread, length: isize, mut call: impl FnMut(*mut c_void, usize) -> isize) -> PyResult<Owned<Bytes>> {
    let Ok(length) = usize::try_from(length) else { return Err(thread.os_error(libc::EINVAL, None)) };
    let length = length.min(MOST);
    if length <= 4096 {
        let mut small = [0u8; 4096];
        let count = retry(thread, || call(small.as_mut_ptr() as *mut c_void, length))?;
        return Bytes::from_slice(thread, small.get(..count as usize).unwrap_or_default());
    }
    let mut buffer: Vec<u8> = Vec::new();
    buffer.try_reserve_exact(length).map_err(|_| thread.no_memory())?;
    let count = retry(thread, || call(buffer.as_mut_ptr() as *mut c_void, length))? as usize;
    // SAFETY: the call filled that many of the reserved bytes.
    unsafe { buffer.set_len(count.min(length)) };
    Bytes::from_slice(thread, &buffer)
}

/// Read from a file descriptor.  Returns a bytes object.
#[pyfunction(sig = "(fd, length, /)")]
pub fn read(thread: &Thread, fd: i32, length: isize) -> PyResult<Owned<Bytes>> {
    // SAFETY: as long as told.
    read_bytes(thread, length, |to, room| unsafe { libc::read(fd, to, room) })
}

/// Read a number of bytes from a file descriptor starting at a particular offset.
#[pyfunction(sig = "(fd, length, offset, /)")]
pub fn pread(thread: &Thread, fd: i32, length: isize, offset: i64) -> PyResult<Owned<Bytes>> {
    // SAFETY: as long as told.
    read_bytes(thread, length, |to, room| unsafe { libc::pread(fd, to, room, offset) })
}

/// Read into a buffer object from a file descriptor.
///
/// Returns the number of bytes read, 0 at the end of the file.
#[pyfunction(sig = "(fd, buffer, /)")]
pub fn readinto(thread: &Thread, fd: i32, buffer: &Object) -> PyResult<isize> {
    let buffer = writable(thread, "readinto() argument 2", buffer)?;
    // SAFETY: the export keeps the bytes in place.
    retry(thread, || unsafe { libc::read(fd, buffer.as_mut_ptr() as *mut c_void, buffer.len().min(MOST)) })
}

fn writable(thread: &Thread, what: &str, object: &Object) -> PyResult<Buffer> {
    Buffer::writable(thread, object).map_err(|raised| {
        if thread.take_if(pyrox_objects::exceptions::type_error()) {
            return thread.type_error(&format!("{what} must be read-write bytes-like object, not {}", object.ty().name()));
        }
        raised
    })
}

/// Write a bytes object to a file descriptor.
#[pyfunction(sig = "(fd, data, /)")]
pub fn write(thread: &Thread, fd: i32, data: &Object) -> PyResult<isize> {
    let data = Buffer::simple(thread, data)?;
    // SAFETY: the export keeps the bytes in place.
    retry(thread, || unsafe { libc::write(fd, data.as_slice().as_ptr() as *const c_void, data.len().min(MOST)) })
}

/// Write bytes to a file descriptor starting at a particular offset.
#[pyfunction(sig = "(fd, buffer, offset, /)")]
pub fn pwrite(thread: &Thread, fd: i32, buffer: &Object, offset: i64) -> PyResult<isize> {
    let data = Buffer::simple(thread, buffer)?;
    // SAFETY: the export keeps the bytes in place.
    retry(thread, || unsafe { libc::pwrite(fd, data.as_slice().as_ptr() as *const c_void, data.len().min(MOST), offset) })
}

/// Buffers and the C array that points at them.
struct Vectors {
    _exports: Vec<Buffer>,
    array: Vec<libc::iovec>,
}

impl Vectors {
    fn of(thread: &Thread, function: &str, buffers: &Object, write_to: bool) -> PyResult<Vectors> {
        if !buffers.is_sequence() {
            return Err(thread.type_error(&format!("{function}() arg 2 must be a sequence")));
        }
        let (mut exports, mut array) = (Vec::new(), Vec::new());
        for item in buffers.to_items(thread)? {
            let export =
                if write_to { Buffer::get(thread, &item, pyrox_objects::abi::PyBUF_WRITABLE)? } else { Buffer::simple(thread, &item)? };
            array.push(libc::iovec { iov_base: export.as_mut_ptr() as *mut c_void, iov_len: export.len() });
            exports.push(export);
        }
        Ok(Vectors { _exports: exports, array })
    }

    fn parts(&self) -> (*const libc::iovec, c_int) {
        (self.array.as_ptr(), self.array.len() as c_int)
    }
}

/// Read from a file descriptor fd into an iterable of buffers.
///
/// Returns the number of bytes read.
#[pyfunction(sig = "(fd, buffers, /)")]
pub fn readv(thread: &Thread, fd: i32, buffers: &Object) -> PyResult<isize> {
    let vectors = Vectors::of(thread, "readv", buffers, true)?;
    let (array, count) = vectors.parts();
    // SAFETY: the exports keep the bytes in place.
    retry(thread, || unsafe { libc::readv(fd, array, count) })
}

/// Iterate over buffers, and write the contents of each to a file descriptor.
///
/// Returns the number of bytes written.
#[pyfunction(sig = "(fd, buffers, /)")]
pub fn writev(thread: &Thread, fd: i32, buffers: &Object) -> PyResult<isize> {
    let vectors = Vectors::of(thread, "writev", buffers, false)?;
    let (array, count) = vectors.parts();
    // SAFETY: the exports keep the bytes in place.
    retry(thread, || unsafe { libc::writev(fd, array, count) })
}

/// Reads from a file descriptor into a number of mutable bytes-like objects, at an offset.
#[pyfunction(sig = "(fd, buffers, offset, flags=0, /)")]
pub fn preadv(thread: &Thread, fd: i32, buffers: &Object, offset: i64, flags: i32) -> PyResult<isize> {
    let vectors = Vectors::of(thread, "preadv", buffers, true)?;
    let (array, count) = vectors.parts();
    // SAFETY: the exports keep the bytes in place.
    retry(thread, || unsafe {
        if flags == 0 { libc::preadv(fd, array, count, offset) } else { libc::preadv2(fd, array, count, offset, flags) }
    })
}

/// Writes the contents of bytes-like objects to a file descriptor at a given offset.
#[pyfunction(sig = "(fd, buffers, offset, flags=0, /)")]
pub fn pwritev(thread: &Thread, fd: i32, buffers: &Object, offset: i64, flags: i32) -> PyResult<isize> {
    let vectors = Vectors::of(thread, "pwritev", buffers, false)?;
    let (array, count) = vectors.parts();
    // SAFETY: the exports keep the bytes in place.
    retry(thread, || unsafe {
        if flags == 0 { libc::pwritev(fd, array, count, offset) } else { libc::pwritev2(fd, array, count, offset, flags) }
    })
}

/// An offset, or `None` for the file's own position.
fn offset(thread: &Thread, given: Option<&Object>) -> PyResult<Option<i64>> {
    match given.filter(|o| !o.is_none()) {
        Some(given) => {
            let value = given.index(thread)?;
            Ok(Some(value.to_i64().ok_or_else(|| thread.overflow_error("int too big to convert"))?))
        }
        None => Ok(None),
    }
}

fn pointer(offset: &mut Option<i64>) -> *mut i64 {
    offset.as_mut().map_or(std::ptr::null_mut(), |o| o as *mut i64)
}

/// Copy count bytes from file descriptor in_fd to file descriptor out_fd.
#[pyfunction(sig = "(out_fd, in_fd, offset, count)")]
pub fn sendfile(thread: &Thread, out_fd: i32, in_fd: i32, offset: &Object, count: isize) -> PyResult<isize> {
    let mut from = self::offset(thread, Some(offset))?;
    // SAFETY: the offset lives across the call.
    retry(thread, || unsafe { libc::sendfile(out_fd, in_fd, pointer(&mut from), count.max(0) as usize) })
}

/// Copy count bytes from one file descriptor to another.
#[pyfunction(sig = "(src, dst, count, offset_src=None, offset_dst=None)")]
pub fn copy_file_range(
    thread: &Thread,
    src: i32,
    dst: i32,
    count: isize,
    offset_src: Option<&Object>,
    offset_dst: Option<&Object>,
) -> PyResult<isize> {
    if count < 0 {
        return Err(thread.value_error("negative value for 'count' not allowed"));
    }
    let (mut from, mut to) = (offset(thread, offset_src)?, offset(thread, offset_dst)?);
    // SAFETY: the offsets live across the call.
    retry(thread, || unsafe { libc::copy_file_range(src, pointer(&mut from), dst, pointer(&mut to), count as usize, 0) })
}

/// Transfer count bytes from one pipe to a descriptor or vice versa.
#[pyfunction(sig = "(src, dst, count, offset_src=None, offset_dst=None, flags=0)")]
pub fn splice(
    thread: &Thread,
    src: i32,
    dst: i32,
    count: isize,
    offset_src: Option<&Object>,
    offset_dst: Option<&Object>,
    flags: u32,
) -> PyResult<isize> {
    if count < 0 {
        return Err(thread.value_error("negative value for 'count' not allowed"));
    }
    let (mut from, mut to) = (offset(thread, offset_src)?, offset(thread, offset_dst)?);
    // SAFETY: the offsets live across the call.
    retry(thread, || unsafe { libc::splice(src, pointer(&mut from), dst, pointer(&mut to), count as usize, flags) })
}

/// Force write of fd to disk.
#[pyfunction(sig = "(fd)")]
pub fn fsync(thread: &Thread, fd: Fileno) -> PyResult<()> {
    // SAFETY: a plain call.
    retry(thread, || unsafe { libc::fsync(fd.0) }).map(drop)
}

/// Force write of fd to disk without forcing update of metadata.
#[pyfunction(sig = "(fd)")]
pub fn fdatasync(thread: &Thread, fd: Fileno) -> PyResult<()> {
    // SAFETY: a plain call.
    retry(thread, || unsafe { libc::fdatasync(fd.0) }).map(drop)
}

/// Truncate a file, specified by file descriptor, to a specific length.
#[pyfunction(sig = "(fd, length, /)")]
pub fn ftruncate(thread: &Thread, fd: i32, length: i64) -> PyResult<()> {
    // SAFETY: a plain call.
    retry(thread, || unsafe { libc::ftruncate(fd, length) }).map(drop)
}

/// Ensure a file has allocated at least a particular number of bytes on disk.
#[pyfunction(sig = "(fd, offset, length, /)")]
pub fn posix_fallocate(thread: &Thread, fd: i32, offset: i64, length: i64) -> PyResult<()> {
    loop {
        // SAFETY: a plain call.
        match unsafe { libc::posix_fallocate(fd, offset, length) } {
            0 => return Ok(()),
            libc::EINTR => pyrox_interpreter::interrupts::check(thread)?,
            errno => return Err(thread.os_error(errno, None)),
        }
    }
}

/// Announce an intention to access data in a specific pattern.
#[pyfunction(sig = "(fd, offset, length, advice, /)")]
pub fn posix_fadvise(thread: &Thread, fd: i32, offset: i64, length: i64, advice: i32) -> PyResult<()> {
    loop {
        // SAFETY: a plain call.
        match unsafe { libc::posix_fadvise(fd, offset, length, advice) } {
            0 => return Ok(()),
            libc::EINTR => pyrox_interpreter::interrupts::check(thread)?,
            errno => return Err(thread.os_error(errno, None)),
        }
    }
}

/// Apply, test or remove a POSIX lock on an open file descriptor.
#[pyfunction(sig = "(fd, command, length, /)")]
pub fn lockf(thread: &Thread, fd: i32, command: i32, length: i64) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::lockf(fd, command, length) }).map(drop)
}

/// Return True if the fd is connected to a terminal.
#[pyfunction(sig = "(fd, /)")]
pub fn isatty(fd: i32) -> bool {
    // SAFETY: a plain call.
    unsafe { libc::isatty(fd) == 1 }
}

/// Return the name of the terminal device connected to 'fd'.
#[pyfunction(sig = "(fd, /)")]
pub fn ttyname(thread: &Thread, fd: i32) -> PyResult<Owned<Str>> {
    terminal_name(thread, |to, room| {
        // SAFETY: the buffer's length is told.
        unsafe { libc::ttyname_r(fd, to, room) }
    })
}

/// Return the name of the slave pseudo-terminal device.
#[pyfunction(sig = "(fd, /)")]
pub fn ptsname(thread: &Thread, fd: Fileno) -> PyResult<Owned<Str>> {
    terminal_name(thread, |to, room| {
        // SAFETY: the buffer's length is told.
        unsafe { libc::ptsname_r(fd.0, to, room) }
    })
}

fn terminal_name(thread: &Thread, call: impl FnOnce(*mut libc::c_char, usize) -> c_int) -> PyResult<Owned<Str>> {
    let mut buffer = [0u8; 4096];
    match call(buffer.as_mut_ptr() as *mut _, buffer.len()) {
        0 => decode_name(thread, CStr::from_bytes_until_nul(&buffer).map_or(b"", CStr::to_bytes)),
        errno => Err(thread.os_error(errno, None)),
    }
}

/// Return the name of the controlling terminal for this process.
#[pyfunction]
pub fn ctermid(thread: &Thread) -> PyResult<Owned<Str>> {
    decode_name(thread, b"/dev/tty")
}

/// Open and return a file descriptor for a master pseudo-terminal device.
#[pyfunction(sig = "(oflag, /)")]
pub fn posix_openpt(thread: &Thread, oflag: i32) -> PyResult<i32> {
    // SAFETY: a plain call.
    let fd = check(thread, unsafe { libc::posix_openpt(oflag | libc::O_CLOEXEC) })?;
    set_inheritable_flag(thread, fd, false)?;
    Ok(fd)
}

/// Grant access to the slave pseudo-terminal device.
#[pyfunction(sig = "(fd, /)")]
pub fn grantpt(thread: &Thread, fd: Fileno) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::grantpt(fd.0) }).map(drop)
}

/// Unlock a pseudo-terminal master/slave pair.
#[pyfunction(sig = "(fd, /)")]
pub fn unlockpt(thread: &Thread, fd: Fileno) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::unlockpt(fd.0) }).map(drop)
}

/// Open a pseudo-terminal.
///
/// Return a tuple of (master_fd, slave_fd) containing open file descriptors.
#[pyfunction]
pub fn openpty(thread: &Thread) -> PyResult<Owned<Tuple>> {
    let (mut master, mut slave) = (-1, -1);
    let nothing = std::ptr::null_mut;
    // SAFETY: room for two descriptors.
    check(thread, unsafe { libc::openpty(&mut master, &mut slave, nothing(), std::ptr::null(), std::ptr::null()) })?;
    set_inheritable_flag(thread, master, false)?;
    set_inheritable_flag(thread, slave, false)?;
    pair(thread, master, slave)
}

/// Prepare the tty of which fd is a file descriptor for a new login session.
#[pyfunction(sig = "(fd, /)")]
pub fn login_tty(thread: &Thread, fd: Fileno) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::login_tty(fd.0) }).map(drop)
}

/// Return the process group associated with the terminal specified by fd.
#[pyfunction(sig = "(fd, /)")]
pub fn tcgetpgrp(thread: &Thread, fd: i32) -> PyResult<i32> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::tcgetpgrp(fd) })
}

/// Set the process group associated with the terminal specified by fd.
#[pyfunction(sig = "(fd, pgid, /)")]
pub fn tcsetpgrp(thread: &Thread, fd: i32, pgid: i32) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::tcsetpgrp(fd, pgid) }).map(drop)
}

/// Return the size of the terminal window as (columns, lines).
///
/// fd (default: standard output) says which descriptor to ask.
#[pyfunction(sig = "(fd=1, /)", text = "($module, fd=<unrepresentable>, /)")]
pub fn get_terminal_size(thread: &Thread, fd: i32) -> PyResult<Obj> {
    // SAFETY: plain data that the call fills.
    let mut size: libc::winsize = unsafe { std::mem::zeroed() };
    // SAFETY: as above.
    check(thread, unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &mut size) })?;
    super::TERMINAL_SIZE.make(thread, [Int::from(size.ws_col as i64).upcast(), Int::from(size.ws_row as i64).upcast()])
}

/// Return a string describing the encoding of a terminal's file descriptor.
///
/// The file descriptor must be attached to a terminal. If not, it gives None.
#[pyfunction(sig = "(fd)")]
pub fn device_encoding(thread: &Thread, fd: i32) -> PyResult<Option<Obj>> {
    // SAFETY: a plain call; the answer is static text.
    unsafe {
        if libc::isatty(fd) != 1 {
            return Ok(None);
        }
        let codeset = CStr::from_ptr(libc::nl_langinfo(libc::CODESET)).to_bytes();
        let codeset = if codeset.is_empty() || codeset == b"ANSI_X3.4-1968" { b"UTF-8" } else { codeset };
        Ok(Some(decode_name(thread, codeset)?.upcast()))
    }
}

/// Make exec keep a descriptor open, or close it.
pub fn set_inheritable_flag(thread: &Thread, fd: c_int, inheritable: bool) -> PyResult<()> {
    // SAFETY: plain calls.
    unsafe {
        let flags = check(thread, libc::fcntl(fd, libc::F_GETFD))?;
        let wanted = if inheritable { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
        if wanted != flags {
            check(thread, libc::fcntl(fd, libc::F_SETFD, wanted))?;
        }
    }
    Ok(())
}

/// Get the close-on-exe flag of the specified file descriptor.
#[pyfunction(sig = "(fd, /)")]
pub fn get_inheritable(thread: &Thread, fd: i32) -> PyResult<bool> {
    // SAFETY: a plain call.
    Ok(check(thread, unsafe { libc::fcntl(fd, libc::F_GETFD) })? & libc::FD_CLOEXEC == 0)
}

/// Set the inheritable flag of the specified file descriptor.
#[pyfunction(sig = "(fd, inheritable, /)")]
pub fn set_inheritable(thread: &Thread, fd: i32, inheritable: i32) -> PyResult<()> {
    set_inheritable_flag(thread, fd, inheritable != 0)
}

/// Get the blocking mode of the file descriptor.
///
/// Return False if the O_NONBLOCK flag is set, True if the flag is cleared.
#[pyfunction(sig = "(fd, /)")]
pub fn get_blocking(thread: &Thread, fd: i32) -> PyResult<bool> {
    // SAFETY: a plain call.
    Ok(check(thread, unsafe { libc::fcntl(fd, libc::F_GETFL) })? & libc::O_NONBLOCK == 0)
}

/// Set the blocking mode of the specified file descriptor.
#[pyfunction(sig = "(fd, blocking, /)")]
pub fn set_blocking(thread: &Thread, fd: i32, blocking: bool) -> PyResult<()> {
    // SAFETY: plain calls.
    unsafe {
        let flags = check(thread, libc::fcntl(fd, libc::F_GETFL))?;
        let wanted = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
        check(thread, libc::fcntl(fd, libc::F_SETFL, wanted)).map(drop)
    }
}

/// Create an anonymous file and give a descriptor that refers to it.
#[pyfunction(sig = "(name, flags=None)", text = "($module, /, name, flags=MFD_CLOEXEC)")]
pub fn memfd_create(thread: &Thread, name: crate::paths::Name, flags: Option<u32>) -> PyResult<i32> {
    // SAFETY: the name ends in NUL.
    check(thread, unsafe { libc::memfd_create(name.c(), flags.unwrap_or(libc::MFD_CLOEXEC)) })
}

/// Creates and returns an event notification file descriptor.
#[pyfunction(sig = "(initval, flags=None)", text = "($module, /, initval, flags=EFD_CLOEXEC)")]
pub fn eventfd(thread: &Thread, initval: u32, flags: Option<i32>) -> PyResult<i32> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::eventfd(initval, flags.unwrap_or(libc::EFD_CLOEXEC)) })
}

/// Read eventfd value
#[pyfunction(sig = "(fd)")]
pub fn eventfd_read(thread: &Thread, fd: Fileno) -> PyResult<u64> {
    let mut value = 0u64;
    // SAFETY: room for the counter.
    retry(thread, || unsafe { libc::eventfd_read(fd.0, &mut value) })?;
    Ok(value)
}

/// Write eventfd value.
#[pyfunction(sig = "(fd, value)")]
pub fn eventfd_write(thread: &Thread, fd: Fileno, value: u64) -> PyResult<()> {
    // SAFETY: a plain call.
    retry(thread, || unsafe { libc::eventfd_write(fd.0, value) }).map(drop)
}
