"""Ports of this machine: what listens there, and which are free."""

import errno
import random
import socket
import sys
from contextlib import suppress

HOST = "127.0.0.1"
GREETING = 2.0  # seconds in which a broker says its first word
_marks: list[socket.socket] = []  # what keeps other processes from the ports that free_ports found


def speaks_amqp(host: str, port: int) -> bool:
    """Whether a broker is behind the port, at one of the host's addresses."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # no such host, or a name that no host can have
        return False
    return any(_greets(str(address[0]), port) for *_, address in found)


def _greets(address: str, port: int) -> bool:
    """Whether a broker answers: a connection alone may be somebody else's."""
    with suppress(OSError), socket.create_connection((address, port), GREETING) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        return connection.recv(1) == b"\x01"  # a method frame, which Connection.Start comes in
    return False


def taken(port: int) -> bool:
    """Whether a program listens on the port."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def who_listens(port: int) -> str:
    """Return the command that names the program on the port."""
    if sys.platform == "win32":
        return f"netstat -ano | findstr :{port}"
    if sys.platform == "darwin":
        return f"lsof -nP -iTCP:{port} -sTCP:LISTEN"
    return f"ss -ltnp sport = :{port}"


def free_ports(count: int) -> list[int]:
    """Return ports that nothing listens on, and that nobody else gets while this process runs.

    They lie below those that outgoing connections take, so they are still free after a restart.
    """
    found: list[int] = []
    while len(found) < count:
        port = random.randint(10000, 32000)  # noqa: S311 - no secret
        # A node takes seconds to listen. Until then the same port of UDP tells others to pass by.
        mark = socket.socket(type=socket.SOCK_DGRAM)
        with suppress(OSError):
            mark.bind((HOST, port))
            socket.create_server((HOST, port)).close()
            found.append(port)
        _marks.append(mark)
    return found
