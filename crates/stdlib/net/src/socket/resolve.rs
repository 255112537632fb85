//! Names: hosts, services, protocols.

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use pyrox_macros::pyfunction;
use pyrox_objects::{Bytes, List, Obj, Object, Owned, PyResult, Raised, Str, Thread, Tuple, exceptions};
use pyrox_stdlib_os::paths::decode_name;

use super::address::{Address, Found, HostName, hints, idna, int, ntop, tuple};
use super::errors::{gai_error, host_error};
use super::functions::c_text;

fn os_message(thread: &Thread, message: &str) -> Raised {
    thread.error(exceptions::os_error(), message)
}

/// A C string of the library as text.
///
/// # Safety
/// It is one, or null.
unsafe fn text_of(thread: &Thread, text: *const c_char) -> PyResult<Obj> {
    if text.is_null() {
        return Ok(Str::from_str(thread, "")?.upcast());
    }
    // SAFETY: by contract.
    Ok(decode_name(thread, unsafe { CStr::from_ptr(text) }.to_bytes())?.upcast())
}

fn c_bytes(thread: &Thread, bytes: Vec<u8>) -> PyResult<CString> {
    // As the C library reads it: up to the first NUL.
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    CString::new(bytes.get(..end).unwrap_or_default()).map_err(|_| thread.value_error("embedded null byte"))
}

/// getaddrinfo(host, port [, family, type, proto, flags])
///     -> list of (family, type, proto, canonname, sockaddr)
///
/// Resolve host and port into addrinfo struct.
#[pyfunction(sig = "(host, port, family=0, type=0, proto=0, flags=0)", text = "")]
pub fn getaddrinfo(
    thread: &Thread,
    host: &Object,
    port: &Object,
    family: c_int,
    kind: c_int,
    proto: c_int,
    flags: c_int,
) -> PyResult<Owned<List>> {
    let host = if host.is_none() {
        None
    } else if let Some(text) = host.cast::<Str>() {
        let name = match text.ascii_text() {
            Some(name) => name.as_bytes().to_vec(),
            None => idna(thread, text)?,
        };
        Some(c_bytes(thread, name)?)
    } else if let Some(name) = host.cast::<Bytes>() {
        Some(c_bytes(thread, name.as_slice().to_vec())?)
    } else {
        return Err(thread.type_error("getaddrinfo() argument 1 must be string or None"));
    };
    let port = if port.is_none() {
        None
    } else if port.is_int() {
        let text = port.index(thread)?.str(thread)?;
        Some(c_bytes(thread, text.to_rust(thread)?.into_bytes())?)
    } else if let Some(text) = port.cast::<Str>() {
        Some(c_bytes(thread, text.to_rust(thread)?.into_bytes())?)
    } else if let Some(name) = port.cast::<Bytes>() {
        Some(c_bytes(thread, name.as_slice().to_vec())?)
    } else {
        return Err(os_message(thread, "Int or String expected"));
    };
    let found = Found::of(thread, host.as_ref(), port.as_ref(), &hints(flags, family, kind, proto))?;
    let mut items = Vec::new();
    for entry in found.iter() {
        // SAFETY: the library says how long the address is, and gives a C string or null.
        let (address, canonical) = unsafe { (Address::copy(entry.ai_addr, entry.ai_addrlen), text_of(thread, entry.ai_canonname)?) };
        let address = address.to_object(thread, -1, entry.ai_protocol)?;
        items.push(tuple(thread, vec![int(entry.ai_family), int(entry.ai_socktype), int(entry.ai_protocol), canonical, address])?);
    }
    List::from_vec(thread, items)
}

