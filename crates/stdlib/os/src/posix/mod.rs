//! `posix`: the system calls behind `os`.
//!
//! `files` are functions on paths, `descriptors` those on open files, `process` what concerns processes;
//! the results with named fields are defined beside the functions that give them.

mod constants;
mod descriptors;
mod files;
mod information;
mod names;
mod path_text;
mod process;
mod scandir;
mod spawn;
mod status;
mod timers;

use pyrox_macros::pymodule;
use pyrox_objects::descriptors::MethodDescriptor;
use pyrox_objects::native::{KeywordSpace, Raw, Spec, give, parse_tuple, thread as current_thread};
use pyrox_objects::struct_sequence::{StructSequence, field};
use pyrox_objects::{Dict, Int, List, Module, Object, PyResult, PyType, Str, Thread, Tuple, abi};

pub use descriptors::close_range;
pub use process::{CStrings, after_fork_child, after_fork_parent, before_fork};

use crate::system::add_constants;

#[rustfmt::skip]
pymodule!(
    name = "posix",
    doc = "Access to what the operating system does in the way of the POSIX standard.\n\nImport the module os instead.",
    functions = [
        status::stat, status::lstat, status::fstat, status::statvfs, status::fstatvfs, files::access, files::chdir,
        files::fchdir, files::chroot, files::chmod, files::fchmod, files::chown, files::fchown, files::lchown, files::getcwd,
        files::getcwdb, files::link, files::symlink, files::readlink, files::mkdir, files::rmdir, files::unlink, files::remove,
        files::rename, files::replace, files::mkfifo, files::mknod, files::major, files::minor, files::makedev, files::truncate,
        files::listdir, files::utime, files::getxattr, files::setxattr, files::removexattr, files::listxattr, files::umask,
        files::sync, files::pathconf, files::fpathconf, scandir::scandir, descriptors::open, descriptors::close,
        descriptors::closerange, descriptors::dup, descriptors::dup2, descriptors::pipe, descriptors::pipe2, descriptors::lseek,
        descriptors::read, descriptors::pread, descriptors::readinto, descriptors::write, descriptors::pwrite,
        descriptors::readv, descriptors::writev, descriptors::preadv, descriptors::pwritev, descriptors::sendfile,
        descriptors::copy_file_range, descriptors::splice, descriptors::fsync, descriptors::fdatasync, descriptors::ftruncate,
        descriptors::posix_fallocate, descriptors::posix_fadvise, descriptors::lockf, descriptors::isatty, descriptors::ttyname,
        descriptors::ptsname, descriptors::ctermid, descriptors::posix_openpt, descriptors::grantpt, descriptors::unlockpt,
        descriptors::openpty, descriptors::login_tty, descriptors::tcgetpgrp, descriptors::tcsetpgrp,
        descriptors::get_terminal_size, descriptors::device_encoding, descriptors::get_inheritable, descriptors::set_inheritable,
        descriptors::get_blocking, descriptors::set_blocking, descriptors::memfd_create, descriptors::eventfd,
        descriptors::eventfd_read, descriptors::eventfd_write, timers::timerfd_create, timers::timerfd_settime,
        timers::timerfd_settime_ns, timers::timerfd_gettime, timers::timerfd_gettime_ns, path_text::fspath,
        path_text::_path_normpath, path_text::_path_splitroot_ex, process::register_at_fork, process::fork, process::forkpty,
        process::execv, process::execve, process::_exit, process::abort, process::system, process::wait, process::waitpid,
        process::wait3, process::wait4, process::waitid, process::waitstatus_to_exitcode, process::kill, process::killpg,
        process::pidfd_open, process::getresuid, process::getresgid, process::getgroups, process::getgrouplist,
        process::setgroups, process::initgroups, process::getlogin, process::getpgid, process::setpgid, process::setpgrp,
        process::getsid, process::setsid, process::nice, process::getpriority, process::setpriority, process::setns,
        process::unshare, process::sched_get_priority_max, process::sched_get_priority_min, process::sched_getscheduler,
        process::sched_setscheduler, process::sched_getparam, process::sched_setparam, process::sched_rr_get_interval,
        process::sched_yield, process::sched_setaffinity, process::sched_getaffinity, process::WCOREDUMP, process::WEXITSTATUS,
        process::WIFCONTINUED, process::WIFEXITED, process::WIFSIGNALED, process::WIFSTOPPED, process::WSTOPSIG,
        process::WTERMSIG, process::getpid, process::getppid, process::getpgrp, process::getuid, process::geteuid,
        process::getgid, process::getegid, process::setuid, process::seteuid, process::setgid, process::setegid,
        process::setreuid, process::setregid, process::setresuid, process::setresgid, spawn::posix_spawn, spawn::posix_spawnp,
        information::uname, information::times, information::getloadavg, information::cpu_count, information::sysconf,
        information::confstr, information::strerror, information::_create_environ, information::putenv, information::unsetenv,
        information::urandom, information::getrandom, information::_inputhook, information::_is_inputhook_installed,
    ],
    exec = exec
);

