"""One attempt of a hollow container: a timeline that is known as soon as it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from apimachinery.objects import Object
from kubelet.runtimes.hollow.rules import Behaviour, ProbeRule
from kubelet.runtimes.runtime import ContainerState, Outcome, Phase

_KILLED = 137
_WORKS = ProbeRule(0.0)


@dataclass(slots=True)
class HollowContainer:
    """Times are epoch seconds; ``starts_at`` may lie in the future."""

    spec: Object
    attempt: int
    id: str
    image: str
    image_id: str
    behaviour: Behaviour
    starts_at: float
    stops_at: float = math.inf
    """When a requested stop takes effect."""
    stop_code: int = 0
    ended: ContainerState | None = None
    """The final state, once it is certain."""

    @property
    def ends_at(self) -> float:
        return min(self.starts_at + self.behaviour.run.duration, self.stops_at)

    def stop(self, now: float, grace: float) -> None:
        """Ask it to end; a later call can only make it sooner."""
        needed = self.behaviour.stop_seconds
        killed = grace <= 0 or needed > grace or now < self.starts_at
        at = now if now < self.starts_at else now + min(max(grace, 0.0), needed)
        if at < self.stops_at:
            self.stops_at, self.stop_code = at, _KILLED if killed else self.behaviour.stop_code

    def state(self, now: float) -> ContainerState:
        if self.ended is not None:
            return self.ended
        if self.behaviour.start_error and now >= self.starts_at:
            return self._end(self._make(Phase.FAILED, 0, "CreateContainerError", self.behaviour.start_error))
        if now >= self.ends_at:
            return self._end(self._exited())
        return self._make(Phase.CREATED if now < self.starts_at else Phase.RUNNING)

    def next_change(self, now: float) -> float:
        """When :meth:`state` will differ; inf for never."""
        if self.ended is not None:
            return math.inf
        return min(self.starts_at, self.ends_at) if now < self.starts_at else self.ends_at

    def probe(self, purpose: str, now: float) -> Outcome | None:
        """What a rule says about a probe; None when none speaks of it."""
        rule = self.behaviour.probes.get(purpose, _WORKS)
        works_from = self.starts_at + rule.fail_for
        if now < works_from:
            return Outcome(False, rule.message or "the rules say so", stable_until=works_from)
        return None

    def _end(self, state: ContainerState) -> ContainerState:
        self.ended = state
        return state

    def _exited(self) -> ContainerState:
        if self.stops_at <= self.starts_at + self.behaviour.run.duration:
            return self._make(Phase.EXITED, self.stop_code)
        code = self.behaviour.run.exit_code
        return self._make(Phase.EXITED, code, self.behaviour.exit_reason, self.behaviour.exit_message)

    def _make(self, phase: Phase, code: int = 0, reason: str = "", message: str = "") -> ContainerState:
        started = phase is Phase.RUNNING or (phase is Phase.EXITED and self.stops_at >= self.starts_at)
        finished = {Phase.EXITED: self.ends_at, Phase.FAILED: self.starts_at}.get(phase, 0.0)
        return ContainerState(
            name=self.spec["name"],
            attempt=self.attempt,
            id="" if phase is Phase.FAILED else self.id,
            image=self.image,
            image_id=self.image_id,
            phase=phase,
            started_at=self.starts_at if started else 0.0,
            finished_at=finished,
            exit_code=code,
            reason=reason,
            message=message,
        )
