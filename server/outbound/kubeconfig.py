"""A kubeconfig as upstream uses it for webhooks: the cluster is who is asked, the user how this server says who asks.

Source: https://kubernetes.io/docs/reference/access-authn-authz/webhook/; k8s.io/apiserver pkg/util/webhook.
"""

from __future__ import annotations

import base64
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from server.outbound.http import Remote

_UNKNOWN = ("exec", "auth-provider")


class KubeconfigError(ValueError):
    """The file cannot be used; the message is one line."""


def read_remote(path: Path) -> Remote:
    """Raises KubeconfigError."""
    try:
        config = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        cluster, user = _chosen(config)
        return Remote(
            url=cluster["server"],
            tls=_tls(cluster, user, path.parent) if cluster["server"].startswith("https:") else None,
            server_name=cluster.get("tls-server-name") or "",
            headers=_headers(user, path.parent),
        )
    except (OSError, yaml.YAMLError, LookupError, TypeError, AttributeError, ValueError) as error:
        what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise KubeconfigError(f"cannot use kubeconfig {path}: {' '.join(what.split())}") from None


def _chosen(config: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Cluster and user of the current context, or, where none is named, of the only one there is."""
    contexts = {each["name"]: each["context"] for each in config.get("contexts") or ()}
    current = config.get("current-context") or ""
    if current not in contexts:
        raise ValueError(f'there is no context "{current}"')
    context = contexts[current]
    clusters = {each["name"]: each["cluster"] for each in config.get("clusters") or ()}
    users = {each["name"]: each.get("user") or {} for each in config.get("users") or ()}
    if context.get("cluster") not in clusters:
        raise ValueError(f'there is no cluster "{context.get("cluster")}"')
    user = users.get(context.get("user", ""), {})
    for kind in _UNKNOWN:
        if kind in user:
            raise ValueError(f"credentials by {kind} are not supported here")
    return clusters[context["cluster"]], user


def _tls(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path) -> ssl.SSLContext:
    authority = _content(cluster, "certificate-authority", folder)
    context = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate, key = _content(user, "client-certificate", folder), _content(user, "client-key", folder)
    if certificate and key:
        with _written(certificate) as certificate_file, _written(key) as key_file:
            context.load_cert_chain(certificate_file, key_file)
    return context


def _content(part: Mapping[str, Any], name: str, folder: Path) -> bytes:
    """Inline data comes before a file, as everywhere."""
    if inline := part.get(f"{name}-data"):
        return base64.b64decode(inline)
    return (folder / part[name]).read_bytes() if part.get(name) else b""


@contextmanager
def _written(content: bytes) -> Iterator[str]:
    """OpenSSL reads keys from files alone."""
    with ExitStack() as stack:
        file = stack.enter_context(tempfile.NamedTemporaryFile())
        file.write(content)
        file.flush()
        yield file.name


def _headers(user: Mapping[str, Any], folder: Path) -> dict[str, str]:
    token = user.get("token") or ""
    if user.get("tokenFile"):
        token = (folder / user["tokenFile"]).read_text().strip()
    if token:
        return {"Authorization": f"Bearer {token}"}
    if user.get("username"):
        pair = f"{user['username']}:{user.get('password', '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}
