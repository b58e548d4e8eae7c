"""The node agent's one file that wires: identities, sight, nodes, engine, writers.

``run(clients, stop, config)`` carries one to several hundred nodes until ``stop`` is set.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.objects import Object, name_of
from apimachinery.pods import is_pod_terminal
from apimachinery.status import StatusError
from client.api import Client
from client.errors import TransportError
from client.recorder import EventRecorder
from client.resources import NODES
from client.workers import Workers
from kubelet.claims import ClaimReader
from kubelet.config import KubeletConfig
from kubelet.engine import PodEngine
from kubelet.events import PacedEvents
from kubelet.identity.clients import NodeClients
from kubelet.node import Node
from kubelet.nodes.addresses import NodeAddresses, node_ip, number_of, pod_range
from kubelet.nodes.agent import NodeAgent
from kubelet.nodes.facts import NodeFacts
from kubelet.nodes.heartbeats import Heartbeats
from kubelet.runtimes.registry import MakeRuntime, RuntimeKind, runtime_kind
from kubelet.serving.readonly import ENDPOINT, Page, ReadOnlyServer
from kubelet.serving.resources import NodeCounter, PodUsage, render
from kubelet.sight import CommonSight, OwnSight, Sight
from kubelet.writer import StatusWriter

_LOG = logging.getLogger(__name__)
_HEARTBEAT_THREADS = 4
_CLAIM_READERS = 2
_RETRY = 1.0
_JOIN = 0.3


def run(clients: NodeClients, stop: threading.Event, config: KubeletConfig, *, clock: Clock = REAL_CLOCK) -> None:
    """Blocks until ``stop`` is set and returns within 2 s. Pods stay as they are; the next start takes them over.

    Raises ValueError in one clear line for a configuration that cannot be used.
    """
    if not config.nodes:
        raise ValueError("a node agent needs at least one node")
    kind = runtime_kind(config.runtime)
    agent = _Kubelet(clients, config, clock, kind, kind.open(clock, config.rules))
    try:
        agent.start(stop)
        stop.wait()
    finally:
        agent.stop()


class _Kubelet:
    """The parts of one process and the threads they run on."""

    def __init__(
        self,
        clients: NodeClients,
        config: KubeletConfig,
        clock: Clock,
        kind: RuntimeKind,
        make_runtime: MakeRuntime,
    ) -> None:
        self._clients = clients
        self._config = config
        self._clock = clock
        self._kind = kind
        self._make_runtime = make_runtime
        self._agents: dict[str, NodeAgent] = {}
        self._nodes: list[Node] = []
        self._addresses = NodeAddresses(())
        self._existing: dict[str, Object] = {}
        self._joining = threading.Lock()
        self._events = PacedEvents(self._recorder, clock, rate=config.event_rate, burst=config.event_burst)
        self._writer = StatusWriter(clients.client_of, clock)
        self._writers = Workers("pod status", self._writer.queue, self._writer.sync, config.writers)
        self._claims = ClaimReader(clients.client_of, clock)
        self._claim_readers = Workers("claims", self._claims.queue, self._claims.sync, _CLAIM_READERS)
        self._engine = PodEngine(clock, self._writer, self._events, self._claims)
        self._heartbeats = Heartbeats(clock, self._registered)
        self._sight: Sight = OwnSight(self, clock)
        self._threads: list[threading.Thread] = []
        self._pages: dict[str, dict[str, Page]] = {}
        self._read_only = ReadOnlyServer(self._pages.get, config.read_only_port)

    def start(self, stop: threading.Event) -> None:
        """Start every thread, then take on each node as it joins."""
        self._read_only.start()
        self._spawn("pods", self._engine.run)
        self._spawn("events", self._events.run)
        for number in range(min(_HEARTBEAT_THREADS, len(self._config.nodes))):
            self._spawn(f"heartbeats {number}", self._heartbeats.work)
        self._writers.start()
        self._claim_readers.start()
        shared = self._clients.shared
        if shared is None or self._look_around(shared, stop):
            self._clients.start(self._config.nodes, self._joined)

    def stop(self) -> None:
        self._read_only.stop()
        self._sight.stop()
        self._heartbeats.stop()
        self._engine.stop()
        self._writers.stop()
        self._claim_readers.stop()
        self._events.close()
        self._clients.stop()
        for thread in self._threads:
            thread.join(_JOIN / len(self._threads))
        for node in self._nodes:
            node.runtime.close()

    # What is seen.

    def pod_changed(self, pod: Object) -> None:
        self._engine.pod_changed(pod)

    def pod_removed(self, uid: str) -> None:
        self._engine.pod_removed(uid)

    def node_seen(self, node: Object) -> None:
        agent = self._agents.get(name_of(node))
        if agent is not None and agent.node and agent.seen(node):
            self._heartbeats.look_at(agent.facts.name)

    def _look_around(self, client: Client, stop: threading.Event) -> bool:
        """See all nodes, whose addresses must not be given out again, and all pods; False when stopped."""
        self._sight = sight = CommonSight(client, self._config.nodes, self, self._clock)
        sight.start()
        while not sight.wait(_RETRY / 10) and not stop.is_set():
            pass
        while not stop.is_set():
            try:
                nodes: list[Object] = client.list(NODES).get("items") or []
            except (StatusError, TransportError) as error:
                _LOG.warning("cannot list nodes, trying again: %s", error)
                stop.wait(_RETRY)
            else:
                self._existing = {name_of(node): node for node in nodes}
                self._addresses = NodeAddresses(nodes)
                return True
        return False

    # A node's way: it joins, it is registered, its pods run.

    def _joined(self, name: str, client: Client) -> None:
        config = self._config
        with self._joining:
            number = self._addresses.number_for(name, self._existing.get(name))
        facts = NodeFacts(
            name=name,
            ip=node_ip(number),
            runtime=f"{self._kind.name}://{self._kind.version}",
            capacity=config.capacity,
            labels=config.labels,
            taints=config.taints,
            annotations={ENDPOINT: self._read_only.endpoint},
        )
        self._agents[name] = agent = NodeAgent(client, facts, self._clock, self._events.node_event)
        self._sight.follow(name, client)
        self._heartbeats.add(agent)

    def _registered(self, agent: NodeAgent) -> None:
        """The node exists: its pods may run."""
        facts = agent.facts
        given = (agent.node.get("spec") or {}).get("podCIDR")
        runtime = self._make_runtime(given or pod_range(number_of(facts.ip) or 0))
        node = Node(facts.name, facts.ip, runtime, lambda: agent.node)
        self._nodes.append(node)
        self._pages[facts.name] = self._pages[facts.ip] = self._pages_of(node)
        self._engine.add_node(node, self._sight.pods(facts.name))

    def _pages_of(self, node: Node) -> dict[str, Page]:
        """What the read-only port shows of a node."""
        counter = NodeCounter()

        def resources() -> str:
            pods = self._sight.pods(node.name)
            usages = [PodUsage(pod, node.runtime.usage(pod)) for pod in pods if not is_pod_terminal(pod)]
            now = math.floor(self._clock.now().timestamp() * 1000) / 1000
            return render(usages, counter.count(usages, now), now)

        return {"/metrics/resource": resources, "/healthz": lambda: "ok"}

    def _recorder(self, node: str) -> EventRecorder:
        return EventRecorder(self._clients.client_of(node), "kubelet", node, self._clock)

    def _spawn(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()


__all__ = ["KubeletConfig", "run"]
