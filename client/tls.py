"""One TLS context for all connections of a pool, made again when its files change.

urllib3 makes one for each connection, which reads the certificates' files again and takes longer than the handshake.
"""

from __future__ import annotations

import os
import ssl
from typing import Any

from urllib3.util.ssl_ import create_urllib3_context, resolve_cert_reqs

_Stamp = tuple[tuple[str, int], ...]


class SharedContext:
    """May be used by several threads; at worst they make the same context twice."""

    def __init__(self) -> None:
        self._made: tuple[_Stamp, ssl.SSLContext] | None = None

    def use(self, connection: Any) -> None:
        """Give a connection of urllib3's, not yet opened, the context that its settings describe.

        Raises OSError for files that cannot be used.
        """
        stamp = _stamp(connection)
        made = self._made
        if made is None or made[0] != stamp:
            self._made = made = (stamp, _context(connection))
        connection.ssl_context = made[1]
        connection.ca_certs = connection.ca_cert_dir = connection.ca_cert_data = None
        connection.cert_file = connection.key_file = connection.key_password = None


def _stamp(connection: Any) -> _Stamp:
    files = (connection.ca_certs, connection.cert_file, connection.key_file)
    return tuple((file, os.stat(file).st_mtime_ns) for file in files if file)


def _context(connection: Any) -> ssl.SSLContext:
    context: ssl.SSLContext = create_urllib3_context(cert_reqs=resolve_cert_reqs(connection.cert_reqs))
    if connection.ca_certs or connection.ca_cert_dir or connection.ca_cert_data:
        context.load_verify_locations(connection.ca_certs, connection.ca_cert_dir, connection.ca_cert_data)
    else:
        context.load_default_certs()
    if connection.cert_file:
        context.load_cert_chain(connection.cert_file, connection.key_file, connection.key_password)
    return context
