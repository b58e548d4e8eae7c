"""Container statuses on the wire.

Source: pkg/kubelet/kubelet_pods.go convertToAPIContainerStatuses.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from apimachinery.objects import Object
from apimachinery.timefmt import format_time, parse_time
from kubelet.pods.containers import Kind
from kubelet.pods.slot import Slot
from kubelet.runtimes.runtime import ContainerState, Phase

LOST_MESSAGE = "The container could not be located when the pod was terminated"


@lru_cache(maxsize=4096)
def _stamp(second: int) -> str:
    return format_time(datetime.fromtimestamp(second, UTC))


def stamp(moment: float) -> str:
    """Epoch seconds as ``metav1.Time``."""
    return _stamp(int(moment))


@lru_cache(maxsize=4096)
def moment(text: str) -> float:
    """A wire time as epoch seconds."""
    return parse_time(text).timestamp()


def terminated(state: ContainerState) -> Object:
    """The ``terminated`` of an attempt that has ended."""
    return _without_empty(
        {
            "exitCode": state.exit_code,
            "reason": state.reason or ("Completed" if state.exit_code == 0 else "Error"),
            "message": state.message,
            "startedAt": stamp(state.started_at) if state.started_at else None,
            "finishedAt": stamp(state.finished_at),
            "containerID": state.id,
        }
    )


def lost() -> Object:
    """The ``terminated`` of a container of which nothing is known although it must have ended."""
    return {"exitCode": 137, "reason": "ContainerStatusUnknown", "message": LOST_MESSAGE}


def container_statuses(slots: Iterable[Slot], *, has_init: bool) -> tuple[list[Object], list[Object], list[Object]]:
    """(init, main, ephemeral) statuses: init containers in the order of the spec, the others by name."""
    init, main, ephemeral = [], [], []
    for slot in slots:
        status = container_status(slot, has_init=has_init)
        if slot.kind is Kind.MAIN:
            main.append(status)
        elif slot.kind is Kind.EPHEMERAL:
            ephemeral.append(status)
        else:
            init.append(status)
    if len(main) > 1:
        main.sort(key=_name)
    if len(ephemeral) > 1:
        ephemeral.sort(key=_name)
    return init, main, ephemeral


def _name(status: Object) -> str:
    return str(status["name"])


def container_status(slot: Slot, *, has_init: bool) -> Object:
    """One entry; the fields that are always written are there even when they are false or zero."""
    shown = _shown(slot)
    state, last = _states(slot, shown, has_init=has_init)
    resources = slot.spec.get("resources") or {}
    status: Object = {
        "name": slot.name,
        "state": state,
        "lastState": {} if last is None else {"terminated": last},
        "ready": slot.ready,
        "restartCount": shown.attempt if shown is not None else max(slot.attempt, 0),
        "image": shown.image if shown is not None else slot.spec["image"],
        "imageID": shown.image_id if shown is not None else "",
    }
    if slot.kind is not Kind.EPHEMERAL:
        status["started"] = slot.started
    if shown is not None and shown.id:
        status["containerID"] = shown.id
        status["resources"] = resources
        if resources.get("requests"):
            status["allocatedResources"] = resources["requests"]
    if slot.spec.get("volumeMounts"):
        status["volumeMounts"] = [_mount(m) for m in slot.spec["volumeMounts"]]
    return status


def _shown(slot: Slot) -> ContainerState | None:
    """The attempt the status tells about: the old one until the new one runs."""
    state = slot.state
    if slot.before is not None and not (slot.running or slot.exited):
        return slot.before
    if state is None or state.phase in (Phase.CREATED, Phase.FAILED):
        return None
    return state


def _states(slot: Slot, shown: ContainerState | None, *, has_init: bool) -> tuple[Object, Object | None]:
    """(``state``, ``lastState.terminated``)."""
    if slot.waiting is not None and not slot.running:
        return _waiting(*slot.waiting), (terminated(shown) if slot.exited and shown is not None else slot.last)
    if slot.state is not None and slot.state.phase is Phase.FAILED:
        return _waiting(slot.state.reason, slot.state.message), slot.last
    if shown is None or (shown is slot.state and slot.post_start is not None):
        return _waiting("PodInitializing" if has_init else "ContainerCreating", ""), slot.last
    if shown.phase is Phase.RUNNING:
        return {"running": {"startedAt": stamp(shown.started_at)}}, slot.last
    return {"terminated": terminated(shown)}, (slot.last if shown is slot.state else None)


def _waiting(reason: str, message: str) -> Object:
    return {"waiting": {"reason": reason, "message": message} if message else {"reason": reason}}


def _mount(mount: Object) -> Object:
    entry: Object = {"name": mount["name"], "mountPath": mount["mountPath"]}
    if mount.get("readOnly"):
        enabled = mount.get("recursiveReadOnly") == "Enabled"
        entry |= {"readOnly": True, "recursiveReadOnly": "Enabled" if enabled else "Disabled"}
    return entry


def _without_empty(fields: Object) -> Object:
    return {name: value for name, value in fields.items() if value not in ("", None)}
