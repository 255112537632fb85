//! Functions on descriptors, byte order, packed addresses and interfaces.

use std::ffi::{CStr, CString, c_int};
use std::sync::atomic::Ordering;

use pyrox_macros::pyfunction;
use pyrox_objects::{Buffer, Bytes, List, Obj, Object, Owned, PyResult, Raised, Str, Thread, exceptions};
use pyrox_stdlib_os::paths::{Name, decode_name};
use pyrox_stdlib_os::system::{check, fail, last_errno};

use super::address::{inet_pton as c_inet_pton, int, ntop, tuple};
use super::wait::parse_timeout;
use super::{DEFAULT_TIMEOUT, Socket, descriptor, message};

/// dup(integer) -> integer
///
/// Duplicate an integer socket file descriptor.
#[pyfunction(sig = "(object, /)")]
pub fn dup(thread: &Thread, object: &Object) -> PyResult<c_int> {
    let fd = descriptor(thread, object)?;
    // SAFETY: a plain call.
    check(thread, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })
}

/// close(integer) -> None
///
/// Close an integer socket file descriptor.
#[pyfunction(sig = "(object, /)")]
pub fn close(thread: &Thread, object: &Object) -> PyResult<()> {
    let fd = descriptor(thread, object)?;
    // SAFETY: a plain call.
    if unsafe { libc::close(fd) } < 0 && last_errno() != libc::ECONNRESET {
        return Err(fail(thread));
    }
    Ok(())
}

/// socketpair([family[, type [, proto]]]) -> (socket object, socket object)
///
/// Create a pair of socket objects that are connected to each other.
#[pyfunction(sig = "(family=1, type=1, proto=0, /)", text = "")]
pub fn socketpair(thread: &Thread, family: c_int, kind: c_int, proto: c_int) -> PyResult<Obj> {
    let mut ends = [-1; 2];
    // SAFETY: room for two descriptors.
    check(thread, unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, proto, ends.as_mut_ptr()) })?;
    let [first, second] = ends;
    let first = Socket::make(thread, first, family, kind, proto).inspect_err(|_| {
        // SAFETY: no object has it.
        unsafe { libc::close(second) };
    })?;
    let second = Socket::make(thread, second, family, kind, proto)?;
    tuple(thread, vec![first.upcast(), second.upcast()])
}

/// gethostname() -> string
///
/// Return the current host name.
#[pyfunction]
pub fn gethostname(thread: &Thread) -> PyResult<Owned<Str>> {
    let mut name = [0u8; 1024];
    // SAFETY: the last byte stays NUL.
    check(thread, unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) })?;
    let length = name.iter().position(|&b| b == 0).unwrap_or(0);
    decode_name(thread, name.get(..length).unwrap_or_default())
}

/// sethostname(name)
///
/// Sets the hostname to name.
#[pyfunction(sig = "(name, /)", text = "")]
pub fn sethostname(thread: &Thread, name: Name) -> PyResult<()> {
    // SAFETY: as long as told.
    check(thread, unsafe { libc::sethostname(name.c(), name.0.as_bytes().len()) }).map(drop)
}

fn unsigned(thread: &Thread, value: &Object, bits: u32, ctype: &str) -> PyResult<u64> {
    let number = value.index(thread)?;
    if number.is_negative() {
        return Err(thread.value_error("Cannot convert negative int"));
    }
    (number.to_u64().filter(|&value| value >> bits == 0))
        .ok_or_else(|| thread.overflow_error(&format!("Python int too large for C {ctype}")))
}

/// Convert a 16-bit unsigned integer from host to network byte order.
#[pyfunction(sig = "(integer, /)")]
pub fn htons(thread: &Thread, integer: &Object) -> PyResult<u32> {
    Ok((unsigned(thread, integer, 16, "uint16_t")? as u16).to_be() as u32)
}

/// Convert a 16-bit unsigned integer from network to host byte order.
#[pyfunction(sig = "(integer, /)")]
pub fn ntohs(thread: &Thread, integer: &Object) -> PyResult<u32> {
    htons(thread, integer)
}

