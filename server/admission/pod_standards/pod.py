"""What the checks look at, and the words they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from apimachinery.objects import Object

USER_NAMESPACES = 35
"""From this minor version on, pods in user namespaces of their own are trusted with more."""
PROFILES = ("RuntimeDefault", "Localhost")
"""Of seccomp and AppArmor: those that everybody may have."""


class Problem(NamedTuple):
    """``detail`` may be ""."""

    reason: str
    detail: str


class Pod(NamedTuple):
    """What is looked at: a pod's or a template's."""

    annotations: Mapping[str, str]
    spec: Object
    minor: int

    def containers(self) -> Iterator[tuple[str, Object, Any]]:
        """(name, container, security context) of every container."""
        for field in ("initContainers", "containers", "ephemeralContainers"):
            for container in self.spec.get(field) or ():
                yield container.get("name", ""), container, container.get("securityContext") or {}

    def context(self) -> Any:
        return self.spec.get("securityContext") or {}

    def is_windows(self) -> bool:
        return self.minor >= 25 and (self.spec.get("os") or {}).get("name") == "windows"

    def has_own_users(self) -> bool:
        return self.minor >= USER_NAMESPACES and self.spec.get("hostUsers") is False


Check = Callable[[Pod], Problem | None]


def quoted(items: Iterable[object]) -> str:
    return ", ".join(f'"{item}"' for item in items)


def some(what: str, items: Sequence[object]) -> str:
    return f"{what}{'' if len(items) == 1 else 's'} {quoted(items)}"


def setters_of(pod_is_bad: bool, names: Sequence[str]) -> str:
    """Who has it: the pod, containers, or both; "" for nobody."""
    return " and ".join([*(["pod"] if pod_is_bad else []), *([some("container", names)] if names else [])])
