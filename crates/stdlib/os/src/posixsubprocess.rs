//! `_posixsubprocess`: fork, set up the child, exec.

use std::ffi::{CString, c_int};

use pyrox_macros::{pyfunction, pymodule};
use pyrox_objects::{Bytes, Int, Object, PyResult, Thread, Tuple};

use crate::paths::{Gid, Name, Uid};
use crate::posix::{CStrings, after_fork_child, after_fork_parent, before_fork, close_range};
use crate::system::last_errno;

pymodule!(name = "_posixsubprocess", doc = "The part of subprocess that runs between fork and exec.", functions = [fork_exec]);

/// All that the child needs, made ready before the fork.
struct Child<'a> {
    programs: CStrings,
    arguments: CStrings,
    environment: Option<CStrings>,
    cwd: Option<Name>,
    close_fds: bool,
    keep: Vec<c_int>,
    input: [c_int; 2],
    output: [c_int; 2],
    errors: [c_int; 2],
    report: [c_int; 2],
    restore_signals: bool,
    new_session: bool,
    group: c_int,
    gid: Option<libc::gid_t>,
    groups: Option<Vec<libc::gid_t>>,
    uid: Option<libc::uid_t>,
    umask: c_int,
    before_exec: Option<&'a Object>,
}

/// Why the child could not exec: the step's name for the parent, and the error number.
struct Failure {
    step: &'static str,
    errno: c_int,
}

const SETUP: &str = "noexec";

fn succeed(result: c_int) -> Result<c_int, Failure> {
    if result == -1 { Err(Failure { step: SETUP, errno: last_errno() }) } else { Ok(result) }
}

impl Child<'_> {
    /// Runs in the child; comes back with the reason if it fails.
    fn run(&self, thread: &Thread) -> Failure {
        match self.set_up(thread) {
            Ok(()) => self.exec(),
            Err(failure) => failure,
        }
    }

    fn set_up(&self, thread: &Thread) -> Result<(), Failure> {
        // SAFETY: plain system calls in a child of one thread.
        unsafe {
            for &fd in &self.keep {
                if fd != self.report[1] {
                    let flags = succeed(libc::fcntl(fd, libc::F_GETFD))?;
                    succeed(libc::fcntl(fd, libc::F_SETFD, flags & !libc::FD_CLOEXEC))?;
                }
            }
            // The parent's ends.
            for fd in [self.input[1], self.output[0], self.errors[0]] {
                if fd != -1 {
                    succeed(libc::close(fd))?;
                }
            }
            succeed(libc::close(self.report[0]))?;
            // A descriptor that is in the way of another's place moves up first.
            let (mut output, mut errors) = (self.output[1], self.errors[1]);
            if output == 0 {
                output = succeed(libc::dup(output))?;
            }
            while errors == 0 || errors == 1 {
                errors = succeed(libc::dup(errors))?;
            }
            for (from, to) in [(self.input[0], 0), (output, 1), (errors, 2)] {
                if from == to {
                    let flags = succeed(libc::fcntl(from, libc::F_GETFD))?;
                    succeed(libc::fcntl(from, libc::F_SETFD, flags & !libc::FD_CLOEXEC))?;
                } else if from != -1 {
                    succeed(libc::dup2(from, to))?;
                }
            }
            if let Some(cwd) = &self.cwd {
                if libc::chdir(cwd.c()) == -1 {
                    return Err(Failure { step: "noexec:chdir", errno: last_errno() });
                }
            }
            if self.umask >= 0 {
                libc::umask(self.umask as libc::mode_t);
            }
            if self.restore_signals {
                for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
                    libc::signal(signal, libc::SIG_DFL);
                }
            }
            if self.new_session {
                succeed(libc::setsid())?;
            }
            if self.group >= 0 {
                succeed(libc::setpgid(0, self.group))?;
            }
            if let Some(groups) = &self.groups {
                succeed(libc::setgroups(groups.len(), groups.as_ptr()))?;
            }
            if let Some(gid) = self.gid {
                succeed(libc::setregid(gid, gid))?;
            }
            if let Some(uid) = self.uid {
                succeed(libc::setreuid(uid, uid))?;
            }
        }
        if let Some(function) = self.before_exec {
            if function.call(thread, &[]).is_err() {
                return Err(Failure { step: "Exception occurred in preexec_fn.", errno: 0 });
            }
        }
        if self.close_fds {
            let mut low = 3;
            for &fd in &self.keep {
                if fd >= low {
                    close_range(low, fd);
                    low = fd + 1;
                }
            }
            close_range(low, c_int::MAX);
        }
        Ok(())
    }

    /// Try the candidates in turn; the first error that is not "not there" is told.
    fn exec(&self) -> Failure {
        let mut saved = 0;
        // SAFETY: null-terminated texts and arrays.
        unsafe {
            let mut program = self.programs.as_const_ptr();
            while !(*program).is_null() {
                match &self.environment {
                    Some(environment) => libc::execve(*program, self.arguments.as_const_ptr(), environment.as_const_ptr()),
                    None => libc::execv(*program, self.arguments.as_const_ptr()),
                };
                let errno = last_errno();
                if errno != libc::ENOENT && errno != libc::ENOTDIR && saved == 0 {
                    saved = errno;
                }
                program = program.add(1);
            }
        }
        Failure { step: "", errno: if saved != 0 { saved } else { last_errno() } }
    }
}

