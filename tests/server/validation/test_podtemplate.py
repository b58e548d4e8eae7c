"""Pod templates, in the workloads that have them."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, VALUE, Case, Table, all_of, cases, drop, put, same

REPLICA_SET = Table(
    {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    },
    create=(
        (
            put("spec.template.metadata.annotations", {"a b": "c", "kubernetes.io/config.mirror": "x"}),
            [
                f'spec.template.annotations: Invalid value: "a b": {KEY}',
                (
                    'spec.template.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set '
                    "spec.nodeName if mirror pod annotation is set"
                ),
            ],
        ),
        (put("spec.template.metadata.labels.x", "-"), [f'spec.template.labels: Invalid value: "-": {VALUE}']),
        (
            put(
                "spec.template.spec.ephemeralContainers",
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
            ["spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template"],
        ),
        (
            all_of(
                put(
                    "spec.template.metadata.annotations",
                    {"container.seccomp.security.alpha.kubernetes.io/c": "unconfined"},
                ),
                put("spec.template.spec.containers.0.securityContext", {"seccompProfile": {"type": "RuntimeDefault"}}),
            ),
            [
                (
                    "spec.template.spec.containers[0].securityContext.seccompProfile.type: Forbidden: seccomp type "
                    "in annotation and field must match"
                )
            ],
        ),
        (
            all_of(
                put(
                    "spec.template.metadata.annotations",
                    {"container.apparmor.security.beta.kubernetes.io/c": "unconfined"},
                ),
                put("spec.template.spec.os", {"name": "windows"}),
            ),
            [],
        ),
        (put("spec.template.spec.hostNetwork", True), []),
        (
            all_of(
                put("spec.template.spec.hostNetwork", True),
                put(
                    "spec.template.spec.containers.0.ports", [{"containerPort": 80, "hostPort": 81, "protocol": "TCP"}]
                ),
            ),
            [
                (
                    "spec.template.spec.containers[0].ports[0].hostPort: Invalid value: 81: must match "
                    "`containerPort` when `hostNetwork` is true"
                )
            ],
        ),
        (
            all_of(
                put("spec.template.spec.hostNetwork", True),
                put("spec.template.spec.containers.0.ports", [{"containerPort": 80, "protocol": "TCP"}]),
            ),
            [],
        ),
        (put("spec.template.spec.volumes", [{"name": "v", "image": {"pullPolicy": "Always"}}]), []),
    ),
)

STATEFUL_SET = Table(
    {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {
            "serviceName": "s",
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {
                    "containers": [{"name": "c", "image": "i", "volumeMounts": [{"name": "d", "mountPath": "/d"}]}]
                },
            },
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "d"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                }
            ],
        },
    },
    create=(
        (put("spec.podManagementPolicy", ""), ["spec.podManagementPolicy: Required value"]),
        (put("spec.updateStrategy", {"type": ""}), ["spec.updateStrategy: Required value"]),
        (
            put("spec.updateStrategy.rollingUpdate.maxUnavailable", 0),
            ["spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0"],
        ),
        (
            put("spec.updateStrategy.rollingUpdate.maxUnavailable", "101%"),
            [
                (
                    'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater '
                    "than 100%"
                )
            ],
        ),
        (
            put("spec.updateStrategy.rollingUpdate.partition", -1),
            ["spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            put("spec.selector", {"matchExpressions": [{"key": "a", "operator": "Some"}]}),
            [
                'spec.selector.matchExpressions[0].operator: Invalid value: "Some": not a valid selector operator',
                'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Some"}]}',
            ],
        ),
        (
            put("spec.template.metadata.annotations", {"a b": "c"}),
            [f'spec.template.annotations: Invalid value: "a b": {KEY}'],
        ),
        (put("spec.template.spec.volumes", [{"name": "d", "emptyDir": {}}]), []),
        (drop("spec.volumeClaimTemplates"), ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "d"']),
    ),
    update=(
        (
            put("spec.template.spec.containers.0.image", ""),
            all_of(put("spec.template.spec.containers.0.image", ""), put("spec.replicas", 3)),
            [],
        ),
        (
            same,
            put("spec.template.spec.containers.0.image", ""),
            ["spec.template.spec.containers[0].image: Required value"],
        ),
        (
            same,
            put("spec.volumeClaimTemplates.0.spec.resources.requests.storage", "2Gi"),
            [
                (
                    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', "
                    "'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' "
                    "and 'minReadySeconds' are forbidden"
                )
            ],
        ),
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
    ),
)


@pytest.mark.parametrize("case", cases(REPLICA_SET, STATEFUL_SET))
def test_rules(case: Case) -> None:
    case.check()
