"""Group-versions that are not built in, as discovery lists them beside those that are."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object


class FurtherVersion(NamedTuple):
    """``resources``: rows of an aggregated document; None when they are not known now."""

    group_version: GroupVersion
    priority: int
    version_priority: int
    resources: Sequence[Object] | None


class Further(Protocol):
    @property
    def changes(self) -> Hashable:
        """What was made of ``versions`` is good while this is the same."""

    def versions(self) -> Sequence[FurtherVersion]: ...


class _Nothing:
    changes = 0

    def versions(self) -> Sequence[FurtherVersion]:
        return ()


class Together:
    """Several, those before others taking precedence."""

    def __init__(self, parts: Sequence[Further]) -> None:
        self._parts = parts

    @property
    def changes(self) -> Hashable:
        return tuple(part.changes for part in self._parts)

    def versions(self) -> Sequence[FurtherVersion]:
        found: dict[GroupVersion, FurtherVersion] = {}
        for part in self._parts:
            for version in part.versions():
                found.setdefault(version.group_version, version)
        return list(found.values())


NOTHING: Further = _Nothing()
"""What is built in is all there is."""


class Listed(NamedTuple):
    """A version of a group; ``document``: its part of the aggregated document."""

    version: str
    document: Object


def merged(
    builtin: Mapping[str, Sequence[Listed]],
    priorities: Mapping[GroupVersion, tuple[int, int]],
    further: Iterable[FurtherVersion],
) -> dict[str, list[Listed]]:
    """Groups in upstream's order: the highest priority any version gives its group, then the name; versions by their
    own priority, then as versions are compared. apiregistration.k8s.io is always the first."""
    rows = [
        (group, listed, *priorities[GroupVersion(group, listed.version)])
        for group, versions in builtin.items()
        for listed in versions
    ]
    known = {(group, listed.version) for group, listed, _, _ in rows}
    rows += [
        (each.group_version.group, _listed(each), each.priority, each.version_priority)
        for each in further
        if each.group_version not in known
    ]
    highest: dict[str, int] = {}
    for group, _, priority, _ in rows:
        highest[group] = max(highest.get(group, 0), priority)
    groups: dict[str, list[Listed]] = {}
    for group in sorted(highest, key=lambda name: (name != _FIRST, -highest[name], name)):
        own = [(listed, own) for name, listed, _, own in rows if name == group]
        own.sort(key=lambda pair: _version_key(pair[0].version))
        groups[group] = [listed for listed, _ in sorted(own, key=lambda pair: -pair[1])]
    return groups


_FIRST = "apiregistration.k8s.io"
_KUBE_VERSION = re.compile(r"v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?")
_STAGES = {None: 0, "beta": 1, "alpha": 2}


def _version_key(version: str) -> tuple[int, int, int, int, str]:
    """v10 before v2 before v1beta1 before v1alpha1; other names after all of them, by name."""
    match = _KUBE_VERSION.fullmatch(version)
    if match is None:
        return (1, 0, 0, 0, version)
    return (0, _STAGES[match[2]], -int(match[1]), -int(match[3] or 0), "")


def _listed(each: FurtherVersion) -> Listed:
    version = each.group_version.version
    document: Object = {"version": version}
    if each.resources is not None:
        document["resources"] = list(each.resources)
    return Listed(version, {**document, "freshness": "Stale" if each.resources is None else "Current"})
