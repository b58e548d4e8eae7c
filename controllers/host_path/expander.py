"""Enlarges the volumes of claims that want more; says whom it waits for where the volume is somebody else's.

Source: k8s.io/kubernetes pkg/controller/volume/expand, kubernetes-csi/external-resizer (wording of the events).
"""

from __future__ import annotations

from apimachinery.objects import Object, key_of, name_of, namespace_of
from apimachinery.volumes import is_bound_to
from client.errors import TryAgain
from client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES
from controllers.controller import Context, Controller, Loop
from controllers.host_path.resizing import finished, in_progress, larger, should_expand
from controllers.host_path.volumes import is_ours

NAME = "persistentvolume-expander-controller"
NORMAL = "Normal"
_WORKERS = 4


class VolumeExpander:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self._ours = context.settings.host_path_volumes is not None
        self._recorder = context.recorder("volume_expand")
        self.queue = context.queue()
        claims, volumes = context.informer(PERSISTENTVOLUMECLAIMS), context.informer(PERSISTENTVOLUMES)
        self._claims, self._volumes = claims.store, volumes.store
        claims.add_handler(self._seen, self._changed)

    def _seen(self, claim: Object) -> None:
        if should_expand(claim):
            self.queue.add(key_of(claim))

    def _changed(self, old: Object, new: Object) -> None:
        if old["spec"] != new["spec"] or not should_expand(old):
            self._seen(new)

    def sync(self, key: str) -> None:
        claim = self._claims.get(key)
        if claim is None or not should_expand(claim):
            return
        volume = self._volumes.get(claim["spec"]["volumeName"])
        if volume is None or not is_bound_to(volume, claim):
            raise TryAgain(f"persistent Volume is not bound to PVC being updated : {key}")
        if not (self._ours and is_ours(volume)):
            message = "waiting for an external controller to expand this PVC"
            self._recorder.event(claim, NORMAL, "ExternalExpanding", message)
            return
        self._expand(claim, volume)

    def _expand(self, claim: Object, volume: Object) -> None:
        self._recorder.event(claim, NORMAL, "Resizing", f"External resizer is resizing volume {name_of(volume)}")
        claim = self._write_status(claim, in_progress(claim, self._clock.now()))
        changed = larger(volume, claim)
        if changed is not None:
            volume = self._client.update(PERSISTENTVOLUMES, "", name_of(volume), changed)
        self._write_status(claim, finished(claim, volume))
        self._recorder.event(claim, NORMAL, "VolumeResizeSuccessful", "Resize volume succeeded")

    def _write_status(self, claim: Object, status: Object) -> Object:
        changed = {**claim, "status": status}
        namespace, name = namespace_of(claim), name_of(claim)
        return self._client.update(PERSISTENTVOLUMECLAIMS, namespace, name, changed, subresource="status")


def build_volume_expander(context: Context) -> Controller:
    expander = VolumeExpander(context)
    return Controller(NAME, (Loop(expander.queue, expander.sync, _WORKERS),))
