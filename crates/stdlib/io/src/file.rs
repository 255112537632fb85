//! `FileIO`: files as the system has them.

use std::cell::Cell;
use std::ffi::CString;

use pyrox_abi as abi;
use pyrox_macros::pyclass;
use pyrox_objects::native::Raw;
use pyrox_objects::{Buffer, Bytes, Dict, Obj, Object, Owned, PyResult, PyType, Str, Thread, Tuple, Type, codecs, intern, none};

use crate::base::RawIoBase;
use crate::util::{self, Base, DEFAULT_BUFFER_SIZE, dealloc_stream, int, offset, optional_size, unsupported};

/// The most that one system call is asked for.
const MOST: usize = isize::MAX as usize & !0xfff;
/// Growth of read-all buffers changes at this size.
const LARGE: usize = 65536;

/// A file descriptor and how it may be used.
#[repr(C)]
pub struct FileIo {
    base: Base,
    fd: Cell<i32>,
    created: Cell<bool>,
    readable: Cell<bool>,
    writable: Cell<bool>,
    appending: Cell<bool>,
    /// Not known (-1), no or yes.
    seekable: Cell<i8>,
    closefd: Cell<bool>,
    finalizing: Cell<bool>,
    blksize: Cell<i64>,
    /// What `fstat` said at opening: size if it is a regular file (else -1), and whether it may be a terminal.
    size_at_open: Cell<i64>,
    character_device: Cell<bool>,
}

fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Run a system call; `EINTR` runs signal handlers and tries again.
fn retry(thread: &Thread, mut call: impl FnMut() -> isize) -> PyResult<Result<usize, i32>> {
    loop {
        let result = call();
        if result >= 0 {
            return Ok(Ok(result as usize));
        }
        match errno() {
            libc::EINTR => util::check_signals(thread)?,
            number => return Ok(Err(number)),
        }
    }
}

/// A path as the system takes it.
pub fn fs_path(thread: &Thread, path: &Object) -> PyResult<CString> {
    let given;
    let path = if path.is_instance::<Str>() || path.is_instance::<Bytes>() {
        path
    } else {
        given = fs_convert(thread, path)?;
        &given
    };
    let bytes = match (path.cast::<Bytes>(), path.cast::<Str>()) {
        (Some(bytes), _) => bytes.as_slice().to_vec(),
        (_, Some(text)) => codecs::encode_utf8(thread, text, &codecs::Policy::SurrogateEscape)?,
        _ => Vec::new(),
    };
    CString::new(bytes).map_err(|_| thread.value_error("embedded null byte"))
}

/// `os.fspath`.
pub fn fs_convert(thread: &Thread, path: &Object) -> PyResult<Obj> {
    if path.is_instance::<Str>() || path.is_instance::<Bytes>() {
        return Ok(path.own());
    }
    let Some(result) = path.call_special(thread, intern!("__fspath__"), &[])? else {
        return Err(thread.type_error(&format!("expected str, bytes or os.PathLike object, not {}", path.ty().name())));
    };
    if result.is_instance::<Str>() || result.is_instance::<Bytes>() {
        return Ok(result);
    }
    Err(thread.type_error(&format!("expected {}.__fspath__() to return str or bytes, not {}", path.ty().name(), result.ty().name())))
}

struct Mode {
    created: bool,
    readable: bool,
    writable: bool,
    appending: bool,
    flags: i32,
}

