"""What the status of a pod may say."""

from __future__ import annotations

import pytest

from tests.server.validation.table import LABEL, SUBDOMAIN, Case, Table, all_of, cases, put, same

STATUS = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {
            "nodeName": "n",
            "restartPolicy": "OnFailure",
            "resourceClaims": [{"name": "gpu", "resourceClaimName": "g"}],
            "initContainers": [{"name": "i", "image": "i"}],
            "containers": [
                {
                    "name": "c",
                    "image": "i",
                    "resources": {
                        "requests": {"cpu": "1", "a.io/gpu": "1"},
                        "limits": {"a.io/gpu": "1"},
                        "claims": [{"name": "gpu", "request": "r"}],
                    },
                },
                {
                    "name": "d",
                    "image": "i",
                    "restartPolicy": "Never",
                    "restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [3]}}],
                },
            ],
        },
    },
    status=(
        (
            same,
            put("status.observedGeneration", -1),
            ["status.observedGeneration: Invalid value: -1: must be a non-negative integer"],
        ),
        (
            same,
            put("status.conditions", [{"type": "Ready", "status": "True", "observedGeneration": -1}]),
            ["status.conditions[0].observedGeneration: Invalid value: -1: must be a non-negative integer"],
        ),
        (
            same,
            put("status.qosClass", "Guaranteed"),
            ['status.qosClass: Invalid value: "Guaranteed": field is immutable'],
        ),
        (
            same,
            put("status.nominatedNodeName", "m"),
            ["status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node"],
        ),
        (
            put("status.containerStatuses", [{"name": "c", "state": {"terminated": {"exitCode": 1}}}]),
            put("status.containerStatuses", [{"name": "c", "state": {"running": {}}}]),
            [],
        ),
        (
            put("status.containerStatuses", [{"name": "c", "state": {"terminated": {"exitCode": 0}}}]),
            put("status.containerStatuses", [{"name": "c", "state": {"running": {}}}]),
            ["status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"],
        ),
        (
            put("status.containerStatuses", [{"name": "d", "state": {"terminated": {"exitCode": 3}}}]),
            put("status.containerStatuses", [{"name": "d", "state": {"running": {}}}]),
            [],
        ),
        (
            put("status.containerStatuses", [{"name": "d", "state": {"terminated": {"exitCode": 4}}}]),
            put("status.containerStatuses", [{"name": "d", "state": {"running": {}}}]),
            ["status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"],
        ),
        (
            put("status.containerStatuses", [{"name": "x", "state": {"terminated": {"exitCode": 4}}}]),
            put("status.containerStatuses", [{"name": "x", "state": {"running": {}}}]),
            ["status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"],
        ),
        (
            put("status.initContainerStatuses", [{"name": "i", "state": {"terminated": {"exitCode": 0}}}]),
            put("status.initContainerStatuses", [{"name": "i", "state": {"running": {}}}]),
            ["status.initContainerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"],
        ),
        (
            put("status.ephemeralContainerStatuses", [{"name": "e", "state": {"terminated": {"exitCode": 1}}}]),
            put("status.ephemeralContainerStatuses", [{"name": "e", "state": {"running": {}}}]),
            [
                (
                    "status.ephemeralContainerStatuses[0].state: Forbidden: may not be transitioned to "
                    "non-terminated state"
                )
            ],
        ),
        (
            all_of(
                put("status.containerStatuses", [{"name": "d", "state": {"terminated": {"exitCode": 4}}}]),
                put("spec.containers.1.restartPolicyRules.0.action", "RestartAllContainers"),
            ),
            all_of(
                put("status.containerStatuses", [{"name": "d", "state": {"running": {}}}]),
                put("spec.containers.1.restartPolicyRules.0.action", "RestartAllContainers"),
            ),
            [],
        ),
        (
            same,
            put(
                "status.resourceClaimStatuses",
                [{"name": "gpu", "resourceClaimName": "A"}, {"name": "gpu"}, {"name": "x"}],
            ),
            [
                f'status.resourceClaimStatuses[0].name: Invalid value: "A": {SUBDOMAIN}',
                'status.resourceClaimStatuses[1].name: Duplicate value: "gpu"',
                (
                    'status.resourceClaimStatuses[2].name: Invalid value: "x": must match the name of an entry in '
                    "`spec.resourceClaims`"
                ),
            ],
        ),
        (
            same,
            put("status.extendedResourceClaimStatus", {}),
            [
                (
                    "status.extendedResourceClaimStatus.requestMappings: Required value: at least one request "
                    "mapping is required"
                ),
                "status.extendedResourceClaimStatus.resourceClaimName: Required value",
            ],
        ),
        (
            same,
            put(
                "status.extendedResourceClaimStatus",
                {
                    "resourceClaimName": "A",
                    "requestMappings": [
                        {"containerName": "x", "resourceName": "a.io/gpu", "requestName": "A"},
                        {"containerName": "c", "resourceName": "a.io/tpu", "requestName": "r"},
                        {"containerName": "c", "resourceName": "a.io/gpu", "requestName": "r"},
                        {"containerName": "c", "resourceName": "a.io/gpu", "requestName": "r"},
                    ],
                },
            ),
            [
                (
                    'status.extendedResourceClaimStatus.requestMappings[0].containerName: Invalid value: "x": must '
                    "match the name of an entry in spec.initContainers.name or spec.containers.name"
                ),
                f'status.extendedResourceClaimStatus.requestName: Invalid value: "A": {LABEL}',
                (
                    "status.extendedResourceClaimStatus.requestMappings[1].resourceName: Invalid value: "
                    '"a.io/tpu": must match the extended resource name of an entry in '
                    "spec.initContainers.resources.requests or spec.containers.resources.requests"
                ),
                'status.extendedResourceClaimStatus.requestMappings[3].containerName: Duplicate value: "c"',
                'status.extendedResourceClaimStatus.requestMappings[3].resourceName: Duplicate value: "a.io/gpu"',
                'status.extendedResourceClaimStatus.requestMappings[3].requestName: Duplicate value: "r"',
                f'status.extendedResourceClaimStatus.resourceClaimName: Invalid value: "A": {SUBDOMAIN}',
            ],
        ),
        (
            same,
            put(
                "status.nodeAllocatableResourceClaimStatuses",
                [
                    {},
                    {"resourceClaimName": "x", "containers": ["c"], "resources": {"a.io/b": "1", "cpu": "-1"}},
                    {"resourceClaimName": "g", "containers": ["c"], "resources": {"cpu": "1"}},
                ],
            ),
            [
                "status.nodeAllocatableResourceClaimStatuses[0].resourceClaimName: Required value: must not be empty",
                (
                    'status.nodeAllocatableResourceClaimStatuses[0].resourceClaimName: Invalid value: "": no '
                    "mapping found in pod reference"
                ),
                "status.nodeAllocatableResourceClaimStatuses[0].containers: Required value: must not be empty",
                "status.nodeAllocatableResourceClaimStatuses[0].resources: Required value: must not be empty",
                (
                    'status.nodeAllocatableResourceClaimStatuses[1].resourceClaimName: Invalid value: "x": no '
                    "mapping found in pod reference"
                ),
                (
                    'status.nodeAllocatableResourceClaimStatuses[1].resources[a.io/b]: Invalid value: "a.io/b": '
                    "must be a node allocatable resource name"
                ),
                (
                    'status.nodeAllocatableResourceClaimStatuses[1].resources[cpu]: Invalid value: "-1": must be '
                    "non-negative"
                ),
            ],
        ),
        (
            same,
            put("status.podIPs", [{"ip": "10.0.0.1"}, {"ip": "::1"}, {"ip": "::2"}]),
            [
                (
                    'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"::1"},{"ip":"::2"}]: may specify no '
                    "more than one IP for each IP family"
                )
            ],
        ),
        (
            same,
            all_of(put("status.hostIP", "10.0.0.1"), put("status.hostIPs", [{"ip": "10.0.0.2"}])),
            ['status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`'],
        ),
        (
            same,
            put("status.hostIPs", [{"ip": "x"}]),
            [
                'status.hostIPs[0].ip: Invalid value: "x": must be equal to `hostIP`',
                (
                    'status.hostIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or '
                    "2001:db8::ffff)"
                ),
            ],
        ),
        (
            same,
            put(
                "status.containerStatuses",
                [{"name": "c", "user": {"linux": {"uid": -1, "gid": -1, "supplementalGroups": [-1]}}}],
            ),
            [
                (
                    "status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and "
                    "2147483647, inclusive"
                ),
                (
                    "status.containerStatuses[0].user.linux.gid: Invalid value: -1: must be between 0 and "
                    "2147483647, inclusive"
                ),
                (
                    "status.containerStatuses[0].user.linux.supplementalGroups[0]: Invalid value: -1: must be "
                    "between 0 and 2147483647, inclusive"
                ),
            ],
        ),
        (
            same,
            all_of(
                put("spec.os", {"name": "windows"}),
                put("status.containerStatuses", [{"name": "c", "user": {"linux": {}}}]),
            ),
            ["status.containerStatuses[0].user.linux: Forbidden: cannot be set for a windows pod"],
        ),
        (
            same,
            put(
                "status.containerStatuses",
                [
                    {
                        "name": "c",
                        "allocatedResourcesStatus": [
                            {
                                "name": "cpu",
                                "resources": [
                                    {"resourceID": "a", "health": "Some"},
                                    {"resourceID": "a", "health": "Healthy"},
                                ],
                            },
                            {"name": "foo"},
                            {"name": "claim:gpu"},
                            {"name": "claim:gpu/r"},
                        ],
                    }
                ],
            ),
            [
                (
                    "status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health: Unsupported "
                    'value: "Some": supported values: "Healthy", "Unhealthy", "Unknown"'
                ),
                (
                    "status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].resourceID: Duplicate "
                    'value: "a"'
                ),
                (
                    'status.containerStatuses[0].allocatedResourcesStatus[1].name: Invalid value: "foo": must '
                    "match one of the container's resource requests"
                ),
                (
                    'status.containerStatuses[0].allocatedResourcesStatus[2].name: Invalid value: "claim:gpu": '
                    "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' "
                    "or 'claim:<claimName>' if request is empty"
                ),
            ],
        ),
        (
            same,
            put("status.ephemeralContainerStatuses", [{"name": "e", "allocatedResourcesStatus": [{"name": "cpu"}]}]),
            [
                (
                    "status.ephemeralContainerStatuses[0].allocatedResourcesStatus: Forbidden: must not be "
                    "specified in container status"
                )
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(STATUS))
def test_rules(case: Case) -> None:
    case.check()
