from typing import Any

import pytest

from apimachinery.gvk import GroupVersionKind, GroupVersionResource
from apimachinery.status import NotFound, ServiceUnavailable
from client.discovery import APIResource, discover

DEPLOYMENTS = APIResource(
    GroupVersionResource("apps", "v1", "deployments"),
    GroupVersionKind("apps", "v1", "Deployment"),
    True,
    ("get", "list"),
    "",
    "deployment",
    ("deploy",),
    ("all",),
)
SCALE = APIResource(DEPLOYMENTS.gvr, GroupVersionKind("autoscaling", "v1", "Scale"), True, ("get",), "scale")
PODS = APIResource(GroupVersionResource("", "v1", "pods"), GroupVersionKind("", "v1", "Pod"), True, ("get",), "", "pod")


def aggregated(path: str, accept: str) -> dict[str, Any]:
    assert accept.startswith("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
    pods = {
        "resource": "pods",
        "responseKind": {"group": "", "version": "v1", "kind": "Pod"},
        "scope": "Namespaced",
        "singularResource": "pod",
        "verbs": ["get"],
    }
    deployments = {
        "resource": "deployments",
        "responseKind": {"group": "apps", "version": "v1", "kind": "Deployment"},
        "scope": "Namespaced",
        "singularResource": "deployment",
        "shortNames": ["deploy"],
        "categories": ["all"],
        "verbs": ["get", "list"],
        "subresources": [
            {
                "subresource": "scale",
                "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"},
                "verbs": ["get"],
            }
        ],
    }
    group = {"/api": ({"name": ""}, pods), "/apis": ({"name": "apps"}, deployments)}[path]
    versions = [{"version": "v1", "resources": [group[1]]}, {"version": "v0", "resources": []}]
    return {"kind": "APIGroupDiscoveryList", "items": [{"metadata": group[0], "versions": versions}]}


def legacy(path: str, accept: str) -> dict[str, Any]:
    version = {"groupVersion": "apps/v1", "version": "v1"}
    down = {"groupVersion": "metrics.k8s.io/v1", "version": "v1"}
    answers: dict[str, dict[str, Any]] = {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/api/v1": {
            "resources": [{"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get"]}]
        },
        "/apis": {
            "kind": "APIGroupList",
            "groups": [
                {"name": "apps", "versions": [version], "preferredVersion": version},
                {"name": "metrics.k8s.io", "versions": [down], "preferredVersion": down},
            ],
        },
        "/apis/apps/v1": {
            "resources": [
                {
                    "name": "deployments",
                    "singularName": "deployment",
                    "namespaced": True,
                    "kind": "Deployment",
                    "verbs": ["get", "list"],
                    "shortNames": ["deploy"],
                    "categories": ["all"],
                },
                {
                    "name": "deployments/scale",
                    "singularName": "",
                    "namespaced": True,
                    "group": "autoscaling",
                    "version": "v1",
                    "kind": "Scale",
                    "verbs": ["get"],
                },
            ]
        },
    }
    if path not in answers:
        raise ServiceUnavailable("down")
    return answers[path]


@pytest.mark.parametrize("get", [aggregated, legacy])
def test_resources_and_subresources_are_found_core_first(get: Any) -> None:
    assert discover(get) == [PODS, DEPLOYMENTS, SCALE]


def test_a_root_that_is_not_served_is_left_out() -> None:
    def get(path: str, accept: str) -> dict[str, Any]:
        if path == "/apis":
            raise NotFound.path()
        return aggregated(path, accept)

    assert discover(get) == [PODS]
