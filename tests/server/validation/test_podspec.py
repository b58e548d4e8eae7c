"""Pod specs: security, scheduling, and the rules between fields."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, LABEL, SUBDOMAIN, VALUE, Case, Table, all_of, cases, drop, put, same

SECURITY = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    },
    create=(
        (
            put("spec.securityContext.supplementalGroups", [-1]),
            [
                (
                    "spec.securityContext.supplementalGroups[0]: Invalid value: -1: must be between 0 and "
                    "2147483647, inclusive"
                )
            ],
        ),
        (
            all_of(put("spec.shareProcessNamespace", True), put("spec.hostPID", True)),
            [
                (
                    "spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and "
                    "HostPID cannot both be enabled"
                )
            ],
        ),
        (
            put(
                "spec.securityContext",
                {"fsGroupChangePolicy": "Some", "supplementalGroupsPolicy": "Some", "seLinuxChangePolicy": "Some"},
            ),
            [
                (
                    'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Some": supported values: '
                    '"Always", "OnRootMismatch"'
                ),
                (
                    'spec.securityContext.supplementalGroupsPolicy: Unsupported value: "Some": supported values: '
                    '"Merge", "Strict"'
                ),
                (
                    'spec.securityContext.seLinuxChangePolicy: Unsupported value: "Some": supported values: '
                    '"MountOption", "Recursive"'
                ),
            ],
        ),
        (
            put(
                "spec.securityContext.sysctls",
                [{"name": "", "value": ""}, {"name": "a", "value": ""}, {"name": "a", "value": ""}],
            ),
            [
                "spec.securityContext.sysctls[0].name: Required value",
                'spec.securityContext.sysctls[2].name: Duplicate value: "a"',
            ],
        ),
        (
            all_of(
                put("spec.hostNetwork", True),
                put("spec.hostIPC", True),
                put(
                    "spec.securityContext.sysctls",
                    [
                        {"name": "net/a", "value": ""},
                        {"name": "kernel.sem", "value": ""},
                        {"name": "fs/mqueue/x", "value": ""},
                    ],
                ),
            ),
            [
                (
                    'spec.securityContext.sysctls[0].name: Invalid value: "net/a": may not be specified when '
                    "'hostNetwork' is true"
                ),
                (
                    'spec.securityContext.sysctls[1].name: Invalid value: "kernel.sem": may not be specified when '
                    "'hostIPC' is true"
                ),
                (
                    'spec.securityContext.sysctls[2].name: Invalid value: "fs/mqueue/x": may not be specified when '
                    "'hostIPC' is true"
                ),
            ],
        ),
        (
            put("spec.securityContext.seccompProfile", {"type": ""}),
            [("spec.securityContext.seccompProfile.type: Required value: type is required when seccompProfile is set")],
        ),
        (
            put("spec.securityContext.seccompProfile", {"type": "Some"}),
            [
                (
                    'spec.securityContext.seccompProfile.type: Unsupported value: "Some": supported values: '
                    '"Localhost", "RuntimeDefault", "Unconfined"'
                )
            ],
        ),
        (
            put("spec.securityContext.seccompProfile", {"type": "Unconfined", "localhostProfile": "x"}),
            [
                (
                    "spec.securityContext.seccompProfile.localhostProfile: Invalid value: "
                    '{"type":"Unconfined","localhostProfile":"x"}: can only be set when seccomp type is Localhost'
                )
            ],
        ),
        (
            put("spec.securityContext.seccompProfile", {"type": "Localhost", "localhostProfile": "../x"}),
            [("spec.securityContext.seccompProfile.localhostProfile: Invalid value: \"../x\": must not contain '..'")],
        ),
        (
            put("spec.securityContext.appArmorProfile", {"type": ""}),
            [
                (
                    "spec.securityContext.appArmorProfile.type: Required value: type is required when "
                    "appArmorProfile is set"
                )
            ],
        ),
        (
            put("spec.securityContext.appArmorProfile", {"type": "Some"}),
            [
                (
                    'spec.securityContext.appArmorProfile.type: Unsupported value: "Some": supported values: '
                    '"Localhost", "RuntimeDefault", "Unconfined"'
                )
            ],
        ),
        (
            put("spec.securityContext.appArmorProfile", {"type": "RuntimeDefault", "localhostProfile": "x"}),
            [
                (
                    'spec.securityContext.appArmorProfile.localhostProfile: Invalid value: "x": can only be set '
                    "when AppArmor type is Localhost"
                )
            ],
        ),
        (
            put("spec.securityContext.appArmorProfile", {"type": "Localhost"}),
            [
                (
                    "spec.securityContext.appArmorProfile.localhostProfile: Required value: must be set when "
                    "AppArmor type is Localhost"
                )
            ],
        ),
        (
            put("spec.securityContext.appArmorProfile", {"type": "Localhost", "localhostProfile": " x"}),
            [
                (
                    'spec.securityContext.appArmorProfile.localhostProfile: Invalid value: " x": must not be '
                    "padded with whitespace"
                )
            ],
        ),
        (
            put("spec.securityContext.appArmorProfile", {"type": "Localhost", "localhostProfile": "x" * 4096}),
            ["spec.securityContext.appArmorProfile.localhostProfile: Too long: may not be more than 4095 bytes"],
        ),
        (
            put(
                "spec.containers.0.securityContext",
                {
                    "procMount": "Unmasked",
                    "appArmorProfile": {"type": "Some"},
                    "windowsOptions": {"gmsaCredentialSpecName": "A", "gmsaCredentialSpec": "", "runAsUserName": ""},
                },
            ),
            [
                (
                    'spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be '
                    "false to use `Unmasked`"
                ),
                (
                    'spec.containers[0].securityContext.windowsOptions.gmsaCredentialSpecName: Invalid value: "A": '
                    f"{SUBDOMAIN}"
                ),
                (
                    'spec.containers[0].securityContext.windowsOptions.gmsaCredentialSpec: Invalid value: "": '
                    "gmsaCredentialSpec cannot be an empty string"
                ),
                (
                    'spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value: "": '
                    "runAsUserName cannot be an empty string"
                ),
                (
                    'spec.containers[0].securityContext.appArmorProfile.type: Unsupported value: "Some": supported '
                    'values: "Localhost", "RuntimeDefault", "Unconfined"'
                ),
            ],
        ),
        (
            put("spec.securityContext.windowsOptions", {"gmsaCredentialSpec": "x" * 65537}),
            [
                'spec.securityContext.windowsOptions.gmsaCredentialSpec: Invalid value: "'
                + "x" * 65537
                + '": gmsaCredentialSpec size must be under 64 KiB'
            ],
        ),
        (
            put("spec.securityContext.windowsOptions", {"runAsUserName": "a\tb"}),
            [
                (
                    'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "a\\tb": runAsUserName '
                    "cannot contain control characters"
                )
            ],
        ),
        (
            put("spec.securityContext.windowsOptions", {"runAsUserName": "a\\b\\c"}),
            [
                (
                    'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": '
                    "runAsUserName cannot contain more than one backslash"
                )
            ],
        ),
        (
            put("spec.securityContext.windowsOptions", {"runAsUserName": "x" * 105}),
            [
                'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "'
                + "x" * 105
                + "\": runAsUserName's User length must not be longer than 104 characters"
            ],
        ),
        (
            put("spec.securityContext.windowsOptions", {"runAsUserName": ". ."}),
            [
                (
                    'spec.securityContext.windowsOptions.runAsUserName: Invalid value: ". .": runAsUserName\'s '
                    "User cannot contain only periods or spaces"
                )
            ],
        ),
        (
            put("spec.securityContext.windowsOptions", {"runAsUserName": "a/b"}),
            [
                (
                    'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "a/b": runAsUserName\'s '
                    'User cannot contain the following characters: "/\\:;|=,+*?<>@[]'
                )
            ],
        ),
        (
            put("spec.securityContext.windowsOptions", {"runAsUserName": "A" * 256 + "\\b"}),
            [
                'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "'
                + "A" * 256
                + "\\\\b\": runAsUserName's Domain length must be under 256 characters",
                'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "'
                + "A" * 256
                + "\\\\b\": runAsUserName's Domain doesn't match the NetBios nor the DNS format",
            ],
        ),
        (
            put("spec.securityContext.windowsOptions", {"runAsUserName": "a?\\b"}),
            [
                (
                    'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "a?\\\\b": '
                    "runAsUserName's Domain doesn't match the NetBios nor the DNS format"
                )
            ],
        ),
        (
            put("spec.securityContext.windowsOptions", {"runAsUserName": "dom\\"}),
            [
                (
                    'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "dom\\\\": '
                    "runAsUserName's User cannot be empty"
                )
            ],
        ),
        (put("spec.securityContext.windowsOptions", {"runAsUserName": "dom\\user"}), []),
        (put("spec.securityContext.windowsOptions", {"runAsUserName": "a.b.example.com\\user"}), []),
        (
            put("spec.securityContext.windowsOptions", {"hostProcess": True}),
            [
                (
                    "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any "
                    "hostProcess containers"
                )
            ],
        ),
        (all_of(put("spec.hostNetwork", True), put("spec.securityContext.windowsOptions", {"hostProcess": True})), []),
        (
            all_of(
                put("spec.securityContext.windowsOptions", {"hostProcess": True}),
                put("spec.containers.0.securityContext.windowsOptions", {"hostProcess": False}),
            ),
            [
                (
                    "spec.containers[0].securityContext.windowsOptions.hostProcess: Invalid value: false: pod "
                    "hostProcess value must be identical if both are specified, was true"
                )
            ],
        ),
        (
            all_of(
                put("spec.hostNetwork", True),
                put("spec.containers.0.securityContext.windowsOptions", {"hostProcess": True}),
                put(
                    "spec.containers.1",
                    {
                        "name": "d",
                        "image": "i",
                        "imagePullPolicy": "Always",
                        "terminationMessagePath": "/l",
                        "terminationMessagePolicy": "File",
                    },
                ),
            ),
            [
                (
                    'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must '
                    "be HostProcess containers"
                )
            ],
        ),
        (
            all_of(
                put("spec.hostUsers", False),
                put("spec.hostNetwork", True),
                put("spec.hostPID", True),
                put("spec.hostIPC", True),
            ),
            [
                "spec.hostNetwork: Forbidden: when `hostUsers` is false",
                "spec.HostPID: Forbidden: when `hostUsers` is false",
                "spec.HostIPC: Forbidden: when `hostUsers` is false",
            ],
        ),
        (
            all_of(
                put("spec.hostUsers", False),
                put("spec.volumes", [{"name": "b", "persistentVolumeClaim": {"claimName": "b"}}]),
                put("spec.containers.0.volumeDevices", [{"name": "b", "devicePath": "/b"}]),
            ),
            ["spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false"],
        ),
        (all_of(put("spec.hostUsers", False), put("spec.containers.0.securityContext.procMount", "Unmasked")), []),
        (put("spec.os", {"name": ""}), ["spec.os.name: Required value"]),
        (
            all_of(
                put("spec.os", {"name": "linux"}),
                put("spec.securityContext.windowsOptions", {}),
                put("spec.containers.0.securityContext.windowsOptions", {}),
            ),
            [
                "spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod",
                (
                    "spec.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set "
                    "for a linux pod"
                ),
            ],
        ),
        (
            all_of(
                put("spec.os", {"name": "windows"}),
                put(
                    "spec.securityContext",
                    {
                        "appArmorProfile": {"type": "Unconfined"},
                        "seLinuxOptions": {},
                        "seccompProfile": {"type": "Unconfined"},
                        "fsGroup": 1,
                        "fsGroupChangePolicy": "Always",
                        "sysctls": [],
                        "runAsUser": 1,
                        "runAsGroup": 1,
                        "supplementalGroups": [1],
                        "supplementalGroupsPolicy": "Merge",
                        "seLinuxChangePolicy": "Recursive",
                    },
                ),
                put("spec.hostUsers", True),
                put("spec.hostPID", True),
                put("spec.hostIPC", True),
                put("spec.shareProcessNamespace", True),
            ),
            [
                (
                    "spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and "
                    "HostPID cannot both be enabled"
                ),
                "spec.securityContext.appArmorProfile: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.seLinuxOptions: Forbidden: cannot be set for a windows pod",
                "spec.hostUsers: Forbidden: cannot be set for a windows pod",
                "spec.hostPID: Forbidden: cannot be set for a windows pod",
                "spec.hostIPC: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.seccompProfile: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.fsGroupChangePolicy: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.sysctls: Forbidden: cannot be set for a windows pod",
                "spec.shareProcessNamespace: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.runAsGroup: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.supplementalGroups: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.supplementalGroupsPolicy: Forbidden: cannot be set for a windows pod",
                "spec.securityContext.seLinuxChangePolicy: Forbidden: cannot be set for a windows pod",
            ],
        ),
        (
            all_of(
                put("spec.os", {"name": "windows"}),
                put(
                    "spec.containers.0.securityContext",
                    {
                        "appArmorProfile": {"type": "Unconfined"},
                        "seLinuxOptions": {},
                        "seccompProfile": {"type": "Unconfined"},
                        "capabilities": {},
                        "readOnlyRootFilesystem": True,
                        "privileged": True,
                        "allowPrivilegeEscalation": True,
                        "procMount": "Default",
                        "runAsUser": 1,
                        "runAsGroup": 1,
                    },
                ),
            ),
            [
                "spec.containers[0].securityContext.appArmorProfile: Forbidden: cannot be set for a windows pod",
                "spec.containers[0].securityContext.seLinuxOptions: Forbidden: cannot be set for a windows pod",
                "spec.containers[0].securityContext.seccompProfile: Forbidden: cannot be set for a windows pod",
                "spec.containers[0].securityContext.capabilities: Forbidden: cannot be set for a windows pod",
                (
                    "spec.containers[0].securityContext.readOnlyRootFilesystem: Forbidden: cannot be set for a "
                    "windows pod"
                ),
                "spec.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod",
                (
                    "spec.containers[0].securityContext.allowPrivilegeEscalation: Forbidden: cannot be set for a "
                    "windows pod"
                ),
                "spec.containers[0].securityContext.procMount: Forbidden: cannot be set for a windows pod",
                "spec.containers[0].securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
                "spec.containers[0].securityContext.runAsGroup: Forbidden: cannot be set for a windows pod",
            ],
        ),
        (
            put(
                "metadata.annotations",
                {
                    "seccomp.security.alpha.kubernetes.io/pod": "x",
                    "container.seccomp.security.alpha.kubernetes.io/c": "localhost/../x",
                },
            ),
            [
                (
                    'metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "x": must be a '
                    "valid seccomp profile"
                ),
                (
                    'metadata.annotations.container.seccomp.security.alpha.kubernetes.io/c: Invalid value: "../x": '
                    "must not contain '..'"
                ),
            ],
        ),
        (
            put("metadata.annotations", {"container.apparmor.security.beta.kubernetes.io/d": "x"}),
            [
                (
                    'metadata.annotations[container.apparmor.security.beta.kubernetes.io/d]: Invalid value: "d": '
                    "container not found"
                ),
                (
                    'metadata.annotations[container.apparmor.security.beta.kubernetes.io/d]: Invalid value: "x": '
                    'invalid AppArmor profile name: "x"'
                ),
            ],
        ),
        (
            all_of(
                put(
                    "metadata.annotations",
                    {
                        "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
                        "container.seccomp.security.alpha.kubernetes.io/c": "localhost/x",
                    },
                ),
                put("spec.securityContext.seccompProfile", {"type": "RuntimeDefault"}),
                put("spec.containers.0.securityContext.seccompProfile", {"type": "Localhost", "localhostProfile": "y"}),
            ),
            [
                (
                    "spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field "
                    "must match"
                ),
                (
                    "spec.containers[0].securityContext.seccompProfile.localhostProfile: Forbidden: seccomp "
                    "profile in annotation and field must match"
                ),
            ],
        ),
        (
            all_of(
                put("metadata.annotations", {"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}),
                put("spec.securityContext.appArmorProfile", {"type": "RuntimeDefault"}),
            ),
            [
                (
                    "spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in "
                    "annotation and field must match"
                )
            ],
        ),
    ),
)

SCHEDULING = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    },
    create=(
        (
            put(
                "spec.tolerations",
                [
                    {"key": "a", "operator": "", "value": "-"},
                    {"key": "a", "operator": "Some"},
                    {"key": "a", "operator": "Lt", "value": "x"},
                ],
            ),
            [
                f'spec.tolerations[0].operator: Invalid value: "-": {VALUE}',
                'spec.tolerations[1].operator: Unsupported value: "Some": supported values: "Equal", "Exists"',
                (
                    'spec.tolerations[2].operator: Unsupported value: "Lt": supported values: "Equal", "Exists", '
                    '"Lt", "Gt"'
                ),
            ],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 0}],
            ),
            ["spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero"],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [
                    {
                        "maxSkew": 1,
                        "topologyKey": "z",
                        "whenUnsatisfiable": "ScheduleAnyway",
                        "minDomains": 2,
                        "nodeAffinityPolicy": "Some",
                        "nodeTaintsPolicy": "Some",
                    }
                ],
            ),
            [
                (
                    "spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if "
                    "whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway"
                ),
                (
                    'spec.topologySpreadConstraints[0].nodeAffinityPolicy: Unsupported value: "Some": supported '
                    'values: "Honor", "Ignore"'
                ),
                (
                    'spec.topologySpreadConstraints[0].nodeTaintsPolicy: Unsupported value: "Some": supported '
                    'values: "Honor", "Ignore"'
                ),
            ],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [
                    {"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"},
                    {"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"},
                ],
            ),
            [
                (
                    'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{z, '
                    'DoNotSchedule}"'
                )
            ],
        ),
        (
            put(
                "spec.topologySpreadConstraints",
                [{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["a"]}],
            ),
            [
                (
                    "spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when "
                    "labelSelector is not set"
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
                        "matchLabelKeys": ["a b", "c"],
                        "labelSelector": {
                            "matchLabels": {"c": "d"},
                            "matchExpressions": [{"key": "c", "operator": "Exists"}],
                        },
                    }
                ],
            ),
            [
                f'spec.topologySpreadConstraints[0].matchLabelKeys[0]: Invalid value: "a b": {KEY}',
                (
                    'spec.topologySpreadConstraints[0][1]: Invalid value: "c": exists in both matchLabelKeys and '
                    "labelSelector"
                ),
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
                            "matchExpressions": [
                                {"key": "a b", "operator": "In"},
                                {"key": "c", "operator": "Exists", "values": ["d"]},
                                {"key": "c", "operator": "Some"},
                                {"key": "c", "operator": "In", "values": ["-"]},
                            ]
                        },
                    }
                ],
            ),
            [
                (
                    "spec.topologySpreadConstraints[0].labelSelector.matchExpressions[0].values: Required value: "
                    "must be specified when `operator` is 'In' or 'NotIn'"
                ),
                (
                    'spec.topologySpreadConstraints[0].labelSelector.matchExpressions[0].key: Invalid value: "a '
                    f'b": {KEY}'
                ),
                (
                    "spec.topologySpreadConstraints[0].labelSelector.matchExpressions[1].values: Forbidden: may "
                    "not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                ),
                (
                    "spec.topologySpreadConstraints[0].labelSelector.matchExpressions[2].operator: Invalid value: "
                    '"Some": not a valid selector operator'
                ),
                (
                    "spec.topologySpreadConstraints[0].labelSelector.matchExpressions[3].values[0]: Invalid value: "
                    f'"-": {VALUE}'
                ),
            ],
        ),
        (
            put(
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {"key": "a", "operator": "In"},
                                {"key": "a", "operator": "Exists", "values": ["b"]},
                                {"key": "a", "operator": "Gt", "values": ["1", "2"]},
                                {"key": "a", "operator": "Some"},
                                {"key": "a", "operator": "In", "values": ["-"]},
                            ]
                        }
                    ]
                },
            ),
            [
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    "odeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when "
                    "`operator` is 'In' or 'NotIn'"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    "odeSelectorTerms[0].matchExpressions[1].values: Forbidden: may not be specified when "
                    "`operator` is 'Exists' or 'DoesNotExist'"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    "odeSelectorTerms[0].matchExpressions[2].values: Required value: must be specified single "
                    "value when `operator` is 'Lt' or 'Gt'"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    'odeSelectorTerms[0].matchExpressions[3].operator: Invalid value: "Some": not a valid selector '
                    "operator"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    f'odeSelectorTerms[0].matchExpressions[4].values[0]: Invalid value: "-": {VALUE}'
                ),
            ],
        ),
        (
            put(
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                {
                    "nodeSelectorTerms": [
                        {
                            "matchFields": [
                                {"key": "metadata.name", "operator": "Exists"},
                                {"key": "metadata.uid", "operator": "In", "values": ["a"]},
                                {"key": "metadata.name", "operator": "In", "values": ["A"]},
                                {"key": "metadata.name", "operator": "NotIn", "values": ["a", "b"]},
                            ]
                        }
                    ]
                },
            ),
            [
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    'odeSelectorTerms[0].matchFields[0].operator: Invalid value: "Exists": not a valid selector '
                    "operator"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    'odeSelectorTerms[0].matchFields[1].key: Invalid value: "metadata.uid": not a valid field '
                    "selector key"
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    f'odeSelectorTerms[0].matchFields[2].values[0]: Invalid value: "A": {SUBDOMAIN}'
                ),
                (
                    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.n"
                    "odeSelectorTerms[0].matchFields[3].values: Required value: must be only one value when "
                    "`operator` is 'In' or 'NotIn' for node field selector"
                ),
            ],
        ),
        (
            put(
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                [
                    {
                        "topologyKey": "z",
                        "labelSelector": {},
                        "namespaces": ["A"],
                        "namespaceSelector": {"matchLabels": {"a": "-"}},
                        "matchLabelKeys": ["a"],
                        "mismatchLabelKeys": ["a", "b c"],
                    }
                ],
            ),
            [
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
                    f'.namespaceSelector.matchLabels: Invalid value: "-": {VALUE}'
                ),
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].namespace: "
                    f'Invalid value: "A": {LABEL}'
                ),
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
                    f'.mismatchLabelKeys[1]: Invalid value: "b c": {KEY}'
                ),
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
                    '.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys'
                ),
            ],
        ),
        (
            put(
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                [{"topologyKey": "z", "matchLabelKeys": ["a"], "mismatchLabelKeys": ["b"]}],
            ),
            [
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].matchLabelKeys: "
                    "Forbidden: must not be specified when labelSelector is not set"
                ),
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
                    ".mismatchLabelKeys: Forbidden: must not be specified when labelSelector is not set"
                ),
            ],
        ),
        (
            put(
                "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution",
                [
                    {
                        "topologyKey": "z",
                        "labelSelector": {
                            "matchLabels": {"a": "b"},
                            "matchExpressions": [{"key": "a", "operator": "In", "values": ["c"]}],
                        },
                        "matchLabelKeys": ["a"],
                    }
                ],
            ),
            [
                (
                    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0][0]: Invalid "
                    'value: "a": exists in both matchLabelKeys and labelSelector'
                )
            ],
        ),
        (
            put(
                "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution",
                [{"weight": 101, "podAffinityTerm": {"topologyKey": "a b"}}],
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
            put(
                "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution",
                [{"weight": 0, "preference": {"matchExpressions": [{"key": "a", "operator": "Some"}]}}],
            ),
            [
                (
                    "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid "
                    "value: 0: must be in the range 1-100"
                ),
                (
                    "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution["
                    '0].preference.matchExpressions[0].operator: Invalid value: "Some": not a valid selector '
                    "operator"
                ),
            ],
        ),
        (
            all_of(put("spec.schedulingGates", [{"name": "a"}]), put("spec.nodeName", "n")),
            ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"],
        ),
        (
            put("spec.schedulingGroup", {}),
            ["spec.schedulingGroup.podGroupName: Invalid value: null: must specify one of: `podGroupName`"],
        ),
        (
            put("spec.schedulingGroup", {"podGroupName": "A"}),
            [f'spec.schedulingGroup.podGroupName: Invalid value: "A": {SUBDOMAIN}'],
        ),
    ),
)

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


@pytest.mark.parametrize("case", cases(SECURITY, SCHEDULING, SPEC))
def test_rules(case: Case) -> None:
    case.check()
