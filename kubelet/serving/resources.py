"""/metrics/resource of one node, as a kubelet writes it.

Source: pkg/kubelet/metrics/collectors/resource_metrics.go (names, help texts, order).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from apimachinery.objects import Object, name_of, namespace_of
from kubelet.runtimes.runtime import Usage

BASE_CPU = 0.1
BASE_MEMORY = 512 * 1024 * 1024
"""What a node uses besides its pods: cores, bytes."""


_Read = Callable[[Usage], float]


class PodUsage(NamedTuple):
    pod: Object
    containers: Mapping[str, Usage]


class NodeCounter:
    """The CPU time of a whole node. It must never fall, also when pods go. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds = 0.0
        self._at = 0.0
        self._seen: dict[tuple[str, str], tuple[float, float]] = {}

    def count(self, usages: Iterable[PodUsage], now: float) -> float:
        """Seconds, given what the containers have used by now."""
        with self._lock:
            seen = {
                (usage.pod["metadata"]["uid"], name): (each.cpu_seconds, each.started_at)
                for usage in usages
                for name, each in usage.containers.items()
            }
            for key, (seconds, started_at) in seen.items():
                before, of_start = self._seen.get(key, (0.0, started_at))
                self._seconds += seconds - before if of_start == started_at else seconds
            if self._at:
                self._seconds += BASE_CPU * (now - self._at)
            self._seen, self._at = seen, now
            return self._seconds


def render(usages: Iterable[PodUsage], node_cpu: float, now: float) -> str:
    """``now``: epoch seconds, the time of the node's own samples."""
    pods = [usage for usage in usages if usage.containers]
    stamp = _stamp(now)
    memory = BASE_MEMORY + sum(each.memory for usage in pods for each in usage.containers.values())
    lines: list[str] = []

    def family(name: str, kind: str, about: str, samples: Iterable[str]) -> None:
        written = [f"{name}{sample}" for sample in samples]
        if written:
            lines.extend((f"# HELP {name} [STABLE] {about}", f"# TYPE {name} {kind}", *written))

    cpu_text = "Cumulative cpu time consumed by the {} in core-seconds"
    memory_text = "Current working set of the {} in bytes"
    family("container_cpu_usage_seconds_total", "counter", cpu_text.format("container"), _containers(pods, _cpu))
    family(
        "container_memory_working_set_bytes",
        "gauge",
        memory_text.format("container"),
        _containers(pods, _memory),
    )
    family(
        "container_start_time_seconds",
        "gauge",
        "Start time of the container since unix epoch in seconds",
        _containers(pods, _start, stamped=False),
    )
    family("node_cpu_usage_seconds_total", "counter", cpu_text.format("node"), [f" {node_cpu!r}{stamp}"])
    family("node_memory_working_set_bytes", "gauge", memory_text.format("node"), [f" {memory}{stamp}"])
    family("pod_cpu_usage_seconds_total", "counter", cpu_text.format("pod"), _pods(pods, _cpu, stamp))
    family("pod_memory_working_set_bytes", "gauge", memory_text.format("pod"), _pods(pods, _memory, stamp))
    family("resource_scrape_error", "gauge", "1 if there was an error while getting container metrics", [" 0"])
    return "\n".join(lines) + "\n"


def _stamp(moment: float) -> str:
    return f" {round(moment * 1000)}"


def _cpu(usage: Usage) -> float:
    return usage.cpu_seconds


def _memory(usage: Usage) -> int:
    return usage.memory


def _start(usage: Usage) -> float:
    return usage.started_at


def _containers(pods: Iterable[PodUsage], read: _Read, *, stamped: bool = True) -> Iterator[str]:
    for usage in pods:
        where = f'namespace="{namespace_of(usage.pod)}",pod="{name_of(usage.pod)}"'
        for name, each in usage.containers.items():
            yield f'{{container="{name}",{where}}} {read(each)!r}{_stamp(each.at) if stamped else ""}'


def _pods(pods: Iterable[PodUsage], read: _Read, stamp: str) -> Iterator[str]:
    for usage in pods:
        where = f'namespace="{namespace_of(usage.pod)}",pod="{name_of(usage.pod)}"'
        yield f"{{{where}}} {sum(map(read, usage.containers.values()))!r}{stamp}"
