"""Claims and volumes, from creation to reclaim."""

from __future__ import annotations

from typing import Any

from tests.story.housekeeping.conftest import Story


def claim(name: str, **spec: Any) -> dict[str, Any]:
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": wanted}


def volume(name: str, **spec: Any) -> dict[str, Any]:
    offered = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "5Gi"},
        "persistentVolumeReclaimPolicy": "Retain",
        "hostPath": {"path": "/srv/data"},
        **spec,
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": offered}


def pod(name: str, of_claim: str) -> dict[str, Any]:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": of_claim}}]
    mounts = [{"name": "data", "mountPath": "/data"}]
    containers = [{"name": "c", "image": "nginx", "volumeMounts": mounts}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": containers, "volumes": volumes, "terminationGracePeriodSeconds": 1},
    }


def phase(story: Story, kind: str, name: str) -> str:
    return str(story.get(kind, name).get("status", {}).get("phase"))


def test_a_volume_made_by_hand_is_bound_released_and_kept(story: Story) -> None:
    name = f"{story.namespace}-disk"
    story.apply(claim("data", storageClassName=story.namespace))
    said = ("Warning", "ProvisioningFailed", f'storageclass.storage.k8s.io "{story.namespace}" not found')
    story.until(lambda: said in story.events("PersistentVolumeClaim/data"), "an event")
    story.apply(pod("user", "data"))
    why = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    story.until(
        lambda: any(message.startswith(why) for _, _, message in story.events("Pod/user")),
        "the pod says what it waits for",
    )
    story.apply(volume(name, storageClassName=story.namespace))
    story.wait("pvc/data", "jsonpath={.status.phase}=Bound")
    story.wait("pod/user", "condition=Ready")
    found = story.get("pvc", "data")
    assert found["spec"]["volumeName"] == name
    assert found["status"]["capacity"] == {"storage": "5Gi"}
    bound = story.get("pv", name)
    assert bound["status"]["phase"] == "Bound"
    assert bound["status"]["lastPhaseTransitionTime"]

    story.kubectl("delete", "pvc", "data", "--wait=false")
    assert story.get("pvc", "data")["metadata"]["deletionTimestamp"]
    story.kubectl("delete", "pod", "user")
    story.wait(f"pv/{name}", "jsonpath={.status.phase}=Released")
    story.apply(claim("again", storageClassName=story.namespace))
    assert phase(story, "pvc", "again") == "Pending"
    story.kubectl("patch", "pv", name, "--type=json", '-p=[{"op": "remove", "path": "/spec/claimRef"}]')
    story.wait("pvc/again", "jsonpath={.status.phase}=Bound")
    story.kubectl("delete", "pv", name, "--wait=false")
    assert story.get("pv", name)["metadata"]["deletionTimestamp"]
    story.kubectl("delete", "pvc", "again")
    story.kubectl("wait", f"pv/{name}", "--for=delete", "--timeout=20s")


def test_a_claim_of_the_default_class_waits_for_its_pod_grows_and_takes_its_folder_along(story: Story) -> None:
    story.apply(claim("data"))
    waits = ("Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding")
    story.until(lambda: waits in story.events("PersistentVolumeClaim/data"), "an event")
    assert phase(story, "pvc", "data") == "Pending"
    story.apply(pod("user", "data"))
    story.wait("pod/user", "condition=Ready")
    found = story.get("pvc", "data")
    name, node = found["spec"]["volumeName"], story.get("pod", "user")["spec"]["nodeName"]
    assert found["metadata"]["annotations"]["volume.kubernetes.io/selected-node"] == node
    made = story.get("pv", name)
    assert made["metadata"]["annotations"] == {"pv.kubernetes.io/provisioned-by": "kubejazz.io/host-path"}
    folder = story.cluster.data_dir / "volumes" / f"{name}_{story.namespace}_data"
    assert made["spec"]["hostPath"]["path"] == str(folder)
    assert folder.is_dir()
    told = ("Normal", "ProvisioningSucceeded", f"Successfully provisioned volume {name}")
    story.until(lambda: told in story.events("PersistentVolumeClaim/data"), "an event")

    story.kubectl("patch", "pvc", "data", "-p", '{"spec":{"resources":{"requests":{"storage":"3Gi"}}}}')
    story.wait("pvc/data", "jsonpath={.status.capacity.storage}=3Gi")
    assert story.get("pv", name)["spec"]["capacity"] == {"storage": "3Gi"}

    story.kubectl("delete", "pod/user", "pvc/data")
    story.kubectl("wait", f"pv/{name}", "--for=delete", "--timeout=20s")
    assert not folder.exists()


