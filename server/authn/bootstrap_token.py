"""Bootstrap tokens: ``<id>.<secret>``, kept in Secrets ``bootstrap-token-<id>`` of ``kube-system``.

They are for joining a cluster: see docs/nodes.md. What their bearers may do is up to the policy.
Source: k8s.io/kubernetes plugin/pkg/auth/authenticator/token/bootstrap, k8s.io/cluster-bootstrap;
https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from apimachinery.clock import Clock
from apimachinery.timefmt import parse_time
from server.authn.authenticator import Notes
from server.authn.bearer import Identified
from server.authn.user import User, authenticated
from storage.cache import ResourceCache

NAMESPACE = "kube-system"
TYPE = "bootstrap.kubernetes.io/token"
PREFIX = "bootstrap-token-"
BOOTSTRAPPERS = "system:bootstrappers"
_USER = "system:bootstrap:"
_TOKEN = re.compile(rb"([a-z0-9]{6})\.([a-z0-9]{16})")
_GROUP = re.compile(r"system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]")


class BootstrapTokenAuthenticator:
    """A TokenAuthenticator. ``secrets``: the cache of all secrets. Bad tokens are nobody's, as upstream has it."""

    def __init__(self, secrets: ResourceCache, clock: Clock) -> None:
        self._secrets = secrets
        self._clock = clock

    async def identify(self, token: bytes, audiences: Sequence[str], notes: Notes | None) -> Identified | None:
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        entry = self._secrets.get(NAMESPACE, PREFIX + match[1].decode())
        groups = self._groups(orjson.loads(entry.value), match[1], match[2]) if entry is not None else None
        if groups is None:
            return None
        return Identified(authenticated(User(_USER + match[1].decode(), groups=groups)), tuple(audiences))

    def _groups(self, secret: Mapping[str, Any], identifier: bytes, key: bytes) -> tuple[str, ...] | None:
        """None for a secret that does not make this token good."""
        if "deletionTimestamp" in secret["metadata"] or secret.get("type") != TYPE:
            return None
        data = {name: _decoded(value) for name, value in (secret.get("data") or {}).items()}
        good = (
            hmac.compare_digest(data.get("token-secret", b""), key)
            and data.get("token-id") == identifier
            and data.get("usage-bootstrap-authentication") == b"true"
            and not self._expired(data.get("expiration", b""))
        )
        return _all_groups(data.get("auth-extra-groups", b"")) if good else None

    def _expired(self, text: bytes) -> bool:
        """So is what cannot be read."""
        if not text:
            return False
        try:
            return parse_time(text.decode()) <= self._clock.now()
        except ValueError:
            return True


def _all_groups(extra: bytes) -> tuple[str, ...] | None:
    """None: one of them is no group for bootstrap tokens, so the token is not good at all."""
    names = extra.decode(errors="replace").split(",") if extra else []
    if not all(_GROUP.fullmatch(name) for name in names):
        return None
    return tuple(sorted({BOOTSTRAPPERS, *names}))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""
