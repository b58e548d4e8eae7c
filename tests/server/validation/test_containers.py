"""Containers of pods: every rule of theirs."""

from __future__ import annotations

import pytest

from server.validation.pod import POD, validate_ephemeral_containers
from server.validation.validator import Validator
from tests.server.validation.table import KEY, LABEL, SUBDOMAIN, Case, Table, all_of, cases, put, same

CONTAINERS = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    },
    create=(
        (put("spec.containers.0.name", ""), ["spec.containers[0].name: Required value"]),
        (put("spec.containers.0.image", ""), ["spec.containers[0].image: Required value"]),
        (
            put(
                "spec.containers.1",
                {
                    "name": "c",
                    "image": "i",
                    "imagePullPolicy": "Always",
                    "terminationMessagePath": "/l",
                    "terminationMessagePolicy": "File",
                },
            ),
            ['spec.containers[1].name: Duplicate value: "c"'],
        ),
        (
            put("spec.containers.0.restartPolicy", "Some"),
            [
                (
                    'spec.containers[0].restartPolicy: Unsupported value: "Some": supported values: "Always", '
                    '"Never", "OnFailure"'
                )
            ],
        ),
        (
            put(
                "spec.containers.0.restartPolicyRules",
                [{"action": "Restart", "exitCodes": {"operator": "In", "values": [3]}}],
            ),
            [
                (
                    "spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart "
                    "rules are used"
                )
            ],
        ),
        (
            all_of(
                put("spec.containers.0.restartPolicy", "Never"),
                put(
                    "spec.containers.0.restartPolicyRules",
                    [{"action": "Restart", "exitCodes": {"operator": "In", "values": [3]}}],
                ),
            ),
            [],
        ),
        (
            all_of(
                put("spec.containers.0.restartPolicy", "Never"),
                put(
                    "spec.containers.0.restartPolicyRules",
                    [{"action": ""}, {"action": "Some", "exitCodes": {"operator": "Some", "values": list(range(256))}}],
                ),
            ),
            [
                (
                    'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "": supported values: '
                    '"Restart", "RestartAllContainers"'
                ),
                "spec.containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified",
                (
                    'spec.containers[0].restartPolicyRules[1].action: Unsupported value: "Some": supported values: '
                    '"Restart", "RestartAllContainers"'
                ),
                (
                    'spec.containers[0].restartPolicyRules[1].exitCodes.operator: Unsupported value: "Some": '
                    'supported values: "In", "NotIn"'
                ),
                (
                    "spec.containers[0].restartPolicyRules[1].exitCodes.values: Too many: 256: must have at most "
                    "255 items"
                ),
            ],
        ),
        (
            all_of(
                put("spec.containers.0.restartPolicy", "Never"),
                put(
                    "spec.containers.0.restartPolicyRules",
                    [{"action": "Restart", "exitCodes": {"operator": "In", "values": [3]}}] * 21,
                ),
            ),
            ["spec.containers[0].restartPolicyRules: Too many: 21: must have at most 20 items"],
        ),
        (
            put("spec.containers.0.resizePolicy", [{"resourceName": "cpu", "restartPolicy": "NotRequired"}] * 2),
            ['spec.containers[0].resizePolicy[1]: Duplicate value: "cpu"'],
        ),
        (
            put(
                "spec.containers.0.resizePolicy",
                [{"resourceName": "foo", "restartPolicy": "Some"}, {"resourceName": "", "restartPolicy": ""}],
            ),
            [
                'spec.containers[0].resizePolicy: Unsupported value: "foo": supported values: "cpu", "memory"',
                (
                    'spec.containers[0].resizePolicy: Unsupported value: "Some": supported values: "NotRequired", '
                    '"RestartContainer"'
                ),
                "spec.containers[0].resizePolicy: Required value",
            ],
        ),
        (
            all_of(
                put("spec.restartPolicy", "Never"),
                put("spec.containers.0.resizePolicy", [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]),
            ),
            [
                (
                    "spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' "
                    "when pod `restartPolicy` is 'Never'"
                )
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [
                    {
                        "name": "A",
                        "value": "x",
                        "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
                    }
                ],
            ),
            [
                (
                    'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is '
                    "not empty"
                )
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [
                    {
                        "name": "A",
                        "valueFrom": {
                            "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"},
                            "secretKeyRef": {"name": "a", "key": "b"},
                        },
                    }
                ],
            ),
            [
                (
                    'spec.containers[0].env[0].valueFrom: Invalid value: "": may not have more than one field '
                    "specified at a time"
                )
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "", "fieldPath": "x"}}}],
            ),
            ["spec.containers[0].env[0].valueFrom.fieldRef.apiVersion: Required value"],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": ""}}}],
            ),
            ["spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Required value"],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v2", "fieldPath": "metadata.name"}}}],
            ),
            [
                (
                    'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name": error '
                    "converting fieldPath: unsupported pod version: v2"
                )
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.labels['a']"}}}],
            ),
            [],
        ),
        (
            put(
                "spec.containers.0.env",
                [
                    {
                        "name": "A",
                        "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.annotations['A b']"}},
                    }
                ],
            ),
            [f'spec.containers[0].env[0].valueFrom.fieldRef: Invalid value: "a b": {KEY}'],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name['a']"}}}],
            ),
            [
                (
                    "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "
                    "\"metadata.name['a']\": error converting fieldPath: field label does not support subscript: "
                    "metadata.name['a']"
                )
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.labels"}}}],
            ),
            [
                (
                    'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": '
                    'supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", '
                    '"spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"'
                )
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.restartPolicy"}}}],
            ),
            [
                (
                    "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "
                    '"spec.restartPolicy": supported values: "metadata.name", "metadata.namespace", '
                    '"metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", '
                    '"status.hostIPs", "status.podIP", "status.podIPs"'
                )
            ],
        ),
        (
            put("spec.containers.0.env", [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": ""}}}]),
            ["spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: Required value"],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.foo", "divisor": "0"}}}],
            ),
            [
                (
                    "spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "
                    '"limits.foo": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", '
                    '"requests.cpu", "requests.ephemeral-storage", "requests.memory"'
                )
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "2"}}}],
            ),
            [
                (
                    'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": '
                    "only divisor's values 1m and 1 are supported with the cpu resource"
                )
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "requests.memory", "divisor": "3"}}}],
            ),
            [
                (
                    "spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "
                    '"requests.memory": only divisor\'s values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, '
                    "1Pi, 1Ei are supported with the memory resource"
                )
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [
                    {
                        "name": "A",
                        "valueFrom": {"resourceFieldRef": {"resource": "limits.ephemeral-storage", "divisor": "3"}},
                    }
                ],
            ),
            [
                (
                    "spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "
                    '"limits.ephemeral-storage": only divisor\'s values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, '
                    "1Ti, 1Pi, 1Ei are supported with the local ephemeral storage resource"
                )
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [
                    {
                        "name": "A",
                        "valueFrom": {"resourceFieldRef": {"resource": "limits.hugepages-2Mi", "divisor": "3"}},
                    }
                ],
            ),
            [
                (
                    "spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "
                    '"limits.hugepages-2Mi": only divisor\'s values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, '
                    "1Ti, 1Pi, 1Ei are supported with the hugepages resource"
                )
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Mi"}}}],
            ),
            [],
        ),
        (
            put("spec.containers.0.env", [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "", "key": ""}}}]),
            [
                f'spec.containers[0].env[0].valueFrom.configMapKeyRef.name: Invalid value: "": {SUBDOMAIN}',
                "spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Required value",
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "", "path": "", "key": ""}}}],
            ),
            [
                "spec.containers[0].env[0].valueFrom.fileKeyRef.key: Required value",
                "spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Required value",
                "spec.containers[0].env[0].valueFrom.fileKeyRef.path: Required value",
                'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Not found: ""',
            ],
        ),
        (
            put(
                "spec.containers.0.env",
                [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "A", "path": "../x", "key": "="}}}],
            ),
            [
                (
                    'spec.containers[0].env[0].valueFrom.fileKeyRef.key: Invalid value: "=": a valid environment '
                    "variable name must consist only of printable ASCII characters other than '='"
                ),
                f'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "A": {LABEL}',
                "spec.containers[0].env[0].valueFrom.fileKeyRef.path: Invalid value: \"../x\": must not contain '..'",
                'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Not found: "A"',
            ],
        ),
        (
            all_of(
                put("spec.volumes", [{"name": "v", "hostPath": {"path": "/x", "type": ""}}]),
                put(
                    "spec.containers.0.env",
                    [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "x", "key": "K"}}}],
                ),
            ),
            [
                (
                    'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "v": referenced '
                    "volume must be of type emptyDir"
                )
            ],
        ),
        (
            all_of(
                put("spec.volumes", [{"name": "v", "emptyDir": {}}]),
                put(
                    "spec.containers.0.env",
                    [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "x", "key": "K"}}}],
                ),
            ),
            [],
        ),
        (
            put(
                "spec.containers.0.envFrom",
                [{"secretRef": {"name": "A"}}, {"configMapRef": {"name": "a"}, "secretRef": {"name": "a"}}],
            ),
            [
                f'spec.containers[0].envFrom[0].secretRef.name: Invalid value: "A": {SUBDOMAIN}',
                'spec.containers[0].envFrom: Invalid value: "": may not have more than one field specified at a time',
            ],
        ),
        (
            put("spec.containers.0.ports", [{"containerPort": 80, "protocol": "Some"}]),
            [
                (
                    'spec.containers[0].ports[0].protocol: Unsupported value: "Some": supported values: "SCTP", '
                    '"TCP", "UDP"'
                )
            ],
        ),
        (
            put("spec.containers.0.ports", [{"protocol": "TCP"}, {"containerPort": 70000, "protocol": ""}]),
            [
                "spec.containers[0].ports[0].containerPort: Required value",
                (
                    "spec.containers[0].ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, "
                    "inclusive"
                ),
                "spec.containers[0].ports[1].protocol: Required value",
            ],
        ),
        (
            put(
                "spec.containers.0.ports",
                [
                    {"containerPort": 80, "hostPort": 80, "protocol": "TCP"},
                    {"containerPort": 81, "hostPort": 80, "protocol": "TCP"},
                ],
            ),
            ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"'],
        ),
        (
            put(
                "spec.containers.0.livenessProbe",
                {
                    "exec": {},
                    "periodSeconds": -1,
                    "failureThreshold": -1,
                    "initialDelaySeconds": -1,
                    "successThreshold": 1,
                    "terminationGracePeriodSeconds": 0,
                },
            ),
            [
                "spec.containers[0].livenessProbe.exec.command: Required value",
                (
                    "spec.containers[0].livenessProbe.initialDelaySeconds: Invalid value: -1: must be greater than "
                    "or equal to 0"
                ),
                (
                    "spec.containers[0].livenessProbe.periodSeconds: Invalid value: -1: must be greater than or "
                    "equal to 0"
                ),
                (
                    "spec.containers[0].livenessProbe.failureThreshold: Invalid value: -1: must be greater than or "
                    "equal to 0"
                ),
                (
                    "spec.containers[0].livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be "
                    "greater than 0"
                ),
            ],
        ),
        (
            put(
                "spec.containers.0.readinessProbe",
                {
                    "httpGet": {"path": "", "port": 0, "scheme": "FTP", "httpHeaders": [{"name": "a b", "value": ""}]},
                    "terminationGracePeriodSeconds": 5,
                },
            ),
            [
                "spec.containers[0].readinessProbe.httpGet.path: Required value",
                (
                    "spec.containers[0].readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and "
                    "65535, inclusive"
                ),
                (
                    'spec.containers[0].readinessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: '
                    '"HTTP", "HTTPS"'
                ),
                (
                    'spec.containers[0].readinessProbe.httpGet.httpHeaders: Invalid value: "a b": a valid HTTP '
                    "header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for "
                    "validation is '[-A-Za-z0-9]+')"
                ),
                (
                    "spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not "
                    "be set for readinessProbes"
                ),
            ],
        ),
        (
            put("spec.containers.0.startupProbe", {"tcpSocket": {"port": "A_b"}, "successThreshold": 2}),
            [
                (
                    'spec.containers[0].startupProbe.tcpSocket.port: Invalid value: "A_b": must contain only '
                    "alpha-numeric characters (a-z, 0-9), and hyphens (-)"
                ),
                "spec.containers[0].startupProbe.successThreshold: Invalid value: 2: must be 1",
            ],
        ),
        (
            put("spec.containers.0.livenessProbe", {"grpc": {"port": 0}, "successThreshold": 1}),
            [("spec.containers[0].livenessProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive")],
        ),
        (
            put(
                "spec.containers.0.livenessProbe",
                {"httpGet": {"path": "/", "port": "x" * 16, "scheme": "HTTP"}, "successThreshold": 1},
            ),
            [
                (
                    'spec.containers[0].livenessProbe.httpGet.port: Invalid value: "xxxxxxxxxxxxxxxx": must be no '
                    "more than 15 characters"
                )
            ],
        ),
        (
            put("spec.containers.0.lifecycle", {"postStart": {"exec": {}}}),
            ["spec.containers[0].lifecycle.postStart.exec.command: Required value"],
        ),
        (
            put("spec.containers.0.lifecycle", {"preStop": {"sleep": {"seconds": 31}}}),
            [
                (
                    "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less "
                    "than terminationGracePeriodSeconds (30)"
                )
            ],
        ),
        (
            put("spec.containers.0.lifecycle", {"preStop": {"sleep": {"seconds": -1}, "tcpSocket": {"port": 80}}}),
            ["spec.containers[0].lifecycle.preStop.sleep: Forbidden: may not specify more than 1 handler type"],
        ),
        (
            put("spec.containers.0.lifecycle", {"stopSignal": "SIGTERM"}),
            [
                (
                    "spec.containers[0].lifecycle.stopSignal: Forbidden: may not be set for containers with empty "
                    "`spec.os.name`"
                )
            ],
        ),
        (
            all_of(put("spec.os", {"name": "linux"}), put("spec.containers.0.lifecycle", {"stopSignal": "SIGX"})),
            [
                (
                    'spec.containers[0].lifecycle.stopSignal: Unsupported value: "SIGX": supported values: '
                    '"SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", '
                    '"SIGINT", "SIGIO", "SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", '
                    '"SIGRTMAX", "SIGRTMAX-1", "SIGRTMAX-10", "SIGRTMAX-11", "SIGRTMAX-12", "SIGRTMAX-13", '
                    '"SIGRTMAX-14", "SIGRTMAX-2", "SIGRTMAX-3", "SIGRTMAX-4", "SIGRTMAX-5", "SIGRTMAX-6", '
                    '"SIGRTMAX-7", "SIGRTMAX-8", "SIGRTMAX-9", "SIGRTMIN", "SIGRTMIN+1", "SIGRTMIN+10", '
                    '"SIGRTMIN+11", "SIGRTMIN+12", "SIGRTMIN+13", "SIGRTMIN+14", "SIGRTMIN+15", "SIGRTMIN+2", '
                    '"SIGRTMIN+3", "SIGRTMIN+4", "SIGRTMIN+5", "SIGRTMIN+6", "SIGRTMIN+7", "SIGRTMIN+8", '
                    '"SIGRTMIN+9", "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", '
                    '"SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", '
                    '"SIGXFSZ"'
                )
            ],
        ),
        (
            all_of(put("spec.os", {"name": "windows"}), put("spec.containers.0.lifecycle", {"stopSignal": "SIGINT"})),
            [
                (
                    'spec.containers[0].lifecycle.stopSignal: Unsupported value: "SIGINT": supported values: '
                    '"SIGKILL", "SIGTERM"'
                )
            ],
        ),
        (
            put(
                "spec.containers.0.resources",
                {
                    "limits": {"foo": "1", "a.io/gpu": "1500m", "cpu": "1"},
                    "requests": {"a.io/gpu": "1", "cpu": "2", "requests.x/y": "1"},
                },
            ),
            [
                (
                    'spec.containers[0].resources.limits[foo]: Invalid value: "foo": must be a standard resource '
                    "type or fully qualified"
                ),
                (
                    'spec.containers[0].resources.limits[foo]: Invalid value: "foo": must be a standard resource '
                    "for containers"
                ),
                'spec.containers[0].resources.limits[a.io/gpu]: Invalid value: "1500m": must be an integer',
                'spec.containers[0].resources.requests: Invalid value: "1": must be equal to a.io/gpu limit of 1500m',
                (
                    'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu '
                    "limit of 1"
                ),
                (
                    'spec.containers[0].resources.requests[requests.x/y]: Invalid value: "requests.x/y": doesn\'t '
                    "follow extended resource name standard"
                ),
                (
                    "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable "
                    "resources"
                ),
            ],
        ),
        (
            put(
                "spec.containers.0.resources",
                {"claims": [{"name": ""}, {"name": "a"}, {"name": "a"}, {"name": "b", "request": "A"}]},
            ),
            [
                "spec.containers[0].resources.claims[0]: Required value",
                (
                    'spec.containers[0].resources.claims[1]: Not found: "a": must be one of the names in '
                    "pod.spec.resourceClaims which is empty"
                ),
                'spec.containers[0].resources.claims[2]: Duplicate value: "a"',
                (
                    'spec.containers[0].resources.claims[2]: Not found: "a": must be one of the names in '
                    "pod.spec.resourceClaims which is empty"
                ),
                f'spec.containers[0].resources.claims[3].request: Invalid value: "A": {LABEL}',
                (
                    'spec.containers[0].resources.claims[3]: Not found: "b": must be one of the names in '
                    "pod.spec.resourceClaims which is empty"
                ),
            ],
        ),
        (
            all_of(
                put("spec.resourceClaims", [{"name": "a", "resourceClaimName": "x"}]),
                put(
                    "spec.containers.0.resources",
                    {
                        "claims": [
                            {"name": "a", "request": "A"},
                            {"name": "a", "request": "b"},
                            {"name": "a", "request": "b"},
                        ]
                    },
                ),
            ),
            [
                f'spec.containers[0].resources.claims[0].request: Invalid value: "A": {LABEL}',
                'spec.containers[0].resources.claims[2]: Duplicate value: "a/b"',
            ],
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
                        "restartPolicy": "Always",
                        "readinessProbe": {"tcpSocket": {"port": 80}, "successThreshold": 1},
                    }
                ],
            ),
            [],
        ),
        (
            put(
                "spec.initContainers",
                [
                    {
                        "name": "c",
                        "image": "",
                        "imagePullPolicy": "Always",
                        "terminationMessagePath": "/l",
                        "terminationMessagePolicy": "File",
                        "restartPolicy": "Some",
                        "lifecycle": {"preStop": {"exec": {"command": ["a"]}}},
                        "livenessProbe": {"tcpSocket": {"port": 80}},
                        "startupProbe": {"tcpSocket": {"port": 80}},
                    }
                ],
            ),
            [
                "spec.initContainers[0].image: Required value",
                (
                    'spec.initContainers[0].restartPolicy: Unsupported value: "Some": supported values: "Always", '
                    '"Never", "OnFailure"'
                ),
                'spec.initContainers[0].name: Duplicate value: "c"',
                (
                    "spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without "
                    "restartPolicy=Always"
                ),
                (
                    "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without "
                    "restartPolicy=Always"
                ),
                (
                    "spec.initContainers[0].startupProbe: Forbidden: may not be set for init containers without "
                    "restartPolicy=Always"
                ),
            ],
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
)

