//! Processes: making them, ending them, waiting for them, who they are.

use std::cell::RefCell;
use std::ffi::{CString, c_char, c_int};

use pyrox_interpreter::interrupts;
use pyrox_macros::pyfunction;
use pyrox_objects::struct_sequence::{StructSequence, plain_field};
use pyrox_objects::{Int, List, Obj, Object, Owned, PyResult, Str, Thread, Tuple, intern};

use super::descriptors::set_inheritable_flag;
use crate::clock::SECOND;
use crate::paths::{Gid, Name, Path, PathOrFd, Uid, decode_name};
use crate::system::{check, fail, last_errno, retry};

pub static WAITID_RESULT: StructSequence = StructSequence::new(
    c"posix.waitid_result",
    c"What waitid() tells of a child.",
    &[plain_field(c"si_pid"), plain_field(c"si_uid"), plain_field(c"si_signo"), plain_field(c"si_status"), plain_field(c"si_code")],
    5,
);

fn int(value: i64) -> Obj {
    Int::from(value).upcast()
}

// --- fork and exec

/// Callables of `register_at_fork`.
#[derive(Default)]
struct ForkHooks {
    before: Vec<Obj>,
    child: Vec<Obj>,
    parent: Vec<Obj>,
}

thread_local! {
    static FORK_HOOKS: RefCell<ForkHooks> = RefCell::default();
}

fn run_hooks(thread: &Thread, hooks: Vec<Obj>) {
    for hook in hooks {
        if hook.call(thread, &[]).is_err() {
            pyrox_objects::unraisable::write(thread, None, Some(&hook));
        }
    }
}

/// What must happen before a fork.
pub fn before_fork(thread: &Thread) {
    let mut hooks = FORK_HOOKS.with_borrow(|hooks| hooks.before.clone());
    hooks.reverse();
    run_hooks(thread, hooks);
}

/// What must happen in the parent after a fork, whether it went well or not.
pub fn after_fork_parent(thread: &Thread) {
    run_hooks(thread, FORK_HOOKS.with_borrow(|hooks| hooks.parent.clone()));
}

/// What must happen in the child after a fork.
pub fn after_fork_child(thread: &Thread) {
    interrupts::forget_signals();
    run_hooks(thread, FORK_HOOKS.with_borrow(|hooks| hooks.child.clone()));
}

/// Register callables to be called when forking a new process.
///
/// before is called in the parent before the fork, last registered first; the others afterwards, in the
/// order of registration.
#[pyfunction(
    sig = "(*, before=None, after_in_child=None, after_in_parent=None)",
    text = "($module, /, *, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)"
)]
pub fn register_at_fork(
    thread: &Thread,
    before: Option<&Object>,
    after_in_child: Option<&Object>,
    after_in_parent: Option<&Object>,
) -> PyResult<()> {
    if before.is_none() && after_in_child.is_none() && after_in_parent.is_none() {
        return Err(thread.type_error("At least one argument is required."));
    }
    for (name, hook) in [("before", before), ("after_in_child", after_in_child), ("after_in_parent", after_in_parent)] {
        if let Some(hook) = hook.filter(|h| !h.is_callable()) {
            return Err(thread.type_error(&format!("'{name}' must be callable, not {}", hook.ty().name())));
        }
    }
    FORK_HOOKS.with_borrow_mut(|hooks| {
        hooks.before.extend(before.map(Object::own));
        hooks.child.extend(after_in_child.map(Object::own));
        hooks.parent.extend(after_in_parent.map(Object::own));
    });
    Ok(())
}

/// Fork a child process.
///
/// Return 0 to child process and PID of child to parent process.
#[pyfunction]
pub fn fork(thread: &Thread) -> PyResult<i32> {
    before_fork(thread);
    // SAFETY: one thread runs Python code, and it goes on in the child.
    let pid = unsafe { libc::fork() };
    let errno = last_errno();
    if pid == 0 {
        after_fork_child(thread);
    } else {
        after_fork_parent(thread);
    }
    if pid == -1 { Err(thread.os_error(errno, None)) } else { Ok(pid) }
}

