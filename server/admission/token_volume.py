"""The volume by which the containers of a pod get its service account's token. Pure.

Source: mountServiceAccountToken in k8s.io/kubernetes plugin/pkg/admission/serviceaccount.
"""

from __future__ import annotations

from random import Random

from apimachinery.names import generate_name
from apimachinery.objects import Object

MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_PREFIX = "kube-api-access-"
_SECONDS = 3607
"""Tells tokens that were not asked for from those that were; a kubelet asks for longer ones."""


def should_mount(account: Object, pod: Object) -> bool:
    """The pod's wish, else the account's, else yes."""
    for wish in (pod["spec"].get("automountServiceAccountToken"), account.get("automountServiceAccountToken")):
        if wish is not None:
            return bool(wish)
    return True


def mount_token(pod: Object, random: Random) -> None:
    """In place: into every container that has nothing at that path yet."""
    spec = pod["spec"]
    volumes = spec.get("volumes") or []
    present = next((volume["name"] for volume in volumes if volume["name"].startswith(_PREFIX)), "")
    name = present or generate_name(_PREFIX, random)
    mounted = False
    for kind in ("initContainers", "containers"):
        for container in spec.get(kind) or ():
            mounts = container.get("volumeMounts") or []
            if any(mount.get("mountPath") == MOUNT_PATH for mount in mounts):
                continue
            container["volumeMounts"] = [*mounts, {"name": name, "readOnly": True, "mountPath": MOUNT_PATH}]
            mounted = True
    if mounted and not present:
        spec["volumes"] = [*volumes, {"name": name, "projected": _projected()}]


def _projected() -> Object:
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    return {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": _SECONDS, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": field}]}},
        ],
        "defaultMode": 420,
    }