/// Spawn a fresh new child process.
///
/// The child gets the given descriptors as its standard ones and all but pass_fds are closed if
/// close_fds is true. What goes wrong before the exec is written to errpipe_write as subprocess reads it.
/// The result is the child's process id.
#[pyfunction(
    sig = "(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)"
)]
pub fn fork_exec(
    thread: &Thread,
    args: &Object,
    executable_list: &Object,
    close_fds: bool,
    pass_fds: &Tuple,
    cwd: &Object,
    env: &Object,
    p2cread: i32,
    p2cwrite: i32,
    c2pread: i32,
    c2pwrite: i32,
    errread: i32,
    errwrite: i32,
    errpipe_read: i32,
    errpipe_write: i32,
    restore_signals: bool,
    call_setsid: bool,
    pgid_to_set: i32,
    gid: &Object,
    extra_groups: &Object,
    uid: &Object,
    child_umask: i32,
    preexec_fn: &Object,
) -> PyResult<i32> {
    if close_fds && errpipe_write < 3 {
        return Err(thread.value_error("errpipe_write must be >= 3"));
    }
    let mut keep = Vec::with_capacity(pass_fds.len());
    for item in pass_fds.to_vec() {
        let fd = item.cast::<Int>().and_then(Int::to_i64).and_then(|fd| c_int::try_from(fd).ok());
        match fd.filter(|&fd| fd >= 0 && keep.last().is_none_or(|&last| fd > last)) {
            Some(fd) => keep.push(fd),
            None => return Err(thread.value_error("bad value(s) in fds_to_keep")),
        }
    }
    // The caller has encoded these, so only bytes are taken.
    let bytes_of = |items: &Object| -> PyResult<CStrings> {
        let mut texts: Vec<CString> = Vec::new();
        for item in items.to_items(thread)? {
            let Some(bytes) = item.cast::<Bytes>() else {
                return Err(thread.type_error(&format!("expected bytes, {} found", item.ty().name())));
            };
            texts.push(CString::new(bytes.as_slice()).map_err(|_| thread.value_error("embedded null byte"))?);
        }
        Ok(CStrings::new(texts))
    };
    let child = Child {
        programs: bytes_of(executable_list)?,
        arguments: CStrings::of(thread, args)?,
        environment: if env.is_none() { None } else { Some(bytes_of(env)?) },
        cwd: if cwd.is_none() { None } else { Some(Name::from_object(thread, cwd)?) },
        close_fds,
        keep,
        input: [p2cread, p2cwrite],
        output: [c2pread, c2pwrite],
        errors: [errread, errwrite],
        report: [errpipe_read, errpipe_write],
        restore_signals,
        new_session: call_setsid,
        group: pgid_to_set,
        gid: if gid.is_none() { None } else { Some(Gid::from_object(thread, gid)?.0) },
        groups: if extra_groups.is_none() {
            None
        } else {
            let items = extra_groups.to_items(thread)?;
            Some(items.iter().map(|item| Ok(Gid::from_object(thread, item)?.0)).collect::<PyResult<_>>()?)
        },
        uid: if uid.is_none() { None } else { Some(Uid::from_object(thread, uid)?.0) },
        umask: child_umask,
        before_exec: Some(preexec_fn).filter(|f| !f.is_none()),
    };
    if child.before_exec.is_some() {
        before_fork(thread);
    }
    // SAFETY: one thread runs Python code, and it goes on in the child until it execs or exits.
    let pid = unsafe { libc::fork() };
    let errno = last_errno();
    if pid == 0 {
        if child.before_exec.is_some() {
            after_fork_child(thread);
        }
        let failure = child.run(thread);
        let text = match failure.errno {
            0 => format!("SubprocessError:0:{}", failure.step),
            errno => format!("OSError:{errno:x}:{}", failure.step),
        };
        // SAFETY: the text's length is told; the child ends here.
        unsafe {
            libc::write(errpipe_write, text.as_ptr().cast(), text.len());
            libc::_exit(255);
        }
    }
    if child.before_exec.is_some() {
        after_fork_parent(thread);
    }
    if pid == -1 { Err(thread.os_error(errno, None)) } else { Ok(pid) }
}
