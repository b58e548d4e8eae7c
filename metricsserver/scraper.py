"""Asks every node for its samples, again and again.

A node that shows them on a read-only port says so in an annotation; any other is asked at its kubelet's address, over
TLS and with this server's token, as upstream's metrics server does.
"""

from __future__ import annotations

import http.client
import logging
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from apimachinery.clock import Clock
from apimachinery.objects import Object, name_of
from metricsserver.samples import Scrape, parse
from metricsserver.usage import Usage

ENDPOINT = "kubejazz.io/read-only-endpoint"
_PATH = "/metrics/resource"
_PREFERRED = ("Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP")
_PATIENCE = 10.0  # seconds, for a node
_SOON = 2.0
"""Seconds after which nodes that have been seen once are looked at again."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kubelets:
    """How kubelets are asked: ``tls`` for their certificates, ``token()`` says who asks."""

    tls: ssl.SSLContext
    token: Callable[[], str]
    preferred: tuple[str, ...] = _PREFERRED


class CannotScrape(Exception):
    """A node does not tell; the message is one line."""


class Scraper:
    """``nodes()``: those there are. :meth:`run` on a thread of its own; reading is safe from any."""

    def __init__(self, nodes: Callable[[], Iterable[Object]], kubelets: Kubelets, clock: Clock, period: float) -> None:
        self._nodes = nodes
        self._kubelets = kubelets
        self._clock = clock
        self._period = period
        self._lock = threading.Lock()
        self._usage = Usage()
        self._silent: set[str] = set()
        self._connections: dict[str, http.client.HTTPConnection] = {}

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.scrape()
            stop.wait(self.pause())
        self.close()

    def close(self) -> None:
        """What is kept open."""
        for address in list(self._connections):
            self._drop(address)

    def scrape(self) -> None:
        """Once, one node after the other: on the loopback interface that takes a millisecond each."""
        nodes = list(self._nodes())
        found: dict[str, Scrape] = {}
        for node in nodes:
            name = name_of(node)
            try:
                found[name] = self._ask(node)
                self._silent.discard(name)
            except CannotScrape as error:
                if name not in self._silent:
                    log.warning("cannot scrape node %s: %s", name, error)
                self._silent.add(name)
        usage = self._usage.after(found, map(name_of, nodes))
        with self._lock:
            self._usage = usage

    def pause(self) -> float:
        with self._lock:
            return min(_SOON, self._period) if self._usage.has_young_nodes() else self._period

    def read(self) -> Usage:
        """What is known; replaced as a whole when there is news, so it may be read at leisure."""
        with self._lock:
            return self._usage

    def _ask(self, node: Object) -> Scrape:
        """Raises CannotScrape. A connection that was kept may have been closed meanwhile."""
        endpoint = (node["metadata"].get("annotations") or {}).get(ENDPOINT)
        address, headers = (endpoint, {"Host": name_of(node)}) if endpoint else self._kubelet(node)
        kept = self._connections.get(address)
        try:
            if kept is not None:
                try:
                    return self._get(kept, headers)
                except (OSError, http.client.HTTPException):
                    self._drop(address)
            fresh = self._connections[address] = self._connect(address, plain=bool(endpoint))
            return self._get(fresh, headers)
        except (OSError, http.client.HTTPException) as error:
            self._drop(address)
            raise CannotScrape(f"Get {address}{_PATH}: {error or type(error).__name__}") from error

    def _kubelet(self, node: Object) -> tuple[str, dict[str, str]]:
        status = node.get("status") or {}
        addresses = {each["type"]: each["address"] for each in reversed(status.get("addresses") or ())}
        host = next((addresses[kind] for kind in self._kubelets.preferred if kind in addresses), "")
        port = ((status.get("daemonEndpoints") or {}).get("kubeletEndpoint") or {}).get("Port") or 10250
        if not host:
            raise CannotScrape("the node has no address")
        return f"{host}:{port}", {"Authorization": f"Bearer {self._kubelets.token()}"}

    def _connect(self, address: str, *, plain: bool) -> http.client.HTTPConnection:
        host, _, port = address.rpartition(":")
        if plain:
            return http.client.HTTPConnection(host, int(port), timeout=_PATIENCE)
        return http.client.HTTPSConnection(host, int(port), timeout=_PATIENCE, context=self._kubelets.tls)

    def _get(self, connection: http.client.HTTPConnection, headers: dict[str, str]) -> Scrape:
        connection.request("GET", _PATH, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise CannotScrape(f"status {answer.status}: {body[:200].decode(errors='replace').strip()}")
        return parse(body.decode(), self._clock.now().timestamp())

    def _drop(self, address: str) -> None:
        connection = self._connections.pop(address, None)
        if connection is not None:
            connection.close()