def test_a_pod_stays_with_its_volume(story: Story) -> None:
    story.apply(claim("data"), pod("first", "data"))
    story.wait("pod/first", "condition=Ready")
    node = story.get("pod", "first")["spec"]["nodeName"]
    story.kubectl("delete", "pod", "first")
    story.kubectl("cordon", node)
    try:
        story.apply(pod("second", "data"))
        why = "2 node(s) didn't match PersistentVolume's node affinity"
        story.until(lambda: any(why in message for _, _, message in story.events("Pod/second")), "an event")
    finally:
        story.kubectl("uncordon", node)
    story.wait("pod/second", "condition=Ready")
    assert story.get("pod", "second")["spec"]["nodeName"] == node


def test_a_statefulset_has_bound_claims_that_outlive_its_pods(story: Story) -> None:
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "nginx"}], "terminationGracePeriodSeconds": 1},
    }
    spec = {
        "serviceName": "web",
        "replicas": 2,
        "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": {"app": "web"}},
        "template": template,
        "volumeClaimTemplates": [claim("data")],
    }
    story.apply({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": spec})
    story.kubectl("rollout", "status", "statefulset/web", "--timeout=20s")
    before = {c["metadata"]["name"]: c["spec"]["volumeName"] for c in story.get("pvc")["items"]}
    assert set(before) == {"data-web-0", "data-web-1"}
    node = story.get("pod", "web-1")["spec"]["nodeName"]
    story.kubectl("scale", "statefulset/web", "--replicas=1")
    story.kubectl("wait", "pod/web-1", "--for=delete", "--timeout=20s")
    story.kubectl("scale", "statefulset/web", "--replicas=2")
    story.kubectl("rollout", "status", "statefulset/web", "--timeout=20s")
    assert {c["metadata"]["name"]: c["spec"]["volumeName"] for c in story.get("pvc")["items"]} == before
    assert story.get("pod", "web-1")["spec"]["nodeName"] == node


def test_an_ephemeral_volume_lives_as_long_as_its_pod(story: Story) -> None:
    template = {"spec": claim("unnamed")["spec"]}
    wanted = pod("user", "none")
    wanted["spec"]["volumes"] = [{"name": "data", "ephemeral": {"volumeClaimTemplate": template}}]
    story.apply(wanted)
    story.wait("pod/user", "condition=Ready")
    found = story.get("pvc", "user-data")
    assert found["status"]["phase"] == "Bound"
    assert found["metadata"]["ownerReferences"][0]["name"] == "user"
    story.kubectl("delete", "pod", "user")
    story.kubectl("wait", "pvc/user-data", "--for=delete", "--timeout=20s")
    story.kubectl("wait", f"pv/{found['spec']['volumeName']}", "--for=delete", "--timeout=20s")


def test_a_kubelet_waits_for_the_claims_of_a_pod_that_nobody_scheduled(story: Story) -> None:
    story.apply(claim("data", storageClassName=""))
    wanted = pod("user", "data")
    wanted["spec"]["nodeName"] = "node-1"
    story.apply(wanted)
    why = f"error processing PVC {story.namespace}/data: PVC is not bound"
    story.until(lambda: any(why in message for _, _, message in story.events("Pod/user")), "FailedMount")
    assert phase(story, "pod", "user") == "Pending"
    story.apply(volume(f"{story.namespace}-late"))
    story.wait("pod/user", "condition=Ready")
    story.kubectl("delete", "pod/user", "pvc/data")
    story.kubectl("delete", "pv", f"{story.namespace}-late")
