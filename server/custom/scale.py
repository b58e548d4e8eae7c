"""The scale of a custom resource: where its definition says that replicas and selector are.

Source: k8s.io/apiextensions-apiserver/pkg/registry/customresource/etcd.go (ScaleREST) and validator.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apimachinery.fielderrors import FieldError, invalid
from apimachinery.objects import Object
from apimachinery.status import InternalError
from openapi.decode import canonicalise
from openapi.schema import type_of
from server.endpoints.views import View
from server.patch.scale import ReplicasPaths, to_parent, to_scale
from server.registry.served import Served
from server.subresources.scale import METADATA, SCALE

_MOST = 2**31 - 1
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class ScalePaths:
    """Simple paths in dot notation, as the definition has them; ``selector`` may be empty."""

    spec: str
    status: str
    selector: str

    @classmethod
    def of(cls, scale: Mapping[str, Any]) -> ScalePaths:
        return cls(scale["specReplicasPath"], scale["statusReplicasPath"], scale.get("labelSelectorPath") or "")


def _steps(path: str) -> list[str]:
    return path.removeprefix(".").split(".")


def _found(obj: Any, path: str) -> Any:
    for name in _steps(path):
        if not isinstance(obj, dict) or name not in obj:
            return _NOTHING
        obj = obj[name]
    return obj


def validate_scale(obj: Object, paths: ScalePaths, *, spec: bool = True) -> list[FieldError]:
    """``spec``: whether the wanted replicas are checked too, and not the status alone."""
    errors = []
    for path in (paths.spec, paths.status) if spec else (paths.status,):
        value = _found(obj, path)
        if value is _NOTHING:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            errors.append(invalid(path, 0, _accessor_error(path, value, "int64")))
        elif value < 0:
            errors.append(invalid(path, value, "should be a non-negative integer"))
        elif value > _MOST:
            errors.append(invalid(path, value, f"should be less than or equal to {_MOST}"))
    selector = _found(obj, paths.selector) if paths.selector else _NOTHING
    if selector is not _NOTHING and not isinstance(selector, str):
        errors.append(invalid(paths.selector, "", _accessor_error(paths.selector, selector, "string")))
    return errors


_GO = {
    str: "string",
    bool: "bool",
    int: "int64",
    float: "float64",
    dict: "map[string]interface {}",
    list: "[]interface {}",
}


def _accessor_error(path: str, value: Any, wanted: str) -> str:
    shown = _GO.get(type(value), "<nil>")
    return f".{'.'.join(_steps(path))} accessor error: {value} is of the type {shown}, expected {wanted}"


def scale_view_of(paths: ScalePaths) -> Any:
    """Makes the view for a served version."""

    def where(parent: Object) -> ReplicasPaths:
        return {parent["apiVersion"]: tuple(f"f:{name}" for name in _steps(paths.spec))}

    def read(parent: Object) -> Object:
        metadata = parent["metadata"]
        wanted, there = _found(parent, paths.spec), _found(parent, paths.status)
        if wanted is _NOTHING:
            raise InternalError(f'the spec replicas field "{paths.spec}" does not exist')
        selector = _found(parent, paths.selector) if paths.selector else ""
        scale = {
            "kind": SCALE.kind,
            "apiVersion": SCALE.api_version,
            "metadata": {name: metadata[name] for name in METADATA if name in metadata},
            "spec": {"replicas": wanted},
            "status": {
                "replicas": 0 if there is _NOTHING else there,
                "selector": "" if selector is _NOTHING else selector,
            },
        }
        return canonicalise(scale, type_of(SCALE))

    def owners(parent: Object) -> list[Object]:
        return to_scale(parent["metadata"].get("managedFields") or [], where(parent))

    def write(scale: Object, parent: Object) -> Object:
        *outer, last = _steps(paths.spec)
        holder = parent
        for name in outer:
            holder = holder.setdefault(name, {})
        holder[last] = (scale.get("spec") or {}).get("replicas", 0)
        metadata = parent["metadata"]
        entries, written = metadata.get("managedFields") or [], scale["metadata"].get("managedFields") or []
        metadata["managedFields"] = to_parent(entries, written, parent["apiVersion"], where(parent))
        metadata.update(
            {name: scale["metadata"][name] for name in ("uid", "resourceVersion") if scale["metadata"].get(name)}
        )
        return parent

    def view(served: Served) -> View:
        rules = served.registry.main_rules()
        scale = type_of(SCALE)
        return View(
            subresource="scale", gvk=SCALE, type=scale, rules=rules, read=read, write=write, owners=owners, whole=False
        )

    return view
