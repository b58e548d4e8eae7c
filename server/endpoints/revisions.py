"""Reading resourceVersion parameters, waiting for a revision, continue tokens."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

import orjson

from apimachinery.fielderrors import invalid
from apimachinery.status import BadRequest, StatusError, Timeout
from server.registry.registry import Registry
from storage.types import Revision

WAIT_SECONDS = 3.0
"""How long a read for a revision ahead of the cache is kept waiting."""

_MOST_DIGITS = 20
"""Of an unsigned number of 64 bits. Python refuses to read numbers of some thousands."""

INCONSISTENT = -1
"""The revision in a continue token that goes on with whatever is there now."""


def parse_revision(text: str) -> Revision:
    """An unreadable resourceVersion is a 500 without a reason, as upstream answers it."""
    if not text.isascii() or not text.isdigit():
        raise StatusError(_unreadable(text))
    digits = text.lstrip("0") or "0"
    number = int(digits) if len(digits) <= _MOST_DIGITS else 2**64
    if number >= 2**64:
        raise StatusError(
            str(invalid("resourceVersion", text, f'strconv.ParseUint: parsing "{text}": value out of range'))
        )
    return Revision(number)


def _unreadable(text: str) -> str:
    return str(invalid("resourceVersion", text, f'strconv.ParseUint: parsing "{text}": invalid syntax'))


async def wait_for(registry: Registry, revision: Revision) -> None:
    """Wait up to 3 s until ``revision`` is there; raises Timeout (504) with cause ResourceVersionTooLarge."""
    if registry.store.revision >= revision:
        return
    if not await registry.cache.wait_for(revision, WAIT_SECONDS):
        raise Timeout.too_large_resource_version(revision, registry.store.revision)


class Continue(NamedTuple):
    """Where a paged list goes on: after the key ``start``, in the state at ``revision``."""

    revision: int
    start: str

    def encode(self) -> str:
        token = orjson.dumps({"v": "meta.k8s.io/v1", "rv": self.revision, "start": self.start + "\u0000"})
        return base64.urlsafe_b64encode(token).decode().rstrip("=")


def decode_continue(token: str) -> Continue:
    """Raises BadRequest in upstream's words."""
    try:
        padded = token + "=" * (-len(token) % 4)
        data = orjson.loads(base64.urlsafe_b64decode(padded))
        version, revision, start = data["v"], data["rv"], data["start"]
    except (ValueError, binascii.Error, KeyError, TypeError):
        raise BadRequest("continue key is not valid") from None
    if version != "meta.k8s.io/v1":
        raise BadRequest("continue key is not valid: server does not recognize this encoded version")
    if not isinstance(revision, int) or revision == 0:
        raise BadRequest("continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
    if not isinstance(start, str) or not start.rstrip("\u0000"):
        raise BadRequest("continue key is not valid: encoded start key empty (version meta.k8s.io/v1)")
    return Continue(revision, start.rstrip("\u0000"))