/// Fork a new process with a new pseudo-terminal as controlling tty.
///
/// Returns a tuple of (pid, master_fd), the pid being 0 in the child.
#[pyfunction]
pub fn forkpty(thread: &Thread) -> PyResult<Owned<Tuple>> {
    before_fork(thread);
    let mut master = -1;
    // SAFETY: as in `fork`; room for the descriptor.
    let pid = unsafe { libc::forkpty(&mut master, std::ptr::null_mut(), std::ptr::null(), std::ptr::null()) };
    let errno = last_errno();
    if pid == 0 {
        after_fork_child(thread);
    } else {
        after_fork_parent(thread);
    }
    if pid == -1 {
        return Err(thread.os_error(errno, None));
    }
    if pid > 0 {
        set_inheritable_flag(thread, master, false)?;
    }
    Tuple::from_vec(thread, vec![int(pid as i64), int(master as i64)])
}

/// C strings and the null-terminated array of their addresses.
pub struct CStrings {
    _texts: Vec<CString>,
    pointers: Vec<*mut c_char>,
}

impl CStrings {
    pub fn new(texts: Vec<CString>) -> CStrings {
        let mut pointers: Vec<*mut c_char> = texts.iter().map(|text| text.as_ptr() as *mut c_char).collect();
        pointers.push(std::ptr::null_mut());
        CStrings { _texts: texts, pointers }
    }

    pub fn as_ptr(&self) -> *const *mut c_char {
        self.pointers.as_ptr()
    }

    pub fn as_const_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr() as *const *const c_char
    }

    /// The names that an iterable gives.
    pub fn of(thread: &Thread, items: &Object) -> PyResult<CStrings> {
        let mut texts = Vec::new();
        for item in items.to_items(thread)? {
            texts.push(Name::from_object(thread, &item)?.0);
        }
        Ok(CStrings::new(texts))
    }
}

/// A program's arguments: a tuple or list whose first item is not empty. `place` begins the messages.
pub fn arguments(thread: &Thread, place: &str, argv: &Object) -> PyResult<CStrings> {
    if !argv.is_instance::<List>() && !argv.is_instance::<Tuple>() {
        return Err(thread.type_error(&format!("{place} must be a tuple or list")));
    }
    if argv.len(thread)? == 0 {
        return Err(thread.value_error(&format!("{place} must not be empty")));
    }
    let strings = CStrings::of(thread, argv)?;
    if strings._texts.first().is_none_or(|first| first.is_empty()) {
        return Err(thread.value_error(&format!("{place} first element cannot be empty")));
    }
    Ok(strings)
}

/// `NAME=value` strings of a mapping.
pub fn environment(thread: &Thread, env: &Object) -> PyResult<CStrings> {
    let list = |name: &Str| env.call_method(thread, name, &[])?.to_items(thread);
    let (keys, values) = (list(intern!("keys"))?, list(intern!("values"))?);
    let mut texts = Vec::with_capacity(keys.len());
    for (key, value) in keys.iter().zip(&values) {
        let (key, value) = (Name::from_object(thread, key)?.0.into_bytes(), Name::from_object(thread, value)?.0.into_bytes());
        // A leading '=' is part of a name on Windows, so only later ones are refused.
        if key.is_empty() || key[1..].contains(&b'=') {
            return Err(thread.value_error("illegal environment variable name"));
        }
        let text = [&key[..], b"=", &value[..]].concat();
        texts.push(CString::new(text).map_err(|_| thread.value_error("embedded null byte"))?);
    }
    Ok(CStrings::new(texts))
}

/// The object has `PyMapping_Check`'s slot.
pub fn is_mapping(object: &Object) -> bool {
    // SAFETY: the table lives while the type does.
    unsafe { object.ty().raw().tp_as_mapping.get().as_ref() }.is_some_and(|table| table.mp_subscript.is_some())
}

/// Execute an executable path with arguments, replacing current process.
#[pyfunction(sig = "(path, argv, /)")]
pub fn execv(thread: &Thread, path: Path, argv: &Object) -> PyResult<()> {
    let argv = arguments(thread, "execv() arg 2", argv)?;
    // SAFETY: null-terminated texts and array.
    unsafe { libc::execv(path.c(), argv.as_const_ptr()) };
    Err(fail(thread))
}

