"""What definitions of custom resources publish in /openapi/v2, and what kubectl makes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from conformance.api import JSON_PATCH, Object
from conformance.check import Case, Check
from conformance.custom import Defined, define, definition
from conformance.kinds import CRDS, Kind
from conformance.kubectl import kubectl, refused

_TIMES = 10
"""So often in a row a document must be right: several servers may answer."""


def _text(description: str = "", **more: object) -> Object:
    return {"type": "string", **({"description": description} if description else {}), **more}


def _object(description: str = "", properties: Object | None = None, **more: object) -> Object:
    body: Object = {"type": "object", **({"description": description} if description else {}), **more}
    return {**body, "properties": properties} if properties is not None else body


def _list(items: Object, description: str) -> Object:
    return {"type": "array", "description": description, "items": items}


_FOO = _object(
    "Foo CRD for Testing",
    {
        "spec": _object(
            "Specification of Foo",
            {
                "bars": _list(
                    _object(
                        properties={
                            "name": _text("Name of Bar."),
                            "age": _text("Age of Bar."),
                            "feeling": _text("Whether Bar is feeling great.", enum=["Great", "Down"]),
                            "bazs": _list(_text(), "List of Bazs."),
                        },
                        required=["name"],
                    ),
                    "List of Bars and their specs.",
                )
            },
        ),
        "status": _object(
            "Status of Foo",
            {
                "bars": _list(
                    _object(
                        properties={
                            "name": _text("Name of Bar."),
                            "available": {"type": "boolean", "description": "Whether the Bar is installed."},
                            "quxType": _text("Indicates to external qux type.", pattern="in-tree|out-of-tree"),
                        }
                    ),
                    "List of Bars and their statuses.",
                )
            },
        ),
    },
)


def _waldo(description: str = "Waldo CRD for Testing", spec: Object | None = None, **root: object) -> Object:
    dummy = _object("Specification of Waldo", {"dummy": _object("Dummy property.")}, **(spec or {}))
    bars = _list(_object(), "List of Bars and their statuses.")
    return _object(description, {"spec": dummy, "status": _object("Status of Waldo", {"bars": bars})}, **root)


_PRESERVE: Object = {"x-kubernetes-preserve-unknown-fields": True}
_PRESERVE_ROOT = _waldo("preserve-unknown-properties at root for Testing", **_PRESERVE)
_PRESERVE_NESTED = _waldo("preserve-unknown-properties in nested field for Testing", _PRESERVE)


class _Document:
    """/openapi/v2, fetched again only when it has changed."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._etag = ""
        self._definitions: Object = {}

    def definitions(self) -> Object:
        headers = {"If-None-Match": self._etag} if self._etag else {}
        response = self._case.api.raw("GET", "/openapi/v2", headers=headers)
        data: bytes = response.read()
        response.release_conn()
        if response.status != 304:
            self._case.equal(response.status, 200, "the status of /openapi/v2")
            self._etag = response.headers.get("ETag", "")
            self._definitions = json.loads(data)["definitions"]
        return self._definitions

    def until(self, holds: Callable[[Object], bool], what: str) -> None:
        self._case.eventually(lambda: all(holds(self.definitions()) for _ in range(_TIMES)), what, 60)


def _name(kind: Kind) -> str:
    """Of its definition: the parts of the group backwards."""
    return ".".join([*reversed(kind.group.split(".")), kind.version, kind.name])


def _published(case: Case, kind: Kind, schema: Object | None) -> None:
    """The definition is there, and says what the schema does besides what is added to every kind."""

    def holds(definitions: Object) -> bool:
        found = definitions.get(_name(kind))
        return found is not None and (schema is None or _own(found) == schema)

    _Document(case).until(holds, f"the definition {_name(kind)} with its schema in /openapi/v2")


def _own(found: Object) -> Object:
    added = ("x-kubernetes-group-version-kind", "x-kubernetes-selectable-fields")
    own = {key: value for key, value in found.items() if key not in added}
    properties = own.pop("properties", None) or {}
    kept = {key: value for key, value in properties.items() if key not in ("metadata", "apiVersion", "kind")}
    return {**own, "properties": kept} if kept else own


