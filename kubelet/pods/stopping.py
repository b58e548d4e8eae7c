"""From live to stopped: the preStop hook, whose turn it is, and the grace period.

Source: pkg/kubelet/kuberuntime killContainer, kuberuntime_termination_order.go (KEP-753).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from apimachinery.objects import Object
from kubelet.pods.containers import Kind
from kubelet.pods.slot import Call, Kill, Slot
from kubelet.pods.steps import NORMAL, WARNING, Invoke, StopContainer, Turn

MINIMUM_GRACE = 2.0
DEFAULT_GRACE = 30.0


def pod_grace(pod: Object) -> float:
    """Seconds the pod's containers get: the deletion's, else the spec's."""
    grace = pod["metadata"].get("deletionGracePeriodSeconds")
    if grace is None:
        grace = pod["spec"].get("terminationGracePeriodSeconds")
    return DEFAULT_GRACE if grace is None else float(grace)


def kill(slot: Slot, turn: Turn, message: str, grace: float) -> None:
    """Begin to stop a live container, or shorten the grace of one that is being stopped."""
    if slot.kill is None:
        slot.kill = Kill(turn.now, grace, message)
        turn.event(NORMAL, "Killing", message, slot.path)
        handler = slot.lifecycle("preStop")
        if handler is not None and grace > 0 and slot.running:
            slot.kill.hook = Call(f"{slot.name}/preStop/{slot.attempt}")
            turn.actions.append(Invoke(slot.spec, "preStop", handler, grace, slot.kill.hook.token))
    elif grace < slot.kill.grace:
        slot.kill.grace = grace


def advance_kill(slot: Slot, turn: Turn, *, may_stop: bool) -> None:
    """Pass the stop on to the runtime once the hook is done and it is this container's turn.

    ``may_stop`` False (others must end first) holds it back until the grace period is over.
    """
    stopping = slot.kill
    if stopping is None or slot.state is None or not slot.state.live:
        return
    end = stopping.since + stopping.grace
    if stopping.asked is None and turn.now < end and (_hook_runs(slot, stopping, turn, end) or not may_stop):
        turn.wake_at(end)
        return
    limit = max(end, turn.now + MINIMUM_GRACE) if stopping.asked is None else end
    if stopping.asked is None or limit < stopping.asked:
        stopping.asked = limit
        turn.actions.append(StopContainer(slot.name, max(0.0, limit - turn.now)))


def _hook_runs(slot: Slot, stopping: Kill, turn: Turn, end: float) -> bool:
    hook = stopping.hook
    if hook is None:
        return False
    outcome = hook.ended(turn)
    if outcome is None:
        turn.wake_at(end)
        return True
    stopping.hook = None
    if not outcome.ok:
        turn.event(WARNING, "FailedPreStopHook", "PreStopHook failed", slot.path)
    return False


def stop_all(slots: Sequence[Slot], turn: Turn, grace: float) -> bool:
    """Stop everything that lives, sidecars last and in reverse; True when nothing lives any more."""
    later_live = False
    for slot in reversed(slots):
        if not slot.live:
            continue
        kill(slot, turn, f"Stopping container {slot.name}", grace)
        advance_kill(slot, turn, may_stop=slot.kind is not Kind.SIDECAR or not later_live)
        later_live = True
    return not later_live


def probe_grace(slot: Slot, pod: Object) -> float:
    """The grace for a container that failed a startup or liveness probe."""
    graces = [p.spec.get("terminationGracePeriodSeconds") for p in slot.probes if p.held]
    own = next((float(g) for g in graces if g is not None), math.nan)
    return pod_grace(pod) if math.isnan(own) else own
