"""The APIServices of the group-versions this server serves itself. Source: pkg/controlplane/apiserver/aggregator.go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from apimachinery.gvk import GroupResource, GroupVersion
from apimachinery.objects import Object
from server.api import Api
from server.bootstrap import ensure

API_SERVICES = GroupResource("apiregistration.k8s.io", "apiservices")
MANAGED = "kube-aggregator.kubernetes.io/automanaged"


def name_of_group_version(group_version: GroupVersion) -> str:
    return f"{group_version.version}.{group_version.group}"


def local_api_service(group_version: GroupVersion, priority: int, version_priority: int) -> Object:
    spec: Object = {"group": group_version.group} if group_version.group else {}
    spec |= {
        "version": group_version.version,
        "groupPriorityMinimum": priority,
        "versionPriority": version_priority,
    }
    metadata = {"name": name_of_group_version(group_version), "labels": {MANAGED: "onstart"}}
    return {"kind": "APIService", "apiVersion": "apiregistration.k8s.io/v1", "metadata": metadata, "spec": spec}


async def ensure_local(
    api: Api, group_versions: Iterable[GroupVersion], priorities: Mapping[GroupVersion, tuple[int, int]]
) -> None:
    """All at once: the store commits them together."""
    services = [local_api_service(each, *priorities[each]) for each in group_versions]
    await asyncio.gather(*(ensure(api, API_SERVICES, service) for service in services))