EPHEMERAL = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "image": "i"}], "volumes": [{"name": "v", "emptyDir": {}}]},
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
                        "targetContainerName": "none",
                    }
                ],
            ),
            ['spec.ephemeralContainers[0].targetContainerName: Not found: "none"'],
        ),
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
                        "targetContainerName": "c",
                        "volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "a"}],
                    }
                ],
            ),
            [
                (
                    "spec.ephemeralContainers[0].volumeMounts[0].subPath: Forbidden: cannot be set for an "
                    "Ephemeral Container"
                )
            ],
        ),
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
                        "resources": {"limits": {"cpu": "1"}},
                    }
                ],
            ),
            ["spec.ephemeralContainers[0].resources: Forbidden: cannot be set for an Ephemeral Container"],
        ),
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
                        "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
                        "livenessProbe": {"tcpSocket": {"port": 80}},
                        "lifecycle": {"stopSignal": "SIGTERM"},
                    }
                ],
            ),
            [
                "spec.ephemeralContainers[0].resizePolicy: Forbidden: cannot be set for an Ephemeral Container",
                "spec.ephemeralContainers[0].livenessProbe: Forbidden: cannot be set for an Ephemeral Container",
                "spec.ephemeralContainers[0].lifecycle: Forbidden: cannot be set for an Ephemeral Container",
            ],
        ),
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
                        "restartPolicy": "Never",
                        "restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [3]}}],
                    }
                ],
            ),
            [
                "spec.ephemeralContainers[0].restartPolicy: Forbidden: cannot be set for an Ephemeral Container",
                "spec.ephemeralContainers[0].restartPolicyRules: Forbidden: cannot be set for an Ephemeral Container",
            ],
        ),
        (
            same,
            put("spec.ephemeralContainers", [{}]),
            [
                "spec.ephemeralContainers[0].name: Required value",
                "spec.ephemeralContainers[0].image: Required value",
                "spec.ephemeralContainers[0].terminationMessagePolicy: Required value",
                "spec.ephemeralContainers[0].imagePullPolicy: Required value",
            ],
        ),
    ),
    validator=Validator(POD.create, validate_ephemeral_containers),
)


@pytest.mark.parametrize("case", cases(CONTAINERS, EPHEMERAL))
def test_rules(case: Case) -> None:
    case.check()
