"""Custom resource definitions that checks make, and waiting until what they define is served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.api import Object
from conformance.bodies import condition
from conformance.check import Case
from conformance.kinds import CRDS, Kind

ANYTHING: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
"""What a version without a schema of its own has to say."""


@dataclass(frozen=True, slots=True)
class Defined:
    """A definition as it was created, and the kind of each of its versions in their order."""

    body: Object
    kinds: tuple[Kind, ...]

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])


def definition(
    case: Case,
    schema: Object | None = None,
    *,
    group: str = "",
    versions: Sequence[str] = ("v1",),
    stored: str = "",
    namespaced: bool = True,
    status: bool = False,
) -> Object:
    """``stored``: the stored version, the first by default; ``status``: with the subresource."""
    word = case.unique("e2e-test") + "-crd"
    group = group or f"{case.suffix}.example.com"
    extra: Object = {"subresources": {"status": {}}} if status else {}
    names = {"plural": f"{word}s", "singular": word, "kind": word, "listKind": f"{word}List"}
    return {
        "metadata": {"name": f"{word}s.{group}", "labels": {"e2e-crd": case.suffix}},
        "spec": {
            "group": group,
            "scope": "Namespaced" if namespaced else "Cluster",
            "names": names,
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": version == (stored or versions[0]),
                    "schema": {"openAPIV3Schema": schema or ANYTHING},
                    **extra,
                }
                for version in versions
            ],
        },
    }


def define(case: Case, body: Object) -> Defined:
    """Create it and wait until each of its versions is in discovery and can be listed."""
    made = case.create(CRDS, body)
    name = made["metadata"]["name"]
    case.eventually(
        lambda: condition(case.get(CRDS, name), "Established").get("status") == "True", f"{name} to be established", 30
    )
    spec = made["spec"]
    defined = tuple(
        Kind(
            spec["group"],
            version["name"],
            spec["names"]["plural"],
            spec["names"]["kind"],
            spec["scope"] == "Namespaced",
        )
        for version in spec["versions"]
    )
    for kind in defined:
        case.eventually(lambda one=kind: _listed(case, one), f"{kind.api_version} in discovery", 30)  # type: ignore[misc]
        case.eventually(lambda one=kind: case.api.list(one), f"{kind.plural} to be served", 30)  # type: ignore[misc]
    return Defined(made, defined)


def _listed(case: Case, kind: Kind) -> bool:
    return any(one["name"] == kind.plural for one in case.api.request("GET", kind.root)["resources"])
