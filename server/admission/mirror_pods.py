"""Mirror pods show what a kubelet runs by itself: they belong to their node and refer to nothing in the API. Pure.

Source: HasAPIObjectReference in k8s.io/kubernetes pkg/api/pod/util.go, admitPodCreate of
plugin/pkg/admission/noderestriction.
"""

from __future__ import annotations

from apimachinery.objects import Object
from server.authz.node.references import MIRROR, config_map_names, secret_names

_REFERRING = {
    "configMap": "configmaps (via configmap volumes)",
    "secret": "secrets (via secret volumes)",
    "csi": "csidrivers (via CSI volumes)",
    "glusterfs": "endpoints (via glusterFS volumes)",
    "persistentVolumeClaim": "persistentvolumeclaims",
    "ephemeral": "persistentvolumeclaims (via ephemeral volumes)",
    "azureFile": "secrets (via azureFile volumes)",
}
_PROJECTED = {
    "configMap": "configmaps (via projected volumes)",
    "secret": "secrets (via projected volumes)",
    "serviceAccountToken": "serviceaccounts (via projected volumes)",
    "clusterTrustBundle": "clustertrustbundles",
    "podCertificate": "podcertificates",
}


def is_mirror(pod: Object) -> bool:
    return MIRROR in (pod["metadata"].get("annotations") or ())


def referred_resource(pod: Object) -> str:
    """A resource whose objects the pod refers to, "" if there is none."""
    spec = pod["spec"]
    if spec.get("serviceAccountName"):
        return "serviceaccounts"
    if any(secret_names(pod)):
        return "secrets"
    if any(config_map_names(pod)):
        return "configmaps"
    if spec.get("resourceClaims"):
        return "resourceclaims"
    for volume in spec.get("volumes") or ():
        for source, resource in _REFERRING.items():
            if source in volume:
                return resource
        for projection in (volume.get("projected") or {}).get("sources") or ():
            for source, resource in _PROJECTED.items():
                if source in projection:
                    return resource
    return ""


def owner_trouble(pod: Object, node: str) -> str:
    """What is wrong with the owner of a pod that a node creates, but for the uid; "" if nothing is."""
    owners = pod["metadata"].get("ownerReferences") or ()
    if len(owners) > 1:
        return f'node "{node}" can only create pods with a single owner reference set to itself'
    if not owners:
        return f'node "{node}" can only create pods with an owner reference set to itself'
    (owner,) = owners
    if (owner.get("apiVersion"), owner.get("kind"), owner.get("name")) != ("v1", "Node", node):
        return f'node "{node}" can only create pods with an owner reference set to itself'
    if not owner.get("controller"):
        return f'node "{node}" can only create pods with a controller owner reference set to itself'
    if owner.get("blockOwnerDeletion"):
        return f'node "{node}" must not set blockOwnerDeletion on an owner reference'
    return ""
