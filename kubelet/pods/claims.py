"""Before a pod's sandbox is made its claims must be bound, its config maps, secrets and trust bundles be there: asks,
waits, and says why it has to wait.

Source: pkg/kubelet/volumemanager (WaitForAttachAndMount), kubelet.go SyncPod; its wording.
"""

from __future__ import annotations

from apimachinery.objects import Object, is_terminating, namespace_of
from apimachinery.volumes import claim_name
from kubelet.pods.backoff import Backoff
from kubelet.pods.bundles import bundles_of
from kubelet.pods.files import files_of
from kubelet.pods.steps import WARNING, LookAtClaims, Turn
from kubelet.runtimes.runtime import Outcome

TOKEN = "/claims/"
"""How the tokens of these questions begin; no container has such a name."""
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 122.0


def claims_of(pod: Object) -> list[tuple[str, str]]:
    """(name of the volume, name of the claim) of those volumes that have a claim behind them."""
    volumes = pod["spec"].get("volumes") or ()
    return [(volume["name"], name) for volume in volumes if (name := claim_name(pod, volume))]


def problem_of(claim: Object) -> str:
    """Why a claim cannot be mounted, "" if it can."""
    if is_terminating(claim) and "kubernetes.io/pvc-protection" not in (claim["metadata"].get("finalizers") or ()):
        return "PVC is being deleted"
    if (claim.get("status") or {}).get("phase") != "Bound":
        return "PVC is not bound"
    return "" if claim["spec"].get("volumeName") else "PVC has empty pvc.Spec.VolumeName"


def report(pod: Object, problems: dict[str, tuple[str, str]]) -> str:
    """``problems``: (claim, why) by volume."""
    volumes = " ".join(sorted(problems))
    whys = [f"error processing PVC {namespace_of(pod)}/{claim}: {why}" for claim, why in problems.values()]
    listed = ", ".join(sorted(set(whys)))
    why = whys[0] if len(set(whys)) == 1 else f"[{listed}]"
    lists = f"unmounted volumes=[{volumes}], unattached volumes=[], failed to process volumes=[{volumes}]"
    return f"Unable to attach or mount volumes: {lists}: {why}"


class ClaimGate:
    """Open once all was found as it must be; it does not close again."""

    def __init__(self, pod: Object, *, has_run: bool) -> None:
        self.open = has_run or not (claims_of(pod) or files_of(pod) or bundles_of(pod))
        self._asked = 0
        self._pending = False
        self._problem = ""
        self._failed_at = 0.0
        self._pauses = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE)

    def passed(self, turn: Turn) -> bool:
        """Whether the sandbox may be made; if not, asks in time."""
        if self.open:
            return True
        if self._problem:
            turn.event(WARNING, "FailedMount", self._problem)
            self._problem = ""
        remaining = self._pauses.remaining(self._failed_at, turn.now)
        if remaining > 0:
            turn.wake_at(turn.now + remaining)
        elif not self._pending:
            self._asked += 1
            self._pending = True
            turn.actions.append(LookAtClaims(f"{TOKEN}{self._asked}"))
        return False

    def answered(self, outcome: Outcome, now: float) -> None:
        self._pending = False
        self.open = outcome.ok
        if not outcome.ok:
            self._problem = outcome.message
            self._failed_at = now
            self._pauses.advance(now, now)
