"""The front door, with real handshakes."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubejazz import pki
from kubejazz.identities import Identity
from metricsserver.api import API, Cluster
from metricsserver.certificates import self_signed
from metricsserver.serving import FrontDoor
from metricsserver.usage import Usage

NOW = datetime.now(UTC)
NAME = "metrics-server.kube-system.svc"
PROXY = "front-proxy-client"


class Hall:
    """A door, and who knocks at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = pki.new_authority(NOW)
        self.serving = self_signed(NAME, NOW)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=self.authority.certificate_pem.decode())
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(self.file("serving", self.serving.key + self.serving.certificate))
        api = API(Cluster(list, lambda namespace: []), Usage)
        self.door = FrontDoor(api, context, [PROXY], "127.0.0.1", 0)
        self.door.start()

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def connect(self, authority: pki.Credential | None, name: str = PROXY) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cadata=self.serving.certificate.decode())
        context.check_hostname = False
        if authority is not None:
            client = pki.issue_client(authority, Identity(name, name), NOW)
            context.load_cert_chain(self.file("client", client.key_pem + client.certificate_pem))
        return http.client.HTTPSConnection("127.0.0.1", self.door.port, context=context, timeout=5)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    made = Hall(tmp_path)
    yield made
    made.door.close()


def ask(connection: http.client.HTTPSConnection, method: str, path: str) -> tuple[int, bytes]:
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_the_front_proxy_is_answered_again_and_again(hall: Hall) -> None:
    connection = hall.connect(hall.authority)
    assert ask(connection, "GET", "/healthz") == (200, b"ok")
    assert ask(connection, "HEAD", "/healthz") == (200, b"")
    assert ask(connection, "GET", "/nowhere")[0] == 404
    assert ask(connection, "DELETE", "/apis/metrics.k8s.io/v1beta1/nodes")[0] == 405
    connection.close()


@pytest.mark.parametrize("who", ["nobody", "somebody else's", "another name"])
def test_nobody_else_is(hall: Hall, who: str) -> None:
    authority = {"nobody": None, "somebody else's": pki.new_authority(NOW), "another name": hall.authority}[who]
    connection = hall.connect(authority, "kubelet" if who == "another name" else PROXY)
    with pytest.raises((OSError, http.client.HTTPException)):
        ask(connection, "GET", "/healthz")
    connection.close()


def test_the_certificate_is_the_services(hall: Hall) -> None:
    context = ssl.create_default_context(cadata=hall.serving.certificate.decode())
    client = pki.issue_client(hall.authority, Identity(PROXY, PROXY), NOW)
    context.load_cert_chain(hall.file("client", client.key_pem + client.certificate_pem))
    with (
        socket.create_connection(("127.0.0.1", hall.door.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as secured,
    ):
        assert secured.version() is not None
