"""Makes the claims of pods' ephemeral volumes, owned by the pod: the garbage collector removes them with it.

Source: k8s.io/kubernetes pkg/controller/volume/ephemeral.
"""

from __future__ import annotations

from apimachinery.objects import Object, is_terminating, key_of, name_of, namespace_of
from apimachinery.status import AlreadyExists, StatusError
from apimachinery.volumes import claim_name, not_for_pod
from client.resources import PERSISTENTVOLUMECLAIMS, PODS
from controllers.controller import Context, Controller, Loop
from controllers.shared.indexes import BY_CLAIM, pods_of_claim

NAME = "ephemeral-volume-controller"
_WORKERS = 5


def ephemeral_volumes(pod: Object) -> list[Object]:
    """Those for which claims are to be made."""
    return [] if is_terminating(pod) else [v for v in pod["spec"].get("volumes") or () if v.get("ephemeral")]


def claim_for(pod: Object, volume: Object) -> Object:
    template = volume["ephemeral"]["volumeClaimTemplate"]
    owner = {
        "apiVersion": "v1",
        "kind": "Pod",
        "name": name_of(pod),
        "uid": pod["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    given = template.get("metadata") or {}
    copied = {field: dict(given[field]) for field in ("labels", "annotations") if given.get(field)}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": claim_name(pod, volume), "ownerReferences": [owner], **copied},
        "spec": template["spec"],
    }


class EphemeralVolumes:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._recorder = context.recorder("ephemeral_volume")
        self.queue = context.queue()
        pods = context.informer(PODS, indexers=BY_CLAIM)
        claims = context.informer(PERSISTENTVOLUMECLAIMS)
        self._pods, self._claims = pods.store, claims.store
        pods.add_handler(self._pod_seen)
        claims.add_handler(on_delete=self._claim_gone)

    def _pod_seen(self, pod: Object) -> None:
        if ephemeral_volumes(pod):
            self.queue.add(key_of(pod))

    def _claim_gone(self, claim: Object) -> None:
        for pod in pods_of_claim(self._pods, key_of(claim)):
            self._pod_seen(pod)

    def sync(self, key: str) -> None:
        pod = self._pods.get(key)
        if pod is not None:
            for volume in ephemeral_volumes(pod):
                self._ensure(pod, volume)

    def _ensure(self, pod: Object, volume: Object) -> None:
        claim = claim_for(pod, volume)
        existing = self._claims.get(f"{namespace_of(pod)}/{name_of(claim)}")
        if existing is not None:
            problem = not_for_pod(pod, existing)
            if problem:  # the deletion of that claim wakes the pod
                self._complain(pod, volume, problem)
            return
        try:
            self._client.create(PERSISTENTVOLUMECLAIMS, namespace_of(pod), claim)
        except AlreadyExists:
            self._take(pod, volume, name_of(claim))
        except StatusError as error:
            self._complain(pod, volume, f"create PVC {name_of(claim)}: {error}")
            raise

    def _take(self, pod: Object, volume: Object, name: str) -> None:
        """Somebody was faster, or the cache is behind."""
        problem = not_for_pod(pod, self._client.get(PERSISTENTVOLUMECLAIMS, namespace_of(pod), name))
        if problem:
            self._complain(pod, volume, problem)

    def _complain(self, pod: Object, volume: Object, problem: str) -> None:
        self._recorder.event(pod, "Warning", "FailedBinding", f"ephemeral volume {volume['name']}: {problem}")


def build_ephemeral_volume(context: Context) -> Controller:
    volumes = EphemeralVolumes(context)
    return Controller(NAME, (Loop(volumes.queue, volumes.sync, _WORKERS),))
