"""Garbage, namespaces and what every namespace has, through kubectl and the client against a served API."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object, name_of
from client.api import Client
from client.resources import CONFIGMAPS, EVENTS, NAMESPACES, PODS, REPLICASETS, SERVICEACCOUNTS
from kubejazz.testing import Kubejazz
from tests.controllers.live import eventually, find, items

OWN = ("kube-root-ca.crt",)


def config_map(client: Client, namespace: str, name: str, *owners: Object, **metadata: Any) -> Object:
    references = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": name_of(owner), "uid": owner["metadata"]["uid"]}
        for owner in owners
    ]
    for reference in references:
        reference["blockOwnerDeletion"] = True
    body = {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"name": name, "ownerReferences": references, **metadata},
    }
    return client.create(CONFIGMAPS, namespace, body)


def config_maps(client: Client, namespace: str) -> set[str]:
    return {name_of(obj) for obj in items(client, CONFIGMAPS, namespace)} - set(OWN)


def replica_set(server: Kubejazz, client: Client, namespace: str, replicas: int) -> None:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    body: Object = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"}, "spec": spec}
    client.create(REPLICASETS, namespace, body)
    eventually(lambda: len(items(client, PODS, namespace)), lambda count: count == replicas)


@pytest.fixture
def two(controlled: Kubejazz, client: Client, namespace: str) -> tuple[Kubejazz, Client, str]:
    return controlled, client, namespace


def test_deletion_in_the_background_takes_the_pods_afterwards(two: tuple[Kubejazz, Client, str]) -> None:
    server, client, namespace = two
    replica_set(server, client, namespace, 5)
    server.kubectl("delete", "rs", "web", "-n", namespace)
    assert find(client, REPLICASETS, namespace, "web") is None
    eventually(lambda: items(client, PODS, namespace), lambda left: not left)


def test_deletion_in_the_foreground_takes_the_pods_first(two: tuple[Kubejazz, Client, str]) -> None:
    server, client, namespace = two
    replica_set(server, client, namespace, 5)
    server.kubectl("delete", "rs", "web", "-n", namespace, "--cascade=foreground", "--timeout=15s")
    assert items(client, PODS, namespace) == []


def test_deletion_that_orphans_leaves_the_pods_free_and_a_new_set_adopts_them(
    two: tuple[Kubejazz, Client, str],
) -> None:
    server, client, namespace = two
    replica_set(server, client, namespace, 3)
    before = {name_of(pod) for pod in items(client, PODS, namespace)}
    server.kubectl("delete", "rs", "web", "-n", namespace, "--cascade=orphan", "--timeout=15s")
    assert all(not pod["metadata"].get("ownerReferences") for pod in items(client, PODS, namespace))
    replica_set(server, client, namespace, 3)
    adopted = eventually(
        lambda: items(client, PODS, namespace),
        lambda pods: all(pod["metadata"].get("ownerReferences") for pod in pods),
    )
    assert {name_of(pod) for pod in adopted} == before


def test_an_owner_that_never_was_takes_its_dependents_with_it(two: tuple[Kubejazz, Client, str]) -> None:
    _, client, namespace = two
    ghost = {"metadata": {"name": "ghost", "uid": "00000000-0000-0000-0000-000000000001"}}
    config_map(client, namespace, "a", ghost)
    eventually(lambda: config_maps(client, namespace), lambda names: not names)


def test_generations_go_one_after_the_other(two: tuple[Kubejazz, Client, str]) -> None:
    server, client, namespace = two
    owner = config_map(client, namespace, "g0")
    for generation in range(1, 5):
        owner = config_map(client, namespace, f"g{generation}", owner)
    server.kubectl("delete", "configmap", "g0", "-n", namespace, "--cascade=foreground", "--timeout=15s")
    assert config_maps(client, namespace) == set()


def test_a_dependent_that_is_held_holds_its_owner(two: tuple[Kubejazz, Client, str]) -> None:
    _, client, namespace = two
    owner = config_map(client, namespace, "owner")
    config_map(client, namespace, "held", owner, finalizers=["example.com/hold"])
    client.delete(CONFIGMAPS, namespace, "owner", propagation="Foreground")
    eventually(
        lambda: client.get(CONFIGMAPS, namespace, "held")["metadata"], lambda metadata: "deletionTimestamp" in metadata
    )
    assert config_maps(client, namespace) == {"owner", "held"}
    client.patch(CONFIGMAPS, namespace, "held", {"metadata": {"finalizers": None}})
    eventually(lambda: config_maps(client, namespace), lambda names: not names)


def test_an_owner_in_another_namespace_is_none_and_the_dependent_is_told(two: tuple[Kubejazz, Client, str]) -> None:
    _, client, namespace = two
    other = f"{namespace}-other"
    client.create(NAMESPACES, "", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": other}})
    owner = config_map(client, namespace, "owner")
    config_map(client, other, "stray", owner)
    config_map(client, namespace, "good", owner)
    eventually(lambda: config_maps(client, other), lambda names: not names)
    reasons = eventually(lambda: [event["reason"] for event in items(client, EVENTS, other)], bool)
    assert "OwnerRefInvalidNamespace" in reasons
    assert config_maps(client, namespace) == {"owner", "good"}


def test_a_namespace_takes_everything_in_it_and_is_then_gone(two: tuple[Kubejazz, Client, str]) -> None:
    server, client, namespace = two
    replica_set(server, client, namespace, 3)
    config_map(client, namespace, "a")
    server.kubectl("delete", "namespace", namespace, "--timeout=18s")
    assert find(client, NAMESPACES, "", namespace) is None
    assert not items(client, PODS, namespace)
    assert not items(client, CONFIGMAPS, namespace)


def test_a_namespace_says_what_holds_it(two: tuple[Kubejazz, Client, str]) -> None:
    _, client, namespace = two
    config_map(client, namespace, "held", finalizers=["example.com/hold"])
    client.delete(NAMESPACES, "", namespace)

    def messages() -> dict[str, str]:
        status = client.get(NAMESPACES, "", namespace)["status"]
        return {c["type"]: c["message"] for c in status.get("conditions") or () if c["status"] == "True"}

    said = eventually(messages, lambda found: "NamespaceFinalizersRemaining" in found)
    assert said["NamespaceContentRemaining"] == "Some resources are remaining: configmaps. has 1 resource instances"
    assert said["NamespaceFinalizersRemaining"] == (
        "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
    )
    client.patch(CONFIGMAPS, namespace, "held", {"metadata": {"finalizers": None}})
    eventually(lambda: find(client, NAMESPACES, "", namespace), lambda found: found is None)


def test_every_namespace_has_its_account_and_its_certificates(two: tuple[Kubejazz, Client, str]) -> None:
    _, client, namespace = two
    eventually(lambda: find(client, SERVICEACCOUNTS, namespace, "default"))
    found = eventually(lambda: find(client, CONFIGMAPS, namespace, OWN[0]))
    assert found is not None
    assert found["data"]["ca.crt"] == client.certificate_authority()
    client.delete(CONFIGMAPS, namespace, OWN[0])
    client.delete(SERVICEACCOUNTS, namespace, "default")
    eventually(lambda: find(client, CONFIGMAPS, namespace, OWN[0]))
    eventually(lambda: find(client, SERVICEACCOUNTS, namespace, "default"))
