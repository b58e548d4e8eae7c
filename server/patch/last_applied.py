"""The bridge from ``kubectl apply`` on the client to server-side apply by the manager ``kubectl``.

Fields the ``last-applied-configuration`` annotation vouches for may be taken without a conflict, and the annotation
is kept up to date so that users can go back. Other managers opt out by having another name.
Source: k8s.io/apimachinery/pkg/util/managedfields/internal/lastapplied*.go.
"""

from __future__ import annotations

import json
from typing import Any, Final

import orjson

from apimachinery.objects import Object
from server.patch.fieldset import EMPTY, FieldSet, difference
from server.patch.typed_shape import Problem, Shape, Unfit

MANAGER: Final = "kubectl"
ANNOTATION: Final = "kubectl.kubernetes.io/last-applied-configuration"
_MAX_ANNOTATIONS: Final = 256 * 1024


def vouched_for(live: Object, shape: Shape, api_version: str) -> FieldSet | None:
    """The fields the annotation names and the live object still has so; None without a usable annotation."""
    text = _annotations(live).get(ANNOTATION)
    if not text:
        return None
    try:
        last = orjson.loads(text)
    except ValueError:
        return None
    if not isinstance(last, dict) or not last.get("kind") or last.get("apiVersion") != api_version:
        return None
    problems: list[Problem] = []
    shape.check(last, "", problems)
    if problems:
        return None
    try:
        return _unchanged(shape, last, live)
    except Unfit:
        return None


def _unchanged(shape: Shape, last: Object, live: Object) -> FieldSet:
    fields = shape.owned(last) or EMPTY
    delta = shape.compare(last, live)
    if delta is None:
        return fields
    return difference(difference(fields, delta.changed or EMPTY), delta.removed or EMPTY)


def refreshed(obj: Object, config: Object) -> Object:
    """The object with its annotation, if it has one, naming the configuration just applied."""
    annotations = _annotations(obj)
    if not annotations.get(ANNOTATION):
        return obj
    annotations = {**annotations, ANNOTATION: _encoded(config)}
    if sum(len(name.encode()) + len(value.encode()) for name, value in annotations.items()) > _MAX_ANNOTATIONS:
        del annotations[ANNOTATION]
    if annotations == _annotations(obj):
        return obj
    return {**obj, "metadata": {**obj["metadata"], "annotations": annotations}}


def _annotations(obj: Object) -> dict[str, Any]:
    annotations: dict[str, Any] = (obj.get("metadata") or {}).get("annotations") or {}
    return annotations


def _encoded(config: Object) -> str:
    """As Go's JSON encoder writes a map: sorted keys, HTML escaped, a newline at the end."""
    annotations = _annotations(config)
    if ANNOTATION in annotations:
        others = {name: value for name, value in annotations.items() if name != ANNOTATION}
        config = {**config, "metadata": {**config["metadata"], "annotations": others}}
    text = json.dumps(config, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for plain, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(plain, escaped)
    return text + "\n"