def _withdrawn(case: Case, kind: Kind) -> None:
    name = _name(kind)
    _Document(case).until(lambda definitions: name not in definitions, f"the definition {name} to leave /openapi/v2")


def _set_up(case: Case, schema: Object | None, suffix: str, *versions: str, verify: bool = True) -> Defined:
    """A definition whose versions are published. Without a schema an empty one is."""
    group = f"{case.suffix}-test-{suffix}.example.com"
    made = define(case, definition(case, schema, group=group, versions=versions))
    expected = (schema or {"type": "object"}) if verify else None
    for kind in made.kinds:
        _published(case, kind, expected)
    return made


def _clean_up(case: Case, made: Defined, kinds: Sequence[Kind] = ()) -> None:
    case.api.delete(CRDS, "", made.name)
    case.gone(CRDS, made.name)
    for kind in kinds or made.kinds:
        _withdrawn(case, kind)


def _body(kind: Kind, name: str, **parts: object) -> str:
    body = {"kind": kind.name, "apiVersion": kind.api_version, "metadata": {"name": name}, **parts}
    return json.dumps(body)


def _accepts(case: Case, kind: Kind, name: str, **parts: object) -> None:
    """kubectl creates and applies it."""
    for verb in ("create", "apply"):
        kubectl(case, f"--namespace={case.namespace}", verb, "-f", "-", stdin=_body(kind, name, **parts))
        kubectl(case, f"--namespace={case.namespace}", "delete", kind.plural, name)


def _explains(case: Case, what: str, pattern: str) -> None:
    out = kubectl(case, "explain", what)
    case.true(re.search(pattern, out, re.DOTALL), f"kubectl explain {what} should match {pattern!r}: {out}")


def with_schema(case: Case) -> None:
    made = _set_up(case, _FOO, "foo", "v1")
    kind = made.kinds[0]
    _accepts(case, kind, "test-foo", spec={"bars": [{"name": "test-bar"}]})
    where = f"--namespace={case.namespace}"
    bad = _body(kind, "test-foo", spec={"bars": [{"name": "test-bar", "feeling": "NonExistentValue"}]})
    refused(case, where, "create", "-f", "-", says=('Unsupported value: "NonExistentValue"',), stdin=bad)
    unknown = _body(kind, "test-foo", spec={"foo": True})
    incomplete = _body(kind, "test-foo", spec={"bars": [{"age": "10"}]})
    for verb in ("create", "apply"):
        says = ('unknown field "spec.foo"', 'unknown field "foo"')
        refused(case, where, verb, "-f", "-", says=says, stdin=unknown)
        says = ("spec.bars[0].name: Required value", 'missing required field "name"')
        refused(case, where, verb, "-f", "-", says=says, stdin=incomplete)
    plural = kind.plural
    _explains(
        case,
        plural,
        "DESCRIPTION:.*Foo CRD for Testing.*FIELDS:.*apiVersion.*<string>.*APIVersion defines.*spec.*<Object>.*"
        "Specification of Foo",
    )
    _explains(
        case,
        f"{plural}.metadata",
        "DESCRIPTION:.*Standard object's metadata.*FIELDS:.*creationTimestamp.*<string>.*"
        "CreationTimestamp is a timestamp",
    )
    _explains(
        case,
        f"{plural}.spec",
        r"DESCRIPTION:.*Specification of Foo.*FIELDS:.*bars.*<\[\]Object>.*List of Bars and their specs",
    )
    _explains(
        case,
        f"{plural}.spec.bars",
        r"(FIELD|RESOURCE):.*bars.*<\[\]Object>.*DESCRIPTION:.*List of Bars and their specs.*FIELDS:.*bazs.*"
        r"<\[\]string>.*List of Bazs.*name.*<string>.*Name of Bar",
    )
    refused(case, "explain", f"{plural}.spec.bars2", says=('field "bars2" does not exist',))
    _clean_up(case, made)


