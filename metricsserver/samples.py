"""What a node shows at /metrics/resource, as numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

_LINE = re.compile(
    r"^(container_cpu_usage_seconds_total|container_memory_working_set_bytes|container_start_time_seconds"
    r"|node_cpu_usage_seconds_total|node_memory_working_set_bytes)"
    r"(?:\{([^}]*)\})? ([^ \n]+)(?: (\d+))?$",
    re.MULTILINE,
)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_CPU = "cpu_usage_seconds_total"
_MEMORY = "memory_working_set_bytes"


class Point(NamedTuple):
    """``cpu``: seconds used since the start; ``memory``: bytes; ``at`` and ``started``: epoch seconds, 0 unknown."""

    cpu: float
    memory: float
    at: float
    started: float = 0.0


@dataclass(slots=True)
class Scrape:
    """``containers`` by namespace, pod and container. What lacks CPU or memory is left out."""

    node: Point | None = None
    containers: dict[tuple[str, str, str], Point] = field(default_factory=dict)


def parse(text: str, now: float) -> Scrape:
    """``now``: the time of samples that have none."""
    values: dict[tuple[str, str, str], dict[str, float]] = {}
    node: dict[str, float] = {}
    for match in _LINE.finditer(text):
        kind, _, what = match[1].partition("_")
        found = node
        if kind == "container":
            labels = dict(_LABEL.findall(match[2] or ""))
            key = (labels.get("namespace", ""), labels.get("pod", ""), labels.get("container", ""))
            found = values.setdefault(key, {})
        found[what] = float(match[3])
        if what == _CPU:
            found["at"] = int(match[4]) / 1000 if match[4] else now
    points = {key: _point(found) for key, found in values.items()}
    return Scrape(_point(node), {key: point for key, point in points.items() if point is not None})


def _point(found: dict[str, float]) -> Point | None:
    if _CPU not in found or not found.get(_MEMORY):
        return None
    return Point(found[_CPU], found[_MEMORY], found["at"], found.get("start_time_seconds", 0.0))
