"""A certificate of its own for every node: asked for with a bootstrap token at first, renewed by the node itself.

A node's request is made, the watch tells when it is answered, the certificate is kept in the folder: a node that is
started again uses it, and needs no token. All nodes of the process join at the same time.
Source: k8s.io/client-go util/certificate/certificate_manager.go, pkg/kubelet/certificate/bootstrap.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from apimachinery.clock import Clock
from apimachinery.objects import Object, name_of
from apimachinery.status import AlreadyExists
from client.api import Client
from client.errors import TryAgain
from client.ratelimit import ExponentialLimiter
from client.resources import CERTIFICATESIGNINGREQUESTS
from client.workers import Workers
from client.workqueue import WorkQueue
from kubelet.identity.certificates import Certificates, NodeCertificate
from kubelet.identity.clients import Joined
from kubelet.identity.requests import Key, Refused, certificate_of, key_pem, new_key, signing_request
from kubelet.identity.waiting import RequestWatch

_LOG = logging.getLogger(__name__)
_WORKERS = 8
_PATIENCE = 15 * 60.0
"""Seconds until a request that nobody answers is given up and made anew, as upstream's."""
_FIRST_RETRY, _LONGEST_RETRY = 0.1, 30.0

MakeClient = Callable[[Path], Client]
"""A client that shows the certificate (with its key) in a file."""


@dataclass(slots=True)
class _Request:
    """One that has been made; ``answer``: its newest state once it has been decided."""

    name: str
    key: Key
    until: float
    answer: Object | None = None
    watch: RequestWatch | None = None


@dataclass(slots=True)
class _Node:
    client: Client | None = None
    certificate: NodeCertificate | None = None
    request: _Request | None = None


class OwnClients:
    """``bootstrap`` is closed with the others. ``seconds``: the life to ask for, None for what the signer gives."""

    def __init__(
        self,
        bootstrap: Client,
        certificates: Certificates,
        make: MakeClient,
        clock: Clock,
        *,
        seconds: int | None = None,
        watching: type[RequestWatch] = RequestWatch,
    ) -> None:
        self._bootstrap = bootstrap
        self._certificates = certificates
        self._make = make
        self._clock = clock
        self._seconds = seconds
        self._watching = watching
        self._nodes: dict[str, _Node] = {}
        self._asked: dict[str, str] = {}
        self._joined: Joined | None = None
        self._lock = threading.Lock()
        self._strangers = 0
        """Nodes that have not joined."""
        self._watch: RequestWatch | None = None
        self.queue = WorkQueue(clock, ExponentialLimiter(_FIRST_RETRY, _LONGEST_RETRY))
        self._workers = Workers("node certificate", self.queue, self.sync, _WORKERS)

    @property
    def shared(self) -> None:
        return None

    def start(self, nodes: Sequence[str], joined: Joined) -> None:
        self._joined = joined
        self._nodes = {node: _Node() for node in nodes}
        self._strangers = len(self._nodes)
        for node in nodes:
            self.queue.add(node)
        self._workers.start()

    def client_of(self, node: str) -> Client:
        client = self._nodes[node].client
        assert client is not None, f"{node} has not joined"
        return client

    def stop(self) -> None:
        self._workers.stop()
        watches = [node.request.watch for node in self._nodes.values() if node.request is not None]
        for watch in (self._watch, *watches):
            if watch is not None:
                watch.stop()
        for client in (self._bootstrap, *(node.client for node in self._nodes.values())):
            if client is not None:
                client.close()

    def sync(self, name: str) -> None:
        """Do what is due for one node. Raises StatusError, TransportError, OSError or TryAgain to be called again."""
        node = self._nodes[name]
        request = node.request
        if request is not None:
            if request.answer is not None:
                self._take(name, node, request, request.answer)
                return
            if self._clock.monotonic() < request.until:
                return
            _LOG.warning("node %s: nobody has answered %s, making another request", name, request.name)
            self._forget(node)
        certificate = node.certificate
        if certificate is None:
            certificate = self._certificates.load(name, self._clock.now())
            if certificate is not None:
                self._admit(name, node, certificate)
                return
        elif self._clock.now() < certificate.renewal:
            self._plan(name, node, certificate)
            return
        self._ask(name, node)

    def _ask(self, name: str, node: _Node) -> None:
        key = new_key()
        body = signing_request(name, key, self._seconds)
        request = _Request(name_of(body), key, self._clock.monotonic() + _PATIENCE)
        self._asked[request.name] = name
        client, certificate = node.client, node.certificate
        if client is None or certificate is None:
            client = self._bootstrap
            self._watch_all()
        else:
            if self._clock.now() >= certificate.end:
                client = self._bootstrap
            request.watch = self._watching(client, self._clock, self._seen, request.name)
        node.request = request
        try:
            with contextlib.suppress(AlreadyExists):
                client.create(CERTIFICATESIGNINGREQUESTS, "", body)
        except BaseException:
            self._forget(node)
            raise
        if request.watch is not None:
            request.watch.start()
        self.queue.add_after(name, _PATIENCE)

    def _watch_all(self) -> None:
        """What becomes of all requests, once for all nodes that join."""
        with self._lock:
            if self._watch is None:
                self._watch = self._watching(self._bootstrap, self._clock, self._seen)
                self._watch.start()

    def _seen(self, request: Object) -> None:
        """A request has changed; most are other nodes'."""
        name = self._asked.get(name_of(request))
        mine = self._nodes[name].request if name is not None else None
        if name is None or mine is None or mine.answer is not None:
            return
        status = request.get("status") or {}
        if status.get("certificate") or any(c["type"] in ("Denied", "Failed") for c in status.get("conditions") or ()):
            mine.answer = request
            self.queue.add(name)

    def _take(self, name: str, node: _Node, request: _Request, answer: Object) -> None:
        try:
            pem = certificate_of(answer)
        except Refused as error:
            self._forget(node)
            _LOG.warning("node %s: no certificate: %s", name, error)
            raise TryAgain(str(error)) from error
        assert pem is not None
        certificate = self._certificates.save(name, pem, key_pem(request.key))
        self._forget(node)
        if node.client is None:
            self._admit(name, node, certificate)
        else:
            node.client.renew()
            self._plan(name, node, certificate)

    def _admit(self, name: str, node: _Node, certificate: NodeCertificate) -> None:
        node.client = client = self._make(certificate.path)
        self._plan(name, node, certificate)
        with self._lock:
            self._strangers -= 1
            watch = self._watch if not self._strangers else None
        if watch is not None:
            watch.stop()
        assert self._joined is not None
        self._joined(name, client)

    def _plan(self, name: str, node: _Node, certificate: NodeCertificate) -> None:
        node.certificate = certificate
        self.queue.add_after(name, max((certificate.renewal - self._clock.now()).total_seconds(), 0.0))

    def _forget(self, node: _Node) -> None:
        request, node.request = node.request, None
        if request is not None:
            self._asked.pop(request.name, None)
            if request.watch is not None:
                request.watch.stop()
