"""Pod certificate requests, which kubelets make and signers answer.

Source: k8s.io/kubernetes/pkg/apis/certificates/validation.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509 import (
    Certificate,
    DNSName,
    ExtensionNotFound,
    RFC822Name,
    SubjectAlternativeName,
    load_der_x509_certificate,
)

from apimachinery.fielderrors import OMITTED, invalid, not_supported, required, too_long
from apimachinery.objects import Object
from apimachinery.timefmt import parse_time
from server.validation.certificates import is_certificate, is_signed, parse_request
from server.validation.checks import Errors, flag, immutable, same
from server.validation.conditions import check_conditions
from server.validation.objectmeta import byte_length, validate_object_meta, validate_object_meta_update
from server.validation.pem import pem_blocks
from server.validation.rules import name_is_dns_subdomain
from server.validation.signers import check_signer_name, is_kubernetes_signer
from server.validation.validator import Validator, validator
from server.validation.volumes import check_user_annotations

Source = Mapping[str, Any]

_OUTCOMES = ("Issued", "Denied", "Failed")
_MAX_UID = 128
_MAX_KEY_DATA = 10 * 1024
_MAX_CHAIN = 100 * 1024
_HOUR, _DAY = 3600, 86400
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
_CHAIN = "status.certificateChain"
_KEY, _PROOF, _STUB = "spec.pkixPublicKey", "spec.proofOfPossession", "spec.stubPKCS10Request"
_UNKNOWN_KEY = "unknown public key type; supported types are Ed25519, ECDSA, and RSA"


def _create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    spec = obj.get("spec") or {}
    check_signer_name(errors, "spec.signerName", spec.get("signerName") or "")
    if annotations := spec.get("unverifiedUserAnnotations"):
        check_user_annotations(errors, annotations, "spec.unverifiedUserAnnotations")
    for name_field, uid_field in (
        ("podName", "podUID"),
        ("serviceAccountName", "serviceAccountUID"),
        ("nodeName", "nodeUID"),
    ):
        name, uid = spec.get(name_field) or "", spec.get(uid_field) or ""
        flag(errors, f"spec.{name_field}", name, name_is_dns_subdomain(name))
        if not uid:
            errors.append(invalid(f"spec.{uid_field}", uid, "must not be empty"))
        if byte_length(uid) > _MAX_UID:
            errors.append(too_long(f"spec.{uid_field}", _MAX_UID))
    if _check_expiration(errors, spec):
        _check_key(errors, spec)
    return errors


def _check_expiration(errors: Errors, spec: Source) -> bool:
    seconds, path = spec.get("maxExpirationSeconds"), "spec.maxExpirationSeconds"
    if seconds is None:
        errors.append(required(path, "must be set"))
        return False
    most = _DAY if is_kubernetes_signer(spec.get("signerName") or "") else 91 * _DAY
    if not _HOUR <= seconds <= most:
        errors.append(invalid(path, seconds, f"must be in the range [{_HOUR}, {most}]"))
    return True


def _check_key(errors: Errors, spec: Source) -> None:
    stub, key, proof = (spec.get(path.removeprefix("spec.")) for path in (_STUB, _KEY, _PROOF))
    if stub and not key and not proof:
        _check_stub(errors, b64decode(stub))
    elif not stub and key and proof:
        _check_proof(errors, spec, b64decode(key), b64decode(proof))
    else:
        problem = "exactly one of (stubPKCS10Request) or (pkixPublicKey, proofOfPossession) must be set"
        errors.append(invalid("spec", OMITTED, problem))


def _check_stub(errors: Errors, data: bytes) -> None:
    if len(data) > _MAX_KEY_DATA:
        errors.append(too_long(_STUB, _MAX_KEY_DATA))
        return
    request = parse_request(data)
    if request is None:
        errors.append(invalid(_STUB, OMITTED, "must be a valid PKCS#10 CSR"))
    elif _check_strength(errors, _STUB, request.public_key(), "P256, P384, or P521", OMITTED) and not is_signed(
        request
    ):
        errors.append(invalid(_STUB, OMITTED, "invalid signature"))


def _check_strength(errors: Errors, path: str, key: Any, curves: str, shown: Any) -> bool:
    """Whether the key is of a kind and size that is accepted."""
    if isinstance(key, EllipticCurvePublicKey):
        if key.curve.name in _CURVES:
            return True
        errors.append(invalid(path, f"curve {key.curve.name}", f"elliptic public keys must use curve {curves}"))
    elif isinstance(key, RSAPublicKey):
        if key.key_size in (3072, 4096):
            return True
        problem = "RSA keys must have modulus size 3072 or 4096"
        errors.append(invalid(path, f"{key.key_size}-bit modulus", problem))
    elif isinstance(key, Ed25519PublicKey):
        return True
    else:
        errors.append(invalid(path, shown, _UNKNOWN_KEY))
    return False


def _check_proof(errors: Errors, spec: Source, data: bytes, proof: bytes) -> None:
    for path, value in ((_KEY, data), (_PROOF, proof)):
        if len(value) > _MAX_KEY_DATA:
            errors.append(too_long(path, _MAX_KEY_DATA))
            return
    key = _public_key(data)
    if key is None:
        errors.append(invalid(_KEY, spec["pkixPublicKey"], "must be a valid PKIX-serialized public key"))
        return
    if not _check_strength(errors, _KEY, key, "P256 or P384", spec["pkixPublicKey"]):
        return
    if not _proves(key, (spec.get("podUID") or "").encode(), proof):
        errors.append(invalid(_PROOF, OMITTED, "could not verify proof-of-possession signature"))


def _public_key(data: bytes) -> Any:
    try:
        return load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        return None


def _proves(key: Any, message: bytes, proof: bytes) -> bool:
    digest = sha256(message).digest()
    try:
        if isinstance(key, EllipticCurvePublicKey):
            key.verify(proof, digest, ECDSA(Prehashed(SHA256())))
        elif isinstance(key, RSAPublicKey):
            key.verify(proof, digest, PSS(MGF1(SHA256()), PSS.AUTO), Prehashed(SHA256()))
        else:
            key.verify(proof, message)
    except InvalidSignature:
        return False
    return True


def _update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    immutable(errors, "spec", new.get("spec"), old.get("spec"))
    return errors


def _outcomes(obj: Object) -> set[str]:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return {one.get("type") or "" for one in conditions if one.get("status") == "True"} & {*_OUTCOMES}


def _check_outcomes(errors: Errors, status: Source) -> None:
    path, known = "status.conditions", 0
    for index, condition in enumerate(status.get("conditions") or ()):
        here, kind = f"{path}.[{index}]", condition.get("type") or ""
        if kind not in _OUTCOMES:
            errors.append(not_supported(f"{here}.type", kind, _OUTCOMES))
            continue
        known += 1
        if known > 1:
            problem = 'There may be at most one condition with type "Issued", "Denied", or "Failed"'
            errors.append(invalid(f"{here}.type", kind, problem))
        if condition.get("status") != "True":
            errors.append(not_supported(f"{here}.status", condition.get("status") or "", ("True",)))
    check_conditions(errors, status.get("conditions"), path)


def _status(new: Object, old: Object, now: datetime) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    if errors:
        return errors
    status = new.get("status") or {}
    _check_outcomes(errors, status)
    if errors:
        return errors
    outcomes = _outcomes(new)
    if _outcomes(old):
        problem = "immutable after PodCertificateRequest is issued, denied, or failed"
        unchanged = same(status, old.get("status"))
    elif outcomes & {"Denied", "Failed"}:
        problem = "non-condition status fields must be empty when denying or failing the PodCertificateRequest"
        unchanged = not any(value for field, value in status.items() if field != "conditions")
    elif "Issued" in outcomes:
        return _check_issued(new.get("spec") or {}, old.get("spec") or {}, status, now)
    else:
        problem = 'status is immutable unless transitioning to "Issued", "Denied", or "Failed"'
        unchanged = same(status, old.get("status"))
    if not unchanged:
        errors.append(invalid("status", OMITTED, problem))
    return errors


def _check_issued(spec: Source, stored: Source, status: Source, now: datetime) -> Errors:
    errors: Errors = []
    chain: str = status.get("certificateChain") or ""
    if byte_length(chain) > _MAX_CHAIN:
        return [too_long(_CHAIN, _MAX_CHAIN)]
    blocks = list(pem_blocks(chain.encode()))
    if not blocks:
        return [invalid(_CHAIN, chain, "issued certificate chain must contain at least one certificate")]
    if blocks[0].kind != "CERTIFICATE":
        return [invalid(_CHAIN, chain, "issued certificate chain must consist entirely of CERTIFICATE PEM blocks")]
    try:
        certificate = load_der_x509_certificate(blocks[0].data)
        _check_names(errors, certificate)
    except ValueError:
        return [*errors, invalid(_CHAIN, chain, "leaf certificate does not parse as valid X.509")]
    if not _is_for(certificate, stored):
        return [*errors, invalid(_CHAIN, chain, "leaf certificate was not issued to the requested public key")]
    _check_present(errors, status)
    if errors:
        return errors
    _check_times(errors, spec, status, certificate, now)
    if errors:
        return errors
    for block in blocks[1:]:
        if block.kind != "CERTIFICATE":
            return [invalid(_CHAIN, chain, "issued certificate chain must consist entirely of CERTFICATE PEM blocks")]
        if not is_certificate(block.data):
            return [invalid(_CHAIN, chain, "intermediate certificate does not parse as valid X.509")]
    return errors


def _check_names(errors: Errors, certificate: Certificate) -> None:
    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return
    for name in names.get_values_for_type(DNSName):
        if not name:
            errors.append(invalid(_CHAIN, name, "leaf certificate should not contain empty DNSName"))
        if ".." in name:
            errors.append(invalid(_CHAIN, name, "leaf certificate's DNSName should not contain '..'"))
        if name.startswith(".") or name.endswith("."):
            errors.append(invalid(_CHAIN, name, "leaf certificate's DNSName should not start or end with '.'"))
    for address in names.get_values_for_type(RFC822Name):
        if "@" not in parseaddr(address)[1]:
            errors.append(invalid(_CHAIN, address, "leaf certificate should not contain invalid EmailAddress"))


def _is_for(certificate: Certificate, spec: Source) -> bool:
    if stub := spec.get("stubPKCS10Request"):
        request = parse_request(b64decode(stub))
        wanted: Any = request and request.public_key()
    else:
        wanted = _public_key(b64decode(spec.get("pkixPublicKey") or ""))
    return wanted is not None and wanted == certificate.public_key()


def _check_present(errors: Errors, status: Source) -> None:
    for field in ("notBefore", "notAfter"):
        if status.get(field) is None:
            errors.append(required(f"status.{field}", "must be present and consistent with the issued certificate"))
    if status.get("beginRefreshAt") is None:
        problem = "must be present and in the range [notbefore+10min, notafter-10min]"
        errors.append(required("status.beginRefreshAt", problem))


def _check_times(errors: Errors, spec: Source, status: Source, certificate: Certificate, now: datetime) -> None:
    """The first problem with the times of a certificate."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    refresh, most = parse_time(status["beginRefreshAt"]), spec.get("maxExpirationSeconds") or 0
    margin = timedelta(minutes=10)
    for wrong, path, shown, problem in (
        (parse_time(status["notBefore"]) != start, "status.notBefore", status["notBefore"], _encoded("NotBefore")),
        (
            abs(start - now) >= timedelta(minutes=5),
            "status.notBefore",
            status["notBefore"],
            "must be set to within 5 minutes of kube-apiserver's current time",
        ),
        (parse_time(status["notAfter"]) != end, "status.notAfter", status["notAfter"], _encoded("NotAfter")),
        (
            end - start < timedelta(hours=1),
            _CHAIN,
            _nanoseconds(end - start),
            "leaf certificate lifetime must be >= 1 hour",
        ),
        (
            end - start > timedelta(seconds=most),
            _CHAIN,
            _nanoseconds(end - start),
            f"leaf certificate lifetime must be <= spec.maxExpirationSeconds ({most})",
        ),
        (
            refresh < start + margin,
            "status.beginRefreshAt",
            status["beginRefreshAt"],
            "must be at least 10 minutes after status.notBefore",
        ),
        (
            refresh > end - margin,
            "status.beginRefreshAt",
            status["beginRefreshAt"],
            "must be at least 10 minutes before status.notAfter",
        ),
    ):
        if wrong:
            errors.append(invalid(path, shown, problem))
            return


def _encoded(name: str) -> str:
    return f"must be set to the {name} time encoded in the leaf certificate"


def _nanoseconds(span: timedelta) -> int:
    return int(span.total_seconds()) * 1_000_000_000


def pod_certificate_request(clock: Callable[[], datetime]) -> Validator:
    """``clock`` tells the time in UTC: certificates must begin about now."""
    return validator(_create, _update, lambda new, old: _status(new, old, clock()))


POD_CERTIFICATE_REQUEST = pod_certificate_request(lambda: datetime.now(UTC))
