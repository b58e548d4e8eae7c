"""The smallest API that a reflector can follow: one collection with a history, lists in pages, watches, conflicts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

from tests.client.fakeserver import Answer, FakeServer, Request, Reset, status

Object = dict[str, Any]


class FakeKube:
    """Objects of any kind by name; every write has a new resourceVersion. ``fail`` scripts answers before its own."""

    def __init__(self, *, streams_initial: bool = True, kind: str = "Pod") -> None:
        self.kind = kind
        self.streams_initial = streams_initial
        self.objects: dict[str, Object] = {}
        self.history: list[tuple[int, str, Object]] = []
        self.revision = 0
        self.compacted = 0
        self.fail: list[Answer | type[Reset]] = []
        self._epoch = 0
        self._streams: dict[int, int] = {}  # by epoch
        self._changed = threading.Condition()
        self.server = FakeServer(self.handle)

    def __enter__(self) -> FakeKube:
        self.server.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.end_watches()
        self.server.__exit__()

    @property
    def url(self) -> str:
        return self.server.url

    def queries(self, path_end: str = "/pods") -> list[dict[str, str]]:
        return [request.query for request in self.server.requests if request.path.endswith(path_end)]

    # Writing, by the test.

    def put(self, name: str, **more: Any) -> Object:
        with self._changed:
            old = self.objects.get(name)
            self.revision += 1
            uid = more.pop("uid", None) or (old or {"metadata": {"uid": f"u{self.revision}"}})["metadata"]["uid"]
            metadata = {"name": name, "namespace": "ns", "uid": uid, "resourceVersion": str(self.revision)}
            metadata |= more.pop("metadata", {})
            obj = {"kind": self.kind, "apiVersion": "v1", "metadata": metadata, **more}
            self.objects[name] = obj
            self._record("MODIFIED" if old else "ADDED", obj)
            return obj

    def delete(self, name: str) -> None:
        with self._changed:
            self.revision += 1
            old = self.objects.pop(name)
            self._record("DELETED", {**old, "metadata": {**old["metadata"], "resourceVersion": str(self.revision)}})

    def bookmark(self) -> None:
        with self._changed:
            self.revision += 1
            metadata = {"resourceVersion": str(self.revision)}
            self._record("BOOKMARK", {"kind": self.kind, "apiVersion": "v1", "metadata": metadata})

    def compact(self) -> None:
        """Watches from before now are refused."""
        with self._changed:
            self.compacted = self.revision

    def end_watches(self) -> None:
        """End them as a server's timeout does; what is written afterwards is for later watches."""
        with self._changed:
            ending, self._epoch = self._epoch, self._epoch + 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._streams.get(ending), 10)

    def send_error(self, code: int, reason: str) -> None:
        self.send("ERROR", {"kind": "Status", "reason": reason, "message": reason, "code": code})

    def send(self, kind: str, obj: Object) -> None:
        """Any event, to the watches there are."""
        with self._changed:
            self._record(kind, obj)

    def wait_until_watched(self, timeout: float = 10) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._streams.get(self._epoch, 0) > 0, timeout), "nobody watches"

    def _record(self, kind: str, obj: Object) -> None:
        self.history.append((self.revision, kind, obj))
        self._changed.notify_all()

    # Answering.

    def handle(self, request: Request) -> Answer:
        if self.fail:
            scripted = self.fail.pop(0)
            if isinstance(scripted, Answer):
                return scripted
            raise scripted
        if request.method != "GET":
            return self._write(request)
        if request.query.get("watch"):
            return self._watch(request)
        name = request.path.rpartition("/")[2]
        if name in self.objects:
            return Answer(self.objects[name])
        if len(request.path.partition("/namespaces/")[2].split("/")) == 3:  # ns, pods, name
            return status(404, "NotFound", f"{name} not found")
        return self._list(request)

    def _write(self, request: Request) -> Answer:
        name = request.path.rpartition("/")[2]
        if request.method == "POST":
            return self._create(request.json)
        old = self.objects.get(name)
        if old is None:
            return status(404, "NotFound")
        if request.method == "PATCH":
            return Answer(self._replace(name, {**old, **request.json}))
        if request.json["metadata"].get("resourceVersion") != old["metadata"]["resourceVersion"]:
            return status(409, "Conflict")
        return Answer(self._replace(name, request.json))

    def _create(self, obj: Object) -> Answer:
        name = obj["metadata"]["name"]
        if name in self.objects:
            return status(409, "AlreadyExists")
        return Answer(self._replace(name, obj), 201)

    def _replace(self, name: str, obj: Object) -> Object:
        fields = {key: value for key, value in obj.items() if key not in ("kind", "apiVersion", "metadata")}
        return self.put(name, **fields)

    def _list(self, request: Request) -> Answer:
        with self._changed:
            limit = int(request.query.get("limit") or 0)
            if token := request.query.get("continue"):
                revision, start = json.loads(token)
                if revision < self.compacted:
                    return status(410, "Expired", "continue token expired")
            else:
                revision, start = self.revision, 0
            items = [self.objects[name] for name in sorted(self.objects)]
            page = items[start : start + limit] if limit else items[start:]
            metadata: Object = {"resourceVersion": str(revision)}
            if limit and start + limit < len(items):
                metadata["continue"] = json.dumps([revision, start + limit])
        bare = [{key: value for key, value in item.items() if key not in ("kind", "apiVersion")} for item in page]
        return Answer({"kind": f"{self.kind}List", "apiVersion": "v1", "metadata": metadata, "items": bare})

    def _watch(self, request: Request) -> Answer:
        initial = request.query.get("sendInitialEvents") == "true"
        if initial and not self.streams_initial:
            return status(422, "Invalid", "sendInitialEvents is forbidden")
        with self._changed:
            after = int(request.query.get("resourceVersion") or 0)
            if not initial and after < self.compacted:
                return status(410, "Expired", f"too old resource version: {after} ({self.revision})")
            first: list[bytes] = []
            if initial:
                after = self.revision
                first = [_line("ADDED", obj) for obj in self.objects.values()]
                annotations = {"k8s.io/initial-events-end": "true"}
                first.append(
                    _line("BOOKMARK", {"metadata": {"resourceVersion": str(after), "annotations": annotations}})
                )
            return Answer(stream=self._stream(first, after, self._epoch, len(self.history)))

    def _stream(self, first: list[bytes], after: int, epoch: int, now: int) -> Iterator[bytes]:
        yield from first
        position = next((i for i, entry in enumerate(self.history[:now]) if entry[0] > after), now)
        with self._changed:
            self._streams[epoch] = self._streams.get(epoch, 0) + 1
            self._changed.notify_all()
        try:
            while True:
                with self._changed:
                    while self._epoch == epoch and len(self.history) == position:
                        self._changed.wait(30)
                    pending, position = self.history[position:], len(self.history)
                    ended = self._epoch != epoch
                for _, kind, obj in pending:
                    yield _line(kind, obj)
                if ended:
                    return
        finally:
            with self._changed:
                self._streams[epoch] -= 1
                self._changed.notify_all()


def _line(kind: str, obj: Object) -> bytes:
    return json.dumps({"type": kind, "object": obj}).encode() + b"\n"
