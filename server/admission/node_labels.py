"""Which labels a kubelet may put on its own Node. Pure.

Source: k8s.io/kubelet pkg/apis/well_known_labels.go, getForbiddenLabels of plugin/pkg/admission/noderestriction.
"""

from __future__ import annotations

from collections.abc import Mapping

_RESTRICTED = "node-restriction.kubernetes.io"
_KUBERNETES = ("kubernetes.io", "k8s.io")
_ALLOWED_PREFIXES = ("kubelet.kubernetes.io", "node.kubernetes.io")
_ALLOWED = frozenset(
    {
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
        "kubernetes.io/os",
        "kubernetes.io/arch",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
    }
)


def forbidden_changes(new: Mapping[str, str], old: Mapping[str, str]) -> list[str]:
    """Keys that a node adds, changes or removes and must not, sorted."""
    changed = {key for key in new.keys() | old.keys() if new.get(key) != old.get(key)}
    return sorted(key for key in changed if _is_forbidden(key))


def _is_forbidden(key: str) -> bool:
    prefix = key.partition("/")[0] if "/" in key else ""
    if _within(prefix, _RESTRICTED):
        return True
    if not any(_within(prefix, domain) for domain in _KUBERNETES) or key in _ALLOWED:
        return False
    return not any(_within(prefix, allowed) for allowed in _ALLOWED_PREFIXES)


def _within(prefix: str, domain: str) -> bool:
    return prefix == domain or prefix.endswith(f".{domain}")
