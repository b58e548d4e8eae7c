"""Which daemon pods to make and delete. Pure; source: manage, podsShouldBeOnNode and rollingUpdate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apimachinery.objects import Object, is_terminating, name_of
from apimachinery.pods import is_pod_available, is_pod_ready, is_pod_terminal, pod_phase
from controllers.daemonset.nodes import GENERATION as GENERATION_LABEL
from controllers.daemonset.nodes import node_of, template_generation, wish
from controllers.shared.history import HASH
from controllers.shared.intorpercent import scaled
from controllers.shared.ownership import labels_of

BURST = 250
MayReplace = Callable[[str], bool]


@dataclass(slots=True)
class Pods:
    """``create``: names of nodes; ``ended``: those of ``delete`` that have failed or succeeded, to be told about."""

    create: list[str] = field(default_factory=list)
    delete: list[Object] = field(default_factory=list)
    ended: list[Object] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def limited(self) -> Pods:
        return Pods(self.create[:BURST], self.delete[:BURST], self.ended, self.waiting)


def by_node(pods: Iterable[Object]) -> dict[str, list[Object]]:
    """Oldest first on every node; without those that have ended and are going, which hold no node any more."""
    found: dict[str, list[Object]] = {}
    for pod in sorted((pod for pod in pods if not (is_terminating(pod) and is_pod_terminal(pod))), key=_age):
        node = node_of(pod)
        if node:
            found.setdefault(node, []).append(pod)
    return found


def manage(
    daemonset: Object,
    nodes: Sequence[Object],
    pods: Mapping[str, list[Object]],
    revision: str,
    now: datetime,
    may_replace: MayReplace,
) -> Pods:
    """``may_replace(node)``: a failed pod of that node has waited long enough."""
    made = Pods()
    for node in nodes:
        _manage_node(made, daemonset, node, pods.get(name_of(node), []), revision, now, may_replace)
    names = {name_of(node) for node in nodes}
    for node_name, there in pods.items():
        if node_name not in names:
            made.delete += [p for p in there if not p["spec"].get("nodeName") and not is_terminating(p)]
    return made.limited()


def _manage_node(
    made: Pods,
    daemonset: Object,
    node: Object,
    there: list[Object],
    revision: str,
    now: datetime,
    may_replace: MayReplace,
) -> None:
    run, stay = wish(daemonset, node)
    if run and not there:
        made.create.append(name_of(node))
        return
    if not stay:
        made.delete += [pod for pod in there if not is_terminating(pod)]
        return
    running = []
    for pod in there:
        if is_terminating(pod):
            continue
        phase = pod_phase(pod)
        if phase == "Failed" and not may_replace(name_of(node)):
            made.waiting.append(name_of(node))
        elif phase in ("Failed", "Succeeded"):
            made.delete.append(pod)
            made.ended.append(pod)
        else:
            running.append(pod)
    if run and not running and surges(daemonset):
        made.create.append(name_of(node))  # beside the pods that are going
    made.delete += _excess(daemonset, running, revision, now)


def _excess(daemonset: Object, running: list[Object], revision: str, now: datetime) -> list[Object]:
    """More than one pod on a node: the oldest stays, or, while surging, the oldest of each template."""
    if len(running) < 2:
        return []
    if not surges(daemonset):
        return running[1:]
    kept: dict[bool, Object] = {}
    excess: list[Object] = []
    for pod in running:
        updated = is_updated(daemonset, pod, revision)
        if updated in kept:
            excess.append(pod)
        else:
            kept[updated] = pod
    if len(kept) == 2 and (not is_pod_ready(kept[False]) or _available(daemonset, kept[True], now)):
        excess.append(kept[False])
    return excess


def surges(daemonset: Mapping[str, Any]) -> bool:
    surge = _rolling(daemonset).get("maxSurge")
    return strategy(daemonset) == "RollingUpdate" and surge not in (None, 0, "0", "0%")


def strategy(daemonset: Mapping[str, Any]) -> str:
    return str((daemonset["spec"].get("updateStrategy") or {}).get("type") or "RollingUpdate")


def is_updated(daemonset: Mapping[str, Any], pod: Mapping[str, Any], revision: str) -> bool:
    labels = labels_of(pod)
    if revision and labels.get(HASH) == revision:
        return True
    generation = template_generation(daemonset)
    return HASH not in labels and generation is not None and labels.get(GENERATION_LABEL) == generation


def roll(
    daemonset: Object, nodes: Sequence[Object], pods: Mapping[str, list[Object]], revision: str, now: datetime
) -> Pods:
    """The next step towards the current template."""
    wanted = {name_of(node) for node in nodes if wish(daemonset, node).run}
    surge, unavailable = _limits(daemonset, len(wanted))
    there = {**pods, **{node: [] for node in wanted - pods.keys()}}
    if surge:
        return _roll_by_surge(daemonset, there, wanted, revision, now, surge).limited()
    return _roll_by_deletion(daemonset, there, revision, now, unavailable).limited()


def _limits(daemonset: Object, desired: int) -> tuple[int, int]:
    rolling = _rolling(daemonset)
    surge = scaled(rolling.get("maxSurge"), desired, round_up=True)
    unavailable = scaled(rolling.get("maxUnavailable"), desired, round_up=True)
    return surge, max(unavailable, 0 if surge else 1)


def _roll_by_deletion(
    daemonset: Object, pods: Mapping[str, list[Object]], revision: str, now: datetime, limit: int
) -> Pods:
    down = 0
    broken: list[Object] = []
    candidates: list[Object] = []
    for there in pods.values():
        new, old, clear = _new_and_old(daemonset, there, revision)
        if not clear or (new is None) == (old is None):
            down += 1
        elif new is not None:
            down += not _available(daemonset, new, now)
        elif old is not None and not _available(daemonset, old, now):
            broken.append(old)
            down += 1
        elif old is not None:
            candidates.append(old)
    return Pods(delete=broken + candidates[: max(limit - down, 0)])


def _roll_by_surge(
    daemonset: Object,
    pods: Mapping[str, list[Object]],
    wanted: Collection[str],
    revision: str,
    now: datetime,
    limit: int,
) -> Pods:
    """A pod on a node that is not wanted any more stays until pods on others serve in its place."""
    surging = available = 0
    made = Pods()
    candidates: list[str] = []
    leaving: list[Object] = []
    for node, there in pods.items():
        new, old, clear = _new_and_old(daemonset, there, revision)
        counted = old if old is not None else new
        available += clear and counted is not None and _available(daemonset, counted, now)
        if not clear:
            surging += 1
        elif old is None:
            continue
        elif new is None and node not in wanted:
            (leaving if _available(daemonset, old, now) else made.delete).append(old)
        elif new is None:
            (candidates if _available(daemonset, old, now) else made.create).append(node)
        elif _available(daemonset, new, now):
            made.delete.append(old)
        else:
            surging += 1
    made.delete += leaving[: max(available - len(wanted), 0)]
    made.create += candidates[: max(limit - surging, 0)]
    return made


def _new_and_old(
    daemonset: Object, there: Iterable[Object], revision: str
) -> tuple[Object | None, Object | None, bool]:
    """The node's pod of the current template and the other; not clear: there are two of a sort."""
    found: dict[bool, Object] = {}
    for pod in there:
        if is_terminating(pod):
            continue
        updated = is_updated(daemonset, pod, revision)
        if updated in found:
            return None, None, False
        found[updated] = pod
    return found.get(True), found.get(False), True


def _available(daemonset: Object, pod: Object, now: datetime) -> bool:
    return is_pod_available(pod, _min_ready(daemonset), now)


def _min_ready(daemonset: Mapping[str, Any]) -> int:
    return int(daemonset["spec"].get("minReadySeconds") or 0)


def _rolling(daemonset: Mapping[str, Any]) -> Mapping[str, Any]:
    return (daemonset["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}


def _age(pod: Object) -> tuple[bool, str, str]:
    """A pod that is bound comes before one that is not."""
    return not pod["spec"].get("nodeName"), pod["metadata"].get("creationTimestamp") or "", name_of(pod)
