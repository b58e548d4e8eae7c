"""What can go wrong besides an answer of the API (which is an ``apimachinery.status.StatusError``)."""

from __future__ import annotations

import orjson

from apimachinery.fielderrors import quote
from apimachinery.status import StatusError, from_status


class ConfigError(Exception):
    """The kubeconfig, or the in-cluster environment, cannot be used; the message is one clear line."""


class TransportError(Exception):
    """No usable answer: refused, reset, TLS failure, end of stream. A write may or may not have happened."""


class TransportTimeout(TransportError):
    """Nothing arrived in time."""


class ClientClosed(TransportError):
    """The client, or the watch, was closed while the request was under way."""


class TryAgain(Exception):
    """Raised by a sync that cannot act on what it has read, for the cache is behind: the key is queued once more."""


_GENERIC = {
    400: "the server rejected our request for an unknown reason",
    401: "the server has asked for the client to provide credentials",
    404: "the server could not find the requested resource",
    405: "the server does not allow this method on the requested resource",
    406: "the server was unable to respond with a content type that the client supports",
    409: "the server reported a conflict",
    422: "the server rejected our request due to an error in our request",
    429: "the server has received too many requests and has asked us to try again later",
    503: "the server is currently unable to handle the request",
    504: "the server was unable to return a response in the time allotted, but may still be processing the request",
}


def error_of(code: int, body: bytes, method: str) -> StatusError:
    """The exception of a response with an error code: its Status, or client-go's words when it brings none."""
    try:
        status = orjson.loads(body)
    except orjson.JSONDecodeError:
        status = None
    if isinstance(status, dict) and status.get("kind") == "Status":
        return from_status(status, code)
    text = body[:2048].decode(errors="replace").strip() or "unknown"
    message = _GENERIC.get(code)
    if message is None:
        message = f"an error on the server ({quote(text)}) has prevented the request from succeeding"
        if code < 500:
            message = f"the server responded with the status code {code} but did not return more information"
    if code in (403, 415):
        message = text
    details = {"causes": [{"reason": "UnexpectedServerResponse", "message": text}]}
    reason = {409: "AlreadyExists" if method == "POST" else "Conflict"}.get(code)
    return from_status({"message": message, "details": details, "reason": reason}, code)
