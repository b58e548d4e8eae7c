"""Storage classes, CSI drivers and nodes, attachments, capacities."""

from __future__ import annotations

import pytest

from tests.server.validation.table import KEY, SUBDOMAIN, VALUE, Case, Table, cases, drop, put, same

STORAGE_CLASS = Table(
    {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "c"},
        "provisioner": "a.io/p",
        "parameters": {"a": "b"},
    },
    create=(
        (put("provisioner", ""), ["provisioner: Required value"]),
        (put("provisioner", "a b"), [f'provisioner: Invalid value: "a b": {KEY}']),
        (put("parameters", {"": "x"}), ['parameters: Invalid value: "": field can not be empty.']),
        (put("parameters", {"a": "x" * 262144}), ["parameters: Too long: may not be more than 262144 bytes"]),
        (put("parameters", {str(n): "" for n in range(513)}), ["parameters: Too long: may not be more than 512 bytes"]),
        (
            put("reclaimPolicy", "Recycle"),
            ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"'],
        ),
        (
            put("volumeBindingMode", "Some"),
            ['volumeBindingMode: Unsupported value: "Some": supported values: "Immediate", "WaitForFirstConsumer"'],
        ),
        (drop("volumeBindingMode"), ["volumeBindingMode: Required value"]),
        (
            put(
                "allowedTopologies",
                [{"matchLabelExpressions": [{"key": "a", "values": ["b", "b"]}, {"key": "a", "values": []}]}],
            ),
            [
                'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "b"',
                "allowedTopologies[0].matchLabelExpressions[1].values: Required value",
                'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "a"',
            ],
        ),
    ),
    update=(
        (same, put("provisioner", "a.io/q"), ["provisioner: Invalid value: null: field is immutable"]),
        (
            same,
            put("provisioner", ""),
            ["provisioner: Required value", "provisioner: Invalid value: null: field is immutable"],
        ),
        (same, put("parameters", {}), ["parameters: Invalid value: null: field is immutable"]),
        (same, put("reclaimPolicy", "Retain"), ["reclaimPolicy: Invalid value: null: field is immutable"]),
        (
            same,
            put("volumeBindingMode", "WaitForFirstConsumer"),
            ["volumeBindingMode: Invalid value: null: field is immutable"],
        ),
    ),
)

ATTRIBUTES_CLASS = Table(
    {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "VolumeAttributesClass",
        "metadata": {"name": "c"},
        "driverName": "d.io",
        "parameters": {"a": "b"},
    },
    create=(
        (put("driverName", ""), ["driverName: Required value"]),
        (put("driverName", "a b"), [f'driverName: Invalid value: "a b": {KEY}']),
        (put("parameters", {}), ["parameters: Required value: must contain at least one key/value pair"]),
    ),
    update=(
        (same, put("driverName", "e.io"), ["driverName: Forbidden: updates to driverName are forbidden."]),
        (same, put("parameters", {"a": "c"}), ["parameters: Forbidden: updates to parameters are forbidden."]),
    ),
)

CAPACITY = Table(
    {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSIStorageCapacity",
        "metadata": {"name": "r", "namespace": "shop"},
        "storageClassName": "c",
        "capacity": "1Gi",
        "nodeTopology": {},
    },
    create=(
        (put("storageClassName", ""), [f'storageClassName: Invalid value: "": {SUBDOMAIN}']),
        (put("capacity", "-1"), ['capacity: Invalid value: "-1": must be greater than or equal to 0']),
        (put("nodeTopology", {"matchLabels": {"a": "-"}}), [f'nodeTopology.matchLabels: Invalid value: "-": {VALUE}']),
    ),
    update=(
        (same, put("storageClassName", "d"), ['storageClassName: Invalid value: "d": field is immutable']),
        (
            same,
            put("nodeTopology", {"matchLabels": {"a": "b"}}),
            ['nodeTopology: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable'],
        ),
    ),
)

DRIVER = Table(
    {"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": "d.io"}, "spec": {}},
    create=(
        (drop("spec.attachRequired"), ["spec.attachedRequired: Required value"]),
        (drop("spec.podInfoOnMount"), ["spec.podInfoOnMount: Required value"]),
        (drop("spec.seLinuxMount"), ["spec.seLinuxMount: Required value"]),
        (
            put("spec.fsGroupPolicy", "Some"),
            [
                (
                    'spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", '
                    '"ReadWriteOnceWithFSType"'
                )
            ],
        ),
        (
            put(
                "spec.tokenRequests",
                [
                    {"audience": "a", "expirationSeconds": 599},
                    {"audience": "a"},
                    {"audience": "b", "expirationSeconds": 4294967297},
                ],
            ),
            [
                (
                    "spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less "
                    "than 10 minutes"
                ),
                'spec.tokenRequests[1].audience: Duplicate value: "a"',
                (
                    "spec.tokenRequests[2].expirationSeconds: Invalid value: 4294967297: may not specify a "
                    "duration larger than 2^32 seconds"
                ),
            ],
        ),
        (
            put("spec.volumeLifecycleModes", ["Some"]),
            ['spec.volumeLifecycleModes: Unsupported value: "Some": supported values: "Persistent", "Ephemeral"'],
        ),
        (
            put("spec.nodeAllocatableUpdatePeriodSeconds", 9),
            [
                (
                    "spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to "
                    "10 seconds"
                )
            ],
        ),
        (
            put("spec.serviceAccountTokenInSecrets", True),
            [
                (
                    "spec.serviceAccountTokenInSecrets: Invalid value: true: serviceAccountTokenInSecrets is set "
                    "but no tokenRequests are specified"
                )
            ],
        ),
    ),
    update=(
        (same, put("spec.attachRequired", False), ["spec.attachedRequired: Invalid value: false: field is immutable"]),
        (
            same,
            put("spec.volumeLifecycleModes", ["Ephemeral"]),
            ['spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable'],
        ),
        (same, put("spec.podInfoOnMount", True), []),
    ),
)

