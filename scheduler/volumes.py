"""Claims, volumes and classes as the scheduler sees them: what informers have, and over it what it has promised itself.

A volume that a pod will get, and a claim whose node is chosen, count as taken before the API says so, so that the next
pod does not build on them. Source: pkg/scheduler/framework/plugins/volumebinding (assume_cache.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from apimachinery.objects import Object, key_of
from apimachinery.volumes import class_of
from client.informer import Informer, InformerSet
from client.resources import (
    CSIDRIVERS,
    CSISTORAGECAPACITIES,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    STORAGECLASSES,
)

Get = Callable[[str], Object | None]


class Assumed:
    """An assumption holds until the API shows another version of the object, or it is taken back. Any thread."""

    def __init__(self, seen: Get) -> None:
        self.seen = seen
        """What the API shows."""
        self._assumed: dict[str, Object] = {}

    def get(self, key: str) -> Object | None:
        assumed = self._assumed.get(key)
        seen = self.seen(key)
        if assumed is None:
            return seen
        if seen is None or seen["metadata"].get("resourceVersion") != assumed["metadata"].get("resourceVersion"):
            self._assumed.pop(key, None)
            return seen
        return assumed

    def assume(self, obj: Object) -> None:
        """``obj``: a changed copy of the version that was got."""
        self._assumed[key_of(obj)] = obj

    def restore(self, obj: Object) -> None:
        self._assumed.pop(key_of(obj), None)


def _class(volume: Object) -> Iterable[str]:
    return (class_of(volume),)


_CLASS = "class"


@dataclass(frozen=True, slots=True)
class Volumes:
    claims: Assumed
    volumes: Assumed
    of_class: Callable[[str], Iterable[str]]
    """The names of the volumes of a storage class."""
    storage_class: Get
    driver: Get
    capacities: Callable[[], Iterable[Object]]
    """All CSIStorageCapacities."""
    on_change: Callable[[Callable[[Object], None]], None]
    """Calls back with every claim and volume that was added, updated or deleted."""

    @classmethod
    def of(cls, informers: InformerSet) -> Volumes:
        claims, volumes = informers.informer(PERSISTENTVOLUMECLAIMS), informers.informer(PERSISTENTVOLUMES)
        volumes.store.add_indexers({_CLASS: _class})

        def on_change(tell: Callable[[Object], None]) -> None:
            for informer in (claims, volumes):
                _tell_all(informer, tell)

        return cls(
            claims=Assumed(claims.store.get),
            volumes=Assumed(volumes.store.get),
            of_class=lambda name: [key_of(volume) for volume in volumes.store.by_index(_CLASS, name)],
            storage_class=informers.informer(STORAGECLASSES).store.get,
            driver=informers.informer(CSIDRIVERS).store.get,
            capacities=informers.informer(CSISTORAGECAPACITIES).store.list,
            on_change=on_change,
        )


def _tell_all(informer: Informer, tell: Callable[[Object], None]) -> None:
    informer.add_handler(tell, lambda old, new: tell(new), tell)
