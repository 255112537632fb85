//! Addresses: between Python's tuples and names and the system's structs.

use std::ffi::{CString, c_char, c_int, c_void};

use pyrox_objects::codecs::encode_text;
use pyrox_objects::native::{FromArgument, Place};
use pyrox_objects::{Buffer, ByteArray, Bytes, Int, Obj, Object, Owned, PyResult, Raised, Str, Thread, Tuple, exceptions};
use pyrox_stdlib_os::paths::{decode_name, encode_name};

use super::Socket;
use super::errors::gai_error;

/// An address of any family.
#[derive(Clone, Copy)]
pub struct Address {
    pub storage: libc::sockaddr_storage,
    pub len: libc::socklen_t,
}

const UNIX_PATH: usize = std::mem::offset_of!(libc::sockaddr_un, sun_path);
const UNIX_ROOM: usize = size_of::<libc::sockaddr_un>() - UNIX_PATH;

/// A tuple of the given objects.
pub fn tuple(thread: &Thread, items: Vec<Obj>) -> PyResult<Obj> {
    Ok(Tuple::from_vec(thread, items)?.upcast())
}

pub fn int(value: impl Into<i64>) -> Obj {
    Int::from(value.into()).upcast()
}

/// The name of a host: text (which goes through IDNA unless it is ASCII) or bytes.
pub struct HostName(pub CString);

impl HostName {
    pub fn of(thread: &Thread, value: &Object, place: Option<&Place>) -> PyResult<HostName> {
        let bytes = if let Some(bytes) = value.cast::<Bytes>() {
            bytes.as_slice().to_vec()
        } else if let Some(bytes) = value.cast::<ByteArray>() {
            bytes.as_slice().to_vec()
        } else if let Some(text) = value.cast::<Str>() {
            match text.ascii_text() {
                Some(text) => text.as_bytes().to_vec(),
                None => match idna(thread, text) {
                    Ok(bytes) => bytes,
                    Err(_) => {
                        thread.set_raised(None);
                        return Err(thread.type_error("encoding of hostname failed"));
                    }
                },
            }
        } else {
            return Err(match place {
                Some(place) => place.must_be(thread, "str, bytes or bytearray", value),
                None => thread.type_error(&format!("str, bytes or bytearray expected, not {}", value.ty().name())),
            });
        };
        CString::new(bytes).map(HostName).map_err(|_| thread.type_error("host name must not contain null character"))
    }

    pub fn resolve(&self, thread: &Thread, family: c_int) -> PyResult<Address> {
        resolve(thread, &self.0, family)
    }
}

impl<'a> FromArgument<'a> for HostName {
    fn from_argument(thread: &Thread, value: &'a Object, place: &Place) -> PyResult<Self> {
        HostName::of(thread, value, Some(place))
    }
}

/// Text by the codec `idna`.
pub fn idna(thread: &Thread, text: &Str) -> PyResult<Vec<u8>> {
    let encoded = encode_text(thread, text, Some(&*Str::from_str(thread, "idna")?), None)?;
    match encoded.cast::<Bytes>() {
        Some(bytes) => Ok(bytes.as_slice().to_vec()),
        None => Err(thread.type_error("encoding of hostname failed")),
    }
}

/// What `getaddrinfo` gives, freed at the end.
pub struct Found(pub *mut libc::addrinfo);

impl Found {
    pub fn of(thread: &Thread, host: Option<&CString>, service: Option<&CString>, hints: &libc::addrinfo) -> PyResult<Found> {
        let pointer = |text: Option<&CString>| text.map_or(std::ptr::null(), |text| text.as_ptr());
        let mut found = std::ptr::null_mut();
        // SAFETY: C strings or null, and structs that live across the call.
        match unsafe { libc::getaddrinfo(pointer(host), pointer(service), hints, &mut found) } {
            0 => Ok(Found(found)),
            code => Err(gai_error(thread, code)),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &libc::addrinfo> {
        // SAFETY: a list of the library, which lives as long as `self`.
        let first = unsafe { self.0.as_ref() };
        // SAFETY: as above.
        std::iter::successors(first, |entry| unsafe { entry.ai_next.as_ref() })
    }
}

impl Drop for Found {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: ours, freed once.
            unsafe { libc::freeaddrinfo(self.0) };
        }
    }
}

