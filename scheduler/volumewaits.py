"""Waits, without a thread for each, until a pod's claims are bound: looks when a claim or volume changes.

Source: pkg/scheduler/framework/plugins/volumebinding/binder.go (checkBindings), with its wording.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from apimachinery.clock import Clock
from apimachinery.objects import Object, key_of, name_of
from apimachinery.volumes import SELECTED_NODE, annotations_of, is_fully_bound
from scheduler.podvolumes import Binding, Labels, is_reachable
from scheduler.status import Status, error
from scheduler.volumes import Volumes

TIMEOUT = 600.0
"""Seconds a pod waits for its claims before it is tried anew."""

Done = Callable[[Status | None], None]


@dataclass(frozen=True, slots=True)
class Wait:
    """``bindings`` and ``provisions``: as the API has answered them. ``done`` is called once, from any thread."""

    node: str
    labels: Labels
    bindings: tuple[Binding, ...]
    provisions: tuple[Object, ...]
    done: Done
    deadline: float

    def about(self) -> set[str]:
        """Of the claims and volumes that matter."""
        claims = (*(binding.claim for binding in self.bindings), *self.provisions)
        return {*map(key_of, claims), *(name_of(binding.volume) for binding in self.bindings)}


class VolumeWaits:
    """Any thread."""

    def __init__(self, volumes: Volumes, clock: Clock) -> None:
        self._volumes = volumes
        self._clock = clock
        self._lock = threading.Lock()
        self._waits: dict[str, Wait] = {}
        """By the pod's uid."""
        self._by_key: dict[str, set[str]] = {}
        volumes.on_change(self._changed)

    def __len__(self) -> int:
        return len(self._waits)

    def add(
        self,
        uid: str,
        node: str,
        labels: Labels,
        bindings: tuple[Binding, ...],
        provisions: tuple[Object, ...],
        done: Done,
    ) -> None:
        wait = Wait(node, labels, bindings, provisions, done, self._clock.monotonic() + TIMEOUT)
        with self._lock:
            self._waits[uid] = wait
            for key in wait.about():
                self._by_key.setdefault(key, set()).add(uid)
        self._look(uid)

    def drop(self, uid: str) -> Wait | None:
        """Nobody waits any more; None if nobody did."""
        with self._lock:
            wait = self._waits.pop(uid, None)
            for key in wait.about() if wait is not None else ():
                waiting = self._by_key.get(key)
                if waiting is not None:
                    waiting.discard(uid)
                    if not waiting:
                        del self._by_key[key]
        return wait

    def expire(self) -> None:
        now = self._clock.monotonic()
        for uid, wait in [*self._waits.items()]:
            if wait.deadline <= now and self.drop(uid) is not None:
                wait.done(error("binding volumes: context deadline exceeded"))

    def _changed(self, obj: Object) -> None:
        keys = [key_of(obj)]
        reference = obj["spec"].get("claimRef")
        if reference:
            keys.append(f"{reference.get('namespace', '')}/{reference['name']}")
        with self._lock:
            waiting = {uid for key in keys for uid in self._by_key.get(key, ())}
        for uid in waiting:
            self._look(uid)

    def _look(self, uid: str) -> None:
        wait = self._waits.get(uid)
        if wait is None:
            return
        try:
            over = all(self._is_bound(binding, wait) for binding in wait.bindings)
            over = over and all(self._is_provisioned(claim, wait) for claim in wait.provisions)
        except _Failed as failure:
            outcome: Status | None = error(f"binding volumes: {failure}")
        else:
            if not over:
                return
            outcome = None
        if self.drop(uid) is not None:
            wait.done(outcome)

    def _is_bound(self, binding: Binding, wait: Wait) -> bool:
        name, key = name_of(binding.volume), key_of(binding.claim)
        volume, claim = self._volumes.volumes.seen(name), self._volumes.claims.seen(key)
        if volume is None:
            raise _Failed(f'failed to check binding: persistentvolume "{name}" not found')
        if claim is None:
            raise _Failed(f'failed to check binding: persistentvolumeclaim "{key}" not found')
        if _is_older(volume, binding.volume):
            return False
        _check_reach(volume, wait)
        if not (volume["spec"].get("claimRef") or {}).get("uid"):
            raise _Failed(f'ClaimRef got reset for pv "{name}"')
        return is_fully_bound(claim)

    def _is_provisioned(self, claim: Object, wait: Wait) -> bool:
        seen = self._volumes.claims.seen(key_of(claim))
        if seen is None:
            raise _Failed(f'failed to check provisioning pvc: persistentvolumeclaim "{key_of(claim)}" not found')
        if _is_older(seen, claim):
            return False
        if annotations_of(seen).get(SELECTED_NODE) != wait.node:
            raise _Failed(f'provisioning failed for PVC "{name_of(claim)}"')
        name = seen["spec"].get("volumeName")
        if not name:
            return False
        volume = self._volumes.volumes.seen(name)
        if volume is None:
            return False
        _check_reach(volume, wait)
        return is_fully_bound(seen)


class _Failed(Exception):
    pass


def _check_reach(volume: Object, wait: Wait) -> None:
    if not is_reachable(volume, wait.labels):
        what = f'pv "{name_of(volume)}" node affinity doesn\'t match node "{wait.node}"'
        raise _Failed(f"{what}: no matching NodeSelectorTerms")


def _is_older(seen: Object, written: Object) -> bool:
    """Of one object, versions may be compared (KEP-5504)."""
    return _version(seen) < _version(written)


def _version(obj: Object) -> int:
    return int(obj["metadata"].get("resourceVersion") or 0)
