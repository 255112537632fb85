//! `pwd` and `grp`: the system's users and groups.

use std::ffi::{CStr, CString, c_char};

use pyrox_objects::{Obj, PyResult, Str, Thread, exceptions, none};

use crate::paths::{decode_name, encode_name};

/// Text of the C library, or `None`.
fn text(thread: &Thread, text: *const c_char) -> PyResult<Obj> {
    if text.is_null() {
        return Ok(none());
    }
    // SAFETY: NUL-terminated and good until the next call; the lock is held.
    Ok(decode_name(thread, unsafe { CStr::from_ptr(text) }.to_bytes())?.upcast())
}

fn c_name(thread: &Thread, name: &Str) -> PyResult<CString> {
    CString::new(encode_name(thread, name)?).map_err(|_| thread.value_error("embedded null byte"))
}

fn not_found(thread: &Thread, message: &str) -> pyrox_objects::Raised {
    match Str::from_str(thread, message) {
        Ok(message) => thread.error_with(exceptions::key_error(), &message),
        Err(raised) => raised,
    }
}

pub mod pwd {
    //! `pwd`.
    use super::*;
    use pyrox_macros::{pyfunction, pymodule};
    use pyrox_objects::struct_sequence::{StructSequence, field};
    use pyrox_objects::{Int, List, Module, Object, Owned};

    use crate::paths::Uid;

    pymodule!(
        name = "pwd",
        doc = "Access to the database of user accounts.\n\nEntries have the fields pw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir and pw_shell.",
        functions = [getpwuid, getpwnam, getpwall],
        exec = exec
    );

    static STRUCT_PASSWD: StructSequence = StructSequence::new(
        c"pwd.struct_passwd",
        c"An entry of the database of user accounts.",
        &[
            field(c"pw_name", c"user name"),
            field(c"pw_passwd", c"password"),
            field(c"pw_uid", c"user id"),
            field(c"pw_gid", c"group id"),
            field(c"pw_gecos", c"real name"),
            field(c"pw_dir", c"home directory"),
            field(c"pw_shell", c"shell program"),
        ],
        7,
    );

    fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
        STRUCT_PASSWD.add_to(thread, module)
    }

    fn entry(thread: &Thread, found: &libc::passwd) -> PyResult<Obj> {
        let number = |id: u32| Int::from(Uid::to_object(id)).upcast();
        let fields = [
            text(thread, found.pw_name)?,
            text(thread, found.pw_passwd)?,
            number(found.pw_uid),
            number(found.pw_gid),
            text(thread, found.pw_gecos)?,
            text(thread, found.pw_dir)?,
            text(thread, found.pw_shell)?,
        ];
        STRUCT_PASSWD.make(thread, fields)
    }

    /// Return the password database entry for the given numeric user ID.
    #[pyfunction(sig = "(uidobj, /)")]
    pub fn getpwuid(thread: &Thread, uidobj: &Object) -> PyResult<Obj> {
        let uid = match Uid::from_object(thread, uidobj) {
            Ok(uid) => uid.0,
            Err(_) if thread.take_if(exceptions::overflow_error()) => return Err(not_found(thread, "getpwuid(): uid not found")),
            Err(raised) => return Err(raised),
        };
        // SAFETY: the entry is good until the next call; the lock is held.
        match unsafe { libc::getpwuid(uid).as_ref() } {
            Some(found) => entry(thread, found),
            None => Err(not_found(thread, &format!("getpwuid(): uid not found: {}", Uid::to_object(uid)))),
        }
    }

    /// Return the password database entry for the given user name.
    #[pyfunction(sig = "(name, /)")]
    pub fn getpwnam(thread: &Thread, name: &Str) -> PyResult<Obj> {
        let c_name = c_name(thread, name)?;
        // SAFETY: as above; the name ends in NUL.
        match unsafe { libc::getpwnam(c_name.as_ptr()).as_ref() } {
            Some(found) => entry(thread, found),
            None => Err(not_found(thread, &format!("getpwnam(): name not found: {}", name.repr(thread)?))),
        }
    }

    /// Return a list of all available password database entries, in arbitrary order.
    #[pyfunction]
    pub fn getpwall(thread: &Thread) -> PyResult<Owned<List>> {
        let mut all = Vec::new();
        // SAFETY: each entry is read before the next is asked for.
        unsafe {
            libc::setpwent();
            while let Some(found) = libc::getpwent().as_ref() {
                match entry(thread, found) {
                    Ok(entry) => all.push(entry),
                    Err(raised) => {
                        libc::endpwent();
                        return Err(raised);
                    }
                }
            }
            libc::endpwent();
        }
        List::from_vec(thread, all)
    }
}

