"""What a write pays for managedFields and patches: ``python -m bench.patch``.

Every create and update runs record_update, so it is held to the price of the rest of a write. The peer is the cost of
printing the same object, which no write can avoid.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from apimachinery.gvk import GroupVersionKind
from bench.table import Table, record
from openapi.schema import type_of
from server.patch.json_patch import apply_json_patch
from server.patch.managed import apply, record_update
from server.patch.merge_patch import apply_merge_patch
from server.patch.strategic import apply_strategic_patch

POD_TYPE = type_of(GroupVersionKind("", "v1", "Pod"))
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROUNDS = 5

CONTAINER: dict[str, Any] = {
    "name": "web",
    "image": "registry.example.com/shop/web:1.25.3",
    "ports": [
        {"name": "http", "containerPort": 8080, "protocol": "TCP"},
        {"name": "metrics", "containerPort": 9090, "protocol": "TCP"},
    ],
    "env": [
        {"name": "MODE", "value": "production"},
        {"name": "POD", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
    ],
    "resources": {"limits": {"cpu": "500m", "memory": "128Mi"}, "requests": {"cpu": "250m", "memory": "64Mi"}},
    "volumeMounts": [
        {"name": "data", "mountPath": "/data"},
        {"name": "token", "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"},
    ],
    "readinessProbe": {
        "httpGet": {"path": "/ready", "port": 8080, "scheme": "HTTP"},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    },
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent",
}
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "web-0",
        "namespace": "shop",
        "uid": "7e1d9c5e-6a0b-4a27-8a2b-6f1f3f0f7a11",
        "creationTimestamp": "2026-01-02T03:04:05Z",
        "labels": {"app": "web", "tier": "front", "pod-template-hash": "6d4cf56db6"},
        "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-6d4cf56db6", "uid": "u1", "controller": True}
        ],
    },
    "spec": {
        "volumes": [
            {"name": "data", "emptyDir": {}},
            {"name": "token", "projected": {"sources": [{"downwardAPI": {}}], "defaultMode": 420}},
        ],
        "containers": [CONTAINER],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "nodeName": "node-1",
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300}],
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
    },
    "status": {
        "phase": "Running",
        "conditions": [
            {"type": name, "status": "True", "lastProbeTime": None, "lastTransitionTime": "2026-01-02T03:04:05Z"}
            for name in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
        ],
        "podIP": "10.1.2.3",
        "podIPs": [{"ip": "10.1.2.3"}],
    },
}


def measure(name: str, work: Callable[[], object]) -> tuple[str, str]:
    """A row: the best of some rounds, in microseconds a call."""
    count, best = 2000, float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(count):
            work()
        best = min(best, (time.perf_counter() - start) / count)
    return name, f"{best * 1e6:.1f} µs"


def recorded(live: Any, obj: Any, manager: str, subresource: str = "") -> Any:
    new = {**obj, "metadata": dict(obj["metadata"])}
    record_update(live, new, POD_TYPE, manager=manager, api_version="v1", subresource=subresource, now=NOW)
    return new


def applied(live: Any, config: Any) -> Any:
    return apply(live, config, POD_TYPE, manager="shop", force=True, api_version="v1", now=NOW)


def main() -> None:
    live = orjson.loads(orjson.dumps(recorded(recorded(None, POD, "creator"), POD, "kubelet", "status")))
    status = copy.deepcopy(live)
    status["status"]["conditions"][1]["status"] = "False"
    config = {key: value for key, value in POD.items() if key != "status"}
    mine = orjson.loads(orjson.dumps(applied(None, config)))
    other = copy.deepcopy(config)
    other["spec"]["containers"][0]["image"] = "registry.example.com/shop/web:2"
    shorter = copy.deepcopy(config)
    del shorter["spec"]["containers"][0]["readinessProbe"]
    image = {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}
    operations = [{"op": "replace", "path": "/spec/containers/0/image", "value": "web:2"}]

    rows = [
        measure("peer: print the pod", lambda: orjson.dumps(live)),
        measure("record_update: create", lambda: recorded(None, POD, "creator")),
        measure("record_update: one field of the status", lambda: recorded(live, status, "kubelet", "status")),
        measure("record_update: nothing changes", lambda: recorded(live, live, "creator")),
        measure("apply: create", lambda: applied(None, config)),
        measure("apply: nothing changes", lambda: applied(mine, config)),
        measure("apply: one field changes", lambda: applied(mine, other)),
        measure("apply: a field is given up", lambda: applied(mine, shorter)),
        measure("strategic merge patch: an image", lambda: apply_strategic_patch(live, image, POD_TYPE)),
        measure("merge patch: a label", lambda: apply_merge_patch(live, {"metadata": {"labels": {"a": "b"}}})),
        measure("JSON patch: an image", lambda: apply_json_patch(live, operations)),
    ]
    title = "Patches and owners of a pod"
    record(Table(title, "bench.patch", (f"of a pod of {len(orjson.dumps(POD)):,} bytes", "measured"), rows))


if __name__ == "__main__":
    main()
