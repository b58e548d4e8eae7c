"""Objects as validation gets them, made from what users send."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, cast

from apimachinery.gvk import GroupKind, GroupVersionKind
from openapi.decode import decode
from openapi.schema import type_of
from server.conversion.conversions import CONVERSIONS
from server.kinds.builtin import BY_GROUP_KIND
from server.validation import (
    admission,
    admissionpolicy,
    apiservice,
    apps,
    autoscaling,
    batch,
    certificates,
    configmap,
    csi,
    customresourcedefinition,
    endpoints,
    event,
    flowcontrol,
    ingress,
    ipaddress,
    leases,
    migration,
    namespace,
    networkpolicy,
    node,
    persistentvolume,
    persistentvolumeclaim,
    pod,
    podcertificate,
    podtemplate,
    policy,
    quota,
    rbac,
    replicationcontroller,
    resourceclaim,
    resourceslice,
    service,
    statefulset,
    storageclass,
)
from server.validation.validator import Validator

Object = dict[str, Any]

VALIDATORS: dict[str, Validator] = {
    "APIService": apiservice.API_SERVICE,
    "CertificateSigningRequest": certificates.CERTIFICATE_SIGNING_REQUEST,
    "ClusterRole": rbac.CLUSTER_ROLE,
    "ClusterRoleBinding": rbac.CLUSTER_ROLE_BINDING,
    "ClusterTrustBundle": certificates.CLUSTER_TRUST_BUNDLE,
    "ConfigMap": configmap.CONFIG_MAP,
    "ControllerRevision": apps.CONTROLLER_REVISION,
    "CronJob": batch.CRON_JOB,
    "CSIDriver": csi.CSI_DRIVER,
    "CSINode": csi.CSI_NODE,
    "CSIStorageCapacity": storageclass.CSI_STORAGE_CAPACITY,
    "CustomResourceDefinition": customresourcedefinition.CUSTOM_RESOURCE_DEFINITION,
    "DaemonSet": apps.DAEMON_SET,
    "Deployment": apps.DEPLOYMENT,
    "DeviceClass": resourceclaim.DEVICE_CLASS,
    "DeviceTaintRule": resourceclaim.DEVICE_TAINT_RULE,
    "EndpointSlice": endpoints.ENDPOINT_SLICE,
    "Endpoints": endpoints.ENDPOINTS,
    "Event": event.EVENT,
    "FlowSchema": flowcontrol.FLOW_SCHEMA,
    "HorizontalPodAutoscaler": autoscaling.HORIZONTAL_POD_AUTOSCALER,
    "Ingress": ingress.INGRESS,
    "IngressClass": ingress.INGRESS_CLASS,
    "IPAddress": ipaddress.IP_ADDRESS,
    "Job": batch.JOB,
    "Lease": leases.LEASE,
    "LimitRange": quota.LIMIT_RANGE,
    "MutatingAdmissionPolicy": admissionpolicy.MUTATING_ADMISSION_POLICY,
    "MutatingAdmissionPolicyBinding": admissionpolicy.MUTATING_ADMISSION_POLICY_BINDING,
    "MutatingWebhookConfiguration": admission.MUTATING_WEBHOOK_CONFIGURATION,
    "Namespace": namespace.NAMESPACE,
    "NetworkPolicy": networkpolicy.NETWORK_POLICY,
    "Node": node.NODE,
    "PersistentVolume": persistentvolume.PERSISTENT_VOLUME,
    "PersistentVolumeClaim": persistentvolumeclaim.PERSISTENT_VOLUME_CLAIM,
    "Pod": pod.POD,
    "PodCertificateRequest": podcertificate.POD_CERTIFICATE_REQUEST,
    "PodDisruptionBudget": policy.POD_DISRUPTION_BUDGET,
    "PodTemplate": podtemplate.POD_TEMPLATE,
    "PriorityClass": policy.PRIORITY_CLASS,
    "PriorityLevelConfiguration": flowcontrol.PRIORITY_LEVEL_CONFIGURATION,
    "ReplicaSet": apps.REPLICA_SET,
    "ReplicationController": replicationcontroller.REPLICATION_CONTROLLER,
    "ResourceClaim": resourceclaim.RESOURCE_CLAIM,
    "ResourceClaimTemplate": resourceclaim.RESOURCE_CLAIM_TEMPLATE,
    "ResourceQuota": quota.RESOURCE_QUOTA,
    "ResourceSlice": resourceslice.RESOURCE_SLICE,
    "Role": rbac.ROLE,
    "RoleBinding": rbac.ROLE_BINDING,
    "RuntimeClass": leases.RUNTIME_CLASS,
    "Secret": configmap.SECRET,
    "Service": service.SERVICE,
    "ServiceAccount": namespace.SERVICE_ACCOUNT,
    "ServiceCIDR": ipaddress.SERVICE_CIDR,
    "StatefulSet": statefulset.STATEFUL_SET,
    "StorageClass": storageclass.STORAGE_CLASS,
    "StorageVersionMigration": migration.STORAGE_VERSION_MIGRATION,
    "ValidatingAdmissionPolicy": admissionpolicy.VALIDATING_ADMISSION_POLICY,
    "ValidatingAdmissionPolicyBinding": admissionpolicy.VALIDATING_ADMISSION_POLICY_BINDING,
    "ValidatingWebhookConfiguration": admission.VALIDATING_WEBHOOK_CONFIGURATION,
    "VolumeAttachment": csi.VOLUME_ATTACHMENT,
    "VolumeAttributesClass": storageclass.VOLUME_ATTRIBUTES_CLASS,
}


def prepared(body: Object) -> Object:
    """Decoded, defaulted, and in the version that is stored."""
    group, _, version = body["apiVersion"].rpartition("/")
    gvk = GroupVersionKind(group, version, body["kind"])
    obj, _ = decode(copy.deepcopy(body), type_of(gvk))
    spec = BY_GROUP_KIND.get(GroupKind(group, body["kind"]))
    if spec is not None and version in spec.defaults:
        spec.defaults[version](obj)
    for (source, target), convert in CONVERSIONS.items():
        if source == gvk and (source.group, source.version) == ("autoscaling", "v1"):
            return prepared({**convert(obj), "apiVersion": f"{target.group}/{target.version}", "kind": target.kind})
    return obj


def validator_of(obj: Object) -> Validator:
    return VALIDATORS[obj["kind"]]


def recorded(name: str) -> list[dict[str, Any]]:
    """The cases of a file next to this one."""
    return cast("list[dict[str, Any]]", json.loads((Path(__file__).parent / name).read_text()))
