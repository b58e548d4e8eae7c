"""Writes to subresources that have their own rules."""

from __future__ import annotations

from typing import Any

import pytest

from server.validation import namespace, pod, podresize, replicationcontroller
from server.validation.validator import Validator
from tests.server.validation.table import SUBDOMAIN, Case, Table, all_of, cases, drop, put, same, texts

EPHEMERAL = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    },
    update=(
        (
            same,
            put(
                "spec.ephemeralContainers",
                [
                    {
                        "name": "e",
                        "image": "i",
                        "imagePullPolicy": "Always",
                        "terminationMessagePath": "/l",
                        "terminationMessagePolicy": "File",
                    }
                ],
            ),
            [],
        ),
        (
            same,
            put("spec.ephemeralContainers", [{"name": "c"}]),
            [
                "spec.ephemeralContainers[0].image: Required value",
                "spec.ephemeralContainers[0].terminationMessagePolicy: Required value",
                "spec.ephemeralContainers[0].imagePullPolicy: Required value",
                'spec.ephemeralContainers[0].name: Duplicate value: "c"',
            ],
        ),
        (
            put(
                "spec.ephemeralContainers",
                [
                    {
                        "name": "e",
                        "image": "i",
                        "imagePullPolicy": "Always",
                        "terminationMessagePath": "/l",
                        "terminationMessagePolicy": "File",
                    }
                ],
            ),
            same,
            ['spec.ephemeralContainers: Forbidden: existing ephemeral containers "e" may not be removed\n'],
        ),
        (
            put(
                "spec.ephemeralContainers",
                [
                    {
                        "name": "e",
                        "image": "i",
                        "imagePullPolicy": "Always",
                        "terminationMessagePath": "/l",
                        "terminationMessagePolicy": "File",
                    }
                ],
            ),
            put(
                "spec.ephemeralContainers",
                [
                    {
                        "name": "e",
                        "image": "j",
                        "imagePullPolicy": "Always",
                        "terminationMessagePath": "/l",
                        "terminationMessagePolicy": "File",
                    }
                ],
            ),
            [
                (
                    'spec.ephemeralContainers: Forbidden: existing ephemeral containers "e" may not be changed\n@@ '
                    '-1,6 +1,6 @@\n {\n  "name": "e",\n- "image": "i",\n+ "image": "j",\n  "imagePullPolicy": '
                    '"Always",\n  "terminationMessagePath": "/l",\n  "terminationMessagePolicy": "File"\n'
                )
            ],
        ),
        (
            put("metadata.annotations", {"kubernetes.io/config.mirror": "x"}),
            put("metadata.annotations", {"kubernetes.io/config.mirror": "x"}),
            [": Forbidden: static pods do not support ephemeral containers"],
        ),
        (same, put("spec.containers.0.image", ""), ["spec.containers[0].image: Required value"]),
        (
            same,
            put(
                "spec.ephemeralContainers",
                [
                    {
                        "ports": [{"containerPort": 80}],
                        "name": "e",
                        "image": "i",
                        "imagePullPolicy": "Always",
                        "terminationMessagePath": "/l",
                        "terminationMessagePolicy": "File",
                    }
                ],
            ),
            [
                "spec.ephemeralContainers[0].ports[0].protocol: Required value",
                "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
            ],
        ),
    ),
    validator=Validator(pod.POD.create, pod.validate_ephemeral_containers),
)