fn parse_mode(thread: &Thread, mode: &str) -> PyResult<Mode> {
    let bad = || thread.value_error("Must have exactly one of create/read/write/append mode and at most one plus");
    let mut parsed = Mode { created: false, readable: false, writable: false, appending: false, flags: 0 };
    let (mut kinds, mut plus) = (0, 0);
    for c in mode.chars() {
        match c {
            'x' => {
                (parsed.created, parsed.writable) = (true, true);
                parsed.flags |= libc::O_EXCL | libc::O_CREAT;
                kinds += 1;
            }
            'r' => {
                parsed.readable = true;
                kinds += 1;
            }
            'w' => {
                parsed.writable = true;
                parsed.flags |= libc::O_CREAT | libc::O_TRUNC;
                kinds += 1;
            }
            'a' => {
                (parsed.writable, parsed.appending) = (true, true);
                parsed.flags |= libc::O_APPEND | libc::O_CREAT;
                kinds += 1;
            }
            '+' => plus += 1,
            'b' => continue,
            _ => return Err(thread.value_error(&format!("invalid mode: {mode}"))),
        }
        if kinds > 1 || plus > 1 {
            return Err(bad());
        }
    }
    if kinds != 1 {
        return Err(bad());
    }
    if plus == 1 {
        (parsed.readable, parsed.writable) = (true, true);
    }
    parsed.flags |= match (parsed.readable, parsed.writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    parsed.flags |= libc::O_CLOEXEC;
    Ok(parsed)
}

/// A file descriptor given in the place of a name.
fn descriptor(thread: &Thread, file: &Object) -> PyResult<Option<i32>> {
    if !file.has_index() {
        return Ok(None);
    }
    if file.is(pyrox_objects::bool_ref(true)) || file.is(pyrox_objects::bool_ref(false)) {
        pyrox_objects::warn::runtime(thread, "bool is used as a file descriptor")?;
    }
    let fd = file.index(thread)?.to_i64().and_then(|fd| i32::try_from(fd).ok());
    match fd {
        Some(fd) if fd >= 0 => Ok(Some(fd)),
        Some(_) => Err(thread.value_error("negative file descriptor")),
        None => Err(thread.overflow_error("Python int too large to convert to C int")),
    }
}

impl FileIo {
    fn fresh() -> FileIo {
        FileIo {
            base: Base::new(),
            fd: Cell::new(-1),
            created: Cell::new(false),
            readable: Cell::new(false),
            writable: Cell::new(false),
            appending: Cell::new(false),
            seekable: Cell::new(-1),
            closefd: Cell::new(true),
            finalizing: Cell::new(false),
            blksize: Cell::new(0),
            size_at_open: Cell::new(-1),
            character_device: Cell::new(false),
        }
    }

    /// `FileIO(file, mode, closefd, opener)`.
    pub fn open(thread: &Thread, file: &Object, mode: &str, closefd: bool, opener: Option<&Object>) -> PyResult<Owned<FileIo>> {
        let made = FileIo::ty().instantiate(thread, FileIo::fresh())?;
        made.initialize(thread, file, mode, closefd, opener)?;
        Ok(made)
    }

    pub fn fd(&self) -> i32 {
        self.fd.get()
    }

    pub fn is_open(&self) -> bool {
        self.fd.get() >= 0
    }

    pub fn is_readable(&self) -> bool {
        self.readable.get()
    }

    pub fn is_writable(&self) -> bool {
        self.writable.get()
    }

    pub fn block_size(&self) -> i64 {
        self.blksize.get()
    }

    fn initialize(&self, thread: &Thread, file: &Object, mode: &str, closefd: bool, opener: Option<&Object>) -> PyResult<()> {
        if self.is_open() {
            // Initialized again: the old file is given up first.
            if self.closefd.get() { self.close_fd(thread)? } else { self.fd.set(-1) }
        }
        let given = descriptor(thread, file)?;
        let path = match given {
            Some(_) => None,
            None => Some(fs_path(thread, file)?),
        };
        let parsed = parse_mode(thread, mode)?;
        self.created.set(parsed.created);
        self.readable.set(parsed.readable);
        self.writable.set(parsed.writable);
        self.appending.set(parsed.appending);
        self.seekable.set(-1);
        self.blksize.set(0);
        self.size_at_open.set(-1);
        let mut ours = false;
        if let Some(fd) = given {
            self.fd.set(fd);
            self.closefd.set(closefd);
        } else if let Some(path) = &path {
            self.closefd.set(true);
            if !closefd {
                return Err(thread.value_error("Cannot use closefd=False with file name"));
            }
            match opener.filter(|o| !o.is_none()) {
                Some(opener) => {
                    let result = opener.call(thread, &[file, &int(parsed.flags as i64)])?;
                    if !result.is_int() {
                        return Err(thread.type_error("expected integer from opener"));
                    }
                    let fd = result.index(thread)?.to_i64().and_then(|fd| i32::try_from(fd).ok());
                    let Some(fd) = fd else { return Err(thread.overflow_error("Python int too large to convert to C int")) };
                    if fd < 0 {
                        return Err(thread.value_error(&format!("opener returned {fd}")));
                    }
                    // SAFETY: a system call.
                    unsafe { libc::ioctl(fd, libc::FIOCLEX) };
                    self.fd.set(fd);
                }
                None => {
                    pyrox_interpreter::import::unpack::prepare(path.to_bytes());
                    // SAFETY: the path ends in NUL.
                    let opened = retry(thread, || unsafe { libc::open(path.as_ptr(), parsed.flags, 0o666) } as isize)?;
                    match opened {
                        Ok(fd) => self.fd.set(fd as i32),
                        Err(number) => return Err(thread.os_error(number, Some(file))),
                    }
                }
            }
            ours = true;
        }
        let finished = self.look_at(thread, file);
        if finished.is_err() {
            if ours {
                let failure = thread.take_raised();
                if self.close_fd(thread).is_err() {
                    thread.set_raised(None);
                }
                thread.set_raised(failure);
            } else {
                // A descriptor that is not ours is not closed because of an error.
                self.fd.set(-1);
            }
        }
        finished
    }

    fn look_at(&self, thread: &Thread, file: &Object) -> PyResult<()> {
        self.blksize.set(DEFAULT_BUFFER_SIZE as i64);
        // SAFETY: fills a zeroed struct.
        let (status, stat) = unsafe {
            let mut stat: libc::stat = std::mem::zeroed();
            (libc::fstat(self.fd.get(), &mut stat), stat)
        };
        if status < 0 {
            let number = errno();
            if number == libc::EBADF {
                return Err(thread.os_error(number, None));
            }
        } else {
            if stat.st_mode & libc::S_IFMT == libc::S_IFDIR {
                return Err(thread.os_error(libc::EISDIR, Some(file)));
            }
            if stat.st_blksize > 1 {
                self.blksize.set(stat.st_blksize as i64);
            }
            self.character_device.set(stat.st_mode & libc::S_IFMT == libc::S_IFCHR);
            if stat.st_mode & libc::S_IFMT == libc::S_IFREG {
                self.size_at_open.set(stat.st_size);
            }
        }
        self.setattr(thread, intern!("name"), Some(file))?;
        if self.appending.get() {
            // For appending, the position is shown as the end.
            if self.seek_to(thread, 0, libc::SEEK_END)?.is_err_and(|number| number != libc::ESPIPE) {
                return Err(thread.os_error(errno(), None));
            }
        }
        Ok(())
    }

    fn close_fd(&self, thread: &Thread) -> PyResult<()> {
        let fd = self.fd.replace(-1);
        // SAFETY: a system call on a descriptor that is ours to close.
        if fd >= 0 && unsafe { libc::close(fd) } < 0 {
            return Err(thread.os_error(errno(), None));
        }
        Ok(())
    }

    fn check_open(&self, thread: &Thread) -> PyResult<()> {
        if self.is_open() { Ok(()) } else { Err(thread.value_error("I/O operation on closed file")) }
    }

    fn check_mode(&self, thread: &Thread, allowed: bool, action: &str) -> PyResult<()> {
        self.check_open(thread)?;
        if allowed { Ok(()) } else { Err(unsupported(thread, &format!("File not open for {action}"))) }
    }

    fn seek_to(&self, _thread: &Thread, to: i64, whence: i32) -> PyResult<Result<i64, i32>> {
        // SAFETY: a system call.
        let result = unsafe { libc::lseek(self.fd.get(), to, whence) };
        if self.seekable.get() < 0 {
            self.seekable.set((result >= 0) as i8);
        }
        Ok(if result < 0 { Err(errno()) } else { Ok(result) })
    }

    /// Seek, and where that led.
    pub fn seek_position(&self, thread: &Thread, to: i64, whence: i32) -> PyResult<i64> {
        self.check_open(thread)?;
        self.seek_to(thread, to, whence)?.map_err(|number| thread.os_error(number, None))
    }

    /// Read into memory: `None` if that would block.
    ///
    /// # Safety
    /// `length` bytes from `target` on may be written.
    pub unsafe fn read_raw(&self, thread: &Thread, target: *mut u8, length: usize) -> PyResult<Option<usize>> {
        self.check_mode(thread, self.readable.get(), "reading")?;
        // SAFETY: by contract.
        match retry(thread, || unsafe { libc::read(self.fd.get(), target as *mut _, length.min(MOST)) })? {
            Ok(count) => Ok(Some(count)),
            Err(libc::EAGAIN) => Ok(None),
            Err(number) => Err(thread.os_error(number, None)),
        }
    }

    /// Write from memory: `None` if that would block.
    pub fn write_raw(&self, thread: &Thread, bytes: &[u8]) -> PyResult<Option<usize>> {
        self.check_mode(thread, self.writable.get(), "writing")?;
        // SAFETY: reads within the slice.
        match retry(thread, || unsafe { libc::write(self.fd.get(), bytes.as_ptr() as *const _, bytes.len().min(MOST)) })? {
            Ok(count) => Ok(Some(count)),
            Err(libc::EAGAIN) => Ok(None),
            Err(number) => Err(thread.os_error(number, None)),
        }
    }

    /// Read to the end, after what `head` holds already: `None` if nothing is there yet.
    pub fn read_all(&self, thread: &Thread, head: &[u8]) -> PyResult<Option<Owned<Bytes>>> {
        self.check_mode(thread, self.readable.get(), "reading")?;
        let mut expected = None;
        // SAFETY: fills a zeroed struct.
        unsafe {
            let mut stat: libc::stat = std::mem::zeroed();
            if libc::fstat(self.fd.get(), &mut stat) == 0 && stat.st_size > 0 && stat.st_mode & libc::S_IFMT == libc::S_IFREG {
                let at = libc::lseek(self.fd.get(), 0, libc::SEEK_CUR);
                if at >= 0 && stat.st_size >= at {
                    expected = Some((stat.st_size - at) as usize);
                }
            }
        }
        // A file whose size is known is read right into the result.
        if let Some(size) = expected.filter(|&size| size > 1) {
            let Some(total) = size.checked_add(head.len()) else { return Err(thread.no_memory()) };
            let result = Bytes::uninit(thread, total)?;
            // SAFETY: fresh, and longer than the head.
            unsafe { std::ptr::copy_nonoverlapping(head.as_ptr(), result.data(), head.len()) };
            let mut filled = head.len();
            while filled < total {
                // SAFETY: the rest of the fresh object.
                match unsafe { self.read_raw(thread, result.data().add(filled), total - filled) }? {
                    Some(0) => return Ok(Some(Bytes::from_slice(thread, &result.as_slice()[..filled])?)),
                    Some(count) => filled += count,
                    None => return Ok(Some(Bytes::from_slice(thread, &result.as_slice()[..filled])?)),
                }
            }
            let mut more = [0u8; 4096];
            // SAFETY: the array's bytes.
            return match unsafe { self.read_raw(thread, more.as_mut_ptr(), more.len()) }? {
                None | Some(0) => Ok(Some(result)),
                Some(count) => {
                    let mut all = result.as_slice().to_vec();
                    all.extend_from_slice(&more[..count]);
                    self.read_rest(thread, all, true)
                }
            };
        }
        self.read_rest(thread, head.to_vec(), !head.is_empty())
    }

    fn read_rest(&self, thread: &Thread, mut all: Vec<u8>, mut some: bool) -> PyResult<Option<Owned<Bytes>>> {
        loop {
            let step = if all.len() > LARGE { all.len() >> 3 } else { 256 + all.len() };
            let room = step.max(8192);
            if all.try_reserve(room).is_err() {
                return Err(thread.overflow_error("unbounded read returned more bytes than a Python bytes object can hold"));
            }
            // SAFETY: the reserved room is written to; then the length covers what was.
            match unsafe { self.read_raw(thread, all.as_mut_ptr().add(all.len()), room) }? {
                None if !some => return Ok(None),
                None | Some(0) => break,
                Some(count) => {
                    // SAFETY: as above.
                    unsafe { all.set_len(all.len() + count) };
                    some = true;
                }
            }
        }
        Ok(Some(Bytes::from_slice(thread, &all)?))
    }

    fn mode_text(&self) -> &'static str {
        match (self.created.get(), self.appending.get(), self.readable.get(), self.writable.get()) {
            (true, _, true, _) => "xb+",
            (true, ..) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, ..) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, false) => "rb",
            _ => "wb",
        }
    }

    /// Whether it is a terminal; `fstat`'s answer at opening spares the question for plain files.
    pub fn is_terminal_if_device(&self, _thread: &Thread) -> bool {
        // SAFETY: a system call.
        self.character_device.get() && unsafe { libc::isatty(self.fd.get()) } == 1
    }

    /// The warning about a file that nobody closed.
    pub fn warn_if_open(&self, thread: &Thread, source: &Object) {
        if self.is_open() && self.closefd.get() {
            util::warn_unclosed(thread, source);
        }
    }

    /// Whether seeking works, asked once.
    pub fn can_seek(&self, thread: &Thread) -> PyResult<bool> {
        self.check_open(thread)?;
        if self.seekable.get() < 0 {
            let _ = self.seek_to(thread, 0, libc::SEEK_CUR)?;
        }
        Ok(self.seekable.get() == 1)
    }
}

