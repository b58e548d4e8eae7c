"""The official tests that put one kind through every API operation: what each kind adds to the common sequence."""

from __future__ import annotations

import base64
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conformance import kinds
from conformance.api import Object
from conformance.authorities import authority
from conformance.check import Case, Check
from conformance.operations import Operations


def _plain(**parts: Any) -> Any:
    """A body that is the same for all three objects."""
    return lambda case, number: dict(parts)


def _condition(type_: str, status: str = "False") -> Object:
    return {"type": type_, "status": status, "reason": "e2e", "lastTransitionTime": "2024-01-01T00:00:00Z"}


def _names_users(users: str) -> Object:
    return {
        "subjects": [{"kind": "User", "user": {"name": users}}],
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
    }


def _policy_rules() -> Object:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["conformance-none"]}
    return {"resourceRules": [rule]}


def _binding(policy: str) -> Any:
    return lambda case, number: {
        "spec": {
            "policyName": f"{policy}-{case.suffix}",
            "matchResources": {"namespaceSelector": {"matchLabels": {"conformance-none": case.suffix}}},
            **({"validationActions": ["Deny"]} if policy == "validating" else {}),
        }
    }


def _ingress(case: Case, number: int) -> Object:
    service = {"name": "default-backend", "port": {"number": 80}}
    path = {"path": "/", "pathType": "ImplementationSpecific", "backend": {"service": service}}
    return {
        "spec": {"defaultBackend": {"service": service}, "rules": [{"host": "foo.bar.com", "http": {"paths": [path]}}]}
    }


def _cron_job(case: Case, number: int) -> Object:
    container = {"name": "c", "image": "registry.k8s.io/e2e-test-images/busybox:1.37.0-1", "command": ["sleep", "300"]}
    template = {"spec": {"restartPolicy": "OnFailure", "containers": [container]}}
    job = {"spec": {"parallelism": 1, "completions": 1, "template": template}}
    # Never due while the check runs.
    return {"spec": {"schedule": "0 0 31 2 *", "concurrencyPolicy": "Allow", "jobTemplate": job}}


def _certificate_request(case: Case, number: int) -> Object:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"e2e-example-{case.suffix}")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    text = base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode()
    return {
        "spec": {
            "request": text,
            "signerName": f"example.com/e2e-{case.suffix}",
            "expirationSeconds": 3600,
            "usages": ["digital signature", "key encipherment", "server auth"],
        }
    }


def _signed(case: Case, made: Object) -> None:
    """/approval and /status take conditions and a certificate; the three can be listed by their signer."""
    api, kind, name = case.api, kinds.CSRS, made["metadata"]["name"]
    read = api.get(kind, "", name, "approval")
    case.equal((read["kind"], read["metadata"]["uid"]), (kind.name, made["metadata"]["uid"]), "what /approval is of")
    condition = {"type": "ApprovalPatch", "status": "True", "reason": "e2e"}
    patch = {"metadata": {"annotations": {"patchedapproval": "true"}}, "status": {"conditions": [condition]}}
    patched = api.patch(kind, "", name, patch, "approval")
    case.equal([one["type"] for one in patched["status"]["conditions"]], ["ApprovalPatch"], "the patched conditions")
    case.contains(patched["metadata"]["annotations"], {"patchedapproval": "true"}, "annotations patched by /approval")
    approval = {"type": "Approved", "status": "True", "reason": "E2E", "message": "Set from an e2e test"}
    updated = case.changed(kind, name, lambda one: one["status"]["conditions"].append(approval), "approval")
    case.equal(
        [one["type"] for one in updated["status"]["conditions"]], ["ApprovalPatch", "Approved"], "updated conditions"
    )
    certificate = base64.b64encode(authority(f"e2e-{case.suffix}").encode()).decode()
    patch = {"metadata": {"annotations": {"patchedissue": "true"}}, "status": {"certificate": certificate}}
    issued = api.patch(kind, "", name, patch, "status")
    case.equal(issued["status"].get("certificate"), certificate, "the certificate of the patched status")
    case.contains(issued["metadata"]["annotations"], {"patchedissue": "true"}, "annotations patched by /status")
    added = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Set from an e2e test"}
    told = case.changed(kind, name, lambda one: one["status"]["conditions"].append(added), "status")
    case.equal(told["status"]["conditions"][-1]["type"], "StatusUpdate", "the last condition of the updated status")
    case.equal(len(told["status"]["conditions"]), 3, "the conditions of the updated status")
    found = api.items(kind, fieldSelector=f"spec.signerName={made['spec']['signerName']}")
    case.equal(len(found), 3, "the requests listed by their signer")


def _ip_address(case: Case, number: int) -> Object:
    # 192.0.2.0/24 is for documentation: no cluster gives such an address to a Service.
    address = f"192.0.2.{1 + (sum(map(ord, case.suffix)) * 3 + number) % 250}"
    reference = {"group": "", "resource": "services", "namespace": "default", "name": "conformance-none"}
    labels = {"ipaddress.kubernetes.io/managed-by": "conformance", "ipaddress.kubernetes.io/ip-family": "IPv4"}
    return {"metadata": {"name": address, "labels": labels}, "spec": {"parentRef": reference}}


def _service_cidr(case: Case, number: int) -> Object:
    return {"spec": {"cidrs": [f"198.51.{100 + number}.{sum(map(ord, case.suffix)) % 60 * 4}/30"]}}


