"""Reading CertificateSigningRequests, and what a signer asks of them. Pure.

Source: k8s.io/kubernetes pkg/apis/certificates/helpers.go, pkg/controller/certificates/signer; the sentences are
upstream's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping

from cryptography import x509
from cryptography.x509.oid import NameOID

from apimachinery.objects import Object

KUBELET_SERVING = "kubernetes.io/kubelet-serving"
KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
CLIENT = "kubernetes.io/kube-apiserver-client"
LEGACY = "kubernetes.io/legacy-unknown"

_NODES = ["system:nodes"]
_NODE = "system:node:"
_CLIENT_USAGES = ("client auth", "digital signature", "key encipherment")
_SERVING_USAGES = ("digital signature", "key encipherment", "server auth")


class BadRequest(ValueError):
    """Not a request, or not one that the signer signs; the message is upstream's."""


def parsed(request: Object) -> x509.CertificateSigningRequest:
    """The PEM in ``spec.request``. Raises BadRequest."""
    try:
        pem = base64.b64decode(request["spec"]["request"], validate=True)
        return x509.load_pem_x509_csr(pem)
    except (ValueError, binascii.Error, KeyError) as error:
        raise BadRequest(str(error)) from None


def common_name(csr: x509.CertificateSigningRequest) -> str:
    names = csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[-1].value) if names else ""


_NAMED = (x509.DNSName, x509.RFC822Name, x509.IPAddress, x509.UniformResourceIdentifier)


def alternatives(csr: x509.CertificateSigningRequest) -> x509.SubjectAlternativeName | None:
    """Of the four kinds that are looked at; others are signed by nobody, as upstream drops them."""
    try:
        names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        kept = [name for name in names if isinstance(name, _NAMED)]
        return x509.SubjectAlternativeName(kept) if kept else None
    except x509.ExtensionNotFound:
        return None
    except ValueError as error:
        raise BadRequest(str(error)) from None


def check_kubelet_client(csr: x509.CertificateSigningRequest, usages: frozenset[str]) -> None:
    """Raises BadRequest."""
    _check_organization(csr)
    _refuse(csr, "DNS", x509.DNSName)
    _refuse(csr, "Email", x509.RFC822Name)
    _refuse(csr, "IP", x509.IPAddress)
    _refuse(csr, "URI", x509.UniformResourceIdentifier)
    _check_common_name(csr)
    _check_usages(usages, _CLIENT_USAGES)


def check_kubelet_serving(csr: x509.CertificateSigningRequest, usages: frozenset[str]) -> None:
    """Raises BadRequest."""
    _check_organization(csr)
    if not _has(csr, x509.DNSName) and not _has(csr, x509.IPAddress):
        raise BadRequest("DNS or IP subjectAltName is required")
    _refuse(csr, "Email", x509.RFC822Name)
    _refuse(csr, "URI", x509.UniformResourceIdentifier)
    _check_usages(usages, _SERVING_USAGES)
    _check_common_name(csr)


def check_client(csr: x509.CertificateSigningRequest, usages: frozenset[str]) -> None:
    """Raises BadRequest."""
    for usage in sorted(usages):
        if usage not in _CLIENT_USAGES:
            raise BadRequest(f"invalid usage for client certificate: {usage}")
    if "client auth" not in usages:
        raise BadRequest("missing required usage for client certificate: client auth")


def check_nothing(csr: x509.CertificateSigningRequest, usages: frozenset[str]) -> None:
    """The legacy signer takes what has been approved."""


Check = Callable[[x509.CertificateSigningRequest, frozenset[str]], None]

CHECKS: Mapping[str, Check] = {
    KUBELET_SERVING: check_kubelet_serving,
    KUBELET_CLIENT: check_kubelet_client,
    CLIENT: check_client,
    LEGACY: check_nothing,
}
"""What each signer insists on."""


def usages_of(request: Object) -> frozenset[str]:
    return frozenset(request["spec"].get("usages") or ())


def _check_organization(csr: x509.CertificateSigningRequest) -> None:
    organizations = [each.value for each in csr.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    if organizations != _NODES:
        raise BadRequest("subject organization is not system:nodes")


def _check_common_name(csr: x509.CertificateSigningRequest) -> None:
    if not common_name(csr).startswith(_NODE):
        raise BadRequest("subject common name does not begin with system:node:")


def _check_usages(usages: frozenset[str], wanted: tuple[str, ...]) -> None:
    """Keys that are not RSA's do not encipher."""
    if usages not in (frozenset(wanted), frozenset(wanted) - {"key encipherment"}):
        raise BadRequest(f"usages did not match [{' '.join(wanted)}]")


def _has(csr: x509.CertificateSigningRequest, kind: type[x509.GeneralName]) -> bool:
    names = alternatives(csr)
    return names is not None and any(isinstance(name, kind) for name in names)


def _refuse(csr: x509.CertificateSigningRequest, what: str, kind: type[x509.GeneralName]) -> None:
    if _has(csr, kind):
        raise BadRequest(f"{what} subjectAltNames are not allowed")
