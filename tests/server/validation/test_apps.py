"""Replica sets, deployments, stateful and daemon sets, controller revisions."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, Case, Table, cases, drop, put, same

REPLICA_SET = Table(
    {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "w", "namespace": "shop"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "x"}},
            "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    },
    create=(
        (
            drop("spec.selector"),
            [
                "spec.selector: Required value",
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                ),
            ],
        ),
        (put("spec.selector", {}), ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"]),
        (
            put("spec.selector.matchLabels", {"app": "y"}),
            [
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                )
            ],
        ),
        (
            put("spec.template.spec.restartPolicy", "Never"),
            ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
        ),
        (
            put("spec.template.spec.activeDeadlineSeconds", 5),
            [
                (
                    "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is "
                    "not Supported"
                )
            ],
        ),
        (put("spec.template.spec.containers", []), ["spec.template.spec.containers: Required value"]),
        (put("spec.replicas", -1), ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]),
        (
            put("spec.minReadySeconds", -1),
            ["spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0"],
        ),
    ),
    update=(
        (
            same,
            put("spec.selector.matchLabels", {"app": "x", "b": "c"}),
            [
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                ),
                'spec.selector: Invalid value: {"matchLabels":{"app":"x","b":"c"}}: field is immutable',
            ],
        ),
    ),
    status=(
        (
            same,
            put("status", {"replicas": 1, "readyReplicas": 2, "availableReplicas": 3, "fullyLabeledReplicas": -1}),
            [
                "status.fullyLabeledReplicas: Invalid value: -1: must be greater than or equal to 0",
                "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
                "status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas",
                "status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas",
            ],
        ),
    ),
)

DEPLOYMENT = Table(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "w", "namespace": "shop"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "x"}},
            "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    },
    create=(
        (
            drop("spec.selector"),
            [
                "spec.selector: Required value",
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                ),
            ],
        ),
        (put("spec.selector", {}), ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"]),
        (
            put("spec.selector.matchLabels", {"app": "y"}),
            [
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                )
            ],
        ),
        (
            put("spec.template.spec.restartPolicy", "Never"),
            ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
        ),
        (
            put("spec.template.spec.activeDeadlineSeconds", 5),
            [
                (
                    "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is "
                    "not Supported"
                )
            ],
        ),
        (put("spec.template.spec.containers", []), ["spec.template.spec.containers: Required value"]),
        (put("spec.replicas", -1), ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]),
        (
            put("spec.strategy", {"type": "Fast"}),
            ['spec.strategy: Unsupported value: {"type":"Fast"}: supported values: "Recreate", "RollingUpdate"'],
        ),
        (
            put("spec.strategy", {"type": "Recreate", "rollingUpdate": {}}),
            ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
        ),
        (
            put("spec.strategy.rollingUpdate", {"maxUnavailable": 0, "maxSurge": 0}),
            ["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
        ),
        (
            put("spec.strategy.rollingUpdate", {"maxUnavailable": "101%", "maxSurge": -1}),
            [
                "spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0",
                'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
            ],
        ),
        (
            put("spec.strategy.rollingUpdate", {"maxUnavailable": "x", "maxSurge": "1%"}),
            [
                (
                    'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "x": a valid percent string must '
                    "be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
                    "validation is '[0-9]+%')"
                )
            ],
        ),
        (
            put("spec.revisionHistoryLimit", -1),
            ["spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            put("spec.progressDeadlineSeconds", 0),
            ["spec.progressDeadlineSeconds: Invalid value: 0: must be greater than minReadySeconds"],
        ),
        (
            put("spec.minReadySeconds", 600),
            ["spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"],
        ),
    ),
    update=(
        (
            same,
            put("spec.selector.matchLabels", {"app": "x", "b": "c"}),
            [
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                ),
                'spec.selector: Invalid value: {"matchLabels":{"app":"x","b":"c"}}: field is immutable',
            ],
        ),
    ),
    status=(
        (
            same,
            put("status", {"replicas": 1, "updatedReplicas": 2, "unavailableReplicas": -1}),
            [
                "status.unavailableReplicas: Invalid value: -1: must be greater than or equal to 0",
                "status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas",
            ],
        ),
        (
            put("status.collisionCount", 2),
            put("status.collisionCount", 1),
            ["status.collisionCount: Invalid value: 1: cannot be decremented"],
        ),
    ),
)

STATEFUL_SET = Table(
    {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "w", "namespace": "shop"},
        "spec": {
            "replicas": 1,
            "serviceName": "s",
            "selector": {"matchLabels": {"app": "x"}},
            "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "d"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                }
            ],
        },
    },
    create=(
        (
            drop("spec.selector"),
            [
                "spec.selector: Required value",
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                ),
            ],
        ),
        (put("spec.selector", {}), ["spec.selector: Invalid value: {}: empty selector is invalid for statefulset"]),
        (
            put("spec.selector.matchLabels", {"app": "y"}),
            [
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                )
            ],
        ),
        (
            put("spec.template.spec.restartPolicy", "Never"),
            ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
        ),
        (
            put("spec.template.spec.activeDeadlineSeconds", 5),
            [
                (
                    "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is "
                    "not Supported"
                )
            ],
        ),
        (put("spec.template.spec.containers", []), ["spec.template.spec.containers: Required value"]),
        (
            put("spec.podManagementPolicy", "Some"),
            ["spec.podManagementPolicy: Invalid value: \"Some\": must be 'OrderedReady' or 'Parallel'"],
        ),
        (
            put("spec.updateStrategy", {"type": "OnDelete", "rollingUpdate": {"partition": 1}}),
            [
                (
                    'spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for '
                    "updateStrategy 'RollingUpdate'"
                )
            ],
        ),
        (
            put("spec.updateStrategy.rollingUpdate", {"partition": -1}),
            ["spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            put("spec.updateStrategy", {"type": "Fast"}),
            ["spec.updateStrategy: Invalid value: {\"type\":\"Fast\"}: must be 'RollingUpdate' or 'OnDelete'"],
        ),
        (
            put("spec.ordinals", {"start": -1}),
            ["spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            put("spec.persistentVolumeClaimRetentionPolicy", {"whenScaled": "Keep", "whenDeleted": "Retain"}),
            [
                (
                    'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported '
                    'values: "Retain", "Delete"'
                )
            ],
        ),
        (put("metadata.name", "a.b"), ['metadata.name: Invalid value: "a.b": must not contain dots']),
        (
            put("metadata.name", "a" * 64),
            [
                (
                    "metadata.name: Invalid value: "
                    '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": must be no more than 63 '
                    "characters"
                )
            ],
        ),
    ),
    update=(
        (
            same,
            put("spec.serviceName", "t"),
            [
                (
                    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', "
                    "'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' "
                    "and 'minReadySeconds' are forbidden"
                )
            ],
        ),
        (same, put("spec.replicas", 3), []),
        (
            same,
            put("spec.volumeClaimTemplates", []),
            [
                (
                    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', "
                    "'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' "
                    "and 'minReadySeconds' are forbidden"
                )
            ],
        ),
    ),
    status=(
        (
            same,
            put("status", {"replicas": 1, "readyReplicas": 2, "currentReplicas": -1}),
            [
                "status.currentReplicas: Invalid value: -1: must be greater than or equal to 0",
                "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
            ],
        ),
    ),
)

DAEMON_SET = Table(
    {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "w", "namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": {"app": "x"}},
            "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    },
    create=(
        (
            drop("spec.selector"),
            [
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                )
            ],
        ),
        (put("spec.selector", {}), ["spec.selector: Invalid value: {}: empty selector is invalid for daemonset"]),
        (
            put("spec.selector.matchLabels", {"app": "y"}),
            [
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                )
            ],
        ),
        (
            put("spec.template.spec.restartPolicy", "Never"),
            ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
        ),
        (
            put("spec.template.spec.activeDeadlineSeconds", 5),
            [
                (
                    "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is "
                    "not Supported"
                )
            ],
        ),
        (put("spec.template.spec.containers", []), ["spec.template.spec.containers: Required value"]),
        (
            put("spec.updateStrategy.rollingUpdate", {"maxUnavailable": 1, "maxSurge": 1}),
            [
                (
                    "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when "
                    "maxUnavailable is non-zero"
                )
            ],
        ),
        (
            put("spec.updateStrategy.rollingUpdate", {"maxUnavailable": 0, "maxSurge": 0}),
            ["spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"],
        ),
        (
            put("spec.updateStrategy", {"type": "Fast"}),
            [
                (
                    'spec.updateStrategy: Unsupported value: {"type":"Fast"}: supported values: "RollingUpdate", '
                    '"OnDelete"'
                )
            ],
        ),
    ),
    update=(
        (
            same,
            put("spec.selector.matchLabels", {"app": "x", "b": "c"}),
            [
                'spec.selector: Invalid value: {"matchLabels":{"app":"x","b":"c"}}: field is immutable',
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                ),
            ],
        ),
    ),
    status=(
        (
            same,
            put("status.numberReady", -1),
            ["status.numberReady: Invalid value: -1: must be greater than or equal to 0"],
        ),
    ),
)

CONTROLLER_REVISION = Table(
    {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {"name": "w", "namespace": "shop"},
        "revision": 1,
        "data": {"a": 1},
    },
    create=(
        (drop("data"), ["data: Required value: data is mandatory"]),
        (put("revision", -1), ["revision: Invalid value: -1: must be greater than or equal to 0"]),
    ),
    update=((same, put("data", {"a": 2}), ['data: Invalid value: {"a":2}: field is immutable']),),
)

REPLICATION_CONTROLLER = Table(
    {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": "w", "namespace": "shop"},
        "spec": {
            "replicas": 1,
            "selector": {"app": "x"},
            "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    },
    create=(
        (put("spec.selector", {}), ["spec.selector: Required value"]),
        (
            put("spec.selector", {"app": "y"}),
            [
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                )
            ],
        ),
        (drop("spec.template"), ["spec.template: Required value"]),
        (put("spec.replicas", -1), ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]),
        (
            put("spec.template.spec.restartPolicy", "Never"),
            ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
        ),
    ),
    update=(
        (
            same,
            put("spec.selector", {"app": "y"}),
            [
                (
                    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template '
                    "`labels`"
                )
            ],
        ),
    ),
    status=(
        (
            same,
            put("status", {"replicas": 1, "readyReplicas": 2}),
            ["status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"],
        ),
    ),
)

POD_TEMPLATE = Table(
    {
        "apiVersion": "v1",
        "kind": "PodTemplate",
        "metadata": {"name": "w", "namespace": "shop"},
        "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
    },
    create=(
        (put("template.spec.containers", []), ["template.spec.containers: Required value"]),
        (put("template.metadata.labels", {"a b": "c"}), [f'template.labels: Invalid value: "a b": {KEY}']),
    ),
    update=(
        (same, put("template.spec.containers.0.image", ""), ["template.spec.containers[0].image: Required value"]),
    ),
)


@pytest.mark.parametrize(
    "case",
    cases(REPLICA_SET, DEPLOYMENT, STATEFUL_SET, DAEMON_SET, CONTROLLER_REVISION, REPLICATION_CONTROLLER, POD_TEMPLATE),
)
def test_rules(case: Case) -> None:
    case.check()
