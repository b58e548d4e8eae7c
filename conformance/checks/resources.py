"""The official tests that are the suite's common test of one resource: see conformance/crud.py."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance import kinds
from conformance.api import APPLY_PATCH, JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Object
from conformance.authorities import authority, request_and_certificate
from conformance.check import Case, Check
from conformance.crud import Crud, Patch


def _labels(key: str) -> tuple[Callable[[Object], None], Object]:
    """For what cannot be changed otherwise: a change and a patch that add a label."""

    def add(obj: Object) -> None:
        obj["metadata"].setdefault("labels", {})[key] = "test"

    return add, {"metadata": {"labels": {key: "test"}}}


def _every_type(patch: Object, path: str, value: Any) -> tuple[Patch, ...]:
    """The same change in each patch type; as a JSON patch, an addition."""
    json_patch = [{"op": "add", "path": path, "value": value}]
    return (*((kind, patch) for kind in (STRATEGIC_PATCH, APPLY_PATCH, MERGE_PATCH)), (JSON_PATCH, json_patch))


def _set(path: tuple[str, ...], value: Any) -> Callable[[Object], None]:
    def change(obj: Object) -> None:
        for part in path[:-1]:
            obj = obj.setdefault(part, {})
        obj[path[-1]] = value

    return change


def _patched(*path: str, value: Any) -> Object:
    patch: Any = value
    for part in reversed(path):
        patch = {part: patch}
    return dict(patch)


def _named(case: Case, spec: Object) -> Object:
    return {"metadata": {"name": f"test-{case.namespace}"}, "spec": spec}


# Devices

_DRIVER = "dra.example.com"
_DRA_LABEL, _DRA_PATCH = _labels("test.dra.example.com")
_REQUESTS = {"devices": {"requests": [{"name": "req-0", "exactly": {"deviceClassName": _DRIVER}}]}}
_NO_DEVICE = [{"cel": {"expression": "1 == 0"}}]


def _device_class(case: Case) -> Object:
    return _named(case, {"selectors": [{"cel": {"expression": "false"}}]})


def _slice(case: Case) -> Object:
    pool = {"name": "cluster", "generation": 1, "resourceSliceCount": 1}
    return _named(case, {"driver": _DRIVER, "pool": pool, "nodeName": "no-such-node"})


def _taint_rule(case: Case) -> Object:
    taint = {"key": "example.com/taint", "value": "tainted", "effect": "NoSchedule"}
    return _named(case, {"deviceSelector": {"driver": f"dra-{case.suffix}.example.com"}, "taint": taint})


def _condition(type_: str, message: str) -> Object:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"type": type_, "status": "True", "reason": "E2E", "message": message, "lastTransitionTime": now}


def _with_condition(type_: str) -> tuple[Callable[[Object], None], tuple[Patch, ...]]:
    """A status that holds one condition, and the patches that make it."""
    conditions = [_condition(type_, "set by a test")]
    status = {"conditions": conditions}
    json_patch = [{"op": "add", "path": "/status", "value": status}]
    patches = [(kind, {"status": status}) for kind in (STRATEGIC_PATCH, APPLY_PATCH, MERGE_PATCH)]
    return _set(("status",), status), (*patches, (JSON_PATCH, json_patch))


def _devices() -> tuple[Check, ...]:
    path = "/metadata/labels/test.dra.example.com"
    allocation = _every_type({"status": {"allocation": {}}}, "/status/allocation", {})
    mark, marks = _with_condition("Example")
    prefix = "[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 "
    other_value = {"key": "example.com/taint", "value": "other", "effect": "NoSchedule"}
    return (
        Check(
            prefix + "DeviceClass [Conformance]",
            Crud(
                kinds.DEVICE_CLASSES,
                _device_class,
                _set(("spec", "selectors"), _NO_DEVICE),
                ((STRATEGIC_PATCH, _patched("spec", "selectors", value=_NO_DEVICE)),),
            ),
        ),
        Check(
            prefix + "ResourceClaim [Conformance]",
            Crud(
                kinds.RESOURCE_CLAIMS,
                lambda case: {"spec": _REQUESTS},
                _DRA_LABEL,
                _every_type(_DRA_PATCH, path, "test"),
                _set(("status", "allocation"), {}),
                allocation,
            ),
        ),
        Check(
            prefix + "ResourceClaimTemplate [Conformance]",
            Crud(
                kinds.RESOURCE_CLAIM_TEMPLATES,
                lambda case: {"spec": {"spec": _REQUESTS}},
                _DRA_LABEL,
                ((STRATEGIC_PATCH, _DRA_PATCH),),
            ),
        ),
        Check(
            prefix + "ResourceSlice [Conformance]",
            Crud(
                kinds.RESOURCE_SLICES,
                _slice,
                _set(("spec", "devices"), [{"name": "device-0"}]),
                ((STRATEGIC_PATCH, _patched("spec", "devices", value=[{"name": "device-0"}])),),
            ),
        ),
        Check(
            prefix + "DeviceTaintRule [Conformance]",
            Crud(
                kinds.DEVICE_TAINT_RULES,
                _taint_rule,
                _set(("spec", "taint"), other_value),
                ((STRATEGIC_PATCH, _patched("spec", "taint", "value", value="other")),),
                mark,
                marks,
            ),
        ),
    )


# Certificates


def _pod_certificate(request: bytes) -> Callable[[Case], Object]:
    uid = "12345678-1234-1234-1234-12345678901"
    return lambda case: {
        "spec": {
            "signerName": f"example.com/e2e-{case.suffix}",
            "podName": "test-pod",
            "podUID": f"{uid}2",
            "serviceAccountName": "default",
            "serviceAccountUID": f"{uid}3",
            "nodeName": "test-node",
            "nodeUID": f"{uid}4",
            "maxExpirationSeconds": 86400,
            "stubPKCS10Request": base64.b64encode(request).decode(),
        }
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def pod_certificates(case: Case) -> None:
    """A certificate is issued by whoever writes the status, here in each way there is."""
    request, certificate, before, after = request_and_certificate("e2e.example.com", timedelta(hours=1))
    status = {
        "certificateChain": certificate,
        "notBefore": _time(before),
        "notAfter": _time(after),
        "beginRefreshAt": _time(before + timedelta(minutes=15)),
        "conditions": [_condition("Issued", "Issued by a test")],
    }
    add, patch = _labels("test.podcertificaterequest.example.com")
    patches = _every_type(patch, "/metadata/labels/test.podcertificaterequest.example.com", "test")
    additions = [{"op": "add", "path": f"/status/{key}", "value": value} for key, value in status.items()]
    of_status: tuple[Patch, ...] = (
        *((kind, {"status": status}) for kind in (STRATEGIC_PATCH, APPLY_PATCH, MERGE_PATCH)),
        (JSON_PATCH, additions),
    )
    Crud(
        kinds.POD_CERTIFICATE_REQUESTS,
        _pod_certificate(request),
        add,
        patches,
        _set(("status",), status),
        of_status,
    )(case)


def trust_bundles(case: Case) -> None:
    bundle, other = authority("first"), authority("second")
    Crud(
        kinds.TRUST_BUNDLES,
        lambda one: {
            "metadata": {"name": f"test.test:signer-one:{one.suffix}"},
            "spec": {"signerName": "test.test/signer-one", "trustBundle": bundle},
        },
        _set(("spec", "trustBundle"), other),
        _every_type({"spec": {"signerName": "test.test/signer-one", "trustBundle": other}}, "/spec/trustBundle", other),
    )(case)


def _migration() -> Crud:
    key = "test.storagemigration.example.com"
    add, patch = _labels(key)
    mark, marks = _with_condition("TestCondition")
    spec = {"resource": {"group": "", "resource": "foo"}}
    patches = _every_type(patch, f"/metadata/labels/{key}", "test")
    return Crud(kinds.STORAGE_MIGRATIONS, lambda case: _named(case, spec), add, patches, mark, marks)


CHECKS = (
    *_devices(),
    Check(
        "[sig-auth] PodCertificateRequest API [Privileged:ClusterAdmin] should support PodCertificateRequest API"
        " operations [Conformance]",
        pod_certificates,
    ),
    Check(
        "[sig-auth] [FeatureGate:ClusterTrustBundle] [FeatureGate:ClusterTrustBundleProjection] CRUD Tests"
        " certificates.k8s.io/v1 ClusterTrustBundles [MinimumKubeletVersion:1.37] [Conformance]",
        trust_bundles,
    ),
    Check(
        "[sig-api-machinery] StorageVersionMigration CRUD Tests storagemigration.k8s.io/v1 StorageVersionMigration"
        " [Conformance]",
        _migration(),
    ),
)
