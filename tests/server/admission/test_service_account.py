"""The service account of a pod: its token's volume, its pull secrets, and the secrets it is confined to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apimachinery.gvk import GroupVersionKind, GroupVersionResource
from apimachinery.status import Forbidden
from server.admission.chain import Attributes
from server.admission.service_account import SERVICE_ACCOUNTS, ServiceAccount
from server.authn.user import User
from tests.server.harness import Server

PODS = "/api/v1/namespaces/default/pods"
ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts"
MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("accounts")
    with Server(folder / "state.db", disabled_plugins=()) as running:
        for account in (
            {"metadata": {"name": "default"}},
            {"metadata": {"name": "quiet"}, "automountServiceAccountToken": False},
            {"metadata": {"name": "pulling"}, "imagePullSecrets": [{"name": "registry"}]},
            {
                "metadata": {"name": "confined", "annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}},
                "secrets": [{"name": "mine"}],
                "imagePullSecrets": [{"name": "registry"}],
            },
        ):
            assert running.request("POST", ACCOUNTS, account).status == 201
        yield running


def pod(name: str, account: str = "", **spec: Any) -> dict[str, Any]:
    containers = spec.pop("containers", [{"name": "c", "image": "i"}])
    named = {"serviceAccountName": account} if account else {}
    return {"metadata": {"name": name}, "spec": {"containers": containers, **named, **spec}}


def created(server: Server, obj: dict[str, Any]) -> dict[str, Any]:
    made = server.request("POST", PODS, obj)
    assert made.status == 201, made.text
    spec: dict[str, Any] = made.json["spec"]
    return spec


def refused(server: Server, obj: dict[str, Any]) -> str:
    answer = server.request("POST", PODS, obj)
    assert answer.status == 403, answer.text
    message: str = answer.json["message"]
    return message


def test_every_container_gets_the_token_the_authority_and_the_namespace(server: Server) -> None:
    spec = created(server, pod("plain", initContainers=[{"name": "i", "image": "i"}]))
    assert spec["serviceAccountName"] == spec["serviceAccount"] == "default"
    (volume,) = spec["volumes"]
    assert volume == {
        "name": volume["name"],
        "projected": {
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {
                    "downwardAPI": {
                        "items": [
                            {
                                "path": "namespace",
                                "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                            }
                        ]
                    }
                },
            ],
            "defaultMode": 420,
        },
    }
    assert volume["name"].startswith("kube-api-access-")
    assert len(volume["name"]) == len("kube-api-access-") + 5
    for container in (*spec["initContainers"], *spec["containers"]):
        assert container["volumeMounts"] == [{"name": volume["name"], "readOnly": True, "mountPath": MOUNT}]


def test_a_container_that_has_something_there_keeps_it(server: Server) -> None:
    own = {"name": "own", "mountPath": MOUNT}
    containers = [{"name": "a", "image": "i", "volumeMounts": [own]}]
    spec = created(server, pod("own", containers=containers, volumes=[{"name": "own", "emptyDir": {}}]))
    assert [volume["name"] for volume in spec["volumes"]] == ["own"]
    assert spec["containers"][0]["volumeMounts"] == [own]


@pytest.mark.parametrize(
    ("account", "wish", "mounted"),
    [
        ("", None, True),
        ("", False, False),
        ("quiet", None, False),
        ("quiet", True, True),
        ("quiet", False, False),
    ],
)
def test_the_pods_wish_counts_before_the_accounts(
    server: Server, account: str, wish: bool | None, mounted: bool
) -> None:
    wished = {} if wish is None else {"automountServiceAccountToken": wish}
    spec = created(server, pod(f"wish-{account or 'default'}-{wish}".lower(), account, **wished))
    assert bool(spec.get("volumes")) is mounted


def test_a_pod_without_pull_secrets_gets_its_accounts(server: Server) -> None:
    assert created(server, pod("pulls", "pulling"))["imagePullSecrets"] == [{"name": "registry"}]
    own = [{"name": "own"}]
    assert created(server, pod("pulls-own", "pulling", imagePullSecrets=own))["imagePullSecrets"] == own


def test_a_pod_of_an_account_that_is_not_there_is_refused(server: Server) -> None:
    assert refused(server, pod("lost", "nobody")) == (
        'pods "lost" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found'
    )


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (
            {"volumes": [{"name": "v", "secret": {"secretName": "other"}}]},
            'volume with secret.secretName="other" is not allowed because service account confined does not reference '
            "that secret",
        ),
        (
            {
                "containers": [
                    {
                        "name": "c",
                        "image": "i",
                        "env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "other", "key": "k"}}}],
                    }
                ]
            },
            'container c with envVar E referencing secret.secretName="other" is not allowed',
        ),
        (
            {"initContainers": [{"name": "i", "image": "i", "envFrom": [{"secretRef": {"name": "other"}}]}]},
            'init container i with envFrom referencing secret.secretName="other" is not allowed',
        ),
        (
            {"imagePullSecrets": [{"name": "other"}]},
            'imagePullSecrets[0].name="other" is not allowed because service account confined does not reference that '
            "imagePullSecret",
        ),
    ],
)
def test_a_confined_account_uses_the_secrets_it_lists_alone(server: Server, spec: dict[str, Any], why: str) -> None:
    assert why in refused(server, pod("confined", "confined", **spec))


def test_a_confined_account_may_use_what_it_lists(server: Server) -> None:
    created(server, pod("allowed", "confined", volumes=[{"name": "v", "secret": {"secretName": "mine"}}]))
    debug = {"name": "e", "image": "i", "envFrom": [{"secretRef": {"name": "other"}}]}
    answer = server.request(
        "PATCH",
        f"{PODS}/allowed/ephemeralcontainers",
        {"spec": {"ephemeralContainers": [debug]}},
        headers={"Content-Type": "application/strategic-merge-patch+json"},
    )
    assert answer.status == 403
    assert 'ephemeral container e with envFrom referencing secret.secretName="other"' in answer.json["message"]


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"serviceAccountName": "default"}, "a mirror pod may not reference service accounts"),
        ({"volumes": [{"name": "s", "secret": {"secretName": "s"}}]}, "a mirror pod may not reference secrets"),
    ],
)
def test_a_mirror_pod_refers_to_no_account(server: Server, spec: dict[str, Any], why: str) -> None:
    mirror = pod("mirror", **spec)
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    mirror["spec"]["nodeName"] = "one"
    assert why in refused(server, mirror)


def test_a_mirror_pod_gets_neither_account_nor_token(server: Server) -> None:
    mirror = pod("mirror")
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    mirror["spec"]["nodeName"] = "one"
    spec = created(server, mirror)
    assert "serviceAccountName" not in spec
    assert "volumes" not in spec


def _attributes(obj: dict[str, Any]) -> Attributes:
    return Attributes(
        operation="CREATE",
        resource=GroupVersionResource("", "v1", "pods"),
        kind=GroupVersionKind("", "v1", "Pod"),
        subresource="",
        namespace="default",
        name="p",
        obj=obj,
        old=None,
        user=User("u"),
        dry_run=False,
        warnings=[],
    )


def test_the_default_account_is_waited_for(tmp_path: Path) -> None:
    with Server(tmp_path / "state.db") as running:
        accounts = running.server.api.registries[SERVICE_ACCOUNTS].cache

        async def both() -> dict[str, Any]:
            obj = pod("p")
            admission = asyncio.ensure_future(ServiceAccount(accounts).mutate(_attributes(obj)))
            await asyncio.sleep(0)
            await running._request("POST", ACCOUNTS, {"metadata": {"name": "default"}}, {}, {})
            await admission
            return obj

        assert running.run(both())["spec"]["volumes"]


def test_a_default_account_that_does_not_come_is_no_longer_waited_for(tmp_path: Path) -> None:
    with Server(tmp_path / "state.db") as running:
        accounts = running.server.api.registries[SERVICE_ACCOUNTS].cache
        with pytest.raises(Forbidden, match="error looking up service account default/default"):
            running.run(ServiceAccount(accounts, patience=0.0).mutate(_attributes(pod("p"))))
