"""The APIServices of the group-versions of custom resources, as `kubectl get apiservices` lists them.

Source: k8s.io/kubernetes pkg/controlplane/controller/crdregistration.
"""

from __future__ import annotations

from collections.abc import Iterable

from apimachinery.gvk import GroupVersion
from server.aggregation.local import API_SERVICES, MANAGED, local_api_service, name_of_group_version
from server.api import Api
from server.bootstrap import ensure
from server.custom.resources import PRIORITY, VERSION_PRIORITY
from server.registry.codec import decode
from server.registry.context import WriteContext
from server.registry.delete import delete
from server.registry.options import DeleteOptions

_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"delete"}'
_ONGOING = "true"
"""Of services that come and go with definitions; those of built-in group-versions say ``onstart``."""


async def keep_api_services(api: Api, served: Iterable[GroupVersion]) -> None:
    """One for each group-version that is served, none for those that no longer are. Somebody's own are let be."""
    wanted = {name_of_group_version(each): each for each in served}
    for each in wanted.values():
        service = local_api_service(each, PRIORITY, VERSION_PRIORITY)
        service["metadata"]["labels"] = {MANAGED: _ONGOING}
        await ensure(api, API_SERVICES, service)
    registry = api.registries[API_SERVICES]
    for entry in registry.cache.list().entries:
        managed = entry.index.labels.get(MANAGED) == _ONGOING
        if managed and entry.key.name not in wanted and not decode(entry.value)["spec"].get("service"):
            await delete(registry, WriteContext(actor=_ACTOR), entry.key.name, DeleteOptions())
