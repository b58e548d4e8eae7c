"""What is special about pods in the registry.

Source: k8s.io/kubernetes pkg/registry/core/pod/strategy.go.
"""

from __future__ import annotations

from apimachinery.objects import Object
from apimachinery.pods import qos_class
from server.kinds.fields import POD
from server.registry.strategy import Strategy

_DEFAULT_GRACE = 30


def _prepare_create(pod: Object) -> None:
    pod["status"] = {"phase": "Pending", "qosClass": qos_class(pod)}
    if pod["spec"].get("schedulingGates"):
        pod["status"]["conditions"] = [
            {
                "type": "PodScheduled",
                "status": "False",
                "lastProbeTime": None,
                "lastTransitionTime": pod["metadata"]["creationTimestamp"],
                "reason": "SchedulingGated",
                "message": "Scheduling is blocked due to non-empty scheduling gates",
            }
        ]


def _prepare_status(new: Object, old: Object) -> None:
    """Owner references and a deletion are not the kubelet's; the QoS class is fixed for life."""
    metadata = new["metadata"]
    for name in ("ownerReferences", "deletionTimestamp", "deletionGracePeriodSeconds"):
        if name in old["metadata"]:
            metadata[name] = old["metadata"][name]
        else:
            metadata.pop(name, None)
    status = new.setdefault("status", {})
    if not status.get("qosClass"):
        status["qosClass"] = (old.get("status") or {}).get("qosClass") or qos_class(new)


def grace_period(pod: Object, requested: int | None) -> int | None:
    """The caller's period, else the pod's own; none for a pod on no node or one that has finished."""
    spec, status = pod["spec"], pod.get("status") or {}
    period = requested
    if period is None:
        period = spec.get("terminationGracePeriodSeconds", _DEFAULT_GRACE)
    if not spec.get("nodeName") or status.get("phase") in ("Failed", "Succeeded"):
        period = 0
    period = max(period, 1) if period < 0 else period
    return period or None


STRATEGY = Strategy(
    prepare_create=_prepare_create,
    prepare_status=_prepare_status,
    generation_of=("spec",),
    grace_period=grace_period,
    selectable=POD,
)
