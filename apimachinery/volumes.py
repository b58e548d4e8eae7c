"""Facts about volumes and claims on which controllers and scheduler must agree: which fits which, who belongs to whom.

Source: k8s.io/component-helpers/storage/volume (helpers.go, pv_helpers.go), storage/ephemeral.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from apimachinery.labels import from_label_selector
from apimachinery.objects import Object, is_terminating, name_of, namespace_of
from apimachinery.quantity import Quantity, parse_quantity

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
"""Of a claim: it has been bound once."""
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
"""Of a claim or volume: no user asked for this binding."""
SELECTED_NODE = "volume.kubernetes.io/selected-node"
"""Of a claim: the scheduler wants its volume to be reachable from that node."""
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
STORAGE_PROVISIONER = "volume.kubernetes.io/storage-provisioner"
BETA_STORAGE_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner"
HOST_PATH_PROVISIONER = "kubejazz.io/host-path"
"""Ours: volumes are folders of the machine that the controllers run on."""
NO_PROVISIONER = "kubernetes.io/no-provisioner"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
BETA_DEFAULT_CLASS = "storageclass.beta.kubernetes.io/is-default-class"

_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_ZERO = Quantity()


def annotations_of(obj: Mapping[str, Any]) -> Mapping[str, str]:
    return obj["metadata"].get("annotations") or {}


def class_of(obj: Mapping[str, Any]) -> str:
    """The storage class of a claim or volume, "" for none."""
    annotations = annotations_of(obj)
    return annotations[_BETA_CLASS] if _BETA_CLASS in annotations else obj["spec"].get("storageClassName") or ""


def asks_for_class(claim: Mapping[str, Any]) -> bool:
    """Whether the claim names a class, be it "" for none, which the default class does not replace."""
    return _BETA_CLASS in annotations_of(claim) or claim["spec"].get("storageClassName") is not None


def is_default_class(storage_class: Mapping[str, Any]) -> bool:
    annotations = annotations_of(storage_class)
    return "true" in (annotations.get(DEFAULT_CLASS), annotations.get(BETA_DEFAULT_CLASS))


def default_class(classes: Iterable[Object]) -> Object | None:
    """The newest of the default classes, of equally old ones the first by name."""
    found = sorted((entry for entry in classes if is_default_class(entry)), key=name_of)
    return max(found, key=lambda entry: str(entry["metadata"].get("creationTimestamp") or ""), default=None)


def waits_for_consumer(storage_class: Mapping[str, Any] | None) -> bool:
    """Whether claims of the class are bound only when a pod that uses them is scheduled."""
    return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"


def capacity_of(volume: Mapping[str, Any]) -> Quantity:
    text = (volume["spec"].get("capacity") or {}).get("storage")
    return _ZERO if text is None else parse_quantity(text)


def request_of(claim: Mapping[str, Any]) -> Quantity:
    text = ((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage")
    return _ZERO if text is None else parse_quantity(text)


def is_bound_to(volume: Mapping[str, Any], claim: Mapping[str, Any]) -> bool:
    """Bound to this claim, or reserved for one of its name."""
    reference = volume["spec"].get("claimRef")
    if not reference:
        return False
    if (reference.get("namespace") or "", reference.get("name")) != (namespace_of(claim), name_of(claim)):
        return False
    return reference.get("uid") in (None, "", claim["metadata"].get("uid"))


def is_fully_bound(claim: Mapping[str, Any]) -> bool:
    return bool(claim["spec"].get("volumeName")) and BIND_COMPLETED in annotations_of(claim)


def bound_volume(volume: Object, claim: Object) -> Object | None:
    """The volume as it is when bound to the claim; None: it is so already."""
    reference = volume["spec"].get("claimRef") or {}
    wanted = {"name": name_of(claim), "namespace": namespace_of(claim), "uid": claim["metadata"].get("uid")}
    metadata, spec, changed = volume["metadata"], volume["spec"], False
    if any(reference.get(field) != value for field, value in wanted.items()):
        version = claim["metadata"].get("resourceVersion")
        found = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", **wanted, "resourceVersion": version}
        spec, changed = {**spec, "claimRef": found}, True
    if not is_bound_to(volume, claim) and BOUND_BY_CONTROLLER not in annotations_of(volume):
        metadata = {**metadata, "annotations": {**annotations_of(volume), BOUND_BY_CONTROLLER: "yes"}}
        changed = True
    return {**volume, "metadata": metadata, "spec": spec} if changed else None


def mode_differs(claim: Mapping[str, Any], volume: Mapping[str, Any]) -> bool:
    return (claim["spec"].get("volumeMode") or "Filesystem") != (volume["spec"].get("volumeMode") or "Filesystem")


def attributes_class_differs(claim: Mapping[str, Any], volume: Mapping[str, Any]) -> bool:
    field = "volumeAttributesClassName"
    return (claim["spec"].get(field) or "") != (volume["spec"].get(field) or "")


def offers_modes(volume: Mapping[str, Any], claim: Mapping[str, Any]) -> bool:
    """Whether the volume has all access modes that the claim asks for."""
    return set(claim["spec"].get("accessModes") or ()) <= set(volume["spec"].get("accessModes") or ())


def best_match(
    claim: Object,
    volumes: Iterable[Object],
    *,
    reachable: Callable[[Object], bool] | None = None,
    only_reserved: bool = False,
    without: frozenset[str] | set[str] = frozenset(),
) -> Object | None:
    """The volume that is reserved for the claim, else the smallest that fits; of equal ones the first.

    ``volumes``: those of every class. ``reachable``: from the node in question. ``only_reserved``: somebody else (the
    scheduler) chooses among the free ones. ``without``: names of volumes that are spoken for. Raises SelectorError for
    a selector that cannot be read.
    """
    selector = claim["spec"].get("selector")
    selects = from_label_selector(selector).matches if selector is not None else None
    request, wanted_class, best = request_of(claim), class_of(claim), None
    smallest = _ZERO
    for volume in volumes:
        if name_of(volume) in without or not _may_take(volume, claim, request):
            continue
        if is_bound_to(volume, claim):
            return volume if reachable is None or reachable(volume) else None
        if only_reserved or (volume.get("status") or {}).get("phase") != "Available":
            continue
        if selects is not None and not selects(volume["metadata"].get("labels") or {}):
            continue
        if class_of(volume) != wanted_class or not offers_modes(volume, claim):
            continue
        if reachable is not None and not reachable(volume):
            continue
        capacity = capacity_of(volume)
        if best is None or capacity < smallest:
            best, smallest = volume, capacity
    return best


def _may_take(volume: Object, claim: Object, request: Quantity) -> bool:
    """What holds for free volumes and reserved ones alike."""
    if volume["spec"].get("claimRef") and not is_bound_to(volume, claim):
        return False
    if capacity_of(volume) < request or is_terminating(volume):
        return False
    return not mode_differs(claim, volume) and not attributes_class_differs(claim, volume)


def claim_name(pod: Mapping[str, Any], volume: Mapping[str, Any]) -> str:
    """Of the claim behind one of a pod's volumes, "" if there is none behind it."""
    if volume.get("persistentVolumeClaim"):
        return str(volume["persistentVolumeClaim"]["claimName"])
    return f"{name_of(pod)}-{volume['name']}" if volume.get("ephemeral") else ""


def claims_of_pod(pod: Mapping[str, Any]) -> list[str]:
    """The names of all claims a pod's volumes are about, those of its ephemeral volumes too."""
    named = [claim_name(pod, volume) for volume in pod["spec"].get("volumes") or ()]
    return [name for name in named if name]


def not_for_pod(pod: Mapping[str, Any], claim: Mapping[str, Any]) -> str:
    """What to say of a claim that has the name of a pod's ephemeral volume and is not its own; "" if it is."""
    if namespace_of(claim) == namespace_of(pod):
        for reference in claim["metadata"].get("ownerReferences") or ():
            if reference.get("controller") and reference.get("uid") == pod["metadata"].get("uid"):
                return ""
    named = f"{namespace_of(claim)}/{name_of(claim)}"
    return f"PVC {named} was not created for pod {namespace_of(pod)}/{name_of(pod)} (pod is not owner)"
