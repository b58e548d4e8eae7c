"""The node agent's one file that wires: informers, nodes, engine, writers.

``run(client, stop, config)`` carries one to several hundred nodes until ``stop`` is set.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterable

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.objects import Object, name_of
from apimachinery.pods import is_pod_terminal
from apimachinery.status import StatusError
from client.api import Client
from client.errors import TransportError
from client.informer import Informer
from client.recorder import EventRecorder
from client.resources import NODES, PODS
from client.workers import Workers
from kubelet.config import KubeletConfig
from kubelet.engine import PodEngine
from kubelet.events import PacedEvents
from kubelet.node import Node
from kubelet.nodes.addresses import NodeAddresses, node_ip, number_of, pod_range
from kubelet.nodes.agent import NodeAgent
from kubelet.nodes.facts import NodeFacts
from kubelet.nodes.heartbeats import Heartbeats
from kubelet.runtimes.registry import MakeRuntime, RuntimeKind, runtime_kind
from kubelet.serving.readonly import ENDPOINT, Page, ReadOnlyServer
from kubelet.serving.resources import NodeCounter, PodUsage, render
from kubelet.writer import StatusWriter

_LOG = logging.getLogger(__name__)
_HEARTBEAT_THREADS = 4
_RETRY = 1.0
_JOIN = 0.3
_BY_NODE = "node"


def run(client: Client, stop: threading.Event, config: KubeletConfig, *, clock: Clock = REAL_CLOCK) -> None:
    """Blocks until ``stop`` is set and returns within 2 s. Pods stay as they are; the next start takes them over.

    Raises ValueError in one clear line for a configuration that cannot be used.
    """
    if not config.nodes:
        raise ValueError("a node agent needs at least one node")
    kind = runtime_kind(config.runtime)
    agent = _Kubelet(client, config, clock, kind, kind.open(clock, config.rules))
    try:
        agent.start(stop)
        stop.wait()
    finally:
        agent.stop()


class _Kubelet:
    """The parts of one process and the threads they run on."""

    def __init__(
        self, client: Client, config: KubeletConfig, clock: Clock, kind: RuntimeKind, make_runtime: MakeRuntime
    ) -> None:
        self._client = client
        self._config = config
        self._clock = clock
        self._kind = kind
        self._make_runtime = make_runtime
        self._agents: dict[str, NodeAgent] = {}
        self._nodes: list[Node] = []
        self._events = PacedEvents(self._recorder, clock, rate=config.event_rate, burst=config.event_burst)
        self._writer = StatusWriter(client, clock)
        self._writers = Workers("pod status", self._writer.queue, self._writer.sync, config.writers)
        self._engine = PodEngine(clock, self._writer, self._events)
        self._heartbeats = Heartbeats(clock, self._registered)
        self._pod_informer = self._watch_pods()
        self._node_informer = self._watch_nodes()
        self._threads: list[threading.Thread] = []
        self._pages: dict[str, dict[str, Page]] = {}
        self._read_only = ReadOnlyServer(self._pages.get, config.read_only_port)

    def start(self, stop: threading.Event) -> None:
        """Start every thread, then take on the nodes once the pods are known."""
        self._read_only.start()
        self._spawn("pods", self._engine.run)
        self._spawn("events", self._events.run)
        for number in range(min(_HEARTBEAT_THREADS, len(self._config.nodes))):
            self._spawn(f"heartbeats {number}", self._heartbeats.work)
        self._writers.start()
        self._pod_informer.start()
        self._node_informer.start()
        for informer in (self._pod_informer, self._node_informer):
            while not informer.wait_for_sync(_RETRY / 10) and not stop.is_set():
                pass
        existing = self._existing(stop)
        if existing is not None:
            self._take_on(existing)

    def stop(self) -> None:
        self._read_only.stop()
        self._pod_informer.stop()
        self._node_informer.stop()
        self._heartbeats.stop()
        self._engine.stop()
        self._writers.stop()
        self._events.close()
        for thread in self._threads:
            thread.join(_JOIN / len(self._threads))
        for node in self._nodes:
            node.runtime.close()

    def _take_on(self, existing: Iterable[Object]) -> None:
        known = {name_of(node): node for node in existing}
        addresses = NodeAddresses(known.values())
        config = self._config
        for name in config.nodes:
            facts = NodeFacts(
                name=name,
                ip=node_ip(addresses.number_for(name, known.get(name))),
                runtime=f"{self._kind.name}://{self._kind.version}",
                capacity=config.capacity,
                labels=config.labels,
                taints=config.taints,
                annotations={ENDPOINT: self._read_only.endpoint},
            )
            self._agents[name] = NodeAgent(self._client, facts, self._clock, self._events.node_event)
        for agent in self._agents.values():
            self._heartbeats.add(agent)

    def _registered(self, agent: NodeAgent) -> None:
        """The node exists: its pods may run."""
        facts = agent.facts
        given = (agent.node.get("spec") or {}).get("podCIDR")
        runtime = self._make_runtime(given or pod_range(number_of(facts.ip) or 0))
        node = Node(facts.name, facts.ip, runtime, lambda: agent.node)
        self._nodes.append(node)
        self._pages[facts.name] = self._pages[facts.ip] = self._pages_of(node)
        self._engine.add_node(node, self._pod_informer.store.by_index(_BY_NODE, facts.name))

    def _pages_of(self, node: Node) -> dict[str, Page]:
        """What the read-only port shows of a node."""
        counter = NodeCounter()

        def resources() -> str:
            pods = self._pod_informer.store.by_index(_BY_NODE, node.name)
            usages = [PodUsage(pod, node.runtime.usage(pod)) for pod in pods if not is_pod_terminal(pod)]
            now = math.floor(self._clock.now().timestamp() * 1000) / 1000
            return render(usages, counter.count(usages, now), now)

        return {"/metrics/resource": resources, "/healthz": lambda: "ok"}

    def _existing(self, stop: threading.Event) -> list[Object] | None:
        """All nodes of the cluster, whose addresses must not be given out again; None when stopped."""
        while not stop.is_set():
            try:
                found: list[Object] = self._client.list(NODES).get("items") or []
                return found
            except (StatusError, TransportError) as error:
                _LOG.warning("cannot list nodes, trying again: %s", error)
                stop.wait(_RETRY)
        return None

    def _watch_pods(self) -> Informer:
        """One watch for all: of the one node's pods, or of every pod that is bound at all."""
        names = self._config.nodes
        selector = f"spec.nodeName={names[0]}" if len(names) == 1 else "spec.nodeName!="
        informer = Informer(
            self._client, PODS, field_selector=selector, indexers={_BY_NODE: _node_of}, clock=self._clock
        )
        informer.add_handler(
            self._engine.pod_changed,
            lambda old, new: self._engine.pod_changed(new),
            lambda pod: self._engine.pod_removed(pod["metadata"]["uid"]),
        )
        return informer

    def _watch_nodes(self) -> Informer:
        names = self._config.nodes
        selector = f"metadata.name={names[0]}" if len(names) == 1 else ""
        informer = Informer(self._client, NODES, field_selector=selector, clock=self._clock)
        informer.add_handler(self._node_seen, lambda old, new: self._node_seen(new), None)
        return informer

    def _node_seen(self, node: Object) -> None:
        agent = self._agents.get(name_of(node))
        if agent is not None and agent.node and agent.seen(node):
            self._heartbeats.look_at(agent.facts.name)

    def _recorder(self, node: str) -> EventRecorder:
        return EventRecorder(self._client, "kubelet", node, self._clock)

    def _spawn(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()


def _node_of(pod: Object) -> list[str]:
    return [pod["spec"].get("nodeName") or ""]


__all__ = ["KubeletConfig", "run"]
