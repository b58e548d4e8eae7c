"""Security contexts of pods and containers, and which operating system they are for."""

from __future__ import annotations

import pytest

from tests.server.validation.table import SUBDOMAIN, Case, Table, all_of, cases, put

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


@pytest.mark.parametrize("case", cases(SECURITY))
def test_rules(case: Case) -> None:
    case.check()
