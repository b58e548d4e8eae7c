"""The settings of a scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from client.leaderelection import USUAL_TIMES, LeaseTimes
from scheduler.plugins import PLUGINS, Entry
from scheduler.queue import INITIAL_BACKOFF, MAX_BACKOFF

DEFAULT_NAME = "default-scheduler"


@dataclass(frozen=True, slots=True)
class SchedulerConfig:
    """``percentage`` of nodes after which the search for fitting ones may end; 0: by the size of the cluster.

    Back-offs in seconds; ``writers``: how many bindings and status patches may be under way at once.
    """

    name: str = DEFAULT_NAME
    plugins: Sequence[Entry] = PLUGINS
    percentage: int = 0
    writers: int = 16
    initial_backoff: float = INITIAL_BACKOFF
    max_backoff: float = MAX_BACKOFF
    leader_elect: bool = False
    lease_times: LeaseTimes = USUAL_TIMES
