"""What plugins are given when they are built: the rest of the world, as far as they may touch it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from apimachinery.clock import Clock
from apimachinery.labels import Selector
from apimachinery.objects import Object
from client.api import Client
from client.recorder import EventRecorder
from scheduler.namespaces import Namespaces
from scheduler.nominator import Nominator
from scheduler.podinfo import PodInfo
from scheduler.volumes import Volumes
from scheduler.writes import Writes


@dataclass(frozen=True, slots=True)
class Handle:
    """Everything in it may be used from any thread; what it says of the cluster comes from informers."""

    client: Client
    recorder: EventRecorder
    writes: Writes
    """For writes to the API, which must not hold up the scheduling cycle."""
    clock: Clock
    random: Random
    nominator: Nominator
    namespaces: Namespaces
    siblings: Callable[[PodInfo], Selector]
    """Selects the pods that belong together with this one; see ``scheduler.siblings``."""
    budgets: Callable[[], Iterable[Object]]
    """All PodDisruptionBudgets."""
    volumes: Volumes
