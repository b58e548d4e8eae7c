"""The process as Prometheus' own clients describe it. Linux; elsewhere what /proc would tell is left out."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from server.metrics.exposition import Family, Sample

_STARTED = time.time() - time.process_time()
_SELF = Path("/proc/self")


def families() -> Iterator[Family]:
    yield _one("process_start_time_seconds", "gauge", "Start time of the process since unix epoch.", _STARTED)
    yield _one(
        "process_cpu_seconds_total", "counter", "User and system CPU time spent in seconds.", time.process_time()
    )
    yield _one("process_max_fds", "gauge", "Maximum number of open file descriptors.", _max_descriptors())
    if not _SELF.exists():
        return
    virtual, resident = (_SELF / "statm").read_text().split()[:2]
    page = os.sysconf("SC_PAGE_SIZE")
    yield _one("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", int(virtual) * page)
    yield _one("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", int(resident) * page)
    yield _one("process_open_fds", "gauge", "Number of open file descriptors.", len(os.listdir(_SELF / "fd")))


def _max_descriptors() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _one(name: str, kind: str, text: str, value: float) -> Family:
    return Family(name, kind, text, [Sample("", {}, value)])
