//! `_socket`: the class `socket`. `socket.py` makes the public module of it.

mod address;
mod constants;
mod errors;
mod functions;
mod message;
mod resolve;
mod transfer;
mod wait;

use std::cell::Cell;
use std::ffi::c_int;
use std::mem::offset_of;
use std::sync::atomic::{AtomicI64, Ordering};

use pyrox_abi as abi;
use pyrox_interpreter::warnings::warn_resource;
use pyrox_macros::{pyclass, pymodule};
use pyrox_objects::native::{Keywords, NO_MEMBER, Raw, Rest, dealloc_drop};
use pyrox_objects::{Bytes, Head, Int, Module, Obj, Object, Owned, PyResult, PyType, Str, Thread, Type, bool_ref, exceptions};
use pyrox_stdlib_os::system::{add_constants, check, fail, last_errno};

use address::{Address, int, tuple};
use wait::{Direction, Failure, parse_timeout};

pymodule!(
    name = "_socket",
    doc = "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    functions = [
        functions::dup,
        functions::close,
        functions::socketpair,
        functions::gethostname,
        functions::sethostname,
        functions::htons,
        functions::htonl,
        functions::ntohs,
        functions::ntohl,
        functions::inet_aton,
        functions::inet_ntoa,
        functions::inet_pton,
        functions::inet_ntop,
        functions::getdefaulttimeout,
        functions::setdefaulttimeout,
        functions::if_nameindex,
        functions::if_nametoindex,
        functions::if_indextoname,
        functions::CMSG_LEN,
        functions::CMSG_SPACE,
        resolve::getaddrinfo,
        resolve::getnameinfo,
        resolve::gethostbyname,
        resolve::gethostbyname_ex,
        resolve::gethostbyaddr,
        resolve::getservbyname,
        resolve::getservbyport,
        resolve::getprotobyname,
    ],
    exec = exec
);

/// The time limit of new sockets in nanoseconds; -1 is none.
static DEFAULT_TIMEOUT: AtomicI64 = AtomicI64::new(-1);

fn exec(thread: &Thread, module: &Module) -> PyResult<()> {
    module.add_type::<Socket>(thread)?;
    module.add(thread, "SocketType", Socket::ty())?;
    module.add(thread, "error", exceptions::os_error())?;
    module.add(thread, "timeout", exceptions::timeout_error())?;
    errors::HERROR.add(thread, module, "herror")?;
    errors::GAIERROR.add(thread, module, "gaierror")?;
    module.add(thread, "has_ipv6", bool_ref(true))?;
    module.add_str(thread, "BDADDR_ANY", "00:00:00:00:00:00")?;
    module.add_str(thread, "BDADDR_LOCAL", "00:00:00:FF:FF:FF")?;
    add_constants(thread, module, constants::OF_THE_LIBRARY)?;
    add_constants(thread, module, constants::OF_THE_KERNEL)
}

/// A socket. The descriptor is -1 once it is closed.
#[repr(C)]
pub struct Socket {
    head: Head,
    fd: Cell<c_int>,
    family: Cell<c_int>,
    kind: Cell<c_int>,
    proto: Cell<c_int>,
    /// The time limit in nanoseconds: 0 does not wait, -1 waits for ever.
    timeout: Cell<i64>,
}

