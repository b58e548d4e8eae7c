"""StatefulSets, DaemonSets, Jobs and CronJobs through their whole lives, driven by kubectl, on two hollow nodes."""

from __future__ import annotations

import json
import subprocess
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from kubejazz.testing import Kubejazz
from tests.controllers.live import eventually

WAIT = "--timeout=20s"
LABELS = {"app": "x"}


class Space:
    """A namespace of the cluster, and kubectl in it."""

    def __init__(self, cluster: Kubejazz, name: str) -> None:
        self.cluster = cluster
        self.name = name

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        return self.cluster.kubectl("-n", self.name, *arguments, stdin=stdin)

    def apply(self, obj: dict[str, Any]) -> None:
        self.kubectl("apply", "-f", "-", stdin=json.dumps(obj))

    def get(self, what: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", what, "-o", "json"))
        return found

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Without what is going, the oldest first."""
        found = json.loads(self.kubectl("get", kind, "-o", "json", "--sort-by=.metadata.creationTimestamp"))["items"]
        return [one for one in found if "deletionTimestamp" not in one["metadata"]]

    def names(self, kind: str) -> list[str]:
        return sorted(one["metadata"]["name"] for one in self.all(kind))

    def images(self) -> dict[str, str]:
        return {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"] for pod in self.all("pods")}

    def reasons(self) -> list[str]:
        return [event["reason"] for event in self.all("events")]


@pytest.fixture
def space(kubejazz_cluster: Kubejazz, request: pytest.FixtureRequest) -> Iterator[Space]:
    name = f"life-{zlib.crc32(request.node.nodeid.encode()):x}"
    kubejazz_cluster.kubectl("create", "namespace", name)
    yield Space(kubejazz_cluster, name)
    kubejazz_cluster.kubectl("delete", "namespace", name, "--wait=false")


def pods_of(image: str, *command: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "c", "image": image, **({"command": list(command)} if command else {})}
    return {"metadata": {"labels": LABELS}, "spec": {"containers": [container], **spec}}


def workload(kind: str, image: str = "a:1", **spec: Any) -> dict[str, Any]:
    body = {"selector": {"matchLabels": LABELS}, "template": pods_of(image), **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "x"}, "spec": body}


def job(*command: str, **spec: Any) -> dict[str, Any]:
    body = {"template": pods_of("busybox", *command, restartPolicy="Never"), **spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}, "spec": body}


# StatefulSet


def test_a_stateful_set_grows_shrinks_and_rolls_in_its_order(space: Space) -> None:
    space.apply(workload("StatefulSet", replicas=3, serviceName="x"))
    space.kubectl("rollout", "status", "sts/x", WAIT)
    made = [event["message"] for event in space.all("events") if event["reason"] == "SuccessfulCreate"]
    assert made == [f"create Pod x-{n} in StatefulSet x successful" for n in range(3)]
    assert space.names("pods") == ["x-0", "x-1", "x-2"]

    partition = {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 2}}}}
    space.kubectl("patch", "sts", "x", "-p", json.dumps(partition))
    space.kubectl("set", "image", "sts/x", "c=a:2")
    space.kubectl("rollout", "status", "sts/x", WAIT)
    assert space.images() == {"x-0": "a:1", "x-1": "a:1", "x-2": "a:2"}

    space.kubectl("patch", "sts", "x", "-p", json.dumps({"spec": {"updateStrategy": {"rollingUpdate": None}}}))
    space.kubectl("rollout", "status", "sts/x", WAIT)
    assert set(space.images().values()) == {"a:2"}
    space.kubectl("rollout", "undo", "sts/x")
    space.kubectl("rollout", "status", "sts/x", WAIT)
    assert set(space.images().values()) == {"a:1"}

    space.kubectl("scale", "sts/x", "--replicas=1")
    eventually(lambda: space.names("pods"), ["x-0"].__eq__)
    status = eventually(lambda: space.get("sts/x")["status"], lambda s: s["replicas"] == 1)
    assert status["currentRevision"] == status["updateRevision"]


def test_a_stateful_set_has_claims_that_outlive_it_or_not(space: Space) -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    policy = {"whenScaled": "Delete", "whenDeleted": "Retain"}
    # Nothing provides volumes: the pods wait, and what is asked here is which claims there are.
    made = workload("StatefulSet", replicas=2, serviceName="x", podManagementPolicy="Parallel")
    made["spec"] |= {"volumeClaimTemplates": [claim], "persistentVolumeClaimRetentionPolicy": policy}
    space.apply(made)
    eventually(lambda: space.names("pvc"), ["data-x-0", "data-x-1"].__eq__)
    eventually(lambda: space.names("pods"), ["x-0", "x-1"].__eq__)
    space.kubectl("scale", "sts/x", "--replicas=1")
    eventually(lambda: space.names("pvc"), ["data-x-0"].__eq__)
    space.kubectl("delete", "sts", "x", "--cascade=foreground", WAIT)
    assert space.names("pods") == []
    assert space.names("pvc") == ["data-x-0"]


# DaemonSet


def test_a_daemon_set_covers_the_nodes_and_rolls(space: Space) -> None:
    def covered() -> dict[str, str]:
        return {pod["spec"].get("nodeName", ""): pod["spec"]["containers"][0]["image"] for pod in space.all("pods")}

    space.apply(workload("DaemonSet"))
    space.kubectl("rollout", "status", "ds/x", WAIT)
    assert covered() == {"node-1": "a:1", "node-2": "a:1"}
    space.kubectl("set", "image", "ds/x", "c=a:2")
    space.kubectl("rollout", "status", "ds/x", WAIT)
    assert covered() == {"node-1": "a:2", "node-2": "a:2"}
    space.kubectl("rollout", "undo", "ds/x", "--to-revision=1")
    space.kubectl("rollout", "status", "ds/x", WAIT)
    assert covered() == {"node-1": "a:1", "node-2": "a:1"}

    space.kubectl("patch", "ds", "x", "-p", '{"spec":{"template":{"spec":{"nodeSelector":{"daemons":"here"}}}}}')
    eventually(covered, {}.__eq__)
    space.kubectl("label", "node", "node-2", "daemons=here")
    try:
        eventually(covered, {"node-2": "a:1"}.__eq__)
    finally:
        space.kubectl("label", "node", "node-2", "daemons-")
    eventually(covered, {}.__eq__)


def test_a_daemon_set_that_updates_on_delete_waits_for_it(space: Space) -> None:
    space.apply(workload("DaemonSet", updateStrategy={"type": "OnDelete"}))
    eventually(lambda: space.get("ds/x").get("status", {}), lambda s: s.get("numberAvailable") == 2)
    space.kubectl("set", "image", "ds/x", "c=a:2")
    eventually(lambda: space.get("ds/x")["status"], lambda s: not s.get("updatedNumberScheduled"))
    assert set(space.images().values()) == {"a:1"}
    space.kubectl("delete", "pods", "--all", WAIT)
    eventually(lambda: sorted(space.images().values()), ["a:2", "a:2"].__eq__)


# Job


def test_a_job_completes_and_goes_after_its_time(space: Space) -> None:
    space.apply(job("true", completions=3, parallelism=2, ttlSecondsAfterFinished=1))
    space.kubectl("wait", "job/x", "--for=condition=Complete", WAIT)
    assert "Completed" in eventually(space.reasons, lambda reasons: "Completed" in reasons)
    eventually(lambda: space.names("jobs") + space.names("pods"), [].__eq__)


def test_a_job_gives_up_and_says_why(space: Space) -> None:
    space.apply(job("false", backoffLimit=0))
    space.kubectl("wait", "job/x", "--for=condition=Failed", WAIT)
    found = next(c for c in space.get("job/x")["status"]["conditions"] if c["type"] == "Failed")
    assert (found["reason"], found["message"]) == (
        "BackoffLimitExceeded",
        "Job has reached the specified backoff limit",
    )


def test_a_job_is_suspended_and_resumed(space: Space) -> None:
    space.apply(job("sleep", "600", parallelism=2))
    eventually(lambda: len(space.names("pods")), (2).__eq__)
    space.kubectl("patch", "job", "x", "-p", '{"spec":{"suspend":true}}')
    eventually(lambda: space.names("pods"), [].__eq__)
    assert space.kubectl("get", "job", "x").splitlines()[1].split()[1] == "Suspended"
    space.kubectl("patch", "job", "x", "-p", '{"spec":{"suspend":false}}')
    eventually(lambda: len(space.names("pods")), (2).__eq__)
    assert {"Suspended", "Resumed"} <= set(space.reasons())
    space.kubectl("delete", "job", "x", "--cascade=orphan", WAIT)
    left = space.all("pods")
    assert len(left) == 2
    assert not any(pod["metadata"].get("ownerReferences") for pod in left)
    eventually(lambda: [pod["metadata"].get("finalizers") for pod in space.all("pods")], [None, None].__eq__)


def test_an_indexed_job_ends_when_its_leader_has_succeeded(space: Space) -> None:
    indexed = job("sleep", "600", completions=3, parallelism=3, completionMode="Indexed")
    indexed["spec"] |= {"successPolicy": {"rules": [{"succeededIndexes": "0"}]}}
    command = ["sh", "-c", "exit 0"]
    indexed["spec"]["template"]["spec"]["containers"][0]["command"] = command
    space.apply(indexed)
    space.kubectl("wait", "job/x", "--for=condition=SuccessCriteriaMet", WAIT)
    space.kubectl("wait", "job/x", "--for=condition=Complete", WAIT)
    assert "0" in space.get("job/x")["status"]["completedIndexes"]


# CronJob


def test_a_cron_jobs_job_is_made_by_hand_and_goes_with_it(space: Space) -> None:
    template = {"spec": job("true")["spec"]}
    made = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "x"}}
    space.apply({**made, "spec": {"schedule": "0 0 31 2 *", "jobTemplate": template}})
    space.kubectl("create", "job", "by-hand", "--from=cronjob/x")
    space.kubectl("wait", "job/by-hand", "--for=condition=Complete", WAIT)
    [owner] = space.get("job/by-hand")["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"]) == ("CronJob", "x")
    space.kubectl("delete", "cronjob", "x", "--cascade=foreground", WAIT)
    assert space.names("jobs") == space.names("pods") == []


# Whose pods they are


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"])
def test_pods_that_were_orphaned_are_adopted_again_and_none_is_replaced(space: Space, kind: str) -> None:
    counted: dict[str, Any] = {} if kind == "DaemonSet" else {"replicas": 2}
    named: dict[str, Any] = {"serviceName": "x"} if kind == "StatefulSet" else {}
    space.apply(workload(kind, **counted, **named))
    ready = eventually(lambda: _ready(space), lambda pods: len(pods) == 2)
    space.kubectl("delete", kind.lower(), "x", "--cascade=orphan", WAIT)
    left = space.all("replicasets" if kind == "Deployment" else "pods")
    assert not any(one["metadata"].get("ownerReferences") for one in left)
    space.apply(workload(kind, **counted, **named))
    eventually(lambda: all(pod["metadata"].get("ownerReferences") for pod in space.all("pods")), bool)
    if kind in ("Deployment", "StatefulSet", "DaemonSet"):
        space.kubectl("rollout", "status", f"{kind.lower()}/x", WAIT)
        assert space.kubectl("rollout", "history", f"{kind.lower()}/x").split()[-2:][0] == "1"
    assert _ready(space) == ready


def _ready(space: Space) -> dict[str, str]:
    """Uids of pods that are ready, by name."""
    return {
        pod["metadata"]["name"]: pod["metadata"]["uid"]
        for pod in space.all("pods")
        if any(c["type"] == "Ready" and c["status"] == "True" for c in (pod["status"].get("conditions") or ()))
    }


def test_a_pod_that_loses_its_label_is_let_go_and_replaced(space: Space) -> None:
    space.apply(workload("Deployment", replicas=2))
    space.kubectl("rollout", "status", "deployment/x", WAIT)
    taken = space.names("pods")[0]
    space.kubectl("label", "pod", taken, "app-")
    eventually(lambda: len(_ready(space)), (3).__eq__)
    assert "ownerReferences" not in space.get(f"pod/{taken}")["metadata"]
    space.kubectl("label", "pod", taken, "app=x")
    eventually(lambda: len(space.all("pods")), (2).__eq__)


def test_a_deleted_set_of_a_deployment_comes_back_under_the_same_name(space: Space) -> None:
    space.apply(workload("Deployment", replicas=1))
    space.kubectl("rollout", "status", "deployment/x", WAIT)
    [name] = space.names("rs")
    uid = space.get(f"rs/{name}")["metadata"]["uid"]
    space.kubectl("delete", "rs", name, WAIT)
    again = eventually(lambda: space.all("rs"), lambda sets: sets and sets[0]["metadata"]["uid"] != uid)
    assert again[0]["metadata"]["name"] == name
    space.kubectl("rollout", "status", "deployment/x", WAIT)


# Whatever else looks after pods


def _protected(space: Space) -> None:
    space.kubectl("create", "deployment", "guarded", "--image=a:1", "--replicas=2")
    space.kubectl("rollout", "status", "deployment/guarded", WAIT)
    space.kubectl("create", "pdb", "guarded", "--selector=app=guarded", "--min-available=2")


def test_a_budget_counts_and_blocks_evictions_until_there_is_room(space: Space) -> None:
    _protected(space)
    status = eventually(lambda: space.get("pdb/guarded").get("status", {}), lambda s: s.get("currentHealthy") == 2)
    assert status["disruptionsAllowed"] == 0
    [first, *_] = space.names("pods")
    node = space.get(f"pod/{first}")["spec"]["nodeName"]
    drain = ("drain", node, "--pod-selector=app=guarded", "--delete-emptydir-data")
    try:
        with pytest.raises(subprocess.CalledProcessError) as failure:
            space.cluster.kubectl(*drain, "--timeout=1s")
        assert "Cannot evict pod as it would violate the pod's disruption budget." in failure.value.stderr
        space.kubectl("scale", "deployment/guarded", "--replicas=4")
        eventually(lambda: space.get("pdb/guarded")["status"], lambda s: s["disruptionsAllowed"] == 2)
        space.cluster.kubectl(*drain, WAIT)
        placed = [pod["spec"].get("nodeName") for pod in space.all("pods")]
        assert node not in placed
    finally:
        space.cluster.kubectl("uncordon", node)


def test_a_tainted_node_loses_its_pods_but_for_those_that_tolerate_it(space: Space) -> None:
    for name, tolerations in (("meek", []), ("stubborn", [{"key": "gone", "operator": "Exists"}])):
        spec = {"containers": [{"name": "c", "image": "a:1"}], "nodeName": "node-1", "tolerations": tolerations}
        space.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
    space.kubectl("wait", "pod", "--all", "--for=condition=Ready", WAIT)
    space.kubectl("taint", "node", "node-1", "gone=yes:NoExecute")
    try:
        eventually(lambda: space.names("pods"), ["stubborn"].__eq__)
        assert "TaintManagerEviction" in eventually(space.reasons, lambda reasons: "TaintManagerEviction" in reasons)
    finally:
        space.kubectl("taint", "node", "node-1", "gone-")