/// Hints of zeros but for these.
pub fn hints(flags: c_int, family: c_int, kind: c_int, protocol: c_int) -> libc::addrinfo {
    // SAFETY: zeros and null pointers are valid in it.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    (hints.ai_flags, hints.ai_family, hints.ai_socktype, hints.ai_protocol) = (flags, family, kind, protocol);
    hints
}

fn os_message(thread: &Thread, message: &str) -> Raised {
    thread.error(exceptions::os_error(), message)
}

/// The address (port 0) of a host's name.
fn resolve(thread: &Thread, name: &CString, family: c_int) -> PyResult<Address> {
    let text = name.as_bytes();
    if text.is_empty() {
        let service = c"0".to_owned();
        let found = Found::of(thread, None, Some(&service), &hints(libc::AI_PASSIVE, family, libc::SOCK_DGRAM, 0))?;
        if found.iter().count() != 1 {
            return Err(os_message(thread, "wildcard resolved to multiple address"));
        }
        return found.iter().next().map(Address::of_info).ok_or_else(|| gai_error(thread, libc::EAI_NONAME));
    }
    let ipv4 = |address: libc::in_addr| {
        // SAFETY: zeros are valid in it.
        let mut raw: libc::sockaddr_in = unsafe { std::mem::zeroed() };
        raw.sin_family = libc::AF_INET as u16;
        raw.sin_addr = address;
        Address::of(&raw)
    };
    let takes_ipv4 = family == libc::AF_UNSPEC || family == libc::AF_INET;
    if text == b"255.255.255.255" || text == b"<broadcast>" {
        if !takes_ipv4 {
            return Err(os_message(thread, "address family mismatched"));
        }
        return Ok(ipv4(libc::in_addr { s_addr: libc::INADDR_BROADCAST }));
    }
    if takes_ipv4 {
        let mut address = libc::in_addr { s_addr: 0 };
        // SAFETY: room for the address.
        if unsafe { inet_pton(libc::AF_INET, name.as_ptr(), (&raw mut address).cast()) } > 0 {
            return Ok(ipv4(address));
        }
    }
    if (family == libc::AF_UNSPEC || family == libc::AF_INET6) && !text.contains(&b'%') {
        // SAFETY: zeros are valid in it.
        let mut raw: libc::sockaddr_in6 = unsafe { std::mem::zeroed() };
        raw.sin6_family = libc::AF_INET6 as u16;
        // SAFETY: room for the address.
        if unsafe { inet_pton(libc::AF_INET6, name.as_ptr(), (&raw mut raw.sin6_addr).cast()) } > 0 {
            return Ok(Address::of(&raw));
        }
    }
    let found = Found::of(thread, Some(name), None, &hints(0, family, 0, 0))?;
    found.iter().next().map(Address::of_info).ok_or_else(|| gai_error(thread, libc::EAI_NONAME))
}

unsafe extern "C" {
    pub fn inet_pton(family: c_int, text: *const c_char, to: *mut c_void) -> c_int;
    pub fn inet_ntop(family: c_int, from: *const c_void, to: *mut c_char, room: libc::socklen_t) -> *const c_char;
}

/// A packed address as text.
pub fn ntop(thread: &Thread, family: c_int, packed: *const c_void) -> PyResult<Owned<Str>> {
    let mut text = [0u8; 64];
    // SAFETY: the caller gives an address of the family; there is room for any text.
    if unsafe { inet_ntop(family, packed, text.as_mut_ptr().cast(), text.len() as libc::socklen_t) }.is_null() {
        return Err(pyrox_stdlib_os::system::fail(thread));
    }
    let length = text.iter().position(|&b| b == 0).unwrap_or(0);
    Str::from_latin1(thread, text.get(..length).unwrap_or_default())
}

