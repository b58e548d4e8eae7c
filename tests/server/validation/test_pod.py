"""Pods: every rule of the spec, updates and status."""

from __future__ import annotations

import pytest

from tests.server.validation.table import CONFIG_KEY, KEY, LABEL, SUBDOMAIN, Case, Table, all_of, cases, put, same

POD = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {
            "initContainers": [{"name": "i", "image": "i"}],
            "containers": [
                {
                    "name": "c",
                    "image": "i",
                    "ports": [{"containerPort": 80, "name": "http"}],
                    "env": [{"name": "A", "value": "b"}],
                    "resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "500m"}},
                    "volumeMounts": [{"name": "d", "mountPath": "/d"}],
                    "livenessProbe": {"httpGet": {"path": "/", "port": "http"}},
                }
            ],
            "volumes": [{"name": "d", "emptyDir": {}}],
            "tolerations": [{"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30}],
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}]
                    }
                }
            },
        },
    },
    create=(
        (put("metadata.name", "A"), [f'metadata.name: Invalid value: "A": {SUBDOMAIN}']),
        (put("spec.containers", []), ["spec.containers: Required value"]),
        (put("spec.containers.0.name", "A"), [f'spec.containers[0].name: Invalid value: "A": {LABEL}']),
        (put("spec.containers.0.name", "i"), ['spec.initContainers[0].name: Duplicate value: "i"']),
        (
            put("spec.containers.0.image", " i"),
            ['spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace'],
        ),
        (
            put("spec.containers.0.imagePullPolicy", "Maybe"),
            [
                (
                    'spec.containers[0].imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", '
                    '"IfNotPresent", "Never"'
                )
            ],
        ),
        (
            put("spec.containers.0.terminationMessagePolicy", "Some"),
            [
                (
                    'spec.containers[0].terminationMessagePolicy: Unsupported value: "Some": supported values: '
                    '"File", "FallbackToLogsOnError"'
                )
            ],
        ),
        (
            put("spec.initContainers.0.readinessProbe", {"exec": {"command": ["a"]}}),
            [
                (
                    "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without "
                    "restartPolicy=Always"
                )
            ],
        ),
        (put("spec.initContainers.0.restartPolicy", "Never"), []),
        (
            put("spec.containers.0.ports.0.name", "HTTP"),
            [
                (
                    'spec.containers[0].ports[0].name: Invalid value: "HTTP": must contain only alpha-numeric '
                    "characters (a-z, 0-9), and hyphens (-)"
                ),
                'spec.containers[0].ports[0].name: Invalid value: "HTTP": must contain at least one letter (a-z)',
            ],
        ),
        (
            put("spec.containers.0.ports.0.containerPort", 0),
            ["spec.containers[0].ports[0].containerPort: Required value"],
        ),
        (
            put("spec.containers.0.ports.0.hostPort", 70000),
            ["spec.containers[0].ports[0].hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive"],
        ),
        (
            put("spec.containers.0.ports.1", {"containerPort": 81, "name": "http", "protocol": "TCP"}),
            ['spec.containers[0].ports[1].name: Duplicate value: "http"'],
        ),
        (
            put("spec.containers.0.env.0", {"name": "", "value": "x"}),
            ["spec.containers[0].env[0].name: Required value"],
        ),
        (
            put(
                "spec.containers.0.env.0",
                {
                    "name": "A",
                    "value": "x",
                    "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}},
                },
            ),
            [
                (
                    'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is '
                    "not empty"
                )
            ],
        ),
        (
            put("spec.containers.0.env.0", {"name": "A", "valueFrom": {}}),
            [
                (
                    'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, '
                    "`resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
                )
            ],
        ),
        (
            put("spec.containers.0.env.0.valueFrom", {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.foo"}}),
            [
                (
                    'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": error '
                    "converting fieldPath: field label not supported: spec.foo"
                ),
                (
                    'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is '
                    "not empty"
                ),
            ],
        ),
        (
            put("spec.containers.0.env.0", {"name": "A", "valueFrom": {"secretKeyRef": {"name": "", "key": "a b"}}}),
            [
                f'spec.containers[0].env[0].valueFrom.secretKeyRef.name: Invalid value: "": {SUBDOMAIN}',
                f'spec.containers[0].env[0].valueFrom.secretKeyRef.key: Invalid value: "a b": {CONFIG_KEY}',
            ],
        ),
        (
            put("spec.containers.0.envFrom", [{"prefix": "1=", "configMapRef": {"name": ""}}, {}]),
            [
                (
                    'spec.containers[0].envFrom[0].prefix: Invalid value: "1=": a valid environment variable name '
                    "must consist only of printable ASCII characters other than '='"
                ),
                "spec.containers[0].envFrom[0].configMapRef.name: Required value",
                'spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
            ],
        ),
        (
            put("spec.containers.0.resources.limits", {"cpu": "-1", "foo": "1"}),
            [
                'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
                (
                    'spec.containers[0].resources.limits[foo]: Invalid value: "foo": must be a standard resource '
                    "type or fully qualified"
                ),
                (
                    'spec.containers[0].resources.limits[foo]: Invalid value: "foo": must be a standard resource '
                    "for containers"
                ),
                (
                    'spec.containers[0].resources.requests: Invalid value: "500m": must be less than or equal to '
                    "cpu limit of -1"
                ),
            ],
        ),
        (
            put("spec.containers.0.resources.requests", {"a.io/gpu": "1"}),
            [
                (
                    "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable "
                    "resources"
                )
            ],
        ),
        (
            put("spec.containers.0.resources", {"limits": {"hugepages-2Mi": "1Mi"}}),
            [
                (
                    'spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "1Mi": 1Mi is not positive '
                    "integer multiple of hugepages-2Mi"
                ),
                "spec.containers[0].resources: Forbidden: HugePages require cpu or memory",
            ],
        ),
        (
            put("spec.containers.0.resources.claims", [{"name": "x"}]),
            [
                (
                    'spec.containers[0].resources.claims[0]: Not found: "x": must be one of the names in '
                    "pod.spec.resourceClaims which is empty"
                )
            ],
        ),
        (
            put(
                "spec.containers.0.volumeMounts",
                [{"name": "x", "mountPath": ""}, {"name": "d", "mountPath": "/a"}, {"name": "d", "mountPath": "/a"}],
            ),
            [
                'spec.containers[0].volumeMounts[0].name: Not found: "x"',
                "spec.containers[0].volumeMounts[0].mountPath: Required value",
                'spec.containers[0].volumeMounts[2].mountPath: Invalid value: "/a": must be unique',
            ],
        ),
        (
            put("spec.containers.0.volumeMounts.0.subPath", "../x"),
            ["spec.containers[0].volumeMounts.subPath: Invalid value: \"../x\": must not contain '..'"],
        ),
        (
            put("spec.containers.0.livenessProbe", {"timeoutSeconds": -1}),
            [
                "spec.containers[0].livenessProbe: Required value: must specify a handler type",
                (
                    "spec.containers[0].livenessProbe.timeoutSeconds: Invalid value: -1: must be greater than or "
                    "equal to 0"
                ),
                "spec.containers[0].livenessProbe.successThreshold: Invalid value: 0: must be 1",
            ],
        ),
        (
            put("spec.containers.0.livenessProbe.successThreshold", 2),
            ["spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"],
        ),
        (
            put("spec.containers.0.livenessProbe.tcpSocket", {"port": 80}),
            ["spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"],
        ),
        (
            put("spec.containers.0.lifecycle", {"preStop": {}}),
            ["spec.containers[0].lifecycle.preStop: Required value: must specify a handler type"],
        ),
        (
            put("spec.containers.0.securityContext", {"privileged": True, "allowPrivilegeEscalation": False}),
            [
                (
                    "spec.containers[0].securityContext: Invalid value: "
                    '{"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` '
                    "to false and `privileged` to true"
                )
            ],
        ),
        (
            put("spec.containers.0.securityContext", {"runAsUser": -1, "procMount": "Some"}),
            [
                (
                    "spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and "
                    "2147483647, inclusive"
                ),
                (
                    'spec.containers[0].securityContext.procMount: Unsupported value: "Some": supported values: '
                    '"Default", "Unmasked"'
                ),
            ],
        ),
        (
            put("spec.containers.0.securityContext", {"seccompProfile": {"type": "Localhost"}}),
            [
                (
                    "spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be "
                    "set when seccomp type is Localhost"
                )
            ],
        ),
        (
            put("spec.volumes.0", {"name": "d", "emptyDir": {}, "hostPath": {"path": "/x", "type": ""}}),
            [
                "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
                'spec.containers[0].volumeMounts[0].name: Not found: "d"',
            ],
        ),
        (put("spec.volumes.1", {"name": "d", "emptyDir": {}}), ['spec.volumes[1].name: Duplicate value: "d"']),
        (
            put("spec.volumes.0", {"name": "d"}),
            [
                "spec.volumes[0]: Required value: must specify a volume type",
                'spec.containers[0].volumeMounts[0].name: Not found: "d"',
            ],
        ),
        (
            put("spec.volumes.0", {"name": "d", "hostPath": {"path": "/a/../b", "type": "Disk"}}),
            [
                "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
                (
                    'spec.volumes[0].hostPath.type: Unsupported value: "Disk": supported values: "", '
                    '"BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", '
                    '"Socket"'
                ),
                'spec.containers[0].volumeMounts[0].name: Not found: "d"',
            ],
        ),
        (
            put("spec.volumes.0", {"name": "d", "configMap": {"defaultMode": 512}}),
            [
                "spec.volumes[0].configMap.name: Required value",
                (
                    "spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and "
                    "0777 (octal), both inclusive"
                ),
                'spec.containers[0].volumeMounts[0].name: Not found: "d"',
            ],
        ),
        (put("spec.volumes.0", {"name": "d", "projected": {"sources": [{}]}}), []),
        (
            put("spec.volumes.0", {"name": "d", "csi": {"driver": ""}}),
            ["spec.volumes[0].csi.driver: Required value", 'spec.containers[0].volumeMounts[0].name: Not found: "d"'],
        ),
        (
            put("spec.volumes.0", {"name": "d", "persistentVolumeClaim": {"claimName": ""}}),
            [
                "spec.volumes[0].persistentVolumeClaim.claimName: Required value",
                'spec.containers[0].volumeMounts[0].name: Not found: "d"',
            ],
        ),
        (
            put("spec.restartPolicy", "Some"),
            ['spec.restartPolicy: Unsupported value: "Some": supported values: "Always", "OnFailure", "Never"'],
        ),
        (
            put("spec.dnsPolicy", "None"),
            ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
        ),
        (
            put("spec.dnsConfig", {"nameservers": ["x"], "searches": ["a_b..c"]}),
            [
                (
                    'spec.dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 '
                    "or 2001:db8::ffff)"
                ),
                (
                    'spec.dnsConfig.searches[0]: Invalid value: "a_b..c": a lowercase RFC 1123 subdomain must '
                    "consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with "
                    "an alphanumeric character (e.g. 'example.com', regex used for validation is "
                    "'_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')"
                ),
            ],
        ),
        (put("spec.nodeName", "N"), [f'spec.nodeName: Invalid value: "N": {SUBDOMAIN}']),
        (put("spec.serviceAccountName", "A"), [f'spec.serviceAccountName: Invalid value: "A": {SUBDOMAIN}']),
        (put("spec.hostname", "a.b"), ['spec.hostname: Invalid value: "a.b": must not contain dots']),
        (put("spec.subdomain", "A"), [f'spec.subdomain: Invalid value: "A": {LABEL}']),
        (
            put("spec.activeDeadlineSeconds", 0),
            ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"],
        ),
        (
            put("spec.hostAliases", [{"ip": "x", "hostnames": ["A"]}]),
            [
                (
                    'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or '
                    "2001:db8::ffff)"
                ),
                f'spec.hostAliases[0].hostnames[0]: Invalid value: "A": {SUBDOMAIN}',
            ],
        ),
        (put("spec.imagePullSecrets", [{}]), []),
        (put("spec.priorityClassName", "A"), [f'spec.priorityClassName: Invalid value: "A": {SUBDOMAIN}']),
        (put("spec.runtimeClassName", "A"), [f'spec.runtimeClassName: Invalid value: "A": {SUBDOMAIN}']),
        (
            put("spec.preemptionPolicy", "Some"),
            ['spec.preemptionPolicy: Unsupported value: "Some": supported values: "PreemptLowerPriority", "Never"'],
        ),
        (put("spec.nodeSelector", {"a b": "c"}), [f'spec.nodeSelector: Invalid value: "a b": {KEY}']),
        (
            put("spec.os", {"name": "plan9"}),
            ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
        ),
        (
            put("spec.readinessGates", [{"conditionType": "a b"}]),
            [f'spec.readinessGates[0].conditionType: Invalid value: "a b": {KEY}'],
        ),
        (
            put("spec.schedulingGates", [{"name": "a"}, {"name": "a"}]),
            ['spec.schedulingGates[1]: Duplicate value: "a"'],
        ),
        (
            put("spec.tolerations.0", {"key": "", "operator": "Equal"}),
            [
                (
                    'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is '
                    'empty, which means "match all values and all keys"'
                )
            ],
        ),
        (
            put("spec.tolerations.0", {"key": "a", "operator": "Exists", "value": "b"}),
            ["spec.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'"],
        ),
        (
            put("spec.tolerations.0.effect", "NoSchedule"),
            [
                (
                    "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when "
                    "`tolerationSeconds` is set"
                )
            ],
        ),
        (
            put("spec.tolerations.0.effect", "Some"),
            [
                (
                    "spec.tolerations[0].effect: Invalid value: \"Some\": effect must be 'NoExecute' when "
                    "`tolerationSeconds` is set"
                ),
                (
                    'spec.tolerations[0].effect: Unsupported value: "Some": supported values: "NoSchedule", '
                    '"PreferNoSchedule", "NoExecute"'
                ),
            ],
        ),
        (
            put("spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution", {"nodeSelectorTerms": []}),
            [
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: "
                    "Required value: must have at least one node selector term"
                )
            ],
        ),
        (
            put(
                "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution",
                [{"weight": 0, "preference": {"matchExpressions": [{"key": "a", "operator": "Like"}]}}],
            ),
            [
                (
                    "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid "
                    "value: 0: must be in the range 1-100"
                ),
                (
                    "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution["
                    '0].preference.matchExpressions[0].operator: Invalid value: "Like": not a valid selector '
                    "operator"
                ),
            ],
        ),
        (
            put("spec.affinity.podAffinity", {"requiredDuringSchedulingIgnoredDuringExecution": [{}]}),
            [
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: "
                    "Required value: can not be empty"
                ),
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: "
                    'Invalid value: "": name part must be non-empty'
                ),
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: "
                    f'Invalid value: "": {KEY}'
                ),
            ],
        ),
        (
            put(
                "spec.affinity.podAntiAffinity",
                {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {"weight": 101, "podAffinityTerm": {"topologyKey": "a b"}}
                    ]
                },
            ),
            [
                (
                    "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: "
                    "Invalid value: 101: must be in the range 1-100"
                ),
                (
                    "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecuti"
                    f'on[0].podAffinityTerm.topologyKey: Invalid value: "a b": {KEY}'
                ),
            ],
        ),
        (
            put("spec.topologySpreadConstraints", [{"maxSkew": 0, "topologyKey": "", "whenUnsatisfiable": "Some"}]),
            [
                "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
                "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
                (
                    'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Some": supported '
                    'values: "DoNotSchedule", "ScheduleAnyway"'
                ),
            ],
        ),
        (
            put("spec.securityContext", {"runAsUser": -1, "fsGroup": -1, "sysctls": [{"name": "a b", "value": ""}]}),
            [
                "spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
                "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
                (
                    'spec.securityContext.sysctls[0].name: Invalid value: "a b": must have at most 253 characters '
                    "and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
                ),
            ],
        ),
        (
            put("spec.ephemeralContainers", [{"name": "e", "image": "i"}]),
            [
                "spec.ephemeralContainers[0].terminationMessagePolicy: Required value",
                "spec.ephemeralContainers[0].imagePullPolicy: Required value",
                "spec.ephemeralContainers: Forbidden: cannot be set on create",
            ],
        ),
        (
            put("metadata.annotations", {"kubernetes.io/config.mirror": "x"}),
            [
                (
                    'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName '
                    "if mirror pod annotation is set"
                )
            ],
        ),
        (
            put("metadata.annotations", {"controller.kubernetes.io/pod-deletion-cost": "x"}),
            [
                (
                    'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "x": must be '
                    "a 32bit integer"
                )
            ],
        ),
        (
            put("spec.resourceClaims", [{"name": "a"}]),
            [
                (
                    'spec.resourceClaims[0]: Invalid value: {"name":"a"}: must specify one of: '
                    "`resourceClaimName`, `resourceClaimTemplateName`"
                )
            ],
        ),
    ),
    update=(
        (same, put("spec.containers.0.image", "j"), []),
        (same, put("spec.containers.0.image", ""), ["spec.containers[0].image: Required value"]),
        (
            same,
            put("spec.containers.0.name", "d"),
            [
                (
                    "spec: Forbidden: pod updates may not change fields other than "
                    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadl"
                    "ineSeconds`,`spec.tolerations` (only additions to existing "
                    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
                    'previously negative)\n@@ -17,7 +17,7 @@\n  ],\n  "containers": [\n   {\n-   "name": "c",\n+   '
                    '"name": "d",\n    "image": "i",\n    "ports": [\n     {\n'
                )
            ],
        ),
        (
            same,
            put("spec.containers.1", {"name": "x", "image": "i"}),
            [
                "spec.containers[1].terminationMessagePolicy: Required value",
                "spec.containers[1].imagePullPolicy: Required value",
                "spec.containers: Forbidden: pod updates may not add or remove containers",
            ],
        ),
        (put("spec.activeDeadlineSeconds", 10), put("spec.activeDeadlineSeconds", 5), []),
        (
            put("spec.activeDeadlineSeconds", 5),
            put("spec.activeDeadlineSeconds", 10),
            ["spec.activeDeadlineSeconds: Invalid value: 10: must be less than or equal to previous value"],
        ),
        (
            put("spec.activeDeadlineSeconds", 5),
            same,
            [("spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value")],
        ),
        (same, put("spec.tolerations.1", {"key": "m", "operator": "Exists"}), []),
        (same, put("spec.tolerations.0.tolerationSeconds", 60), []),
        (
            same,
            put("spec.tolerations", []),
            ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
        ),
        (
            same,
            put("spec.schedulingGates", [{"name": "a"}]),
            [("spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a'")],
        ),
        (put("spec.schedulingGates", [{"name": "a"}]), put("spec.nodeSelector", {"a": "b"}), []),
        (
            all_of(put("spec.schedulingGates", [{"name": "a"}]), put("spec.nodeSelector", {"a": "b"})),
            put("spec.schedulingGates", [{"name": "a"}]),
            [
                (
                    "spec.nodeSelector: Invalid value: null: only additions to spec.nodeSelector are allowed (no "
                    "mutations or deletions)"
                )
            ],
        ),
        (same, put("metadata.labels", {"a b": "c"}), [f'metadata.labels: Invalid value: "a b": {KEY}']),
    ),
    status=(
        (same, put("spec.nodeName", "x"), ["status.nodeName: Forbidden: may not be changed directly"]),
        (
            same,
            put("status.conditions", [{"type": "a b", "status": "Some"}]),
            [f'status.conditions[0].Type: Invalid value: "a b": {KEY}'],
        ),
        (same, put("status.nominatedNodeName", "N"), [f'status.nominatedNodeName: Invalid value: "N": {SUBDOMAIN}']),
        (
            same,
            put("status.podIPs", [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]),
            [
                (
                    'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than '
                    "one IP for each IP family"
                )
            ],
        ),
        (
            same,
            put("status.podIPs", [{"ip": "x"}]),
            ['status.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(POD))
def test_rules(case: Case) -> None:
    case.check()
