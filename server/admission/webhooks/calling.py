"""Asks one webhook about one write: where it is, how it is trusted, and what its answer may be.

Source: k8s.io/apiserver/pkg/util/webhook/client.go.
"""

from __future__ import annotations

import ssl
from base64 import b64decode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from apimachinery.fielderrors import quote
from apimachinery.status import BadRequest, InternalError
from server.admission.chain import Attributes
from server.admission.webhooks.matching import Invocation
from server.admission.webhooks.review import InvalidReview, Reviewed, read_answer, request_of, review_of, version_for
from server.outbound.http import OutboundError, Remote, send
from server.services.resolving import NoEndpoint, Services
from server.uids import new_uid


class CallFailed(Exception):
    """The webhook was not asked, or gave no answer that can be used; the message says why."""


class Caller:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def ask(self, attributes: Attributes, invocation: Invocation, *, mutating: bool) -> Reviewed:
        """Raises CallFailed; BadRequest for a dry run that the webhook does not say it takes."""
        hook = invocation.hook
        if attributes.dry_run and not hook.takes_dry_runs:
            raise BadRequest(f"admission webhook {quote(hook.name)} does not support dry run")
        try:
            version = version_for(hook.spec.get("admissionReviewVersions") or ())
        except InvalidReview as error:
            raise CallFailed(f"could not create admission objects: {error}") from None
        uid = new_uid()
        body = review_of(version, request_of(attributes, invocation, uid))
        remote, shown = self._remote(hook.spec["clientConfig"], hook.seconds)
        try:
            reply = await send(remote, "POST", body, content_type="application/json", seconds=hook.seconds)
        except OutboundError as error:
            raise CallFailed(f"failed to call webhook: {_about(error, remote.url, shown)}") from None
        if not 200 <= reply.status < 300:
            said = reply.body[:1024].decode("utf-8", "replace").strip()
            raise CallFailed(f"failed to call webhook: the server responded with status {reply.status}: {said}")
        try:
            return read_answer(reply.body, version, uid, mutating=mutating)
        except InvalidReview as error:
            raise CallFailed(f"received invalid webhook response: {error}") from None

    def _remote(self, client: Mapping[str, Any], seconds: float) -> tuple[Remote, str]:
        """(whom to ask, the URL as users know it)."""
        bundle = client.get("caBundle") or ""
        timeout = f"timeout={seconds:.0f}s"
        if url := client.get("url"):
            shown = f"{url}{'&' if '?' in url else '?'}{timeout}"
            return Remote(shown, _trusting(bundle) if url.startswith("https:") else None), shown
        service = client["service"]
        name = f"{service['name']}.{service['namespace']}.svc"
        port = service.get("port") or 443
        target = f"/{(service.get('path') or '').removeprefix('/')}?{timeout}"
        shown = f"https://{name}:{port}{target}"
        try:
            address = self._services.resolve(service["namespace"], service["name"], port)
        except NoEndpoint as error:
            raise CallFailed(f'failed to call webhook: Post "{shown}": {error}') from None
        remote = Remote(f"https://{address}{target}", _trusting(bundle), name, {"Host": f"{name}:{port}"})
        return remote, shown


def _about(error: OutboundError, url: str, shown: str) -> str:
    """In Go's words, about the URL that users know."""
    said = str(error).removeprefix(f"POST {url}: ")
    if said.startswith("no answer within"):
        said = "context deadline exceeded"
    return f'Post "{shown}": {said}'


@lru_cache(maxsize=256)
def _trusting(bundle: str) -> ssl.SSLContext:
    """By the certificates of the configuration, or those of the machine. Raises InternalError for a broken bundle."""
    try:
        return ssl.create_default_context(cadata=b64decode(bundle).decode("ascii") if bundle else None)
    except (ValueError, ssl.SSLError) as error:
        raise InternalError.of(f"unable to load root certificates: {error}") from None