impl Address {
    pub fn empty() -> Address {
        // SAFETY: zeros are valid in it.
        Address { storage: unsafe { std::mem::zeroed() }, len: size_of::<libc::sockaddr_storage>() as libc::socklen_t }
    }

    /// A struct of one family as any address.
    pub fn of<T: Copy>(raw: &T) -> Address {
        let mut address = Address::empty();
        let length = size_of::<T>().min(size_of::<libc::sockaddr_storage>());
        // SAFETY: both are that long.
        unsafe { std::ptr::copy_nonoverlapping((raw as *const T).cast::<u8>(), (&raw mut address.storage).cast(), length) };
        address.len = length as libc::socklen_t;
        address
    }

    /// Of `length` bytes at `raw`.
    ///
    /// # Safety
    /// They can be read.
    pub unsafe fn copy(raw: *const libc::sockaddr, length: libc::socklen_t) -> Address {
        let mut address = Address::empty();
        address.len = length.min(address.len);
        if !raw.is_null() {
            // SAFETY: by contract, and there is room.
            unsafe { std::ptr::copy_nonoverlapping(raw.cast::<u8>(), (&raw mut address.storage).cast(), address.len as usize) };
        }
        address
    }

    fn of_info(info: &libc::addrinfo) -> Address {
        // SAFETY: the library says how long it is.
        unsafe { Address::copy(info.ai_addr, info.ai_addrlen) }
    }

    pub fn raw(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }

    pub fn raw_mut(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }

    pub fn family(&self) -> c_int {
        self.storage.ss_family as c_int
    }

    /// As the struct of a family.
    fn view<T: Copy>(&self) -> T {
        debug_assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>());
        // SAFETY: the storage is large and aligned enough for every family.
        unsafe { *(&raw const self.storage).cast::<T>() }
    }

    fn bytes(&self) -> &[u8] {
        let length = (self.len as usize).min(size_of::<libc::sockaddr_storage>());
        // SAFETY: the storage is that long.
        unsafe { std::slice::from_raw_parts((&raw const self.storage).cast(), length) }
    }

    /// The address as text, without the port.
    pub fn host(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        match self.family() {
            libc::AF_INET6 => {
                let raw: libc::sockaddr_in6 = self.view();
                ntop(thread, libc::AF_INET6, (&raw const raw.sin6_addr).cast())
            }
            _ => {
                let raw: libc::sockaddr_in = self.view();
                ntop(thread, libc::AF_INET, (&raw const raw.sin_addr).cast())
            }
        }
    }

    /// As Python sees it.
    pub fn to_object(self, thread: &Thread, fd: c_int, proto: c_int) -> PyResult<Obj> {
        if self.len == 0 {
            return Ok(pyrox_objects::none());
        }
        match self.family() {
            libc::AF_INET => {
                let raw: libc::sockaddr_in = self.view();
                tuple(thread, vec![self.host(thread)?.upcast(), int(u16::from_be(raw.sin_port))])
            }
            libc::AF_INET6 => {
                let raw: libc::sockaddr_in6 = self.view();
                let (port, flow) = (u16::from_be(raw.sin6_port), u32::from_be(raw.sin6_flowinfo));
                tuple(thread, vec![self.host(thread)?.upcast(), int(port), int(flow), int(raw.sin6_scope_id)])
            }
            libc::AF_UNIX => {
                let path = self.bytes().get(UNIX_PATH..).unwrap_or_default();
                if path.first() == Some(&0) {
                    return Ok(Bytes::from_slice(thread, path)?.upcast());
                }
                let length = path.iter().position(|&b| b == 0).unwrap_or(path.len());
                Ok(decode_name(thread, path.get(..length).unwrap_or_default())?.upcast())
            }
            libc::AF_NETLINK => {
                let raw: libc::sockaddr_nl = self.view();
                tuple(thread, vec![int(raw.nl_pid), int(raw.nl_groups)])
            }
            libc::AF_VSOCK => {
                let raw: libc::sockaddr_vm = self.view();
                tuple(thread, vec![int(raw.svm_cid), int(raw.svm_port)])
            }
            libc::AF_PACKET => {
                let raw: libc::sockaddr_ll = self.view();
                let name = interface_name(fd, raw.sll_ifindex);
                let hardware = raw.sll_addr.get(..raw.sll_halen as usize).unwrap_or(&raw.sll_addr);
                let items = vec![
                    decode_name(thread, &name)?.upcast(),
                    int(u16::from_be(raw.sll_protocol)),
                    int(raw.sll_pkttype),
                    int(raw.sll_hatype),
                    Bytes::from_slice(thread, hardware)?.upcast(),
                ];
                tuple(thread, items)
            }
            libc::AF_CAN => {
                let raw: libc::sockaddr_can = self.view();
                let name = decode_name(thread, &interface_name(fd, raw.can_ifindex))?.upcast();
                if proto == CAN_ISOTP {
                    // SAFETY: what the protocol has in the union.
                    let ids = unsafe { raw.can_addr.tp };
                    return tuple(thread, vec![name, int(ids.rx_id), int(ids.tx_id)]);
                }
                tuple(thread, vec![name])
            }
            family => {
                let data = self.bytes().get(2..16.min(self.len as usize).max(2)).unwrap_or_default();
                let mut padded = [0u8; 14];
                for (to, from) in padded.iter_mut().zip(data) {
                    *to = *from;
                }
                tuple(thread, vec![int(family), Bytes::from_slice(thread, &padded)?.upcast()])
            }
        }
    }
}

