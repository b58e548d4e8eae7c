"""What is special about namespaces in the registry: they stay until their finalizers are gone.

Source: k8s.io/kubernetes pkg/registry/core/namespace (strategy.go, storage/storage.go).
"""

from __future__ import annotations

from apimachinery.objects import Object
from server.kinds.fields import paths
from server.registry.strategy import GarbageCollection, Strategy

FINALIZER = "kubernetes"
_NAME_LABEL = "kubernetes.io/metadata.name"


def _label_with_name(namespace: Object) -> None:
    metadata = namespace["metadata"]
    metadata["labels"] = {**(metadata.get("labels") or {}), _NAME_LABEL: metadata.get("name", "")}


def _prepare_create(namespace: Object) -> None:
    namespace["status"] = {"phase": "Active"}
    spec = namespace.setdefault("spec", {})
    finalizers = spec.get("finalizers") or []
    if FINALIZER not in finalizers:
        spec["finalizers"] = [*finalizers, FINALIZER]
    _label_with_name(namespace)


def _prepare_update(new: Object, old: Object) -> None:
    new.setdefault("spec", {})["finalizers"] = (old.get("spec") or {}).get("finalizers") or []
    _label_with_name(new)


def _has_finalizers(namespace: Object) -> bool:
    return bool((namespace.get("spec") or {}).get("finalizers"))


def _mark_terminating(namespace: Object) -> None:
    """A namespace has no grace period: it goes when it is empty."""
    namespace["metadata"].pop("deletionGracePeriodSeconds", None)
    namespace["status"] = {**(namespace.get("status") or {}), "phase": "Terminating"}


STRATEGY = Strategy(
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    prepare_delete=_mark_terminating,
    garbage_collection=GarbageCollection.BACKGROUND,
    keep_while=_has_finalizers,
    selectable=paths("status.phase"),
)
