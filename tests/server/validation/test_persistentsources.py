"""What persistent volumes are made of."""

from __future__ import annotations

import pytest

from tests.server.validation.table import LABEL, Case, Table, all_of, cases, drop, put

VOLUME = Table(
    {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "v"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "csi": {"driver": "d.io", "volumeHandle": "h"},
        },
    },
    create=(
        (
            all_of(drop("spec.csi"), put("spec.glusterfs", {"endpoints": "e", "path": "p", "endpointsNamespace": ""})),
            [
                (
                    'spec.glusterfs.endpointsNamespace: Invalid value: "": if the endpointnamespace is set, it '
                    "must be a valid namespace name"
                )
            ],
        ),
        (
            all_of(drop("spec.csi"), put("spec.glusterfs", {"endpoints": "e", "path": "p", "endpointsNamespace": "A"})),
            [f'spec.glusterfs.endpointsNamespace: Invalid value: "A": {LABEL}'],
        ),
        (
            all_of(drop("spec.csi"), put("spec.cinder", {"secretRef": {}})),
            [
                "spec.cinder.volumeID: Required value",
                "spec.cinder.secretRef.name: Required value",
                "spec.cinder.secretRef.namespace: Required value",
            ],
        ),
        (
            all_of(
                drop("spec.csi"),
                put("spec.azureFile", {"secretName": "a", "shareName": "b", "secretNamespace": "", "readOnly": False}),
            ),
            ["spec.azureFile.secretNamespace: Required value"],
        ),
        (
            all_of(drop("spec.csi"), put("spec.storageos", {"volumeName": "a", "secretRef": {}})),
            ["spec.storageos.secretRef.name: Required value", "spec.storageos.secretRef.namespace: Required value"],
        ),
        (
            all_of(drop("spec.csi"), put("spec.local", {"path": ""})),
            [
                "spec.local.path: Required value",
                "spec.nodeAffinity: Required value: Local volume requires node affinity",
            ],
        ),
        (
            all_of(
                drop("spec.csi"),
                put(
                    "spec.iscsi",
                    {
                        "targetPortal": "1" * 65,
                        "iqn": "eui.0123456789ABCDEF",
                        "lun": 0,
                        "initiatorName": "eui.0123456789ABCDEF",
                    },
                ),
            ),
            [
                (
                    "spec.iscsi.targetportal: Invalid value: "
                    '"11111111111111111111111111111111111111111111111111111111111111111": Total length of <volume '
                    "name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified."
                )
            ],
        ),
        (
            all_of(put("spec.csi", {"driver": "", "volumeHandle": ""})),
            ["spec.csi.driver: Required value", "spec.csi.volumeHandle: Required value"],
        ),
        (
            all_of(
                put(
                    "spec.csi",
                    {
                        "driver": "d.io",
                        "volumeHandle": "h",
                        "controllerPublishSecretRef": {},
                        "nodeStageSecretRef": {"name": "a"},
                        "nodePublishSecretRef": {"namespace": "b"},
                        "controllerExpandSecretRef": {},
                        "nodeExpandSecretRef": {},
                    },
                )
            ),
            [
                "spec.csi.controllerPublishSecretRef.name: Required value",
                "spec.csi.controllerPublishSecretRef.namespace: Required value",
                "spec.csi.controllerExpandSecretRef.name: Required value",
                "spec.csi.controllerExpandSecretRef.namespace: Required value",
                "spec.csi.nodePublishSecretRef.name: Required value",
                "spec.csi.nodeExpandSecretRef.name: Required value",
                "spec.csi.nodeExpandSecretRef.namespace: Required value",
            ],
        ),
        (all_of(drop("spec.csi"), put("spec.azureDisk", {"diskName": "a", "diskURI": "b"})), []),
        (all_of(drop("spec.csi"), put("spec.cephfs", {"monitors": ["a"], "secretRef": {"name": "x"}})), []),
        (
            all_of(drop("spec.csi"), put("spec.rbd", {"monitors": [], "image": ""})),
            ["spec.rbd.monitors: Required value", "spec.rbd.image: Required value"],
        ),
        (
            all_of(drop("spec.csi"), put("spec.flexVolume", {"driver": "", "secretRef": {}})),
            ["spec.flexVolume.driver: Required value"],
        ),
        (
            all_of(
                drop("spec.csi"),
                put("spec.scaleIO", {"gateway": "g", "system": "s", "volumeName": "v", "secretRef": {"name": "a"}}),
            ),
            [],
        ),
        (
            all_of(drop("spec.csi"), put("spec.quobyte", {"registry": "a", "volume": ""})),
            [
                (
                    'spec.quobyte.registry: Invalid value: "a": must be a host:port pair or multiple pairs '
                    "separated by commas"
                ),
                "spec.quobyte.volume: Required value",
            ],
        ),
        (
            all_of(drop("spec.csi"), put("spec.hostPath", {"path": "../x", "type": ""})),
            ["spec.hostPath.path: Invalid value: \"../x\": must not contain '..'"],
        ),
        (all_of(drop("spec.csi"), put("spec.nfs", {"server": "", "path": "/x"})), ["spec.nfs.server: Required value"]),
        (
            all_of(drop("spec.csi"), put("spec.flocker", {})),
            ["spec.flocker: Required value: one of datasetName and datasetUUID is required"],
        ),
        (
            all_of(drop("spec.csi"), put("spec.fc", {})),
            ["spec.fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both"],
        ),
        (
            all_of(drop("spec.csi"), put("spec.photonPersistentDisk", {"pdID": ""})),
            ["spec.photonPersistentDisk.pdID: Required value"],
        ),
        (
            all_of(drop("spec.csi"), put("spec.portworxVolume", {"volumeID": ""})),
            ["spec.portworxVolume.volumeID: Required value"],
        ),
        (
            all_of(drop("spec.csi"), put("spec.vsphereVolume", {"volumePath": ""})),
            ["spec.vsphereVolume.volumePath: Required value"],
        ),
        (
            all_of(drop("spec.csi"), put("spec.gcePersistentDisk", {"pdName": ""})),
            ["spec.persistentDisk.pdName: Required value"],
        ),
        (
            all_of(drop("spec.csi"), put("spec.awsElasticBlockStore", {"volumeID": ""})),
            ["spec.awsElasticBlockStore.volumeID: Required value"],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(VOLUME))
def test_rules(case: Case) -> None:
    case.check()
