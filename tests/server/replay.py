"""Replays recorded requests against a server and tells in which fields its answers differ from the recorded ones."""

from __future__ import annotations

import queue
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
import yaml

from apimachinery.objects import Object
from tests.server.harness import Server

_PLACEHOLDER = re.compile(r"\\?<[a-zA-Z]+\\?>")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AGE = re.compile(r"(<invalid>|\d+s|\d+m(\d+s)?)")


class Answer(NamedTuple):
    """``body`` is decoded JSON, the text of what is not JSON, or the list of a watch's events."""

    status: int
    body: Any


class Replay:
    """Sends records in order; what later records refer to (``{{cont}}``, ``{{lrv}}``) is taken from earlier answers."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._known = {"{{cont}}": "", "{{lrv}}": ""}

    def send(self, record: Object) -> Answer:
        request = record["request"]
        path = request["path"]
        for placeholder, value in self._known.items():
            path = path.replace(placeholder, value)
        headers = dict(request.get("headers") or {})
        if "watch=" in path:
            return self._watch(path, headers, len(record["answer"]))
        body = request["raw"].encode() if request.get("raw") is not None else request.get("body")
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        result = self._server.request(request["method"], path, body, headers=headers)
        answer = Answer(result.status, _decoded(result.body))
        if record["id"] == "list-limit-1":
            metadata = answer.body["metadata"]
            self._known = {"{{cont}}": metadata.get("continue", ""), "{{lrv}}": metadata["resourceVersion"]}
        return answer

    def _watch(self, path: str, headers: dict[str, str], count: int) -> Answer:
        """As many events as were recorded: whether more would follow is not waited for."""
        stream = self._server.stream(path, headers=headers)
        events: list[Any] = []
        try:
            while len(events) < count and (event := stream.next()) is not None:
                events.append(event)
        except queue.Empty:
            events.append("nothing more came")
        finally:
            stream.close()
        return Answer(stream.status, events)


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode()


def differences(record: Object, answer: Answer) -> Iterator[tuple[str, str]]:
    """(field, what differs), by dotted paths; managedFields, which carry times and depend on them, left out."""
    if record["status"] != answer.status:
        yield "(status)", f"{record['status']} became {answer.status}"
    want, got = record["answer"], answer.body
    if isinstance(want, str) and isinstance(got, str) and want.startswith("apiVersion:"):
        want, got = (yaml.load(text, Loader=yaml.CBaseLoader) for text in (want, got))
    yield from _differences(want, got, "")


def _differences(want: Any, got: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(want, dict) and isinstance(got, dict):
        yield from _members(want, got, path)
    elif isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            yield f"{path}(length)", f"{len(want)} became {len(got)}"
        for index, (one, other) in enumerate(zip(want, got, strict=False)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif not _same(want, got):
        yield path, f"{want!r} became {got!r}"


def _members(want: Object, got: Object, path: str) -> Iterator[tuple[str, str]]:
    names = [name for name in want if name != "managedFields"]
    others = [name for name in got if name != "managedFields"]
    for name in dict.fromkeys(names + others):
        inner = f"{path}.{name}" if path else name
        if name not in got:
            yield inner, f"{want[name]!r} is gone"
        elif name not in want:
            yield inner, f"{got[name]!r} is new"
        else:
            yield from _differences(want[name], got[name], inner)
    if [name for name in names if name in got] != [name for name in others if name in want]:
        yield f"{path}(order)", f"{names} became {others}"


def _same(want: Any, got: Any) -> bool:
    if not isinstance(want, str) or not isinstance(got, str):
        return bool(want == got or (isinstance(want, str) and _PLACEHOLDER.fullmatch(want) and got is not None))
    if any(form.fullmatch(want) and form.fullmatch(got) for form in (_AGE, _MOMENT)):
        return True
    pattern = ".*".join(re.escape(part) for part in _PLACEHOLDER.split(want))
    return re.fullmatch(pattern, got, re.DOTALL) is not None
