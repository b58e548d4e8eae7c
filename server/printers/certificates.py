"""Signing requests and trust bundles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from apimachinery.timefmt import human_duration
from server.printers.cells import NONE
from server.printers.printer import AGE, NAME, Printer, Row, age, column, doc, name


def _signing_request_row(obj: Object, now: datetime) -> Row:
    spec = obj.get("spec") or {}
    seconds = spec.get("expirationSeconds")
    return Row(
        [
            name(obj),
            age(obj, now),
            spec.get("signerName") or NONE,
            spec.get("username", ""),
            NONE if seconds is None else human_duration(seconds),
            _condition(obj.get("status") or {}),
        ]
    )


def _condition(status: Mapping[str, Any]) -> str:
    types = {c.get("type") for c in status.get("conditions") or ()}
    text = next((t for t in ("Denied", "Approved") if t in types), "Pending")
    if "Failed" in types:
        text += ",Failed"
    return f"{text},Issued" if status.get("certificate") else text


CERTIFICATE_SIGNING_REQUEST = Printer(
    (
        NAME,
        AGE,
        column("SignerName", doc("certificates/v1beta1.CertificateSigningRequestSpec.signerName")),
        column("Requestor", doc("certificates/v1beta1.CertificateSigningRequestSpec.request")),
        column("RequestedDuration", doc("certificates/v1beta1.CertificateSigningRequestSpec.expirationSeconds")),
        column("Condition", doc("certificates/v1beta1.CertificateSigningRequestStatus.conditions")),
    ),
    _signing_request_row,
)


def _trust_bundle_row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), (obj.get("spec") or {}).get("signerName") or NONE])


CLUSTER_TRUST_BUNDLE = Printer(
    (NAME, column("SignerName", doc("certificates/v1.ClusterTrustBundleSpec.signerName"))),
    _trust_bundle_row,
)


def _pod_request_row(obj: Object, now: datetime) -> Row:
    spec = obj.get("spec") or {}
    state = "Pending"
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") in ("Issued", "Denied", "Failed"):
            state = condition["type"]
    fields = ("podName", "serviceAccountName", "nodeName", "signerName")
    return Row([name(obj), *(spec.get(field, "") for field in fields), state])


POD_CERTIFICATE_REQUEST = Printer(
    (
        NAME,
        column("PodName", doc("certificates/v1.PodCertificateRequestSpec.podName")),
        column("ServiceAccountName", doc("certificates/v1.PodCertificateRequestSpec.serviceAccountName")),
        column("NodeName", doc("certificates/v1.PodCertificateRequestSpec.nodeName")),
        column("SignerName", doc("certificates/v1.PodCertificateRequestSpec.signerName")),
        column("State", "Is the request Pending, Issued, Denied, or Failed?"),
    ),
    _pod_request_row,
)
