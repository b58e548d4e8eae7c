"""Which taints a node's conditions and spec call for. Pure.

Source: k8s.io/kubernetes pkg/controller/nodelifecycle (nodeConditionToTaintKeyStatusMap, doNoScheduleTaintingPass).
"""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from apimachinery.timefmt import format_time

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"

# condition type → its status → the taint's key
_NO_SCHEDULE = {
    "Ready": {"False": NOT_READY, "Unknown": UNREACHABLE},
    "MemoryPressure": {"True": "node.kubernetes.io/memory-pressure"},
    "DiskPressure": {"True": "node.kubernetes.io/disk-pressure"},
    "NetworkUnavailable": {"True": "node.kubernetes.io/network-unavailable"},
    "PIDPressure": {"True": "node.kubernetes.io/pid-pressure"},
}
_NO_SCHEDULE_KEYS = {key for statuses in _NO_SCHEDULE.values() for key in statuses.values()} | {UNSCHEDULABLE}
_BETA_LABELS = {f"kubernetes.io/{what}": f"beta.kubernetes.io/{what}" for what in ("os", "arch")}
_NO_EXECUTE_KEYS = frozenset({NOT_READY, UNREACHABLE})


def wanted_taints(node: Object, now: datetime, *, evict: bool = True) -> list[Object]:
    """The node's taints as they should be: others' are kept, in their order; equal to the node's when nothing changes.

    NoSchedule taints follow the conditions and spec.unschedulable; a node that is not ready or unreachable also gets
    the NoExecute taint that evicts, unless ``evict`` is false.
    """
    conditions = {c["type"]: c["status"] for c in (node.get("status") or {}).get("conditions") or ()}
    schedule = [
        statuses[conditions[kind]] for kind, statuses in _NO_SCHEDULE.items() if conditions.get(kind, "") in statuses
    ]
    if (node.get("spec") or {}).get("unschedulable"):
        schedule.append(UNSCHEDULABLE)
    execute = {"False": [NOT_READY], "Unknown": [UNREACHABLE]}.get(conditions.get("Ready", ""), []) if evict else []
    wanted = [(key, "NoSchedule") for key in schedule] + [(key, "NoExecute") for key in execute]
    if "Ready" not in conditions:
        # Never reported: keep what admission gave it until the kubelet speaks.
        wanted.append((NOT_READY, "NoSchedule"))
    return _merged((node.get("spec") or {}).get("taints") or [], wanted, now)


def wanted_labels(node: Object) -> dict[str, str]:
    """The node's labels with the beta ones as the stable ones say, for those who still select by them."""
    labels = dict(node["metadata"].get("labels") or {})
    return labels | {beta: labels[stable] for stable, beta in _BETA_LABELS.items() if stable in labels}


def begins_eviction(before: list[Object], after: list[Object]) -> bool:
    """A NoExecute taint of ours is added where there was none; one in place of the other changes nothing for pods."""
    return _evicts(after) and not _evicts(before)


def _evicts(taints: list[Object]) -> bool:
    return any(taint.get("effect") == "NoExecute" and _is_ours(taint) for taint in taints)


def _merged(taints: list[Object], wanted: list[tuple[str, str]], now: datetime) -> list[Object]:
    kept = [t for t in taints if not _is_ours(t) or (t["key"], t["effect"]) in wanted]
    there = {(t["key"], t["effect"]) for t in kept}
    added: list[Object] = [
        {"key": key, "effect": effect, "timeAdded": format_time(now)}
        for key, effect in dict.fromkeys(wanted)
        if (key, effect) not in there
    ]
    return kept + added


def _is_ours(taint: Object) -> bool:
    keys = _NO_SCHEDULE_KEYS if taint.get("effect") == "NoSchedule" else _NO_EXECUTE_KEYS
    return taint["key"] in keys and taint.get("effect") in ("NoSchedule", "NoExecute")