const fn member(name: &'static std::ffi::CStr, offset: usize, doc: &'static std::ffi::CStr) -> abi::PyMemberDef {
    abi::PyMemberDef { name: name.as_ptr(), r#type: abi::Py_T_INT, offset: offset as isize, flags: abi::Py_READONLY, doc: doc.as_ptr() }
}

impl Socket {
    fn fresh() -> Socket {
        Socket {
            head: Head::unset(),
            fd: Cell::new(-1),
            family: Cell::new(0),
            kind: Cell::new(0),
            proto: Cell::new(0),
            timeout: Cell::new(-1),
        }
    }

    /// Take over a descriptor.
    fn initialize(&self, thread: &Thread, fd: c_int, family: c_int, kind: c_int, proto: c_int) -> PyResult<()> {
        self.fd.set(fd);
        self.family.set(family);
        self.kind.set(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC));
        self.proto.set(proto);
        if kind & libc::SOCK_NONBLOCK != 0 {
            self.timeout.set(0);
            return Ok(());
        }
        let timeout = DEFAULT_TIMEOUT.load(Ordering::Relaxed);
        self.timeout.set(timeout);
        if timeout >= 0 { self.set_blocking(thread, false) } else { Ok(()) }
    }

    /// A socket object of a descriptor.
    fn make(thread: &Thread, fd: c_int, family: c_int, kind: c_int, proto: c_int) -> PyResult<Owned<Socket>> {
        let made = Socket::ty().instantiate(thread, Socket::fresh())?;
        made.initialize(thread, fd, family, kind, proto)?;
        Ok(made)
    }

    fn option(&self, thread: &Thread, fd: c_int, option: c_int) -> PyResult<c_int> {
        let mut value: c_int = 0;
        let mut size = size_of::<c_int>() as libc::socklen_t;
        // SAFETY: room for an int.
        check(thread, unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, option, (&raw mut value).cast(), &mut size) })?;
        Ok(value)
    }

    /// Ask a descriptor that exists already what it is, where that was not said.
    fn adopt(&self, thread: &Thread, fileno: &Object, family: c_int, kind: c_int, proto: c_int) -> PyResult<()> {
        let fd = descriptor(thread, fileno)?;
        if fd < 0 {
            return Err(thread.value_error("negative file descriptor"));
        }
        let mut address = Address::empty();
        // SAFETY: room for any address.
        let family = if unsafe { libc::getsockname(fd, address.raw_mut(), &mut address.len) } < 0 {
            if family == -1 || matches!(last_errno(), libc::EBADF | libc::ENOTSOCK) {
                return Err(fail(thread));
            }
            family
        } else if family == -1 {
            address.family()
        } else {
            family
        };
        let kind = if kind == -1 { self.option(thread, fd, libc::SO_TYPE)? } else { kind };
        let proto = if proto == -1 { self.option(thread, fd, libc::SO_PROTOCOL)? } else { proto };
        self.initialize(thread, fd, family, kind, proto)
    }

    fn timeout_object(&self) -> Option<f64> {
        let timeout = self.timeout.get();
        (timeout >= 0).then(|| pyrox_stdlib_os::clock::seconds(timeout))
    }
}

/// A descriptor's number, any int.
fn descriptor(thread: &Thread, value: &Object) -> PyResult<c_int> {
    let number = value.index(thread)?;
    match number.to_i64() {
        Some(value) => c_int::try_from(value).map_err(|_| thread.overflow_error("Python int too large to convert to C int")),
        None => Err(thread.overflow_error("Python int too large to convert to C long")),
    }
}

/// socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object
/// socket(family=-1, type=-1, proto=-1, fileno=None) -> socket object
///
/// Open a socket of the given type, or make an object of a descriptor that is open already; then what
/// is not said is asked of the system. Each method is a system call of its name.
#[pyclass(
    name = "socket",
    module = "_socket",
    flags = abi::Py_TPFLAGS_BASETYPE,
    traverse = [],
    members = &[
        member(c"family", offset_of!(Socket, family), c"the socket family"),
        member(c"type", offset_of!(Socket, kind), c"the socket type"),
        member(c"proto", offset_of!(Socket, proto), c"the socket protocol"),
        NO_MEMBER,
    ]
)]
impl Socket {
    #[new(sig = "(*args, **kwargs)", text = "")]
    fn new(cls: &Type, thread: &Thread, _args: Rest<'_>, _kwargs: Keywords<'_>) -> PyResult<Obj> {
        Ok(cls.instantiate(thread, Socket::fresh())?.upcast())
    }

