"""The kinds of the remaining groups: what is given, what becomes of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from server.defaulting import (
    admissionregistration,
    apiextensions,
    apiregistration,
    authentication,
    certificates,
    discovery,
    flowcontrol,
    networking,
    node,
    rbac,
    resource,
    scheduling,
    storage,
)

WEBHOOK = {
    "failurePolicy": "Fail",
    "matchPolicy": "Equivalent",
    "namespaceSelector": {},
    "objectSelector": {},
    "timeoutSeconds": 10,
    "clientConfig": {"service": {"name": "s", "port": 443}},
    "rules": [{"resources": ["pods"], "scope": "*"}],
}
BARE_WEBHOOK = {"clientConfig": {"service": {"name": "s"}}, "rules": [{"resources": ["pods"]}]}
SET_WEBHOOK = {
    **WEBHOOK,
    "failurePolicy": "Ignore",
    "matchPolicy": "Exact",
    "timeoutSeconds": 1,
    "namespaceSelector": {"matchLabels": {"a": "b"}},
    "clientConfig": {"service": {"port": 8443}},
    "rules": [{"scope": "Cluster"}],
}
MATCHING = {"matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}}
RULES = {"resourceRules": [{}], "excludeResourceRules": [{}]}
SCOPED_RULES = {"resourceRules": [{"scope": "*"}], "excludeResourceRules": [{"scope": "*"}]}
RBAC = "rbac.authorization.k8s.io"

CASES: dict[str, tuple[Callable[[Object], None], Object, Object]] = {
    "network policy": (
        networking.network_policy,
        {"spec": {"ingress": [{"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]}]}},
        {
            "spec": {
                "ingress": [{"ports": [{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}]}],
                "policyTypes": ["Ingress"],
            }
        },
    ),
    "network policy with egress": (
        networking.network_policy,
        {"spec": {"egress": [{"ports": [{}]}]}},
        {"spec": {"egress": [{"ports": [{"protocol": "TCP"}]}], "policyTypes": ["Ingress", "Egress"]}},
    ),
    "network policy that names its types": (
        networking.network_policy,
        {"spec": {"policyTypes": ["Egress"]}},
        {"spec": {"policyTypes": ["Egress"]}},
    ),
    "ingress class": (networking.ingress_class, {"spec": {"controller": "c"}}, {"spec": {"controller": "c"}}),
    "ingress class with parameters": (
        networking.ingress_class,
        {"spec": {"parameters": {"kind": "K"}}},
        {"spec": {"parameters": {"kind": "K", "scope": "Cluster"}}},
    ),
    "endpoint slice": (
        discovery.endpoint_slice,
        {"ports": [{"port": 80}, {"name": "a", "protocol": "UDP"}]},
        {"ports": [{"port": 80, "name": "", "protocol": "TCP"}, {"name": "a", "protocol": "UDP"}]},
    ),
    "storage class": (storage.storage_class, {}, {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"}),
    "CSI driver": (
        storage.csi_driver,
        {"spec": {"attachRequired": False}},
        {
            "spec": {
                "attachRequired": False,
                "podInfoOnMount": False,
                "storageCapacity": False,
                "fsGroupPolicy": "ReadWriteOnceWithFSType",
                "volumeLifecycleModes": ["Persistent"],
                "requiresRepublish": False,
                "seLinuxMount": False,
            }
        },
    ),
    "volume attachment": (
        storage.volume_attachment,
        {"spec": {"source": {"inlineVolumeSpec": {"iscsi": {}}}}},
        {"spec": {"source": {"inlineVolumeSpec": {"iscsi": {"iscsiInterface": "default"}}}}},
    ),
    "volume attachment by name": (
        storage.volume_attachment,
        {"spec": {"source": {"persistentVolumeName": "v"}}},
        {"spec": {"source": {"persistentVolumeName": "v"}}},
    ),
    "priority class": (
        scheduling.priority_class,
        {"value": 1},
        {"value": 1, "preemptionPolicy": "PreemptLowerPriority"},
    ),
    "role binding": (
        rbac.role_binding,
        {"roleRef": {"kind": "Role"}, "subjects": [{"kind": "User"}, {"kind": "Group"}, {"kind": "ServiceAccount"}]},
        {
            "roleRef": {"kind": "Role", "apiGroup": RBAC},
            "subjects": [
                {"kind": "User", "apiGroup": RBAC},
                {"kind": "Group", "apiGroup": RBAC},
                {"kind": "ServiceAccount"},
            ],
        },
    ),
    "cluster role binding": (
        rbac.cluster_role_binding,
        {"roleRef": {"apiGroup": "other"}},
        {"roleRef": {"apiGroup": "other"}},
    ),
    "flow schema": (flowcontrol.flow_schema, {}, {"spec": {"matchingPrecedence": 1000}}),
    "limited priority level": (
        flowcontrol.priority_level_configuration,
        {"spec": {"limited": {"limitResponse": {"type": "Queue", "queuing": {"queues": 1}}}}},
        {
            "spec": {
                "limited": {
                    "nominalConcurrencyShares": 30,
                    "lendablePercent": 0,
                    "limitResponse": {
                        "type": "Queue",
                        "queuing": {"queues": 1, "handSize": 8, "queueLengthLimit": 50},
                    },
                }
            }
        },
    ),
    "priority level without shares": (
        flowcontrol.priority_level_configuration,
        {"spec": {"limited": {"nominalConcurrencyShares": 0, "limitResponse": {"type": "Reject"}}}},
        {
            "spec": {
                "limited": {
                    "nominalConcurrencyShares": 0,
                    "lendablePercent": 0,
                    "limitResponse": {"type": "Reject"},
                }
            }
        },
    ),
    "exempt priority level": (
        flowcontrol.priority_level_configuration,
        {"spec": {"exempt": {}}},
        {"spec": {"exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}}},
    ),
    "validating webhook": (
        admissionregistration.validating_webhook_configuration,
        {"webhooks": [BARE_WEBHOOK, SET_WEBHOOK]},
        {"webhooks": [WEBHOOK, SET_WEBHOOK]},
    ),
    "mutating webhook": (
        admissionregistration.mutating_webhook_configuration,
        {"webhooks": [BARE_WEBHOOK, {**SET_WEBHOOK, "reinvocationPolicy": "IfNeeded"}]},
        {
            "webhooks": [
                {**WEBHOOK, "reinvocationPolicy": "Never"},
                {**SET_WEBHOOK, "reinvocationPolicy": "IfNeeded"},
            ]
        },
    ),
    "webhook reached by URL": (
        admissionregistration.validating_webhook_configuration,
        {"webhooks": [{"clientConfig": {"url": "https://x"}}]},
        {
            "webhooks": [
                {k: v for k, v in WEBHOOK.items() if k != "rules"} | {"clientConfig": {"url": "https://x"}},
            ]
        },
    ),
    "admission policy": (
        admissionregistration.validating_admission_policy,
        {"spec": {"matchConstraints": RULES}},
        {"spec": {"failurePolicy": "Fail", "matchConstraints": {**MATCHING, **SCOPED_RULES}}},
    ),
    "mutating admission policy": (
        admissionregistration.mutating_admission_policy,
        {"spec": {"failurePolicy": "Ignore"}},
        {"spec": {"failurePolicy": "Ignore"}},
    ),
    "policy binding": (
        admissionregistration.validating_admission_policy_binding,
        {"spec": {"matchResources": RULES}},
        {"spec": {"matchResources": {**MATCHING, **SCOPED_RULES}}},
    ),
    "policy binding for everything": (
        admissionregistration.mutating_admission_policy_binding,
        {"spec": {"policyName": "p"}},
        {"spec": {"policyName": "p"}},
    ),
    "pod certificate request": (certificates.pod_certificate_request, {}, {"spec": {"maxExpirationSeconds": 86400}}),
    "token request": (authentication.token_request, {}, {"spec": {"expirationSeconds": 3600}}),
    "runtime class": (
        node.runtime_class,
        {"handler": "h", "overhead": {"podFixed": {"cpu": "1u"}}},
        {"handler": "h", "overhead": {"podFixed": {"cpu": "1m"}}},
    ),
    "runtime class without overhead": (node.runtime_class, {"handler": "h"}, {"handler": "h"}),
    "claim": (
        resource.resource_claim,
        {
            "spec": {
                "devices": {
                    "requests": [
                        {"exactly": {"tolerations": [{"key": "k"}]}},
                        {"exactly": {"allocationMode": "All"}},
                        {"firstAvailable": [{}, {"count": 2}]},
                    ]
                }
            },
            "status": {"allocation": {"devices": {"results": [{"tolerations": [{"operator": "Exists"}, {}]}]}}},
        },
        {
            "spec": {
                "devices": {
                    "requests": [
                        {
                            "exactly": {
                                "allocationMode": "ExactCount",
                                "count": 1,
                                "tolerations": [{"key": "k", "operator": "Equal"}],
                            }
                        },
                        {"exactly": {"allocationMode": "All"}},
                        {
                            "firstAvailable": [
                                {"allocationMode": "ExactCount", "count": 1},
                                {"allocationMode": "ExactCount", "count": 2},
                            ]
                        },
                    ]
                }
            },
            "status": {
                "allocation": {
                    "devices": {"results": [{"tolerations": [{"operator": "Exists"}, {"operator": "Equal"}]}]}
                }
            },
        },
    ),
    "claim template": (
        resource.resource_claim_template,
        {"spec": {"spec": {"devices": {"requests": [{"exactly": {}}]}}}},
        {"spec": {"spec": {"devices": {"requests": [{"exactly": {"allocationMode": "ExactCount", "count": 1}}]}}}},
    ),
    "custom resource definition": (
        apiextensions.custom_resource_definition,
        {"spec": {"names": {"kind": "Foo"}, "versions": [{"name": "v1"}, {"name": "v2", "storage": True}]}},
        {
            "spec": {
                "names": {"kind": "Foo", "singular": "foo", "listKind": "FooList"},
                "versions": [{"name": "v1"}, {"name": "v2", "storage": True}],
                "conversion": {"strategy": "None"},
            },
            "status": {"storedVersions": ["v2"]},
        },
    ),
    "custom resource definition with a webhook": (
        apiextensions.custom_resource_definition,
        {
            "spec": {
                "names": {"singular": "s", "listKind": "L"},
                "conversion": {"strategy": "Webhook", "webhook": {"clientConfig": {"service": {}}}},
            },
            "status": {"storedVersions": ["v1"]},
        },
        {
            "spec": {
                "names": {"singular": "s", "listKind": "L"},
                "conversion": {"strategy": "Webhook", "webhook": {"clientConfig": {"service": {"port": 443}}}},
            },
            "status": {"storedVersions": ["v1"]},
        },
    ),
    "API service": (
        apiregistration.api_service,
        {"spec": {"service": {"name": "s"}}},
        {"spec": {"service": {"name": "s", "port": 443}}},
    ),
    "local API service": (apiregistration.api_service, {"spec": {"group": "apps"}}, {"spec": {"group": "apps"}}),
}


@pytest.mark.parametrize(("function", "given", "expected"), CASES.values(), ids=CASES.keys())
def test_defaults(function: Callable[[Object], None], given: Object, expected: Object) -> None:
    obj = copy.deepcopy(given)
    function(obj)
    assert obj == expected


CLOCK = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))


def test_the_time_a_taint_was_added() -> None:
    rule: Object = {"spec": {"taint": {"key": "k"}}}
    resource.device_taint_rule(rule, CLOCK)
    assert rule["spec"]["taint"]["timeAdded"] == "2026-01-01T00:00:00Z"
    earlier = "2025-01-01T00:00:00Z"
    of_slice: Object = {"spec": {"devices": [{"taints": [{"key": "k"}, {"key": "l", "timeAdded": earlier}]}, {}]}}
    resource.resource_slice(of_slice, CLOCK)
    assert [t["timeAdded"] for t in of_slice["spec"]["devices"][0]["taints"]] == ["2026-01-01T00:00:00Z", earlier]
