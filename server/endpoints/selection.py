"""Turns label and field selectors into one test on what is kept beside the bytes.

Source: k8s.io/apiserver/pkg/storage/selection_predicate.go.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass

from apimachinery.fields import FieldSelector, parse_field_selector
from apimachinery.labels import Selector, parse_selector
from apimachinery.status import BadRequest
from server.registry.options import ListOptions
from server.registry.served import Served
from storage.types import Index, Key
from storage.watch import NAME, Topic

Predicate = Callable[[Index, Key], bool]

_METADATA = ("metadata.name", "metadata.namespace")


@dataclass(frozen=True, slots=True)
class Selection:
    """``namespace`` None is all; ``name`` "" is any; ``predicate`` None matches everything that these leave; ``topic``
    is a value that everything selected has, if there is one."""

    namespace: str | None
    name: str
    predicate: Predicate | None
    has_selectors: bool
    topic: Topic | None = None


def select(served: Served, options: ListOptions, namespace: str, name: str = "") -> Selection:
    """Raises BadRequest for unreadable selectors and for fields the kind cannot be selected by."""
    try:
        labels = parse_selector(options.label_selector) if options.label_selector else None
        fields = parse_field_selector(options.field_selector) if options.field_selector else None
    except ValueError as error:
        raise BadRequest(str(error)) from None
    if fields is not None:
        fields = _stored_fields(served, fields)
        name = _match_name(fields, name)
    within = _namespace(served, fields, namespace)
    predicate = _predicate(labels, fields)
    return Selection(within, name, predicate, labels is not None or fields is not None, _topic(fields, name))


def _topic(fields: FieldSelector | None, name: str) -> Topic | None:
    if name:
        return Topic(NAME, name)
    for field, op, value in fields.requirements if fields is not None else ():
        if op == "=" and field not in _METADATA:
            return Topic(field, value)
    return None


def _stored_fields(served: Served, fields: FieldSelector) -> FieldSelector:
    """The selector in the names under which values are kept. Raises BadRequest for fields that are not selectable."""
    names = served.kind.field_labels.get(served.gvk.api_version)
    if names is None:
        _check_fields(served, fields, served.kind.strategy.selectable)
        return fields
    _check_fields(served, fields, names)
    return FieldSelector(wanted._replace(field=names.get(wanted.field, wanted.field)) for wanted in fields.requirements)


def _check_fields(served: Served, fields: FieldSelector, selectable: Container[str]) -> None:
    for field, _, _ in fields.requirements:
        if field in selectable or field == "metadata.name":
            continue
        if field == "metadata.namespace" and (served.resource.namespaced or not selectable):
            continue
        raise BadRequest(_not_selectable(served, field))


def _not_selectable(served: Served, field: str) -> str:
    """As upstream words it: kinds that have fields of their own do it each in their way."""
    if not served.kind.strategy.selectable:
        return f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"'
    if served.kind.kind == "Job":
        return f'field label "{field}" not supported for Job'
    if served.kind.kind == "ResourceSlice":
        gvk = served.gvk
        return f"field label not supported for {gvk.group}/{gvk.version}, Kind={gvk.kind}: {field}"
    return f"field label not supported: {field}"


def _match_name(fields: FieldSelector, name: str) -> str:
    exact = fields.exact("metadata.name")
    if not name:
        return exact or ""
    if exact != name:
        raise BadRequest("fieldSelector metadata.name doesn't match requested name")
    return name


def _namespace(served: Served, fields: FieldSelector | None, namespace: str) -> str | None:
    if not served.resource.namespaced:
        return ""
    if not namespace and fields is not None:
        namespace = fields.exact("metadata.namespace") or ""
    return namespace or None


def _predicate(labels: Selector | None, fields: FieldSelector | None) -> Predicate | None:
    """Only what is asked for is looked at."""
    match_labels = labels.matches if labels is not None and not labels.empty else None
    if fields is None or not fields.requirements:
        if match_labels is None:
            return None
        return lambda index, key: match_labels(index.labels)
    wanted = fields
    on_metadata = any(field in _METADATA for field, _, _ in fields.requirements)

    def matches(index: Index, key: Key) -> bool:
        values = index.fields
        if on_metadata:
            values = {**values, "metadata.name": key.name, "metadata.namespace": key.namespace}
        return wanted.matches(values) and (match_labels is None or match_labels(index.labels))

    return matches