def _endpoint_slice(case: Case, number: int) -> Object:
    endpoint = {"addresses": ["1.2.3.4", "5.6.7.8"][: 1 + number % 2], "conditions": {"ready": True}}
    return {"addressType": "IPv4", "endpoints": [endpoint], "ports": [{"name": "http", "port": 80, "protocol": "TCP"}]}


def _runtime_class(case: Case, number: int) -> Object:
    return {"handler": f"conformance-{number}"}


def _check(codename: str, operations: Operations) -> Check:
    return Check(codename, operations)


_PRIORITY_LEVEL = {
    "type": "Limited",
    "limited": {"nominalConcurrencyShares": 2, "limitResponse": {"type": "Reject"}},
}
_FLOW_SCHEMA = {
    "matchingPrecedence": 10000,
    "priorityLevelConfiguration": {"name": "global-default"},
    "distinguisherMethod": {"type": "ByUser"},
    "rules": [_names_users("example-e2e-non-existent-user")],
}
_VALIDATING = {
    "failurePolicy": "Ignore",
    "matchConstraints": _policy_rules(),
    "validations": [{"expression": "object.spec.replicas > 1"}],
}
_MUTATING = {
    "failurePolicy": "Ignore",
    "reinvocationPolicy": "Never",
    "matchConstraints": _policy_rules(),
    "mutations": [
        {
            "patchType": "ApplyConfiguration",
            "applyConfiguration": {"expression": "Object{metadata: Object.metadata{labels: {'a': 'b'}}}"},
        }
    ],
}
_MACHINERY = "[sig-api-machinery] "
_NODE = "[sig-node] "
_NETWORK = "[sig-network] "

CHECKS = (
    _check(
        _MACHINERY + "API priority and fairness should support FlowSchema API operations [Conformance]",
        Operations(
            kinds.FLOW_SCHEMAS,
            _plain(spec=_FLOW_SCHEMA),
            patch={"spec": {"matchingPrecedence": 9999}},
            status={"conditions": [_condition("PatchStatusFailed")]},
        ),
    ),
    _check(
        _MACHINERY + "API priority and fairness should support PriorityLevelConfiguration API operations [Conformance]",
        Operations(
            kinds.PRIORITY_LEVELS,
            _plain(spec=_PRIORITY_LEVEL),
            patch={"spec": {"limited": {"nominalConcurrencyShares": 4}}},
            status={"conditions": [_condition("PatchStatusFailed")]},
        ),
    ),
    _check(
        _MACHINERY
        + "ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicy API operations"
        " [Conformance]",
        Operations(
            kinds.VALIDATING_POLICIES,
            _plain(spec=_VALIDATING),
            patch={"spec": {"failurePolicy": "Fail"}},
            status={"conditions": [_condition("PatchStatusFailed")]},
        ),
    ),
    _check(
        _MACHINERY + "ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support"
        " ValidatingAdmissionPolicyBinding API operations [Conformance]",
        Operations(kinds.VALIDATING_BINDINGS, _binding("validating")),
    ),
    _check(
        _MACHINERY + "MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicy"
        " API operations [Conformance]",
        Operations(kinds.MUTATING_POLICIES, _plain(spec=_MUTATING), patch={"spec": {"failurePolicy": "Fail"}}),
    ),
    _check(
        _MACHINERY + "MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support MutatingAdmissionPolicyBinding"
        " API operations [Conformance]",
        Operations(kinds.MUTATING_BINDINGS, _binding("mutating")),
    ),
    _check(
        "[sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations [Conformance]",
        Operations(
            kinds.CSRS,
            _certificate_request,
            extra=_signed,
            subresources=("approval", "status"),
        ),
    ),
    _check(
        "[sig-apps] CronJob should support CronJob API operations [Conformance]",
        Operations(
            kinds.CRON_JOBS,
            _cron_job,
            patch={"spec": {"suspend": True}},
            status={"lastScheduleTime": "2024-01-01T00:00:00Z"},
        ),
    ),
    _check(
        _NETWORK + "EndpointSlice should support creating EndpointSlice API operations [Conformance]",
        Operations(kinds.ENDPOINT_SLICES, _endpoint_slice),
    ),
    _check(
        _NETWORK + "Ingress API should support creating Ingress API operations [Conformance]",
        Operations(kinds.INGRESSES, _ingress, status={"loadBalancer": {"ingress": [{"ip": "169.1.1.1"}]}}),
    ),
    _check(
        _NETWORK + "IngressClass API should support creating IngressClass API operations [Conformance]",
        Operations(kinds.INGRESS_CLASSES, _plain(spec={"controller": "example.com/controller"})),
    ),
    _check(
        _NETWORK + "ServiceCIDR and IPAddress API should support IPAddress API operations [Conformance]",
        Operations(kinds.IP_ADDRESSES, _ip_address),
    ),
    _check(
        _NETWORK + "ServiceCIDR and IPAddress API should support ServiceCIDR API operations [Conformance]",
        Operations(kinds.SERVICE_CIDRS, _service_cidr, status={"conditions": [_condition("PatchStatusFailed")]}),
    ),
    _check(
        _NODE + "RuntimeClass should support RuntimeClasses API operations [Conformance]",
        Operations(kinds.RUNTIME_CLASSES, _runtime_class),
    ),
    _check(
        "[sig-storage] CSIStorageCapacity should support CSIStorageCapacities API operations [Conformance]",
        Operations(kinds.CSI_CAPACITIES, _plain(storageClassName="example.com", capacity="1Gi")),
    ),
)
