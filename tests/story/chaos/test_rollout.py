"""A rolling update whose controllers are killed all the time: nothing is doubled, enough pods serve at any time."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from apimachinery.objects import controller_of, is_terminating, name_of
from apimachinery.pods import is_pod_active, is_pod_ready
from client.api import Client
from client.resources import DEPLOYMENTS, REPLICASETS
from kubejazz.testing import Kubejazz
from tests.story.chaos.managers import Managers
from tests.story.chaos.past import Version, past
from tests.story.waiting import eventually

REPLICAS, SURGE, UNAVAILABLE = 40, 3, 2
PATIENCE = 180.0


def deployment(image: str) -> dict[str, Any]:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}]}}
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": SURGE, "maxUnavailable": UNAVAILABLE}}
    spec = {"replicas": REPLICAS, "selector": {"matchLabels": labels}, "template": template, "strategy": strategy}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def is_rolled_out(client: Client, space: str) -> bool:
    found = client.get(DEPLOYMENTS, space, "web")
    status = found.get("status") or {}
    counts = [status.get(name) for name in ("replicas", "updatedReplicas", "availableReplicas")]
    return status.get("observedGeneration") == found["metadata"]["generation"] and counts == [REPLICAS] * 3


def test_a_rolling_update_whose_controllers_are_killed(
    uncontrolled: Kubejazz, client: Client, hunted: Managers, space: str
) -> None:
    client.create(DEPLOYMENTS, space, deployment("web:1"))
    eventually(lambda: is_rolled_out(client, space), bool, timeout=PATIENCE)
    began = int(client.update(DEPLOYMENTS, space, "web", deployment("web:2"))["metadata"]["resourceVersion"])

    hunted.kill_while(lambda: not is_rolled_out(client, space))
    eventually(lambda: is_rolled_out(client, space), bool, timeout=PATIENCE)

    eventually(lambda: _living(client, space), lambda count: count == REPLICAS, timeout=PATIENCE)
    story = hunted.story
    assert hunted.kills, story
    versions = list(past(uncontrolled.data_dir, "pods", "replicasets.apps", namespace=space))
    _check_pods(versions, began, story)
    _check_sizes(versions, story)
    reasons = {event.obj["reason"] for event in past(uncontrolled.data_dir, "events", namespace=space)}
    assert not reasons & {"FailedCreate", "ReplicaSetCreateError"}, story


def _living(client: Client, space: str) -> int:
    return sum((rs.get("status") or {}).get("replicas") or 0 for rs in client.list(REPLICASETS, space)["items"])


def _owner(pod: Any) -> str:
    owner = controller_of(pod)
    assert owner is not None
    return str(owner["uid"])


def _check_pods(versions: list[Version], began: int, story: str) -> None:
    """Each set makes each of its pods once; at no moment does too little serve."""
    made = Counter(_owner(v.obj) for v in _firsts(versions, "pods"))
    assert sorted(made.values()) == [REPLICAS, REPLICAS], (made, story)
    pods: dict[str, Any] = {}
    for version in versions:
        if version.resource != "pods":
            continue
        pods[version.name] = version.obj
        if version.gone:
            del pods[version.name]
        serving = sum(is_pod_ready(pod) and not is_terminating(pod) for pod in pods.values())
        if version.revision > began:
            assert serving >= REPLICAS - UNAVAILABLE, (version.revision, story)


def _check_sizes(versions: list[Version], story: str) -> None:
    """Two sets; one grows, one shrinks, together never too large, and no set has more pods than its size."""
    sizes: dict[str, int] = {}
    active: dict[str, set[str]] = defaultdict(set)
    history: dict[str, list[int]] = defaultdict(list)
    for version in versions:
        obj = version.obj
        if version.resource == "pods":
            is_active = is_pod_active(obj) and not version.gone
            (set.add if is_active else set.discard)(active[_owner(obj)], version.name)
            first = is_active and "nodeName" not in obj["spec"] and not obj["status"].get("conditions")
            assert not first or len(active[_owner(obj)]) <= sizes[_owner(obj)], (version.revision, story)
            continue
        assert not version.gone, (name_of(obj), story)
        sizes[version.uid] = obj["spec"]["replicas"]
        history[version.uid].append(sizes[version.uid])
        assert sum(sizes.values()) <= REPLICAS + SURGE, (version.revision, story)
    old, new = history.values()
    assert (old[0], old[-1], new[-1]) == (REPLICAS, 0, REPLICAS), story
    assert old == sorted(old, reverse=True), story
    assert new == sorted(new), story


def _firsts(versions: list[Version], resource: str) -> list[Version]:
    """The version of each object that made it."""
    seen: dict[str, Version] = {}
    for version in versions:
        if version.resource == resource:
            seen.setdefault(version.uid, version)
    return list(seen.values())
