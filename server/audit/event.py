"""One request as the audit log tells of it: an Event per stage, in upstream's fields and order.

Source: k8s.io/apiserver/pkg/audit/request.go, pkg/apis/audit/v1/types.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import Any

import orjson

from apimachinery.objects import Object
from apimachinery.timefmt import format_micro_time
from server.audit.policy import LEVEL_NAMES, Decision
from server.authn.user import User
from server.authz.authorizer import Attributes
from server.request import Request

_LONGEST_AGENT = 1024
_BODIES = frozenset({"requestObject", "responseObject"})
_STATUS_FIELDS = ("status", "message", "reason", "details", "code")


class AuditEvent:
    """What is known of one request so far. ``line(stage, now)`` is the event of a stage, with its line break."""

    __slots__ = (
        "_received",
        "_reference",
        "_request",
        "_start",
        "_user",
        "request_object",
        "response_object",
        "status",
    )

    def __init__(self, request: Request, asked: Attributes, decision: Decision, received: datetime) -> None:
        self._request = request
        self._user = asked.user
        self._received = format_micro_time(received)
        self._start = {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": LEVEL_NAMES[decision.level],
            "auditID": request.audit_id,
        }
        self._reference = _reference(asked) if asked.is_resource else None
        self.status: Mapping[str, Any] | None = None
        self.request_object: Any = None
        self.response_object: Any = None

    def name_object(self, metadata: Mapping[str, Any]) -> None:
        """Complete the reference by what the object in the body says of itself."""
        reference = self._reference
        if reference is None:
            return
        for field, name in (("namespace", "namespace"), ("name", "name"), ("uid", "uid")):
            if not reference[field] and isinstance(metadata.get(name), str):
                reference[field] = metadata[name]
        if isinstance(metadata.get("resourceVersion"), str):
            reference["resourceVersion"] = metadata["resourceVersion"]

    def line(self, stage: str, now: datetime | None = None) -> bytes:
        """``now`` is when the stage was reached; None: when the request was received.

        Bodies with more levels than can be printed are left out: nobody keeps a request out of the log by them.
        """
        event = self._event(stage, now)
        try:
            return orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)
        except orjson.JSONEncodeError:
            told = {name: value for name, value in event.items() if name not in _BODIES}
            return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)

    def _event(self, stage: str, now: datetime | None) -> Object:
        request = self._request
        event: Object = {
            **self._start,
            "stage": stage,
            "requestURI": _uri(request),
            "verb": _verb(request),
            "user": _told(self._user),
        }
        if request.user is not None and request.user is not self._user:
            event["impersonatedUser"] = _told(request.user)
        event["sourceIPs"] = list(source_ips(request))
        if agent := request.header(b"user-agent"):
            event["userAgent"] = agent if len(agent) <= _LONGEST_AGENT else agent[:_LONGEST_AGENT] + "...TRUNCATED"
        if self._reference is not None:
            event["objectRef"] = {field: value for field, value in self._reference.items() if value}
        if self.status is not None:
            event["responseStatus"] = self.status
        if self.request_object is not None:
            event["requestObject"] = self.request_object
        if self.response_object is not None:
            event["responseObject"] = self.response_object
        event["requestReceivedTimestamp"] = self._received
        event["stageTimestamp"] = self._received if now is None else format_micro_time(now)
        if request.audit_annotations:
            event["annotations"] = request.audit_annotations
        return event


def status_of(code: int, status: Mapping[str, Any] | None = None) -> Object:
    """What an event says of the answer; ``status`` if the answer is a Status."""
    told: Object = {"metadata": {}}
    if status is not None:
        told |= {field: status[field] for field in _STATUS_FIELDS if status.get(field)}
    told["code"] = code
    return told


def _reference(asked: Attributes) -> dict[str, str]:
    return {
        "resource": asked.resource,
        "namespace": asked.namespace,
        "name": asked.name,
        "uid": "",
        "apiGroup": asked.group,
        "apiVersion": asked.version,
        "resourceVersion": "",
        "subresource": asked.subresource,
    }


def _told(user: User) -> Object:
    told: Object = {"username": user.name} if user.name else {}
    if user.uid:
        told["uid"] = user.uid
    if user.groups:
        told["groups"] = list(user.groups)
    if user.extra:
        told["extra"] = {key: list(values) for key, values in user.extra.items()}
    return told


def _uri(request: Request) -> str:
    scope = request.scope
    path: bytes = (scope.get("raw_path") or scope["path"].encode()).split(b"?", 1)[0]
    query: bytes = scope.get("query_string") or b""
    return (path + b"?" + query if query else path).decode("latin-1")


def _verb(request: Request) -> str:
    info = request.info
    if info.verb == "list" and request.param_unchecked("watch") in ("true", "1"):
        return "watch"
    return info.verb


def source_ips(request: Request) -> Iterator[str]:
    """The addresses the headers of proxies tell, then the connection's own unless it is the last of them."""
    last = ""
    told = request.header(b"x-forwarded-for").split(",") if request.header(b"x-forwarded-for") else []
    addresses = [address for address in map(_address, told) if address]
    real = _address(request.header(b"x-real-ip"))
    if real and real not in addresses:
        addresses.append(real)
    for last in addresses:
        yield last
    client = request.scope.get("client")
    own = _address(client[0]) if client else ""
    if own and own != last:
        yield own


def _address(text: str) -> str:
    if not text:
        return ""
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
