"""The metrics server's one file that wires."""

from __future__ import annotations

import logging
import ssl
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import orjson

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.status import StatusError
from client.api import Client
from client.errors import ClientClosed, TransportError
from client.informer import Informer
from client.resources import NODES, PODS
from client.store import NAMESPACE, by_namespace
from metricsserver.api import API, Cluster
from metricsserver.certificates import Pair, self_signed
from metricsserver.installation import SERVER_NAME, Trust, announce, install, trust, withdraw
from metricsserver.scraper import Kubelets, Scraper
from metricsserver.serving import FrontDoor

_RETRY = 1.0  # seconds
_JOIN = 0.5
_Found = TypeVar("_Found")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MetricsConfig:
    """``host``: this machine's name as the API server reaches it; ``address`` and ``port`` to listen on, 0: any;
    ``period``: seconds between two looks at the nodes."""

    host: str = "localhost"
    address: str = "127.0.0.1"
    port: int = 0
    period: float = 15.0
    insecure_kubelets: bool = False
    """Take kubelets' certificates as they are."""


def run(
    installer: Client,
    account: Callable[[], Client],
    token: Callable[[], str],
    stop: threading.Event,
    config: MetricsConfig,
    *,
    clock: Clock = REAL_CLOCK,
) -> None:
    """Blocks until ``stop`` is set; returns within 2 s then.

    ``installer`` may write the server's own objects; ``account()`` is called once they are there: a client that acts
    as the server's service account, with ``token()``. Raises ValueError for an address that cannot be listened on.
    """
    if _insist(stop, lambda: install(installer)) is None:
        return
    client = account()
    try:
        believed = _insist(stop, lambda: trust(client))
        if believed is not None:
            _serve(installer, client, token, stop, config, believed[0], clock)
    finally:
        client.close()


def _serve(
    installer: Client,
    client: Client,
    token: Callable[[], str],
    stop: threading.Event,
    config: MetricsConfig,
    believed: Trust,
    clock: Clock,
) -> None:
    nodes = Informer(client, NODES, clock=clock)
    pods = Informer(client, PODS, metadata_only=True, indexers={NAMESPACE: by_namespace}, clock=clock)
    scraper = Scraper(nodes.store.list, Kubelets(_kubelet_tls(client, config), token), clock, config.period)
    cluster = Cluster(
        nodes.store.list,
        lambda namespace: pods.store.by_index(NAMESPACE, namespace) if namespace else pods.store.list(),
    )
    pair = self_signed(SERVER_NAME, clock.now())
    door = _door(API(cluster, scraper.read), pair, believed, config)
    scraping = threading.Thread(target=scraper.run, args=(stop,), name="scraper", daemon=True)
    try:
        for informer in (nodes, pods):
            informer.start()
        while not (nodes.wait_for_sync(_RETRY / 10) and pods.wait_for_sync(_RETRY / 10)) and not stop.is_set():
            pass
        scraping.start()
        door.start()
        if _insist(stop, lambda: announce(installer, config.host, door.port, pair.certificate)) is not None:
            stop.wait()
            _withdraw(installer)
    finally:
        door.close()
        nodes.stop()
        pods.stop()
        if scraping.is_alive():
            scraping.join(_JOIN)


def _insist(stop: threading.Event, call: Callable[[], _Found]) -> tuple[_Found] | None:
    """Until it succeeds: what it gives, by itself; None when stopped before."""
    while not stop.is_set():
        try:
            return (call(),)
        except ClientClosed:
            return None
        except (StatusError, TransportError) as error:
            log.info("trying again: %s", error)
            stop.wait(_RETRY)
    return None


def _withdraw(client: Client) -> None:
    try:
        withdraw(client)
    except (StatusError, TransportError) as error:
        log.info("the APIService stays: %s", error)


def _door(api: API, pair: Pair, believed: Trust, config: MetricsConfig) -> FrontDoor:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=believed.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    with tempfile.NamedTemporaryFile() as file:
        file.write(pair.key + pair.certificate)
        file.flush()
        context.load_cert_chain(file.name)
    try:
        return FrontDoor(api, context, orjson.loads(believed.names), config.address, config.port)
    except OSError as error:
        raise ValueError(f"cannot listen on {config.address}:{config.port}: {error.strerror}") from error


def _kubelet_tls(client: Client, config: MetricsConfig) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=client.certificate_authority() or None)
    if config.insecure_kubelets:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


__all__ = ["MetricsConfig", "run"]