/// Execute an executable path with arguments, replacing current process.
///
/// env is a dictionary of strings mapping.
#[pyfunction(sig = "(path, argv, env)")]
pub fn execve(thread: &Thread, path: PathOrFd, argv: &Object, env: &Object) -> PyResult<()> {
    if !argv.is_instance::<List>() && !argv.is_instance::<Tuple>() {
        return Err(thread.type_error("execve: argv must be a tuple or list"));
    }
    if !is_mapping(env) {
        return Err(thread.type_error("execve: environment must be a mapping object"));
    }
    let argv = arguments(thread, "execve: argv", argv)?;
    let env = environment(thread, env)?;
    // SAFETY: null-terminated texts and arrays.
    unsafe {
        if path.fd != -1 {
            libc::fexecve(path.fd, argv.as_const_ptr(), env.as_const_ptr());
        } else {
            libc::execve(path.c(), argv.as_const_ptr(), env.as_const_ptr());
        }
    }
    Err(thread.os_error(last_errno(), Some(&path.object)))
}

/// Exit to the system with specified status, without normal exit processing.
#[pyfunction(sig = "(status)")]
pub fn _exit(status: i32) {
    // SAFETY: it does not return.
    unsafe { libc::_exit(status) }
}

/// Abort the interpreter immediately.
#[pyfunction]
pub fn abort() {
    // SAFETY: it does not return.
    unsafe { libc::abort() }
}

/// Execute the command in a subshell.
#[pyfunction(sig = "(command)")]
pub fn system(command: Name) -> i32 {
    // SAFETY: the text ends in NUL.
    unsafe { libc::system(command.c()) }
}

// --- waiting

fn pid_and_status(thread: &Thread, pid: c_int, status: c_int) -> PyResult<Owned<Tuple>> {
    Tuple::from_vec(thread, vec![int(pid as i64), int(status as i64)])
}

/// Wait for completion of a child process.
///
/// Returns a tuple of information about the child process: (pid, status)
#[pyfunction]
pub fn wait(thread: &Thread) -> PyResult<Owned<Tuple>> {
    waitpid(thread, -1, 0)
}

/// Wait for completion of a given child process.
///
/// Returns a tuple of information regarding the child process: (pid, status)
#[pyfunction(sig = "(pid, options, /)")]
pub fn waitpid(thread: &Thread, pid: i32, options: i32) -> PyResult<Owned<Tuple>> {
    let mut status = 0;
    // SAFETY: room for the status.
    let pid = retry(thread, || unsafe { libc::waitpid(pid, &mut status, options) })?;
    pid_and_status(thread, pid, status)
}

/// Wait for completion of a child process.
///
/// Returns a tuple of information about the child process: (pid, status, rusage)
#[pyfunction(sig = "(options)")]
pub fn wait3(thread: &Thread, options: i32) -> PyResult<Owned<Tuple>> {
    wait4(thread, -1, options)
}

/// Wait for completion of a specific child process.
///
/// Returns a tuple of information about the child process: (pid, status, rusage)
#[pyfunction(sig = "(pid, options)")]
pub fn wait4(thread: &Thread, pid: i32, options: i32) -> PyResult<Owned<Tuple>> {
    let mut status = 0;
    // SAFETY: plain data that the call fills.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: room for both.
    let pid = retry(thread, || unsafe { libc::wait4(pid, &mut status, options, &mut usage) })?;
    let usage = crate::resource::rusage_object(thread, &usage)?;
    Tuple::from_vec(thread, vec![int(pid as i64), int(status as i64), usage])
}

/// Returns the result of waiting for a process or processes.
///
/// idtype is one of P_PID, P_PGID, P_ALL and P_PIDFD, options a combination of WEXITED, WSTOPPED,
/// WCONTINUED, WNOHANG and WNOWAIT. None if there is nothing to tell and WNOHANG was given.
#[pyfunction(sig = "(idtype, id, options, /)")]
pub fn waitid(thread: &Thread, idtype: i32, id: i32, options: i32) -> PyResult<Obj> {
    // SAFETY: plain data that the call fills.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    // SAFETY: room for the information.
    retry(thread, || unsafe { libc::waitid(idtype as libc::idtype_t, id as libc::id_t, &mut info, options) })?;
    // SAFETY: what waitid fills are these fields.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    if pid == 0 {
        return Ok(pyrox_objects::none());
    }
    let fields = [pid as i64, Uid::to_object(uid), info.si_signo as i64, status as i64, info.si_code as i64];
    WAITID_RESULT.make(thread, fields.map(int))
}

