"""What is special about custom resource definitions in the registry.

Source: k8s.io/apiextensions-apiserver pkg/registry/customresourcedefinition/strategy.go.
"""

from __future__ import annotations

from datetime import datetime

from apimachinery.objects import Object
from apimachinery.timefmt import format_time
from server.registry.strategy import Strategy

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
_PENDING = {
    "type": "Terminating",
    "status": "True",
    "reason": "InstanceDeletionPending",
    "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
}


def _storage_version(definition: Object) -> str:
    versions = (definition.get("spec") or {}).get("versions") or ()
    return next((version["name"] for version in versions if version.get("storage")), "")


def _prepare_create(definition: Object) -> None:
    version = _storage_version(definition)
    definition["status"] = {"storedVersions": [version]} if version else {}


def _prepare_update(new: Object, old: Object) -> None:
    """A version once stored stays listed until its objects are migrated."""
    version = _storage_version(new)
    status = new.setdefault("status", {})
    stored = status.get("storedVersions") or []
    if version and version not in stored:
        new["status"] = {**status, "storedVersions": [*stored, version]}


def _begin_delete(definition: Object, now: datetime) -> None:
    """Its objects go first (see server.custom.definitions)."""
    metadata = definition["metadata"]
    if "deletionTimestamp" in metadata:
        return
    finalizers = metadata.get("finalizers") or []
    if CLEANUP not in finalizers:
        metadata["finalizers"] = [*finalizers, CLEANUP]
    status = definition.setdefault("status", {})
    others = [one for one in status.get("conditions") or () if one["type"] != "Terminating"]
    status["conditions"] = [*others, {**_PENDING, "lastTransitionTime": format_time(now)}]


STRATEGY = Strategy(
    begin_delete=_begin_delete,
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    generation_of=("spec",),
    allow_unconditional_update=False,
)
