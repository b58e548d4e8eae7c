"""A deployment's ReplicaSets: which is the new one, how large they are, how far the bounds of an update reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from apimachinery.objects import Object, name_of
from controllers.shared.intorpercent import scaled

HASH = "pod-template-hash"
_MAX_NAME = 253


class Sets(NamedTuple):
    """``old``: all but the new one, oldest first."""

    new: Object | None
    old: list[Object]

    @property
    def all(self) -> list[Object]:
        return self.old if self.new is None else [*self.old, self.new]


def replicas_of(obj: Mapping[str, Any]) -> int:
    """What its spec asks for."""
    replicas = obj["spec"].get("replicas")
    return 1 if replicas is None else int(replicas)


def total_replicas(sets: Iterable[Object]) -> int:
    return sum(map(replicas_of, sets))


def total(sets: Iterable[Object], field: str) -> int:
    """The sum of a count in their status."""
    return sum((rs.get("status") or {}).get(field) or 0 for rs in sets)


def active(sets: Iterable[Object]) -> list[Object]:
    """Those that have, or should have, pods."""
    return [rs for rs in sets if replicas_of(rs) > 0]


def by_age(sets: Iterable[Object]) -> list[Object]:
    """Oldest first."""
    return sorted(sets, key=_age)


def by_size(sets: Iterable[Object], *, newer_first: bool) -> list[Object]:
    """Largest first; of the same size the newer, or the older, comes first."""
    ordered = sorted(sets, key=_age, reverse=newer_first)
    return sorted(ordered, key=replicas_of, reverse=True)


def sort_sets(deployment: Object, owned: Iterable[Object]) -> Sets:
    """The new set is the oldest one that has the deployment's template."""
    ordered = by_age(owned)
    template = _without_hash(deployment["spec"]["template"])
    new = next((rs for rs in ordered if _without_hash(rs["spec"]["template"]) == template), None)
    return Sets(new, [rs for rs in ordered if rs is not new])


def same_template(deployment: Object, rs: Object) -> bool:
    return _without_hash(deployment["spec"]["template"]) == _without_hash(rs["spec"]["template"])


def set_name(deployment_name: str, hashed: str) -> str:
    """Cut, if need be, so that it is a name."""
    return f"{deployment_name[: _MAX_NAME - len(hashed) - 1]}-{hashed}"


def is_rolling(deployment: Object) -> bool:
    return bool((deployment["spec"].get("strategy") or {}).get("type") != "Recreate")


def max_surge(deployment: Object) -> int:
    """How many pods there may be beyond the number asked for."""
    return _bounds(deployment)[0] if is_rolling(deployment) else 0


def max_unavailable(deployment: Object) -> int:
    """How many of the pods asked for may be missing."""
    replicas = replicas_of(deployment)
    if not is_rolling(deployment) or not replicas:
        return 0
    return min(_bounds(deployment)[1], replicas)


def _bounds(deployment: Object) -> tuple[int, int]:
    """(surge, unavailable); never both 0, or nothing could move."""
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    replicas = replicas_of(deployment)
    surge = scaled(rolling.get("maxSurge"), replicas, round_up=True)
    unavailable = scaled(rolling.get("maxUnavailable"), replicas, round_up=False)
    return (surge, unavailable) if surge or unavailable else (0, 1)


def _age(rs: Object) -> tuple[str, str]:
    return rs["metadata"].get("creationTimestamp") or "", name_of(rs)


def _without_hash(template: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    metadata = {field: value for field, value in (template.get("metadata") or {}).items() if value}
    labels = {key: value for key, value in (metadata.pop("labels", None) or {}).items() if key != HASH}
    return {**metadata, **({"labels": labels} if labels else {})}, template.get("spec")
