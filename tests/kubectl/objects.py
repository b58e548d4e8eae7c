"""Objects the tests start from."""

from __future__ import annotations

import copy
from typing import Any

PAUSE = "registry.k8s.io/pause:3.10"


def config_map(name: str, labels: dict[str, str] | None = None, **data: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name} | ({"labels": labels} if labels else {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def pod(name: str, **spec: Any) -> dict[str, Any]:
    containers = [{"name": "main", "image": PAUSE}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": containers, "terminationGracePeriodSeconds": 0, **spec},
    }


def template(name: str) -> dict[str, Any]:
    made = pod(name)
    return {"metadata": {"labels": {"app": name}}, "spec": made["spec"]}


def deployment(name: str, replicas: int = 1, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": template(name),
            **copy.deepcopy(spec),
        },
    }


def stateful_set(name: str, replicas: int = 1) -> dict[str, Any]:
    return deployment(name, replicas, serviceName=name) | {"kind": "StatefulSet"}


def daemon_set(name: str) -> dict[str, Any]:
    made = deployment(name) | {"kind": "DaemonSet"}
    del made["spec"]["replicas"]
    return made


def replica_set(name: str, replicas: int = 1) -> dict[str, Any]:
    return deployment(name, replicas) | {"kind": "ReplicaSet"}


def job(name: str, **spec: Any) -> dict[str, Any]:
    made = {"containers": [{"name": "main", "image": PAUSE}], "restartPolicy": "Never"}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"template": {"spec": made}, **spec},
    }


def service(name: str, port: int = 80) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": port, "protocol": "TCP"}]},
    }
