# Servers on the loopback interface and on abstract names.
import _socket

server = _socket.socket()
server.bind(("127.0.0.1", 0))
server.listen()
where = server.getsockname()
client = _socket.socket()
client.settimeout(5)
client.connect(where)
print(client.getpeername() == where)
fd, peer = server._accept()
print(peer == client.getsockname())
accepted = _socket.socket(fileno=fd)
print(accepted.family, accepted.type, accepted.proto)
client.sendall(b"x" * 50000)
total = 0
while total < 50000:
    total += len(accepted.recv(16384))
print(total)
for each in (server, client, accepted):
    each.close()

receiver = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
sender = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
print(sender.sendto(b"data", receiver.getsockname()))
data, address = receiver.recvfrom(10)
print(data, address[0])
receiver.close()
sender.close()

local = _socket.socket(_socket.AF_UNIX)
local.bind("\0pyrox-test-loopback")
print(local.getsockname())
local.close()

def fails(function, *arguments):
    try:
        print(function(*arguments))
    except (OSError, TypeError, ValueError, OverflowError) as error:
        print(type(error).__name__, error)

s = _socket.socket()
fails(s.bind, 1)
fails(s.bind, ("",))
fails(s.bind, ("", -1))
fails(s.bind, ("a\0", 1))
fails(s.setsockopt, 1, 2)
fails(s.setsockopt, 1, 2, None)
fails(s.setsockopt, "a", 2, None, 4)
fails(s.getsockopt, 1, 2, 2000)
fails(s.settimeout, -1)
fails(s.recv, -1)
fails(s.connect_ex, ("127.0.0.1", 1))
s.close()
fails(_socket.htons, 1 << 16)
fails(_socket.inet_aton, "1.2.3")
fails(_socket.inet_pton, 10, "::1")
fails(_socket.inet_ntop, 2, b"abc")
fails(_socket.getaddrinfo, "127.0.0.1", 80, 0, 1)
fails(_socket.CMSG_SPACE, 0x7FFFFFFF - 23)