/// Convert a 32-bit unsigned integer from host to network byte order.
#[pyfunction(sig = "(integer, /)")]
pub fn htonl(thread: &Thread, integer: &Object) -> PyResult<u32> {
    Ok((unsigned(thread, integer, 32, "uint32_t")? as u32).to_be())
}

/// Convert a 32-bit unsigned integer from network to host byte order.
#[pyfunction(sig = "(integer, /)")]
pub fn ntohl(thread: &Thread, integer: &Object) -> PyResult<u32> {
    htonl(thread, integer)
}

fn os_message(thread: &Thread, message: &str) -> Raised {
    thread.error(exceptions::os_error(), message)
}

/// An argument as a C string.
pub fn c_text(thread: &Thread, text: &Str) -> PyResult<CString> {
    CString::new(text.to_rust(thread)?).map_err(|_| thread.value_error("embedded null character"))
}

unsafe extern "C" {
    #[link_name = "inet_aton"]
    fn c_inet_aton(text: *const std::ffi::c_char, to: *mut libc::in_addr) -> c_int;
}

/// Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format.
#[pyfunction(sig = "(ip_addr, /)")]
pub fn inet_aton(thread: &Thread, ip_addr: &Str) -> PyResult<Owned<Bytes>> {
    let text = c_text(thread, ip_addr)?;
    let mut address = libc::in_addr { s_addr: 0 };
    // SAFETY: room for an address.
    match unsafe { c_inet_aton(text.as_ptr(), &mut address) } {
        0 => Err(os_message(thread, "illegal IP address string passed to inet_aton")),
        _ => Bytes::from_slice(thread, &address.s_addr.to_ne_bytes()),
    }
}

/// Convert an IP address from 32-bit packed binary format to string format.
#[pyfunction(sig = "(packed_ip, /)")]
pub fn inet_ntoa(thread: &Thread, packed_ip: &Object) -> PyResult<Owned<Str>> {
    let packed = Buffer::simple(thread, packed_ip)?;
    if packed.len() != 4 {
        return Err(os_message(thread, "packed IP wrong length for inet_ntoa"));
    }
    ntop(thread, libc::AF_INET, packed.as_mut_ptr().cast())
}

/// inet_pton(af, ip) -> packed IP address string
///
/// Convert an IP address from string format to a packed string.
#[pyfunction(sig = "(af, ip, /)", text = "")]
pub fn inet_pton(thread: &Thread, af: c_int, ip: &Str) -> PyResult<Owned<Bytes>> {
    let text = c_text(thread, ip)?;
    let mut packed = [0u8; 16];
    // SAFETY: room for the longest address.
    match unsafe { c_inet_pton(af, text.as_ptr(), packed.as_mut_ptr().cast()) } {
        -1 => Err(fail(thread)),
        0 => Err(os_message(thread, "illegal IP address string passed to inet_pton")),
        _ => Bytes::from_slice(thread, packed.get(..if af == libc::AF_INET { 4 } else { 16 }).unwrap_or(&packed)),
    }
}

/// inet_ntop(af, packed_ip) -> string formatted IP address
///
/// Convert a packed IP address of the given family to string format.
#[pyfunction(sig = "(af, packed_ip, /)", text = "")]
pub fn inet_ntop(thread: &Thread, af: c_int, packed_ip: &Object) -> PyResult<Owned<Str>> {
    let packed = Buffer::simple(thread, packed_ip)?;
    let expected = match af {
        libc::AF_INET => 4,
        libc::AF_INET6 => 16,
        _ => return Err(thread.value_error(&format!("unknown address family {af}"))),
    };
    if packed.len() != expected {
        return Err(thread.value_error("invalid length of packed IP address string"));
    }
    ntop(thread, af, packed.as_mut_ptr().cast())
}

