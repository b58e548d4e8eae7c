"""All conversions, by the versions they lead between."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apimachinery.gvk import GroupVersionKind
from apimachinery.objects import Object
from server.conversion import event, horizontal_pod_autoscaler

_CORE_EVENT = GroupVersionKind("", "v1", "Event")
_EVENTS_EVENT = GroupVersionKind("events.k8s.io", "v1", "Event")
_AUTOSCALER_V1 = GroupVersionKind("autoscaling", "v1", "HorizontalPodAutoscaler")
_AUTOSCALER_V2 = GroupVersionKind("autoscaling", "v2", "HorizontalPodAutoscaler")

CONVERSIONS: Mapping[tuple[GroupVersionKind, GroupVersionKind], Callable[[Object], Object]] = {
    (_CORE_EVENT, _EVENTS_EVENT): event.from_core,
    (_EVENTS_EVENT, _CORE_EVENT): event.to_core,
    (_AUTOSCALER_V1, _AUTOSCALER_V2): horizontal_pod_autoscaler.v1_to_v2,
    (_AUTOSCALER_V2, _AUTOSCALER_V1): horizontal_pod_autoscaler.v2_to_v1,
}
