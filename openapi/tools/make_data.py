"""Turns a file of wire facts into ``openapi/data``: ``python -m openapi.tools.make_data FACTS.json``.

A facts file names, per group-version, every Go type in field order: JSON name, Go type, struct tags, comment markers.
What the server needs of that is written in the compact shape read by ``openapi.schema`` (see :func:`encode_field`),
one file per group-version, one type per line. Only the served group-versions are kept, with whatever types of other
versions they refer to.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from openapi.groups import DATA_PACKAGES, PACKAGES

DATA = Path(__file__).parent.parent / "data"

_IMPORTS = {
    "metav1": "meta/v1",
    "corev1": "core/v1",
    "apiv1": "core/v1",
    "authenticationv1": "authentication/v1",
    "schedulingv1alpha3": "scheduling/v1alpha3",
}
# Go packages whose types are scalars of the API; the schema knows them by these names.
_SCALARS = {"types", "resource", "intstr", "runtime"}
_OWN_SCALARS = {
    "meta/v1": {"Time", "MicroTime", "Duration", "FieldsV1"},
    "apiextensions/v1": {"JSON"},
}
_BASIC = {"string", "bool", "int32", "int64", "float64", "byte", "interface{}"}
# Marker values that name a Go constant.
_CONSTANTS = {"ref(AzureDataDiskCachingReadWrite)": "ReadWrite", "ref(AzureSharedBlobDisk)": "Shared"}
# Structs that print as one of two JSON shapes: (option, protobuf number).
_UNIONS: dict[str, list[list[Any]]] = {
    "JSONSchemaPropsOrArray": [["JSONSchemaProps", 1], ["[]JSONSchemaProps", 2]],
    "JSONSchemaPropsOrBool": [["bool", 1], ["JSONSchemaProps", 2]],
    "JSONSchemaPropsOrStringArray": [["JSONSchemaProps", 1], ["[]string", 2]],
}


def _plain(**fields: str) -> dict[str, Any]:
    """A struct of required fields, numbered in order."""
    return {"fields": [{"json": name, "go": go, "pb": number} for number, (name, go) in enumerate(fields.items(), 1)]}


def _derived_attributes(number: int) -> dict[str, Any]:
    go = "[]DeviceDerivedAttribute"
    return {"json": "derivedAttributes", "go": go, "omitempty": True, "pb": number, "tags": ["listType=atomic"]}


# Fields younger than the facts, by package and type; each goes last.
_ADDED_FIELDS: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("core/v1", "NodeSystemInfo"): [
        {"json": "runningInUserNamespace", "go": "*bool", "omitempty": True, "pb": 12, "tags": ["optional"]}
    ],
    ("resource/v1", "DeviceCounterConsumption"): [
        {"json": "compatibilityGroups", "go": "[]string", "omitempty": True, "pb": 3, "tags": ["listType=atomic"]}
    ],
    ("resource/v1", "ExactDeviceRequest"): [_derived_attributes(8)],
    ("resource/v1", "DeviceSubRequest"): [_derived_attributes(8)],
}
# Types no facts file has: declared without fields, or written by hand upstream.
_BY_HAND: dict[str, dict[str, Any]] = {
    "resource/v1": {"DeviceDerivedAttribute": _plain(name="FullyQualifiedName", expression="string")},
    "apiextensions/v1": {"CustomResourceSubresourceStatus": {"fields": []}},
    "meta/v1": {
        "WatchEvent": _plain(type="string", object="runtime.RawExtension"),
        "GroupResource": _plain(group="string", resource="string"),
        "GroupVersionKind": _plain(group="string", version="string", kind="string"),
        "GroupVersionResource": _plain(group="string", version="string", resource="string"),
    },
}
# String types with well-known constants but an open set of values: upstream does not mark these +enum.
_OPEN = re.compile(
    r"(Condition(Type|Status)|ResourceStatus|HealthStatusType|ResourceName|SecretType|StorageMedium|FinalizerName|KeyUsage"
    r"|StatusReason|CauseType|ResourceScope|ConversionStrategyType|PersistentVolumeClaimModifyVolumeStatus|ResourceID|Capability|UniqueVolumeName)$"
)


class Facts:
    """The facts of all group-versions, with the hand-written types added."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw

    def types(self, package: str) -> dict[str, Any]:
        types = {**self._raw[package]["types"], **_BY_HAND.get(package, {})}
        for (owner, name), added in _ADDED_FIELDS.items():
            if owner == package:
                known = {field["json"] for field in types[name]["fields"]}
                types[name] = {
                    **types[name],
                    "fields": [*types[name]["fields"], *(f for f in added if f["json"] not in known)],
                }
        return types

    def aliases(self, package: str) -> dict[str, str]:
        return dict(self._raw[package]["aliases"])

    def enum(self, package: str, name: str) -> list[str]:
        return [] if _OPEN.search(name) else sorted(self._raw[package]["enums"].get(name, []))


def resolve(expression: str, package: str) -> str:
    """A Go type expression with every name made absolute: ``[]v1.Probe`` → ``[]core/v1.Probe``; own types stay bare."""
    if expression.startswith("[]"):
        return "[]" + resolve(expression[2:], package)
    if match := re.match(r"map\[(.+?)\](.+)", expression):
        return f"map[{resolve(match[1], package)}]{resolve(match[2], package)}"
    prefix, dot, name = expression.rpartition(".")
    if expression in _BASIC or prefix in _SCALARS:
        return expression
    if not dot:
        return f"{package}.{name}" if name in _OWN_SCALARS.get(package, ()) else name
    target = _IMPORTS.get(prefix) or ("meta/v1" if package.startswith("apidiscovery/") else "core/v1")
    return name if target == package else f"{target}.{name}"