/// getnameinfo(sockaddr, flags) --> (host, port)
///
/// Get host and port for a sockaddr.
#[pyfunction(sig = "(sockaddr, flags, /)", text = "")]
pub fn getnameinfo(thread: &Thread, sockaddr: &Object, flags: c_int) -> PyResult<Obj> {
    let Some(items) = sockaddr.cast::<Tuple>().map(Tuple::items) else {
        return Err(thread.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    let illegal = || thread.type_error("getnameinfo(): illegal sockaddr argument");
    let (Some(host), Some(port), true) = (items.first().and_then(|h| h.cast::<Str>()), items.get(1), items.len() <= 4) else {
        return Err(illegal());
    };
    let port = super::descriptor(thread, port)?;
    let number = |at: usize| match items.get(at) {
        Some(value) => Ok(value.index(thread)?.to_i64().map_or(0, |value| value as u32)),
        None => Ok(0),
    };
    let (flow, scope) = (number(2)?, number(3)?);
    if flow > 0xfffff {
        return Err(thread.overflow_error("getnameinfo(): flowinfo must be 0-1048575."));
    }
    let (host, port) = (c_text(thread, host)?, c_bytes(thread, port.to_string().into_bytes())?);
    let found = Found::of(thread, Some(&host), Some(&port), &hints(libc::AI_NUMERICHOST, libc::AF_UNSPEC, libc::SOCK_DGRAM, 0))?;
    let mut entries = found.iter();
    let Some(entry) = entries.next() else { return Err(gai_error(thread, libc::EAI_NONAME)) };
    if entries.next().is_some() {
        return Err(os_message(thread, "sockaddr resolved to multiple addresses"));
    }
    match entry.ai_family {
        libc::AF_INET if items.len() != 2 => return Err(os_message(thread, "IPv4 sockaddr must be 2 tuple")),
        libc::AF_INET6 => {
            let raw = entry.ai_addr.cast::<libc::sockaddr_in6>();
            // SAFETY: an address of that family, which is ours while `found` lives.
            unsafe {
                (*raw).sin6_flowinfo = flow.to_be();
                (*raw).sin6_scope_id = scope;
            }
        }
        _ => {}
    }
    let (mut name, mut service) = ([0 as c_char; libc::NI_MAXHOST as usize], [0 as c_char; 32]);
    // SAFETY: room as told; the address is the library's own.
    let code = unsafe {
        let (name_room, service_room) = (name.len() as libc::socklen_t, service.len() as libc::socklen_t);
        libc::getnameinfo(entry.ai_addr, entry.ai_addrlen, name.as_mut_ptr(), name_room, service.as_mut_ptr(), service_room, flags)
    };
    if code != 0 {
        return Err(gai_error(thread, code));
    }
    // SAFETY: the library wrote C strings.
    let (name, service) = unsafe { (text_of(thread, name.as_ptr())?, text_of(thread, service.as_ptr())?) };
    tuple(thread, vec![name, service])
}

/// gethostbyname(host) -> address
///
/// Return the IP address (a string of the form '255.255.255.255') for a host.
#[pyfunction(sig = "(name, /)", text = "")]
pub fn gethostbyname(thread: &Thread, name: HostName) -> PyResult<Owned<Str>> {
    name.resolve(thread, libc::AF_INET)?.host(thread)
}

unsafe extern "C" {
    fn gethostbyname_r(
        name: *const c_char,
        result: *mut libc::hostent,
        buffer: *mut c_char,
        room: usize,
        found: *mut *mut libc::hostent,
        error: *mut c_int,
    ) -> c_int;
    fn gethostbyaddr_r(
        address: *const c_void,
        length: libc::socklen_t,
        family: c_int,
        result: *mut libc::hostent,
        buffer: *mut c_char,
        room: usize,
        found: *mut *mut libc::hostent,
        error: *mut c_int,
    ) -> c_int;
}

/// The room that the library has for what it knows of a host.
const ROOM: usize = 16384;

/// Ask the library for a host: (name, aliases, addresses).
fn host(thread: &Thread, ask: impl FnOnce(*mut libc::hostent, &mut [c_char], *mut *mut libc::hostent, &mut c_int)) -> PyResult<Obj> {
    // SAFETY: zeros and null pointers are valid in it.
    let mut entry: libc::hostent = unsafe { std::mem::zeroed() };
    let mut buffer = vec![0 as c_char; ROOM];
    let (mut found, mut error) = (std::ptr::null_mut(), 0);
    ask(&mut entry, &mut buffer, &mut found, &mut error);
    if found.is_null() {
        return Err(host_error(thread, error));
    }
    if entry.h_addrtype != libc::AF_INET && entry.h_addrtype != libc::AF_INET6 {
        return Err(os_message(thread, "unsupported address family"));
    }
    let (mut aliases, mut addresses) = (Vec::new(), Vec::new());
    // SAFETY: the library filled in the struct; its lists end with null.
    let name = unsafe {
        let mut at = entry.h_aliases;
        while !at.is_null() && !(*at).is_null() {
            aliases.push(text_of(thread, *at)?);
            at = at.add(1);
        }
        let mut at = entry.h_addr_list;
        while !at.is_null() && !(*at).is_null() {
            addresses.push(ntop(thread, entry.h_addrtype, (*at).cast())?.upcast());
            at = at.add(1);
        }
        text_of(thread, entry.h_name)?
    };
    tuple(thread, vec![name, List::from_vec(thread, aliases)?.upcast(), List::from_vec(thread, addresses)?.upcast()])
}

/// gethostbyname_ex(host) -> (name, aliaslist, addresslist)
///
/// Return the true host name, a list of aliases, and a list of IP addresses, for a host.
#[pyfunction(sig = "(name, /)", text = "")]
pub fn gethostbyname_ex(thread: &Thread, name: HostName) -> PyResult<Obj> {
    name.resolve(thread, libc::AF_INET)?;
    host(thread, |entry, buffer, found, error| {
        // SAFETY: a C string, and structs and room that live across the call.
        unsafe { gethostbyname_r(name.0.as_ptr(), entry, buffer.as_mut_ptr(), buffer.len(), found, error) };
    })
}

/// gethostbyaddr(host) -> (name, aliaslist, addresslist)
///
/// Return the true host name, a list of aliases, and a list of IP addresses, for a host.
/// The host argument is a string giving a host name or IP number.
#[pyfunction(sig = "(name, /)", text = "")]
pub fn gethostbyaddr(thread: &Thread, name: HostName) -> PyResult<Obj> {
    let address = name.resolve(thread, libc::AF_UNSPEC)?;
    let start = address.raw().cast::<u8>();
    let (offset, length) = match address.family() {
        libc::AF_INET => (std::mem::offset_of!(libc::sockaddr_in, sin_addr), 4),
        libc::AF_INET6 => (std::mem::offset_of!(libc::sockaddr_in6, sin6_addr), 16),
        _ => return Err(os_message(thread, "unsupported address family")),
    };
    host(thread, |entry, buffer, found, error| {
        // SAFETY: the address lies in the storage; structs and room live across the call.
        unsafe {
            let packed = start.add(offset).cast();
            gethostbyaddr_r(packed, length, address.family(), entry, buffer.as_mut_ptr(), buffer.len(), found, error)
        };
    })
}

fn optional_text(thread: &Thread, text: Option<&Str>) -> PyResult<Option<CString>> {
    text.map(|text| c_text(thread, text)).transpose()
}

fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())
}

