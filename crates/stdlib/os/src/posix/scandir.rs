//! `scandir`: entries of a directory that remember what the system said of them.

use std::cell::{Cell, RefCell};

use pyrox_macros::{pyclass, pyfunction};
use pyrox_objects::native::{NO_MEMBER, Rest, object_member};
use pyrox_objects::{Head, Obj, ObjCell, Object, Owned, PyResult, PyType, Thread, Type, generic_alias, intern};

use super::files::{Directory, Entry};
use super::status::stat_result;
use crate::paths::{Path, PathFdOrNone};
use crate::system::last_errno;

/// What `scandir` gives: an iterator and a context manager.
#[repr(C)]
pub struct ScandirIterator {
    head: Head,
    directory: RefCell<Option<Directory>>,
    path: Path,
}

/// Return an iterator of DirEntry objects for given path.
///
/// The entries come in no particular order, without '.' and '..'. path is a str, bytes, path-like object or
/// an open descriptor; the entries' names are bytes if it is bytes.
#[pyfunction(sig = "(path=None)")]
pub fn scandir(thread: &Thread, path: Option<PathFdOrNone>) -> PyResult<Obj> {
    let path = path.unwrap_or_else(PathFdOrNone::current).into_path();
    let directory = Directory::open(thread, &path)?;
    let iterator = ScandirIterator { head: Head::unset(), directory: RefCell::new(Some(directory)), path };
    Ok(ScandirIterator::ty().instantiate(thread, iterator)?.upcast())
}

impl ScandirIterator {
    fn shut(&self) {
        let closed = self.directory.try_borrow_mut().ok().and_then(|mut directory| directory.take());
        drop(closed);
    }
}

#[pyclass(name = "ScandirIterator", module = "posix")]
impl ScandirIterator {
    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: *mut pyrox_objects::abi::PyObject) {
        // SAFETY: by contract: the last reference is gone.
        unsafe {
            if pyrox_objects::gc::call_finalizer(object) {
                pyrox_objects::native::dealloc_drop::<ScandirIterator>(object);
            }
        }
    }

    #[slot]
    fn tp_iter(&self) -> Obj {
        (**self).own()
    }

    #[slot]
    fn tp_iternext(&self, thread: &Thread) -> PyResult<Option<Obj>> {
        let entry = match self.directory.try_borrow() {
            Ok(directory) => match &*directory {
                Some(directory) => directory.next(thread, &self.path.object),
                None => return Ok(None),
            },
            Err(_) => return Ok(None),
        };
        match entry {
            Ok(Some(entry)) => Ok(Some(DirEntry::new(thread, &self.path, entry)?.upcast())),
            Ok(None) => {
                self.shut();
                Ok(None)
            }
            Err(raised) => {
                self.shut();
                Err(raised)
            }
        }
    }

    #[slot]
    fn tp_finalize(&self, thread: &Thread) {
        let open = self.directory.try_borrow().is_ok_and(|directory| directory.is_some());
        if open {
            let raised = thread.take_raised();
            let shown = (**self).repr(thread).map(|text| text.to_string_lossy().into_owned()).unwrap_or_default();
            let warned = pyrox_objects::hooks::warn(
                thread,
                pyrox_objects::exceptions::resource_warning(),
                &format!("unclosed scandir iterator {shown}"),
            );
            if warned.is_err() {
                pyrox_objects::unraisable::write(thread, None, Some(self));
            }
            self.shut();
            thread.set_raised(raised);
        }
    }

    #[method]
    fn __enter__(&self) -> Obj {
        (**self).own()
    }

    #[method(sig = "(*args)", text = "($self, /, *args)")]
    fn __exit__(&self, args: Rest<'_>) {
        let _ = args;
        self.shut();
    }

    /// Close the directory.
    #[method]
    fn close(&self) {
        self.shut();
    }
}

/// An entry of a directory.
#[repr(C)]
pub struct DirEntry {
    head: Head,
    name: ObjCell,
    path: ObjCell,
    stat: ObjCell,
    lstat: ObjCell,
    /// The entry's name as the system takes it: relative to `fd` if that is a directory's descriptor.
    text: Vec<u8>,
    fd: i32,
    kind: Cell<u8>,
    inode: u64,
}

impl DirEntry {
    fn new(thread: &Thread, directory: &Path, entry: Entry) -> PyResult<Owned<DirEntry>> {
        let name = directory.name(thread, &entry.name)?;
        let (path, mut text) = if directory.fd != -1 {
            (name.clone(), entry.name)
        } else {
            let mut joined = directory.as_bytes().to_vec();
            if joined.last().is_some_and(|&last| last != b'/') {
                joined.push(b'/');
            }
            joined.extend_from_slice(&entry.name);
            (directory.name(thread, &joined)?, joined)
        };
        text.push(0);
        DirEntry::ty().instantiate(
            thread,
            DirEntry {
                head: Head::unset(),
                name: ObjCell::new(Some(name)),
                path: ObjCell::new(Some(path)),
                stat: ObjCell::empty(),
                lstat: ObjCell::empty(),
                text,
                fd: directory.fd,
                kind: Cell::new(entry.kind),
                inode: entry.inode,
            },
        )
    }

