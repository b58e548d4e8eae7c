"""The shell around the decisions: wakes claims and volumes when something that matters to them changes, and writes.

Upstream looks at everything every 15 seconds; here each change wakes whom it may help, so that nothing is asked while
nothing happens. One thread does all of it: two claims can never be promised the same volume.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from apimachinery.objects import Object, key_of, name_of, namespace_of
from apimachinery.pods import is_pod_terminal
from apimachinery.status import NotFound
from apimachinery.volumes import BIND_COMPLETED, annotations_of, bound_volume, class_of, default_class, is_default_class
from client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS, STORAGECLASSES
from client.store import Indexers, Store
from controllers.controller import Context, Controller, Loop
from controllers.shared.indexes import BY_CLAIM, pods_of_claim
from controllers.volume_binder.changes import bound_claim, claim_key, claim_status, unbound, with_provisioner
from controllers.volume_binder.decisions import Surroundings, of_claim, of_volume, waiting_message
from controllers.volume_binder.latest import Latest
from controllers.volume_binder.matching import find
from controllers.volume_binder.reclaim import reclaiming
from controllers.volume_binder.verdicts import (
    AssignClass,
    Bind,
    Complain,
    Provision,
    Reclaim,
    Said,
    SetClaim,
    SetVolume,
    Unbind,
    WakeClaim,
)

NAME = "persistentvolume-binder-controller"
_RELEASED = ("Released", "Failed")


def _class_of_unbound(claim: Object) -> Iterable[str]:
    return () if BIND_COMPLETED in annotations_of(claim) else (class_of(claim),)


def _volume_of(claim: Object) -> Iterable[str]:
    name = claim["spec"].get("volumeName")
    return (name,) if name else ()


def _class(volume: Object) -> Iterable[str]:
    return (class_of(volume),)


def _claim(volume: Object) -> Iterable[str]:
    key = claim_key(volume)
    return (key,) if key else ()


_UNBOUND, _VOLUME, _CLASS, _CLAIM = "class of unbound claims", "volume", "class", "claim"
_CLAIMS: Indexers = {_UNBOUND: _class_of_unbound, _VOLUME: _volume_of}
_VOLUMES: Indexers = {_CLASS: _class, _CLAIM: _claim}


class VolumeBinder:
    """Keys: ``namespace/name`` is a claim's, ``name`` a volume's."""

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._recorder = context.recorder("persistentvolume-controller")
        self.queue = context.queue()
        claims = context.informer(PERSISTENTVOLUMECLAIMS, indexers=_CLAIMS)
        volumes = context.informer(PERSISTENTVOLUMES, indexers=_VOLUMES)
        classes = context.informer(STORAGECLASSES)
        pods = context.informer(PODS, indexers=BY_CLAIM)
        self._seen_claims, self._seen_volumes = claims.store, volumes.store
        self._claims, self._volumes = Latest(claims.store), Latest(volumes.store)
        self._classes: Store = classes.store
        self._pods: Store = pods.store
        self._told: dict[str, Said] = {}
        """What has been said of a claim last, by its key: it is not repeated."""
        claims.add_handler(self._wake, lambda old, new: self._wake(new), self._claim_gone)
        volumes.add_handler(self._volume_seen, lambda old, new: self._volume_seen(new), self._volume_gone)
        classes.add_handler(self._class_seen, lambda old, new: self._class_seen(new))

    # Who is woken

    def _wake(self, obj: Object) -> None:
        self.queue.add(key_of(obj))

    def _claim_gone(self, claim: Object) -> None:
        self._told.pop(key_of(claim), None)
        for name in (*_volume_of(claim), *map(name_of, self._seen_volumes.by_index(_CLAIM, key_of(claim)))):
            self.queue.add(name)

    def _volume_seen(self, volume: Object) -> None:
        self._wake(volume)
        self._wake_all(self._seen_claims.by_index(_VOLUME, name_of(volume)))
        if not volume["spec"].get("claimRef"):
            self._wake_all(self._seen_claims.by_index(_UNBOUND, class_of(volume)))
        elif self._seen_claims.get(claim_key(volume)) is not None:
            self.queue.add(claim_key(volume))

    def _volume_gone(self, volume: Object) -> None:
        self._wake_all(self._seen_claims.by_index(_VOLUME, name_of(volume)))
        if claim_key(volume):
            self.queue.add(claim_key(volume))

    def _class_seen(self, storage_class: Object) -> None:
        self._wake_all(self._seen_claims.by_index(_UNBOUND, name_of(storage_class)))
        if is_default_class(storage_class):
            self._wake_all(self._seen_claims.by_index(_UNBOUND, ""))

    def _wake_all(self, objects: Iterable[Object]) -> None:
        for obj in objects:
            self._wake(obj)

    # One pass

    def sync(self, key: str) -> None:
        if "/" in key:
            claim = self._claims.get(key)
            if claim is not None:
                self._sync_claim(claim)
            return
        volume = self._volumes.get(key)
        if volume is not None:
            self._sync_volume(volume)

    def _sync_claim(self, claim: Object) -> None:
        match of_claim(claim, self._around(claim)):
            case Bind(volume):
                self._bind(volume, claim)
            case SetClaim(phase, said, once):
                changed = self._set_claim(claim, phase, None)
                if said is not None and (changed or not once):
                    self._tell(claim, said)
            case AssignClass(name):
                self._update_claim({**claim, "spec": {**claim["spec"], "storageClassName": name}})
            case Provision(provisioner):
                changed_claim = with_provisioner(claim, provisioner)
                if changed_claim is not None:
                    self._update_claim(changed_claim)
                self._tell(claim, waiting_message(provisioner))
            case Complain(said):
                self._tell(claim, said)

    def _around(self, claim: Object) -> Surroundings:
        return Surroundings(
            volume=self._volumes.get,
            match=lambda reserved: find(claim, self._candidates(claim), only_reserved=reserved),
            storage_class=self._classes.get,
            default_class=lambda: default_class(self._classes.list()),
            waiting_pods=partial(self._waiting_pods, key_of(claim)),
        )

    def _candidates(self, claim: Object) -> list[Object]:
        """The volumes of the claim's class, and those that are meant for it."""
        seen = {
            name_of(volume)
            for index, value in ((_CLASS, class_of(claim)), (_CLAIM, key_of(claim)))
            for volume in self._seen_volumes.by_index(index, value)
        }
        known = (self._volumes.get(name) for name in sorted(seen))
        return [volume for volume in known if volume is not None]

    def _waiting_pods(self, key: str) -> list[str]:
        found = pods_of_claim(self._pods, key)
        return [name_of(pod) for pod in found if not is_pod_terminal(pod) and not pod["spec"].get("nodeName")]

    def _sync_volume(self, volume: Object) -> None:
        match of_volume(volume, partial(self._find_claim, volume)):
            case SetVolume(phase):
                self._set_volume(volume, phase)
            case WakeClaim():
                self.queue.add(claim_key(volume))
            case Unbind():
                self._set_volume(self._update_volume(unbound(volume)), "Available")
            case Reclaim():
                self._reclaim(volume)
            case Complain(said, about_volume):
                claim = self._claims.get(claim_key(volume))
                if claim is not None and about_volume is not None and self._tell(claim, said):
                    self._say(volume, about_volume)

    def _find_claim(self, volume: Object) -> Object | None:
        """Before a volume is given up, the API is asked: the cache may not have heard of the claim yet."""
        key, uid = claim_key(volume), volume["spec"]["claimRef"]["uid"]
        found = self._claims.get(key)
        if found is None and (volume.get("status") or {}).get("phase") in _RELEASED:
            return None
        if found is None or found["metadata"]["uid"] != uid:
            namespace, _, name = key.partition("/")
            try:
                found = self._client.get(PERSISTENTVOLUMECLAIMS, namespace, name)
            except NotFound:
                return None
        return found if found["metadata"]["uid"] == uid else None

    def _reclaim(self, volume: Object) -> None:
        if (volume.get("status") or {}).get("phase") not in _RELEASED:
            volume = self._set_volume(volume, "Released")
        outcome = reclaiming(volume)
        if outcome.failed is not None:
            if (volume.get("status") or {}).get("phase") != "Failed":
                volume = self._set_volume(volume, "Failed", outcome.failed.message)
                self._say(volume, outcome.failed)
        elif outcome.delete:
            try:
                self._client.delete(PERSISTENTVOLUMES, "", name_of(volume), uid=volume["metadata"]["uid"])
            except NotFound:
                return

    # Writes

    def _bind(self, volume: Object, claim: Object) -> None:
        """The volume first: it is what two claims could fight for."""
        changed = bound_volume(volume, claim)
        if changed is not None:
            volume = self._update_volume(changed)
        volume = self._set_volume(volume, "Bound")
        changed = bound_claim(claim, volume)
        if changed is not None:
            claim = self._update_claim(changed)
        self._set_claim(claim, "Bound", volume)
        self._told.pop(key_of(claim), None)

    def _update_volume(self, volume: Object) -> Object:
        return self._volumes.put(self._client.update(PERSISTENTVOLUMES, "", name_of(volume), volume))

    def _update_claim(self, claim: Object) -> Object:
        answer = self._client.update(PERSISTENTVOLUMECLAIMS, namespace_of(claim), name_of(claim), claim)
        return self._claims.put(answer)

    def _set_volume(self, volume: Object, phase: str, message: str = "") -> Object:
        status = volume.get("status") or {}
        if status.get("phase") == phase:
            return volume
        kept = {field: value for field, value in status.items() if field != "message"}
        new = {**volume, "status": {**kept, "phase": phase, **({"message": message} if message else {})}}
        answer = self._client.update(PERSISTENTVOLUMES, "", name_of(volume), new, subresource="status")
        return self._volumes.put(answer)

    def _set_claim(self, claim: Object, phase: str, volume: Object | None) -> bool:
        """Whether the phase changed."""
        status = claim_status(claim, phase, volume)
        if status is None:
            return False
        new = {**claim, "status": status}
        namespace, name = namespace_of(claim), name_of(claim)
        answer = self._client.update(PERSISTENTVOLUMECLAIMS, namespace, name, new, subresource="status")
        self._claims.put(answer)
        return bool((claim.get("status") or {}).get("phase") != phase)

    def _tell(self, claim: Object, said: Said) -> bool:
        """False: it was the last thing said of the claim."""
        if self._told.get(key_of(claim)) == said:
            return False
        self._told[key_of(claim)] = said
        self._say(claim, said)
        return True

    def _say(self, obj: Object, said: Said) -> None:
        self._recorder.event(obj, said.type, said.reason, said.message)


def build_volume_binder(context: Context) -> Controller:
    binder = VolumeBinder(context)
    return Controller(NAME, (Loop(binder.queue, binder.sync),))