RESIZE = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {
            "initContainers": [{"name": "i", "image": "i", "resources": {"requests": {"cpu": "1"}}}],
            "containers": [
                {
                    "name": "c",
                    "image": "i",
                    "resources": {
                        "limits": {"cpu": "1", "memory": "1Gi"},
                        "requests": {"cpu": "500m", "memory": "1Gi"},
                    },
                }
            ],
        },
    },
    update=(
        (same, put("spec.containers.0.resources.requests.cpu", "600m"), []),
        (
            same,
            put("spec.containers.0.resources.requests.cpu", "2"),
            [
                (
                    'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu '
                    "limit of 1"
                )
            ],
        ),
        (
            same,
            drop("spec.containers.0.resources.limits.cpu"),
            ["spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed"],
        ),
        (
            same,
            all_of(
                drop("spec.containers.0.resources.limits"),
                drop("spec.containers.0.resources.requests"),
                drop("spec.initContainers.0.resources"),
            ),
            [
                'spec: Invalid value: "": Pod QOS Class may not change as a result of resizing',
                "spec.initContainers[0].resources.requests: Forbidden: resource requests cannot be removed",
                "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
                "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed",
            ],
        ),
        (same, put("spec.containers.0.image", "j"), ["spec: Forbidden: only cpu and memory resources are mutable"]),
        (
            same,
            put("spec.containers.0.name", "d"),
            ["spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize"],
        ),
        (
            same,
            put("spec.containers", []),
            [
                "spec.containers: Required value",
                "spec.containers: Forbidden: containers may not be added or removed on resize",
            ],
        ),
        (same, put("spec.activeDeadlineSeconds", 5), ["spec: Forbidden: only cpu and memory resources are mutable"]),
        (same, put("spec.initContainers.0.resources.requests.cpu", "2"), []),
        (
            same,
            put("spec.initContainers.0.image", "j"),
            [
                (
                    "spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar "
                    "containers are mutable"
                )
            ],
        ),
        (
            same,
            all_of(
                put("spec.containers.0.resources.requests.cpu", "1"),
                put("spec.initContainers.0.resources.requests", {"cpu": "1", "memory": "1Gi"}),
                put("spec.initContainers.0.resources.limits", {"cpu": "1", "memory": "1Gi"}),
            ),
            ['spec: Invalid value: "": Pod QOS Class may not change as a result of resizing'],
        ),
        (
            put("status.containerStatuses", [{"name": "c", "state": {"running": {}}}]),
            put("spec.containers.0.resources.requests.cpu", "600m"),
            ["spec: Forbidden: Pod running on node without support for resize"],
        ),
        (
            put("spec.initContainers.0.resizePolicy", [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]),
            all_of(
                put(
                    "spec.initContainers.0.resizePolicy", [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]
                ),
                put("spec.initContainers.0.resources.requests.cpu", "2"),
            ),
            [
                (
                    "spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of "
                    "RestartContainer cannot be resized"
                )
            ],
        ),
        (
            put("spec.os", {"name": "windows"}),
            put("spec.os", {"name": "windows"}),
            [": Forbidden: windows pods cannot be resized"],
        ),
        (
            put("metadata.annotations", {"kubernetes.io/config.mirror": "x"}),
            put("metadata.annotations", {"kubernetes.io/config.mirror": "x"}),
            [": Forbidden: static pods cannot be resized"],
        ),
    ),
    validator=Validator(pod.POD.create, podresize.validate_resize),
)

SCALE = Table(
    {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"replicas": 1},
    },
    create=(
        (put("spec.replicas", -1), ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]),
        (put("metadata.name", "A"), [f'metadata.name: Invalid value: "A": {SUBDOMAIN}']),
        (drop("spec"), []),
    ),
    update=(
        (same, put("spec.replicas", -1), ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]),
    ),
    validator=replicationcontroller.SCALE,
)

FINALIZE = Table(
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}, "spec": {"finalizers": ["kubernetes"]}},
    update=(
        (same, put("spec.finalizers", []), []),
        (
            same,
            put("spec.finalizers", ["kubernetes", "a", "a b/c"]),
            [
                (
                    'spec.finalizers[1]: Invalid value: "a": name is neither a standard finalizer name nor is it '
                    "fully qualified"
                ),
                f'spec.finalizers[2]: Invalid value: "a b/c": prefix part {SUBDOMAIN}',
            ],
        ),
        (same, put("metadata.name", "m"), ['metadata.name: Invalid value: "m": field is immutable']),
    ),
    validator=Validator(namespace.NAMESPACE.create, namespace.validate_namespace_finalize),
)


@pytest.mark.parametrize("case", cases(EPHEMERAL, RESIZE, SCALE, FINALIZE))
def test_rules(case: Case) -> None:
    case.check()


@pytest.mark.parametrize(
    ("binding", "errors"),
    [
        ({"target": {"kind": "Node", "name": "n"}}, []),
        ({"target": {"name": "n"}}, []),
        ({}, ["target.name: Required value"]),
        (
            {"target": {"kind": "Pod", "name": "n"}},
            ['target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"'],
        ),
        (
            {"target": {"name": "a/b"}},
            ["target.name: Invalid value: \"a/b\": may not contain '/' or '%', and may not be '.' or '..'"],
        ),
    ],
)
def test_bindings(binding: dict[str, Any], errors: list[str]) -> None:
    assert texts(pod.validate_binding({"metadata": {"name": "p"}, **binding})) == errors
