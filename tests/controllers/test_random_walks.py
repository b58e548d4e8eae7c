"""Controllers on random walks: caches that lag by resource, pods that fail or vanish, changes of mind, and restarts.

Whatever happened, when it ends everything is exactly as asked for; and on the way nothing is made that is one too many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest

from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import Object, controller_of, is_terminating, key_of
from apimachinery.pods import is_pod_active, is_pod_terminal
from client.resources import (
    CONTROLLERREVISIONS,
    DAEMONSETS,
    DEPLOYMENTS,
    JOBS,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PODS,
    REPLICASETS,
    STATEFULSETS,
)
from client.workers import work_off
from controllers.controller import Build, Controller
from controllers.daemonset.controller import build_daemonset
from controllers.deployment.controller import build_deployment
from controllers.job.controller import build_job
from controllers.replicaset.controller import build_replicaset
from controllers.statefulset.controller import build_statefulset
from tests.controllers.objects import deployment, replica_set, template
from tests.controllers.world import World

SEEDS, STEPS = range(12), 150
READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
UNREADY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]}


class Walk:
    """A world in which things happen at random, one at a time."""

    def __init__(self, seed: int, builds: Sequence[Build], resources: Sequence[GroupVersionResource]) -> None:
        self.random = Random(seed)
        self.world = World()
        self.resources = [PODS, *resources]
        self._builds = builds
        self.controllers: list[Controller] = []
        self.happenings: list[Callable[[], object]] = [self.tell, self.tell, self.work, self.work, self.work]
        self.happenings += [self.kubelet, self.kubelet, self.wait]

    def begin(self) -> None:
        """Also after an end: what was only remembered is forgotten, and the first thing seen is how it is."""
        self.world.catch_up()
        self.controllers = [self.world.build(build) for build in self._builds]

    def go(self, steps: int = STEPS) -> None:
        self.begin()
        for _ in range(steps):
            self.random.choice(self.happenings)()

    def come_to_rest(self) -> None:
        """Nothing happens any more but what has to."""
        for _ in range(60):
            for controller in self.controllers:
                self.world.settle(controller)
            for pod in self.world.all(PODS):
                self._end(pod) if is_terminating(pod) else self.set_state(pod, READY)
            self.world.clock.advance(30)
        for controller in self.controllers:
            self.world.settle(controller)

    # What happens

    def tell(self) -> None:
        """One resource's informer catches up; the others still lag."""
        self.world.catch_up(self.random.choice(self.resources))

    def work(self) -> None:
        loop = self.random.choice(self.random.choice(self.controllers).loops)
        if len(loop.queue):
            key = loop.queue.get(0)
            assert key is not None
            work_off("walk", loop.queue, loop.sync, key)
            loop.queue.done(key)

    def wait(self) -> None:
        self.world.clock.advance(self.random.choice((0.1, 1, 20)))

    def kubelet(self) -> None:
        pod = self.a_pod()
        if pod is not None:
            self._end(pod) if is_terminating(pod) else self.set_state(pod, self.random.choice((READY, READY, UNREADY)))

    def evict(self) -> None:
        pod = self.a_pod()
        if pod is not None:
            self.world.api.delete(PODS, "default", pod["metadata"]["name"])

    def fail(self) -> None:
        pod = self.a_pod()
        if pod is not None:
            self.set_state(pod, {"phase": "Failed", "conditions": []})

    def restart(self) -> None:
        self.begin()

    def a_pod(self) -> Object | None:
        pods = [pod for pod in self.world.all(PODS) if not is_pod_terminal(pod)]
        return self.random.choice(pods) if pods else None

    def _end(self, pod: Object) -> None:
        if not is_pod_terminal(pod):
            self.set_state(pod, {"phase": "Failed", "conditions": []})

    def set_state(self, pod: Object, status: Object) -> None:
        if not is_pod_terminal(pod) and pod.get("status") != status:
            self.world.change(PODS, key_of(pod), {"status": status})

    def change(self, gvr: GroupVersionResource, key: str, spec: Any) -> None:
        self.world.change(gvr, key, {"spec": spec})

    def active(self) -> list[Object]:
        return [pod for pod in self.world.all(PODS) if is_pod_active(pod)]