def _unknown_fields(
    schema: Object | None, suffix: str, parts: Object, explained: Callable[[Kind], str], verify: bool = False
) -> Callable[[Case], None]:
    """Fields that no schema knows are taken."""

    def check(case: Case) -> None:
        made = _set_up(case, schema, suffix, "v1", verify=verify)
        _accepts(case, made.kinds[0], "test-cr", **parts)
        _explains(case, made.kinds[0].plural, explained(made.kinds[0]))
        _clean_up(case, made)

    return check


def different_groups(case: Case) -> None:
    _both(case, _set_up(case, _FOO, "foo", "v1"), _set_up(case, _waldo(), "waldo", "v1beta1"))


def different_versions(case: Case) -> None:
    both = _set_up(case, _FOO, "multi-ver", "v2", "v3")
    for kind in reversed(both.kinds):
        _published(case, kind, _FOO)
    _clean_up(case, both)
    _both(case, _set_up(case, _FOO, "common-group", "v4"), _set_up(case, _waldo(), "common-group", "v5"))


def different_kinds(case: Case) -> None:
    _both(case, _set_up(case, _FOO, "common-group", "v6"), _set_up(case, _waldo(), "common-group", "v6"))


def _both(case: Case, foo: Defined, waldo: Defined) -> None:
    """Neither definition hides the other."""
    _published(case, waldo.kinds[0], _waldo())
    _published(case, foo.kinds[0], _FOO)
    _clean_up(case, foo)
    _clean_up(case, waldo)


def renamed(case: Case) -> None:
    made = _set_up(case, _FOO, "multi-ver", "v2", "v3")
    second, third = made.kinds
    path = "/spec/versions/1/name"
    patch = [{"op": "test", "path": path, "value": "v3"}, {"op": "replace", "path": path, "value": "v4"}]
    case.api.patch(CRDS, "", made.name, patch, content_type=JSON_PATCH)
    fourth = Kind(third.group, "v4", third.plural, third.name)
    _published(case, fourth, _FOO)
    _withdrawn(case, third)
    _published(case, second, _FOO)
    _clean_up(case, made, (second, fourth))


def not_served(case: Case) -> None:
    made = _set_up(case, _FOO, "multi-to-single-ver", "v5", "v6alpha1")
    kept, dropped = made.kinds
    before = int(made.body["metadata"]["resourceVersion"])
    after = case.changed(CRDS, made.name, lambda one: one["spec"]["versions"][1].update(served=False))
    case.true(int(after["metadata"]["resourceVersion"]) > before, "an update raises the resourceVersion")
    _withdrawn(case, dropped)
    _published(case, kept, _FOO)
    _clean_up(case, made)


_ANY_PART = {"a": {"b": [{"c": "d"}]}}
_NULL_PART = {"spec": {"a": None, "b": [{"c": "d"}]}}
_PREFIX = "[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] "
_END = " [Conformance]"
CHECKS = (
    Check(_PREFIX + "works for CRD with validation schema" + _END, with_schema),
    Check(
        _PREFIX + "works for CRD without validation schema" + _END,
        _unknown_fields(None, "empty", _ANY_PART, lambda kind: "DESCRIPTION:.*<empty>", verify=True),
    ),
    Check(
        _PREFIX + "works for CRD preserving unknown fields at the schema root" + _END,
        _unknown_fields(_PRESERVE_ROOT, "unknown-at-root", _ANY_PART, lambda kind: f"KIND:.*{re.escape(kind.name)}"),
    ),
    Check(
        _PREFIX + "works for CRD preserving unknown fields in an embedded object" + _END,
        _unknown_fields(
            _PRESERVE_NESTED,
            "unknown-in-nested",
            _NULL_PART,
            lambda kind: "DESCRIPTION:.*preserve-unknown-properties in nested field for Testing",
        ),
    ),
    Check(_PREFIX + "works for multiple CRDs of different groups" + _END, different_groups),
    Check(_PREFIX + "works for multiple CRDs of same group but different versions" + _END, different_versions),
    Check(_PREFIX + "works for multiple CRDs of same group and version but different kinds" + _END, different_kinds),
    Check(_PREFIX + "updates the published spec when one version gets renamed" + _END, renamed),
    Check(_PREFIX + "removes definition from spec when one version gets changed to not be served" + _END, not_served),
)