const CAN_ISOTP: c_int = 6;

/// The name of an interface; empty if there is none of the number.
fn interface_name(_fd: c_int, index: c_int) -> Vec<u8> {
    let mut name = [0u8; libc::IF_NAMESIZE];
    // SAFETY: room for a name.
    if index == 0 || unsafe { libc::if_indextoname(index as u32, name.as_mut_ptr().cast()) }.is_null() {
        return Vec::new();
    }
    name.iter().copied().take_while(|&b| b != 0).collect()
}

/// The number of the interface that `name` names; 0 for none.
fn interface_index(thread: &Thread, name: &Object) -> PyResult<c_int> {
    let bytes = match (name.cast::<Str>(), name.cast::<Bytes>()) {
        (Some(text), _) => encode_name(thread, text)?,
        (_, Some(bytes)) => bytes.as_slice().to_vec(),
        _ => return Err(thread.type_error(&format!("expected str, bytes or os.PathLike object, not {}", name.ty().name()))),
    };
    if bytes.is_empty() {
        return Ok(0);
    }
    let name = CString::new(bytes).map_err(|_| thread.value_error("embedded null byte"))?;
    // SAFETY: a C string.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(pyrox_stdlib_os::system::fail(thread)),
        index => Ok(index as c_int),
    }
}

fn c_int_of(thread: &Thread, value: &Object) -> PyResult<c_int> {
    let number = value.index(thread)?;
    match number.to_i64() {
        Some(value) => c_int::try_from(value).map_err(|_| {
            thread.overflow_error(if value < 0 { "signed integer is less than minimum" } else { "signed integer is greater than maximum" })
        }),
        None => Err(thread.overflow_error("Python int too large to convert to C long")),
    }
}

/// A number's lowest 32 bits.
fn word(thread: &Thread, value: &Object) -> PyResult<u32> {
    let number = value.index(thread)?;
    Ok(number.to_i64().map(|v| v as u32).or_else(|| number.to_u64().map(|v| v as u32)).unwrap_or(0))
}