def _markers(tags: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag in tags:
        name, _, value = tag.partition("=")
        found.setdefault(name, []).append(value)
    return found


def encode_field(field: Mapping[str, Any], package: str, inline: list[int]) -> list[Any]:
    """``[JSON name, type, protobuf number, flags, extras]``; trailing empties are cut.

    Flags: ``*`` pointer, ``o`` omitempty, ``z`` omitzero, ``r`` required in the published schema. Extras: ``ps``
    patch strategies, ``mk`` merge key, ``lt`` list type, ``lk`` list map keys, ``mt`` map type, ``st`` struct type,
    ``d`` default, ``in`` protobuf numbers of the embedded messages it sits in.
    """
    markers = _markers(field.get("tags", ()))
    expression = field["go"]
    omitted = bool(field.get("omitempty"))
    flags = "*" if expression.startswith("*") else ""
    flags += ("o" if omitted else "") + ("z" if field.get("omitzero") else "")
    if "required" in markers or not (omitted or "optional" in markers):
        flags += "r"
    extras: dict[str, Any] = {}
    if strategy := field.get("patchStrategy"):
        extras["ps"] = strategy.split(",")
    for key, value in (
        ("mk", field.get("patchMergeKey")),
        ("lt", markers.get("listType", [""])[0]),
        ("lk", markers.get("listMapKey")),
        ("mt", markers.get("mapType", [""])[0]),
        ("st", markers.get("structType", [""])[0]),
        ("in", inline),
    ):
        if value:
            extras[key] = value
    if "default" in markers:
        text = markers["default"][0]
        extras["d"] = _CONSTANTS[text] if text in _CONSTANTS else json.loads(text)
    row = [field["json"], resolve(expression.lstrip("*"), package), field.get("pb", 0), flags]
    return [*row, extras] if extras else row


def encode_fields(
    types: Mapping[str, Any], meta: Mapping[str, Any], name: str, package: str, inline: list[int]
) -> list[list[Any]]:
    """The fields of a struct with embedded structs in place, as Go prints them."""
    rows: list[list[Any]] = []
    for field in types[name]["fields"]:
        if field["json"] == "-":
            continue
        if not field.get("inline"):
            rows.append(encode_field(field, package, inline))
        elif field["go"].endswith("TypeMeta"):
            rows += [encode_field({**inner, "pb": 0}, package, []) for inner in meta["TypeMeta"]["fields"]]
        else:
            rows += encode_fields(types, meta, field["go"], package, [*inline, field["pb"]])
    return rows


def encode_package(facts: Facts, package: str) -> dict[str, Any]:
    """Everything of one group-version: ``{"aliases": {name: base or enum list}, "types": {name: {...}}}``."""
    types, meta = facts.types(package), facts.types("meta/v1")
    aliases: dict[str, Any] = {}
    for name, base in facts.aliases(package).items():
        aliases[name] = facts.enum(package, name) if base == "string" else resolve(base, package)
    encoded: dict[str, Any] = {}
    for name, described in types.items():
        if name in _OWN_SCALARS.get(package, ()):
            continue
        if name in _UNIONS:
            encoded[name] = {"u": _UNIONS[name]}
            continue
        encoded[name] = {"f": encode_fields(types, meta, name, package, [])}
        if atomic := _markers(described.get("tags", ())).get("structType"):
            encoded[name]["st"] = atomic[0]
    return {"aliases": aliases, "types": encoded}


def references(expression: str) -> set[str]:
    """The foreign types an expression names: ``meta/v1.Time``."""
    return set(re.findall(r"[\w]+/\w+\.\w+", expression))


def needed(all_packages: Mapping[str, dict[str, Any]], roots: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The root packages whole, and of the others only what is referred to, however indirectly."""
    kept: dict[str, dict[str, Any]] = {package: all_packages[package] for package in roots}
    queue = [(package, name) for package in kept for name in kept[package]["types"]]
    while queue:
        package, name = queue.pop()
        described = all_packages[package]["types"].get(name, {})
        for row in described.get("f", ()):
            for target in {
                *references(row[1]),
                *(f"{package}.{local}" for local in re.findall(r"(?<![\w./])[A-Z]\w*", row[1])),
            }:
                owner, _, inner = target.rpartition(".")
                if owner in roots:
                    continue
                into = kept.setdefault(owner, {"aliases": {}, "types": {}})
                for section in ("aliases", "types"):
                    if inner in all_packages[owner][section] and inner not in into[section]:
                        into[section][inner] = all_packages[owner][section][inner]
                        queue.append((owner, inner))
    return kept


def dump(content: Mapping[str, Any]) -> str:
    """JSON with one type per line, so that a change of the API reads as a diff of lines."""

    def block(values: Mapping[str, Any]) -> str:
        return ",\n".join(
            f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in values.items()
        )

    return f'{{"aliases":{{\n{block(content["aliases"])}\n}},"types":{{\n{block(content["types"])}\n}}}}\n'


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m openapi.tools.make_data FACTS.json", file=sys.stderr)
        return 2
    facts_file = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    facts = Facts(facts_file)
    encoded = {package: encode_package(facts, package) for package in PACKAGES}
    for package, content in needed(encoded, DATA_PACKAGES).items():
        path = DATA / f"{package.replace('/', '_')}.json"
        path.write_text(dump(content), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
