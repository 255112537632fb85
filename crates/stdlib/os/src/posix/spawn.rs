//! `posix_spawn` and `posix_spawnp`.

use std::ffi::{c_int, c_short};
use std::mem::MaybeUninit;

use pyrox_macros::pyfunction;
use pyrox_objects::{Object, PyResult, Thread, Tuple};

use super::process::{CStrings, SCHED_PARAM, arguments, environment, is_mapping};
use crate::paths::{Name, Path};
use crate::signal::signal_set;

/// Freed when dropped.
struct FileActions(libc::posix_spawn_file_actions_t);

impl Drop for FileActions {
    fn drop(&mut self) {
        // SAFETY: initialized when made.
        unsafe { libc::posix_spawn_file_actions_destroy(&mut self.0) };
    }
}

/// Freed when dropped.
struct Attributes(libc::posix_spawnattr_t);

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: initialized when made.
        unsafe { libc::posix_spawnattr_destroy(&mut self.0) };
    }
}

fn number(thread: &Thread, object: &Object) -> PyResult<c_int> {
    let value = object.index(thread)?;
    (value.to_i64().and_then(|v| c_int::try_from(v).ok())).ok_or_else(|| thread.overflow_error("Python int too large to convert to C int"))
}

fn succeed(thread: &Thread, errno: c_int) -> PyResult<()> {
    if errno == 0 { Ok(()) } else { Err(thread.os_error(errno, None)) }
}

fn file_actions(thread: &Thread, given: &Object, paths: &mut Vec<Name>) -> PyResult<FileActions> {
    let mut actions = MaybeUninit::uninit();
    // SAFETY: initialized by the call.
    let mut actions = unsafe {
        succeed(thread, libc::posix_spawn_file_actions_init(actions.as_mut_ptr()))?;
        FileActions(actions.assume_init())
    };
    if !given.is_sequence() {
        return Err(thread.type_error("file_actions must be a sequence or None"));
    }
    for item in given.to_items(thread)? {
        let Some(action) = item.cast::<Tuple>().filter(|action| action.len() > 0) else {
            return Err(thread.type_error("Each file_actions element must be a non-empty tuple"));
        };
        let size = |size: usize, what: &str| {
            if action.len() == size {
                Ok(())
            } else {
                Err(thread.type_error(&format!("A {what} file_action tuple must have {size} elements")))
            }
        };
        // SAFETY: initialized actions; paths are kept until the spawn.
        let errno = unsafe {
            match number(thread, action.get(0))? {
                0 => {
                    size(5, "open")?;
                    let path = Name::from_object(thread, action.get(2))?;
                    let (fd, flags, mode) =
                        (number(thread, action.get(1))?, number(thread, action.get(3))?, number(thread, action.get(4))?);
                    paths.push(path);
                    let path = paths.last().map_or(std::ptr::null(), Name::c);
                    libc::posix_spawn_file_actions_addopen(&mut actions.0, fd, path, flags, mode as libc::mode_t)
                }
                1 => {
                    size(2, "close")?;
                    libc::posix_spawn_file_actions_addclose(&mut actions.0, number(thread, action.get(1))?)
                }
                2 => {
                    size(3, "dup2")?;
                    let (from, to) = (number(thread, action.get(1))?, number(thread, action.get(2))?);
                    libc::posix_spawn_file_actions_adddup2(&mut actions.0, from, to)
                }
                3 => {
                    size(2, "closefrom")?;
                    libc::posix_spawn_file_actions_addclosefrom_np(&mut actions.0, number(thread, action.get(1))?)
                }
                _ => return Err(thread.type_error("Unknown file_actions identifier")),
            }
        };
        succeed(thread, errno)?;
    }
    Ok(actions)
}

#[derive(Clone, Copy)]
struct Options<'a> {
    file_actions: Option<&'a Object>,
    setpgroup: Option<&'a Object>,
    resetids: bool,
    setsid: bool,
    setsigmask: Option<&'a Object>,
    setsigdef: Option<&'a Object>,
    scheduler: Option<&'a Object>,
}

