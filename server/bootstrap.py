"""What every cluster has from the start: the system namespaces and the ``kubernetes`` service.

Source: k8s.io/kubernetes pkg/controlplane (controller/systemnamespaces, controller/kubernetesservice).
"""

from __future__ import annotations

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import AlreadyExists
from server.api import Api
from server.registry.context import WriteContext

SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
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


async def bootstrap(api: Api) -> None:
    for name in SYSTEM_NAMESPACES:
        await ensure(api, GroupResource("", "namespaces"), _namespace(name))


def _namespace(name: str) -> Object:
    return {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name}}
