"""How the selectable fields of built-in kinds are read.

Source: the GetAttrs / ToSelectableFields functions of upstream's strategies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apimachinery.objects import Object

Reader = Callable[[Object], str]


def at(path: str) -> Reader:
    """The value at a dotted path as text: "" if absent, booleans as true and false."""
    first, *rest = path.split(".")

    def read(obj: Object) -> str:
        value = obj.get(first)
        for name in rest:
            if not isinstance(value, dict):
                return ""
            value = value.get(name)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)

    return read


def flag(path: str) -> Reader:
    """A boolean at a dotted path: false if absent."""
    read = at(path)
    return lambda obj: read(obj) or "false"


def number(path: str) -> Reader:
    """A number at a dotted path: 0 if absent."""
    read = at(path)
    return lambda obj: read(obj) or "0"


def paths(*names: str) -> Mapping[str, Reader]:
    return {name: at(name) for name in names}


POD: Mapping[str, Reader] = {
    **paths(
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "spec.hostNetwork": flag("spec.hostNetwork"),
    "status.podIPs": lambda pod: "",
}

POD_LABELS = {**{name: name for name in POD}, "spec.host": "spec.nodeName"}
"""``spec.host`` is what the node was called before v1. Nothing ever has a value for ``status.podIPs``."""


def _source(obj: Object) -> str:
    source = obj.get("source") or {}
    return source.get("component") or str(obj.get("reportingComponent") or "")


EVENT: Mapping[str, Reader] = {
    **paths(
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "type",
    ),
    "source": _source,
}

EVENT_LABELS = {
    **{name: name for name in ("reason", "type")},
    **{
        f"regarding.{part}": f"involvedObject.{part}"
        for part in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
    },
    "reportingController": "reportingComponent",
}
"""What events.k8s.io/v1 calls them. Source: k8s.io/kubernetes pkg/apis/events/v1/conversion.go."""
