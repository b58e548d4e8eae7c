"""Persistent volumes and claims."""

from __future__ import annotations

import pytest

from tests.server.validation.table import SUBDOMAIN, VALUE, Case, Table, all_of, cases, drop, put, same

PERSISTENT_VOLUME = Table(
    {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "v"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "csi": {"driver": "d.io", "volumeHandle": "h"},
            "volumeAttributesClassName": "gold",
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": "beta.kubernetes.io/os", "operator": "In", "values": ["linux"]}]}
                    ]
                }
            },
        },
    },
    create=(
        (put("spec.accessModes", []), ["spec.accessModes: Required value"]),
        (
            put("spec.accessModes", ["ReadWriteOncePod", "ReadWriteOnce", "Any"]),
            [
                (
                    'spec.accessModes: Unsupported value: "Any": supported values: "ReadOnlyMany", '
                    '"ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"'
                ),
                "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
            ],
        ),
        (
            put("spec.capacity", {}),
            ["spec.capacity: Required value", 'spec.capacity: Unsupported value: null: supported values: "storage"'],
        ),
        (
            put("spec.capacity", {"cpu": "1"}),
            ['spec.capacity: Unsupported value: {"cpu":"1"}: supported values: "storage"'],
        ),
        (put("spec.capacity.storage", "0"), ['spec.capacity[storage]: Invalid value: "0": must be greater than zero']),
        (
            put("spec.capacity.storage", "-1"),
            [
                "spec.capacity[storage]: Invalid value: -1: must be a valid resource quantity",
                'spec.capacity[storage]: Invalid value: "-1": must be greater than zero',
            ],
        ),
        (
            put("spec.persistentVolumeReclaimPolicy", "Keep"),
            [
                (
                    'spec.persistentVolumeReclaimPolicy: Unsupported value: "Keep": supported values: "Delete", '
                    '"Recycle", "Retain"'
                )
            ],
        ),
        (
            put("spec.nodeAffinity", {}),
            ["spec.nodeAffinity.required: Required value: must specify required node constraints"],
        ),
        (
            all_of(drop("spec.csi"), drop("spec.volumeAttributesClassName")),
            ["spec: Required value: must specify a volume type"],
        ),
        (
            drop("spec.csi"),
            [
                "spec: Required value: must specify a volume type",
                "spec.csi: Required value: has to be specified when using volumeAttributesClassName",
            ],
        ),
        (
            put("spec.nfs", {"server": "s", "path": "x"}),
            [
                'spec.nfs.path: Invalid value: "x": must be an absolute path',
                "spec.csi: Forbidden: may not specify more than 1 volume type",
            ],
        ),
        (
            put("spec.csi", {"driver": "d_d"}),
            [f'spec.csi.driver: Invalid value: "d_d": {SUBDOMAIN}', "spec.csi.volumeHandle: Required value"],
        ),
        (put("spec.csi", {}), ["spec.csi.driver: Required value", "spec.csi.volumeHandle: Required value"]),
        (
            put("spec.csi.nodePublishSecretRef", {"name": "A"}),
            [
                f'spec.csi.nodePublishSecretRef.name: Invalid value: "A": {SUBDOMAIN}',
                "spec.csi.nodePublishSecretRef.namespace: Required value",
            ],
        ),
        (
            all_of(
                drop("spec.csi"),
                drop("spec.volumeAttributesClassName"),
                put("spec.hostPath", {"path": "/"}),
                put("spec.persistentVolumeReclaimPolicy", "Recycle"),
            ),
            ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
        ),
        (
            all_of(
                drop("spec.csi"),
                drop("spec.volumeAttributesClassName"),
                drop("spec.nodeAffinity"),
                put("spec.local", {"path": "../x"}),
            ),
            [
                "spec.local.path: Invalid value: \"../x\": must not contain '..'",
                "spec.nodeAffinity: Required value: Local volume requires node affinity",
            ],
        ),
        (
            all_of(
                drop("spec.csi"),
                drop("spec.volumeAttributesClassName"),
                put("spec.iscsi", {"targetPortal": "p", "iqn": "x", "lun": 256, "chapAuthSession": True}),
            ),
            [
                'spec.iscsi.iqn: Invalid value: "x": must be valid format',
                "spec.iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
                "spec.iscsi.secretRef: Required value",
            ],
        ),
        (put("spec.storageClassName", "A"), [f'spec.storageClassName: Invalid value: "A": {SUBDOMAIN}']),
        (
            put("spec.volumeMode", "Tape"),
            ['spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"'],
        ),
        (
            put("spec.volumeAttributesClassName", ""),
            ["spec.volumeAttributesClassName: Required value: an empty string is disallowed"],
        ),
        (
            put("metadata.annotations", {"volume.beta.kubernetes.io/mount-options": "ro"}),
            [
                (
                    "metadata.annotations.volume.beta.kubernetes.io/mount-options: Forbidden: may not specify "
                    "mount options for this volume type"
                )
            ],
        ),
    ),
    update=(
        (
            same,
            put("spec.csi.volumeHandle", "other"),
            [
                (
                    "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after "
                    'creation\n@@ -1,6 +1,6 @@\n {\n  "csi": {\n   "driver": "d.io",\n-  "volumeHandle": "h"\n+  '
                    '"volumeHandle": "other"\n  }\n }\n'
                )
            ],
        ),
        (same, put("spec.csi.controllerExpandSecretRef", {"name": "a", "namespace": "b"}), []),
        (same, put("spec.volumeMode", "Block"), ['volumeMode: Invalid value: "Block": field is immutable']),
        (same, put("spec.nodeAffinity.required.nodeSelectorTerms.0.matchExpressions.0.key", "kubernetes.io/os"), []),
        (
            same,
            put("spec.nodeAffinity.required.nodeSelectorTerms.0.matchExpressions.0.key", "kubernetes.io/arch"),
            [
                (
                    "nodeAffinity: Invalid value: "
                    '{"required":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"kubernetes.i'
                    'o/arch","operator":"In","values":["linux"]}]}]}}: field is immutable, except for updating '
                    "from beta label to GA"
                )
            ],
        ),
        (
            same,
            drop("spec.volumeAttributesClassName"),
            ["spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden"],
        ),
    ),
    status=(
        (
            same,
            put("metadata.resourceVersion", ""),
            [
                'metadata.resourceVersion: Invalid value: "": must be specified for an update',
                "resourceVersion: Required value",
            ],
        ),
    ),
)

