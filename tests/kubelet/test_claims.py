from __future__ import annotations

from typing import Any, cast

import pytest

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from client.api import Client
from client.errors import ClientClosed, TransportError
from kubelet.claims import ClaimReader
from kubelet.runtimes.runtime import Outcome
from tests.kubelet.builders import pod
from tests.kubelet.fakes import FakeClient


def user() -> Object:
    found = pod(meta={"namespace": "ns"})
    found["spec"]["volumes"] = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    return found


def claim(phase: str) -> Object:
    metadata = {"name": "data", "namespace": "ns"}
    return {"metadata": metadata, "spec": {"volumeName": "v1"}, "status": {"phase": phase}}


def asked(client: FakeClient, of: Object | None = None) -> list[Outcome]:
    answers: list[Outcome] = []
    reader = ClaimReader(lambda node: cast(Client, client), FakeClock())
    reader.look("n", of or user(), answers.append)
    uid = reader.queue.get(0)
    assert uid is not None
    reader.sync(uid)
    reader.sync(uid)
    return answers


def test_a_bound_claim_is_fine() -> None:
    client = FakeClient()
    client.put("persistentvolumeclaims", claim("Bound"))
    assert asked(client) == [Outcome(True)]


def test_what_is_not_bound_or_not_there_is_told() -> None:
    client = FakeClient()
    (missing,) = asked(client)
    assert not missing.ok
    assert missing.message.endswith(
        'error processing PVC ns/data: failed to fetch PVC from API server: persistentvolumeclaims "data" not found'
    )
    client.put("persistentvolumeclaims", claim("Pending"))
    (pending,) = asked(client)
    assert pending.message.endswith("PVC is not bound")


@pytest.mark.parametrize(("error", "answers"), [(TransportError("refused"), 1), (ClientClosed("closed"), 0)])
def test_a_server_that_cannot_be_reached_is_a_problem_and_a_kubelet_that_ends_is_none(
    error: Exception, answers: int
) -> None:
    client = FakeClient()

    def fail(verb: str, resource: str) -> Any:
        raise error

    client.fail = fail
    assert len(asked(client)) == answers


def reader_of(source: Object) -> Object:
    found = pod(meta={"namespace": "ns"})
    found["spec"]["volumes"] = [{"name": "v", "projected": {"sources": [{"clusterTrustBundle": source}]}}]
    return found


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ({"name": "ca"}, 'while getting ClusterTrustBundle: clustertrustbundles.certificates.k8s.io "ca" not found'),
        (
            {"signerName": "e.com/s", "labelSelector": {}},
            "combination of signerName and labelSelector matched zero ClusterTrustBundles",
        ),
    ],
)
def test_trust_bundles_must_be_there(source: Object, problem: str) -> None:
    client = FakeClient()
    assert asked(client, reader_of(source)) == [Outcome(False, f'MountVolume.SetUp failed for volume "v" : {problem}')]
    client.put("clustertrustbundles", {"metadata": {"name": "ca"}, "spec": {"signerName": "e.com/s"}})
    assert asked(client, reader_of(source)) == [Outcome(True)]


def shower(volume: Object) -> Object:
    found = pod(meta={"namespace": "ns"})
    found["spec"]["volumes"] = [{"name": "v", **volume}]
    return found


@pytest.mark.parametrize(
    ("volume", "resource", "kind", "key_problem"),
    [
        (
            {"configMap": {"name": "o", "items": [{"key": "k", "path": "p"}]}},
            *("configmaps", "configmap", "configmap references non-existent config key: k"),
        ),
        (
            {"secret": {"secretName": "o", "items": [{"key": "k", "path": "p"}]}},
            *("secrets", "secret", "references non-existent secret key: k"),
        ),
        (
            {"projected": {"sources": [{"secret": {"name": "o", "items": [{"key": "k", "path": "p"}]}}]}},
            *("secrets", "secret", "references non-existent secret key: k"),
        ),
    ],
)
def test_what_volumes_show_must_be_there(volume: Object, resource: str, kind: str, key_problem: str) -> None:
    client = FakeClient()
    failed = 'MountVolume.SetUp failed for volume "v" : '
    assert asked(client, shower(volume)) == [Outcome(False, f'{failed}{kind} "o" not found')]
    client.put(resource, {"metadata": {"name": "o", "namespace": "ns"}, "data": {"other": ""}})
    assert asked(client, shower(volume)) == [Outcome(False, f"{failed}{key_problem}")]
    client.put(resource, {"metadata": {"name": "o", "namespace": "ns"}, "data": {"k": ""}})
    assert asked(client, shower(volume)) == [Outcome(True)]
