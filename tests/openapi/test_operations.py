from __future__ import annotations

import re
from importlib.resources import files

import pytest

from apimachinery.gvk import GroupVersionKind, GroupVersionResource
from openapi.operations import PATCHES, Operation, operations, query_parameters, resource_list
from openapi.resources import GROUP_VERSIONS, RESOURCES, Resource
from openapi.schema import Form, Type, type_of

BY_GVR = {resource.gvr: resource for resource in RESOURCES}
_WORD = re.compile(r"([A-Z]+)([A-Z][a-z])")
_EDGE = re.compile(r"([a-z\d])([A-Z])")


def _of(group: str, version: str, plural: str) -> dict[tuple[str, str], Operation]:
    return {(made.method, made.path): made for made in operations(BY_GVR[GroupVersionResource(group, version, plural)])}


def _python_name(operation_id: str, prefix: str) -> str:
    """The method of the official client that calls the operation."""
    name = operation_id.replace(prefix, "", 1)
    return _EDGE.sub(r"\1_\2", _WORD.sub(r"\1_\2", name)).lower()


@pytest.mark.parametrize("group_version", GROUP_VERSIONS, ids=str)
def test_the_operations_are_those_the_official_client_has_methods_for(group_version: tuple[str, str]) -> None:
    words = (group_version[0].removesuffix(".k8s.io") or "core").split(".")
    prefix = "".join(word.capitalize() for word in words) + group_version[1].capitalize()
    module = files("kubernetes.client.api") / f"{'_'.join(words)}_{group_version[1]}_api.py"
    published = set(re.findall(r"    def ((?!_)\w+?)\(", module.read_text(encoding="utf-8")))
    published = {name for name in published if not name.endswith(("_with_http_info", "_without_preload_content"))}
    ours = {_python_name(resource_list(type(GROUP_VERSIONS[0])(*group_version)).id, prefix)}
    for resource in RESOURCES:
        if resource.group_version == group_version:
            ours |= {_python_name(made.id, prefix) for made in operations(resource)}
    assert ours == published - {"close"}


def test_ids_are_unique() -> None:
    ids = [made.id for resource in RESOURCES for made in operations(resource)]
    assert len(ids) == len(set(ids))


def test_query_parameters_are_the_fields_of_the_options() -> None:
    found = query_parameters(type_of(GroupVersionKind("meta.k8s.io", "v1", "DeleteOptions")))
    assert [(parameter.name, parameter.type) for parameter in found] == [
        ("dryRun", "string"),
        ("gracePeriodSeconds", "integer"),
        ("ignoreStoreReadErrorWithClusterBreakingPotential", "boolean"),
        ("orphanDependents", "boolean"),
        ("propagationPolicy", "string"),
    ]


def test_a_patch_says_which_kinds_of_patch_it_takes_and_how_to_validate() -> None:
    patch = _of("apps", "v1", "deployments")["patch", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    assert patch.consumes == PATCHES
    assert {"dryRun", "fieldValidation", "force"} <= {parameter.name for parameter in patch.parameters}
    assert patch.gvk == GroupVersionKind("apps", "v1", "Deployment")


def test_subresources_speak_of_their_own_kind() -> None:
    pods = _of("", "v1", "pods")
    item = "/api/v1/namespaces/{namespace}/pods/{name}"
    assert pods["post", f"{item}/eviction"].gvk == GroupVersionKind("policy", "v1", "Eviction")
    assert pods["get", f"{item}/log"].answer is None
    assert [parameter.name for parameter in pods["get", f"{item}/proxy/{{path}}"].parameters] == [
        "name",
        "namespace",
        "path",
    ]
    assert pods["get", f"{item}/exec"].action == "connect"


def test_a_custom_resource_brings_its_own_types() -> None:
    gvk = GroupVersionKind("example.com", "v1", "Foo")
    made = Type(Form.STRUCT, "v1.Foo", definition="com.example.v1.Foo", fields={})
    listed = Type(Form.STRUCT, "v1.FooList", definition="com.example.v1.FooList", fields={})
    resource = Resource(
        "example.com",
        "v1",
        "foos",
        "foo",
        "Foo",
        "FooList",
        False,
        ("get", "list"),
        (),
        (),
        (),
        gvk,
        BY_GVR[GroupVersionResource("", "v1", "pods")].storage_resource,
    )
    got = list(operations(resource, types={gvk: made, gvk._replace(kind="FooList"): listed}.__getitem__))
    assert [(each.method, each.path, each.answer) for each in got] == [
        ("get", "/apis/example.com/v1/foos", listed),
        ("get", "/apis/example.com/v1/foos/{name}", made),
    ]
    assert got[0].id == "listExampleComV1Foo"
