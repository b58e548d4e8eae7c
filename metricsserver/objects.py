"""The objects of metrics.k8s.io/v1beta1, their lists and their tables.

Source: k8s.io/metrics/pkg/apis/metrics/v1beta1, metrics-server pkg/api (node.go, pod.go, table.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from apimachinery.durations import SECOND, format_duration
from apimachinery.objects import Object
from apimachinery.quantity import Quantity, parse_quantity
from apimachinery.timefmt import format_time
from metricsserver.usage import PodUsed, Used

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
API_VERSION = f"{GROUP}/{VERSION}"
PREFIX = f"/apis/{API_VERSION}"
RESOURCES: Object = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": API_VERSION,
    "resources": [
        {"name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": ["get", "list"]}
        for name, namespaced, kind in (("nodes", False, "NodeMetrics"), ("pods", True, "PodMetrics"))
    ],
}
_COLUMNS = [
    ("Name", "name", "Name of the resource"),
    ("cpu", "", ""),
    ("memory", "", ""),
    ("Window", "duration", ""),
]


def node_metrics(node: Object, used: Used) -> Object:
    return {**_head("NodeMetrics", node, used), "usage": used.quantities()}


def pod_metrics(pod: Object, used: PodUsed) -> Object:
    containers = [{"name": name, "usage": each.quantities()} for name, each in sorted(used.containers.items())]
    return {**_head("PodMetrics", pod, used.earliest), "containers": containers}


def listed(items: list[Object], kind: str) -> Object:
    return {"kind": f"{kind}List", "apiVersion": API_VERSION, "metadata": {}, "items": items}


def table(items: Iterable[Object], *, is_list: bool, include: str) -> Object:
    """``include``: which object each row has: Metadata (the default), Object or None."""
    columns = [
        {"name": name, "type": "string", "format": format, "description": about, "priority": 0}
        for name, format, about in _COLUMNS
    ]
    rows = [{"cells": _cells(item), **_object_of(item, include)} for item in items]
    metadata: Object = {"metadata": {}} if is_list else {}
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", **metadata, "columnDefinitions": columns, "rows": rows}


def _head(kind: str, about: Object, used: Used) -> Object:
    given = about["metadata"]
    at = format_time(datetime.fromtimestamp(used.at, UTC))
    metadata = {"name": given["name"]}
    if given.get("namespace"):
        metadata["namespace"] = given["namespace"]
    metadata["creationTimestamp"] = at
    if given.get("labels"):
        metadata["labels"] = given["labels"]
    window = format_duration(round(used.window * 1000) * SECOND // 1000)
    return {"kind": kind, "apiVersion": API_VERSION, "metadata": metadata, "timestamp": at, "window": window}


def _cells(item: Mapping[str, Any]) -> list[Any]:
    usage = item.get("usage")
    if usage is None:
        usage = _sum([container["usage"] for container in item["containers"]])
    return [item["metadata"]["name"], usage["cpu"], usage["memory"], item["window"]]


def _sum(usages: list[Mapping[str, str]]) -> dict[str, str]:
    return {name: _total(each[name] for each in usages) for name in ("cpu", "memory")}


def _total(quantities: Iterable[str]) -> str:
    return str(sum(map(parse_quantity, quantities), Quantity()))


def _object_of(item: Object, include: str) -> Object:
    if include == "None":
        return {}
    if include == "Object":
        return {"object": item}
    partial = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": item["metadata"]}
    return {"object": partial}
