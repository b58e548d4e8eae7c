"""One probe of one attempt of a container: when to ask next, and what the answers mean so far.

Source: pkg/kubelet/prober/worker.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apimachinery.objects import Object
from kubelet.runtimes.runtime import Outcome

PURPOSES = ("startupProbe", "livenessProbe", "readinessProbe")
TITLES = {"startupProbe": "Startup", "livenessProbe": "Liveness", "readinessProbe": "Readiness"}
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")


@dataclass(slots=True)
class Probe:
    """``result`` is None until a threshold has been reached. Times are epoch seconds."""

    purpose: str
    spec: Object
    next_at: float
    result: bool | None = None
    held: bool = False
    """A failed startup or liveness probe is not asked again: the container is on its way out."""
    token: str = ""
    """Of the invocation under way."""
    effect_at: float | None = None
    outcome: Outcome | None = None
    _last: bool | None = None
    _run: int = 0

    @classmethod
    def begin(cls, purpose: str, spec: Object, started_at: float) -> Probe:
        return cls(purpose, spec, started_at + float(spec.get("initialDelaySeconds") or 0))

    @property
    def period(self) -> float:
        return float(self.spec.get("periodSeconds") or 10)

    @property
    def timeout(self) -> float:
        return float(self.spec.get("timeoutSeconds") or 1)

    def handler(self) -> Object:
        """The part of the spec that says what to call."""
        return {kind: self.spec[kind] for kind in _HANDLERS if self.spec.get(kind) is not None}

    def settle(self, outcome: Outcome, now: float) -> bool:
        """Count an answer; True when it was a failure that is to be told (an ``Unhealthy`` event)."""
        self.token, self.effect_at, self.outcome = "", None, None
        self._run = self._run + 1 if self._last == outcome.ok else 1
        self._last = outcome.ok
        if self._run >= self._threshold(outcome.ok):
            self.result = outcome.ok
            if not outcome.ok and self.purpose != "readinessProbe":
                self.held, self._run = True, 0
        settled = self.result == outcome.ok
        self.next_at = max(now + self.period, outcome.stable_until if settled else now)
        return not outcome.ok

    def _threshold(self, ok: bool) -> int:
        value: Any = self.spec.get("successThreshold" if ok else "failureThreshold")
        return int(value or (1 if ok else 3))
