"""Provisioners with names of upstream's own tree, most of whose work CSI drivers do now."""

from __future__ import annotations

from collections.abc import Mapping

IN_TREE = "kubernetes.io/"

MIGRATED: Mapping[str, str] = {
    "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
    "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
    "kubernetes.io/azure-disk": "disk.csi.azure.com",
    "kubernetes.io/azure-file": "file.csi.azure.com",
    "kubernetes.io/cinder": "cinder.csi.openstack.org",
    "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
    "kubernetes.io/portworx-volume": "pxd.portworx.com",
}
"""To the names of the CSI drivers (k8s.io/csi-translation-lib)."""
