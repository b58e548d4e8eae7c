"""Horizontal pod autoscalers."""

from __future__ import annotations

import pytest

from tests.server.validation.table import LABEL, Case, Table, cases, put, same

AUTOSCALER = Table(
    {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "r", "namespace": "shop"},
        "spec": {
            "minReplicas": 2,
            "maxReplicas": 5,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
                }
            ],
            "behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}},
        },
    },
    create=(
        (
            put("spec.minReplicas", 0),
            [
                (
                    "spec.metrics: Forbidden: must specify at least one Object or External metric to support "
                    "scaling to zero replicas"
                ),
                "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
            ],
        ),
        (put("spec.minReplicas", -1), ["spec.minReplicas: Invalid value: -1: must be greater than or equal to 1"]),
        (
            put("spec.maxReplicas", 0),
            [
                "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
                "spec.maxReplicas: Required value",
            ],
        ),
        (
            put("spec.maxReplicas", 1),
            ["spec.maxReplicas: Invalid value: 1: must be greater than or equal to `minReplicas`"],
        ),
        (
            put("spec.scaleTargetRef", {"apiVersion": "a/b/c", "kind": "", "name": "a/b"}),
            [
                "spec.scaleTargetRef.kind: Required value",
                "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/'",
                'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
            ],
        ),
        (
            put("spec.scaleTargetRef", {"kind": "Deployment", "name": "d"}),
            ['spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group'],
        ),
        (put("spec.scaleTargetRef", {"kind": "ReplicationController", "name": "d"}), []),
        (
            put("spec.metrics.0", {"type": ""}),
            [
                "spec.metrics[0].type: Required value: must specify a metric source type",
                (
                    'spec.metrics[0].type: Unsupported value: "": supported values: "ContainerResource", '
                    '"External", "Object", "Pods", "Resource"'
                ),
            ],
        ),
        (
            put("spec.metrics.0", {"type": "Some"}),
            [
                (
                    'spec.metrics[0].type: Unsupported value: "Some": supported values: "ContainerResource", '
                    '"External", "Object", "Pods", "Resource"'
                )
            ],
        ),
        (
            put("spec.metrics.0", {"type": "Resource"}),
            ["spec.metrics[0].resource: Required value: must populate information for the given metric source"],
        ),
        (
            put("spec.metrics.0.pods", {}),
            [
                "spec.metrics[0].pods.metric.name: Required value: must specify a metric name",
                "spec.metrics[0].pods.target.type: Required value: must specify a metric target type",
                (
                    'spec.metrics[0].pods.target.type: Invalid value: "": must be either Utilization, Value, or '
                    "AverageValue"
                ),
                (
                    "spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target "
                    "averageValue"
                ),
                "spec.metrics[0].pods: Forbidden: must populate the given metric source only",
            ],
        ),
        (
            put("spec.metrics.0.resource", {"target": {"type": ""}}),
            [
                "spec.metrics[0].resource.name: Required value: must specify a resource name",
                "spec.metrics[0].resource.target.type: Required value: must specify a metric target type",
                (
                    'spec.metrics[0].resource.target.type: Invalid value: "": must be either Utilization, Value, '
                    "or AverageValue"
                ),
                (
                    "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target "
                    "raw value or a target utilization"
                ),
            ],
        ),
        (
            put(
                "spec.metrics.0.resource.target",
                {"type": "Utilization", "averageUtilization": 0, "averageValue": "0", "value": "-1"},
            ),
            [
                'spec.metrics[0].resource.target.value: Invalid value: "-1": must be positive',
                'spec.metrics[0].resource.target.averageValue: Invalid value: "0": must be positive',
                "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0",
                (
                    "spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value "
                    "and a target utilization"
                ),
            ],
        ),
        (
            put(
                "spec.metrics.0",
                {
                    "type": "ContainerResource",
                    "containerResource": {"name": "foo", "container": "A", "target": {"type": "Value"}},
                },
            ),
            [
                (
                    'spec.metrics[0].containerResource.name: Invalid value: "foo": must be a standard resource '
                    "type or fully qualified"
                ),
                (
                    'spec.metrics[0].containerResource.name: Invalid value: "foo": must be a standard resource for '
                    "containers"
                ),
                f'spec.metrics[0].containerResource.container: Invalid value: "A": {LABEL}',
                (
                    "spec.metrics[0].containerResource.target.averageUtilization: Required value: must set either "
                    "a target raw value or a target utilization"
                ),
            ],
        ),
        (
            put("spec.metrics.0", {"type": "Pods", "pods": {"metric": {"name": ""}, "target": {"type": "Value"}}}),
            [
                "spec.metrics[0].pods.metric.name: Required value: must specify a metric name",
                (
                    "spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target "
                    "averageValue"
                ),
            ],
        ),
        (
            put(
                "spec.metrics.0",
                {
                    "type": "External",
                    "external": {
                        "metric": {"name": "a/b"},
                        "target": {"type": "Value", "value": "1", "averageValue": "1"},
                    },
                },
            ),
            [
                "spec.metrics[0].external.metric.name: Invalid value: \"a/b\": may not contain '/'",
                (
                    "spec.metrics[0].external.target.value: Forbidden: may not set both a target value for metric "
                    "and a per-pod target"
                ),
            ],
        ),
        (
            put(
                "spec.metrics.0",
                {"type": "External", "external": {"metric": {"name": "a"}, "target": {"type": "Value"}}},
            ),
            [
                (
                    "spec.metrics[0].external.target.averageValue: Required value: must set either a target value "
                    "for metric or a per-pod target"
                )
            ],
        ),
        (
            put(
                "spec.metrics.0",
                {
                    "type": "Object",
                    "object": {
                        "describedObject": {"apiVersion": "a/b/c", "kind": "K", "name": "n"},
                        "metric": {"name": "a"},
                        "target": {"type": "Value"},
                    },
                },
            ),
            [
                (
                    'spec.metrics[0].object.describedObject.apiVersion: Invalid value: "a/b/c": unexpected '
                    "GroupVersion string: a/b/c"
                ),
                (
                    "spec.metrics[0].object.target.averageValue: Required value: must set either a target value or "
                    "averageValue"
                ),
            ],
        ),
        (
            put("spec.behavior.scaleUp.policies", []),
            ["spec.behavior.scaleUp.policies: Required value: must specify at least one Policy"],
        ),
        (
            put("spec.behavior.scaleUp.policies.0", {"type": "Some", "value": 0, "periodSeconds": 0}),
            [
                (
                    'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Some": supported values: '
                    '"Percent", "Pods"'
                ),
                "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",
                "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 0: must be greater than zero",
            ],
        ),
        (
            put("spec.behavior.scaleUp.policies.0.periodSeconds", 1801),
            [
                (
                    "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or "
                    "equal to 1800"
                )
            ],
        ),
        (
            put("spec.behavior.scaleUp.stabilizationWindowSeconds", -1),
            [
                (
                    "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: -1: must be greater than or "
                    "equal to zero"
                )
            ],
        ),
        (
            put("spec.behavior.scaleUp.stabilizationWindowSeconds", 3601),
            [
                (
                    "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or "
                    "equal to 3600"
                )
            ],
        ),
        (
            put("spec.behavior.scaleUp.selectPolicy", "Some"),
            [
                (
                    'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Some": supported values: "Disabled", '
                    '"Max", "Min"'
                )
            ],
        ),
        (
            put("spec.behavior.scaleUp.tolerance", "-1"),
            ['spec.behavior.scaleUp.tolerance: Invalid value: "-1": must be greater than or equal to 0'],
        ),
    ),
    update=(
        (
            same,
            put("spec.maxReplicas", 0),
            [
                "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
                "spec.maxReplicas: Required value",
            ],
        ),
        (put("spec.scaleTargetRef.apiVersion", ""), put("spec.scaleTargetRef.apiVersion", ""), []),
        (
            put("spec.minReplicas", 0),
            put("spec.minReplicas", 0),
            [
                (
                    "spec.metrics: Forbidden: must specify at least one Object or External metric to support "
                    "scaling to zero replicas"
                )
            ],
        ),
    ),
    status=(
        (
            same,
            put("status", {"currentReplicas": -1, "desiredReplicas": -1}),
            [
                "status.currentReplicas: Invalid value: -1: must be greater than or equal to 0",
                "status.desiredReplicas: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(AUTOSCALER))
def test_rules(case: Case) -> None:
    case.check()