def no_pod_too_many(walk: Walk, gvr: GroupVersionResource, wanted: Callable[[Object], int]) -> None:
    """From now on each creation of a pod is checked: its owner, as the controllers see it, must lack one."""
    world = walk.world

    def check(verb: str, of: GroupVersionResource, obj: Any) -> None:
        if verb != "create" or of != PODS:
            return
        owner = controller_of(obj)
        assert owner is not None
        seen = world.seen[gvr][f"default/{owner['name']}"]
        there = [pod for pod in walk.active() if (controller_of(pod) or {}).get("uid") == owner["uid"]]
        assert len(there) < wanted(seen), f"{len(there)} pods are there, {wanted(seen)} are wanted"

    world.api.refuse = check


def replicas(obj: Object) -> int:
    return int(obj["spec"]["replicas"])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_replica_set(seed: int) -> None:
    walk = Walk(seed, [build_replicaset], [REPLICASETS])
    walk.world.put(REPLICASETS, replica_set(replicas=4))
    no_pod_too_many(walk, REPLICASETS, replicas)
    scale = [lambda size=size: walk.change(REPLICASETS, "default/web", {"replicas": size}) for size in (0, 3, 6)]
    walk.happenings += [walk.evict, walk.fail, walk.restart, *scale]
    walk.go()
    walk.come_to_rest()
    owner = walk.world.get(REPLICASETS, "default/web")
    assert len(walk.active()) == replicas(owner) == owner["status"]["replicas"] == owner["status"]["availableReplicas"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deployment(seed: int) -> None:
    walk = Walk(seed, [build_deployment, build_replicaset], [DEPLOYMENTS, REPLICASETS])
    walk.world.put(DEPLOYMENTS, deployment(replicas=4))
    no_pod_too_many(walk, REPLICASETS, replicas)
    scale = [lambda size=size: walk.change(DEPLOYMENTS, "default/web", {"replicas": size}) for size in (2, 5)]
    roll = [
        lambda image=image: walk.change(DEPLOYMENTS, "default/web", {"template": template({"app": "web"}, image)})
        for image in ("nginx", "nginx:2")
    ]
    walk.happenings += [walk.evict, walk.restart, *scale, *roll]
    walk.go()
    walk.come_to_rest()
    made = walk.world.get(DEPLOYMENTS, "default/web")
    image = made["spec"]["template"]["spec"]["containers"][0]["image"]
    assert [pod["spec"]["containers"][0]["image"] for pod in walk.active()] == [image] * replicas(made)
    assert made["status"]["updatedReplicas"] == made["status"]["availableReplicas"] == replicas(made)
    images = Counter(one["spec"]["template"]["spec"]["containers"][0]["image"] for one in walk.world.all(REPLICASETS))
    assert set(images.values()) == {1}, "two sets of one template"


def stateful_set(**spec: Any) -> Object:
    labels = {"app": "db"}
    given = {"replicas": 3, "serviceName": "db", "selector": {"matchLabels": labels}, "template": template(labels)}
    rolling = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}
    metadata = {"name": "db", "namespace": "default", "uid": "db"}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": {**given, **rolling, **spec}}


