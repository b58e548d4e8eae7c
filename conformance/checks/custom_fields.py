"""Server-side field validation of custom resources: applied as YAML with fieldValidation=Strict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.api import APPLY_PATCH, Object
from conformance.check import Case, Check
from conformance.custom import define, definition
from conformance.kinds import Kind

_PORT = {
    "type": "object",
    "required": ["containerPort", "protocol"],
    "properties": {
        "containerPort": {"format": "int32", "type": "integer"},
        "hostIP": {"type": "string"},
        "hostPort": {"format": "int32", "type": "integer"},
        "name": {"type": "string"},
        "protocol": {"type": "string"},
    },
}
_FIELDS: Object = {
    "foo": {"type": "string"},
    "cronSpec": {"type": "string", "pattern": r"^(\d+|\*)(/\d+)?(\s+(\d+|\*)(/\d+)?){4}$"},
    "ports": {
        "type": "array",
        "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
        "x-kubernetes-list-type": "map",
        "items": _PORT,
    },
}
_EMBEDDED = {
    "type": "object",
    "x-kubernetes-embedded-resource": True,
    "properties": {
        "metadata": {"type": "object", "properties": {"name": {"type": "string"}}},
        "spec": {"type": "object"},
    },
}
_PORTS = '  cronSpec: "* * * * */5"\n  ports:\n  - name: x\n    containerPort: 80\n    protocol: TCP'


def _schema(fields: Object, **spec: Any) -> Object:
    return {"type": "object", "properties": {"spec": {"type": "object", "properties": fields, **spec}}}


_PRESERVING = {"x-kubernetes-preserve-unknown-fields": True}


def _kind(case: Case, schema: Object | None) -> Kind:
    """Cluster-wide, of a version that is not the stored one."""
    body = definition(case, schema, versions=("v1beta1", "v1"), stored="v1", namespaced=False, status=True)
    return define(case, body).kinds[0]


def _apply(case: Case, kind: Kind, text: str) -> str:
    """The body of the answer, whatever its status: a blank line before the YAML counts in its errors' line numbers."""
    head = f"\napiVersion: {kind.api_version}\nkind: {kind.name}\nmetadata:\n  name: mytest\n"
    path = kind.path("", "mytest")
    case.defer(lambda: case.api.delete(kind, "", "mytest"))
    query: Object = {"fieldManager": "field_validation_mgr", "fieldValidation": "Strict"}
    response = case.api.raw("PATCH", path, head + text, content_type=APPLY_PATCH, **query)
    answer: str = response.read().decode()
    response.release_conn()
    if response.status < 400:
        return ""
    return answer


def _taken(schema: Object | None, text: str) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        answer = _apply(case, _kind(case, schema), text)
        case.equal(answer, "", "the refusal of what is valid")

    return check


def _refused(schema: Object, text: Callable[[Case], str], *says: str) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        answer = _apply(case, _kind(case, schema), text(case))
        case.true(any(one in answer for one in says), f"the answer should say {says[0]!r}: {answer or 'accepted'}")

    return check


def _embedding(case: Case) -> str:
    return (
        "  unknownMeta: unknown\nspec:\n  template:\n    apiversion: foo/v1\n    kind: Sub\n    metadata:\n"
        f"        unknownSubMeta: unknown\n        name: subobject\n        namespace: {case.namespace}\n"
        f"  foo: foo1\n{_PORTS}"
    )


_PREFIX = "[sig-api-machinery] FieldValidation should "
_END = " [Conformance]"
CHECKS = (
    Check(
        _PREFIX + "create/apply a valid CR for CRD with validation schema" + _END,
        _taken(_schema(_FIELDS), f"spec:\n  foo: foo1\n{_PORTS}"),
    ),
    Check(
        _PREFIX + "create/apply a CR with unknown fields for CRD with no validation schema" + _END,
        _taken(None, f"spec:\n  unknown: uk1\n{_PORTS}"),
    ),
    Check(
        _PREFIX + "create/apply an invalid CR with extra properties for CRD with validation schema" + _END,
        _refused(
            _schema(_FIELDS),
            lambda case: f"unknownField: unknown\nspec:\n  foo: foo1\n{_PORTS}",
            ".unknownField: field not declared in schema",
        ),
    ),
    Check(
        _PREFIX + "detect unknown metadata fields in both the root and embedded object of a CR" + _END,
        _refused(
            _schema({**_FIELDS, "template": _EMBEDDED}, **_PRESERVING),
            _embedding,
            ".spec.template.metadata.unknownSubMeta: field not declared in schema",
            ".metadata.unknownMeta: field not declared in schema",
        ),
    ),
    Check(
        _PREFIX + "detect duplicates in a CR when preserving unknown fields" + _END,
        _refused(
            _schema(_FIELDS, **_PRESERVING),
            lambda case: f"spec:\n  unknown: uk1\n  foo: foo1\n  foo: foo2\n{_PORTS}",
            r"line 9: key \"foo\" already set in map",
        ),
    ),
)
