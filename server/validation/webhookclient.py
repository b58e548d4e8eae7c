"""How a webhook is reached: by URL or by service. Source: k8s.io/apiserver/pkg/util/webhook/validation.go."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from apimachinery.fielderrors import invalid, quote, required
from apimachinery.names import is_port_number
from server.validation.certificates import is_certificate
from server.validation.checks import Errors
from server.validation.pem import pem_blocks
from server.validation.rules import dns_subdomain

Source = Mapping[str, Any]

_FORM = "; desired format: https://host[/path]"


def check_webhook_client(errors: Errors, client: Source, path: str, *, swapped: bool = False) -> None:
    """``swapped``: upstream's admission validation tells a missing name at the namespace, and the reverse."""
    url, service = client.get("url"), client.get("service")
    if (url is None) == (service is None):
        errors.append(required(path, "exactly one of url or service is required"))
    elif url is not None:
        check_webhook_url(errors, f"{path}.url", url)
    elif service is not None:
        _check_service(errors, service, f"{path}.service", swapped)


def check_webhook_url(errors: Errors, path: str, text: str) -> None:
    try:
        url = urlsplit(text)
        problem = _unparseable(text)
    except ValueError as error:
        problem = str(error)
    if problem:
        errors.append(required(path, f"url must be a valid URL: parse {quote(text)}: {problem}{_FORM}"))
        return
    if url.scheme != "https":
        errors.append(invalid(path, url.scheme, f"'https' is the only allowed URL scheme{_FORM}"))
    user, at, host = url.netloc.rpartition("@")
    if not host:
        errors.append(invalid(path, host, f"host must be specified{_FORM}"))
    if at:
        errors.append(invalid(path, user, "user information is not permitted in the URL"))
    if url.fragment:
        errors.append(invalid(path, url.fragment, "fragments are not permitted in the URL"))
    if url.query:
        errors.append(invalid(path, url.query, "query parameters are not permitted in the URL"))


def _unparseable(text: str) -> str:
    if any(character < " " or character == "\x7f" for character in text):
        return "net/url: invalid control character in URL"
    return "missing protocol scheme" if text.startswith(":") else ""


def _check_service(errors: Errors, service: Source, path: str, swapped: bool) -> None:
    for field, other in (("name", "namespace"), ("namespace", "name")):
        if not service.get(other if swapped else field):
            errors.append(required(f"{path}.{field}"))
    port = service.get("port") or 0
    if problems := is_port_number(port):
        errors.append(invalid(f"{path}.port", port, f"port is not valid: {', '.join(problems)}"))
    target = service.get("path")
    if target and target != "/":
        _check_path(errors, f"{path}.path", target)


def _check_path(errors: Errors, path: str, target: str) -> None:
    if target == "//":
        errors.append(invalid(path, target, "segment[0] may not be empty"))
        return
    if not target.startswith("/"):
        errors.append(invalid(path, target, "must start with a '/'"))
    for index, step in enumerate(target[1:].removesuffix("/").split("/")):
        problems = [f": {problem}" for problem in dns_subdomain(step)] if step else [" may not be empty"]
        errors += [invalid(path, target, f"segment[{index}]{problem}") for problem in problems]


def ca_bundle_problem(encoded: str) -> str:
    """Why no certificate could be read from PEM text in base64, or an empty string."""
    blocks = list(pem_blocks(b64decode(encoded)))
    found = [block for block in blocks if block.kind == "CERTIFICATE" and not block.has_headers]
    if any(is_certificate(block.data) for block in found):
        return ""
    if found:
        problem = "failed to parse certificate: x509: malformed certificate"
    else:
        problem = "no valid certificate authority data seen" if blocks else "unable to parse bytes as PEM block"
    return f"unable to load root certificates: {problem}"