/// Convert a wait status to an exit code.
///
/// The status of exit() as it is, minus the number of a signal that ended the process.
#[pyfunction(sig = "(status)")]
pub fn waitstatus_to_exitcode(thread: &Thread, status: i32) -> PyResult<i32> {
    if libc::WIFEXITED(status) {
        return Ok(libc::WEXITSTATUS(status));
    }
    if libc::WIFSIGNALED(status) {
        return Ok(-libc::WTERMSIG(status));
    }
    if libc::WIFSTOPPED(status) {
        return Err(thread.value_error(&format!("process stopped by delivery of signal {}", libc::WSTOPSIG(status))));
    }
    Err(thread.value_error(&format!("invalid wait status: {status}")))
}

macro_rules! status_tests {
    ($($name:ident $sig:literal -> $ty:ty, $doc:literal;)*) => { $(
        #[doc = $doc]
        #[allow(non_snake_case)]
        #[pyfunction(sig = $sig)]
        pub fn $name(status: i32) -> $ty {
            libc::$name(status)
        }
    )* };
}
status_tests! {
    WCOREDUMP "(status, /)" -> bool, "Return True if the process returning status was dumped to a core file.";
    WEXITSTATUS "(status)" -> i32, "Return the process return code from status.";
    WIFCONTINUED "(status)" -> bool, "Return True if a particular process was continued from a job control stop.";
    WIFEXITED "(status)" -> bool, "Return True if the process returning status exited via the exit() system call.";
    WIFSIGNALED "(status)" -> bool, "Return True if the process returning status was terminated by a signal.";
    WIFSTOPPED "(status)" -> bool, "Return True if the process returning status was stopped.";
    WSTOPSIG "(status)" -> i32, "Return the signal that stopped the process that provided the status value.";
    WTERMSIG "(status)" -> i32, "Return the signal that terminated the process that provided the status value.";
}

// --- signals

/// Kill a process with a signal.
#[pyfunction(sig = "(pid, signal, /)")]
pub fn kill(thread: &Thread, pid: i32, signal: i32) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::kill(pid, signal) })?;
    interrupts::check(thread)
}

/// Kill a process group with a signal.
#[pyfunction(sig = "(pgid, signal, /)")]
pub fn killpg(thread: &Thread, pgid: i32, signal: i32) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::killpg(pgid, signal) })?;
    interrupts::check(thread)
}

/// Return a file descriptor referring to the process pid.
#[pyfunction(sig = "(pid, flags=0)")]
pub fn pidfd_open(thread: &Thread, pid: i32, flags: u32) -> PyResult<i64> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) })
}

// --- identity

macro_rules! identities {
    ($($name:ident -> $ty:ty, $doc:literal;)*) => { $(
        #[doc = $doc]
        #[pyfunction]
        pub fn $name() -> $ty {
            // SAFETY: a plain call that cannot fail.
            unsafe { libc::$name() as $ty }
        }
    )* };
}
identities! {
    getpid -> i32, "Return the current process id.";
    getppid -> i32, "Return the parent's process id.";
    getpgrp -> i32, "Return the current process group id.";
    getuid -> u32, "Return the current process's user id.";
    geteuid -> u32, "Return the current process's effective user id.";
    getgid -> u32, "Return the current process's group id.";
    getegid -> u32, "Return the current process's effective group id.";
}

macro_rules! set_identities {
    ($($name:ident $sig:literal ($($argument:ident: $ty:ident),*), $doc:literal;)*) => { $(
        #[doc = $doc]
        #[pyfunction(sig = $sig)]
        pub fn $name(thread: &Thread, $($argument: $ty),*) -> PyResult<()> {
            // SAFETY: a plain call.
            check(thread, unsafe { libc::$name($($argument.0),*) }).map(drop)
        }
    )* };
}
set_identities! {
    setuid "(uid, /)" (uid: Uid), "Set the current process's user id.";
    seteuid "(euid, /)" (euid: Uid), "Set the current process's effective user id.";
    setgid "(gid, /)" (gid: Gid), "Set the current process's group id.";
    setegid "(egid, /)" (egid: Gid), "Set the current process's effective group id.";
    setreuid "(ruid, euid, /)" (ruid: Uid, euid: Uid), "Set the current process's real and effective user ids.";
    setregid "(rgid, egid, /)" (rgid: Gid, egid: Gid), "Set the current process's real and effective group ids.";
    setresuid "(ruid, euid, suid, /)" (ruid: Uid, euid: Uid, suid: Uid), "Set the current process's real, effective, and saved user ids.";
    setresgid "(rgid, egid, sgid, /)" (rgid: Gid, egid: Gid, sgid: Gid), "Set the current process's real, effective, and saved group ids.";
}

