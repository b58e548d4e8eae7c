"""Custom resources are held to the same rights as all others, by their scope, their group and their subresources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.authz.people import ADMIN, BySay, allow, ask
from tests.server.custom.definitions import definition, eventually, version, widget
from tests.server.harness import Result, Server

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "/apis/example.com/v1"
EVERYTHING = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Widgets are namespaced, towers are not; eve may do everything in the namespace ``default``."""
    folder: Path = tmp_path_factory.mktemp("custom")
    with Server(folder / "state.db", authenticator=BySay()) as running:
        served = version(
            subresources={
                "status": {},
                "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"},
            }
        )
        for obj in (
            definition(served),
            definition(plural="towers", kind="Tower", scope="Cluster", names={"shortNames": ["tw"]}),
        ):
            made = ask(running, ADMIN, "POST", DEFINITIONS, obj)
            assert made.status == 201, made.text
        eventually(lambda: ask(running, ADMIN, "GET", f"{GROUP}/towers").status == 200)
        eventually(lambda: ask(running, ADMIN, "GET", f"{GROUP}/widgets").status == 200)
        assert ask(running, ADMIN, "POST", f"{GROUP}/towers", tower("t")).status == 201
        assert ask(running, ADMIN, "POST", f"{GROUP}/namespaces/default/widgets", widget()).status == 201
        allow(running, "eve", EVERYTHING, namespace="default")
        yield running


def tower(name: str) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Tower", "metadata": {"name": name}}


def assert_refused(result: Result) -> None:
    assert result.status in (403, 404, 405), (result.status, result.text[:200])


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["towers/t", "towers/t/status", "towers", "towers/"])
def test_what_is_of_the_cluster_is_not_reached_by_a_namespace(server: Server, method: str, path: str) -> None:
    """CVE-2019-11247, as it was found."""
    kind = "merge-patch+json" if method == "PATCH" else ""
    for who in ("eve", ADMIN):
        assert_refused(ask(server, who, method, f"{GROUP}/namespaces/default/{path}", tower("t"), kind))
    assert_refused(ask(server, "eve", "POST", f"{GROUP}/namespaces/default/towers", tower("u")))
    assert ask(server, ADMIN, "GET", f"{GROUP}/towers/t").status == 200


def test_what_is_of_a_namespace_is_not_reached_without_it(server: Server) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert_refused(ask(server, ADMIN, method, f"{GROUP}/widgets/w", widget()))
    assert ask(server, ADMIN, "GET", f"{GROUP}/widgets").status == 200
    assert_refused(ask(server, "eve", "GET", f"{GROUP}/widgets"))


@pytest.mark.parametrize(
    "path",
    [
        "namespaces/default/widgets/..%2f..%2f..%2ftowers%2ft",
        "namespaces/default/widgets/../../../towers/t",
        "namespaces/default/widgets%2f..%2f..%2f..%2ftowers/t",
        "namespaces/..%2f..%2ftowers/t",
        "namespaces/default/towers.example.com/t",
        "towers.example.com/t",
    ],
)
def test_no_path_leads_from_one_kind_to_another(server: Server, path: str) -> None:
    """CVE-2022-3162: objects of another kind of the group."""
    result = ask(server, "eve", "GET", f"{GROUP}/{path}")
    assert_refused(result)
    assert "Tower" not in result.text


@pytest.mark.parametrize(
    ("resources", "path", "let_in"),
    [
        ("widgets", "widgets/w", True),
        ("widgets", "widgets/w/status", False),
        ("widgets", "widgets/w/scale", False),
        ("widgets/status", "widgets/w/status", True),
        ("widgets/status", "widgets/w", False),
        ("widgets/scale", "widgets/w/scale", True),
        ("towers", "widgets/w", False),
    ],
)
def test_subresources_have_rights_of_their_own(server: Server, resources: str, path: str, let_in: bool) -> None:
    who = f"who-{resources.replace('/', '-')}-{path.replace('/', '-')}"
    allow(server, who, {"verbs": ["get"], "apiGroups": ["example.com"], "resources": [resources]}, namespace="default")
    assert (ask(server, who, "GET", f"{GROUP}/namespaces/default/{path}").status == 200) is let_in


def test_a_group_of_kubernetes_is_not_taken_over_by_who_may_only_write_definitions(server: Server) -> None:
    obj = definition(group="apps.k8s.io")
    obj["metadata"]["name"] = "widgets.apps.k8s.io"
    refused = ask(server, ADMIN, "POST", DEFINITIONS, obj)
    assert refused.status == 422
    assert "api-approved.kubernetes.io" in refused.text


def test_a_right_to_the_status_is_none_to_the_metadata(server: Server) -> None:
    allow(
        server,
        "sue",
        {"verbs": ["patch"], "apiGroups": ["example.com"], "resources": ["widgets/status"]},
        namespace="default",
    )
    path = f"{GROUP}/namespaces/default/widgets/w"
    before = ask(server, ADMIN, "GET", path).json["metadata"]
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"}
    metadata = {"labels": {"a": "b"}, "annotations": {"a": "b"}, "finalizers": ["a/b"], "ownerReferences": [owner]}
    patched = ask(
        server, "sue", "PATCH", f"{path}/status", {"metadata": metadata, "status": {"size": 2}}, "merge-patch+json"
    )
    assert (patched.status, patched.json["status"]) == (200, {"size": 2}), patched.text
    after = patched.json["metadata"]
    assert not after.keys() & metadata.keys()
    assert [after[name] for name in ("uid", "generation")] == [before[name] for name in ("uid", "generation")]
    assert not any("f:metadata" in entry["fieldsV1"] for entry in after["managedFields"])
