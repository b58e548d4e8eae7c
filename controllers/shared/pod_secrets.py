"""The Secrets a pod uses. Source: k8s.io/kubernetes pkg/api/v1/pod VisitPodSecretNames."""

from __future__ import annotations

from collections.abc import Iterator

from apimachinery.objects import Object

_REFERRING = ("cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos")
"""Volume sources with a ``secretRef``."""
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


def secrets_of(pod: Object) -> set[str]:
    spec = pod["spec"]
    found = {entry.get("name") for entry in spec.get("imagePullSecrets") or ()}
    for volume in spec.get("volumes") or ():
        found |= set(_of_volume(volume))
    for containers in _CONTAINERS:
        for container in spec.get(containers) or ():
            found |= set(_of_container(container))
    return {name for name in found if name}


def _of_volume(volume: Object) -> Iterator[str | None]:
    yield (volume.get("secret") or {}).get("secretName")
    yield (volume.get("azureFile") or {}).get("secretName")
    yield ((volume.get("csi") or {}).get("nodePublishSecretRef") or {}).get("name")
    for source in (volume.get("projected") or {}).get("sources") or ():
        yield (source.get("secret") or {}).get("name")
    for kind in _REFERRING:
        yield ((volume.get(kind) or {}).get("secretRef") or {}).get("name")


def _of_container(container: Object) -> Iterator[str | None]:
    for source in container.get("envFrom") or ():
        yield (source.get("secretRef") or {}).get("name")
    for variable in container.get("env") or ():
        yield ((variable.get("valueFrom") or {}).get("secretKeyRef") or {}).get("name")