/// The items of the tuple that an address must be.
fn items<'a>(
    thread: &Thread,
    address: &'a Object,
    function: &str,
    family: &str,
    sizes: std::ops::RangeInclusive<usize>,
    form: &str,
) -> PyResult<Vec<&'a Object>> {
    let Some(items) = address.cast::<Tuple>().map(|tuple| tuple.items()) else {
        return Err(thread.type_error(&format!("{function}(): {family} address must be tuple, not {}", address.ty().name())));
    };
    if !sizes.contains(&items.len()) {
        return Err(thread.type_error(&format!("{family} address must be {form}")));
    }
    Ok(items.to_vec())
}

/// The port in an address.
fn port_number(thread: &Thread, value: &Object, function: &str) -> PyResult<u16> {
    let port = match c_int_of(thread, value) {
        Ok(port) => u16::try_from(port).ok(),
        Err(_) if thread.take_if(exceptions::overflow_error()) => None,
        Err(raised) => return Err(raised),
    };
    port.ok_or_else(|| thread.overflow_error(&format!("{function}(): port must be 0-65535.")))
}

impl Socket {
    /// The address that `address` means for this socket.
    pub fn parse_address(&self, thread: &Thread, address: &Object, function: &str) -> PyResult<Address> {
        match self.family.get() {
            libc::AF_UNIX => unix_address(thread, address),
            libc::AF_INET => {
                let given = items(thread, address, function, "AF_INET", 2..=2, "a pair (host, port)")?;
                let (host, port) = two(&given, thread)?;
                let host = HostName::of(thread, host, None)?;
                let port = port_number(thread, port, function)?;
                let resolved = host.resolve(thread, libc::AF_INET)?;
                let mut raw: libc::sockaddr_in = resolved.view();
                raw.sin_family = libc::AF_INET as u16;
                raw.sin_port = port.to_be();
                Ok(Address::of(&raw))
            }
            libc::AF_INET6 => {
                let given = items(thread, address, function, "AF_INET6", 2..=4, "a tuple (host, port[, flowinfo[, scopeid]])")?;
                let (host, port) = two(&given, thread)?;
                let host = HostName::of(thread, host, None)?;
                let port = port_number(thread, port, function)?;
                let flow = given.get(2).map_or(Ok(0), |value| word(thread, value))?;
                let scope = given.get(3).map_or(Ok(0), |value| word(thread, value))?;
                let resolved = host.resolve(thread, libc::AF_INET6)?;
                if flow > 0xfffff {
                    return Err(thread.overflow_error(&format!("{function}(): flowinfo must be 0-1048575.")));
                }
                let mut raw: libc::sockaddr_in6 = resolved.view();
                raw.sin6_family = libc::AF_INET6 as u16;
                raw.sin6_port = port.to_be();
                raw.sin6_flowinfo = flow.to_be();
                raw.sin6_scope_id = scope;
                Ok(Address::of(&raw))
            }
            libc::AF_NETLINK => {
                let given = items(thread, address, function, "AF_NETLINK", 2..=2, "a pair (pid, groups)")?;
                let (pid, groups) = two(&given, thread)?;
                // SAFETY: zeros are valid in it.
                let mut raw: libc::sockaddr_nl = unsafe { std::mem::zeroed() };
                raw.nl_family = libc::AF_NETLINK as u16;
                raw.nl_pid = word(thread, pid)?;
                raw.nl_groups = word(thread, groups)?;
                Ok(Address::of(&raw))
            }
            libc::AF_VSOCK => {
                let given = items(thread, address, function, "AF_VSOCK", 2..=2, "a pair (CID, port)")?;
                let (cid, port) = two(&given, thread)?;
                // SAFETY: zeros are valid in it.
                let mut raw: libc::sockaddr_vm = unsafe { std::mem::zeroed() };
                raw.svm_family = libc::AF_VSOCK as u16;
                raw.svm_cid = word(thread, cid)?;
                raw.svm_port = word(thread, port)?;
                Ok(Address::of(&raw))
            }
            libc::AF_PACKET => packet_address(thread, address, function),
            libc::AF_CAN => {
                let isotp = self.proto.get() == CAN_ISOTP;
                let (count, form) = if isotp { (3, "a tuple (interface, rx_addr, tx_addr)") } else { (1, "a tuple (interface,)") };
                let given = items(thread, address, function, "AF_CAN", count..=count, form)?;
                // SAFETY: zeros are valid in it.
                let mut raw: libc::sockaddr_can = unsafe { std::mem::zeroed() };
                raw.can_family = libc::AF_CAN as u16;
                if let Some(name) = given.first() {
                    raw.can_ifindex = interface_index(thread, name)?;
                }
                if let [_, rx, tx] = given.as_slice() {
                    let (rx, tx) = (word(thread, rx)?, word(thread, tx)?);
                    raw.can_addr.tp.rx_id = rx;
                    raw.can_addr.tp.tx_id = tx;
                }
                Ok(Address::of(&raw))
            }
            _ => Err(os_message(thread, &format!("{function}(): bad family"))),
        }
    }

