"""The whole pod status on the wire, from what the machine knows.

It holds only what the kubelet owns: conditions of others stay where they are (see ``patch.py``).
Source: pkg/kubelet/kubelet_pods.go generateAPIPodStatus, pkg/kubelet/status/status_manager.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apimachinery.objects import Object
from apimachinery.pods import qos_class
from kubelet.pods.conditions import verdicts, write_conditions
from kubelet.pods.containers import Kind
from kubelet.pods.phase import FAILED, SUCCEEDED, pod_phase
from kubelet.pods.slot import Slot
from kubelet.pods.statuses import container_statuses, lost, stamp


@dataclass(frozen=True, slots=True)
class Situation:
    """What the status depends on besides the containers."""

    host_ip: str
    ips: tuple[str, ...]
    sandbox: bool
    ended: bool
    """Nothing of the pod runs or will run again."""
    failure: tuple[str, str] | None = None
    """(reason, message) when the pod failed as a whole: deadline, eviction, rejection."""


def build_status(pod: Object, slots: Sequence[Slot], situation: Situation, old: Object, now: float) -> Object:
    """``old`` is the status written last (or the API's); it gives the times that must not change."""
    has_init = any(s.kind in (Kind.INIT, Kind.SIDECAR) for s in slots)
    init, main, ephemeral = container_statuses(slots, has_init=has_init)
    if situation.ended:
        _mark_lost(init, main, has_init=has_init)
    phase = _phase(pod, slots, [*init, *main, *ephemeral], situation)
    generation = int(pod["metadata"].get("generation") or 0)
    status: Object = {
        "phase": phase,
        "conditions": write_conditions(
            verdicts(pod, slots, phase, sandbox=situation.sandbox), old.get("conditions") or (), generation, stamp(now)
        ),
        "hostIP": situation.host_ip,
        "hostIPs": [{"ip": situation.host_ip}],
        "startTime": old.get("startTime") or stamp(now),
        "qosClass": old.get("qosClass") or (pod.get("status") or {}).get("qosClass") or qos_class(pod),
    }
    if generation:
        status["observedGeneration"] = generation
    _add_ips(status, pod, situation)
    for name, value in zip(_CONTAINER_FIELDS, (init, main, ephemeral), strict=True):
        if value:
            status[name] = value
    _add_reason(status, old, situation)
    return status


_CONTAINER_FIELDS = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


def _phase(pod: Object, slots: Sequence[Slot], statuses: Sequence[Object], situation: Situation) -> str:
    stored = (pod.get("status") or {}).get("phase")
    if stored in (SUCCEEDED, FAILED):
        return str(stored)  # whoever wrote it: a pod that has ended never runs again
    if situation.failure is not None and situation.ended:
        return FAILED
    by_name = {s["name"]: s for s in statuses}
    ordered = [by_name[slot.name] for slot in slots]
    policy = pod["spec"].get("restartPolicy") or "Always"
    initialized = any(s.kind is Kind.MAIN and s.attempt >= 0 for s in slots)
    phase = pod_phase(slots, ordered, policy, ended=situation.ended, initialized=initialized)
    if situation.ended and phase not in (SUCCEEDED, FAILED):
        return FAILED
    return phase


def _mark_lost(init: list[Object], main: list[Object], *, has_init: bool) -> None:
    """A container without an end, in a pod that has ended, counts as failed (upstream's TerminatePod)."""
    begun = [s for s in main if "terminated" in s["lastState"] or "waiting" not in s["state"]]
    last_init_done = bool(init) and (init[-1]["state"].get("terminated") or {}).get("exitCode") == 0
    if not has_init or begun or last_init_done:
        _lose(main)
    reached = [i for i, s in enumerate(init) if "terminated" in s["lastState"] or "waiting" not in s["state"]]
    _lose(init[: (reached[-1] if reached else 0) + 1])


def _lose(statuses: list[Object]) -> None:
    for status in statuses:
        if "terminated" not in status["state"]:
            status["state"] = {"terminated": lost()}


def _add_ips(status: Object, pod: Object, situation: Situation) -> None:
    ips = situation.ips
    if pod["spec"].get("hostNetwork"):
        ips = (situation.host_ip,)
    if ips:
        status["podIP"] = ips[0]
        status["podIPs"] = [{"ip": ip} for ip in ips]


def _add_reason(status: Object, old: Object, situation: Situation) -> None:
    if situation.failure is not None and situation.ended:
        status["reason"], status["message"] = situation.failure
    elif status["phase"] == old.get("phase"):
        for name in ("reason", "message"):
            if old.get(name):
                status[name] = old[name]


def rejected_status(pod: Object, reason: str, message: str, now: float) -> Object:
    """The status of a pod the node does not take (upstream's rejectPod); it has no containers and no conditions."""
    old = pod.get("status") or {}
    status: Object = {
        "phase": FAILED,
        "reason": reason,
        "message": f"Pod was rejected: {message}",
        "startTime": old.get("startTime") or stamp(now),
        "qosClass": old.get("qosClass") or qos_class(pod),
    }
    generation = int(pod["metadata"].get("generation") or 0)
    if generation:
        status["observedGeneration"] = generation
    return status