/// Return a tuple of the current process's real, effective, and saved user ids.
#[pyfunction]
pub fn getresuid(thread: &Thread) -> PyResult<Owned<Tuple>> {
    let (mut real, mut effective, mut saved) = (0, 0, 0);
    // SAFETY: room for three ids.
    check(thread, unsafe { libc::getresuid(&mut real, &mut effective, &mut saved) })?;
    Tuple::from_vec(thread, [real, effective, saved].map(|id| int(Uid::to_object(id))).to_vec())
}

/// Return a tuple of the current process's real, effective, and saved group ids.
#[pyfunction]
pub fn getresgid(thread: &Thread) -> PyResult<Owned<Tuple>> {
    let (mut real, mut effective, mut saved) = (0, 0, 0);
    // SAFETY: room for three ids.
    check(thread, unsafe { libc::getresgid(&mut real, &mut effective, &mut saved) })?;
    Tuple::from_vec(thread, [real, effective, saved].map(|id| int(Gid::to_object(id))).to_vec())
}

/// Call with growing room until all groups fit.
fn group_list(thread: &Thread, groups: &[libc::gid_t]) -> PyResult<Owned<List>> {
    List::from_vec(thread, groups.iter().map(|&group| int(Gid::to_object(group))).collect())
}

/// Return list of supplemental group IDs for the process.
#[pyfunction]
pub fn getgroups(thread: &Thread) -> PyResult<Owned<List>> {
    // SAFETY: only the count is asked for, then as many are fetched as there is room for.
    unsafe {
        let count = check(thread, libc::getgroups(0, std::ptr::null_mut()))?;
        let mut groups = vec![0; count.max(0) as usize];
        let count = check(thread, libc::getgroups(count, groups.as_mut_ptr()))?;
        groups.truncate(count as usize);
        group_list(thread, &groups)
    }
}

/// Returns a list of groups to which a user belongs.
#[pyfunction(sig = "(user, group, /)")]
pub fn getgrouplist(thread: &Thread, user: &Str, group: Gid) -> PyResult<Owned<List>> {
    let user = Name::from_object(thread, user)?;
    let mut count: c_int = 64;
    loop {
        let mut groups = vec![0; count as usize];
        let room = count;
        // SAFETY: room for `count` groups.
        if unsafe { libc::getgrouplist(user.c(), group.0, groups.as_mut_ptr(), &mut count) } != -1 {
            groups.truncate(count.max(0) as usize);
            return group_list(thread, &groups);
        }
        count = count.max(room.saturating_mul(2));
        if count > 1 << 20 {
            return Err(fail(thread));
        }
    }
}

/// Set the groups of the current process to list.
#[pyfunction(sig = "(groups, /)")]
pub fn setgroups(thread: &Thread, groups: &Object) -> PyResult<()> {
    if !groups.is_sequence() {
        return Err(thread.type_error("setgroups argument must be a sequence"));
    }
    let mut ids = Vec::new();
    for item in groups.to_items(thread)? {
        if !item.is_int() {
            return Err(thread.type_error("groups must be integers"));
        }
        ids.push(Gid::from_object(thread, &item)?.0);
    }
    // SAFETY: as many as told.
    check(thread, unsafe { libc::setgroups(ids.len(), ids.as_ptr()) }).map(drop)
}

/// Initialize the group access list.
///
/// Call the system initgroups() to initialize the group access list with all of the groups of which
/// the specified username is a member, plus the specified group id.
#[pyfunction(sig = "(username, gid, /)")]
pub fn initgroups(thread: &Thread, username: Name, gid: Gid) -> PyResult<()> {
    // SAFETY: the name ends in NUL.
    check(thread, unsafe { libc::initgroups(username.c(), gid.0) }).map(drop)
}

/// Return the actual login name.
#[pyfunction]
pub fn getlogin(thread: &Thread) -> PyResult<Owned<Str>> {
    unsafe extern "C" {
        fn getlogin_r(name: *mut c_char, size: usize) -> c_int;
    }
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer's length is told.
    match unsafe { getlogin_r(buffer.as_mut_ptr() as *mut c_char, buffer.len()) } {
        0 => decode_name(thread, buffer.split(|&byte| byte == 0).next().unwrap_or_default()),
        errno => Err(thread.os_error(errno, None)),
    }
}