    /// What the system fills in as an address.
    pub fn address_object(&self, thread: &Thread, address: &Address) -> PyResult<Obj> {
        address.to_object(thread, self.fd.get(), self.proto.get())
    }
}

fn two<'a>(items: &[&'a Object], thread: &Thread) -> PyResult<(&'a Object, &'a Object)> {
    match items {
        [first, second, ..] => Ok((*first, *second)),
        _ => Err(thread.type_error("address must be a pair")),
    }
}

fn unix_address(thread: &Thread, address: &Object) -> PyResult<Address> {
    let path = match address.cast::<Str>() {
        Some(text) => encode_name(thread, text)?,
        None => Buffer::simple(thread, address)?.as_slice().to_vec(),
    };
    // Names that begin with NUL are abstract, and the empty one asks for any of these: no NUL ends them.
    let is_abstract = path.first().is_none_or(|&b| b == 0);
    if path.len() > UNIX_ROOM || (!is_abstract && path.len() == UNIX_ROOM) {
        return Err(os_message(thread, "AF_UNIX path too long"));
    }
    // SAFETY: zeros are valid in it.
    let mut raw: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    raw.sun_family = libc::AF_UNIX as u16;
    for (to, from) in raw.sun_path.iter_mut().zip(&path) {
        *to = *from as c_char;
    }
    let mut made = Address::of(&raw);
    made.len = (UNIX_PATH + path.len() + !is_abstract as usize) as libc::socklen_t;
    Ok(made)
}

fn packet_address(thread: &Thread, address: &Object, function: &str) -> PyResult<Address> {
    let given = items(thread, address, function, "AF_PACKET", 2..=5, "a tuple of two to five elements")?;
    let (name, protocol) = two(&given, thread)?;
    let protocol = c_int_of(thread, protocol)?;
    let packet = given.get(2).map_or(Ok(0), |value| c_int_of(thread, value))?;
    let kind = given.get(3).map_or(Ok(0), |value| c_int_of(thread, value))?;
    let hardware = match given.get(4) {
        Some(value) => Buffer::simple(thread, value)?.as_slice().to_vec(),
        None => Vec::new(),
    };
    if hardware.len() > 8 {
        return Err(thread.value_error("Hardware address must be 8 bytes or less"));
    }
    let index = interface_index(thread, name)?;
    let Ok(protocol) = u16::try_from(protocol) else {
        return Err(thread.overflow_error(&format!("{function}(): proto must be 0-65535.")));
    };
    // SAFETY: zeros are valid in it.
    let mut raw: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    raw.sll_family = libc::AF_PACKET as u16;
    raw.sll_protocol = protocol.to_be();
    raw.sll_ifindex = index;
    raw.sll_pkttype = packet as u8;
    raw.sll_hatype = kind as u16;
    raw.sll_halen = hardware.len() as u8;
    for (to, from) in raw.sll_addr.iter_mut().zip(&hardware) {
        *to = *from;
    }
    Ok(Address::of(&raw))
}
