"""Rates out of two samples each: what nodes and pods use now.

Source: metrics-server pkg/storage (node.go, pod.go, types.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from apimachinery.quantity import Format, Quantity
from metricsserver.samples import Point, Scrape

FRESH = 1.0
"""Seconds a container must have run for its start to count as the sample before the first."""
_MICRO, _NANO = 10**6, 10**9


class Used(NamedTuple):
    """``cpu`` in nanocores, ``memory`` in bytes; ``at``: epoch seconds; ``window`` in seconds."""

    cpu: int
    memory: int
    at: float
    window: float

    def quantities(self) -> dict[str, str]:
        return {"cpu": str(Quantity(self.cpu, -9)), "memory": str(Quantity(self.memory, 0, Format.BINARY_SI))}


class PodUsed(NamedTuple):
    containers: Mapping[str, Used]

    @property
    def earliest(self) -> Used:
        """The container measured first: a pod's time and window are its."""
        return min(self.containers.values(), key=lambda used: used.at)


_Pair = tuple[Point | None, Point]
_Nodes = dict[str, _Pair]
_Containers = dict[str, dict[tuple[str, str, str], _Pair]]


class Usage:
    """The last two samples of everything. Immutable."""

    def __init__(self, nodes: _Nodes | None = None, containers: _Containers | None = None) -> None:
        self._nodes = nodes or {}
        self._containers = containers or {}
        self._pods = self._of_pods()

    def after(self, scrapes: Mapping[str, Scrape], nodes: Iterable[str]) -> Usage:
        """``scrapes`` by node; ``nodes``: those there are; one that has not answered keeps what is known of it."""
        there = set(nodes)
        of_nodes = {name: pair for name, pair in self._nodes.items() if name in there}
        containers = {name: known for name, known in self._containers.items() if name in there}
        for name, scrape in scrapes.items():
            if scrape.node is not None:
                of_nodes[name] = _after(of_nodes.get(name), scrape.node)
            before = containers.get(name, {})
            containers[name] = {key: _after(before.get(key), point) for key, point in scrape.containers.items()}
        return Usage(of_nodes, containers)

    def node(self, name: str) -> Used | None:
        pair = self._nodes.get(name)
        return None if pair is None or pair[0] is None else _rate(pair[0], pair[1])

    def pod(self, namespace: str, name: str) -> PodUsed | None:
        """None also when a container of it is not known long enough."""
        return self._pods.get((namespace, name))

    def has_young_nodes(self) -> bool:
        """Whether a node has been seen only once."""
        return any(before is None for before, _ in self._nodes.values())

    def _of_pods(self) -> dict[tuple[str, str], PodUsed]:
        found: dict[tuple[str, str], dict[str, Used | None]] = {}
        for containers in self._containers.values():
            for (namespace, pod, container), (before, last) in containers.items():
                before = before or _start(last)
                used = None if before is None else _rate(before, last)
                found.setdefault((namespace, pod), {})[container] = used
        return {
            key: PodUsed({name: used for name, used in all_used.items() if used is not None})
            for key, all_used in found.items()
            if None not in all_used.values()
        }


def _after(pair: _Pair | None, point: Point) -> _Pair:
    """A sample that is not newer takes the place of the last; one of another run has none before it."""
    if pair is None:
        return None, point
    before, last = pair
    if point.started != last.started or point.cpu < last.cpu:
        return None, point
    return (before, point) if point.at <= last.at else (last, point)


def _start(point: Point) -> Point | None:
    if not point.started or point.at - point.started < FRESH:
        return None
    return Point(0.0, 0.0, point.started, point.started)


def _rate(before: Point, last: Point) -> Used | None:
    window = round((last.at - before.at) * _MICRO) * 1000  # so long after the epoch, floats know no nanoseconds
    used = round((last.cpu - before.cpu) * _NANO)
    if window <= 0 or used < 0:
        return None
    return Used(used * _NANO // window, int(last.memory), last.at, window / _NANO)
