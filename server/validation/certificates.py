"""Certificate signing requests and trust bundles.

Source: k8s.io/kubernetes/pkg/apis/certificates/validation; the declarative rules of k8s.io/api/certificates/v1, whose
errors come last. What is wrong inside a certificate is said more briefly than Go's parser says it.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import (
    BasicConstraints,
    CertificateSigningRequest,
    DuplicateExtension,
    ExtensionNotFound,
    load_der_x509_certificate,
    load_der_x509_csr,
)

from apimachinery.fielderrors import duplicate, forbidden, invalid, not_supported, quote, required, too_long
from apimachinery.objects import Object
from server.validation.checks import Errors, immutable, required_choice, same
from server.validation.diff import unified_diff
from server.validation.objectmeta import byte_length, validate_object_meta, validate_object_meta_update
from server.validation.pem import Block, pem_blocks
from server.validation.rules import name_is_path_segment
from server.validation.signers import check_signer_name, trust_bundle_name_rule
from server.validation.validator import Update, on_update, validator

Source = Mapping[str, Any]

NOT_A_REQUEST = "asn1: structure error: not a certificate request"
_LEGACY_SIGNER = "kubernetes.io/legacy-unknown"
_USAGES = tuple(
    sorted(
        (
            "any",
            "cert sign",
            "client auth",
            "code signing",
            "content commitment",
            "crl sign",
            "data encipherment",
            "decipher only",
            "digital signature",
            "email protection",
            "encipher only",
            "ipsec end system",
            "ipsec tunnel",
            "ipsec user",
            "key agreement",
            "key encipherment",
            "microsoft sgc",
            "netscape sgc",
            "ocsp signing",
            "s/mime",
            "server auth",
            "signing",
            "timestamping",
        )
    )
)
_CONDITIONS = "status.conditions"
_ONLY_TRUE = ("Approved", "Denied", "Failed")
_APPROVALS = ("Approved", "Denied")
_MEMBERS = tuple(f'conditions[{{"type": "{name}"}}]' for name in _APPROVALS)
_STATES = ("False", "True", "Unknown")
_MAX_BUNDLE = 1024 * 1024
_OMITTED = "<value omitted>"


def parse_request(data: bytes) -> CertificateSigningRequest | None:
    """A PKCS#10 request in DER, or None when it is none."""
    try:
        request = load_der_x509_csr(data)
        request.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return request


def is_signed(request: CertificateSigningRequest) -> bool:
    """Whether the request's own key signed it."""
    try:
        return request.is_signature_valid
    except UnsupportedAlgorithm:
        return False


def _request_problem(encoded: str) -> str:
    block = next(pem_blocks(b64decode(encoded)), None)
    if block is None or block.kind != "CERTIFICATE REQUEST":
        return "PEM block type must be CERTIFICATE REQUEST"
    request = parse_request(block.data)
    if request is None:
        return NOT_A_REQUEST
    if is_signed(request):
        return ""
    key = request.public_key()
    if isinstance(key, RSAPublicKey):
        return "crypto/rsa: verification error"
    return f"x509: {'ECDSA' if isinstance(key, EllipticCurvePublicKey) else 'Ed25519'} verification failure"


def _certificate_problem(encoded: str) -> str:
    if not encoded:
        return ""
    blocks = list(pem_blocks(b64decode(encoded)))
    for block in blocks:
        if block.kind != "CERTIFICATE":
            return f"only CERTIFICATE PEM blocks are allowed, found {quote(block.kind)}"
        if block.has_headers:
            return "no PEM block headers are permitted"
        if not is_certificate(block.data):
            return "x509: malformed certificate"
    return "" if blocks else "must contain at least one CERTIFICATE PEM block"


def is_certificate(data: bytes) -> bool:
    try:
        load_der_x509_certificate(data)
    except ValueError:
        return False
    return True


