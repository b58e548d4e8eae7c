from __future__ import annotations

from typing import Any

import pytest

from tests.server.harness import Server

CLAIM = {"resources": {"requests": {"storage": "1Gi"}}, "accessModes": ["ReadWriteOnce"]}
VOLUME = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/tmp"}}
KINDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "claim": ("/api/v1/namespaces/default/persistentvolumeclaims", {"spec": CLAIM}, "kubernetes.io/pvc-protection"),
    "volume": ("/api/v1/persistentvolumes", {"spec": VOLUME}, "kubernetes.io/pv-protection"),
    "class": (
        "/apis/storage.k8s.io/v1/volumeattributesclasses",
        {"driverName": "csi.example.com", "parameters": {"iops": "1"}},
        "kubernetes.io/vac-protection",
    ),
}


@pytest.mark.parametrize(("path", "body", "finalizer"), KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("own", [[], ["example.com/own"]])
def test_what_is_made_gets_the_finalizer_once(
    server: Server, path: str, body: dict[str, Any], finalizer: str, own: list[str]
) -> None:
    made = server.post(path, {"metadata": {"name": "x", "finalizers": own}, **body})
    assert made.status == 201, made.text
    assert made.json["metadata"]["finalizers"] == [*own, finalizer]
    again = server.post(path, {"metadata": {"name": "y", "finalizers": [finalizer, *own]}, **body}).json
    assert again["metadata"]["finalizers"] == [finalizer, *own]


@pytest.mark.parametrize(("path", "body", "finalizer"), KINDS.values(), ids=KINDS)
def test_a_deletion_waits_and_the_finalizer_may_be_taken_off(
    server: Server, path: str, body: dict[str, Any], finalizer: str
) -> None:
    server.post(path, {"metadata": {"name": "x"}, **body})
    assert server.delete(f"{path}/x").json["metadata"]["deletionTimestamp"]
    assert server.patch(f"{path}/x", {"metadata": {"finalizers": None}}).status == 200
    assert server.get(f"{path}/x").status == 404
