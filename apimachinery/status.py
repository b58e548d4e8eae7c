"""Every error the API can answer with, as an exception that is a ``metav1.Status``.

Wording, reasons and codes follow k8s.io/apimachinery/pkg/api/errors. A caller raises
``NotFound.of(resource, name)``; one filter of the server turns it into a response, and the client
turns a response back into the same class with :func:`from_status`.

    StatusError
    ├── BadRequest 400            ├── Gone 410 ── Expired
    ├── Unauthorized 401          ├── RequestEntityTooLarge 413
    ├── Forbidden 403             ├── UnsupportedMediaType 415
    ├── NotFound 404              ├── Invalid 422
    ├── MethodNotAllowed 405      ├── TooManyRequests 429
    ├── NotAcceptable 406         ├── InternalError 500, ServerTimeout 500
    ├── AlreadyExists 409         ├── ServiceUnavailable 503
    └── Conflict 409              └── Timeout 504
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from apimachinery.fielderrors import MOST_TOLD, FieldError, aggregate, quote
from apimachinery.gvk import GroupKind, GroupResource

Cause = dict[str, str]


class StatusError(Exception):
    """A failed request. ``details`` holds the Status' details in wire form, without empty fields.

    ``metadata`` is the Status' list metadata, which one error uses: an expired list's continue token.
    """

    code: ClassVar[int] = 500
    reason: str = ""

    def __init__(
        self,
        message: str,
        details: Mapping[str, Any] | None = None,
        *,
        code: int | None = None,
        reason: str | None = None,
    ) -> None:
        """``code`` and ``reason`` replace those of the class, for a Status that comes from elsewhere."""
        super().__init__(message)
        self.message = message
        self.details = dict(details) if details is not None else None
        self.status_code = code if code is not None else self.code
        self.metadata: dict[str, Any] = {}
        if reason is not None:
            self.reason = reason

    @property
    def retry_after(self) -> int | None:
        """Seconds after which the client should try again, or None."""
        return (self.details or {}).get("retryAfterSeconds")

    @property
    def causes(self) -> Sequence[Cause]:
        return (self.details or {}).get("causes") or ()

    def has_cause(self, reason: str) -> bool:
        return any(cause.get("reason") == reason for cause in self.causes)

    def to_status(self) -> dict[str, Any]:
        """The Status object, fields in upstream's order."""
        status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": self.metadata, "status": "Failure"}
        if self.message:
            status["message"] = self.message
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        status["code"] = self.status_code
        return status


def _about(
    resource: GroupResource | GroupKind,
    name: str = "",
    causes: Sequence[Cause] = (),
    retry_after: int = 0,
) -> dict[str, Any]:
    group, kind = resource
    details: dict[str, Any] = {
        "name": name,
        "group": group,
        "kind": kind,
        "causes": list(causes),
        "retryAfterSeconds": retry_after,
    }
    return {field: value for field, value in details.items() if value}


class BadRequest(StatusError):
    code, reason = 400, "BadRequest"


class Unauthorized(StatusError):
    code, reason = 401, "Unauthorized"

    def __init__(self, message: str = "Unauthorized", details: Mapping[str, Any] | None = None, **kw: Any) -> None:
        super().__init__(message, details, **kw)


class Forbidden(StatusError):
    code, reason = 403, "Forbidden"

    @classmethod
    def of(cls, resource: GroupResource, name: str, why: str) -> Self:
        if not resource.resource:
            return cls(f"forbidden: {why}", {})
        subject = f"{resource} {quote(name)}" if name else str(resource)
        return cls(f"{subject} is forbidden: {why}", _about(resource, name))


class NotFound(StatusError):
    code, reason = 404, "NotFound"

    @classmethod
    def of(cls, resource: GroupResource, name: str) -> Self:
        return cls(f"{resource} {quote(name)} not found", _about(resource, name))

    @classmethod
    def path(cls) -> Self:
        """No such path or resource type."""
        return cls("the server could not find the requested resource", {})


class MethodNotAllowed(StatusError):
    code, reason = 405, "MethodNotAllowed"

    @classmethod
    def of(cls, resource: GroupResource, action: str) -> Self:
        return cls(f"{action} is not supported on resources of kind {quote(str(resource))}", _about(resource))


class NotAcceptable(StatusError):
    code, reason = 406, "NotAcceptable"

    @classmethod
    def of(cls, accepted: Sequence[str]) -> Self:
        return cls(f"only the following media types are accepted: {', '.join(accepted)}")


class AlreadyExists(StatusError):
    code, reason = 409, "AlreadyExists"

    @classmethod
    def of(cls, resource: GroupResource, name: str) -> Self:
        return cls(f"{resource} {quote(name)} already exists", _about(resource, name))

    @classmethod
    def generated(cls, resource: GroupResource, name: str, retry_after: int = 1) -> Self:
        """No free name was found for a generateName; ``retry_after`` in seconds."""
        return cls(
            f"{resource} {quote(name)} already exists, "
            "the server was not able to generate a unique name for the object",
            _about(resource, name, retry_after=retry_after),
        )


