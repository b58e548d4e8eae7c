"""A local copy of a collection that stays up to date, and handlers that are told about every change.

One thread follows the API, one runs the handlers; both start with :meth:`Informer.start`. Objects in the store and in
handlers are shared: copy before changing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from random import Random

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import Object, key_of
from client.api import Client
from client.delivery import Delivery, Handler, OnAdd, OnDelete, OnUpdate
from client.reflector import Reflector
from client.store import Indexers, IndexFunction, Store

Transform = Callable[[Object], Object]


class Informer:
    def __init__(
        self,
        client: Client,
        gvr: GroupVersionResource,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
        indexers: Mapping[str, IndexFunction] | None = None,
        transform: Transform | None = None,
        clock: Clock = REAL_CLOCK,
        random: Random | None = None,
    ) -> None:
        """``metadata_only``: the objects are PartialObjectMetadata.

        ``transform`` is given every object before anyone sees it, may change it, and returns what is kept.
        """
        self.gvr = gvr
        self.metadata_only = metadata_only
        self.store = Store(indexers)
        self._transform = transform
        self._reflector = Reflector(
            client,
            gvr,
            self,
            namespace=namespace,
            label_selector=label_selector,
            field_selector=field_selector,
            metadata_only=metadata_only,
            clock=clock,
            random=random,
        )
        self._delivery = Delivery(clock, self.store.list)
        self._lock = threading.Lock()  # the store and what is told about it change together
        self._synced = threading.Event()
        self._fetched = False
        self._threads: list[threading.Thread] = []

    def add_handler(
        self,
        on_add: OnAdd | None = None,
        on_update: OnUpdate | None = None,
        on_delete: OnDelete | None = None,
        *,
        resync: float = 0.0,
    ) -> Callable[[], bool]:
        """May be called at any time: what is there already arrives as additions.

        ``on_update(old, new)``; ``resync``: every so many seconds each object is shown again as an update of itself.
        A deletion that was missed is told with the last known object. An object that was deleted and made again
        unseen is told as a deletion and an addition. Returns a function that says whether this handler has been told
        the first complete state.
        """
        told = threading.Event()
        with self._lock:
            self._delivery.join(Handler(on_add, on_update, on_delete, resync), self.store.list())
            self._delivery.call(told.set)
        return lambda: told.is_set() and self.synced

    @property
    def synced(self) -> bool:
        """The first complete state is in the store and has been handed to the handlers."""
        return self._synced.is_set()

    def wait_for_sync(self, timeout: float | None = None) -> bool:
        """False when it has not come in ``timeout`` seconds."""
        return self._synced.wait(timeout)

    @property
    def resource_version(self) -> str:
        """How far the store has come."""
        return self._reflector.resource_version

    def start(self, stop: threading.Event | None = None) -> None:
        """Start the threads; when ``stop`` is set they end. A second call does nothing."""
        if self._threads:
            return
        name = str(self.gvr.group_resource)
        self._threads = [
            threading.Thread(target=self._reflector.run, name=f"reflector {name}", daemon=True),
            threading.Thread(target=self._delivery.run, name=f"handlers {name}", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        if stop is not None:
            threading.Thread(target=_stop_on, args=(stop, [self]), name=f"stop {name}", daemon=True).start()

    def stop(self) -> None:
        """End both threads within milliseconds; a handler that is running is not interrupted."""
        self._reflector.stop()
        self._delivery.stop()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the threads to end."""
        for thread in self._threads:
            thread.join(timeout)

    # The reflector's sink.

    def replace(self, items: Iterable[Object], resource_version: str) -> None:
        with self._lock:
            gone = self.store.keys()
            for item in items:
                gone.discard(key_of(item))
                self._put(item)
            for key in gone:
                self._remove(key)
            if not self._fetched:
                self._fetched = True
                self._delivery.call(self._synced.set)

    def event(self, kind: str, obj: Object) -> None:
        with self._lock:
            if kind == "DELETED":
                self._remove(key_of(obj), obj)
            else:
                self._put(obj)

    def _put(self, obj: Object) -> None:
        if self._transform is not None:
            obj = self._transform(obj)
        old = self.store.put(obj)
        if old is None:
            self._delivery.put(None, obj)
            return
        before, after = old["metadata"], obj["metadata"]
        if before.get("uid") != after.get("uid"):
            self._delivery.put(old, None)
            self._delivery.put(None, obj)
        elif before.get("resourceVersion") != after.get("resourceVersion"):
            self._delivery.put(old, obj)

    def _remove(self, key: str, last: Object | None = None) -> None:
        """``last``: the object as the deletion left it; by default the last one seen."""
        if last is not None and self._transform is not None:
            last = self._transform(last)
        old = self.store.remove(key)
        if old is not None:
            self._delivery.put(last or old, None)


class InformerSet:
    """Informers that several players share: one per resource, namespace, selectors and form of the objects."""

    def __init__(self, client: Client, *, transform: Transform | None = None, clock: Clock = REAL_CLOCK) -> None:
        """``transform``: see Informer; the same for all."""
        self._client = client
        self._transform = transform
        self._clock = clock
        self._lock = threading.Lock()
        self._informers: dict[tuple[GroupVersionResource, str, str, str, bool], Informer] = {}
        self._stopper: threading.Thread | None = None

    def informer(
        self,
        gvr: GroupVersionResource,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
        indexers: Indexers | None = None,
    ) -> Informer:
        """The shared informer; it gets the indexers that it does not have. Start it with :meth:`start`.

        ``metadata_only``: metadata will do, so an informer of whole objects is shared too, if there is one already.
        """
        whole = (gvr, namespace, label_selector, field_selector, False)
        with self._lock:
            key = (*whole[:4], metadata_only and whole not in self._informers)
            found = self._informers.get(key)
            if found is None:
                found = self._informers[key] = Informer(
                    self._client,
                    gvr,
                    namespace=namespace,
                    label_selector=label_selector,
                    field_selector=field_selector,
                    metadata_only=metadata_only,
                    transform=self._transform,
                    clock=self._clock,
                )
        found.store.add_indexers(indexers or {})
        return found

    def start(self, stop: threading.Event) -> None:
        """Start the informers that are not started; call it again after asking for more."""
        with self._lock:
            informers = list(self._informers.values())
            if self._stopper is None:
                self._stopper = threading.Thread(target=self._stop_on, args=(stop,), name="stop informers", daemon=True)
                self._stopper.start()
        for informer in informers:
            informer.start()
        if stop.is_set():
            self.stop()

    def wait_for_sync(self, timeout: float | None = None) -> bool:
        """Wait until every informer has synced; False when one has not in ``timeout`` seconds."""
        deadline = None if timeout is None else self._clock.monotonic() + timeout
        with self._lock:
            informers = list(self._informers.values())
        return all(
            informer.wait_for_sync(None if deadline is None else max(deadline - self._clock.monotonic(), 0.0))
            for informer in informers
        )

    def remove(self, informer: Informer) -> None:
        """Stop an informer and forget it: its resource is no longer served, or of no more interest."""
        with self._lock:
            self._informers = {key: kept for key, kept in self._informers.items() if kept is not informer}
        informer.stop()

    def stop(self) -> None:
        with self._lock:
            informers = list(self._informers.values())
        for informer in informers:
            informer.stop()

    def _stop_on(self, stop: threading.Event) -> None:
        stop.wait()
        self.stop()


def _stop_on(stop: threading.Event, informers: Iterable[Informer]) -> None:
    stop.wait()
    for informer in informers:
        informer.stop()
