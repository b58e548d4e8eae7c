"""Tokens that a webhook knows: a TokenReview is posted to it.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#webhook-token-authentication;
k8s.io/apiserver plugin/pkg/authenticator/token/webhook, pkg/authentication/token/cache.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Sequence

from apimachinery.clock import Clock
from apimachinery.objects import Object
from apimachinery.status import Unauthorized
from server.authn.authenticator import Notes
from server.authn.bearer import Identified
from server.authn.user import User, authenticated
from server.outbound.http import OutboundError
from server.outbound.lookups import Lookups
from server.outbound.review import Reviewer

log = logging.getLogger("kubejazz.authn")

VERSIONS = ("v1", "v1beta1")


class WebhookTokens:
    """A TokenAuthenticator. ``implicit``: the audiences meant by a webhook that says nothing of them;
    ``seconds``: how long a yes or a no is remembered; an error is not."""

    def __init__(
        self, reviewer: Reviewer, implicit: Sequence[str], seconds: float, clock: Clock, version: str = "v1"
    ) -> None:
        self._reviewer = reviewer
        self._implicit = tuple(implicit)
        self._seconds = seconds
        self._version = version
        self._lookups: Lookups[Identified | None] = Lookups(clock)
        self._secret = secrets.token_bytes(32)

    async def identify(self, token: bytes, audiences: Sequence[str], notes: Notes | None) -> Identified | None:
        wanted = tuple(audiences)
        key = (hmac.digest(self._secret, token, hashlib.sha256), wanted)
        try:
            return await self._lookups.get(key, lambda: self._ask(token, wanted), lambda _: self._seconds)
        except OutboundError as error:
            log.error("Failed to make webhook authenticator request: %s", error)
            raise Unauthorized from error

    async def _ask(self, token: bytes, wanted: tuple[str, ...]) -> Identified | None:
        """Raises OutboundError."""
        try:
            text = token.decode()
        except UnicodeDecodeError:
            return None
        status = await self._reviewer.ask(
            {
                "apiVersion": f"authentication.k8s.io/{self._version}",
                "kind": "TokenReview",
                "metadata": {},
                "spec": {"token": text, "audiences": list(wanted)},
            }
        )
        try:
            return self._identified(status, wanted)
        except (TypeError, AttributeError, LookupError) as error:
            raise OutboundError(f"not the status of a TokenReview: {error}") from None

    def _identified(self, status: Object, wanted: tuple[str, ...]) -> Identified | None:
        if status.get("authenticated") is not True:
            return None
        meant = status.get("audiences") or self._implicit
        matching = tuple(audience for audience in wanted if audience in meant)
        user = status["user"]
        if not matching or not user.get("username"):
            return None
        extra = {str(key): tuple(map(str, values)) for key, values in (user.get("extra") or {}).items()}
        groups = tuple(str(group) for group in user.get("groups") or ())
        return Identified(
            authenticated(User(str(user["username"]), str(user.get("uid") or ""), groups, extra)), matching
        )
