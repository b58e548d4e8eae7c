"""The kinds of the remaining groups."""

from __future__ import annotations

from typing import Any

import pytest

from server.printers import (
    admissionregistration,
    apiregistration,
    certificates,
    coordination,
    discovery,
    flowcontrol,
    meta,
    networking,
    rbac,
    resource,
    scheduling,
    storage,
    storagemigration,
)
from server.printers.printer import Printer
from tests.server.printers.shown import NOW, ago, shown

CASES: dict[str, tuple[Printer, dict[str, Any], list[Any]]] = {
    "ingress": (
        networking.INGRESS,
        {
            "spec": {"ingressClassName": "nginx", "tls": [{}], "rules": [{"host": "a"}, {}, {"host": "b"}]},
            "status": {"loadBalancer": {"ingress": [{"ip": "2.2.2.2"}, {"hostname": "h"}]}},
        },
        ["x", "nginx", "a,b", "2.2.2.2,h", "80, 443", "5m"],
    ),
    "ingress with more hosts than shown": (
        networking.INGRESS,
        {"spec": {"rules": [{"host": h} for h in "abc"] + [{}]}},
        ["x", "<none>", "a,b,c + 1 more...", "", "80", "5m"],
    ),
    "ingress for any host": (networking.INGRESS, {"spec": {"rules": [{}]}}, ["x", "<none>", "*", "", "80", "5m"]),
    "ingress class": (
        networking.INGRESS_CLASS,
        {"spec": {"controller": "c", "parameters": {"apiGroup": "g", "kind": "K", "name": "n"}}},
        ["x", "c", "K.g/n", "5m"],
    ),
    "ingress class with core parameters": (
        networking.INGRESS_CLASS,
        {"spec": {"controller": "c", "parameters": {"kind": "ConfigMap", "name": "n"}}},
        ["x", "c", "ConfigMap/n", "5m"],
    ),
    "network policy": (
        networking.NETWORK_POLICY,
        {"spec": {"podSelector": {"matchLabels": {"a": "b"}}}},
        ["x", "a=b", "5m"],
    ),
    "service CIDR": (
        networking.SERVICE_CIDR,
        {"spec": {"cidrs": ["10.0.0.0/24", "fd00::/64"]}},
        ["x", "10.0.0.0/24,fd00::/64", "5m"],
    ),
    "IP address": (
        networking.IP_ADDRESS,
        {"spec": {"parentRef": {"resource": "services", "namespace": "ns", "name": "s"}}},
        ["x", "services/ns/s"],
    ),
    "IP address of a cluster-wide parent": (
        networking.IP_ADDRESS,
        {"spec": {"parentRef": {"group": "g", "resource": "Things", "name": "s"}}},
        ["x", "things.g/s"],
    ),
    "IP address without a parent": (networking.IP_ADDRESS, {}, ["x", "<none>"]),
    "endpoint slice": (
        discovery.ENDPOINT_SLICE,
        {
            "addressType": "IPv4",
            "ports": [{"port": 80}, {"name": "http"}, {}, {"port": 1}, {"port": 2}],
            "endpoints": [{"addresses": ["1.1.1.1", "1.1.1.2"]}, {"addresses": ["1.1.1.3", "1.1.1.4"]}],
        },
        ["x", "IPv4", "80,http,* + 2 more...", "1.1.1.1,1.1.1.2,1.1.1.3 + 1 more...", "5m"],
    ),
    "empty endpoint slice": (
        discovery.ENDPOINT_SLICE,
        {"addressType": "IPv6", "endpoints": []},
        ["x", "IPv6", "<unset>", "<unset>", "5m"],
    ),
    "role binding": (
        rbac.ROLE_BINDING,
        {
            "roleRef": {"kind": "ClusterRole", "name": "admin"},
            "subjects": [
                {"kind": "User", "name": "u1"},
                {"kind": "User", "name": "u2"},
                {"kind": "Group", "name": "g"},
                {"kind": "ServiceAccount", "namespace": "ns", "name": "s"},
                {"kind": "Other", "name": "o"},
            ],
        },
        ["x", "ClusterRole/admin", "5m", "u1, u2", "g", "ns/s"],
    ),
    "default storage class": (
        storage.STORAGE_CLASS,
        {
            "metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            "provisioner": "p",
            "reclaimPolicy": "Retain",
            "volumeBindingMode": "WaitForFirstConsumer",
            "allowVolumeExpansion": True,
        },
        ["x (default)", "p", "Retain", "WaitForFirstConsumer", True, "5m"],
    ),
    "storage class": (storage.STORAGE_CLASS, {"provisioner": "p"}, ["x", "p", "Delete", "Immediate", False, "5m"]),
    "volume attributes class": (storage.VOLUME_ATTRIBUTES_CLASS, {"driverName": "d"}, ["x", "d", "5m"]),
    "volume attachment": (
        storage.VOLUME_ATTACHMENT,
        {
            "spec": {"attacher": "a", "nodeName": "n", "source": {"persistentVolumeName": "pv"}},
            "status": {"attached": True},
        },
        ["x", "a", "pv", "n", True, "5m"],
    ),
    "CSI node": (storage.CSI_NODE, {"spec": {"drivers": [{}, {}]}}, ["x", 2, "5m"]),
    "CSI driver": (
        storage.CSI_DRIVER,
        {
            "spec": {
                "attachRequired": False,
                "podInfoOnMount": True,
                "storageCapacity": True,
                "tokenRequests": [{"audience": "a"}, {"audience": "b"}],
                "requiresRepublish": True,
                "volumeLifecycleModes": ["Persistent", "Ephemeral"],
            }
        },
        ["x", False, True, True, "a,b", True, "Persistent,Ephemeral", "5m"],
    ),
    "CSI driver with defaults": (
        storage.CSI_DRIVER,
        {},
        ["x", True, False, False, "<unset>", False, "<none>", "5m"],
    ),
    "CSI storage capacity": (
        storage.CSI_STORAGE_CAPACITY,
        {"storageClassName": "s", "capacity": "1Gi"},
        ["x", "s", "1Gi"],
    ),
    "CSI storage capacity not known": (storage.CSI_STORAGE_CAPACITY, {"storageClassName": "s"}, ["x", "s", "<unset>"]),
    "priority class": (
        scheduling.PRIORITY_CLASS,
        {"value": -5, "globalDefault": True, "preemptionPolicy": "Never"},
        ["x", -5, True, "5m", "Never"],
    ),
    "lease": (coordination.LEASE, {"spec": {"holderIdentity": "me"}}, ["x", "me", "5m"]),
    "lease not held": (coordination.LEASE, {}, ["x", "", "5m"]),
    "signing request": (
        certificates.CERTIFICATE_SIGNING_REQUEST,
        {
            "spec": {"signerName": "s", "username": "u", "expirationSeconds": 86400},
            "status": {"conditions": [{"type": "Approved"}], "certificate": "Y2VydA=="},
        },
        ["x", "5m", "s", "u", "24h", "Approved,Issued"],
    ),
    "signing request denied and failed": (
        certificates.CERTIFICATE_SIGNING_REQUEST,
        {"status": {"conditions": [{"type": "Failed"}, {"type": "Approved"}, {"type": "Denied"}]}},
        ["x", "5m", "<none>", "", "<none>", "Denied,Failed"],
    ),
    "signing request pending": (
        certificates.CERTIFICATE_SIGNING_REQUEST,
        {"spec": {"signerName": "s"}},
        ["x", "5m", "s", "", "<none>", "Pending"],
    ),
    "trust bundle": (certificates.CLUSTER_TRUST_BUNDLE, {"spec": {"signerName": "s"}}, ["x", "s"]),
    "trust bundle without a signer": (certificates.CLUSTER_TRUST_BUNDLE, {}, ["x", "<none>"]),
    "pod certificate request": (
        certificates.POD_CERTIFICATE_REQUEST,
        {
            "spec": {"podName": "p", "serviceAccountName": "sa", "nodeName": "n", "signerName": "s"},
            "status": {"conditions": [{"type": "Issued"}]},
        },
        ["x", "p", "sa", "n", "s", "Issued"],
    ),
    "webhooks": (admissionregistration.MUTATING_WEBHOOK_CONFIGURATION, {"webhooks": [{}, {}]}, ["x", 2, "5m"]),
    "validating policy": (
        admissionregistration.VALIDATING_ADMISSION_POLICY,
        {"spec": {"validations": [{}], "paramKind": {"apiVersion": "g/v1", "kind": "K"}}},
        ["x", 1, "g/v1/K", "5m"],
    ),
    "mutating policy": (
        admissionregistration.MUTATING_ADMISSION_POLICY,
        {"spec": {"mutations": [{}, {}]}},
        ["x", 2, "<unset>", "5m"],
    ),
    "policy binding": (
        admissionregistration.VALIDATING_ADMISSION_POLICY_BINDING,
        {"spec": {"policyName": "p", "paramRef": {"name": "n", "namespace": "ns"}}},
        ["x", "p", "ns/n", "5m"],
    ),
    "policy binding to a parameter in any namespace": (
        admissionregistration.MUTATING_ADMISSION_POLICY_BINDING,
        {"spec": {"policyName": "p", "paramRef": {"name": "n"}}},
        ["x", "p", "*/n", "5m"],
    ),
    "policy binding to selected parameters": (
        admissionregistration.VALIDATING_ADMISSION_POLICY_BINDING,
        {
            "spec": {
                "policyName": "p",
                "paramRef": {
                    "selector": {
                        "matchLabels": {"b": "2", "a": "1"},
                        "matchExpressions": [{"key": "k", "operator": "In", "values": ["v", "w"]}],
                    }
                },
            }
        },
        [
            "x",
            "p",
            "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{"
            "LabelSelectorRequirement{Key:k,Operator:In,Values:[v w],},},}",
            "5m",
        ],
    ),
    "policy binding without parameters": (
        admissionregistration.VALIDATING_ADMISSION_POLICY_BINDING,
        {"spec": {"policyName": "p"}},
        ["x", "p", "<unset>", "5m"],
    ),
    "flow schema": (
        flowcontrol.FLOW_SCHEMA,
        {
            "spec": {
                "priorityLevelConfiguration": {"name": "pl"},
                "matchingPrecedence": 900,
                "distinguisherMethod": {"type": "ByUser"},
            },
            "status": {"conditions": [{"type": "Dangling", "status": "False"}]},
        },
        ["x", "pl", 900, "ByUser", "5m", "False"],
    ),
    "flow schema not looked at yet": (flowcontrol.FLOW_SCHEMA, {}, ["x", "", 0, "<none>", "5m", "?"]),
    "priority level": (
        flowcontrol.PRIORITY_LEVEL_CONFIGURATION,
        {
            "spec": {
                "type": "Limited",
                "limited": {
                    "nominalConcurrencyShares": 30,
                    "limitResponse": {
                        "type": "Queue",
                        "queuing": {"queues": 64, "handSize": 6, "queueLengthLimit": 50},
                    },
                },
            }
        },
        ["x", "Limited", 30, 64, 6, 50, "5m"],
    ),
    "priority level that rejects": (
        flowcontrol.PRIORITY_LEVEL_CONFIGURATION,
        {"spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": 0, "limitResponse": {"type": "Reject"}}}},
        ["x", "Limited", 0, "<none>", "<none>", "<none>", "5m"],
    ),
    "exempt priority level": (
        flowcontrol.PRIORITY_LEVEL_CONFIGURATION,
        {"spec": {"type": "Exempt"}},
        ["x", "Exempt", "<none>", "<none>", "<none>", "<none>", "5m"],
    ),
    "claim": (resource.RESOURCE_CLAIM, {}, ["x", "pending", "5m"]),
    "claim in use": (
        resource.RESOURCE_CLAIM,
        {"status": {"allocation": {}, "reservedFor": [{}]}},
        ["x", "allocated,reserved", "5m"],
    ),
    "claim being deleted": (
        resource.RESOURCE_CLAIM,
        {"metadata": {"deletionTimestamp": ago(seconds=1)}},
        ["x", "deleted", "5m"],
    ),
    "allocated claim being deleted": (
        resource.RESOURCE_CLAIM,
        {"metadata": {"deletionTimestamp": ago(seconds=1)}, "status": {"allocation": {}}},
        ["x", "deleted,allocated", "5m"],
    ),
    "resource slice": (
        resource.RESOURCE_SLICE,
        {"spec": {"nodeName": "n", "driver": "d", "pool": {"name": "p"}}},
        ["x", "n", "d", "p", "5m"],
    ),
    "device taint rule": (
        resource.DEVICE_TAINT_RULE,
        {"spec": {"taint": {"key": "k", "value": "v", "effect": "NoExecute", "timeAdded": ago(minutes=3)}}},
        ["x", "k", "v", "NoExecute", "3m", "5m"],
    ),
    "storage version migration": (
        storagemigration.STORAGE_VERSION_MIGRATION,
        {"spec": {"resource": {"group": "apps", "resource": "deployments"}}},
        ["x", "deployments.apps"],
    ),
    "local API service": (
        apiregistration.API_SERVICE,
        {"status": {"conditions": [{"type": "Available", "status": "True", "reason": "Local"}]}},
        ["x", "Local", "True", "5m"],
    ),
    "API service that does not answer": (
        apiregistration.API_SERVICE,
        {
            "spec": {"service": {"namespace": "ns", "name": "s"}},
            "status": {"conditions": [{"type": "Available", "status": "False", "reason": "MissingEndpoints"}]},
        },
        ["x", "ns/s", "False (MissingEndpoints)", "5m"],
    ),
    "API service not looked at yet": (apiregistration.API_SERVICE, {}, ["x", "Local", "Unknown", "5m"]),
}


@pytest.mark.parametrize(("printer", "obj", "cells"), CASES.values(), ids=CASES.keys())
def test_cells(printer: Printer, obj: dict[str, Any], cells: list[Any]) -> None:
    assert list(shown(printer, obj).values()) == cells


def test_a_status_is_shown_by_its_message() -> None:
    row = meta.STATUS.row({"status": "Failure", "reason": "NotFound", "message": "gone"}, NOW)
    assert row.cells == ["Failure", "NotFound", "gone"]


def test_flow_schemas_are_listed_by_precedence() -> None:
    order = flowcontrol.FLOW_SCHEMA.order
    assert order is not None
    schemas = [
        {"metadata": {"name": name}, "spec": {"matchingPrecedence": precedence}}
        for name, precedence in (("b", 2), ("c", 1), ("a", 2))
    ]
    assert [s["metadata"]["name"] for s in sorted(schemas, key=order)] == ["c", "a", "b"]
