"""How far a CertificateSigningRequest has come. Pure.

Source: k8s.io/kubernetes pkg/controller/certificates/certificate_controller_utils.go.
"""

from __future__ import annotations

from apimachinery.objects import Object


def has(request: Object, kind: str) -> bool:
    conditions = (request.get("status") or {}).get("conditions") or ()
    return any(each["type"] == kind and each.get("status") == "True" for each in conditions)


def certificate(request: Object) -> str:
    """In base64, "" when it has not been issued."""
    return str((request.get("status") or {}).get("certificate") or "")


def decided(request: Object) -> bool:
    """Approved, denied or signed: nothing is left to be approved."""
    conditions = (request.get("status") or {}).get("conditions") or ()
    return bool(certificate(request)) or any(each["type"] in ("Approved", "Denied") for each in conditions)


def to_be_signed(request: Object) -> bool:
    return (
        has(request, "Approved")
        and not has(request, "Denied")
        and not has(request, "Failed")
        and not certificate(request)
    )
