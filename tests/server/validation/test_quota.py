"""Resource quotas and limit ranges."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, Case, Table, all_of, cases, put, same

RESOURCE_QUOTA = Table(
    {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q", "namespace": "shop"},
        "spec": {
            "hard": {"pods": "5", "limits.cpu": "2"},
            "scopes": ["NotTerminating"],
            "scopeSelector": {
                "matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]
            },
        },
    },
    create=(
        (
            put("spec.hard", {"a b": "1", "foo": "1", "pods": "-1"}),
            [
                f'spec.hard[a b]: Invalid value: "a b": {KEY}',
                'spec.hard[a b]: Invalid value: "a b": must be a standard resource for quota',
                'spec.hard[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
                'spec.hard[foo]: Invalid value: "foo": must be a standard resource for quota',
                'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
            ],
        ),
        (
            put("spec.hard", {"pods": "1500m", "storage": "1"}),
            [
                'spec.hard[pods]: Invalid value: "1500m": must be an integer',
                'spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota',
            ],
        ),
        (put("spec.scopes", ["Some"]), ['spec.scopes: Invalid value: ["Some"]: unsupported scope']),
        (
            put("spec.scopes", ["BestEffort"]),
            ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
        ),
        (
            put("spec.scopes", ["Terminating", "NotTerminating"]),
            ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
        ),
        (
            put("spec.scopeSelector.matchExpressions", [{"scopeName": "Some", "operator": "In"}]),
            [
                'spec.scopeSelector.matchExpressions.scopeName: Invalid value: "Some": unsupported scope',
                (
                    "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when "
                    "`operator` is 'In' or 'NotIn' for scope selector"
                ),
            ],
        ),
        (
            put(
                "spec.scopeSelector.matchExpressions", [{"scopeName": "Terminating", "operator": "In", "values": ["a"]}]
            ),
            [
                (
                    "spec.scopeSelector.matchExpressions.operator: Invalid value: \"In\": must be 'Exists' when "
                    "scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
                    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or "
                    "ResourceQuotaScopeCrossNamespacePodAffinity"
                )
            ],
        ),
        (
            put(
                "spec.scopeSelector.matchExpressions",
                [{"scopeName": "PriorityClass", "operator": "Exists", "values": ["a"]}],
            ),
            [
                (
                    'spec.scopeSelector.matchExpressions.values: Invalid value: ["a"]: must be no value when '
                    "`operator` is 'Exist' or 'DoesNotExist' for scope selector"
                )
            ],
        ),
        (
            put("spec.scopeSelector.matchExpressions", [{"scopeName": "PriorityClass", "operator": "Like"}]),
            ['spec.scopeSelector.matchExpressions.operator: Invalid value: "Like": not a valid selector operator'],
        ),
        (
            put("spec.scopeSelector.matchExpressions", [{"scopeName": "VolumeAttributesClass", "operator": "Exists"}]),
            [
                (
                    "spec.scopeSelector.matchExpressions: Invalid value: "
                    '{"matchExpressions":[{"scopeName":"VolumeAttributesClass","operator":"Exists"}]}: unsupported '
                    "scope applied to resource"
                )
            ],
        ),
        (
            put("status.used", {"foo": "1"}),
            [
                'status.used[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
                'status.used[foo]: Invalid value: "foo": must be a standard resource for quota',
            ],
        ),
    ),
    update=(
        (same, put("spec.scopes", []), ["spec.scopes: Invalid value: []: field is immutable"]),
        (
            same,
            put("spec.hard", {"pods": "-1"}),
            ['spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0'],
        ),
    ),
    status=(
        (
            same,
            put("status.hard", {"pods": "-1"}),
            ['status.hard[pods]: Invalid value: "-1": must be greater than or equal to 0'],
        ),
        (
            same,
            put("metadata.resourceVersion", ""),
            [
                'metadata.resourceVersion: Invalid value: "": must be specified for an update',
                "resourceVersion: Required value",
            ],
        ),
    ),
)

LIMIT_RANGE = Table(
    {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "l", "namespace": "shop"},
        "spec": {
            "limits": [
                {
                    "type": "Container",
                    "max": {"cpu": "2"},
                    "min": {"cpu": "100m"},
                    "default": {"cpu": "1"},
                    "defaultRequest": {"cpu": "500m"},
                    "maxLimitRequestRatio": {"cpu": "10"},
                },
                {"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}},
            ]
        },
    },
    create=(
        (put("spec.limits.0.type", "a b"), [f'spec.limits[0].type: Invalid value: "a b": {KEY}']),
        (
            put("spec.limits.0.type", "Node"),
            ['spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully qualified'],
        ),
        (
            put("spec.limits.1.type", "Container"),
            [
                'spec.limits[1].type: Duplicate value: "Container"',
                'spec.limits[1].max[storage]: Invalid value: "storage": must be a standard resource for containers',
            ],
        ),
        (
            put("spec.limits.0.type", "Pod"),
            [
                "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
                "spec.limits[0].defaultRequest: Forbidden: may not be specified when `type` is 'Pod'",
            ],
        ),
        (
            put("spec.limits.0.max", {"foo": "1"}),
            [
                'spec.limits[0].max[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
                'spec.limits[0].max[foo]: Invalid value: "foo": must be a standard resource for containers',
            ],
        ),
        (
            put("spec.limits.1.max", {"cpu": "1"}),
            [
                (
                    "spec.limits[1].limits: Required value: either minimum or maximum storage value is required, "
                    "but neither was provided"
                )
            ],
        ),
        (
            put("spec.limits.0.min.cpu", "3"),
            [
                'spec.limits[0].min[cpu]: Invalid value: "3": min value 3 is greater than max value 2',
                (
                    'spec.limits[0].defaultRequest[cpu]: Invalid value: "500m": min value 3 is greater than '
                    "default request value 500m"
                ),
                'spec.limits[0].default[cpu]: Invalid value: "3": min value 3 is greater than default value 1',
                (
                    'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "10": ratio 10 is greater than '
                    "max/min = 0.666667"
                ),
            ],
        ),
        (
            put("spec.limits.0.defaultRequest.cpu", "50m"),
            [
                (
                    'spec.limits[0].defaultRequest[cpu]: Invalid value: "50m": min value 100m is greater than '
                    "default request value 50m"
                )
            ],
        ),
        (
            put("spec.limits.0.defaultRequest.cpu", "3"),
            [
                (
                    'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater '
                    "than max value 2"
                ),
                (
                    'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater '
                    "than default limit value 1"
                ),
            ],
        ),
        (
            put("spec.limits.0.default.cpu", "50m"),
            [
                (
                    'spec.limits[0].defaultRequest[cpu]: Invalid value: "500m": default request value 500m is '
                    "greater than default limit value 50m"
                ),
                (
                    'spec.limits[0].default[cpu]: Invalid value: "100m": min value 100m is greater than default '
                    "value 50m"
                ),
            ],
        ),
        (
            put("spec.limits.0.default.cpu", "3"),
            ['spec.limits[0].default[cpu]: Invalid value: "2": default value 3 is greater than max value 2'],
        ),
        (
            put("spec.limits.0.maxLimitRequestRatio.cpu", "500m"),
            ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1'],
        ),
        (
            put("spec.limits.0.maxLimitRequestRatio.cpu", "21"),
            [
                (
                    'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "21": ratio 21 is greater than '
                    "max/min = 20.000000"
                )
            ],
        ),
        (
            all_of(
                put("spec.limits.0.default", {"a.io/gpu": "2"}), put("spec.limits.0.defaultRequest", {"a.io/gpu": "1"})
            ),
            [
                (
                    'spec.limits[0].defaultRequest[a.io/gpu]: Invalid value: "1": default value 2 must equal to '
                    "defaultRequest value 1 in a.io/gpu"
                )
            ],
        ),
    ),
    update=(
        (
            same,
            put("spec.limits.0.type", "Node"),
            ['spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully qualified'],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(RESOURCE_QUOTA, LIMIT_RANGE))
def test_rules(case: Case) -> None:
    case.check()