pub static TERMINAL_SIZE: StructSequence = StructSequence::new(
    c"os.terminal_size",
    c"The size of a terminal window: (columns, lines)",
    &[field(c"columns", c"width of the terminal window in characters"), field(c"lines", c"height of the terminal window in characters")],
    2,
);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    add_constants(thread, module, constants::NAMES)?;
    add_constants(thread, module, constants::OTHERS)?;
    module.add(thread, "environ", &*information::environment(thread)?)?;
    module.add(thread, "error", pyrox_objects::exceptions::os_error())?;
    let table = |names: &[(&str, i32)]| {
        let dict = Dict::new(thread)?;
        for (name, number) in names {
            dict.set_text(thread, name, &Int::from(*number as i64))?;
        }
        Ok(dict)
    };
    module.add(thread, "sysconf_names", &*table(names::SYSCONF)?)?;
    module.add(thread, "pathconf_names", &*table(names::PATHCONF)?)?;
    module.add(thread, "confstr_names", &*table(names::CONFSTR)?)?;
    let functions = names::HAVE_FUNCTIONS.iter().map(|name| Ok(Str::from_str(thread, name)?.upcast()));
    module.add(thread, "_have_functions", &**List::from_vec(thread, functions.collect::<PyResult<_>>()?)?)?;
    pyrox_objects::type_object::ready(thread, scandir::ScandirIterator::ty())?;
    module.add_type::<scandir::DirEntry>(thread)?;
    for result in [
        &status::STAT_RESULT,
        &status::STATVFS_RESULT,
        &TERMINAL_SIZE,
        &information::TIMES_RESULT,
        &information::UNAME_RESULT,
        &process::WAITID_RESULT,
        &process::SCHED_PARAM,
    ] {
        result.add_to(thread, module)?;
    }
    // Made of its one field, not of a sequence.
    let param = process::SCHED_PARAM.ty(thread)?;
    param.raw().tp_new.set(Some(new_sched_param));
    let reduce = MethodDescriptor::for_definition(thread, param, &REDUCE.0[0])?;
    param.set_attribute(thread, &*Str::intern_str(thread, "__reduce__")?, Some(&reduce))
}

static SCHED_PARAM_SPEC: Spec = Spec {
    name: "sched_param",
    parameters: &["sched_priority"],
    required: &[true],
    positional_only: 0,
    positional: 1,
    required_positional: 1,
    varargs: false,
    varkeywords: false,
};

unsafe extern "C-unwind" fn new_sched_param(_ty: *mut abi::PyTypeObject, args: Raw, kwargs: Raw) -> Raw {
    // SAFETY: a newfunc contract.
    unsafe {
        let thread = current_thread();
        let mut space = KeywordSpace::default();
        let mut slots = [std::ptr::null_mut(); 1];
        if parse_tuple(thread, &SCHED_PARAM_SPEC, args, kwargs, &mut space, &mut slots).is_err() {
            return std::ptr::null_mut();
        }
        give(thread, process::SCHED_PARAM.make(thread, [Object::from_ptr(slots[0]).own()]))
    }
}

static REDUCE: pyrox_objects::native::Table<abi::PyMethodDef> = pyrox_objects::native::Table(&[
    abi::PyMethodDef {
        ml_name: c"__reduce__".as_ptr(),
        ml_meth: Some(reduce_sched_param),
        ml_flags: abi::METH_NOARGS,
        ml_doc: std::ptr::null(),
    },
    pyrox_objects::native::NO_METHOD,
]);

unsafe extern "C-unwind" fn reduce_sched_param(object: Raw, _unused: Raw) -> Raw {
    // SAFETY: a method of `sched_param`, whose instances are tuples.
    unsafe {
        let thread = current_thread();
        let object = Object::from_ptr(object);
        let reduced = object.sequence_item(thread, 0).and_then(|priority| {
            let arguments = Tuple::from_vec(thread, vec![priority])?;
            Tuple::from_vec(thread, vec![(**object.ty()).own(), arguments.upcast()])
        });
        give(thread, reduced)
    }
}
