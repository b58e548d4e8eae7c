"""The scale view: replicas and selector of anything that has them, as an autoscaling/v1 Scale.

Source: k8s.io/kubernetes pkg/registry/apps/*/storage (ScaleREST).
"""

from __future__ import annotations

from apimachinery.gvk import GroupVersionKind
from apimachinery.labels import equality, from_label_selector
from apimachinery.objects import Object
from openapi.decode import canonicalise
from openapi.schema import type_of
from server.endpoints.views import View
from server.patch.scale import ReplicasPaths, to_parent, to_scale
from server.registry.served import Served

SCALE = GroupVersionKind("autoscaling", "v1", "Scale")
METADATA = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def _selector(parent: Object) -> str:
    selector = parent["spec"].get("selector")
    if not selector:
        return ""
    if "matchLabels" in selector or "matchExpressions" in selector:
        return str(from_label_selector(selector))
    return str(equality(selector))


def read_scale(parent: Object) -> Object:
    metadata = parent["metadata"]
    scale = {
        "kind": SCALE.kind,
        "apiVersion": SCALE.api_version,
        "metadata": {name: metadata[name] for name in METADATA if name in metadata},
        "spec": {"replicas": parent["spec"].get("replicas", 0)},
        "status": {"replicas": (parent.get("status") or {}).get("replicas", 0), "selector": _selector(parent)},
    }
    return canonicalise(scale, type_of(SCALE))


def _paths(parent: Object) -> ReplicasPaths:
    return {parent["apiVersion"]: ("f:spec", "f:replicas")}


def owners(parent: Object) -> list[Object]:
    return to_scale(parent["metadata"].get("managedFields") or [], _paths(parent))


def write_scale(scale: Object, parent: Object) -> Object:
    """Only the replicas; a uid and a resourceVersion given with the scale are the caller's preconditions."""
    parent["spec"]["replicas"] = (scale.get("spec") or {}).get("replicas", 0)
    metadata = parent["metadata"]
    entries = metadata.get("managedFields") or []
    written = scale["metadata"].get("managedFields") or []
    metadata["managedFields"] = to_parent(entries, written, parent["apiVersion"], _paths(parent))
    for name in ("uid", "resourceVersion"):
        if scale["metadata"].get(name):
            metadata[name] = scale["metadata"][name]
    return parent


def scale_view(served: Served) -> View:
    return View(
        subresource="scale",
        gvk=SCALE,
        type=type_of(SCALE),
        rules=served.registry.main_rules(),
        read=read_scale,
        write=write_scale,
        owners=owners,
        whole=False,
    )
