"""Stored pods keep their old mistakes, which no new pod may have."""

from __future__ import annotations

import pytest

from tests.server.validation.table import VALUE, Case, Table, all_of, cases, put

POD = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    },
    create=(
        (
            put(
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution",
                [
                    {
                        "weight": 1,
                        "podAffinityTerm": {
                            "topologyKey": "z",
                            "labelSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]},
                        },
                    }
                ],
            ),
            [
                (
                    "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecuti"
                    'on[0].podAffinityTerm.labelSelector.matchExpressions[0].values[0]: Invalid value: "-": '
                    f"{VALUE}"
                )
            ],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [
                    {
                        "maxSkew": 1,
                        "topologyKey": "z",
                        "whenUnsatisfiable": "DoNotSchedule",
                        "labelSelector": {"matchExpressions": [{"key": "a", "operator": "Some"}]},
                    }
                ],
            ),
            [
                (
                    "spec.topologySpreadConstraints[0].labelSelector.matchExpressions[0].operator: Invalid value: "
                    '"Some": not a valid selector operator'
                )
            ],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [
                    {
                        "maxSkew": 1,
                        "topologyKey": "z",
                        "whenUnsatisfiable": "DoNotSchedule",
                        "labelSelector": {
                            "matchLabels": {"a": "b"},
                            "matchExpressions": [{"key": "a", "operator": "Exists"}],
                        },
                        "matchLabelKeys": ["a"],
                    }
                ],
            ),
            [
                (
                    'spec.topologySpreadConstraints[0][0]: Invalid value: "a": exists in both matchLabelKeys and '
                    "labelSelector"
                )
            ],
        ),
        (
            put(
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]}]},
            ),
            [
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    f'odeSelectorTerms[0].matchExpressions[0].values[0]: Invalid value: "-": {VALUE}'
                )
            ],
        ),
        (
            put(
                "spec.containers.0.resources",
                {"limits": {"hugepages-2Mi": "1Mi", "memory": "1Gi"}, "requests": {"hugepages-2Mi": "1Mi"}},
            ),
            [
                (
                    'spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "1Mi": 1Mi is not positive '
                    "integer multiple of hugepages-2Mi"
                ),
                (
                    'spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "1Mi": 1Mi is not '
                    "positive integer multiple of hugepages-2Mi"
                ),
            ],
        ),
        (
            put("metadata.annotations", {"controller.kubernetes.io/pod-deletion-cost": "01"}),
            [
                (
                    'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "01": must '
                    "be a 32bit integer"
                )
            ],
        ),
        (
            all_of(
                put("spec.serviceAccountName", "a"),
                put(
                    "spec.volumes",
                    [
                        {
                            "name": "v",
                            "projected": {
                                "defaultMode": 420,
                                "sources": [{"serviceAccountToken": {"path": "../a", "expirationSeconds": 600}}],
                            },
                        }
                    ],
                ),
            ),
            ["spec.volumes[0].projected.path: Invalid value: \"../a\": must not contain '..'"],
        ),
        (
            all_of(
                put("spec.hostNetwork", True), put("spec.securityContext.sysctls", [{"name": "net.a", "value": ""}])
            ),
            [
                (
                    'spec.securityContext.sysctls[0].name: Invalid value: "net.a": may not be specified when '
                    "'hostNetwork' is true"
                )
            ],
        ),
        (
            put("spec.tolerations", [{"key": "a", "operator": "Lt", "value": "5"}]),
            [
                (
                    'spec.tolerations[0].operator: Unsupported value: "Lt": supported values: "Equal", "Exists", '
                    '"Lt", "Gt"'
                )
            ],
        ),
        (
            all_of(put("spec.hostUsers", False), put("spec.hostNetwork", True)),
            ["spec.hostNetwork: Forbidden: when `hostUsers` is false"],
        ),
        (
            all_of(
                put("spec.hostUsers", False),
                put("spec.volumes", [{"name": "b", "persistentVolumeClaim": {"claimName": "b"}}]),
                put("spec.containers.0.volumeDevices", [{"name": "b", "devicePath": "/b"}]),
            ),
            ["spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false"],
        ),
        (
            put(
                "spec.initContainers",
                [
                    {
                        "name": "i",
                        "image": "i",
                        "imagePullPolicy": "Always",
                        "terminationMessagePath": "/l",
                        "terminationMessagePolicy": "File",
                        "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
                    }
                ],
            ),
            [
                (
                    'spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must '
                    "not be set to 'RestartContainer' for non-sidecar initContainers"
                )
            ],
        ),
    ),
    update=(
        (
            put(
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution",
                [
                    {
                        "weight": 1,
                        "podAffinityTerm": {
                            "topologyKey": "z",
                            "labelSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]},
                        },
                    }
                ],
            ),
            all_of(
                put(
                    "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution",
                    [
                        {
                            "weight": 1,
                            "podAffinityTerm": {
                                "topologyKey": "z",
                                "labelSelector": {
                                    "matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]
                                },
                            },
                        }
                    ],
                ),
                put("spec.containers.0.image", "j"),
            ),
            [],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [
                    {
                        "maxSkew": 1,
                        "topologyKey": "z",
                        "whenUnsatisfiable": "DoNotSchedule",
                        "labelSelector": {"matchExpressions": [{"key": "a", "operator": "Some"}]},
                    }
                ],
            ),
            all_of(
                put(
                    "spec.topologySpreadConstraints",
                    [
                        {
                            "maxSkew": 1,
                            "topologyKey": "z",
                            "whenUnsatisfiable": "DoNotSchedule",
                            "labelSelector": {"matchExpressions": [{"key": "a", "operator": "Some"}]},
                        }
                    ],
                ),
                put("spec.containers.0.image", "j"),
            ),
            [],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [
                    {
                        "maxSkew": 1,
                        "topologyKey": "z",
                        "whenUnsatisfiable": "DoNotSchedule",
                        "labelSelector": {
                            "matchLabels": {"a": "b"},
                            "matchExpressions": [{"key": "a", "operator": "Exists"}],
                        },
                        "matchLabelKeys": ["a"],
                    }
                ],
            ),
            all_of(
                put(
                    "spec.topologySpreadConstraints",
                    [
                        {
                            "maxSkew": 1,
                            "topologyKey": "z",
                            "whenUnsatisfiable": "DoNotSchedule",
                            "labelSelector": {
                                "matchLabels": {"a": "b"},
                                "matchExpressions": [{"key": "a", "operator": "Exists"}],
                            },
                            "matchLabelKeys": ["a"],
                        }
                    ],
                ),
                put("spec.containers.0.image", "j"),
            ),
            [
                (
                    'spec.topologySpreadConstraints[0].matchLabelKeys[0]: Invalid value: "a": exists in both '
                    "matchLabelKeys and labelSelector"
                )
            ],
        ),
        (
            put(
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]}]},
            ),
            all_of(
                put(
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                    {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["-"]}]}]},
                ),
                put("spec.containers.0.image", "j"),
            ),
            [],
        ),
        (
            put(
                "spec.containers.0.resources",
                {"limits": {"hugepages-2Mi": "1Mi", "memory": "1Gi"}, "requests": {"hugepages-2Mi": "1Mi"}},
            ),
            all_of(
                put(
                    "spec.containers.0.resources",
                    {"limits": {"hugepages-2Mi": "1Mi", "memory": "1Gi"}, "requests": {"hugepages-2Mi": "1Mi"}},
                ),
                put("spec.containers.0.image", "j"),
            ),
            [],
        ),
        (
            put("metadata.annotations", {"controller.kubernetes.io/pod-deletion-cost": "01"}),
            all_of(
                put("metadata.annotations", {"controller.kubernetes.io/pod-deletion-cost": "01"}),
                put("spec.containers.0.image", "j"),
            ),
            [],
        ),
        (
            all_of(
                put("spec.serviceAccountName", "a"),
                put(
                    "spec.volumes",
                    [
                        {
                            "name": "v",
                            "projected": {
                                "defaultMode": 420,
                                "sources": [{"serviceAccountToken": {"path": "../a", "expirationSeconds": 600}}],
                            },
                        }
                    ],
                ),
            ),
            all_of(
                all_of(
                    put("spec.serviceAccountName", "a"),
                    put(
                        "spec.volumes",
                        [
                            {
                                "name": "v",
                                "projected": {
                                    "defaultMode": 420,
                                    "sources": [{"serviceAccountToken": {"path": "../a", "expirationSeconds": 600}}],
                                },
                            }
                        ],
                    ),
                ),
                put("spec.containers.0.image", "j"),
            ),
            [],
        ),
        (
            all_of(
                put("spec.hostNetwork", True), put("spec.securityContext.sysctls", [{"name": "net.a", "value": ""}])
            ),
            all_of(
                all_of(
                    put("spec.hostNetwork", True), put("spec.securityContext.sysctls", [{"name": "net.a", "value": ""}])
                ),
                put("spec.containers.0.image", "j"),
            ),
            [],
        ),
        (
            put("spec.tolerations", [{"key": "a", "operator": "Lt", "value": "5"}]),
            all_of(
                put("spec.tolerations", [{"key": "a", "operator": "Lt", "value": "5"}]),
                put("spec.containers.0.image", "j"),
            ),
            [],
        ),
        (
            all_of(put("spec.hostUsers", False), put("spec.hostNetwork", True)),
            all_of(
                all_of(put("spec.hostUsers", False), put("spec.hostNetwork", True)), put("spec.containers.0.image", "j")
            ),
            [],
        ),
        (
            all_of(
                put("spec.hostUsers", False),
                put("spec.volumes", [{"name": "b", "persistentVolumeClaim": {"claimName": "b"}}]),
                put("spec.containers.0.volumeDevices", [{"name": "b", "devicePath": "/b"}]),
            ),
            all_of(
                all_of(
                    put("spec.hostUsers", False),
                    put("spec.volumes", [{"name": "b", "persistentVolumeClaim": {"claimName": "b"}}]),
                    put("spec.containers.0.volumeDevices", [{"name": "b", "devicePath": "/b"}]),
                ),
                put("spec.containers.0.image", "j"),
            ),
            [],
        ),
        (
            put(
                "spec.initContainers",
                [
                    {
                        "name": "i",
                        "image": "i",
                        "imagePullPolicy": "Always",
                        "terminationMessagePath": "/l",
                        "terminationMessagePolicy": "File",
                        "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
                    }
                ],
            ),
            all_of(
                put(
                    "spec.initContainers",
                    [
                        {
                            "name": "i",
                            "image": "i",
                            "imagePullPolicy": "Always",
                            "terminationMessagePath": "/l",
                            "terminationMessagePolicy": "File",
                            "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
                        }
                    ],
                ),
                put("spec.containers.0.image", "j"),
            ),
            [],
        ),
        (
            put("spec.tolerations", [{"key": "a", "operator": "Lt", "value": "5"}]),
            put(
                "spec.tolerations",
                [
                    {"key": "a", "operator": "Lt", "value": "5"},
                    {"key": "b", "operator": "Gt", "value": ""},
                    {"key": "b", "operator": "Gt", "value": "05"},
                    {"key": "b", "operator": "Gt", "value": "9" * 20},
                ],
            ),
            [
                'spec.tolerations[1].value: Invalid value: "": must be non-empty',
                'spec.tolerations[1].value: Invalid value: "": strconv.ParseInt: parsing "": invalid syntax',
                'spec.tolerations[2].value: Invalid value: "05": must be a valid decimal integer in canonical form',
                (
                    'spec.tolerations[3].value: Invalid value: "99999999999999999999": strconv.ParseInt: parsing '
                    '"99999999999999999999": value out of range'
                ),
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(POD))
def test_rules(case: Case) -> None:
    case.check()
