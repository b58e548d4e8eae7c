"""When an image is pulled, by how it is named.

Source: k8s.io/kubernetes/pkg/util/parsers ParseImageName, github.com/distribution/reference.
"""

from __future__ import annotations

import re

from apimachinery.remembering import remembered

_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])"
_DOMAIN = re.compile(rf"{_HOST}(?::[0-9]+)?")
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REMAINDER = re.compile(
    rf"(?P<path>{_PART}(?:/{_PART})*)(?::(?P<tag>\w[\w.-]{{0,127}}))?(?:@(?P<algorithm>sha256|sha384|sha512):(?P<hex>[a-f0-9]+))?",
    re.ASCII,
)
_HEX_LENGTH = {"sha256": 64, "sha384": 96, "sha512": 128}
_NAME_LIMIT = 255
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")


@remembered(4096)
def pull_policy(image: str) -> str:
    """``Always`` for the latest tag, named or implied; ``IfNotPresent`` for others, and for what is no image name."""
    return "Always" if _tag(image) == "latest" else "IfNotPresent"


def _tag(image: str) -> str:
    """The tag, ``latest`` when neither tag nor digest is given, empty when the name cannot be parsed."""
    if _IDENTIFIER.fullmatch(image):
        return ""
    domain, remainder = _split_domain(image)
    match = _REMAINDER.fullmatch(remainder)
    if match is None or _DOMAIN.fullmatch(domain) is None:
        return ""
    path = match["path"] if "/" in match["path"] or domain != "docker.io" else f"library/{match['path']}"
    if len(domain) + 1 + len(path) > _NAME_LIMIT:
        return ""
    if match["algorithm"] is None:
        return match["tag"] or "latest"
    return match["tag"] or "" if len(match["hex"]) == _HEX_LENGTH[match["algorithm"]] else ""


def _split_domain(image: str) -> tuple[str, str]:
    """A first part is a registry if it looks like a host: with a dot, a port, a capital letter, or localhost."""
    first, slash, rest = image.partition("/")
    if slash and (any(c in first for c in ".:") or first == "localhost" or first.lower() != first):
        return first, rest
    return "docker.io", image
