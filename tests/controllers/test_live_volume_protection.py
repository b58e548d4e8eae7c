"""A claim in use outlives its deletion, in a served API with its controllers."""

from __future__ import annotations

from apimachinery.objects import is_terminating
from client.api import Client
from client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS
from kubejazz.testing import Kubejazz
from tests.controllers.live import eventually, find


def test_a_claim_goes_after_the_pod_that_uses_it_and_a_volume_at_once(
    controlled: Kubejazz, client: Client, namespace: str
) -> None:
    size = {"resources": {"requests": {"storage": "1Gi"}}, "accessModes": ["ReadWriteOnce"], "storageClassName": ""}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": size}
    made = client.create(PERSISTENTVOLUMECLAIMS, namespace, claim)
    assert made["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    spec = {"containers": [{"name": "c", "image": "nginx"}], "volumes": volumes, "nodeName": "nowhere"}
    client.create(PODS, namespace, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "user"}, "spec": spec})
    client.delete(PERSISTENTVOLUMECLAIMS, namespace, "data")

    path = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/tmp"}}
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": namespace}, "spec": path}
    assert client.create(PERSISTENTVOLUMES, "", volume)["metadata"]["finalizers"] == ["kubernetes.io/pv-protection"]
    client.delete(PERSISTENTVOLUMES, "", namespace)
    eventually(lambda: find(client, PERSISTENTVOLUMES, "", namespace), lambda found: found is None)

    assert is_terminating(client.get(PERSISTENTVOLUMECLAIMS, namespace, "data"))
    client.delete(PODS, namespace, "user", grace_period=0)
    eventually(lambda: find(client, PERSISTENTVOLUMECLAIMS, namespace, "data"), lambda found: found is None)
