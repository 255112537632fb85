//! `recvmsg` and `sendmsg`: data in several pieces, with ancillary data.

use std::ffi::c_int;

use pyrox_abi as abi;
use pyrox_objects::{Buffer, Bytes, List, Obj, Object, PyResult, Thread, Tuple, exceptions};

use super::address::{Address, int, tuple};
use super::wait::Direction;
use super::{Socket, descriptor, transfer};

/// `CMSG_LEN`, unless it is more than the system can take.
pub fn cmsg_len(data: usize) -> Option<usize> {
    // SAFETY: pure arithmetic.
    let empty = unsafe { libc::CMSG_LEN(0) } as usize;
    data.checked_add(empty).filter(|&total| total <= c_int::MAX as usize)
}

/// `CMSG_SPACE`, unless it is more than the system can take.
pub fn cmsg_space(data: usize) -> Option<usize> {
    // SAFETY: pure arithmetic.
    let smallest = unsafe { libc::CMSG_SPACE(1) } as usize;
    if data > c_int::MAX as usize - smallest {
        return None;
    }
    // SAFETY: pure arithmetic, far from its limits.
    Some(unsafe { libc::CMSG_SPACE(data as u32) } as usize)
}

/// Bytes aligned as the system wants ancillary data to be.
fn aligned(thread: &Thread, size: usize) -> PyResult<Vec<libc::cmsghdr>> {
    let count = size.div_ceil(size_of::<libc::cmsghdr>());
    let mut space = Vec::new();
    space.try_reserve_exact(count).map_err(|_| thread.no_memory())?;
    // SAFETY: zeros are valid in it.
    space.resize(count, unsafe { std::mem::zeroed() });
    Ok(space)
}

fn empty_message() -> libc::msghdr {
    // SAFETY: zeros and null pointers are valid in it.
    unsafe { std::mem::zeroed() }
}

impl Socket {
    /// Receive into `vectors`: the count, and what comes after it in the result.
    fn receive_vectors(&self, thread: &Thread, vectors: &mut [libc::iovec], space: isize, flags: c_int) -> PyResult<(usize, Vec<Obj>)> {
        let space = (usize::try_from(space).ok().filter(|&space| space <= c_int::MAX as usize))
            .ok_or_else(|| thread.value_error("invalid ancillary data buffer length"))?;
        let mut control = aligned(thread, space)?;
        let mut address = Address::empty();
        let mut message = empty_message();
        let count = self.run(thread, Direction::Read, |fd| {
            address = Address::empty();
            message = empty_message();
            message.msg_name = address.raw_mut().cast();
            message.msg_namelen = address.len;
            message.msg_iov = vectors.as_mut_ptr();
            message.msg_iovlen = vectors.len();
            message.msg_control = if space > 0 { control.as_mut_ptr().cast() } else { std::ptr::null_mut() };
            message.msg_controllen = space;
            // SAFETY: everything the struct names lives across the call and is as long as said.
            unsafe { libc::recvmsg(fd, &mut message, flags) }
        })? as usize;
        address.len = message.msg_namelen.min(size_of::<libc::sockaddr_storage>() as libc::socklen_t);
        let ancillary = ancillary_items(thread, &message)?;
        let rest = vec![List::from_vec(thread, ancillary)?.upcast(), int(message.msg_flags), self.address_object(thread, &address)?];
        Ok((count, rest))
    }

    pub fn receive_message(&self, thread: &Thread, size: isize, space: isize, flags: c_int) -> PyResult<Obj> {
        let size = usize::try_from(size).map_err(|_| thread.value_error("negative buffer size in recvmsg()"))?;
        let mut others = Vec::new();
        let data = transfer::read_bytes(thread, size, |to| {
            let mut vectors = [libc::iovec { iov_base: to.cast(), iov_len: size }];
            let (count, rest) = self.receive_vectors(thread, &mut vectors, space, flags)?;
            others = rest;
            Ok(count)
        })?;
        others.insert(0, data.upcast());
        tuple(thread, others)
    }

    pub fn receive_message_into(&self, thread: &Thread, buffers: &Object, space: isize, flags: c_int) -> PyResult<Obj> {
        let items = iterable(thread, buffers, "recvmsg_into() argument 1 must be an iterable")?;
        if items.len() > c_int::MAX as usize {
            return Err(thread.error(exceptions::os_error(), "recvmsg_into() argument 1 is too long"));
        }
        let (mut exports, mut vectors) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
        for item in &items {
            let export = Buffer::get(thread, item, abi::PyBUF_WRITABLE).map_err(|raised| {
                if thread.take_if(exceptions::type_error()) || thread.take_if(exceptions::buffer_error()) {
                    return thread.type_error("recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers");
                }
                raised
            })?;
            vectors.push(libc::iovec { iov_base: export.as_mut_ptr().cast(), iov_len: export.len() });
            exports.push(export);
        }
        let (count, mut rest) = self.receive_vectors(thread, &mut vectors, space, flags)?;
        rest.insert(0, int(count as i64));
        tuple(thread, rest)
    }

