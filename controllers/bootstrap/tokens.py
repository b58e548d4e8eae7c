"""Reading the Secrets that hold bootstrap tokens. Pure. Source: k8s.io/cluster-bootstrap util/secrets."""

from __future__ import annotations

import base64
import binascii
import math
import re
from datetime import datetime

from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.timefmt import parse_time

NAMESPACE = "kube-system"
TYPE = "bootstrap.kubernetes.io/token"
_NAME = re.compile(r"bootstrap-token-([a-z0-9]{6})")


def is_token(secret: Object) -> bool:
    return secret.get("type") == TYPE and namespace_of(secret) == NAMESPACE


def datum(secret: Object, key: str) -> str:
    """ "" for what is not there or is no text."""
    try:
        return base64.b64decode((secret.get("data") or {}).get(key) or "").decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def seconds_left(secret: Object, now: datetime) -> float:
    """Until the token expires: inf for one that does not, 0 for one that has or whose expiration cannot be read."""
    text = datum(secret, "expiration")
    if not text:
        return math.inf
    try:
        return max((parse_time(text) - now).total_seconds(), 0.0)
    except ValueError:
        return 0.0


def for_signing(secret: Object, now: datetime) -> tuple[str, str] | None:
    """Id and secret of a token that may sign; None for any other."""
    match = _NAME.fullmatch(name_of(secret))
    identifier, key = datum(secret, "token-id"), datum(secret, "token-secret")
    if match is None or match[1] != identifier or not key or not seconds_left(secret, now):
        return None
    return (identifier, key) if datum(secret, "usage-bootstrap-signing") == "true" else None
