"""Puts requests to the ASGI application byte for byte, ends watches after their first moments, and notices hangs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

from tests.server.fuzz.generator import Asked
from tests.server.harness import Server

PATIENCE = 10.0
"""Seconds an answer may take. Upstream keeps a read for a future revision waiting for three."""
GLANCE = 0.01
"""Seconds a watch is followed."""
BY_CONTRACT = {
    503: "no kubelet or endpoint can be reached (log, exec, attach, portforward, proxy)",
    504: "a revision ahead of the newest one was asked for (Timeout, cause ResourceVersionTooLarge)",
}
"""The 5xx that upstream gives as well, and when."""
UPSTREAMS_500 = (
    *(b"strconv.ParseUint", b"resourceVersion should not be set on objects to be created"),
    *(b"failed to create typed patch object", b"failed to create typed live object", b"failed to merge config"),
    *(b"unknown patch type: ", b"expected a []interface {}, but received", b"does not contain declared merge key"),
    *(
        b"unable to find api field in struct",
        b"merging lists cannot yet be specified",
        b"list element types are not identical",
    ),
    *(b"cannot merge lists without merge key", b"no elements in any of the given slices"),
    *(b"expected a map[string]interface {}, but received", b"expected slice or array type, but got"),
    *(b"target.name: ", b"target.kind: "),  # what is wrong with a binding
    *(b"doesn't match $setElementOrder list", b"merging an object in json but data type is not struct"),
)
"""What upstream wraps into no Status of its own, and therefore answers with a 500 that has no reason."""


@dataclass(slots=True)
class Answered:
    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)


def ask(server: Server, asked: Asked) -> Answered:
    """Raises TimeoutError when there is no whole answer in time."""
    return server.run(asyncio.wait_for(_ask(server, asked), PATIENCE))  # type: ignore[no-any-return]


async def _ask(server: Server, asked: Asked) -> Answered:
    answered, begun, done = Answered(), asyncio.Event(), asyncio.Event()
    messages = [{"type": "http.request", "body": asked.body, "more_body": False}]

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await begun.wait()
        await asyncio.sleep(GLANCE)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answered.status, answered.headers = message["status"], dict(message["headers"])
        else:
            answered.body += message.get("body", b"")
            begun.set()
            if not message.get("more_body", False):
                done.set()

    await server.server.app(_scope(asked), receive, send)
    return answered


def _scope(asked: Asked) -> Any:
    headers = list(asked.headers)
    if asked.body:
        headers.append((b"content-length", str(len(asked.body)).encode()))
    return {
        "type": "http",
        "method": asked.method,
        "path": unquote_to_bytes(asked.path).decode("utf-8", "replace"),
        "raw_path": asked.path,
        "query_string": asked.query,
        "headers": headers,
        "extensions": {},
    }


def complaint(asked: Asked, answered: Answered) -> str | None:
    """What upstream would not have answered, in one line; None if the answer is in order."""
    status, body = answered.status, bytes(answered.body)
    told = f"{asked} -> {status} {body[:300]!r}"
    if status == 500 and asked.method == "HEAD":
        return None
    if status >= 500 and status not in BY_CONTRACT and not is_upstreams(body):
        return f"a server error: {told}"
    if not 200 <= status < 600:
        return f"no status: {told}"
    media_type = answered.headers.get(b"content-type", b"").split(b";")[0]
    if status >= 400 and media_type == b"application/json" and asked.method != "HEAD":
        answer = orjson.loads(body)
        if "paths" in answer and status == 404:
            return None
        if answer.get("kind") != "Status" or answer["code"] != status or answer["status"] != "Failure":
            return f"no Status: {told}"
    elif status >= 400 and asked.path.startswith((b"/api/v1/", b"/apis/apps/")) and media_type == b"text/plain":
        return f"an error that is no Status: {told}"
    if media_type == b"application/vnd.kubernetes.protobuf" and body and not body.startswith((b"k8s\x00", b"\x00")):
        return f"no protobuf: {told}"
    return None


def is_upstreams(body: bytes) -> bool:
    return b"InternalError" not in body and any(known in body for known in UPSTREAMS_500)
