"""Names of certificate signers and of the trust bundles named after them.

Source: k8s.io/kubernetes/pkg/apis/core/validation/names.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from apimachinery.fielderrors import invalid, quote, required, too_long
from server.validation.checks import Errors
from server.validation.rules import NameRule, dns_label, dns_subdomain, name_is_dns_subdomain

_MAX_DOMAIN = 253
_MAX_SIGNER = _MAX_DOMAIN + 1 + 63 + 1 + 253


def is_kubernetes_signer(name: str) -> bool:
    host = name.partition("/")[0]
    return host == "kubernetes.io" or host.endswith(".kubernetes.io")


def check_signer_name(errors: Errors, path: str, name: str) -> None:
    if not name:
        errors.append(required(path))
        return
    domain, slash, rest = name.partition("/")
    if not slash or "/" in rest:
        problem = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
        errors.append(invalid(path, name, problem))
        return
    if len(domain) > _MAX_DOMAIN:
        errors.append(too_long(path, _MAX_DOMAIN))
    labels = domain.split(".")
    _check_first_bad(errors, path, domain, [(label, dns_label(label)) for label in labels])
    if len(labels) < 2:
        problem = "should be a domain with at least two segments separated by dots"
        errors.append(invalid(path, domain, problem))
    _check_first_bad(errors, path, rest, [(label, dns_subdomain(label)) for label in rest.split(".")])
    if len(name) > _MAX_SIGNER:
        errors.append(too_long(path, _MAX_SIGNER))


def _check_first_bad(errors: Errors, path: str, value: str, labels: Sequence[tuple[str, Sequence[str]]]) -> None:
    for label, problems in labels:
        if problems:
            errors.extend(invalid(path, value, f"validating label {quote(label)}: {text}") for text in problems)
            return


def trust_bundle_name_rule(signer: str) -> NameRule:
    """A bundle of a signer is named with the signer's name as prefix."""
    wanted = f"{signer.replace('/', ':')}:"

    def rule(name: str, prefix: bool) -> Sequence[str]:
        if not signer:
            if ":" in name:
                return ['ClusterTrustBundle without signer name must not have ":" in its name']
            return name_is_dns_subdomain(name, prefix)
        if not name.startswith(wanted):
            return [f"ClusterTrustBundle for signerName {signer} must be named with prefix {wanted}"]
        return name_is_dns_subdomain(name.removeprefix(wanted), prefix)

    return rule


def signer_of_bundle(name: str) -> str:
    """The signer a bundle's name speaks of, or an empty string."""
    return name.rpartition(":")[0].replace(":", "/")