fn attributes(thread: &Thread, function: &str, options: &Options) -> PyResult<Attributes> {
    let mut made = MaybeUninit::uninit();
    // SAFETY: initialized by the call.
    let mut made = unsafe {
        succeed(thread, libc::posix_spawnattr_init(made.as_mut_ptr()))?;
        Attributes(made.assume_init())
    };
    let mut flags = 0;
    // SAFETY: initialized attributes; sets and structs live across the calls.
    unsafe {
        if let Some(group) = options.setpgroup.filter(|g| !g.is_none()) {
            succeed(thread, libc::posix_spawnattr_setpgroup(&mut made.0, number(thread, group)?))?;
            flags |= libc::POSIX_SPAWN_SETPGROUP;
        }
        if options.resetids {
            flags |= libc::POSIX_SPAWN_RESETIDS;
        }
        if options.setsid {
            // POSIX_SPAWN_SETSID of the C library.
            flags |= 0x80;
        }
        if let Some(mask) = options.setsigmask {
            succeed(thread, libc::posix_spawnattr_setsigmask(&mut made.0, &signal_set(thread, mask)?))?;
            flags |= libc::POSIX_SPAWN_SETSIGMASK;
        }
        if let Some(defaults) = options.setsigdef {
            succeed(thread, libc::posix_spawnattr_setsigdefault(&mut made.0, &signal_set(thread, defaults)?))?;
            flags |= libc::POSIX_SPAWN_SETSIGDEF;
        }
        if let Some(scheduler) = options.scheduler.filter(|s| !s.is_none()) {
            let Some(pair) = scheduler.cast::<Tuple>().filter(|pair| pair.len() == 2) else {
                return Err(thread.type_error(&format!("{function}: scheduler must be a tuple or None")));
            };
            if !pair.get(0).is_none() {
                succeed(thread, libc::posix_spawnattr_setschedpolicy(&mut made.0, number(thread, pair.get(0))?))?;
                flags |= libc::POSIX_SPAWN_SETSCHEDULER;
            }
            if !pair.get(1).is_instance_of(SCHED_PARAM.ty(thread)?) {
                return Err(thread.type_error("must have a sched_param object"));
            }
            let param = libc::sched_param { sched_priority: number(thread, &*pair.get(1).sequence_item(thread, 0)?)? };
            succeed(thread, libc::posix_spawnattr_setschedparam(&mut made.0, &param))?;
            flags |= libc::POSIX_SPAWN_SETSCHEDPARAM;
        }
        succeed(thread, libc::posix_spawnattr_setflags(&mut made.0, flags as c_short))?;
    }
    Ok(made)
}

fn spawn(thread: &Thread, function: &str, by_search: bool, path: &Path, argv: &Object, env: &Object, options: Options) -> PyResult<i32> {
    let argv = arguments(thread, &format!("{function}: argv"), argv)?;
    let own_environment: Option<CStrings> = match env.is_none() {
        true => None,
        false if is_mapping(env) => Some(environment(thread, env)?),
        false => return Err(thread.type_error(&format!("{function}: environment must be a mapping object or None"))),
    };
    let mut paths = Vec::new();
    let actions = match options.file_actions.filter(|a| !a.is_none()) {
        Some(given) => Some(file_actions(thread, given, &mut paths)?),
        None => None,
    };
    let attributes = attributes(thread, function, &options)?;
    unsafe extern "C" {
        static environ: *const *mut libc::c_char;
    }
    let mut pid = 0;
    let actions = actions.as_ref().map_or(std::ptr::null(), |actions| &raw const actions.0);
    // SAFETY: all structs and texts live across the call.
    let errno = unsafe {
        let env = own_environment.as_ref().map_or(environ, CStrings::as_ptr);
        if by_search {
            libc::posix_spawnp(&mut pid, path.c(), actions, &attributes.0, argv.as_ptr(), env)
        } else {
            libc::posix_spawn(&mut pid, path.c(), actions, &attributes.0, argv.as_ptr(), env)
        }
    };
    if errno == 0 { Ok(pid) } else { Err(thread.os_error(errno, Some(&path.object))) }
}

/// Execute the program specified by path in a new process.
#[pyfunction(
    sig = "(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)"
)]
pub fn posix_spawn(
    thread: &Thread,
    path: Path,
    argv: &Object,
    env: &Object,
    file_actions: Option<&Object>,
    setpgroup: Option<&Object>,
    resetids: bool,
    setsid: bool,
    setsigmask: Option<&Object>,
    setsigdef: Option<&Object>,
    scheduler: Option<&Object>,
) -> PyResult<i32> {
    let options = Options { file_actions, setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler };
    spawn(thread, "posix_spawn", false, &path, argv, env, options)
}

/// Execute the program specified by path in a new process, searching for it along PATH.
#[pyfunction(
    sig = "(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)"
)]
pub fn posix_spawnp(
    thread: &Thread,
    path: Path,
    argv: &Object,
    env: &Object,
    file_actions: Option<&Object>,
    setpgroup: Option<&Object>,
    resetids: bool,
    setsid: bool,
    setsigmask: Option<&Object>,
    setsigdef: Option<&Object>,
    scheduler: Option<&Object>,
) -> PyResult<i32> {
    let options = Options { file_actions, setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler };
    spawn(thread, "posix_spawnp", true, &path, argv, env, options)
}