/// getservbyname(servicename[, protocolname]) -> integer
///
/// Return a port number from a service name and protocol name.
#[pyfunction(sig = "(name, proto=None, /)", text = "")]
pub fn getservbyname(thread: &Thread, name: &Str, proto: Option<&Str>) -> PyResult<u32> {
    let (name, proto) = (c_text(thread, name)?, optional_text(thread, proto)?);
    // SAFETY: C strings or null; the result is read at once.
    match unsafe { libc::getservbyname(name.as_ptr(), pointer(&proto)).as_ref() } {
        Some(entry) => Ok(u16::from_be(entry.s_port as u16) as u32),
        None => Err(os_message(thread, "service/proto not found")),
    }
}

/// getservbyport(port[, protocolname]) -> string
///
/// Return the service name from a port number and protocol name.
#[pyfunction(sig = "(port, proto=None, /)", text = "")]
pub fn getservbyport(thread: &Thread, port: c_int, proto: Option<&Str>) -> PyResult<Obj> {
    let proto = optional_text(thread, proto)?;
    let Ok(port) = u16::try_from(port) else {
        return Err(thread.overflow_error("getservbyport: port must be 0-65535."));
    };
    // SAFETY: a C string or null; the result is read at once.
    match unsafe { libc::getservbyport(port.to_be() as c_int, pointer(&proto)).as_ref() } {
        // SAFETY: the library's own C string.
        Some(entry) => unsafe { text_of(thread, entry.s_name) },
        None => Err(os_message(thread, "port/proto not found")),
    }
}

/// getprotobyname(name) -> integer
///
/// Return the protocol number for the named protocol.
#[pyfunction(sig = "(name, /)", text = "")]
pub fn getprotobyname(thread: &Thread, name: &Str) -> PyResult<i32> {
    let name = c_text(thread, name)?;
    // SAFETY: a C string; the result is read at once.
    match unsafe { libc::getprotobyname(name.as_ptr()).as_ref() } {
        Some(entry) => Ok(entry.p_proto),
        None => Err(os_message(thread, "protocol not found")),
    }
}
