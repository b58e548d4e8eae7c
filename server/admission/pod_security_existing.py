"""Which of a namespace's pods a stricter standard would not have let in: warnings to who makes it stricter.

Source: k8s.io/pod-security-admission/admission (EvaluatePodsInNamespace).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apimachinery.objects import Object, controller_of
from server.admission.cached import all_of
from server.admission.pod_security_levels import LEVELS, Standard
from server.admission.pod_standards.policy import reasons
from storage.cache import ResourceCache

MOST = 3000
"""Pods that are looked at."""


def is_stricter(new: Standard, old: Standard) -> bool:
    """Whether pods that were let in might not be any more."""
    if new == old or new.level == "privileged":
        return False
    return new.version != old.version or LEVELS.index(new.level) > LEVELS.index(old.level)


def warnings_about(pods: ResourceCache, namespace: str, standard: Standard) -> Iterator[str]:
    every = _one_of_each_first(list(all_of(pods, namespace)))
    if len(every) > MOST:
        yield f"new PodSecurity enforce level only checked against the first {MOST} of {len(every)} existing pods"
    names: dict[str, list[str]] = {}
    for pod in every[:MOST]:
        found = standard.problems(pod["metadata"], pod["spec"])
        if found:
            names.setdefault(reasons(found), []).append(pod["metadata"]["name"])
    if names:
        yield f'existing pods in namespace "{namespace}" violate the new PodSecurity enforce level "{standard}"'
        yield from sorted(f"{_named(pods_named)}: {why}" for why, pods_named in names.items())


def _one_of_each_first(pods: Sequence[Object]) -> list[Object]:
    """One pod of each controller before its copies."""
    first: list[Object] = []
    copies: list[Object] = []
    seen: set[str] = set()
    for pod in pods:
        owner = controller_of(pod)
        (copies if owner is not None and owner["uid"] in seen else first).append(pod)
        if owner is not None:
            seen.add(owner["uid"])
    return first + copies


def _named(names: Sequence[str]) -> str:
    others = len(names) - 1
    return min(names) + (f" (and {others} other pod{'s' if others > 1 else ''})" if others else "")