/// getdefaulttimeout() -> timeout
///
/// Returns the default timeout in seconds (float) for new socket objects, None for no timeout.
#[pyfunction]
pub fn getdefaulttimeout(thread: &Thread) -> PyResult<Obj> {
    let timeout = DEFAULT_TIMEOUT.load(Ordering::Relaxed);
    let seconds = (timeout >= 0).then(|| pyrox_stdlib_os::clock::seconds(timeout));
    pyrox_objects::native::IntoObj::into_obj(seconds, thread)
}

/// setdefaulttimeout(timeout)
///
/// Set the default timeout in seconds (float) for new socket objects, None for no timeout.
#[pyfunction(sig = "(object, /)")]
pub fn setdefaulttimeout(thread: &Thread, object: &Object) -> PyResult<()> {
    DEFAULT_TIMEOUT.store(parse_timeout(thread, object)?, Ordering::Relaxed);
    Ok(())
}

/// if_nameindex()
///
/// Returns a list of network interface information (index, name) tuples.
#[pyfunction]
pub fn if_nameindex(thread: &Thread) -> PyResult<Owned<List>> {
    // SAFETY: a plain call.
    let table = unsafe { libc::if_nameindex() };
    if table.is_null() {
        return Err(fail(thread));
    }
    let mut found = Vec::new();
    let mut at = table;
    // SAFETY: the table ends with an entry of zeros; it is freed once.
    unsafe {
        while (*at).if_index != 0 && !(*at).if_name.is_null() {
            found.push(((*at).if_index, CStr::from_ptr((*at).if_name).to_bytes().to_vec()));
            at = at.add(1);
        }
        libc::if_freenameindex(table);
    }
    let items = found.into_iter().map(|(index, name)| tuple(thread, vec![int(index), decode_name(thread, &name)?.upcast()]));
    List::from_vec(thread, items.collect::<PyResult<_>>()?)
}

/// Returns the interface index corresponding to the interface name if_name.
#[pyfunction(sig = "(oname, /)")]
pub fn if_nametoindex(thread: &Thread, oname: Name) -> PyResult<u32> {
    // SAFETY: a C string.
    match unsafe { libc::if_nametoindex(oname.c()) } {
        0 => Err(fail(thread)),
        index => Ok(index),
    }
}

/// Returns the interface name corresponding to the interface index if_index.
#[pyfunction(sig = "(if_index, /)")]
pub fn if_indextoname(thread: &Thread, if_index: &Object) -> PyResult<Owned<Str>> {
    let index = unsigned(thread, if_index, 32, "unsigned int")?;
    let mut name = [0u8; libc::IF_NAMESIZE + 1];
    // SAFETY: room for a name.
    if unsafe { libc::if_indextoname(index as u32, name.as_mut_ptr().cast()) }.is_null() {
        return Err(fail(thread));
    }
    let length = name.iter().position(|&b| b == 0).unwrap_or(0);
    decode_name(thread, name.get(..length).unwrap_or_default())
}

/// CMSG_LEN(length) -> control message length
///
/// Return the total length, without trailing padding, of an ancillary data item of the given length.
#[pyfunction(sig = "(length, /)", text = "")]
#[allow(non_snake_case)]
pub fn CMSG_LEN(thread: &Thread, length: &Object) -> PyResult<usize> {
    let length = ssize(thread, length)?;
    let total = usize::try_from(length).ok().and_then(message::cmsg_len);
    total.ok_or_else(|| thread.overflow_error("CMSG_LEN() argument out of range"))
}

/// CMSG_SPACE(length) -> buffer size
///
/// Return the buffer size needed for recvmsg() to receive an ancillary data item of the given length.
#[pyfunction(sig = "(length, /)", text = "")]
#[allow(non_snake_case)]
pub fn CMSG_SPACE(thread: &Thread, length: &Object) -> PyResult<usize> {
    let length = ssize(thread, length)?;
    let total = usize::try_from(length).ok().and_then(message::cmsg_space);
    total.ok_or_else(|| thread.overflow_error("CMSG_SPACE() argument out of range"))
}

fn ssize(thread: &Thread, value: &Object) -> PyResult<i64> {
    value.index(thread)?.to_i64().ok_or_else(|| thread.overflow_error("Python int too large to convert to C ssize_t"))
}