    pub fn send_message(
        &self,
        thread: &Thread,
        buffers: &Object,
        ancillary: Option<&Object>,
        flags: c_int,
        address: Option<&Object>,
    ) -> PyResult<usize> {
        let address = match address.filter(|a| !a.is_none()) {
            Some(address) => Some(self.parse_address(thread, address, "sendmsg")?),
            None => None,
        };
        let (mut exports, mut vectors) = (Vec::new(), Vec::new());
        for item in iterable(thread, buffers, "sendmsg() argument 1 must be an iterable")? {
            let export = Buffer::simple(thread, &item)?;
            vectors.push(libc::iovec { iov_base: export.as_mut_ptr().cast(), iov_len: export.len() });
            exports.push(export);
        }
        let mut control = match ancillary {
            Some(ancillary) => pack_ancillary(thread, ancillary)?,
            None => (Vec::new(), 0),
        };
        let mut message = empty_message();
        if let Some(address) = &address {
            message.msg_name = address.raw().cast_mut().cast();
            message.msg_namelen = address.len;
        }
        message.msg_iov = vectors.as_mut_ptr();
        message.msg_iovlen = vectors.len();
        if control.1 > 0 {
            message.msg_control = control.0.as_mut_ptr().cast();
            message.msg_controllen = control.1;
        }
        // SAFETY: everything the struct names lives across the call and is as long as said.
        let count = self.run(thread, Direction::Write, |fd| unsafe { libc::sendmsg(fd, &message, flags) })?;
        Ok(count as usize)
    }
}

fn iterable(thread: &Thread, object: &Object, message: &str) -> PyResult<Vec<Obj>> {
    match object.iter(thread) {
        Ok(_) => object.to_items(thread),
        Err(_) if thread.take_if(exceptions::type_error()) => Err(thread.type_error(message)),
        Err(raised) => Err(raised),
    }
}

/// What a received message has of ancillary data, as tuples. Data that was cut short comes as far as it goes.
fn ancillary_items(thread: &Thread, message: &libc::msghdr) -> PyResult<Vec<Obj>> {
    let mut items = Vec::new();
    if message.msg_controllen == 0 || message.msg_control.is_null() {
        return Ok(items);
    }
    let end = (message.msg_control as usize).saturating_add(message.msg_controllen);
    // SAFETY: the system filled in the struct; whatever is read lies before `end`.
    unsafe {
        let mut at = libc::CMSG_FIRSTHDR(message);
        while !at.is_null() && (at as usize).saturating_add(size_of::<libc::cmsghdr>()) <= end {
            let header = *at;
            let data = libc::CMSG_DATA(at);
            let head = data as usize - at as usize;
            let room = end.saturating_sub(data as usize);
            let length = (header.cmsg_len as usize).saturating_sub(head).min(room);
            let bytes = Bytes::from_slice(thread, if length == 0 { &[] } else { std::slice::from_raw_parts(data, length) })?;
            items.push(tuple(thread, vec![int(header.cmsg_level), int(header.cmsg_type), bytes.upcast()])?);
            if (header.cmsg_len as usize) < head || (header.cmsg_len as usize) - head > room {
                break;
            }
            at = libc::CMSG_NXTHDR(message, at);
        }
    }
    Ok(items)
}

/// Ancillary data as the system takes it, and its length.
fn pack_ancillary(thread: &Thread, ancillary: &Object) -> PyResult<(Vec<libc::cmsghdr>, usize)> {
    let mut parts = Vec::new();
    let mut total = 0usize;
    for item in iterable(thread, ancillary, "sendmsg() argument 2 must be an iterable")? {
        let form = "[sendmsg() ancillary data items]() argument must be";
        let Some(fields) = item.cast::<Tuple>().map(Tuple::items) else {
            return Err(thread.type_error(&format!("{form} 3-item tuple, not {}", item.ty().name())));
        };
        let [level, kind, data] = fields else {
            return Err(thread.type_error(&format!("{form} tuple of length 3, not {}", fields.len())));
        };
        let (level, kind) = (descriptor(thread, level)?, descriptor(thread, kind)?);
        let data = Buffer::simple(thread, data)?;
        let too_large = || thread.error(exceptions::os_error(), "ancillary data item too large");
        let space = cmsg_space(data.len()).ok_or_else(too_large)?;
        let length = cmsg_len(data.len()).ok_or_else(too_large)?;
        total = (total.checked_add(space).filter(|&total| total <= c_int::MAX as usize))
            .ok_or_else(|| thread.error(exceptions::os_error(), "too much ancillary data"))?;
        parts.push((level, kind, length, data));
    }
    let mut control = aligned(thread, total)?;
    let start = control.as_mut_ptr().cast::<u8>();
    let mut at = 0usize;
    for (level, kind, length, data) in &parts {
        // SAFETY: the space of all parts was counted above, so each lies within `control`.
        unsafe {
            let header = start.add(at).cast::<libc::cmsghdr>();
            (*header).cmsg_level = *level;
            (*header).cmsg_type = *kind;
            (*header).cmsg_len = *length as _;
            if !data.is_empty() {
                std::ptr::copy_nonoverlapping(data.as_mut_ptr(), libc::CMSG_DATA(header), data.len());
            }
        }
        at += cmsg_space(data.len()).unwrap_or(0);
    }
    Ok((control, total))
}
