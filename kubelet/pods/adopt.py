"""Taking over a container that an earlier node agent ran, from what its status says."""

from __future__ import annotations

from apimachinery.objects import Object
from kubelet.pods.slot import Slot
from kubelet.pods.statuses import moment


def adopt_slot(slot: Slot, status: Object) -> None:
    """Set a fresh slot to what a container status tells.

    The runtime shows the rest: the attempt with this number. Back-off is forgotten, as upstream forgets it;
    probes begin anew, but what was ready or started counts as such until a probe says otherwise.
    """
    slot.last = (status.get("lastState") or {}).get("terminated")
    state = status.get("state") or {}
    if "running" not in state and "terminated" not in state and slot.last is None:
        return
    slot.attempt = int(status.get("restartCount") or 0)
    slot.image = slot.spec["image"]
    slot.announced = slot.adopted = True
    if "running" in state:
        slot.begin_probes(moment(state["running"]["startedAt"]))
        for probe in slot.probes:
            if probe.purpose == "readinessProbe":
                probe.result = bool(status.get("ready"))
            elif status.get("started"):
                probe.result = True
