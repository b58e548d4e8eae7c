from __future__ import annotations

import re
from importlib import resources as package_files
from itertools import pairwise

import pytest

from apimachinery.gvk import GroupResource, GroupVersion, GroupVersionKind, GroupVersionResource
from openapi.resources import GROUP_ORDER, GROUP_PRIORITIES, GROUP_VERSIONS, RESOURCES, Resource
from openapi.schema import type_of

BY_GVR = {resource.gvr: resource for resource in RESOURCES}
_CALL = re.compile(r"method='(\w+)',\s*resource_path='([^']+)'")
_METHOD_OF = {"create": "POST", "delete": "DELETE", "get": "GET", "patch": "PATCH", "update": "PUT"}


def _published_calls() -> set[tuple[str, str]]:
    """(method, path) of every call of the official client, read as text."""
    calls: set[tuple[str, str]] = set()
    for file in package_files.files("kubernetes.client.api").iterdir():
        if re.search(r"_v\d_api\.py$", file.name):
            calls.update(_CALL.findall(file.read_text(encoding="utf-8")))
    return calls


def _prefix(group_version: GroupVersion) -> str:
    return f"/apis/{group_version.api_version}" if group_version.group else f"/api/{group_version.version}"


def _calls_of(resource: Resource) -> set[tuple[str, str]]:
    base = _prefix(resource.group_version)
    collection = (
        f"{base}/namespaces/{{namespace}}/{resource.plural}" if resource.namespaced else f"{base}/{resource.plural}"
    )
    calls = set()
    for verb, method, path in (
        ("create", "POST", collection),
        ("list", "GET", collection),
        ("deletecollection", "DELETE", collection),
        ("get", "GET", f"{collection}/{{name}}"),
        ("update", "PUT", f"{collection}/{{name}}"),
        ("patch", "PATCH", f"{collection}/{{name}}"),
        ("delete", "DELETE", f"{collection}/{{name}}"),
    ):
        if verb in resource.verbs:
            calls.add((method, path))
    if resource.namespaced and "list" in resource.verbs:
        calls.add(("GET", f"{base}/{resource.plural}"))
    for sub in resource.subresources:
        calls |= {(_METHOD_OF[verb], f"{collection}/{{name}}/{sub.name}") for verb in sub.verbs}
    return calls


def test_the_table_serves_exactly_what_the_published_api_has() -> None:
    ours = set().union(*(_calls_of(resource) for resource in RESOURCES))
    published = {
        (method, path)
        for method, path in _published_calls()
        if not path.endswith("/") and "{path}" not in path and method not in ("HEAD", "OPTIONS")
    }
    assert ours ^ published == set()


def test_the_kinds_whose_deletion_answers_with_the_object_are_those_of_the_client() -> None:
    answer = re.compile(
        r"    def delete_(?!collection)(?:namespaced_)?(\w+)\(\n(?:        .*\n)+?    \) -> (V\d|ResourceV1)"
    )
    published: set[str] = set()
    for file in package_files.files("kubernetes.client.api").iterdir():
        if re.search(r"_v\d_api\.py$", file.name):
            source = file.read_text(encoding="utf-8")
            published |= {name.replace("_", "") for name, _ in answer.findall(source) if "_with_" not in name}
    assert {resource.singular for resource in RESOURCES if resource.returns_deleted} == published - {"status"}


def test_every_kind_has_a_type() -> None:
    for resource in RESOURCES:
        assert type_of(resource.gvk).name == f"{resource.version}.{resource.kind}"
        assert type_of(resource.storage).name.endswith(f".{resource.kind}")
        if resource.list_kind:
            assert "items" in type_of(GroupVersionKind(resource.group, resource.version, resource.list_kind)).fields
        for sub in resource.subresources:
            assert type_of(sub.kind)


def test_names_are_unique_and_listed_in_order() -> None:
    assert len(BY_GVR) == len(RESOURCES)
    for group_version in GROUP_VERSIONS:
        names = [resource.plural for resource in RESOURCES if resource.group_version == group_version]
        assert names == sorted(names)
    for resource in RESOURCES:
        subs = [sub.name for sub in resource.subresources]
        assert subs == sorted(subs)


def test_groups_come_by_falling_priority() -> None:
    assert list(GROUP_PRIORITIES) == list(GROUP_VERSIONS)
    ranks = [GROUP_PRIORITIES[group_version] for group_version in GROUP_VERSIONS[2:]]
    assert all(first >= second for first, second in pairwise(ranks))
    assert GROUP_ORDER[:4] == ("", "apiregistration.k8s.io", "apps", "events.k8s.io")


@pytest.mark.parametrize(
    ("gvr", "expected"),
    [
        (("", "v1", "pods"), "xPOwRZ+Yhw8="),
        (("apps", "v1", "deployments"), "8aSe+NMegvE="),
        (("events.k8s.io", "v1", "events"), "r2yiGXH7wu8="),
        (("", "v1", "componentstatuses"), ""),
    ],
)
def test_the_storage_version_hash_is_the_one_upstream_publishes(gvr: tuple[str, str, str], expected: str) -> None:
    assert BY_GVR[GroupVersionResource(*gvr)].storage_version_hash == expected


def test_events_of_both_groups_are_one_store() -> None:
    event = BY_GVR[GroupVersionResource("events.k8s.io", "v1", "events")]
    assert event.storage == GroupVersionKind("", "v1", "Event")
    assert event.storage_resource == GroupResource("", "events")


def test_subresources_have_their_own_kinds() -> None:
    pods = BY_GVR[GroupVersionResource("", "v1", "pods")]
    eviction, proxy = pods.subresource("eviction"), pods.subresource("proxy")
    assert eviction is not None and eviction.kind == GroupVersionKind("policy", "v1", "Eviction")
    assert proxy is not None and proxy.kind.kind == "PodProxyOptions"
    assert pods.subresource("nope") is None
