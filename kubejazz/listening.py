"""The socket a server listens on, bound early: so the port is known, and a port that is taken is noticed at once."""

from __future__ import annotations

import errno
import socket

from kubejazz.errors import UserError

BACKLOG = 1024
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class ListenError(UserError):
    """The address cannot be listened on."""


def listen(address: str, port: int) -> socket.socket:
    """A listening TCP socket; ``port`` 0 picks a free one. Clients may connect at once and wait. Raises ListenError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise ListenError(_reason(address, port, error)) from error
    return sock


def _reason(address: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {address} is in use by another program (--port 0 picks a free one)"
    if error.errno == errno.EACCES:
        return f"not allowed to listen on port {port} of {address}"
    return f"cannot listen on {address} port {port}: {error.strerror or error}"


def url_of(sock: socket.socket) -> str:
    """The URL under which a client on this machine reaches the socket."""
    address, port = sock.getsockname()[:2]
    address = _EVERYWHERE.get(address, address)
    return f"https://[{address}]:{port}" if ":" in address else f"https://{address}:{port}"
