"""The pod conditions the kubelet owns.

Source: pkg/kubelet/status/generate.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apimachinery.objects import Object
from kubelet.pods.containers import Kind
from kubelet.pods.phase import FAILED, SUCCEEDED
from kubelet.pods.slot import Slot

OWNED = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
Verdict = tuple[str, str, str]
"""(status, reason, message)"""
_TRUE: Verdict = ("True", "", "")
_TERMINAL_REASONS = {FAILED: "PodFailed", SUCCEEDED: "PodCompleted"}


def verdicts(pod: Object, slots: Sequence[Slot], phase: str, *, sandbox: bool) -> dict[str, Verdict]:
    """Every owned condition, in the order in which upstream lists them."""
    containers_ready = _containers_ready(slots, phase)
    return {
        "PodReadyToStartContainers": _TRUE if sandbox else ("False", "", ""),
        "Initialized": _initialized(slots, phase),
        "Ready": containers_ready if containers_ready[0] != "True" else _gates(pod),
        "ContainersReady": containers_ready,
        "PodScheduled": _TRUE,
    }


def _containers_ready(slots: Iterable[Slot], phase: str) -> Verdict:
    if phase in _TERMINAL_REASONS:
        return ("False", _TERMINAL_REASONS[phase], "")
    unready = [s.name for s in slots if s.kind in (Kind.SIDECAR, Kind.MAIN) and not s.ready]
    if unready:
        return ("False", "ContainersNotReady", f"containers with unready status: {_go_list(unready)}")
    return _TRUE


def _initialized(slots: Sequence[Slot], phase: str) -> Verdict:
    if phase == SUCCEEDED:
        return ("True", "PodCompleted", "")
    if any(s.kind is Kind.MAIN and s.attempt >= 0 and (s.running or s.exited or s.before is not None) for s in slots):
        return _TRUE
    incomplete = [s.name for s in slots if _incomplete(s)]
    if incomplete:
        message = f"containers with incomplete status: {_go_list(incomplete)}"
        return ("False", "ContainersNotInitialized", message)
    return _TRUE


def _incomplete(slot: Slot) -> bool:
    if slot.kind is Kind.SIDECAR:
        return not slot.started
    return slot.kind is Kind.INIT and not slot.ready


def _gates(pod: Object) -> Verdict:
    gates = pod["spec"].get("readinessGates")
    if not gates:
        return _TRUE
    found = {c["type"]: c["status"] for c in (pod.get("status") or {}).get("conditions") or ()}
    messages = []
    for gate in gates:
        name = gate["conditionType"]
        if name not in found:
            messages.append(f'corresponding condition of pod readiness gate "{name}" does not exist.')
        elif found[name] != "True":
            messages.append(f'the status of pod readiness gate "{name}" is not "True", but {found[name]}')
    return ("False", "ReadinessGatesNotReady", ", ".join(messages)) if messages else _TRUE


def write_conditions(new: dict[str, Verdict], old: Iterable[Object], generation: int, now: str) -> list[Object]:
    """The wire form; a transition time changes only with the status."""
    before = {c["type"]: c for c in old}
    return [_condition(name, verdict, before.get(name), generation, now) for name, verdict in new.items()]


def _condition(name: str, verdict: Verdict, old: Object | None, generation: int, now: str) -> Object:
    status, reason, message = verdict
    since = old.get("lastTransitionTime") if old is not None and old.get("status") == status else None
    condition: Object = {"type": name, "status": status, "lastProbeTime": None, "lastTransitionTime": since or now}
    if generation:
        condition["observedGeneration"] = generation
    if reason:
        condition["reason"] = reason
    if message:
        condition["message"] = message
    return condition


def _go_list(names: Sequence[str]) -> str:
    """Go's ``%s`` of a string slice."""
    return f"[{' '.join(names)}]"