/// Open a file.
///
/// The mode can be 'r' (default), 'w', 'x' or 'a' for reading,
/// writing, exclusive creation or appending. The file will be created if it
/// doesn't exist when opened for writing or appending; it will be truncated
/// when opened for writing. A FileExistsError will be raised if it already
/// exists when opened for creating. Add a '+' to the mode to allow simultaneous
/// reading and writing. A custom opener can be used by passing a callable as
/// *opener*; it is called with (*name*, *flags*) and must return an open file
/// descriptor.
#[pyclass(name = "FileIO", module = "_io", traverse = [base], base = RawIoBase::TYPE, flags = abi::Py_TPFLAGS_BASETYPE)]
impl FileIo {
    #[slot]
    fn tp_new(cls: &Type, thread: &Thread, _args: &Tuple, _kwargs: Option<&Dict>) -> PyResult<Obj> {
        Ok(cls.instantiate(thread, FileIo::fresh())?.upcast())
    }
    #[init(sig = "(file, mode='r', closefd=True, opener=None)")]
    fn init(&self, thread: &Thread, file: &Object, mode: Option<&Str>, closefd: bool, opener: Option<&Object>) -> PyResult<()> {
        let mode = match mode {
            Some(mode) => mode.to_rust(thread)?,
            None => "r".to_string(),
        };
        self.initialize(thread, file, &mode, closefd, opener)
    }
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: by contract.
        unsafe { dealloc_stream::<FileIo>(object) }
    }
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let ty = self.ty().full_name();
        if !self.is_open() {
            return Str::from_str(thread, &format!("<{ty} [closed]>"));
        }
        let closefd = if self.closefd.get() { "True" } else { "False" };
        let mut out = pyrox_objects::text_writer::TextWriter::new();
        match self.lookup_attr(thread, intern!("name"))? {
            None => out.push_str(&format!("<{ty} fd={}", self.fd.get())),
            Some(name) => {
                let Some(_guard) = pyrox_objects::repr_guard::enter(self) else {
                    return Err(thread.runtime_error(&format!("reentrant call inside {}.__repr__", self.ty().full_name())));
                };
                out.push_str(&format!("<{ty} name="));
                out.push(&*name.repr(thread)?);
            }
        }
        out.push_str(&format!(" mode='{}' closefd={closefd}>", self.mode_text()));
        out.finish(thread)
    }
    /// Read at most size bytes, returned as bytes.
    #[method(sig = "(size=-1, /)")]
    pub fn read(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Option<Obj>> {
        self.check_mode(thread, self.readable.get(), "reading")?;
        let size = optional_size(thread, size, -1)?;
        if size < 0 {
            return self.readall(thread);
        }
        let size = (size as usize).min(MOST);
        let result = Bytes::uninit(thread, size)?;
        // SAFETY: fresh memory of that size.
        Ok(match unsafe { self.read_raw(thread, result.data(), size) }? {
            None => None,
            Some(count) if count == size && size > 1 => Some(result.upcast()),
            Some(count) => Some(Bytes::from_slice(thread, &result.as_slice()[..count])?.upcast()),
        })
    }
    /// Read all data from the file, returned as bytes.
    #[method]
    pub fn readall(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        self.check_open(thread)?;
        Ok(self.read_all(thread, &[])?.map(Owned::upcast))
    }
    /// Same as RawIOBase.readinto().
    #[method]
    fn readinto(&self, thread: &Thread, buffer: &Object) -> PyResult<Option<usize>> {
        let target = util::writable_argument(thread, "readinto", buffer)?;
        // SAFETY: the export is that long.
        unsafe { self.read_raw(thread, target.as_mut_ptr(), target.len()) }
    }
    /// Write buffer b to file, return number of bytes written.
    #[method]
    fn write(&self, thread: &Thread, b: &Object) -> PyResult<Option<usize>> {
        let source = Buffer::simple(thread, b)?;
        self.write_raw(thread, source.as_slice())
    }
    /// Move to new file position and return the file position.
    #[method(sig = "(pos, whence=0, /)")]
    fn seek(&self, thread: &Thread, pos: &Object, whence: i32) -> PyResult<i64> {
        self.check_open(thread)?;
        let to = pos.index(thread)?;
        let Some(to) = to.to_i64() else { return Err(thread.overflow_error("Python int too large to convert to C long")) };
        self.seek_position(thread, to, whence)
    }
    /// Current file position.
    #[method]
    fn tell(&self, thread: &Thread) -> PyResult<i64> {
        self.seek_position(thread, 0, libc::SEEK_CUR)
    }
    /// Truncate the file to at most size bytes and return the truncated size.
    #[method(sig = "(size=None, /)")]
    fn truncate(&self, thread: &Thread, size: Option<&Object>) -> PyResult<Obj> {
        self.check_mode(thread, self.writable.get(), "writing")?;
        let size = match size.filter(|s| !s.is_none()) {
            Some(size) => size.own(),
            None => int(self.seek_position(thread, 0, libc::SEEK_CUR)?),
        };
        let length = offset(thread, &size, None)?;
        // SAFETY: a system call.
        match retry(thread, || unsafe { libc::ftruncate(self.fd.get(), length) } as isize)? {
            Ok(_) => Ok(size),
            Err(number) => Err(thread.os_error(number, None)),
        }
    }
    /// Close the file.
    #[method]
    fn close(&self, thread: &Thread) -> PyResult<Obj> {
        let base = RawIoBase::ty().getattr(thread, intern!("close"))?;
        let result = base.call(thread, &[self]);
        if !self.closefd.get() {
            self.fd.set(-1);
            return result;
        }
        let first = if result.is_err() { thread.take_raised() } else { None };
        if self.finalizing.get() {
            self.warn_if_open(thread, self);
        }
        let closed = self.close_fd(thread).map(|()| none());
        util::chain(thread, first, closed)
    }
    /// True if file supports random-access.
    #[method]
    fn seekable(&self, thread: &Thread) -> PyResult<bool> {
        self.can_seek(thread)
    }
    /// True if file was opened in a read mode.
    #[method]
    fn readable(&self, thread: &Thread) -> PyResult<bool> {
        self.check_open(thread)?;
        Ok(self.readable.get())
    }
    /// True if file was opened in a write mode.
    #[method]
    fn writable(&self, thread: &Thread) -> PyResult<bool> {
        self.check_open(thread)?;
        Ok(self.writable.get())
    }
    /// Return the underlying file descriptor (an integer).
    #[method]
    fn fileno(&self, thread: &Thread) -> PyResult<i32> {
        self.check_open(thread)?;
        Ok(self.fd.get())
    }
    /// True if the file is connected to a TTY device.
    #[method]
    fn isatty(&self, thread: &Thread) -> PyResult<bool> {
        self.check_open(thread)?;
        // SAFETY: a system call.
        Ok(unsafe { libc::isatty(self.fd.get()) } == 1)
    }
    #[method(name = "_isatty_open_only")]
    fn isatty_open_only(&self, thread: &Thread) -> PyResult<bool> {
        if !self.character_device.get() {
            return Ok(false);
        }
        self.isatty(thread)
    }
    #[method(name = "_dealloc_warn", sig = "(object, /)")]
    fn dealloc_warn(&self, thread: &Thread, object: &Object) {
        self.warn_if_open(thread, object);
    }
    #[method]
    fn __getstate__(&self, thread: &Thread) -> PyResult<Obj> {
        Err(util::no_pickling(thread, self))
    }
    /// True if the file is closed
    #[getter]
    fn closed(&self) -> bool {
        !self.is_open()
    }
    /// True if the file descriptor will be closed by close().
    #[getter]
    fn closefd(&self) -> bool {
        self.closefd.get()
    }
    /// String giving the file mode
    #[getter]
    fn mode(&self) -> &'static str {
        self.mode_text()
    }
    /// Preferred I/O block size
    #[getter(name = "_blksize")]
    fn blksize(&self) -> i64 {
        self.blksize.get()
    }
    #[getter(name = "_finalizing")]
    fn finalizing(&self) -> bool {
        self.finalizing.get()
    }
    #[setter(name = "_finalizing")]
    fn set_finalizing(&self, thread: &Thread, value: Option<&Object>) -> PyResult<()> {
        match value {
            Some(value) => self.finalizing.set(value.is_true(thread)?),
            None => return Err(thread.type_error("can't delete numeric/char attribute")),
        }
        Ok(())
    }
}

/// The object as a file whose methods nobody overrides.
pub fn plain(object: &Object) -> Option<&FileIo> {
    object.exact::<FileIo>()
}