/// Call the system call getpgid(), and return the result.
#[pyfunction(sig = "(pid)")]
pub fn getpgid(thread: &Thread, pid: i32) -> PyResult<i32> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::getpgid(pid) })
}

/// Call the system call setpgid(pid, pgrp).
#[pyfunction(sig = "(pid, pgrp, /)")]
pub fn setpgid(thread: &Thread, pid: i32, pgrp: i32) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::setpgid(pid, pgrp) }).map(drop)
}

/// Make the current process the leader of its process group.
#[pyfunction]
pub fn setpgrp(thread: &Thread) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::setpgid(0, 0) }).map(drop)
}

/// Call the system call getsid(pid) and return the result.
#[pyfunction(sig = "(pid, /)")]
pub fn getsid(thread: &Thread, pid: i32) -> PyResult<i32> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::getsid(pid) })
}

/// Call the system call setsid().
#[pyfunction]
pub fn setsid(thread: &Thread) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::setsid() }).map(drop)
}

/// Add increment to the priority of process and return the new priority.
#[pyfunction(sig = "(increment, /)")]
pub fn nice(thread: &Thread, increment: i32) -> PyResult<i32> {
    // SAFETY: plain calls; an unset errno tells a priority of -1 from failure.
    let value = unsafe {
        *libc::__errno_location() = 0;
        libc::nice(increment)
    };
    if value == -1 && last_errno() != 0 { Err(fail(thread)) } else { Ok(value) }
}

/// Return program scheduling priority.
#[pyfunction(sig = "(which, who)")]
pub fn getpriority(thread: &Thread, which: i32, who: i32) -> PyResult<i32> {
    // SAFETY: as in `nice`.
    let value = unsafe {
        *libc::__errno_location() = 0;
        libc::getpriority(which as _, who as libc::id_t)
    };
    if value == -1 && last_errno() != 0 { Err(fail(thread)) } else { Ok(value) }
}

/// Set program scheduling priority.
#[pyfunction(sig = "(which, who, priority)")]
pub fn setpriority(thread: &Thread, which: i32, who: i32, priority: i32) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::setpriority(which as _, who as libc::id_t, priority) }).map(drop)
}

/// Move the calling thread into different namespaces.
#[pyfunction(sig = "(fd, nstype=0)")]
pub fn setns(thread: &Thread, fd: crate::paths::Fileno, nstype: i32) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::setns(fd.0, nstype) }).map(drop)
}

/// Disassociate parts of a process (or thread) execution context.
#[pyfunction(sig = "(flags)")]
pub fn unshare(thread: &Thread, flags: i32) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::unshare(flags) }).map(drop)
}

// --- scheduling

pub static SCHED_PARAM: StructSequence = StructSequence::new(
    c"posix.sched_param",
    c"The parameters of a scheduling policy; it has only one field: sched_priority.",
    &[pyrox_objects::struct_sequence::field(c"sched_priority", c"the scheduling priority")],
    1,
);

fn priority_of(thread: &Thread, param: &Object) -> PyResult<libc::sched_param> {
    let class = SCHED_PARAM.ty(thread)?;
    if !param.is_instance_of(class) {
        return Err(thread.type_error("must have a sched_param object"));
    }
    let priority = param.sequence_item(thread, 0)?.index(thread)?.to_i64();
    match priority.map(c_int::try_from) {
        Some(Ok(sched_priority)) => Ok(libc::sched_param { sched_priority }),
        _ => Err(thread.overflow_error("sched_priority out of range")),
    }
}

/// Get the maximum scheduling priority for policy.
#[pyfunction(sig = "(policy)")]
pub fn sched_get_priority_max(thread: &Thread, policy: i32) -> PyResult<i32> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::sched_get_priority_max(policy) })
}

/// Get the minimum scheduling priority for policy.
#[pyfunction(sig = "(policy)")]
pub fn sched_get_priority_min(thread: &Thread, policy: i32) -> PyResult<i32> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::sched_get_priority_min(policy) })
}

/// Get the scheduling policy for the process identified by pid.
#[pyfunction(sig = "(pid, /)")]
pub fn sched_getscheduler(thread: &Thread, pid: i32) -> PyResult<i32> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::sched_getscheduler(pid) })
}

