"""What the machine remembers about one container of a pod."""

from __future__ import annotations

from dataclasses import dataclass, field

from apimachinery.objects import Object
from kubelet.pods.backoff import Backoff
from kubelet.pods.containers import Kind, default_pull_policy
from kubelet.pods.probes import PURPOSES, Probe
from kubelet.pods.steps import Turn
from kubelet.runtimes.runtime import ContainerState, Outcome, Phase

_PATHS = {Kind.INIT: "initContainers", Kind.SIDECAR: "initContainers", Kind.EPHEMERAL: "ephemeralContainers"}


@dataclass(slots=True)
class Call:
    """A pull or a hook under way. ``effect_at`` is None until the outcome is known."""

    token: str
    effect_at: float | None = None
    outcome: Outcome | None = None

    def ended(self, turn: Turn) -> Outcome | None:
        """The outcome once it has taken effect; otherwise the turn is told when to look again."""
        if self.outcome is not None and self.effect_at is not None:
            if turn.now >= self.effect_at:
                return self.outcome
            turn.wake_at(self.effect_at)
        return None


@dataclass(slots=True)
class Kill:
    """A container on its way out. ``grace`` in seconds from ``since``."""

    since: float
    grace: float
    message: str
    hook: Call | None = None
    asked: float | None = None
    """When the last stop request lets the runtime kill it (epoch seconds); None before the first."""


@dataclass(slots=True)
class Slot:
    name: str
    kind: Kind
    spec: Object
    attempt: int = -1
    """The newest attempt asked for; -1 before the first."""
    state: ContainerState | None = None
    """What the runtime shows of that attempt; None until it does."""
    before: ContainerState | None = None
    """The attempt before it, shown until the new one runs."""
    last: Object | None = None
    """``lastState.terminated`` on the wire."""
    waiting: tuple[str, str] | None = None
    """(reason, message) of ``state.waiting`` when it is not the ordinary one."""
    restarts: Backoff = field(default_factory=Backoff)
    pulls: Backoff = field(default_factory=Backoff)
    cleared: bool = False
    """The back-off before the next attempt has been served."""
    image_ready: bool = False
    pull: Call | None = None
    pull_since: float = 0.0
    pull_error: str = ""
    adopted: bool = False
    """Ran under an earlier node agent, and the runtime has not shown it yet."""
    announced: bool = False
    """Created and Started have been reported for this attempt."""
    post_start: Call | None = None
    kill: Kill | None = None
    probes: list[Probe] = field(default_factory=list)
    image: str = ""
    """The image the newest attempt was started with."""

    @property
    def path(self) -> str:
        """The field path of events."""
        return f"spec.{_PATHS.get(self.kind, 'containers')}{{{self.name}}}"

    @property
    def pull_policy(self) -> str:
        return str(self.spec.get("imagePullPolicy") or default_pull_policy(self.spec["image"]))

    @property
    def live(self) -> bool:
        """It holds resources, or has been asked for and not been seen yet."""
        return self.attempt >= 0 if self.state is None else self.state.live

    @property
    def running(self) -> bool:
        """Running, with its postStart hook done."""
        return self.state is not None and self.state.phase is Phase.RUNNING and self.post_start is None

    @property
    def exited(self) -> bool:
        return self.state is not None and self.state.phase is Phase.EXITED

    @property
    def started(self) -> bool:
        """The API's ``started``: running, and its startup probe has succeeded."""
        return self.running and all(p.result is True for p in self.probes if p.purpose == "startupProbe")

    @property
    def ready(self) -> bool:
        """The API's ``ready``."""
        if self.kind is Kind.INIT:
            return self.state is not None and self.exited and self.state.exit_code == 0
        if self.kind is Kind.EPHEMERAL:
            return False
        return self.started and all(p.result is True for p in self.probes if p.purpose == "readinessProbe")

    def begin_probes(self, started_at: float) -> None:
        if self.kind in (Kind.INIT, Kind.EPHEMERAL):
            return
        self.probes = [Probe.begin(p, self.spec[p], started_at) for p in PURPOSES if self.spec.get(p)]

    def lifecycle(self, hook: str) -> Object | None:
        """The handler of ``postStart`` or ``preStop``."""
        handler = (self.spec.get("lifecycle") or {}).get(hook)
        return dict(handler) if handler else None
