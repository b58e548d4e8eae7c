"""Volumes of pods."""

from __future__ import annotations

import pytest

from tests.server.validation.table import LABEL, SUBDOMAIN, VALUE, Case, Table, all_of, cases, put

VOLUMES = Table(
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "image": "i"}], "volumes": [{"name": "v", "emptyDir": {}}]},
    },
    create=(
        (
            put("spec.volumes.0", {"name": "v", "awsElasticBlockStore": {"volumeID": "", "partition": 256}}),
            [
                "spec.volumes[0].awsElasticBlockStore.volumeID: Required value",
                (
                    "spec.volumes[0].awsElasticBlockStore.partition: Invalid value: 256: must be between 1 and "
                    "255, inclusive"
                ),
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "gcePersistentDisk": {"pdName": "", "partition": -1}}),
            [
                "spec.volumes[0].persistentDisk.pdName: Required value",
                "spec.volumes[0].persistentDisk.partition: Invalid value: -1: must be between 1 and 255, inclusive",
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "gitRepo": {"repository": "", "directory": "../x"}}),
            [
                "spec.volumes[0].gitRepo.repository: Required value",
                "spec.volumes[0].gitRepo.directory: Invalid value: \"../x\": must not contain '..'",
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "nfs": {"server": "", "path": "x"}}),
            [
                "spec.volumes[0].nfs.server: Required value",
                'spec.volumes[0].nfs.path: Invalid value: "x": must be an absolute path',
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "iscsi": {
                        "targetPortal": "",
                        "iqn": "",
                        "lun": 256,
                        "chapAuthDiscovery": True,
                        "initiatorName": "x",
                    },
                },
            ),
            [
                "spec.volumes[0].iscsi.targetPortal: Required value",
                "spec.volumes[0].iscsi.iqn: Required value",
                "spec.volumes[0].iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
                "spec.volumes[0].iscsi.secretRef: Required value",
                (
                    'spec.volumes[0].iscsi.initiatorname: Invalid value: "x": must be valid format starting with '
                    "iqn, eui, or naa"
                ),
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "iscsi": {
                        "targetPortal": "1",
                        "iqn": "iqn.2001-04.com.example:storage",
                        "lun": 0,
                        "initiatorName": "iqn.2001",
                    },
                },
            ),
            ['spec.volumes[0].iscsi.initiatorname: Invalid value: "iqn.2001": must be valid format'],
        ),
        (
            put("spec.volumes.0", {"name": "v", "iscsi": {"targetPortal": "1", "iqn": "iqn.x", "lun": 0}}),
            ['spec.volumes[0].iscsi.iqn: Invalid value: "iqn.x": must be valid format'],
        ),
        (
            put("spec.volumes.0", {"name": "v", "iscsi": {"targetPortal": "1", "iqn": "eui.1", "lun": 0}}),
            ['spec.volumes[0].iscsi.iqn: Invalid value: "eui.1": must be valid format'],
        ),
        (
            put("spec.volumes.0", {"name": "v", "iscsi": {"targetPortal": "1", "iqn": "naa.1", "lun": 0}}),
            ['spec.volumes[0].iscsi.iqn: Invalid value: "naa.1": must be valid format'],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "iscsi": {
                        "targetPortal": "1" * 65,
                        "iqn": "eui.0123456789ABCDEF",
                        "lun": 0,
                        "initiatorName": "eui.0123456789ABCDEF",
                    },
                },
            ),
            [
                (
                    'spec.volumes[0].name: Invalid value: "v": Total length of <volume name>:<iscsi.targetPortal> '
                    "must be under 64 characters if iscsi.initiatorName is specified."
                )
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "glusterfs": {}}),
            ["spec.volumes[0].glusterfs.endpoints: Required value", "spec.volumes[0].glusterfs.path: Required value"],
        ),
        (
            put("spec.volumes.0", {"name": "v", "flocker": {}}),
            ["spec.volumes[0].flocker: Required value: one of datasetName and datasetUUID is required"],
        ),
        (
            put("spec.volumes.0", {"name": "v", "flocker": {"datasetName": "a/b", "datasetUUID": "u"}}),
            [
                (
                    'spec.volumes[0].flocker: Invalid value: "resource": datasetName and datasetUUID can not be '
                    "specified simultaneously"
                ),
                "spec.volumes[0].flocker.datasetName: Invalid value: \"a/b\": must not contain '/'",
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "rbd": {}}),
            ["spec.volumes[0].rbd.monitors: Required value", "spec.volumes[0].rbd.image: Required value"],
        ),
        (
            put("spec.volumes.0", {"name": "v", "cinder": {"secretRef": {}}}),
            [
                "spec.volumes[0].cinder.volumeID: Required value",
                "spec.volumes[0].cinder.secretRef.name: Required value",
            ],
        ),
        (put("spec.volumes.0", {"name": "v", "cephfs": {}}), ["spec.volumes[0].cephfs.monitors: Required value"]),
        (
            put("spec.volumes.0", {"name": "v", "quobyte": {}}),
            [
                (
                    "spec.volumes[0].quobyte.registry: Required value: must be a host:port pair or multiple pairs "
                    "separated by commas"
                ),
                "spec.volumes[0].quobyte.volume: Required value",
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "quobyte": {"registry": "a:1,b", "volume": "v"}}),
            [
                (
                    'spec.volumes[0].quobyte.registry: Invalid value: "a:1,b": must be a host:port pair or '
                    "multiple pairs separated by commas"
                )
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "quobyte": {"registry": "[::1]:1,[a", "volume": "v"}}),
            [
                (
                    'spec.volumes[0].quobyte.registry: Invalid value: "[::1]:1,[a": must be a host:port pair or '
                    "multiple pairs separated by commas"
                )
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "quobyte": {"registry": "a:1", "volume": "v", "tenant": "x" * 65}}),
            [
                (
                    "spec.volumes[0].quobyte.tenant: Required value: must be a UUID and may not exceed a length of "
                    "64 characters"
                )
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "fc": {}}),
            [("spec.volumes[0].fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both")],
        ),
        (
            put("spec.volumes.0", {"name": "v", "fc": {"targetWWNs": ["a"], "wwids": ["b"]}}),
            [
                (
                    'spec.volumes[0].fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be '
                    "specified simultaneously"
                ),
                "spec.volumes[0].fc.lun: Required value: lun is required if targetWWNs is specified",
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "fc": {"targetWWNs": ["a"], "lun": 256}}),
            ["spec.volumes[0].fc.lun: Invalid value: 256: must be between 0 and 255, inclusive"],
        ),
        (
            put(
                "spec.volumes.0",
                {"name": "v", "flexVolume": {"options": {"a.kubernetes.io/x": "y", "k8s.io/z": "y", "b/c": "d"}}},
            ),
            [
                "spec.volumes[0].flexVolume.driver: Required value",
                (
                    'spec.volumes[0].flexVolume.options[a.kubernetes.io/x]: Invalid value: "a.kubernetes.io/x": '
                    "kubernetes.io and k8s.io namespaces are reserved"
                ),
                (
                    'spec.volumes[0].flexVolume.options[k8s.io/z]: Invalid value: "k8s.io/z": kubernetes.io and '
                    "k8s.io namespaces are reserved"
                ),
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "azureFile": {}}),
            [
                "spec.volumes[0].azureFile.secretName: Required value",
                "spec.volumes[0].azureFile.shareName: Required value",
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {"name": "v", "azureDisk": {"diskName": "", "diskURI": "x", "cachingMode": "Some", "kind": "Some"}},
            ),
            [
                "spec.volumes[0].azureDisk.diskName: Required value",
                (
                    'spec.volumes[0].azureDisk.cachingMode: Unsupported value: "Some": supported values: "None", '
                    '"ReadOnly", "ReadWrite"'
                ),
                (
                    'spec.volumes[0].azureDisk.kind: Unsupported value: "Some": supported values: "Dedicated", '
                    '"Managed", "Shared"'
                ),
                (
                    'spec.volumes[0].azureDisk.diskURI: Unsupported value: "x": supported values: '
                    '"https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"'
                ),
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {"name": "v", "azureDisk": {"diskName": "a", "diskURI": "x", "cachingMode": "None", "kind": "Managed"}},
            ),
            [
                (
                    'spec.volumes[0].azureDisk.diskURI: Unsupported value: "x": supported values: '
                    '"/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.co'
                    'mpute/disks/{disk-id}"'
                )
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {"name": "v", "azureDisk": {"diskName": "a", "diskURI": "x", "cachingMode": "None", "kind": "Shared"}},
            ),
            [
                (
                    'spec.volumes[0].azureDisk.diskURI: Unsupported value: "x": supported values: '
                    '"https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"'
                )
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "vsphereVolume": {}}),
            ["spec.volumes[0].vsphereVolume.volumePath: Required value"],
        ),
        (
            put("spec.volumes.0", {"name": "v", "photonPersistentDisk": {}}),
            ["spec.volumes[0].photonPersistentDisk.pdID: Required value"],
        ),
        (
            put("spec.volumes.0", {"name": "v", "portworxVolume": {}}),
            ["spec.volumes[0].portworxVolume.volumeID: Required value"],
        ),
        (
            put("spec.volumes.0", {"name": "v", "scaleIO": {"secretRef": {"name": ""}}}),
            [
                "spec.volumes[0].scaleIO.gateway: Required value",
                "spec.volumes[0].scaleIO.system: Required value",
                "spec.volumes[0].scaleIO.volumeName: Required value",
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {"name": "v", "storageos": {"volumeName": "A", "volumeNamespace": "B", "secretRef": {}}},
            ),
            [
                f'spec.volumes[0].storageos.volumeName: Invalid value: "A": {LABEL}',
                f'spec.volumes[0].storageos.volumeNamespace: Invalid value: "B": {LABEL}',
                "spec.volumes[0].storageos.secretRef.name: Required value",
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "storageos": {}}),
            ["spec.volumes[0].storageos.volumeName: Required value"],
        ),
        (
            put("spec.volumes.0", {"name": "v", "csi": {"driver": "a b", "nodePublishSecretRef": {"name": ""}}}),
            [
                f'spec.volumes[0].csi.driver: Invalid value: "a b": {SUBDOMAIN}',
                "spec.volumes[0].csi.nodePublishSecretRef.name: Required value",
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "csi": {"driver": "A" * 64}}),
            ["spec.volumes[0].csi.driver: Too long: may not be more than 63 bytes"],
        ),
        (
            put("spec.volumes.0", {"name": "v", "csi": {"driver": "d.io", "nodePublishSecretRef": {"name": "A"}}}),
            [f'spec.volumes[0].csi.name: Invalid value: "A": {SUBDOMAIN}'],
        ),
        (
            put("spec.volumes.0", {"name": "v", "image": {"reference": "", "pullPolicy": "Some"}}),
            [
                "spec.volumes[0].image.reference: Required value",
                (
                    'spec.volumes[0].image.pullPolicy: Unsupported value: "Some": supported values: "Always", '
                    '"IfNotPresent", "Never"'
                ),
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "image": {"reference": "a"}}),
            ["spec.volumes[0].image.pullPolicy: Required value"],
        ),
        (
            put("spec.volumes.0", {"name": "v", "emptyDir": {"sizeLimit": "-1"}}),
            ["spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"],
        ),
        (
            put("spec.volumes.0", {"name": "v", "ephemeral": {}}),
            ["spec.volumes[0].ephemeral.volumeClaimTemplate: Required value"],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "ephemeral": {
                        "volumeClaimTemplate": {
                            "metadata": {"name": "x"},
                            "spec": {"accessModes": ["Some"], "resources": {}},
                        }
                    },
                },
            ),
            [
                "spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set",
                (
                    'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: "Some": '
                    'supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"'
                ),
                "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value",
            ],
        ),
        (
            all_of(
                put("metadata.name", "p" * 253),
                put(
                    "spec.volumes.0",
                    {
                        "name": "v",
                        "ephemeral": {
                            "volumeClaimTemplate": {
                                "spec": {
                                    "accessModes": ["ReadWriteOnce"],
                                    "resources": {"requests": {"storage": "1Gi"}},
                                    "volumeMode": "Filesystem",
                                }
                            }
                        },
                    },
                ),
            ),
            [
                'spec.volumes[0].name: Invalid value: "v": PVC name "'
                + "p" * 253
                + '-v": must be no more than 253 characters'
            ],
        ),
        (
            put(
                "spec.volumes",
                [
                    {
                        "name": "v",
                        "ephemeral": {
                            "volumeClaimTemplate": {
                                "spec": {
                                    "accessModes": ["ReadWriteOnce"],
                                    "resources": {"requests": {"storage": "1Gi"}},
                                    "volumeMode": "Filesystem",
                                }
                            }
                        },
                    },
                    {"name": "w", "persistentVolumeClaim": {"claimName": "p-v"}},
                ],
            ),
            [
                (
                    'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "p-v": must not reference a '
                    "PVC that gets created for an ephemeral volume"
                )
            ],
        ),
        (
            put("spec.volumes.0", {"name": "v", "secret": {"secretName": "", "defaultMode": 420}}),
            ["spec.volumes[0].secret.secretName: Required value"],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "secret": {
                        "secretName": "a",
                        "defaultMode": 420,
                        "items": [{"key": "", "path": "/x", "mode": 512}, {"key": "a", "path": ".."}],
                    },
                },
            ),
            [
                "spec.volumes[0].secret.items[0].key: Required value",
                'spec.volumes[0].secret.items[0].path: Invalid value: "/x": must be a relative path',
                (
                    "spec.volumes[0].secret.items[0].mode: Invalid value: 512: must be a number between 0 and 0777 "
                    "(octal), both inclusive"
                ),
                "spec.volumes[0].secret.items[1].path: Invalid value: \"..\": must not contain '..'",
                "spec.volumes[0].secret.items[1].path: Invalid value: \"..\": must not start with '..'",
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {"name": "v", "configMap": {"name": "", "defaultMode": 420, "items": [{"key": "a", "path": "a/../b"}]}},
            ),
            [
                "spec.volumes[0].configMap.name: Required value",
                "spec.volumes[0].configMap.items[0].path: Invalid value: \"a/../b\": must not contain '..'",
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "downwardAPI": {
                        "defaultMode": 512,
                        "items": [
                            {"path": "../a", "fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}},
                            {"path": "", "mode": -1},
                            {
                                "path": "b",
                                "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"},
                                "resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"},
                            },
                            {"path": "c", "resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}},
                        ],
                    },
                },
            ),
            [
                (
                    "spec.volumes[0].downwardAPI.defaultMode: Invalid value: 512: must be a number between 0 and "
                    "0777 (octal), both inclusive"
                ),
                "spec.volumes[0].downwardAPI.path: Invalid value: \"../a\": must not contain '..'",
                (
                    'spec.volumes[0].downwardAPI.fieldRef.fieldPath: Unsupported value: "status.podIP": supported '
                    'values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", '
                    '"metadata.uid"'
                ),
                "spec.volumes[0].downwardAPI.path: Required value",
                "spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required",
                (
                    "spec.volumes[0].downwardAPI.mode: Invalid value: -1: must be a number between 0 and 0777 "
                    "(octal), both inclusive"
                ),
                (
                    'spec.volumes[0].downwardAPI: Invalid value: "resource": fieldRef and resourceFieldRef can not '
                    "be specified simultaneously"
                ),
                "spec.volumes[0].downwardAPI.resourceFieldRef.containerName: Required value",
            ],
        ),
        (put("spec.volumes.0", {"name": "", "emptyDir": {}}), ["spec.volumes[0].name: Required value"]),
        (put("spec.volumes.0", {"name": "A", "emptyDir": {}}), [f'spec.volumes[0].name: Invalid value: "A": {LABEL}']),
        (
            put("spec.volumes.0", {"name": "v", "hostPath": {"path": "", "type": ""}}),
            ["spec.volumes[0].hostPath.path: Required value"],
        ),
        (
            put(
                "spec.volumes.0",
                {"name": "v", "projected": {"defaultMode": 420, "sources": [{"secret": {"name": ""}}]}},
            ),
            ["spec.volumes[0].projected.sources[0].secret.name: Required value"],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [{"secret": {"name": "a"}, "configMap": {"name": "b"}}],
                    },
                },
            ),
            ["spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source"],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [
                            {"secret": {"name": "a", "items": [{"key": "k", "path": "x"}]}},
                            {
                                "configMap": {
                                    "name": "b",
                                    "items": [{"key": "k", "path": "x"}, {"key": "", "path": "../y"}],
                                }
                            },
                        ],
                    },
                },
            ),
            [
                'spec.volumes[0].projected: Invalid value: "b": conflicting duplicate paths',
                "spec.volumes[0].projected.sources[1].configMap.items[1].key: Required value",
                (
                    'spec.volumes[0].projected.sources[1].configMap.items[1].path: Invalid value: "../y": must not '
                    "contain '..'"
                ),
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [
                            {
                                "downwardAPI": {
                                    "items": [
                                        {"path": "x", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
                                        {"path": "x", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
                                    ]
                                }
                            }
                        ],
                    },
                },
            ),
            ['spec.volumes[0].projected: Invalid value: "x": conflicting duplicate paths'],
        ),
        (
            all_of(
                put("spec.serviceAccountName", "a"),
                put(
                    "spec.volumes.0",
                    {
                        "name": "v",
                        "projected": {
                            "defaultMode": 420,
                            "sources": [
                                {"serviceAccountToken": {"path": "", "expirationSeconds": 599}},
                                {"serviceAccountToken": {"path": "a", "expirationSeconds": 4294967297}},
                                {"serviceAccountToken": {"path": "../a", "expirationSeconds": 600}},
                            ],
                        },
                    },
                ),
            ),
            [
                (
                    "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: "
                    "599: may not specify a duration less than 10 minutes"
                ),
                "spec.volumes[0].projected.path: Required value",
                (
                    "spec.volumes[0].projected.sources[1].serviceAccountToken.expirationSeconds: Invalid value: "
                    "4294967297: may not specify a duration larger than 2^32 seconds"
                ),
                "spec.volumes[0].projected.path: Invalid value: \"../a\": must not contain '..'",
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [{"serviceAccountToken": {"path": "a", "expirationSeconds": 600}}],
                    },
                },
            ),
            [
                (
                    "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified "
                    "when serviceAccountName is not set"
                )
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {"name": "v", "projected": {"defaultMode": 420, "sources": [{"clusterTrustBundle": {"path": ""}}]}},
            ),
            [
                (
                    "spec.volumes[0].projected.sources[0].clusterTrustBundle: Required value: either name or "
                    "signerName must be specified"
                ),
                "spec.volumes[0].projected.sources[0].clusterTrustBundle.path: Required value",
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [{"clusterTrustBundle": {"name": "a", "signerName": "b.io/c", "path": "x"}}],
                    },
                },
            ),
            [
                (
                    "spec.volumes[0].projected.sources[0].clusterTrustBundle: Invalid value: "
                    '{"name":"a","signerName":"b.io/c","path":"x"}: only one of name and signerName may be used'
                )
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [{"clusterTrustBundle": {"name": "", "labelSelector": {}, "path": "x"}}],
                    },
                },
            ),
            [
                (
                    "spec.volumes[0].projected.sources[0].clusterTrustBundle.name: Required value: must be a valid "
                    "object name"
                ),
                (
                    'spec.volumes[0].projected.sources[0].clusterTrustBundle.name: Invalid value: "": not a valid '
                    f"clustertrustbundlename: {SUBDOMAIN}"
                ),
                (
                    "spec.volumes[0].projected.sources[0].clusterTrustBundle.labelSelector: Invalid value: {}: "
                    "labelSelector must be unset if name is specified"
                ),
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {"defaultMode": 420, "sources": [{"clusterTrustBundle": {"name": "A", "path": "x"}}]},
                },
            ),
            [
                (
                    'spec.volumes[0].projected.sources[0].clusterTrustBundle.name: Invalid value: "A": not a valid '
                    f"clustertrustbundlename: {SUBDOMAIN}"
                )
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [{"clusterTrustBundle": {"name": "a.io:s:b", "path": "../x"}}],
                    },
                },
            ),
            [
                (
                    'spec.volumes[0].projected.sources[0].clusterTrustBundle.path: Invalid value: "../x": must not '
                    "contain '..'"
                )
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [
                            {
                                "clusterTrustBundle": {
                                    "signerName": "x",
                                    "labelSelector": {"matchLabels": {"a": "-"}},
                                    "path": "x",
                                }
                            }
                        ],
                    },
                },
            ),
            [
                (
                    'spec.volumes[0].projected.sources[0].clusterTrustBundle.signerName: Invalid value: "x": must '
                    "be a fully qualified domain and path of the form 'example.com/signer-name'"
                ),
                (
                    "spec.volumes[0].projected.sources[0].clusterTrustBundle.labelSelector.matchLabels: Invalid "
                    f'value: "-": {VALUE}'
                ),
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [{"clusterTrustBundle": {"signerName": "", "path": "x"}}],
                    },
                },
            ),
            [
                (
                    "spec.volumes[0].projected.sources[0].clusterTrustBundle.signerName: Required value: must be a "
                    "valid signer name"
                ),
                "spec.volumes[0].projected.sources[0].clusterTrustBundle.signerName: Required value",
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [{"podCertificate": {"signerName": "", "keyType": ""}}],
                    },
                },
            ),
            [
                "spec.volumes[0].projected.sources[0].podCertificate.signerName: Required value",
                (
                    'spec.volumes[0].projected.sources[0].podCertificate.keyType: Unsupported value: "": supported '
                    'values: "RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"'
                ),
                (
                    "spec.volumes[0].projected.sources[0].podCertificate: Required value: specify at least one of "
                    "credentialBundlePath, keyPath, and certificateChainPath"
                ),
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [
                            {
                                "podCertificate": {
                                    "signerName": "a.io/b",
                                    "keyType": "ED25519",
                                    "credentialBundlePath": "../x",
                                    "maxExpirationSeconds": 3599,
                                    "userAnnotations": {"a": "b", "": "c", "A b/c": "d"},
                                }
                            }
                        ],
                    },
                },
            ),
            [
                (
                    'spec.volumes[0].projected.sources[0].podCertificate.userAnnotations: Invalid value: "a": must '
                    'be a domain-prefixed key (such as "acme.io/foo")'
                ),
                "spec.volumes[0].projected.sources[0].podCertificate.userAnnotations: Required value",
                (
                    'spec.volumes[0].projected.sources[0].podCertificate.userAnnotations: Invalid value: "a b/c": '
                    f"prefix part {SUBDOMAIN}"
                ),
                (
                    "spec.volumes[0].projected.sources[0].podCertificate.maxExpirationSeconds: Invalid value: "
                    "3599: if provided, maxExpirationSeconds must be >= 3600"
                ),
                (
                    "spec.volumes[0].projected.sources[0].podCertificate.credentialBundlePath: Invalid value: "
                    "\"../x\": must not contain '..'"
                ),
            ],
        ),
        (
            put(
                "spec.volumes.0",
                {
                    "name": "v",
                    "projected": {
                        "defaultMode": 420,
                        "sources": [
                            {
                                "podCertificate": {
                                    "signerName": "kubernetes.io/b",
                                    "keyType": "ECDSAP256",
                                    "keyPath": "k",
                                    "certificateChainPath": "k",
                                    "maxExpirationSeconds": 86401,
                                }
                            }
                        ],
                    },
                },
            ),
            [
                (
                    "spec.volumes[0].projected.sources[0].podCertificate.maxExpirationSeconds: Invalid value: "
                    "86401: if provided, maxExpirationSeconds must be <= 86400"
                ),
                'spec.volumes[0].projected: Invalid value: "k": conflicting duplicate paths',
            ],
        ),
    ),
)


@pytest.mark.parametrize("case", cases(VOLUMES))
def test_rules(case: Case) -> None:
    case.check()
