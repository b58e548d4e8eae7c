"""Annotations that hold objects as JSON, from the times when a field was not yet agreed on."""

from __future__ import annotations

from typing import Any, Final

from apimachinery.gvk import GroupVersionKind
from openapi.decode import decode, parse_json
from openapi.schema import Field, Form, Type, type_of

_NODE = type_of(GroupVersionKind("", "v1", "Node"))
_POD = type_of(GroupVersionKind("", "v1", "Pod"))

TAINTS: Final = _NODE.fields["spec"].type.fields["taints"].type
TOLERATIONS: Final = _POD.fields["spec"].type.fields["tolerations"].type


def _struct(name: str, field: str, type_: Type, *, pointer: bool = False) -> Type:
    return Type(Form.STRUCT, name, fields={field: Field(field, type_, pointer=pointer)})


_OWNER = _NODE.fields["metadata"].type.fields["ownerReferences"].type.element
_ENTRY = _struct(
    "v1.PreferAvoidPodsEntry", "podSignature", _struct("v1.PodSignature", "podController", _OWNER, pointer=True)
)
AVOID_PODS: Final = _struct(
    "v1.AvoidPods", "preferAvoidPods", Type(Form.LIST, "[]v1.PreferAvoidPodsEntry", element=_ENTRY)
)


def read_annotation(text: str, type_: Type) -> Any:
    """The value, or None for JSON null. Raises DecodeError with Go's wording; unknown fields are ignored."""
    value = parse_json(text.encode(), find_duplicates=False)[0]
    return None if value is None else decode(value, type_)[0]
