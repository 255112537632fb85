# Two connected sockets: time limits, data, descriptors, shutdown.
import _socket
import array

a, b = _socket.socketpair()
print(a.family, a.type, a.proto, a.timeout)
a.settimeout(0.02)
try:
    a.recv(1)
except TimeoutError as error:
    print(type(error).__name__, error)
a.setblocking(False)
try:
    a.recv(1)
except BlockingIOError as error:
    print(type(error).__name__, error)
a.settimeout(1e9)
print(a.gettimeout(), a.getblocking())
a.settimeout(None)
b.sendall(b"hello world")
print(a.recvfrom(5))
room = bytearray(10)
print(a.recv_into(room), room)
b.send(b"xyz")
print(a.recvmsg(10, 100))
print(b.sendmsg([b"p", b"q"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [0]))]))
data, ancillary, flags, address = a.recvmsg(10, _socket.CMSG_SPACE(4))
print(data, [(level, kind, len(value)) for level, kind, value in ancillary], flags, address)
_socket.close(array.array("i", ancillary[0][2])[0])
b.send(b"abcdef")
first, second = bytearray(2), bytearray(3)
print(a.recvmsg_into([first, second]), first, second)
a.shutdown(_socket.SHUT_RDWR)
print(b.recv(10))
a.close()
b.close()
try:
    a.recv(1)
except OSError as error:
    print(error)
