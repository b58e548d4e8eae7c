"""A namespace full of many kinds goes while the controllers are killed: nothing is left and nothing comes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import find_condition
from client.api import Client
from client.resources import (
    CONFIGMAPS,
    CRONJOBS,
    DAEMONSETS,
    DEPLOYMENTS,
    HORIZONTALPODAUTOSCALERS,
    JOBS,
    LEASES,
    LIMITRANGES,
    NAMESPACES,
    NETWORKPOLICIES,
    PERSISTENTVOLUMECLAIMS,
    PODDISRUPTIONBUDGETS,
    PODS,
    RESOURCEQUOTAS,
    ROLES,
    SECRETS,
    SERVICEACCOUNTS,
    SERVICES,
    STATEFULSETS,
)
from kubejazz.datadir import DataDir
from kubejazz.testing import Kubejazz
from storage.backends import look
from tests.controllers.live import find
from tests.story.chaos.managers import Managers
from tests.story.chaos.past import past
from tests.story.waiting import eventually

HOLD = "example.com/hold"
HELD = "held"
PATIENCE = 60.0
LABELS = {"app": "x"}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
ONCE = {"template": {"spec": {"containers": [{"name": "c", "image": "nginx"}], "restartPolicy": "Never"}}}
SELECTED = {"selector": {"matchLabels": LABELS}}

CONTENT: tuple[tuple[GroupVersionResource, str, int, dict[str, Any]], ...] = (
    (CONFIGMAPS, "ConfigMap", 30, {}),
    (SECRETS, "Secret", 20, {}),
    (SERVICEACCOUNTS, "ServiceAccount", 5, {}),
    (SERVICES, "Service", 3, {"spec": {"selector": LABELS, "ports": [{"port": 80}]}}),
    (DEPLOYMENTS, "Deployment", 3, {"spec": {"replicas": 3, **SELECTED, "template": TEMPLATE}}),
    (STATEFULSETS, "StatefulSet", 1, {"spec": {"replicas": 3, "serviceName": "x", **SELECTED, "template": TEMPLATE}}),
    (DAEMONSETS, "DaemonSet", 1, {"spec": {**SELECTED, "template": TEMPLATE}}),
    (JOBS, "Job", 2, {"spec": {"parallelism": 3, **ONCE}}),
    (CRONJOBS, "CronJob", 1, {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": ONCE}}}),
    (PODDISRUPTIONBUDGETS, "PodDisruptionBudget", 1, {"spec": {"minAvailable": 100, **SELECTED}}),
    (ROLES, "Role", 2, {"rules": []}),
    (LEASES, "Lease", 2, {}),
    (LIMITRANGES, "LimitRange", 1, {"spec": {"limits": []}}),
    (RESOURCEQUOTAS, "ResourceQuota", 1, {"spec": {"hard": {"pods": "1000"}}}),
    (NETWORKPOLICIES, "NetworkPolicy", 1, {"spec": {"podSelector": {}}}),
    (
        PERSISTENTVOLUMECLAIMS,
        "PersistentVolumeClaim",
        2,
        {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}},
    ),
    (
        HORIZONTALPODAUTOSCALERS,
        "HorizontalPodAutoscaler",
        1,
        {"spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x-0"}}},
    ),
)


def content() -> Iterator[tuple[GroupVersionResource, dict[str, Any]]]:
    for gvr, kind, count, body in CONTENT:
        for number in range(count):
            yield gvr, {"apiVersion": gvr.api_version, "kind": kind, "metadata": {"name": f"x-{number}"}, **body}
    metadata = {"name": HELD, "finalizers": [HOLD]}
    yield CONFIGMAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def test_a_namespace_that_goes_while_the_controllers_are_killed(
    uncontrolled: Kubejazz, client: Client, hunted: Managers, space: str
) -> None:
    for gvr, obj in content():
        client.create(gvr, space, obj)
    eventually(lambda: _pods(client, space), lambda count: count >= 20, timeout=PATIENCE)
    client.delete(NAMESPACES, "", space)

    hunted.kill_while(lambda: True)
    eventually(lambda: _message(client, space), lambda text: HOLD in text, timeout=PATIENCE)
    assert find(client, CONFIGMAPS, space, HELD) is not None
    client.patch(CONFIGMAPS, space, HELD, {"metadata": {"finalizers": None}})
    eventually(lambda: find(client, NAMESPACES, "", space), lambda found: found is None, timeout=PATIENCE)

    story = hunted.story
    assert hunted.kills, story
    with look(f"sqlite:///{DataDir(uncontrolled.data_dir).database}") as reading, reading.snapshot():
        assert [row for row in reading.current_rows() if row[1] == space] == [], story
    _check_past(uncontrolled, space, story)


def _pods(client: Client, space: str) -> int:
    return sum((pod.get("status") or {}).get("phase") == "Running" for pod in client.list(PODS, space)["items"])


def _message(client: Client, space: str) -> str:
    found = client.get(NAMESPACES, "", space)
    return str((find_condition(found, "NamespaceFinalizersRemaining") or {}).get("message") or "")


def _check_past(server: Kubejazz, space: str, story: str) -> None:
    """From its deletion on nothing new came, everything went once, and the namespace went last."""
    own = [version for version in past(server.data_dir, "namespaces") if version.name == space]
    going = next(v.revision for v in own if "deletionTimestamp" in v.obj["metadata"])
    assert own[-1].gone, story
    made: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    for version in past(server.data_dir, namespace=space):
        where = (version.resource, version.name, version.revision, story)
        assert version.revision < own[-1].revision, where
        if version.uid not in made:
            made[version.uid] = 1
            assert version.revision < going or version.resource == "events", where
        gone[version.uid] += version.gone
    assert set(gone.values()) == {1}, story
    assert made.keys() == gone.keys(), story
