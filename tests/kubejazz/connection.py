"""A connection to a server as plain as can be: nothing is tried again, nothing is hidden."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any

from kubejazz.testing import Kubejazz


class Api:
    """One connection to the server, with a client certificate, a token, or nothing."""

    def __init__(self, server: Kubejazz, user: str = "", token: str = "") -> None:
        self._context = ssl.create_default_context(cafile=str(server.data_dir / "pki" / "ca.crt"))
        if user:
            pki = server.data_dir / "pki"
            self._context.load_cert_chain(pki / f"{user}.crt", pki / f"{user}.key")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        host, port = server.url.removeprefix("https://").split(":")
        self._connection = http.client.HTTPSConnection(host, int(port), context=self._context, timeout=10)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        content = None if body is None else json.dumps(body)
        headers = {**self._headers, "Content-Type": "application/json"}
        self._connection.request(method, path, body=content, headers=headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def watch(self, path: str) -> http.client.HTTPResponse:
        self._connection.request("GET", path, headers=self._headers)
        return self._connection.getresponse()

    def close(self) -> None:
        self._connection.close()
