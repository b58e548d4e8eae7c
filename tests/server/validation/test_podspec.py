"""Pod specs: the rules between fields, and what updates may change."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, SUBDOMAIN, Case, Table, all_of, cases, drop, put, same

SPEC = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    },
    create=(
        (drop("spec.terminationGracePeriodSeconds"), ["spec.terminationGracePeriodSeconds: Required value"]),
        (put("spec.terminationGracePeriodSeconds", -1), []),
        (put("spec.restartPolicy", ""), ["spec.restartPolicy: Required value"]),
        (put("spec.hostnameOverride", "A"), [f'spec.hostnameOverride: Invalid value: "A": {SUBDOMAIN}']),
        (
            all_of(
                put("spec.hostnameOverride", "x" * 65),
                put("spec.setHostnameAsFQDN", True),
                put("spec.hostNetwork", True),
            ),
            [
                "spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true",
                "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true",
                "spec.hostnameOverride: Too long: may not be more than 64 bytes",
            ],
        ),
        (
            put(
                "spec.resourceClaims",
                [
                    {"name": ""},
                    {"name": "a", "resourceClaimName": "A", "resourceClaimTemplateName": "B"},
                    {"name": "a", "resourceClaimName": "b"},
                ],
            ),
            [
                "spec.resourceClaims[0].name: Required value",
                (
                    'spec.resourceClaims[0]: Invalid value: {"name":""}: must specify one of: `resourceClaimName`, '
                    "`resourceClaimTemplateName`"
                ),
                (
                    "spec.resourceClaims[1]: Invalid value: "
                    '{"name":"a","resourceClaimName":"A","resourceClaimTemplateName":"B"}: at most one of '
                    "`resourceClaimName` or `resourceClaimTemplateName` may be specified"
                ),
                f'spec.resourceClaims[1].resourceClaimName: Invalid value: "A": {SUBDOMAIN}',
                f'spec.resourceClaims[1].resourceClaimTemplateName: Invalid value: "B": {SUBDOMAIN}',
                'spec.resourceClaims[2].name: Duplicate value: "a"',
            ],
        ),
        (
            all_of(
                put("metadata.annotations", {"kubernetes.io/config.mirror": "x"}),
                put("spec.nodeName", "n"),
                put("spec.resourceClaims", [{"name": "a", "resourceClaimName": "b"}]),
            ),
            [": Forbidden: static pods do not support resource claims"],
        ),
        (
            all_of(
                put("spec.hostNetwork", True),
                put(
                    "spec.containers.0.ports",
                    [
                        {"containerPort": 80, "hostPort": 81, "protocol": "TCP"},
                        {"containerPort": 80, "protocol": "UDP"},
                    ],
                ),
            ),
            [
                (
                    "spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when "
                    "`hostNetwork` is true"
                ),
                (
                    "spec.containers[0].ports[1].hostPort: Invalid value: 0: must match `containerPort` when "
                    "`hostNetwork` is true"
                ),
            ],
        ),
        (
            all_of(put("spec.dnsPolicy", "None"), put("spec.dnsConfig", {})),
            [
                (
                    "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when "
                    "`dnsPolicy` is None"
                )
            ],
        ),
        (
            put("spec.dnsConfig", {"nameservers": ["10.0.0.1"] * 4, "options": [{}], "searches": ["a"] * 33}),
            [
                (
                    'spec.dnsConfig.nameservers: Invalid value: ["10.0.0.1","10.0.0.1","10.0.0.1","10.0.0.1"]: '
                    "must not have more than 3 nameservers"
                ),
                (
                    "spec.dnsConfig.searches: Invalid value: "
                    '["a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a","a'
                    '","a","a","a","a","a","a","a","a","a","a","a","a","a","a"]: must not have more than 32 search '
                    "paths"
                ),
                "spec.dnsConfig.options[0]: Required value: must not be empty",
            ],
        ),
        (
            put("spec.dnsConfig", {"searches": [".", "x" * 253 + ".", *["y" * 253] * 8]}),
            [
                'spec.dnsConfig.searches: Invalid value: [".","'
                + "x" * 253
                + '.","'
                + "y" * 253
                + '","'
                + "y" * 253
                + '","'
                + "y" * 253
                + '","'
                + "y" * 253
                + '","'
                + "y" * 253
                + '","'
                + "y" * 253
                + '","'
                + "y" * 253
                + '","'
                + "y" * 253
                + '"]: must not have more than 2048 characters (including spaces) in the search list'
            ],
        ),
        (
            put("spec.overhead", {"cpu": "-1"}),
            ['spec.overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
        ),
        (
            put("spec.resources", {"limits": {"cpu": "1", "foo": "1", "ephemeral-storage": "1Gi"}, "claims": []}),
            [
                "spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level",
                (
                    'spec.resources.limits[foo]: Invalid value: "foo": must be a standard resource type or fully '
                    "qualified"
                ),
                (
                    'spec.resources.limits[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported '
                    'values: "cpu", "hugepages-", "memory"'
                ),
            ],
        ),
        (
            all_of(
                put("spec.resources", {"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}),
                put("spec.containers.0.resources", {"requests": {"cpu": "1500m"}, "limits": {"cpu": "3"}}),
            ),
            [
                (
                    'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate '
                    "container requests of 1500m"
                ),
                (
                    'spec.resources.containers[0][cpu].limits: Invalid value: "3": must be less than or equal to '
                    "pod limits of 2"
                ),
            ],
        ),
        (
            all_of(put("spec.os", {"name": "windows"}), put("spec.resources", {"limits": {"cpu": "1"}})),
            ["spec.resources: Forbidden: may not be set for a windows pod"],
        ),
        (
            all_of(
                put(
                    "spec.resources",
                    {"limits": {"hugepages-2Mi": "2Mi", "memory": "1Gi"}, "requests": {"hugepages-2Mi": "2Mi"}},
                ),
                put("spec.containers.0.resources", {"limits": {"hugepages-2Mi": "4Mi", "memory": "1Gi"}}),
            ),
            [
                (
                    'spec.resources.limits[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to '
                    "aggregate container limits of 4Mi"
                ),
                (
                    'spec.resources.containers[0][hugepages-2Mi].limits: Invalid value: "4Mi": must be less than '
                    "or equal to pod limits of 2Mi"
                ),
            ],
        ),
        (
            all_of(
                put("spec.resources", {"requests": {"cpu": "1"}}),
                put("spec.containers.0.resources", {"requests": {"cpu": "500m"}}),
                put(
                    "spec.initContainers",
                    [
                        {
                            "name": n,
                            "image": "i",
                            "imagePullPolicy": "Always",
                            "terminationMessagePath": "/l",
                            "terminationMessagePolicy": "File",
                            "resources": {"requests": {"cpu": "600m"}},
                            **more,
                        }
                        for n, more in (("s", {"restartPolicy": "Always"}), ("i", {}))
                    ],
                ),
            ),
            [
                (
                    'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate '
                    "container requests of 1200m"
                )
            ],
        ),
        (
            put("metadata.annotations", {"x": "y" * 262144}),
            ["metadata.annotations: Too long: may not be more than 262144 bytes"],
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
            put("metadata.annotations", {"scheduler.alpha.kubernetes.io/tolerations": "x"}),
            [
                (
                    'metadata.annotations: Invalid value: "scheduler.alpha.kubernetes.io/tolerations": invalid '
                    "character 'x' looking for beginning of value"
                )
            ],
        ),
        (
            put("metadata.annotations", {"scheduler.alpha.kubernetes.io/tolerations": '[{"key": "a b"}]'}),
            [f'metadata.annotations.scheduler.alpha.kubernetes.io/tolerations[0].key: Invalid value: "a b": {KEY}'],
        ),
    ),
    update=(
        (
            put("metadata.annotations", {"kubernetes.io/config.mirror": "x"}),
            put("metadata.annotations", {"kubernetes.io/config.mirror": "y"}),
            [
                (
                    'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "y": must set spec.nodeName '
                    "if mirror pod annotation is set"
                ),
                (
                    "metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not remove or update mirror "
                    "pod annotation"
                ),
            ],
        ),
        (
            same,
            put("metadata.annotations", {"kubernetes.io/config.mirror": "y"}),
            [
                (
                    'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "y": must set spec.nodeName '
                    "if mirror pod annotation is set"
                ),
                "metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation",
            ],
        ),
        (
            put("metadata.annotations", {"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}),
            put("metadata.annotations", {}),
            [
                (
                    "metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: Forbidden: may not "
                    "remove or update AppArmor annotations"
                )
            ],
        ),
        (
            same,
            put("metadata.annotations", {"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}),
            [
                (
                    "metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: Forbidden: may not "
                    "add AppArmor annotations"
                )
            ],
        ),
        (
            same,
            put("spec.activeDeadlineSeconds", 0),
            ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"],
        ),
        (
            same,
            put("spec.terminationGracePeriodSeconds", 5),
            [
                (
                    "spec: Forbidden: pod updates may not change fields other than "
                    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadl"
                    "ineSeconds`,`spec.tolerations` (only additions to existing "
                    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
                    'previously negative)\n@@ -13,6 +13,6 @@\n  "dnsPolicy": "ClusterFirst",\n  "restartPolicy": '
                    '"Always",\n  "securityContext": {},\n- "terminationGracePeriodSeconds": 30,\n+ '
                    '"terminationGracePeriodSeconds": 5,\n  "schedulerName": "default-scheduler"\n }\n'
                )
            ],
        ),
        (put("spec.terminationGracePeriodSeconds", -1), put("spec.terminationGracePeriodSeconds", 1), []),
        (
            put("spec.schedulingGates", [{"name": "a"}]),
            all_of(
                put("spec.schedulingGates", [{"name": "a"}]),
                put(
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                    {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]},
                ),
            ),
            [],
        ),
        (
            all_of(
                put("spec.schedulingGates", [{"name": "a"}]),
                put(
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                    {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]},
                ),
            ),
            all_of(
                put("spec.schedulingGates", [{"name": "a"}]),
                put(
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                    {
                        "nodeSelectorTerms": [
                            {
                                "matchExpressions": [
                                    {"key": "a", "operator": "Exists"},
                                    {"key": "b", "operator": "Exists"},
                                ]
                            }
                        ]
                    },
                ),
            ),
            [],
        ),
        (
            all_of(
                put("spec.schedulingGates", [{"name": "a"}]),
                put(
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                    {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]},
                ),
            ),
            all_of(
                put("spec.schedulingGates", [{"name": "a"}]),
                put(
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                    {"nodeSelectorTerms": [{"matchExpressions": [{"key": "b", "operator": "Exists"}]}]},
                ),
            ),
            [
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    'odeSelectorTerms[0]: Invalid value: {"matchExpressions":[{"key":"b","operator":"Exists"}]}: '
                    "only additions are allowed (no mutations or deletions)"
                )
            ],
        ),
        (
            all_of(
                put("spec.schedulingGates", [{"name": "a"}]),
                put(
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                    {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]},
                ),
            ),
            all_of(
                put("spec.schedulingGates", [{"name": "a"}]),
                put(
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                    {
                        "nodeSelectorTerms": [
                            {"matchExpressions": [{"key": "a", "operator": "Exists"}]},
                            {"matchExpressions": [{"key": "b", "operator": "Exists"}]},
                        ]
                    },
                ),
            ),
            [
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: "
                    'Invalid value: [{"matchExpressions":[{"key":"a","operator":"Exists"}]},{"matchExpressions"'
                    ':[{"key":"b","operator":"Exists"}]}]: no additions/deletions to non-empty NodeSelectorTerms '
                    "list are allowed"
                )
            ],
        ),
        (
            all_of(
                put("spec.schedulingGates", [{"name": "a"}]),
                put(
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                    {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]},
                ),
            ),
            all_of(put("spec.schedulingGates", [{"name": "a"}]), put("spec.affinity", {})),
            [
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: "
                    "Invalid value: []: no additions/deletions to non-empty NodeSelectorTerms list are allowed"
                )
            ],
        ),
        (
            put("spec.schedulingGates", [{"name": "a"}]),
            all_of(
                put("spec.schedulingGates", [{"name": "a"}]),
                put("spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution", [{"topologyKey": "z"}]),
            ),
            [
                (
                    "spec: Forbidden: pod updates may not change fields other than "
                    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadl"
                    "ineSeconds`,`spec.tolerations` (only additions to existing "
                    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
                    'previously negative)\n@@ -19,5 +19,14 @@\n   {\n    "name": "a"\n   }\n- ]\n+ ],\n+ '
                    '"affinity": {\n+  "podAffinity": {\n+   "requiredDuringSchedulingIgnoredDuringExecution": '
                    '[\n+    {\n+     "topologyKey": "z"\n+    }\n+   ]\n+  }\n+ }\n }\n'
                )
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(SPEC))
def test_rules(case: Case) -> None:
    case.check()