def _conditions(obj: Object) -> Sequence[Source]:
    conditions: Sequence[Source] = (obj.get("status") or {}).get("conditions") or ()
    return conditions


def _certificate(obj: Object) -> str:
    return (obj.get("status") or {}).get("certificate") or ""


def _check_request(obj: Object, old: Object | None) -> Errors:
    """``old``: what it has wrong already may stay."""
    errors = validate_object_meta(obj["metadata"], False, lambda name, prefix: ())
    spec, before = obj.get("spec") or {}, (old or {}).get("spec") or {}
    if problem := _request_problem(spec.get("request") or ""):
        errors.append(invalid("spec.request", spec.get("request"), problem))
    _check_usages(errors, spec.get("usages") or (), before.get("usages") or ())
    signer = spec.get("signerName") or ""
    if signer == _LEGACY_SIGNER != before.get("signerName"):
        problem = "the legacy signerName is not allowed via this API version"
        errors.append(invalid("spec.signerName", signer, problem))
    else:
        check_signer_name(errors, "spec.signerName", signer)
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < 600:
        problem = "may not specify a duration less than 600 seconds (10 minutes)"
        errors.append(invalid("spec.expirationSeconds", seconds, problem))
    _check_request_conditions(errors, _conditions(obj), _conditions(old or {}))
    kept = old is not None and (_certificate(obj) == _certificate(old) or _certificate_problem(_certificate(old)))
    if not kept and (problem := _certificate_problem(_certificate(obj))):
        errors.append(invalid("status.certificate", "<certificate data>", problem))
    return errors


def _check_usages(errors: Errors, usages: Sequence[str], before: Sequence[str]) -> None:
    path = "spec.usages"
    if not usages:
        errors.append(required(path))
    if all(usage in _USAGES for usage in before):
        for index, usage in enumerate(usages):
            if usage not in _USAGES:
                errors.append(not_supported(f"{path}[{index}]", usage, _USAGES))
    if len(set(before)) == len(before):
        for index, usage in enumerate(usages):
            if usage in usages[:index]:
                errors.append(duplicate(f"{path}[{index}]", usage))


def _check_request_conditions(errors: Errors, conditions: Sequence[Source], before: Sequence[Source]) -> None:
    known = [condition.get("type") or "" for condition in before]
    types: set[str] = set()
    for index, condition in enumerate(conditions):
        here, kind = f"{_CONDITIONS}[{index}]", condition.get("type") or ""
        if not kind and "" not in known:
            errors.append(required(f"{here}.type"))
        states = ("True",) if kind in _ONLY_TRUE else _STATES
        required_choice(errors, f"{here}.status", condition.get("status"), states)
        if kind in types and len(set(known)) == len(known):
            errors.append(duplicate(f"{here}.type", kind))
        types.add(kind)


def _check_one_approval(errors: Errors, obj: Object, old: Object | None) -> None:
    now, before = ([kind in (c.get("type") for c in _conditions(o or {})) for kind in _APPROVALS] for o in (obj, old))
    if all(now) and now != before:
        detail = f"must specify at most one of: {', '.join(_MEMBERS)}"
        errors.append(invalid(_CONDITIONS, f"{{{', '.join(_MEMBERS)}}}", detail))


def _create(obj: Object) -> Errors:
    errors = _check_request(obj, None)
    if not errors:
        errors = validate_object_meta(obj["metadata"], False, name_is_path_segment, standard_finalizers=False)
    _check_one_approval(errors, obj, None)
    return errors


def _of_type(obj: Object, kind: str) -> list[Source]:
    return [condition for condition in _conditions(obj) if condition.get("type") == kind]