    #[init(sig = "(family=-1, type=-1, proto=-1, fileno=None)", text = "")]
    fn init(&self, thread: &Thread, family: i32, kind: i32, proto: i32, fileno: Option<&Object>) -> PyResult<()> {
        if let Some(fileno) = fileno.filter(|f| !f.is_none()) {
            return self.adopt(thread, fileno, family, kind, proto);
        }
        let family = if family == -1 { libc::AF_INET } else { family };
        let kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
        let proto = if proto == -1 { 0 } else { proto };
        // SAFETY: a plain call.
        let fd = check(thread, unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, proto) })?;
        let made = self.initialize(thread, fd, family, kind, proto);
        if made.is_err() {
            self.fd.set(-1);
            // SAFETY: ours.
            unsafe { libc::close(fd) };
        }
        made
    }

    #[slot]
    fn tp_repr(&self, thread: &Thread) -> PyResult<Owned<Str>> {
        let (fd, family, kind, proto) = (self.fd.get(), self.family.get(), self.kind.get(), self.proto.get());
        Str::from_str(thread, &format!("<socket object, fd={fd}, family={family}, type={kind}, proto={proto}>"))
    }

    #[slot]
    fn tp_finalize(&self, thread: &Thread) {
        if self.fd.get() == -1 {
            return;
        }
        thread.aside(|| {
            let warned = self.repr(thread).and_then(|text| warn_resource(thread, self, &format!("unclosed {}", text.to_string_lossy())));
            if warned.is_err() && thread.raised_is(exceptions::warning()) {
                pyrox_objects::unraisable::write(thread, None, Some(self));
            }
        });
        let fd = self.fd.replace(-1);
        if fd != -1 {
            // SAFETY: ours.
            unsafe { libc::close(fd) };
        }
    }

    #[slot]
    unsafe extern "C-unwind" fn tp_dealloc(object: Raw) {
        // SAFETY: a `tp_dealloc` contract.
        unsafe {
            if pyrox_objects::gc::call_finalizer(object) {
                dealloc_drop::<Socket>(object);
            }
        }
    }

    /// the socket timeout
    #[getter]
    fn timeout(&self, thread: &Thread) -> PyResult<Obj> {
        self.gettimeout(thread)
    }

    /// _accept() -> (integer, address info)
    ///
    /// Wait for an incoming connection. The result is a new descriptor and the client's address.
    #[method]
    fn _accept(&self, thread: &Thread) -> PyResult<Obj> {
        let mut address = Address::empty();
        let fd = self.run(thread, Direction::Read, |fd| {
            address = Address::empty();
            // SAFETY: room for any address.
            unsafe { libc::accept4(fd, address.raw_mut(), &mut address.len, libc::SOCK_CLOEXEC) }
        })?;
        match self.address_object(thread, &address) {
            Ok(address) => tuple(thread, vec![int(fd), address]),
            Err(raised) => {
                // SAFETY: nobody else has it.
                unsafe { libc::close(fd) };
                Err(raised)
            }
        }
    }

    /// bind(address)
    ///
    /// Bind the socket to a local address.
    #[method]
    fn bind(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        let address = self.parse_address(thread, object, "bind")?;
        // SAFETY: an address of that length.
        check(thread, unsafe { libc::bind(self.fd.get(), address.raw(), address.len) }).map(drop)
    }

    /// close()
    ///
    /// Close the socket. It cannot be used after this call.
    #[method]
    fn close(&self, thread: &Thread) -> PyResult<()> {
        let fd = self.fd.replace(-1);
        // SAFETY: ours.
        if fd != -1 && unsafe { libc::close(fd) } < 0 && last_errno() != libc::ECONNRESET {
            return Err(fail(thread));
        }
        Ok(())
    }

    /// connect(address)
    ///
    /// Connect the socket to a remote address.
    #[method]
    fn connect(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        let address = self.parse_address(thread, object, "connect")?;
        self.connect_to(thread, &address)?.map_err(|failure| failure.raise(thread))
    }

    /// connect_ex(address) -> errno
    ///
    /// This is like connect(address), but returns an error code (the errno value)
    /// instead of raising an exception when an error occurs.
    #[method]
    fn connect_ex(&self, thread: &Thread, object: &Object) -> PyResult<c_int> {
        let address = self.parse_address(thread, object, "connect_ex")?;
        Ok(match self.connect_to(thread, &address)? {
            Ok(()) => 0,
            Err(Failure::Errno(errno)) => errno,
            Err(Failure::TimedOut) => libc::EAGAIN,
        })
    }

    /// detach()
    ///
    /// Close the socket object without closing the underlying file descriptor, which is the result.
    #[method]
    fn detach(&self) -> c_int {
        self.fd.replace(-1)
    }

    /// fileno() -> integer
    ///
    /// Return the integer file descriptor of the socket.
    #[method]
    fn fileno(&self) -> c_int {
        self.fd.get()
    }

    /// getpeername() -> address info
    ///
    /// Return the address of the remote endpoint.
    #[method]
    fn getpeername(&self, thread: &Thread) -> PyResult<Obj> {
        let mut address = Address::empty();
        // SAFETY: room for any address.
        check(thread, unsafe { libc::getpeername(self.fd.get(), address.raw_mut(), &mut address.len) })?;
        self.address_object(thread, &address)
    }

    /// getsockname() -> address info
    ///
    /// Return the address of the local endpoint.
    #[method]
    fn getsockname(&self, thread: &Thread) -> PyResult<Obj> {
        let mut address = Address::empty();
        // SAFETY: room for any address.
        check(thread, unsafe { libc::getsockname(self.fd.get(), address.raw_mut(), &mut address.len) })?;
        self.address_object(thread, &address)
    }

    /// getsockopt(level, option[, buffersize]) -> value
    ///
    /// Get a socket option: an integer, or bytes if a buffer size is given.
    #[method(sig = "(level, option, buflen=0, /)", text = "")]
    fn getsockopt(&self, thread: &Thread, level: c_int, option: c_int, buflen: c_int) -> PyResult<Obj> {
        let fd = self.fd.get();
        if buflen == 0 {
            if self.family.get() == libc::AF_VSOCK && level == libc::AF_VSOCK {
                let mut value = 0u64;
                let mut size = size_of::<u64>() as libc::socklen_t;
                // SAFETY: room for it.
                check(thread, unsafe { libc::getsockopt(fd, level, option, (&raw mut value).cast(), &mut size) })?;
                return Ok(Int::from_u64(value).upcast());
            }
            let mut value: c_int = 0;
            let mut size = size_of::<c_int>() as libc::socklen_t;
            // SAFETY: room for an int.
            check(thread, unsafe { libc::getsockopt(fd, level, option, (&raw mut value).cast(), &mut size) })?;
            return Ok(int(value));
        }
        if !(1..=1024).contains(&buflen) {
            return Err(thread.error(exceptions::os_error(), "getsockopt buflen out of range"));
        }
        let mut buffer = [0u8; 1024];
        let mut size = buflen as libc::socklen_t;
        // SAFETY: there is that much room.
        check(thread, unsafe { libc::getsockopt(fd, level, option, buffer.as_mut_ptr().cast(), &mut size) })?;
        Ok(Bytes::from_slice(thread, buffer.get(..size as usize).unwrap_or(&buffer))?.upcast())
    }

    /// setsockopt(level, option, value: int)
    /// setsockopt(level, option, value: buffer)
    /// setsockopt(level, option, None, optlen: int)
    ///
    /// Set a socket option.
    #[method(sig = "(*args)", text = "")]
    fn setsockopt(&self, thread: &Thread, args: Rest<'_>) -> PyResult<()> {
        self.set_option(thread, args)
    }

    /// listen([backlog])
    ///
    /// Enable a server to accept connections. The backlog is how many may wait for that.
    #[method(sig = "(backlog=None, /)", text = "")]
    fn listen(&self, thread: &Thread, backlog: Option<c_int>) -> PyResult<()> {
        let backlog = backlog.unwrap_or(libc::SOMAXCONN.min(128)).max(0);
        // SAFETY: a plain call.
        check(thread, unsafe { libc::listen(self.fd.get(), backlog) }).map(drop)
    }

    /// recv(buffersize[, flags]) -> data
    ///
    /// Receive up to buffersize bytes, waiting until there are some. No bytes: the other end is closed.
    #[method(sig = "(bufsize, flags=0, /)", text = "")]
    fn recv(&self, thread: &Thread, bufsize: isize, flags: c_int) -> PyResult<Owned<Bytes>> {
        let size = usize::try_from(bufsize).map_err(|_| thread.value_error("negative buffersize in recv"))?;
        transfer::read_bytes(thread, size, |to| self.receive(thread, to, size, flags))
    }

    /// recv_into(buffer, [nbytes[, flags]]) -> nbytes_read
    ///
    /// A version of recv() that stores its data into a buffer rather than creating a new object.
    #[method(sig = "(buffer, nbytes=0, flags=0)", text = "")]
    fn recv_into(&self, thread: &Thread, buffer: &Object, nbytes: isize, flags: c_int) -> PyResult<usize> {
        let buffer = transfer::writable(thread, "recv_into", buffer)?;
        let size = usize::try_from(nbytes).map_err(|_| thread.value_error("negative buffersize in recv_into"))?;
        let size = if size == 0 { buffer.len() } else { size };
        if size > buffer.len() {
            return Err(thread.value_error("buffer too small for requested bytes"));
        }
        self.receive(thread, buffer.as_mut_ptr(), size, flags)
    }

    /// recvfrom(buffersize[, flags]) -> (data, address info)
    ///
    /// Like recv(buffersize, flags) but also return the sender's address info.
    #[method(sig = "(bufsize, flags=0, /)", text = "")]
    fn recvfrom(&self, thread: &Thread, bufsize: isize, flags: c_int) -> PyResult<Obj> {
        let size = usize::try_from(bufsize).map_err(|_| thread.value_error("negative buffersize in recvfrom"))?;
        let mut address = Address::empty();
        let data = transfer::read_bytes(thread, size, |to| self.receive_from(thread, to, size, flags, &mut address))?;
        tuple(thread, vec![data.upcast(), self.address_object(thread, &address)?])
    }

    /// recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)
    ///
    /// Like recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info.
    #[method(sig = "(buffer, nbytes=0, flags=0)", text = "")]
    fn recvfrom_into(&self, thread: &Thread, buffer: &Object, nbytes: isize, flags: c_int) -> PyResult<Obj> {
        let buffer = transfer::writable(thread, "recvfrom_into", buffer)?;
        let size = usize::try_from(nbytes).map_err(|_| thread.value_error("negative buffersize in recvfrom_into"))?;
        let size = if size == 0 { buffer.len() } else { size };
        if size > buffer.len() {
            return Err(thread.value_error("nbytes is greater than the length of the buffer"));
        }
        let mut address = Address::empty();
        let count = self.receive_from(thread, buffer.as_mut_ptr(), size, flags, &mut address)?;
        tuple(thread, vec![int(count as i64), self.address_object(thread, &address)?])
    }

    /// send(data[, flags]) -> count
    ///
    /// Send data to the socket. Return the number of bytes sent, which may be less than all.
    #[method(sig = "(data, flags=0, /)", text = "")]
    fn send(&self, thread: &Thread, data: &Object, flags: c_int) -> PyResult<usize> {
        self.send_some(thread, data, flags)
    }

    /// sendall(data[, flags])
    ///
    /// Send data to the socket, as often as it takes to send all. After an error nobody knows how much was sent.
    #[method(sig = "(data, flags=0, /)", text = "")]
    fn sendall(&self, thread: &Thread, data: &Object, flags: c_int) -> PyResult<()> {
        self.send_all(thread, data, flags)
    }

    /// sendto(data[, flags], address) -> count
    ///
    /// Like send(data, flags) but allows specifying the destination address.
    #[method(sig = "(*args)", text = "")]
    fn sendto(&self, thread: &Thread, args: Rest<'_>) -> PyResult<usize> {
        self.send_to(thread, args)
    }

    /// setblocking(flag)
    ///
    /// Set the socket to blocking (flag is true) or non-blocking (false), as
    /// settimeout(None) and settimeout(0.0) do.
    #[method]
    fn setblocking(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        let block = object.is_true(thread)?;
        self.timeout.set(if block { -1 } else { 0 });
        self.set_blocking(thread, block)
    }

    /// getblocking()
    ///
    /// Returns True if socket is in blocking mode, or False if it is in non-blocking mode.
    #[method]
    fn getblocking(&self) -> bool {
        self.timeout.get() != 0
    }

    /// settimeout(timeout)
    ///
    /// Set a timeout on socket operations, in seconds; None is no timeout.
    #[method]
    fn settimeout(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        let timeout = parse_timeout(thread, object)?;
        self.timeout.set(timeout);
        self.set_blocking(thread, timeout < 0)
    }

    /// gettimeout() -> timeout
    ///
    /// Returns the timeout in seconds (float) associated with socket operations, None for no timeout.
    #[method]
    fn gettimeout(&self, thread: &Thread) -> PyResult<Obj> {
        pyrox_objects::native::IntoObj::into_obj(self.timeout_object(), thread)
    }

    /// shutdown(flag)
    ///
    /// Shut down the reading side of the socket (flag == SHUT_RD), the writing side
    /// (flag == SHUT_WR), or both ends (flag == SHUT_RDWR).
    #[method]
    fn shutdown(&self, thread: &Thread, object: &Object) -> PyResult<()> {
        let how = descriptor(thread, object)?;
        // SAFETY: a plain call.
        check(thread, unsafe { libc::shutdown(self.fd.get(), how) }).map(drop)
    }

    /// recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)
    ///
    /// Receive normal data and ancillary data, a list of tuples (cmsg_level, cmsg_type, cmsg_data).
    #[method(sig = "(bufsize, ancbufsize=0, flags=0, /)", text = "")]
    fn recvmsg(&self, thread: &Thread, bufsize: isize, ancbufsize: isize, flags: c_int) -> PyResult<Obj> {
        self.receive_message(thread, bufsize, ancbufsize, flags)
    }

    /// recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)
    ///
    /// As recvmsg(), but scatter the data into a series of buffers.
    #[method(sig = "(buffers, ancbufsize=0, flags=0, /)", text = "")]
    fn recvmsg_into(&self, thread: &Thread, buffers: &Object, ancbufsize: isize, flags: c_int) -> PyResult<Obj> {
        self.receive_message_into(thread, buffers, ancbufsize, flags)
    }

    /// sendmsg(buffers[, ancdata[, flags[, address]]]) -> count
    ///
    /// Send normal data, gathered from a series of buffers, and ancillary data.
    #[method(sig = "(buffers, ancdata=None, flags=0, address=None, /)", text = "")]
    fn sendmsg(
        &self,
        thread: &Thread,
        buffers: &Object,
        ancdata: Option<&Object>,
        flags: c_int,
        address: Option<&Object>,
    ) -> PyResult<usize> {
        self.send_message(thread, buffers, ancdata, flags, address)
    }
}
