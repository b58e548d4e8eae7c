"""The status of a node, and the patch that brings it to the API.

Source: pkg/kubelet/nodestatus/setters.go, pkg/kubelet/kubelet_node_status.go nodeStatusHasChanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from apimachinery.objects import Object
from kubelet.nodes.facts import KUBELET_PORT, NodeFacts, node_info

_CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def node_status(facts: NodeFacts, current: Object, now: str) -> Object:
    """What the status should be. ``current``: the status in the API, for transition times and foreign resources."""
    capacity = {**(current.get("capacity") or {}), **facts.capacity}
    return {
        "capacity": capacity,
        "allocatable": dict(capacity),
        "conditions": conditions(current.get("conditions") or (), now),
        "addresses": [
            {"type": "InternalIP", "address": facts.ip},
            {"type": "Hostname", "address": facts.name},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": KUBELET_PORT}},
        "nodeInfo": node_info(facts),
    }


def conditions(current: Iterable[Object], now: str) -> list[Object]:
    before = {condition["type"]: condition for condition in current}
    found = []
    for name, status, reason, message in _CONDITIONS:
        old = before.get(name) or {}
        since = old.get("lastTransitionTime") if old.get("status") == status else None
        found.append(
            {
                "type": name,
                "status": status,
                "lastHeartbeatTime": now,
                "lastTransitionTime": since or now,
                "reason": reason,
                "message": message,
            }
        )
    return found


def has_changed(current: Object, desired: Object) -> bool:
    """Whether more differs than the heartbeat times."""
    return any(_differs(name, current.get(name), value) for name, value in desired.items())


def _differs(name: str, current: object, desired: object) -> bool:
    if name == "conditions" and isinstance(current, list) and isinstance(desired, list):
        present = {c["type"]: _without_heartbeat(c) for c in current}
        return any(present.get(c["type"]) != _without_heartbeat(c) for c in desired)
    if isinstance(current, dict) and isinstance(desired, dict):
        return any(current.get(key) != value for key, value in desired.items())
    return current != desired


def _without_heartbeat(condition: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in condition.items() if key != "lastHeartbeatTime"}


def node_patch(current: Object, desired: Object) -> Object:
    """A strategic merge patch of the status subresource: what differs, and all conditions for their heartbeat."""
    changes = {name: value for name, value in desired.items() if _differs(name, current.get(name), value)}
    ours = [c["type"] for c in desired["conditions"]]
    others = [c["type"] for c in current.get("conditions") or () if c["type"] not in ours]
    changes["$setElementOrder/conditions"] = [{"type": name} for name in (*others, *ours)]
    changes["conditions"] = desired["conditions"]
    return {"status": changes}


def is_ready(status: Object) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions") or ())
