"""Which pods belong together with a pod because the same Services and the same controller select them.

Source: pkg/scheduler/framework/plugins/helper/spread.go. Used to spread pods that have no constraints of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.labels import NOTHING, Operator, Requirement, Selector, SelectorError, equality, from_label_selector
from apimachinery.objects import Object, controller_of
from client.informer import InformerSet
from client.resources import REPLICASETS, REPLICATIONCONTROLLERS, SERVICES, STATEFULSETS
from client.store import NAMESPACE, Store, by_namespace
from scheduler.podinfo import PodInfo

_KINDS = {
    ("v1", "ReplicationController"): REPLICATIONCONTROLLERS,
    ("apps/v1", "ReplicaSet"): REPLICASETS,
    ("apps/v1", "StatefulSet"): STATEFULSETS,
}


class Siblings:
    """Thread-safe."""

    def __init__(self, services: Store, owners: Mapping[tuple[str, str], Store]) -> None:
        """``services`` indexed by namespace; ``owners`` by (apiVersion, kind)."""
        self._services = services
        self._owners = owners

    @classmethod
    def of(cls, informers: InformerSet) -> Siblings:
        services = informers.informer(SERVICES, indexers={NAMESPACE: by_namespace}).store
        return cls(services, {kind: informers.informer(gvr).store for kind, gvr in _KINDS.items()})

    def selector(self, pod: PodInfo) -> Selector:
        """An empty one if nothing selects the pod."""
        labels: dict[str, str] = {}
        for service in self._services.by_index(NAMESPACE, pod.namespace):
            wanted: Mapping[str, str] = (service.get("spec") or {}).get("selector") or {}
            if wanted and all(pod.labels.get(key) == value for key, value in wanted.items()):
                labels.update(wanted)
        requirements = [Requirement(key, Operator.EQUALS, (value,)) for key, value in labels.items()]
        return Selector([*requirements, *self._of_owner(pod)])

    def _of_owner(self, pod: PodInfo) -> tuple[Requirement, ...]:
        reference = controller_of(pod.pod)
        if reference is None:
            return ()
        store = self._owners.get((str(reference.get("apiVersion")), str(reference.get("kind"))))
        owner = store.get(f"{pod.namespace}/{reference.get('name')}") if store is not None else None
        if owner is None or owner["metadata"].get("uid") != reference.get("uid"):
            return ()
        return selector_of(owner).requirements


def selector_of(owner: Object) -> Selector:
    """Of a ReplicationController's map or of a label selector; one that cannot be read selects nothing."""
    selector: Mapping[str, Any] = (owner.get("spec") or {}).get("selector") or {}
    if owner.get("kind") == "ReplicationController":
        return equality(selector)
    try:
        return from_label_selector(selector)
    except SelectorError:
        return NOTHING
