//! `errno`: the system's error numbers by name.

use pyrox_macros::pymodule;
use pyrox_objects::{Dict, Int, Module, PyResult, Str, Thread};

use crate::system::constants;

pymodule!(
    name = "errno",
    doc = "The system's error numbers.\n\nEach name's value is the number that OSError.errno holds; the dictionary errno.errorcode goes from\nnumbers to names. os.strerror() gives the messages.",
    exec = exec
);

/// Names that share their number with one in [`NAMES`], which `errorcode` prefers.
const ALIASES: &[(&str, i64)] = constants![EDEADLK, EOPNOTSUPP, EWOULDBLOCK,];

#[rustfmt::skip]
const NAMES: &[(&str, i64)] = constants![
    E2BIG, EACCES, EADDRINUSE, EADDRNOTAVAIL, EADV, EAFNOSUPPORT, EAGAIN, EALREADY, EBADE, EBADF, EBADFD, EBADMSG, EBADR,
    EBADRQC, EBADSLT, EBFONT, EBUSY, ECANCELED, ECHILD, ECHRNG, ECOMM, ECONNABORTED, ECONNREFUSED, ECONNRESET, EDEADLOCK,
    EDESTADDRREQ, EDOM, EDOTDOT, EDQUOT, EEXIST, EFAULT, EFBIG, EHOSTDOWN, EHOSTUNREACH, EHWPOISON, EIDRM, EILSEQ, EINPROGRESS,
    EINTR, EINVAL, EIO, EISCONN, EISDIR, EISNAM, EKEYEXPIRED, EKEYREJECTED, EKEYREVOKED, EL2HLT, EL2NSYNC, EL3HLT, EL3RST,
    ELIBACC, ELIBBAD, ELIBEXEC, ELIBMAX, ELIBSCN, ELNRNG, ELOOP, EMEDIUMTYPE, EMFILE, EMLINK, EMSGSIZE, EMULTIHOP, ENAMETOOLONG,
    ENAVAIL, ENETDOWN, ENETRESET, ENETUNREACH, ENFILE, ENOANO, ENOBUFS, ENOCSI, ENODATA, ENODEV, ENOENT, ENOEXEC, ENOKEY, ENOLCK,
    ENOLINK, ENOMEDIUM, ENOMEM, ENOMSG, ENONET, ENOPKG, ENOPROTOOPT, ENOSPC, ENOSR, ENOSTR, ENOSYS, ENOTBLK, ENOTCONN, ENOTDIR,
    ENOTEMPTY, ENOTNAM, ENOTRECOVERABLE, ENOTSOCK, ENOTSUP, ENOTTY, ENOTUNIQ, ENXIO, EOVERFLOW, EOWNERDEAD, EPERM, EPFNOSUPPORT,
    EPIPE, EPROTO, EPROTONOSUPPORT, EPROTOTYPE, ERANGE, EREMCHG, EREMOTE, EREMOTEIO, ERESTART, ERFKILL, EROFS, ESHUTDOWN,
    ESOCKTNOSUPPORT, ESPIPE, ESRCH, ESRMNT, ESTALE, ESTRPIPE, ETIME, ETIMEDOUT, ETOOMANYREFS, ETXTBSY, EUCLEAN, EUNATCH, EUSERS,
    EXDEV, EXFULL,
];

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    let codes = Dict::new(thread)?;
    // Not in every C library's headers: an attempt to read a file of the wrong type.
    let wrong_type = [("EFTYPE", 134)];
    for (name, number) in ALIASES.iter().chain(NAMES).chain(&wrong_type) {
        let number = Int::from(*number);
        module.add(thread, name, &number)?;
        codes.set(thread, &number, &**Str::intern_str(thread, name)?)?;
    }
    module.add(thread, "errorcode", &codes)
}