PERSISTENT_VOLUME_CLAIM = Table(
    {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
            "storageClassName": "fast",
        },
    },
    create=(
        (put("spec.accessModes", []), ["spec.accessModes: Required value: at least 1 access mode is required"]),
        (
            put("spec.selector", {"matchLabels": {"a": "-"}}),
            [f'spec.selector.matchLabels: Invalid value: "-": {VALUE}'],
        ),
        (drop("spec.resources"), ["spec.resources[storage]: Required value"]),
        (
            put("spec.resources.requests.storage", "0"),
            ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
        ),
        (put("spec.storageClassName", "A"), [f'spec.storageClassName: Invalid value: "A": {SUBDOMAIN}']),
        (
            put("spec.volumeMode", "Tape"),
            ['spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"'],
        ),
        (
            put("spec.dataSource", {"kind": "Other", "name": ""}),
            [
                "spec.dataSource.name: Required value",
                (
                    "spec.dataSource: Invalid value: \"Other\": must be 'PersistentVolumeClaim' when referencing "
                    "the default apiGroup"
                ),
            ],
        ),
        (
            all_of(
                put("spec.dataSource", {"kind": "PersistentVolumeClaim", "name": "a"}),
                put("spec.dataSourceRef", {"kind": "PersistentVolumeClaim", "name": "b"}),
            ),
            ["spec: Invalid value: {}: must match dataSourceRef"],
        ),
    ),
    update=(
        (
            same,
            put("spec.storageClassName", "slow"),
            [
                (
                    "spec: Forbidden: spec is immutable after creation except resources.requests and "
                    'volumeAttributesClassName for bound claims\n@@ -7,6 +7,6 @@\n    "storage": "1Gi"\n   }\n  '
                    '},\n- "storageClassName": "fast",\n+ "storageClassName": "slow",\n  "volumeMode": '
                    '"Filesystem"\n }\n'
                )
            ],
        ),
        (
            same,
            put("spec.resources.requests.storage", "2Gi"),
            [
                (
                    "spec: Forbidden: spec is immutable after creation except resources.requests and "
                    'volumeAttributesClassName for bound claims\n@@ -4,7 +4,7 @@\n  ],\n  "resources": {\n   '
                    '"requests": {\n-   "storage": "1Gi"\n+   "storage": "2Gi"\n   }\n  },\n  "storageClassName": '
                    '"fast",\n'
                )
            ],
        ),
        (
            put("status.phase", "Bound"),
            all_of(put("status.phase", "Bound"), put("spec.resources.requests.storage", "2Gi")),
            [],
        ),
        (
            all_of(
                put("status.phase", "Bound"),
                put("status.capacity", {"storage": "1Gi"}),
                put("spec.resources.requests.storage", "2Gi"),
            ),
            all_of(put("status.phase", "Bound"), put("spec.resources.requests.storage", "1Gi")),
            ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"],
        ),
        (drop("spec.storageClassName"), same, []),
        (same, put("spec.volumeName", "v"), []),
        (
            put("spec.volumeName", "v"),
            put("spec.volumeName", "w"),
            [
                (
                    "spec: Forbidden: spec is immutable after creation except resources.requests and "
                    'volumeAttributesClassName for bound claims\n@@ -9,5 +9,5 @@\n  },\n  "storageClassName": '
                    '"fast",\n  "volumeMode": "Filesystem",\n- "volumeName": "v"\n+ "volumeName": "w"\n }\n'
                )
            ],
        ),
        (
            same,
            put("spec.volumeMode", "Block"),
            [
                (
                    "spec: Forbidden: spec is immutable after creation except resources.requests and "
                    "volumeAttributesClassName for bound claims\n@@ -8,5 +8,5 @@\n   }\n  },\n  "
                    '"storageClassName": "fast",\n- "volumeMode": "Filesystem"\n+ "volumeMode": "Block"\n }\n'
                ),
                'volumeMode: Invalid value: "Block": field is immutable',
            ],
        ),
        (
            all_of(
                put("status.phase", "Bound"),
                put("status.currentVolumeAttributesClassName", "a"),
                put("spec.volumeAttributesClassName", "a"),
            ),
            put("status.phase", "Bound"),
            [
                (
                    "spec.volumeAttributesClassName: Forbidden: update to nil is forbidden when "
                    "status.currentVolumeAttributesClassName is not nil"
                )
            ],
        ),
        (
            put("metadata.annotations", {"volume.beta.kubernetes.io/storage-class": "a"}),
            same,
            ['metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: "": field is immutable'],
        ),
        (
            all_of(
                drop("spec.storageClassName"),
                put("metadata.annotations", {"volume.beta.kubernetes.io/storage-class": "fast"}),
            ),
            same,
            [],
        ),
    ),
    status=(
        (same, put("spec.accessModes", []), ["Spec.accessModes: Required value"]),
        (
            same,
            put("status.capacity", {"storage": "-1"}),
            ["status.capacity[storage]: Invalid value: -1: must be a valid resource quantity"],
        ),
        (
            same,
            put("status.allocatedResourceStatuses", {"storage": "Some", "cpu": "NodeResizePending"}),
            [
                (
                    'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: '
                    '"ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", '
                    '"NodeResizeInfeasible", "NodeResizePending"'
                ),
                'status.allocatedResourceStatuses: Unsupported value: "cpu": supported values: "storage"',
            ],
        ),
        (
            same,
            put("status.allocatedResources", {"cpu": "1", "storage": "-1"}),
            [
                'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
                "status.allocatedResources[storage]: Invalid value: -1: must be a valid resource quantity",
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM))
def test_rules(case: Case) -> None:
    case.check()