/// Set the scheduling policy for the process identified by pid.
#[pyfunction(sig = "(pid, policy, param, /)")]
pub fn sched_setscheduler(thread: &Thread, pid: i32, policy: i32, param: &Object) -> PyResult<()> {
    let param = priority_of(thread, param)?;
    // SAFETY: the struct lives across the call.
    check(thread, unsafe { libc::sched_setscheduler(pid, policy, &param) }).map(drop)
}

/// Returns scheduling parameters for the process identified by pid.
#[pyfunction(sig = "(pid, /)")]
pub fn sched_getparam(thread: &Thread, pid: i32) -> PyResult<Obj> {
    let mut param = libc::sched_param { sched_priority: 0 };
    // SAFETY: the struct lives across the call.
    check(thread, unsafe { libc::sched_getparam(pid, &mut param) })?;
    SCHED_PARAM.make(thread, [int(param.sched_priority as i64)])
}

/// Set scheduling parameters for the process identified by pid.
#[pyfunction(sig = "(pid, param, /)")]
pub fn sched_setparam(thread: &Thread, pid: i32, param: &Object) -> PyResult<()> {
    let param = priority_of(thread, param)?;
    // SAFETY: the struct lives across the call.
    check(thread, unsafe { libc::sched_setparam(pid, &param) }).map(drop)
}

/// Return the round-robin quantum for the process identified by pid, in seconds.
#[pyfunction(sig = "(pid, /)")]
pub fn sched_rr_get_interval(thread: &Thread, pid: i32) -> PyResult<f64> {
    let mut interval = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the struct lives across the call.
    check(thread, unsafe { libc::sched_rr_get_interval(pid, &mut interval) })?;
    Ok(interval.tv_sec as f64 + interval.tv_nsec as f64 / SECOND as f64)
}

/// Voluntarily relinquish the CPU.
#[pyfunction]
pub fn sched_yield(thread: &Thread) -> PyResult<()> {
    // SAFETY: a plain call.
    check(thread, unsafe { libc::sched_yield() }).map(drop)
}

/// The most CPUs that are asked for.
const MOST_CPUS: usize = 1 << 20;

/// Set the CPU affinity of the process identified by pid to mask.
#[pyfunction(sig = "(pid, mask, /)")]
pub fn sched_setaffinity(thread: &Thread, pid: i32, mask: &Object) -> PyResult<()> {
    let mut words = vec![0u64; 16];
    for item in mask.to_items(thread)? {
        if !item.is_int() {
            let shown = item.ty().repr(thread)?;
            return Err(thread.type_error(&format!("expected an iterator of ints, but iterator yielded {shown}")));
        }
        let cpu = item.index(thread)?;
        if cpu.is_negative() {
            return Err(thread.value_error("negative CPU number"));
        }
        let Some(cpu) = cpu.to_u64().filter(|&cpu| cpu < MOST_CPUS as u64) else {
            return Err(thread.overflow_error("CPU number too large"));
        };
        let word = cpu as usize / 64;
        if word >= words.len() {
            words.resize(word + 1, 0);
        }
        if let Some(word) = words.get_mut(word) {
            *word |= 1 << (cpu % 64);
        }
    }
    // SAFETY: a bit set of the size that is told.
    check(thread, unsafe { libc::sched_setaffinity(pid, words.len() * 8, words.as_ptr() as *const _) }).map(drop)
}

/// Return the affinity of the process identified by pid (or the current process if zero).
#[pyfunction(sig = "(pid, /)")]
pub fn sched_getaffinity(thread: &Thread, pid: i32) -> PyResult<Obj> {
    let mut words = vec![0u64; 16];
    loop {
        // SAFETY: room for a bit set of the size that is told.
        if unsafe { libc::sched_getaffinity(pid, words.len() * 8, words.as_mut_ptr() as *mut _) } == 0 {
            break;
        }
        if last_errno() != libc::EINVAL || words.len() * 64 >= MOST_CPUS {
            return Err(fail(thread));
        }
        let double = words.len() * 2;
        words.resize(double, 0);
    }
    let mut cpus = Vec::new();
    for (at, word) in words.iter().enumerate() {
        cpus.extend((0..64).filter(|bit| word >> bit & 1 != 0).map(|bit| int((at * 64 + bit) as i64)));
    }
    let cpus = List::from_vec(thread, cpus)?;
    (**<pyrox_objects::Set as pyrox_objects::PyType>::ty()).call(thread, &[&cpus])
}