@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_stateful_set(seed: int, policy: str) -> None:
    walk = Walk(seed, [build_statefulset], [STATEFULSETS, CONTROLLERREVISIONS, PERSISTENTVOLUMECLAIMS])
    claims = [{"metadata": {"name": "data"}, "spec": {}}]
    walk.world.put(STATEFULSETS, stateful_set(podManagementPolicy=policy, volumeClaimTemplates=claims))
    scale = [lambda size=size: walk.change(STATEFULSETS, "default/db", {"replicas": size}) for size in (1, 4)]
    roll = [
        lambda image=image: walk.change(STATEFULSETS, "default/db", {"template": template({"app": "db"}, image)})
        for image in ("nginx", "nginx:2")
    ]
    walk.happenings += [walk.evict, walk.fail, walk.restart, *scale, *roll]
    walk.go()
    walk.come_to_rest()
    made = walk.world.get(STATEFULSETS, "default/db")
    image = made["spec"]["template"]["spec"]["containers"][0]["image"]
    found = {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"] for pod in walk.world.all(PODS)}
    assert found == {f"db-{number}": image for number in range(replicas(made))}
    assert made["status"]["currentRevision"] == made["status"]["updateRevision"]
    assert made["status"]["availableReplicas"] == replicas(made)


@pytest.mark.parametrize("surge", [0, 1])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_daemon_set(seed: int, surge: int) -> None:
    walk = Walk(seed, [build_daemonset], [DAEMONSETS, NODES, CONTROLLERREVISIONS])
    for number in range(3):
        walk.world.put(NODES, {"kind": "Node", "metadata": {"name": f"n{number}", "labels": {}}, "spec": {}})
    labels = {"app": "agent"}
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": 1 - surge}}
    spec = {"selector": {"matchLabels": labels}, "template": template(labels), "updateStrategy": rolling}
    metadata = {"name": "agent", "namespace": "default", "uid": "agent"}
    walk.world.put(DAEMONSETS, {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "spec": spec})
    roll = [
        lambda image=image: walk.change(DAEMONSETS, "default/agent", {"template": template(labels, image)})
        for image in ("nginx", "nginx:2")
    ]
    taint = [
        lambda taints=taints: walk.change(NODES, "n0", {"taints": taints})
        for taints in ([], [{"key": "out", "effect": "NoExecute"}])
    ]
    walk.happenings += [walk.evict, walk.fail, walk.restart, *roll, *taint]
    walk.go()
    walk.change(NODES, "n0", {"taints": []})
    walk.come_to_rest()
    made = walk.world.get(DAEMONSETS, "default/agent")
    image = made["spec"]["template"]["spec"]["containers"][0]["image"]
    assert [pod["spec"]["containers"][0]["image"] for pod in walk.active()] == [image] * 3
    assert made["status"]["numberAvailable"] == made["status"]["updatedNumberScheduled"] == 3


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_job_counts_every_pod_once(seed: int, indexed: bool) -> None:
    walk = Walk(seed, [build_job], [JOBS])
    spec: Object = {
        "parallelism": 3,
        "completions": 8,
        "backoffLimit": 1000,
        "selector": {"matchLabels": {"job": "j"}},
        "template": template({"job": "j"}) | {"metadata": {"labels": {"job": "j"}}},
        "completionMode": "Indexed" if indexed else "NonIndexed",
    }
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "default", "uid": "j"}}
    walk.world.put(JOBS, {**job, "spec": spec})
    no_pod_too_many(walk, JOBS, lambda seen: 3)
    succeeded: set[str] = set()

    def finish() -> None:
        pod = walk.a_pod()
        if pod is not None and not is_terminating(pod):
            walk.set_state(pod, {"phase": "Succeeded", "conditions": []})
            succeeded.add(pod["metadata"]["uid"])

    walk.happenings += [finish, finish, walk.fail, walk.evict, walk.restart]
    walk.go(steps=300)
    for _ in range(40):
        walk.come_to_rest()
        finish()
        if any(c["type"] == "Complete" for c in walk.world.get(JOBS, "default/j")["status"].get("conditions") or ()):
            break
    walk.come_to_rest()
    status = walk.world.get(JOBS, "default/j")["status"]
    assert status["succeeded"] == 8
    assert indexed or len(succeeded) == 8
    assert not any(pod["metadata"].get("finalizers") for pod in walk.world.all(PODS))
    assert not any(status["uncountedTerminatedPods"].values())
    assert [c["type"] for c in status["conditions"]] == ["SuccessCriteriaMet", "Complete"]