    fn fetch(&self, thread: &Thread, follow: bool) -> PyResult<Obj> {
        // SAFETY: plain data that the call fills; the text ends in NUL.
        let (result, stat) = unsafe {
            let mut stat: libc::stat = std::mem::zeroed();
            let from = if self.fd != -1 { self.fd } else { libc::AT_FDCWD };
            let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
            (libc::fstatat(from, self.text.as_ptr() as *const _, &mut stat, flags), stat)
        };
        if result == -1 {
            return Err(thread.os_error(last_errno(), self.path.get().as_deref()));
        }
        stat_result(thread, &stat)
    }

    fn lstat(&self, thread: &Thread) -> PyResult<Obj> {
        if let Some(known) = self.lstat.get() {
            return Ok(known);
        }
        let made = self.fetch(thread, false)?;
        self.lstat.set(Some(made.clone()));
        Ok(made)
    }

    fn status(&self, thread: &Thread, follow: bool) -> PyResult<Obj> {
        if !follow {
            return self.lstat(thread);
        }
        if let Some(known) = self.stat.get() {
            return Ok(known);
        }
        let made = if self.is_link(thread)? { self.fetch(thread, true)? } else { self.lstat(thread)? };
        self.stat.set(Some(made.clone()));
        Ok(made)
    }

    fn is_link(&self, thread: &Thread) -> PyResult<bool> {
        if self.kind.get() != libc::DT_UNKNOWN {
            return Ok(self.kind.get() == libc::DT_LNK);
        }
        self.has_mode(thread, false, libc::S_IFLNK)
    }

    fn has_mode(&self, thread: &Thread, follow: bool, wanted: libc::mode_t) -> PyResult<bool> {
        let stat = match self.status(thread, follow) {
            Ok(stat) => stat,
            // Gone in the meantime, or a link to nowhere: none of these.
            Err(_) if thread.take_if(pyrox_objects::exceptions::file_not_found_error()) => return Ok(false),
            Err(raised) => return Err(raised),
        };
        let mode = stat.getattr(thread, intern!("st_mode"))?.index(thread)?.to_i64().unwrap_or(0);
        Ok(mode as libc::mode_t & libc::S_IFMT == wanted)
    }

    fn test(&self, thread: &Thread, follow: bool, wanted: libc::mode_t) -> PyResult<bool> {
        let kind = self.kind.get();
        if kind == libc::DT_UNKNOWN || (follow && kind == libc::DT_LNK) {
            return self.has_mode(thread, follow, wanted);
        }
        Ok(match kind {
            libc::DT_DIR => wanted == libc::S_IFDIR,
            libc::DT_REG => wanted == libc::S_IFREG,
            _ => false,
        })
    }
}

#[pyclass(name = "DirEntry", module = "posix", dealloc = drop,
    members = &[object_member(c"name", std::mem::offset_of!(DirEntry, name), true),
        object_member(c"path", std::mem::offset_of!(DirEntry, path), true), NO_MEMBER])]
impl DirEntry {
    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<String> {
        let name = self.name.get().unwrap_or_else(pyrox_objects::none);
        Ok(format!("<DirEntry {}>", name.repr(thread)?))
    }

    /// Return True if the entry is a directory; cached per entry.
    #[method(sig = "(*, follow_symlinks=True)", text = "($self, /, *, follow_symlinks=True)")]
    fn is_dir(&self, thread: &Thread, follow_symlinks: bool) -> PyResult<bool> {
        self.test(thread, follow_symlinks, libc::S_IFDIR)
    }

    /// Return True if the entry is a file; cached per entry.
    #[method(sig = "(*, follow_symlinks=True)", text = "($self, /, *, follow_symlinks=True)")]
    fn is_file(&self, thread: &Thread, follow_symlinks: bool) -> PyResult<bool> {
        self.test(thread, follow_symlinks, libc::S_IFREG)
    }

    /// Return True if the entry is a symbolic link; cached per entry.
    #[method]
    fn is_symlink(&self, thread: &Thread) -> PyResult<bool> {
        self.is_link(thread)
    }

    /// Return True if the entry is a junction; cached per entry.
    #[method]
    fn is_junction(&self) -> bool {
        false
    }

    /// Return stat_result object for the entry; cached per entry.
    #[method(sig = "(*, follow_symlinks=True)", text = "($self, /, *, follow_symlinks=True)")]
    fn stat(&self, thread: &Thread, follow_symlinks: bool) -> PyResult<Obj> {
        self.status(thread, follow_symlinks)
    }

    /// Return inode of the entry; cached per entry.
    #[method]
    fn inode(&self) -> u64 {
        self.inode
    }

    /// Returns the path for the entry.
    #[method]
    fn __fspath__(&self) -> Option<Obj> {
        self.path.get()
    }

    /// See PEP 585
    #[classmethod(sig = "(object, /)", text = "($type, object, /)")]
    fn __class_getitem__(cls: &Type, thread: &Thread, object: &Object) -> PyResult<Obj> {
        generic_alias::new(thread, cls, object)
    }
}
