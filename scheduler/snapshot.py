"""The cluster as one scheduling cycle sees it: copies of nodes, in an order that alternates between zones.

The cache brings it up to date between cycles by replacing the nodes that changed, so a cycle copies next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from scheduler.nodeinfo import NodeInfo
from scheduler.podinfo import PodInfo

_CACHED_COUNTS = 64


class Matcher(Protocol):
    """A question about pods that is asked again and again; equal ones share their answers."""

    def __hash__(self) -> int: ...

    def __eq__(self, other: object) -> bool: ...

    def matches(self, pod: PodInfo) -> bool: ...


class _Counts:
    """Pods that match, per node that has any."""

    __slots__ = ("position", "values")

    def __init__(self, values: dict[str, int], position: int) -> None:
        self.values = values
        self.position = position


class Snapshot:
    """Read by the scheduling thread alone, which also brings it up to date."""

    def __init__(self, nodes: Iterable[NodeInfo] = ()) -> None:
        self.by_name: dict[str, NodeInfo] = {}
        self.nodes: list[NodeInfo] = []
        self.with_affinity: dict[str, NodeInfo] = {}
        """Nodes with a pod that has any affinity to other pods."""
        self.with_anti_affinity: dict[str, NodeInfo] = {}
        """Nodes with a pod that has required anti-affinity."""
        self.soft_tainted = 0
        """How many nodes have a PreferNoSchedule taint."""
        self.image_nodes: dict[str, int] = {}
        """On how many nodes each image is."""
        self._positions: dict[str, int] = {}
        self._journal: list[str] = []
        self._counts: dict[Matcher, _Counts] = {}
        self.update({node.name: node for node in nodes})

    def update(self, changed: Mapping[str, NodeInfo | None]) -> None:
        """Take over copies of the nodes that changed; None: it is gone."""
        reorder = False
        for name, node in changed.items():
            old = self.by_name.get(name)
            self._forget(name, old)
            if node is None:
                reorder = self.by_name.pop(name, None) is not None or reorder
                continue
            self.by_name[name] = node
            self._note(name, node)
            if old is None or old.zone() != node.zone():
                reorder = True
            else:
                self.nodes[self._positions[name]] = node
        if reorder:
            self.nodes = in_zone_order(self.by_name.values())
            self._positions = {node.name: index for index, node in enumerate(self.nodes)}
        self._journal.extend(changed)
        if len(self._journal) > 4 * len(self.by_name) + 1024:
            self._journal.clear()
            self._counts.clear()

    def count(self, matcher: Matcher) -> Mapping[str, int]:
        """How many pods match on each node; nodes without any are absent. Must not be changed."""
        known = self._counts.get(matcher)
        if known is None:
            if len(self._counts) >= _CACHED_COUNTS:
                del self._counts[next(iter(self._counts))]
            known = self._counts[matcher] = _Counts({}, len(self._journal))
            self._recount(known.values, matcher, self.by_name)
        elif known.position < len(self._journal):
            self._recount(known.values, matcher, self._journal[known.position :])
            known.position = len(self._journal)
        return known.values

    def _recount(self, values: dict[str, int], matcher: Matcher, names: Iterable[str]) -> None:
        matches = matcher.matches
        for name in names:
            node = self.by_name.get(name)
            number = sum(map(matches, node.pods.values())) if node is not None else 0
            if number:
                values[name] = number
            else:
                values.pop(name, None)

    def _forget(self, name: str, old: NodeInfo | None) -> None:
        if old is None:
            return
        self.with_affinity.pop(name, None)
        self.with_anti_affinity.pop(name, None)
        self.soft_tainted -= bool(old.soft_taints)
        for image in old.images:
            self.image_nodes[image] -= 1
            if not self.image_nodes[image]:
                del self.image_nodes[image]

    def _note(self, name: str, node: NodeInfo) -> None:
        if node.affinity_pods:
            self.with_affinity[name] = node
        if node.anti_affinity_pods:
            self.with_anti_affinity[name] = node
        self.soft_tainted += bool(node.soft_taints)
        for image in node.images:
            self.image_nodes[image] = self.image_nodes.get(image, 0) + 1


def in_zone_order(nodes: Iterable[NodeInfo]) -> list[NodeInfo]:
    """One node of each zone in turn, so that looking at a part of the list still looks at every zone."""
    zones: dict[str, list[NodeInfo]] = {}
    for node in nodes:
        zones.setdefault(node.zone(), []).append(node)
    if len(zones) == 1:
        return next(iter(zones.values()))
    return [*_alternate(list(zones.values()))]


def _alternate(rows: Sequence[Sequence[NodeInfo]]) -> Iterable[NodeInfo]:
    for index in range(max(map(len, rows), default=0)):
        for row in rows:
            if index < len(row):
                yield row[index]
