"""Tells the audit log of requests, as its policy says: when they arrive, when a long answer begins, when all is over.

Source: k8s.io/apiserver/pkg/endpoints/filters/audit.go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from apimachinery.status import BadRequest, InternalError, StatusError, Unauthorized
from server.audit.audit import Auditor
from server.audit.bodies import metadata_of, read_request, read_response, without_managed_fields
from server.audit.event import AuditEvent, status_of
from server.audit.policy import COMPLETE, PANIC, RECEIVED, STARTED, Decision, Level
from server.authn.user import User
from server.authz.authorizer import Attributes
from server.filters.authorization import attributes_of
from server.filters.errors import to_status_error
from server.request import Answer, ClientDisconnected, Handler, Request, Response, Stream
from storage.errors import StorageError

_NOBODY = User("")
_STREAMING = frozenset({"attach", "exec", "log", "portforward", "proxy"})
_LONG_VERBS = frozenset({"watch", "proxy"})
_ENDED_EARLY = {"metadata": {}, "status": "Success", "message": "Connection closed early", "code": 200}


def with_audit(handler: Handler, auditor: Auditor) -> Handler:
    """Sits after authentication and before impersonation: it knows who really asks, and as whom."""

    async def handle(request: Request) -> Answer:
        assert request.user is not None
        asked = _asked(request)
        decision = auditor.policy.decide(asked)
        if decision.level is Level.NONE:
            return await handler(request)
        return await _Audited(auditor, request, asked, decision).run(handler)

    return handle


def with_failed_authentication_audit(handler: Handler, auditor: Auditor) -> Handler:
    """Sits outside authentication: tells of those who are nobody, and of what they tried."""

    async def handle(request: Request) -> Answer:
        try:
            return await handler(request)
        except Unauthorized as error:
            if request.user is None:
                asked = _asked(request)
                decision = auditor.policy.decide(asked)
                if decision.level is not Level.NONE:
                    event = AuditEvent(request, asked, decision, auditor.clock.now())
                    event.status = status_of(error.status_code, {**error.to_status(), "message": _attempts(request)})
                    if STARTED not in decision.omit_stages:
                        await auditor.sink.write(event.line(STARTED, auditor.clock.now()))
            raise

    return handle


def _attempts(request: Request) -> str:
    authorization = request.header(b"authorization").strip().split(" ")
    tried: list[str] = [
        scheme for scheme in ("basic", "bearer") if len(authorization) > 1 and authorization[0].lower() == scheme
    ]
    tls = request.scope.get("extensions", {}).get("tls") or {}
    if tls.get("peer_der"):
        tried.append("x509")
    if not tried:
        return "Authentication failed, no credentials provided"
    return f"Authentication failed, attempted: {', '.join(tried)}"


def _asked(request: Request) -> Attributes:
    """As authorization will see it; whoever asks for nonsense is told so there."""
    user = request.user or _NOBODY
    try:
        return attributes_of(request, user)
    except BadRequest:
        info = request.info
        return Attributes(
            user,
            info.verb,
            info.path,
            info.is_resource,
            info.group,
            info.version,
            info.resource,
            info.subresource,
            info.namespace,
            info.name,
        )


class _Audited:
    """One request of which the log tells."""

    __slots__ = ("_asked", "_auditor", "_decision", "_event", "_request")

    def __init__(self, auditor: Auditor, request: Request, asked: Attributes, decision: Decision) -> None:
        self._auditor = auditor
        self._request = request
        self._asked = asked
        self._decision = decision
        self._event = AuditEvent(request, asked, decision, auditor.clock.now())

    async def run(self, handler: Handler) -> Answer:
        if RECEIVED not in self._decision.omit_stages:
            written = await self._auditor.sink.write(self._event.line(RECEIVED))
            if not written and self._auditor.sink.strict:
                raise InternalError.of("failed to store audit event")
        try:
            answer = await handler(self._request)
        except StatusError as error:
            await self._answered(error.status_code, error.to_status())
            raise
        except StorageError as error:
            known = to_status_error(error, self._request)
            await self._answered(known.status_code, known.to_status())
            raise
        except ClientDisconnected:
            self._event.status = _ENDED_EARLY
            self._note_request()
            await self._tell(COMPLETE)
            raise
        except asyncio.CancelledError:
            self._event.status = _ENDED_EARLY
            self._note_request()
            self._put(COMPLETE)
            raise
        except Exception as error:
            self._note_request()
            self._note_panic(error)
            await self._tell(PANIC)
            raise
        if isinstance(answer, Stream):
            return await self._streaming(answer)
        await self._answered(answer.status, answer)
        return answer

    async def _answered(self, code: int, answer: Response | dict[str, Any]) -> None:
        """``answer``: or the Status that will be one."""
        event = self._event
        self._note_request()
        if isinstance(answer, dict):
            event.status = status_of(code, answer)
            if self._tells(Level.REQUEST_RESPONSE):
                event.response_object = answer
        else:
            event.status = status_of(code, _status_in(answer))
            if self._tells(Level.REQUEST_RESPONSE):
                omit = self._decision.omit_managed_fields
                event.response_object = read_response(answer, omit_managed_fields=omit)
        if is_long(self._asked):
            await self._tell(STARTED)
        await self._tell(COMPLETE)

    def _tells(self, level: Level) -> bool:
        return self._decision.level >= level and self._asked.is_resource

    def _note_request(self) -> None:
        """The body is looked at for the object's name, whatever the level; a patch names none."""
        if not self._asked.is_resource:
            return
        value = read_request(self._request)
        if value is None:
            return
        if self._request.info.verb != "patch":
            self._event.name_object(metadata_of(value))
        if self._tells(Level.REQUEST):
            omit = self._decision.omit_managed_fields
            self._event.request_object = without_managed_fields(value) if omit else value

    async def _streaming(self, answer: Stream) -> Stream:
        self._note_request()
        self._event.status = status_of(answer.status)
        await self._tell(STARTED)
        inner = answer.run

        async def run(send: Callable[[bytes], Awaitable[None]]) -> None:
            stage = COMPLETE
            try:
                await inner(send)
            except Exception as error:
                self._note_panic(error)
                stage = PANIC
                raise
            finally:
                self._put(stage)

        answer.run = run
        return answer

    def _note_panic(self, error: Exception) -> None:
        message = f"APIServer panic'd: {type(error).__name__}: {error}"
        self._event.status = status_of(
            500, {"status": "Failure", "message": message, "reason": "InternalError", "code": 500}
        )

    async def _tell(self, stage: str) -> None:
        if stage not in self._decision.omit_stages:
            await self._auditor.sink.write(self._event.line(stage, self._auditor.clock.now()))

    def _put(self, stage: str) -> None:
        """Where nothing may be awaited any more: a stream may have been cancelled."""
        if stage not in self._decision.omit_stages:
            self._auditor.sink.put(self._event.line(stage, self._auditor.clock.now()))


def is_long(asked: Attributes) -> bool:
    """Whether what is asked for goes on until somebody ends it."""
    return asked.verb in _LONG_VERBS or (asked.is_resource and asked.subresource in _STREAMING)


def _status_in(answer: Response) -> dict[str, Any] | None:
    """The answer's Status, if it is one: small, and so is a look at its beginning."""
    if not isinstance(answer.body, bytes) or b'"Status"' not in answer.body[:64]:
        return None
    try:
        value = orjson.loads(answer.body)
    except ValueError:
        return None
    return value if isinstance(value, dict) and value.get("kind") == "Status" else None
