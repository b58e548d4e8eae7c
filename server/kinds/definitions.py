"""What is special about custom resource definitions in the registry.

Source: k8s.io/apiextensions-apiserver pkg/registry/customresourcedefinition/strategy.go.
"""

from __future__ import annotations

from apimachinery.objects import Object
from server.registry.strategy import Strategy


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


STRATEGY = Strategy(
    prepare_create=_prepare_create,
    prepare_update=_prepare_update,
    generation_of=("spec",),
    allow_unconditional_update=False,
)
