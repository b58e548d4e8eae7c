"""The controllers that let go of claims, volumes and volume attributes classes nobody uses any more.

Sources: k8s.io/kubernetes pkg/controller/volume/pvcprotection, pvprotection, vacprotection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.pods import is_pod_terminal
from apimachinery.volumes import claims_of_pod
from client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS, VOLUMEATTRIBUTESCLASSES
from controllers.controller import Context, Controller, Loop
from controllers.shared.indexes import BY_CLAIM, pods_of_claim
from controllers.volume_protection.guard import Guard
from controllers.volume_protection.usage import (
    CLAIMS_BY_CLASS,
    CLASS,
    VOLUMES_BY_CLASS,
    classes_of_claim,
    classes_of_volume,
    uses_claim,
)

CLAIMS_NAME = "persistentvolumeclaim-protection-controller"
VOLUMES_NAME = "persistentvolume-protection-controller"
CLASSES_NAME = "volumeattributesclass-protection-controller"
CLAIM_FINALIZER = "kubernetes.io/pvc-protection"
VOLUME_FINALIZER = "kubernetes.io/pv-protection"
CLASS_FINALIZER = "kubernetes.io/vac-protection"
CLAIM_WORKERS = 5


class ClaimProtection:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        pods = context.informer(PODS, indexers=BY_CLAIM)
        self._pods = pods.store
        claims = context.informer(PERSISTENTVOLUMECLAIMS)
        self.guard = Guard(context, PERSISTENTVOLUMECLAIMS, claims, CLAIM_FINALIZER, self._in_use)
        pods.add_handler(self._pod_seen, self._pod_changed, self._let_go)

    def _in_use(self, claim: Object) -> bool:
        """The cache may not have heard yet of a pod that uses it: before letting go, the API is asked too."""
        key = f"{namespace_of(claim)}/{name_of(claim)}"
        if any(uses_claim(pod, claim) for pod in pods_of_claim(self._pods, key)):
            return True
        return any(uses_claim(pod, claim) for pod in self._client.list(PODS, namespace_of(claim))["items"])

    def _pod_seen(self, pod: Object) -> None:
        """One that has a node and runs lets go of nothing."""
        if is_pod_terminal(pod) or not pod["spec"].get("nodeName"):
            self._let_go(pod)

    def _pod_changed(self, old: Object, new: Object) -> None:
        self._pod_seen(new)
        if old["metadata"]["uid"] != new["metadata"]["uid"]:
            self._let_go(old)

    def _let_go(self, pod: Object) -> None:
        for claim in claims_of_pod(pod):
            self.guard.queue.add(f"{namespace_of(pod)}/{claim}")


class ClassProtection:
    def __init__(self, context: Context) -> None:
        claims = context.informer(PERSISTENTVOLUMECLAIMS, indexers=CLAIMS_BY_CLASS)
        volumes = context.informer(PERSISTENTVOLUMES, indexers=VOLUMES_BY_CLASS)
        self._users = (claims.store, volumes.store)
        classes = context.informer(VOLUMEATTRIBUTESCLASSES)
        self.guard = Guard(context, VOLUMEATTRIBUTESCLASSES, classes, CLASS_FINALIZER, self._in_use)
        for informer, classes_of in ((claims, classes_of_claim), (volumes, classes_of_volume)):
            informer.add_handler(None, *self._handlers(classes_of))

    def _handlers(self, classes_of: Callable[[Object], set[str]]) -> tuple[Callable[..., None], Callable[..., None]]:
        def changed(old: Object, new: Object) -> None:
            self._let_go(classes_of(old) - classes_of(new))

        def gone(user: Object) -> None:
            self._let_go(classes_of(user))

        return changed, gone

    def _in_use(self, chosen: Object) -> bool:
        return any(store.by_index(CLASS, name_of(chosen)) for store in self._users)

    def _let_go(self, classes: Iterable[str]) -> None:
        for name in classes:
            self.guard.queue.add(name)


def is_bound(volume: Object) -> bool:
    return (volume.get("status") or {}).get("phase") == "Bound"


def build_claim_protection(context: Context) -> Controller:
    guard = ClaimProtection(context).guard
    return Controller(CLAIMS_NAME, (Loop(guard.queue, guard.sync, CLAIM_WORKERS),))


def build_volume_protection(context: Context) -> Controller:
    guard = Guard(context, PERSISTENTVOLUMES, context.informer(PERSISTENTVOLUMES), VOLUME_FINALIZER, is_bound)
    return Controller(VOLUMES_NAME, (Loop(guard.queue, guard.sync),))


def build_class_protection(context: Context) -> Controller:
    guard = ClassProtection(context).guard
    return Controller(CLASSES_NAME, (Loop(guard.queue, guard.sync),))
