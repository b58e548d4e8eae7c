"""What pods and volumes refer to. Pure.

Source: k8s.io/kubernetes pkg/api/v1/pod/util.go, pkg/api/v1/persistentvolume/util.go, and AddPod of the authorizer's
graph.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from apimachinery.objects import Object

MIRROR = "kubernetes.io/config.mirror"
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_SECRET_REFS = {
    "cephfs": "secretRef",
    "cinder": "secretRef",
    "flexVolume": "secretRef",
    "rbd": "secretRef",
    "scaleIO": "secretRef",
    "iscsi": "secretRef",
    "storageos": "secretRef",
    "csi": "nodePublishSecretRef",
}
"""Sources of volumes that name a secret by a reference, in pods and in persistent volumes alike."""
_CSI_SECRETS = ("nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef")
_OWN_NAMESPACE = ("cinder", "storageos", "csi")
"""Their references in persistent volumes always say their namespace."""


class Vertex(NamedTuple):
    """An object that a node may have to do with; ``resource`` is the plural."""

    resource: str
    namespace: str
    name: str


def pod_references(pod: Object) -> Iterator[Vertex]:
    """Everything the pod gives its node a right to read. A mirror pod, which nodes can make, gives none."""
    metadata, spec = pod["metadata"], pod["spec"]
    if MIRROR in (metadata.get("annotations") or ()):
        return
    namespace = metadata["namespace"]
    if account := spec.get("serviceAccountName"):
        yield Vertex("serviceaccounts", namespace, account)
    for resource, names in (
        ("secrets", secret_names(pod)),
        ("configmaps", config_map_names(pod)),
        ("persistentvolumeclaims", _claim_names(pod)),
        ("resourceclaims", _resource_claim_names(pod)),
    ):
        for name in names:
            if name:
                yield Vertex(resource, namespace, name)


def secret_names(pod: Object) -> Iterator[str]:
    spec = pod["spec"]
    for reference in spec.get("imagePullSecrets") or ():
        yield reference.get("name", "")
    yield from _of_containers(spec, "secretRef", "secretKeyRef")
    for volume in spec.get("volumes") or ():
        if "secret" in volume:
            yield volume["secret"].get("secretName", "")
        elif "azureFile" in volume:
            yield volume["azureFile"].get("secretName", "")
        elif "projected" in volume:
            yield from _projected(volume, "secret")
        else:
            for source, reference in _SECRET_REFS.items():
                yield ((volume.get(source) or {}).get(reference) or {}).get("name", "")


def config_map_names(pod: Object) -> Iterator[str]:
    spec = pod["spec"]
    yield from _of_containers(spec, "configMapRef", "configMapKeyRef")
    for volume in spec.get("volumes") or ():
        if "configMap" in volume:
            yield volume["configMap"].get("name", "")
        elif "projected" in volume:
            yield from _projected(volume, "configMap")


def _of_containers(spec: Object, whole: str, key: str) -> Iterator[str]:
    """Names in the environments of all containers: of whole objects, and of single keys."""
    for kind in _CONTAINERS:
        for container in spec.get(kind) or ():
            for source in container.get("envFrom") or ():
                yield (source.get(whole) or {}).get("name", "")
            for variable in container.get("env") or ():
                yield ((variable.get("valueFrom") or {}).get(key) or {}).get("name", "")


def _projected(volume: Object, kind: str) -> Iterator[str]:
    for source in volume["projected"].get("sources") or ():
        yield (source.get(kind) or {}).get("name", "")


def _claim_names(pod: Object) -> Iterator[str]:
    for volume in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            yield volume["persistentVolumeClaim"].get("claimName", "")
        elif "ephemeral" in volume:
            yield f"{pod['metadata']['name']}-{volume['name']}"


def _resource_claim_names(pod: Object) -> Iterator[str]:
    status = pod.get("status") or {}
    made = {each["name"]: each.get("resourceClaimName", "") for each in status.get("resourceClaimStatuses") or ()}
    for claim in pod["spec"].get("resourceClaims") or ():
        yield claim.get("resourceClaimName") or made.get(claim["name"], "")
    yield (status.get("extendedResourceClaimStatus") or {}).get("resourceClaimName", "")


def volume_secrets(volume: Object) -> Iterator[Vertex]:
    """The secrets of a bound persistent volume that a kubelet needs."""
    spec = volume["spec"]
    home = (spec.get("claimRef") or {}).get("namespace", "")
    if azure := spec.get("azureFile"):
        yield from _secret(azure.get("secretNamespace") or home, azure.get("secretName", ""))
    for source, reference in _SECRET_REFS.items():
        names = _CSI_SECRETS if source == "csi" else (reference,)
        for name in names:
            found = (spec.get(source) or {}).get(name) or {}
            namespace = found.get("namespace", "")
            yield from _secret(namespace if source in _OWN_NAMESPACE else namespace or home, found.get("name", ""))


def _secret(namespace: str, name: str) -> Iterator[Vertex]:
    if name:
        yield Vertex("secrets", namespace, name)
