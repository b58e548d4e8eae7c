"""The phase of a pod from its container statuses.

Source: pkg/kubelet/kubelet_pods.go getPhase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apimachinery.objects import Object
from kubelet.pods.containers import Kind, should_restart
from kubelet.pods.slot import Slot

PENDING, RUNNING, SUCCEEDED, FAILED = "Pending", "Running", "Succeeded", "Failed"


@dataclass(slots=True)
class _Count:
    pending_init: int = 0
    pending_sidecars: int = 0
    failed_init: int = 0
    running: int = 0
    waiting: int = 0
    stopped: int = 0
    stopped_for_good: int = 0
    succeeded: int = 0


def pod_phase(slots: Sequence[Slot], statuses: Sequence[Object], policy: str, *, ended: bool, initialized: bool) -> str:
    """``statuses`` belong to ``slots`` one by one; ``ended``: nothing of the pod will run again."""
    count = _Count()
    for slot, status in zip(slots, statuses, strict=True):
        if slot.kind is Kind.INIT:
            _count_init(count, slot, status, policy)
        elif slot.kind is Kind.SIDECAR:
            _count_sidecar(count, status)
        elif slot.kind is Kind.MAIN:
            _count_main(count, slot, status, policy)
    if count.failed_init:
        return FAILED
    if count.pending_init or (count.pending_sidecars and not initialized) or count.waiting:
        return PENDING
    if count.running:
        return RUNNING
    if not count.stopped:
        return PENDING
    if not ended and count.stopped != count.stopped_for_good:
        return RUNNING
    return SUCCEEDED if count.stopped == count.succeeded else FAILED


def _ended_with(status: Object) -> int | None:
    """The exit code of an ended container, also of one that waits to be started again."""
    over = status["state"].get("terminated")
    if over is None and "waiting" in status["state"]:
        over = status["lastState"].get("terminated")
    return None if over is None else int(over["exitCode"])


def _count_init(count: _Count, slot: Slot, status: Object, policy: str) -> None:
    code = _ended_with(status)
    if code is None:
        count.pending_init += 1
    elif code != 0 and not should_restart(slot.kind, slot.spec, policy, code):
        count.failed_init += 1


def _count_sidecar(count: _Count, status: Object) -> None:
    if "running" in status["state"]:
        count.running += 1
        count.pending_sidecars += not status["started"]
    elif _ended_with(status) is None:
        count.pending_sidecars += 1
        count.waiting += 1


def _count_main(count: _Count, slot: Slot, status: Object, policy: str) -> None:
    code = _ended_with(status)
    if "running" in status["state"]:
        count.running += 1
    elif code is None:
        count.waiting += 1
    else:
        count.stopped += 1
        count.stopped_for_good += not should_restart(slot.kind, slot.spec, policy, code)
        count.succeeded += code == 0 and "terminated" in status["state"]