def _updating(*, may_approve: bool = False, may_issue: bool = False) -> Update:
    """The rules of one way to update a request."""

    def check(new: Object, old: Object) -> Errors:
        errors = _check_request(new, old)
        for kind in _ONLY_TRUE:
            if len(_of_type(new, kind)) < len(_of_type(old, kind)):
                errors.append(forbidden(_CONDITIONS, f"updates may not remove a condition of type {quote(kind)}"))
        if not may_approve:
            _check_approvals_kept(errors, new, old)
        if _certificate(new) != _certificate(old):
            if not may_issue:
                errors.append(forbidden("status.certificate", "updates may not set certificate content"))
            elif _certificate(old):
                problem = "updates may not modify existing certificate content"
                errors.append(forbidden("status.certificate", problem))
        errors += validate_object_meta_update(new["metadata"], old["metadata"])
        _check_one_approval(errors, new, old)
        return errors

    return check


def _check_approvals_kept(errors: Errors, new: Object, old: Object) -> None:
    for kind in _APPROVALS:
        now, before = _of_type(new, kind), _of_type(old, kind)
        if len(now) > len(before):
            errors.append(forbidden(_CONDITIONS, f"updates may not add a condition of type {quote(kind)}"))
        elif len(now) == len(before) and not same(now, before):
            problem = f"updates may not modify a condition of type {quote(kind)}\n{unified_diff(before, now)}"
            errors.append(forbidden(_CONDITIONS, problem))


def _check_bundle(obj: Object, *, parse: bool) -> Errors:
    spec = obj.get("spec") or {}
    signer = spec.get("signerName") or ""
    errors = validate_object_meta(obj["metadata"], False, trust_bundle_name_rule(signer))
    if signer:
        check_signer_name(errors, "spec.signerName", signer)
    if parse:
        _check_anchors(errors, spec.get("trustBundle") or "")
    return errors


def _check_anchors(errors: Errors, text: str) -> None:
    path = "spec.trustBundle"
    if byte_length(text) > _MAX_BUNDLE:
        errors.append(too_long(path, _MAX_BUNDLE))
        return
    before = len(errors)
    places: dict[bytes, list[int]] = {}
    for index, block in enumerate(pem_blocks(text.encode())):
        if problem := _anchor_problem(block):
            errors.append(invalid(path, _OMITTED, f"entry {index} {problem}"))
        else:
            places.setdefault(block.data, []).append(index)
    if len(errors) > before:
        return
    if not places:
        errors.append(invalid(path, _OMITTED, "at least one trust anchor must be provided"))
    for indexes in places.values():
        if len(indexes) > 1:
            shown = " ".join(map(str, indexes))
            errors.append(invalid(path, _OMITTED, f"duplicate trust anchor (indices [{shown}])"))


def _anchor_problem(block: Block) -> str:
    if block.kind != "CERTIFICATE":
        return f"has bad block type: {block.kind}"
    if block.has_headers:
        return "has PEM block headers"
    try:
        extensions = load_der_x509_certificate(block.data).extensions
    except (ValueError, DuplicateExtension):
        return "does not parse as X.509"
    try:
        authority = extensions.get_extension_for_class(BasicConstraints).value.ca
    except ExtensionNotFound:
        authority = False
    return "" if authority else "does not have the CA bit set"


def _bundle_create(obj: Object) -> Errors:
    return _check_bundle(obj, parse=True)


def _bundle_update(new: Object, old: Object) -> Errors:
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    changed = (spec.get("trustBundle") or "") != (before.get("trustBundle") or "")
    errors = _check_bundle(new, parse=changed)
    errors += validate_object_meta_update(new["metadata"], old["metadata"])
    immutable(errors, "spec.signerName", spec.get("signerName") or "", before.get("signerName") or "")
    return errors


CERTIFICATE_SIGNING_REQUEST = validator(_create, _updating(), _updating(may_issue=True), namespaced=False)
CLUSTER_TRUST_BUNDLE = validator(_bundle_create, _bundle_update, namespaced=False)

validate_signing_approval = on_update(_updating(may_approve=True), namespaced=False)
"""(new, old): a write to certificatesigningrequests/approval."""
