"""What a controller gets (a Context) and what it gives (a Controller: queues and the functions that work them off).

The manager builds each controller with its own Context, waits until the informers it asked for have synced, then calls
``prepare`` once and starts the loops. A loop's ``sync(key)`` is never called for one key by two threads at once; what
it raises is logged and the key is tried again later. Nothing may be remembered that could not be found out again from
the API, except to be kinder to it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

from apimachinery.clock import Clock
from apimachinery.gvk import GroupVersionResource
from client.api import Client
from client.expectations import Expectations
from client.informer import Informer, InformerSet
from client.recorder import EventRecorder
from client.store import Indexers
from client.workqueue import WorkQueue
from controllers.settings import NO_SETTINGS, Settings


@dataclass(frozen=True, slots=True)
class Loop:
    """``sync`` is called for every key of the queue by so many threads."""

    queue: WorkQueue
    sync: Callable[[str], object]
    workers: int = 1


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Controller:
    """``prepare`` is called when the informers have synced, before the loops begin; it must not block."""

    name: str
    loops: tuple[Loop, ...]
    prepare: Callable[[], object] = _nothing


Recorders = Callable[[Client, str], EventRecorder]


class Context:
    """One controller's view of the world. ``client`` has the controller's own identity; ``executor`` is shared."""

    def __init__(
        self,
        client: Client,
        informers: InformerSet,
        clock: Clock,
        stop: threading.Event,
        executor: Executor,
        recorders: Recorders,
        settings: Settings = NO_SETTINGS,
    ) -> None:
        self.client = client
        self.clock = clock
        self.stop = stop
        self.executor = executor
        self.settings = settings
        self._informers = informers
        self._recorders = recorders
        self._wanted: list[Informer] = []

    def informer(
        self, gvr: GroupVersionResource, *, indexers: Indexers | None = None, field_selector: str = ""
    ) -> Informer:
        """The informer of all namespaces that all controllers share; the loops begin when it has synced."""
        found = self._informers.informer(gvr, indexers=indexers, field_selector=field_selector)
        self._wanted.append(found)
        return found

    def late_informer(self, gvr: GroupVersionResource) -> Informer:
        """One of metadata that is started at once and not waited for: of a resource that was discovered later."""
        found = self._informers.informer(gvr, metadata_only=True)
        self._informers.start(self.stop)
        return found

    def drop_informer(self, informer: Informer) -> None:
        """Its resource is no longer served: end a late informer, unless other controllers have it too."""
        if informer.metadata_only:
            self._informers.remove(informer)

    def recorder(self, component: str) -> EventRecorder:
        """Writes events in the name of ``component``; the manager closes it."""
        return self._recorders(self.client, component)

    def queue(self) -> WorkQueue:
        return WorkQueue(self.clock)

    def expectations(self) -> Expectations:
        return Expectations(self.clock)

    def synced(self) -> bool:
        """Every informer that the controller asked for has its first state."""
        return all(informer.synced for informer in self._wanted)

    def in_parallel(self, calls: Iterable[Callable[[], object]]) -> list[Exception]:
        """Make the calls at the same time, wait for all, and return what was raised, in the calls' order."""
        futures = [self.executor.submit(call) for call in calls]
        errors = [future.exception() for future in futures]
        for error in errors:
            if error is not None and not isinstance(error, Exception):
                raise error
        return [error for error in errors if isinstance(error, Exception)]


Build = Callable[[Context], Controller]