CSI_NODE = Table(
    {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSINode",
        "metadata": {"name": "n"},
        "spec": {"drivers": [{"name": "d.io", "nodeID": "n", "topologyKeys": ["a"], "allocatable": {"count": 1}}]},
    },
    create=(
        (
            put("spec.drivers.0", {"name": "", "nodeID": ""}),
            ["spec.drivers[0].name: Required value", "spec.drivers[0].nodeID: Required value"],
        ),
        (
            put("spec.drivers.0.nodeID", "x" * 257),
            [
                (
                    "spec.drivers[0].nodeID: Invalid value: "
                    '"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'
                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": must be 256 characters or less'
                )
            ],
        ),
        (
            put("spec.drivers.0.allocatable.count", -1),
            ["spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            put("spec.drivers.0.topologyKeys", ["", "a", "a"]),
            [
                "spec.drivers[0]: Required value",
                'spec.drivers[0]: Invalid value: "": name part must be non-empty',
                f'spec.drivers[0]: Invalid value: "": {KEY}',
                'spec.drivers[0]: Duplicate value: "a"',
            ],
        ),
        (put("spec.drivers.1", {"name": "d.io", "nodeID": "m"}), ['spec.drivers[1].name: Duplicate value: "d.io"']),
    ),
    update=(
        (
            same,
            put("spec.drivers.0.nodeID", "m"),
            ['spec.drivers: Invalid value: {"name":"d.io","nodeID":"m","topologyKeys":["a"]}: field is immutable'],
        ),
        (same, put("spec.drivers.0.allocatable.count", 2), []),
    ),
)

ATTACHMENT = Table(
    {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "VolumeAttachment",
        "metadata": {"name": "a"},
        "spec": {"attacher": "D.io", "nodeName": "n", "source": {"persistentVolumeName": "v"}},
    },
    create=(
        (put("spec.attacher", ""), ["spec.attacher: Required value"]),
        (
            put("spec.attacher", "a b"),
            [
                (
                    'spec.attacher: Invalid value: "a b": an RFC 1123 subdomain must consist of alphanumeric '
                    "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. "
                    "'Example.com', regex used for validation is "
                    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                )
            ],
        ),
        (put("spec.attacher", "a" * 64), ["spec.attacher: Too long: may not be more than 63 characters"]),
        (put("spec.nodeName", "N"), [f'spec.nodeName: Invalid value: "N": {SUBDOMAIN}']),
        (
            put("spec.source", {}),
            ["spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName"],
        ),
        (
            put("spec.source", {"persistentVolumeName": ""}),
            [
                "spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName",
                f'spec.source.persistentVolumeName: Invalid value: "": {SUBDOMAIN}',
            ],
        ),
        (
            put("spec.source.inlineVolumeSpec", {}),
            ["spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName"],
        ),
        (
            put(
                "spec.source",
                {
                    "inlineVolumeSpec": {
                        "claimRef": {"name": "x"},
                        "capacity": {"storage": "1"},
                        "storageClassName": "c",
                        "volumeMode": "Block",
                        "persistentVolumeReclaimPolicy": "Delete",
                        "nodeAffinity": {},
                    }
                },
            ),
            [
                (
                    "spec.source.inlineVolumeSpec.claimRef: Forbidden: may not be specified in the context of "
                    "inline volumes"
                ),
                (
                    "spec.source.inlineVolumeSpec.capacity: Forbidden: may not be specified in the context of "
                    "inline volumes"
                ),
                (
                    "spec.source.inlineVolumeSpec.csi: Required value: has to be specified in the context of "
                    "inline volumes"
                ),
                "spec.source.inlineVolumeSpec.accessModes: Required value",
                (
                    "spec.source.inlineVolumeSpec.persistentVolumeReclaimPolicy: Forbidden: may only be Retain in "
                    "the context of inline volumes"
                ),
                (
                    "spec.source.inlineVolumeSpec.nodeAffinity: Forbidden: may not be specified in the context of "
                    "inline volumes"
                ),
                "spec.source.inlineVolumeSpec: Required value: must specify a volume type",
                (
                    "spec.source.inlineVolumeSpec.storageClassName: Forbidden: may not be specified in the context "
                    "of inline volumes"
                ),
                (
                    "spec.source.inlineVolumeSpec.volumeMode: Forbidden: may not specify volumeMode other than "
                    "Filesystem in the context of inline volumes"
                ),
            ],
        ),
        (
            put("status.attachError", {"message": "x" * 1025, "errorCode": -1}),
            [
                "status.attachError.message: Too long: may not be more than 262144 bytes",
                "status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive",
            ],
        ),
    ),
    update=((same, put("spec.nodeName", "m"), ["spec: Invalid value: null: field is immutable"]),),
    status=(
        (
            same,
            put("status.attachmentMetadata", {"a": "x" * 262144}),
            ["status.attachmentMetadata: Too long: may not be more than 262144 bytes"],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(STORAGE_CLASS, ATTRIBUTES_CLASS, CAPACITY, DRIVER, CSI_NODE, ATTACHMENT))
def test_rules(case: Case) -> None:
    case.check()