pub mod grp {
    //! `grp`.
    use super::*;
    use pyrox_macros::{pyfunction, pymodule};
    use pyrox_objects::struct_sequence::{StructSequence, field};
    use pyrox_objects::{Int, List, Module, Object, Owned};

    use crate::paths::Gid;

    pymodule!(
        name = "grp",
        doc = "Access to the database of groups.\n\nEntries have the fields gr_name, gr_passwd, gr_gid and gr_mem.",
        functions = [getgrgid, getgrnam, getgrall],
        exec = exec
    );

    static STRUCT_GROUP: StructSequence = StructSequence::new(
        c"grp.struct_group",
        c"An entry of the database of groups.",
        &[
            field(c"gr_name", c"group name"),
            field(c"gr_passwd", c"password"),
            field(c"gr_gid", c"group id"),
            field(c"gr_mem", c"group members"),
        ],
        4,
    );

    fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
        STRUCT_GROUP.add_to(thread, module)
    }

    fn entry(thread: &Thread, found: &libc::group) -> PyResult<Obj> {
        let mut members = Vec::new();
        // SAFETY: a null-terminated array of texts.
        unsafe {
            let mut member = found.gr_mem;
            while !member.is_null() && !(*member).is_null() {
                members.push(text(thread, *member)?);
                member = member.add(1);
            }
        }
        let members = List::from_vec(thread, members)?.upcast();
        let number = Int::from(Gid::to_object(found.gr_gid)).upcast();
        STRUCT_GROUP.make(thread, [text(thread, found.gr_name)?, text(thread, found.gr_passwd)?, number, members])
    }

    /// Return the group database entry for the given numeric group ID.
    #[pyfunction(sig = "(id)")]
    pub fn getgrgid(thread: &Thread, id: &Object) -> PyResult<Obj> {
        let gid = match Gid::from_object(thread, id) {
            Ok(gid) => gid.0,
            Err(_) if thread.take_if(exceptions::overflow_error()) => return Err(not_found(thread, "getgrgid(): gid not found")),
            Err(raised) => return Err(raised),
        };
        // SAFETY: the entry is good until the next call; the lock is held.
        match unsafe { libc::getgrgid(gid).as_ref() } {
            Some(found) => entry(thread, found),
            None => Err(not_found(thread, &format!("getgrgid(): gid not found: {}", Gid::to_object(gid)))),
        }
    }

    /// Return the group database entry for the given group name.
    #[pyfunction(sig = "(name)")]
    pub fn getgrnam(thread: &Thread, name: &Str) -> PyResult<Obj> {
        let c_name = c_name(thread, name)?;
        // SAFETY: as above; the name ends in NUL.
        match unsafe { libc::getgrnam(c_name.as_ptr()).as_ref() } {
            Some(found) => entry(thread, found),
            None => Err(not_found(thread, &format!("getgrnam(): name not found: {}", name.repr(thread)?))),
        }
    }

    /// Return a list of all available group entries, in arbitrary order.
    #[pyfunction]
    pub fn getgrall(thread: &Thread) -> PyResult<Owned<List>> {
        let mut all = Vec::new();
        // SAFETY: each entry is read before the next is asked for.
        unsafe {
            libc::setgrent();
            while let Some(found) = libc::getgrent().as_ref() {
                match entry(thread, found) {
                    Ok(entry) => all.push(entry),
                    Err(raised) => {
                        libc::endgrent();
                        return Err(raised);
                    }
                }
            }
            libc::endgrent();
        }
        List::from_vec(thread, all)
    }
}