class Conflict(StatusError):
    code, reason = 409, "Conflict"

    @classmethod
    def of(cls, resource: GroupResource, name: str, why: str) -> Self:
        return cls(f"Operation cannot be fulfilled on {resource} {quote(name)}: {why}", _about(resource, name))

    @classmethod
    def apply(cls, message: str, causes: Sequence[Cause]) -> Self:
        """A server-side apply conflict."""
        return cls(message, {"causes": list(causes)} if causes else {})


class Gone(StatusError):
    code, reason = 410, "Gone"


class Expired(Gone):
    reason = "Expired"


class RequestEntityTooLarge(StatusError):
    code, reason = 413, "RequestEntityTooLarge"

    @classmethod
    def of(cls, why: str) -> Self:
        return cls(f"Request entity too large: {why}")


class UnsupportedMediaType(StatusError):
    code, reason = 415, "UnsupportedMediaType"

    @classmethod
    def of(cls, accepted: Sequence[str]) -> Self:
        return cls(
            f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
        )


class Invalid(StatusError):
    code, reason = 422, "Invalid"

    @classmethod
    def of(cls, kind: GroupKind, name: str, errors: Sequence[FieldError]) -> Self:
        """Tells MOST_TOLD of the errors, and whether there are more."""
        more = ", and more" if len(errors) > MOST_TOLD else ""
        errors = errors[:MOST_TOLD]
        causes = [
            {k: v for k, v in (("reason", str(e.type)), ("message", e.body), ("field", e.field)) if v} for e in errors
        ]
        message = f"{kind} {quote(name)} is invalid"
        if errors:
            message += f": {aggregate(errors)}{more}"
        return cls(message, _about(kind, name, causes))


class TooManyRequests(StatusError):
    code, reason = 429, "TooManyRequests"

    @classmethod
    def of(cls, message: str, retry_after: int) -> Self:
        return cls(message, {"retryAfterSeconds": retry_after} if retry_after else {})


class InternalError(StatusError):
    code, reason = 500, "InternalError"

    @classmethod
    def of(cls, why: str) -> Self:
        return cls(f"Internal error occurred: {why}", {"causes": [{"message": why}]})


class ServerTimeout(StatusError):
    code, reason = 500, "ServerTimeout"

    @classmethod
    def of(cls, resource: GroupResource, operation: str, retry_after: int = 1) -> Self:
        return cls(
            f"The {operation} operation against {resource} could not be completed at this time, please try again.",
            _about(resource, operation, retry_after=retry_after),
        )


class ServiceUnavailable(StatusError):
    code, reason = 503, "ServiceUnavailable"


class Timeout(StatusError):
    code, reason = 504, "Timeout"

    @classmethod
    def of(cls, why: str, retry_after: int = 0, causes: Sequence[Cause] = ()) -> Self:
        details: dict[str, Any] = {"causes": list(causes), "retryAfterSeconds": retry_after}
        return cls(f"Timeout: {why}", {k: v for k, v in details.items() if v})

    @classmethod
    def too_large_resource_version(cls, requested: int, current: int, retry_after: int = 1) -> Self:
        """``requested`` is ahead of everything served so far."""
        return cls.of(
            f"Too large resource version: {requested}, current: {current}",
            retry_after,
            [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
        )


_BY_REASON: dict[str, type[StatusError]] = {
    cls.reason: cls
    for cls in (
        BadRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        NotAcceptable,
        AlreadyExists,
        Conflict,
        Gone,
        Expired,
        RequestEntityTooLarge,
        UnsupportedMediaType,
        Invalid,
        TooManyRequests,
        InternalError,
        ServerTimeout,
        ServiceUnavailable,
        Timeout,
    )
}
_BY_CODE: dict[int, type[StatusError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    406: NotAcceptable,
    409: Conflict,
    410: Gone,
    413: RequestEntityTooLarge,
    415: UnsupportedMediaType,
    422: Invalid,
    429: TooManyRequests,
    503: ServiceUnavailable,
    504: Timeout,
}


def from_status(status: Mapping[str, Any], code: int = 0) -> StatusError:
    """Rebuild the exception of a Status object; ``code`` is the HTTP code, used when the Status names none.

    An unknown reason is kept; the code then decides the class.
    """
    code = int(status.get("code") or code)
    reason = status.get("reason") or ""
    cls = _BY_REASON.get(reason) or _BY_CODE.get(code) or StatusError
    return cls(status.get("message") or "", status.get("details"), code=code or None, reason=reason)
