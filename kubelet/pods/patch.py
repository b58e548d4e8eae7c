"""The smallest strategic merge patch that turns one pod status into another.

Source: pkg/util/pod PatchPodStatus; merge keys and strategies of ``v1.PodStatus``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apimachinery.objects import Object
from kubelet.pods.conditions import OWNED

_CLEARED = ("reason", "message", "podIP", "hostIP")
_BY_IP = ("podIPs", "hostIPs")


def status_patch(uid: str, current: Object, desired: Object) -> Object | None:
    """The patch with its uid precondition, or None when nothing differs.

    ``desired`` names only what the kubelet owns; conditions of others in ``current`` are left alone.
    """
    changes: Object = {}
    for name, value in desired.items():
        if name == "conditions":
            _diff_conditions(changes, current.get(name) or (), value)
        elif name in _BY_IP:
            _diff_ips(changes, name, current.get(name) or [], value)
        elif current.get(name) != value:
            changes[name] = value
    for name in _CLEARED:
        if current.get(name) and name not in desired:
            changes[name] = None
    return {"metadata": {"uid": uid}, "status": changes} if changes else None


def _diff_ips(changes: Object, name: str, current: Sequence[Object], desired: list[Object]) -> None:
    if list(current) == desired:
        return
    if not current:
        changes[name] = desired
        return
    changes[name] = [{"$patch": "replace"}, *desired]


def _diff_conditions(changes: Object, current: Sequence[Object], desired: Sequence[Object]) -> None:
    before = {c["type"]: c for c in current}
    changed = [_changed(before.get(c["type"]), c) for c in desired]
    items = [c for c in changed if c is not None]
    if not items:
        return
    others = [c["type"] for c in current if c["type"] not in OWNED]
    order = [*others, *(c["type"] for c in desired)]
    changes["$setElementOrder/conditions"] = [{"type": name} for name in order]
    changes["conditions"] = items


def _changed(old: Object | None, new: Object) -> Object | None:
    """The item of the patch: its key and what differs; None when nothing does."""
    if old is None:
        return new
    item: dict[str, Any] = {}
    for name, value in new.items():
        if old.get(name) != value:
            item[name] = value
    for name in ("reason", "message"):
        if old.get(name) and name not in new:
            item[name] = None
    return {"type": new["type"], **item} if item else None
