"""Makes folders and their volumes for claims, and removes both when the claims are gone."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from apimachinery.objects import Object, key_of, name_of, namespace_of
from apimachinery.status import AlreadyExists, NotFound
from apimachinery.volumes import HOST_PATH_PROVISIONER, SELECTED_NODE, annotations_of, class_of
from client.resources import NODES, PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, STORAGECLASSES
from controllers.controller import Context, Controller, Loop
from controllers.host_path.volumes import (
    FINALIZER,
    Impossible,
    finalizers_of,
    finalizers_wanted,
    folder_of,
    is_asked_for,
    is_ours,
    should_delete,
    should_provision,
    volume_for,
    volume_name,
)

log = logging.getLogger(__name__)

NAME = "host-path-provisioner-controller"
NORMAL, WARNING = "Normal", "Warning"
_WORKERS = 4


class HostPathProvisioner:
    """Keys: ``namespace/name`` is a claim's, ``name`` a volume's."""

    def __init__(self, context: Context, root: Path) -> None:
        self._client = context.client
        self._root = root
        self._recorder = context.recorder(HOST_PATH_PROVISIONER)
        self.queue = context.queue()
        claims, volumes = context.informer(PERSISTENTVOLUMECLAIMS), context.informer(PERSISTENTVOLUMES)
        self._claims, self._volumes = claims.store, volumes.store
        self._classes, self._nodes = context.informer(STORAGECLASSES).store, context.informer(NODES).store
        claims.add_handler(self._claim_seen, lambda old, new: self._claim_seen(new))
        volumes.add_handler(self._volume_seen, lambda old, new: self._volume_seen(new))

    def _claim_seen(self, claim: Object) -> None:
        """The class is looked at later: here it may not have been seen yet."""
        if is_asked_for(claim):
            self.queue.add(key_of(claim))

    def _volume_seen(self, volume: Object) -> None:
        if is_ours(volume) and (should_delete(volume) or finalizers_wanted(volume) != finalizers_of(volume)):
            self.queue.add(name_of(volume))

    def sync(self, key: str) -> None:
        if "/" not in key:
            volume = self._volumes.get(key)
            if volume is not None and is_ours(volume):
                self._sync_volume(volume)
            return
        claim = self._claims.get(key)
        storage_class = self._classes.get(class_of(claim)) if claim is not None else None
        if claim is not None and storage_class is not None and should_provision(claim, storage_class):
            self._provision(claim, storage_class)

    def _provision(self, claim: Object, storage_class: Object) -> None:
        if self._volumes.get(volume_name(claim)) is not None:
            return
        about = f'External provisioner is provisioning volume for claim "{key_of(claim)}"'
        self._recorder.event(claim, NORMAL, "Provisioning", about)
        folder = folder_of(self._root, claim)
        try:
            volume = volume_for(claim, storage_class, folder, self._selected(claim))
            folder.mkdir(mode=0o777, parents=True, exist_ok=True)
        except (Impossible, OSError) as problem:
            why = f'failed to provision volume with StorageClass "{name_of(storage_class)}": {problem}'
            self._recorder.event(claim, WARNING, "ProvisioningFailed", why)
            self._unselect(claim)
            if isinstance(problem, OSError):
                raise
            return
        try:
            self._client.create(PERSISTENTVOLUMES, "", volume)
        except AlreadyExists:
            return
        done = f"Successfully provisioned volume {name_of(volume)}"
        self._recorder.event(claim, NORMAL, "ProvisioningSucceeded", done)

    def _selected(self, claim: Object) -> Object | None:
        name = annotations_of(claim).get(SELECTED_NODE)
        if not name:
            return None
        node = self._nodes.get(name)
        if node is None:
            raise Impossible(f'failed to get target node: node "{name}" not found')
        return node

    def _unselect(self, claim: Object) -> None:
        """Lets the scheduler choose again."""
        annotations = dict(annotations_of(claim))
        if annotations.pop(SELECTED_NODE, None) is not None:
            changed = {**claim, "metadata": {**claim["metadata"], "annotations": annotations}}
            self._client.update(PERSISTENTVOLUMECLAIMS, namespace_of(claim), name_of(claim), changed)

    def _sync_volume(self, volume: Object) -> None:
        if should_delete(volume):
            self._delete(volume)
        elif (wanted := finalizers_wanted(volume)) != finalizers_of(volume):
            self._write_finalizers(volume, wanted)

    def _delete(self, volume: Object) -> None:
        try:
            self._remove_folder(volume)
        except OSError as problem:
            self._recorder.event(volume, WARNING, "VolumeFailedDelete", str(problem))
            raise
        try:
            self._client.delete(PERSISTENTVOLUMES, "", name_of(volume), uid=volume["metadata"]["uid"])
            left = self._client.get(PERSISTENTVOLUMES, "", name_of(volume))
            self._write_finalizers(left, [held for held in finalizers_of(left) if held != FINALIZER])
        except NotFound:
            return

    def _remove_folder(self, volume: Object) -> None:
        """Only what lies in our own folder, whatever the volume says."""
        path = Path((volume["spec"].get("hostPath") or {}).get("path") or "")
        if path.parent != self._root or path.is_symlink():
            log.warning("volume %s is not in %s: its folder %s stays", name_of(volume), self._root, path)
            return
        if path.exists():
            shutil.rmtree(path)

    def _write_finalizers(self, volume: Object, finalizers: list[str]) -> None:
        changed = {**volume, "metadata": {**volume["metadata"], "finalizers": finalizers}}
        self._client.update(PERSISTENTVOLUMES, "", name_of(volume), changed)


def build_host_path_provisioner(context: Context) -> Controller:
    """Idle without a folder for volumes in the settings."""
    root = context.settings.host_path_volumes
    if root is None:
        return Controller(NAME, ())
    provisioner = HostPathProvisioner(context, root)
    return Controller(NAME, (Loop(provisioner.queue, provisioner.sync, _WORKERS),))
