"""The interface between the pod machine and whatever runs containers.

One runtime object serves one node. The engine is its only caller, from one thread, and no call may block:
a runtime with slow operations (gRPC, processes) does them on threads of its own and reports through the
:class:`Listener` it was given. Observation is level-triggered: a lost or repeated notification does no harm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

from apimachinery.objects import Object


class Phase(Enum):
    """How far one attempt of a container has come."""

    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"
    FAILED = "failed"
    """It could not be created or started; ``reason`` and ``message`` say why."""


@dataclass(frozen=True, slots=True)
class ContainerState:
    """One attempt of a container as the runtime sees it. Times are epoch seconds, 0 when it has not happened."""

    name: str
    attempt: int
    id: str
    """With the runtime's scheme: ``hollow://<64 hex digits>``."""
    image: str
    image_id: str
    phase: Phase
    started_at: float = 0.0
    finished_at: float = 0.0
    exit_code: int = 0
    reason: str = ""
    message: str = ""

    @property
    def live(self) -> bool:
        """Whether it holds resources of the node: created or running."""
        return self.phase is Phase.RUNNING or self.phase is Phase.CREATED


@dataclass(frozen=True, slots=True)
class PodState:
    """What the runtime holds of one pod."""

    ready: bool = False
    """The sandbox exists and has its network: containers may be started."""
    ips: tuple[str, ...] = ()
    """Empty for a pod in the host's network."""
    containers: Mapping[str, ContainerState] = field(default_factory=dict)
    """The newest attempt of every container that was ever asked for, by container name."""
    next_change: float | None = None
    """Epoch seconds at which the runtime already knows the answer will differ; None when it will notify instead."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a pull or an invocation ended.

    ``seconds``: it takes effect this long after the call (a simulation knows the future; others report late, with 0).
    ``stable_until``: until this moment (epoch seconds) the same call would give the same answer: no need to repeat it.
    """

    ok: bool
    message: str = ""
    seconds: float = 0.0
    stable_until: float = -math.inf
    size: int = 0
    """Bytes, of a pulled image."""


class Usage(NamedTuple):
    """What one running container has used since its start (CPU time) and holds now (bytes of memory)."""

    cpu_seconds: float
    memory: int
    started_at: float
    at: float
    """When it was counted, as ``started_at`` in epoch seconds, in whole milliseconds."""


class Listener(Protocol):
    """Given to a runtime at start; both methods may be called from any thread, never block, and may be called twice."""

    def changed(self, uid: str) -> None:
        """The pod's state may differ from what was observed."""

    def finished(self, uid: str, token: str, outcome: Outcome) -> None:
        """A pull or an invocation that had answered None has ended."""


class Runtime(Protocol):
    """What runs containers on one node."""

    name: str
    """The scheme of container ids and of ``nodeInfo.containerRuntimeVersion``."""
    version: str

    def start(self, listener: Listener) -> None:
        """Called once, before anything else."""

    def close(self) -> None:
        """Called once, when the node agent ends. Containers go on running; returns within a second."""

    def adopt(self, pod: Object) -> None:
        """Called once for a pod whose status already names containers (the node agent was restarted).

        A runtime that kept them ignores the argument; one that remembers nothing takes over what the status says.
        """

    def observe(self, uid: str) -> PodState:
        """The present state, also of a pod never heard of. Called often: microseconds, from memory."""

    def create_sandbox(self, pod: Object) -> None:
        """Ask for the pod's sandbox and network. May be called again while it is not ready."""

    def has_image(self, image: str) -> bool:
        """Whether the node holds the image; from memory."""

    def pull_image(self, pod: Object, image: str, token: str) -> Outcome | None:
        """Fetch an image, also when it is present. None: :meth:`Listener.finished` will be called with ``token``."""

    def start_container(self, pod: Object, container: Object, attempt: int) -> None:
        """Ask for one attempt (0, 1, …) of a container; observation shows how it goes.

        Called only in a ready sandbox and when no earlier attempt lives. A repeated attempt number is ignored.
        """

    def stop_container(self, uid: str, name: str, grace: float) -> None:
        """Ask the live attempt to end within ``grace`` seconds, killing it then.

        May be called again: a shorter grace wins. Unknown or ended containers are ignored.
        """

    def invoke(
        self, pod: Object, container: Object, purpose: str, handler: Object, timeout: float, token: str
    ) -> Outcome | None:
        """Run a probe or lifecycle handler against a live container.

        ``handler`` has one of ``exec``, ``httpGet``, ``tcpSocket``, ``grpc``, ``sleep``.
        ``purpose``: ``readinessProbe``, ``livenessProbe``, ``startupProbe``, ``postStart`` or ``preStop``.
        ``timeout`` in seconds (inf: none). None: :meth:`Listener.finished` will be called with ``token``.
        """

    def usage(self, pod: Object) -> Mapping[str, Usage]:
        """Of the containers that run, by name. ``pod``: as the API has it. May be called from any thread."""

    def remove_pod(self, uid: str) -> None:
        """Give back everything of the pod, killing what lives. May be called twice, and for unknown pods."""
