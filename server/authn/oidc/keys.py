"""The keys of a provider: from where it publishes them, or from a file.

Source: OpenID Connect Discovery 1.0; github.com/coreos/go-oidc (NewProvider, remoteKeySet).
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import orjson

from apimachinery.clock import Clock
from server.authn.jwk import Key, KeySetError, read_key_set
from server.outbound.http import OutboundError, Remote, send

log = logging.getLogger("kubejazz.authn")

WELL_KNOWN = "/.well-known/openid-configuration"
PAUSE = 10.0
"""Seconds between two attempts: whoever sends tokens with made-up key ids cannot make us ask more often."""
_SECONDS = 10.0


class KeySource(Protocol):
    @property
    def known(self) -> Sequence[Key]:
        """Those known now."""

    async def refresh(self) -> bool:
        """Look for new ones; False if it is too early to look again, or there are none to be had. Never raises."""


class RemoteKeys:
    def __init__(self, url: str, discovery_url: str, authority: str, clock: Clock) -> None:
        """``url`` is the issuer's name. ``authority``: PEM, "" for whatever the machine trusts."""
        self.known: tuple[Key, ...] = ()
        self._url = url
        self._discovery_url = discovery_url or url.removesuffix("/") + WELL_KNOWN
        self._tls = ssl.create_default_context(cadata=authority or None)
        self._clock = clock
        self._not_before = float("-inf")
        self._asking: asyncio.Task[bool] | None = None

    async def refresh(self) -> bool:
        """Several who want it at the same time wait for one answer; who is cancelled leaves it to the others."""
        if self._asking is None:
            if self._clock.monotonic() < self._not_before:
                return False
            self._not_before = self._clock.monotonic() + PAUSE
            self._asking = asyncio.ensure_future(self._fetch())
        return await asyncio.shield(self._asking)

    async def _fetch(self) -> bool:
        try:
            about = orjson.loads(await self._get(self._discovery_url))
            if about["issuer"] != self._url:
                raise KeySetError(f"issuer did not match the issuer returned by provider, got {about['issuer']!r}")
            self.known = read_key_set(await self._get(about["jwks_uri"]))
        except (OutboundError, KeySetError, ValueError, LookupError, TypeError) as error:
            log.error("oidc authenticator: issuer %s: %s", self._url, error)
            return False
        finally:
            self._asking = None
        return True

    async def _get(self, url: str) -> bytes:
        if not isinstance(url, str) or not url.startswith("https://"):
            raise KeySetError("keys are fetched by https alone")
        reply = await send(Remote(url, tls=self._tls), "GET", seconds=_SECONDS)
        if reply.status != 200:
            raise OutboundError(f"GET {url}: status {reply.status}")
        return reply.body


class FileKeys:
    """Reads the file again when it has changed; keeps what it has when that cannot be read."""

    def __init__(self, path: Path) -> None:
        """Raises KeySetError."""
        self._path = path
        try:
            self._stamp = path.stat().st_mtime_ns
            self.known = read_key_set(path.read_bytes())
        except OSError as error:
            raise KeySetError(f"cannot read {path}: {error.strerror}") from None

    async def refresh(self) -> bool:
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp == self._stamp:
                return False
            self.known, self._stamp = read_key_set(self._path.read_bytes()), stamp
        except (OSError, KeySetError) as error:
            log.error("oidc authenticator: key set %s: %s", self._path, error)
            return False
        return True
