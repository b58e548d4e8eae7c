"""What every cluster has from the start: the system namespaces and priority classes, the ``kubernetes`` service.

Source: k8s.io/kubernetes pkg/controlplane (controller/systemnamespaces, controller/kubernetesservice),
pkg/registry/scheduling/rest.
"""

from __future__ import annotations

import orjson

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import AlreadyExists
from apimachinery.volumes import DEFAULT_CLASS, HOST_PATH_PROVISIONER, is_default_class
from server.admission.default_storage_class import STORAGE_CLASSES
from server.admission.priority import PRIORITY_CLASSES
from server.api import Api
from server.registry.context import WriteContext
from server.services.addresses import Addresses

SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
SYSTEM_PRIORITY_CLASSES = (
    (
        "system-cluster-critical",
        2000000000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    (
        "system-node-critical",
        2000001000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
)
_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"create"}'


async def ensure(api: Api, resource: GroupResource, obj: Object) -> None:
    """Create the object unless there is one of that name."""
    registry = api.registries[resource]
    metadata = obj["metadata"]
    if registry.cache.get(metadata.get("namespace", ""), metadata["name"]) is not None:
        return
    context = WriteContext(namespace=metadata.get("namespace", ""), actor=_ACTOR)
    try:
        await registry.create(context, obj)
    except AlreadyExists:
        return


async def bootstrap(api: Api, addresses: Addresses, port: int) -> None:
    """``port`` is where the API server listens: what the ``kubernetes`` service leads to."""
    for name in SYSTEM_NAMESPACES:
        await ensure(api, GroupResource("", "namespaces"), _namespace(name))
    for name, value, description in SYSTEM_PRIORITY_CLASSES:
        await ensure(api, PRIORITY_CLASSES, _priority_class(name, value, description))
    await ensure(api, GroupResource("networking.k8s.io", "servicecidrs"), _service_cidr(str(addresses.network)))
    await ensure_kubernetes_service(api, addresses, port)


async def ensure_namespace(api: Api, name: str) -> None:
    await ensure(api, GroupResource("", "namespaces"), _namespace(name))


async def ensure_kubernetes_service(api: Api, addresses: Addresses, port: int) -> None:
    await ensure(api, GroupResource("", "services"), _kubernetes_service(addresses.first, port))


async def bootstrap_storage(api: Api, name: str) -> None:
    """The storage class of that name, whose volumes are folders; the default one unless there is another."""
    found = api.registries[STORAGE_CLASSES].cache.list(None).entries
    others = any(is_default_class(orjson.loads(entry.value)) for entry in found)
    await ensure(api, STORAGE_CLASSES, _host_path_class(name, default=not others))


def _host_path_class(name: str, *, default: bool) -> Object:
    return {
        "kind": "StorageClass",
        "apiVersion": "storage.k8s.io/v1",
        "metadata": {"name": name, "annotations": {DEFAULT_CLASS: "true"} if default else {}},
        "provisioner": HOST_PATH_PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


async def ensure_legacy_tracking(api: Api) -> None:
    """The config map that says since which day the use of tokens in Secrets is noted."""
    today = api.clock.now().date().isoformat()
    config_map = {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"name": "kube-apiserver-legacy-service-account-token-tracking", "namespace": "kube-system"},
        "data": {"since": today},
    }
    await ensure(api, GroupResource("", "configmaps"), config_map)


def _priority_class(name: str, value: int, description: str) -> Object:
    return {
        "kind": "PriorityClass",
        "apiVersion": "scheduling.k8s.io/v1",
        "metadata": {"name": name},
        "value": value,
        "preemptionPolicy": "PreemptLowerPriority",
        "description": description,
    }


def _service_cidr(network: str) -> Object:
    return {
        "kind": "ServiceCIDR",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": {"name": "kubernetes"},
        "spec": {"cidrs": [network]},
    }


def _kubernetes_service(address: str, port: int) -> Object:
    return {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "type": "ClusterIP",
            "clusterIP": address,
            "clusterIPs": [address],
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
            "sessionAffinity": "None",
            "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": port}],
        },
    }


def _namespace(name: str) -> Object:
    return {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}}
