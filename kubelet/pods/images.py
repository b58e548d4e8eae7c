"""Reading an image reference as the container world does, with its error wording.

Source: github.com/distribution/reference (grammar in reference.go, ParseNormalizedNamed), pkg/util/parsers.
"""

from __future__ import annotations

import re
from functools import lru_cache

_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_DOMAIN_PART = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_DOMAIN_PART}(?:\.{_DOMAIN_PART})*|\[(?:[a-fA-F0-9:]+)\])(?::[0-9]+)?"
_REFERENCE = re.compile(
    rf"(?:(?P<domain>{_DOMAIN})/)?(?P<path>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?",
    re.ASCII,
)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")
_NAME_LIMIT = 255


@lru_cache(maxsize=4096)
def reference_error(image: str) -> str:
    """Why an image name cannot be read, in upstream's words; "" when it can."""
    if _IDENTIFIER.fullmatch(image):
        return f"invalid repository name ({image}), cannot specify 64-byte hexadecimal strings"
    domain, remainder = _split_domain(image)
    remote = remainder.partition("@")[0].partition(":")[0] if remainder else ""
    if remote.lower() != remote:
        return f"invalid reference format: repository name ({remote}) must be lowercase"
    if _REFERENCE.fullmatch(f"{domain}/{remainder}") is None:
        return "invalid reference format"
    if len(remote) > _NAME_LIMIT:
        return f"repository name must not be more than {_NAME_LIMIT} characters"
    return ""


@lru_cache(maxsize=4096)
def normalize(image: str) -> str:
    """The full name of a valid reference, as a runtime reports it: ``docker.io/library/nginx:latest``."""
    domain, remainder = _split_domain(image)
    tagged = "@" in remainder or ":" in remainder
    return f"{domain}/{remainder}" if tagged else f"{domain}/{remainder}:latest"


def _split_domain(image: str) -> tuple[str, str]:
    first, slash, rest = image.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost" or first.lower() != first):
        domain, remainder = "docker.io", image
    else:
        domain, remainder = ("docker.io" if first == "index.docker.io" else first), rest
    if domain == "docker.io" and "/" not in remainder:
        remainder = f"library/{remainder}"
    return domain, remainder
