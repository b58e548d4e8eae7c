"""WATCH: the events of a collection as they are committed.

One loop per watch pulls from the shared ring of events, keeps what the selectors let through, and sends everything that
is pending in one chunk. Bookmarks are made at the end of that same loop, so they never overtake an event.
Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ (watches, watch bookmarks, streaming lists),
k8s.io/apiserver/pkg/endpoints/handlers/watch.go.
"""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from apimachinery.fielderrors import invalid
from apimachinery.gvk import GroupKind
from apimachinery.status import Invalid, NotAcceptable, StatusError
from server.api import Api
from server.encoding.negotiation import STREAM_TYPES, YAML
from server.encoding.responder import INITIAL_EVENTS_END, Responder
from server.endpoints.common import responder_for
from server.endpoints.revisions import parse_revision, wait_for
from server.endpoints.selection import Selection
from server.registry.errors import too_old
from server.registry.options import ListOptions
from server.registry.served import Served
from server.request import Answer, Request, Stream
from storage.errors import Compacted, SlowWatcher, StoreStopped
from storage.types import Entry, Event, Index, Key, Revision, splice, unsplice
from storage.watch import Watch

CHUNK_BYTES = 64 * 1024
"""The most that is joined into one chunk: larger ones slow down clients that re-scan their buffer for every line."""

BOOKMARK_SECONDS = 60.0
BEFORE_TIMEOUT_SECONDS = 2.0
MIN_TIMEOUT_SECONDS = 1800.0

Send = Callable[[bytes], Awaitable[None]]


async def watch(api: Api, served: Served, request: Request, options: ListOptions, selection: Selection) -> Answer:
    """Errors known before the stream starts are ordinary answers; a compacted revision is an event (200)."""
    responder = responder_for(api, served, request)
    if responder.encoding.media_type == YAML:
        raise NotAcceptable.of(STREAM_TYPES)
    revision = _start_revision(served, options)
    if revision is not None and options.send_initial_events:
        await wait_for(served.registry, revision)
    if not options.resource_version:
        await api.store.consistent()
    serving = _Serving(api, served, responder, options, selection, revision)
    return Stream(serving.run, responder.stream_content_type)


def _start_revision(served: Served, options: ListOptions) -> Revision | None:
    if options.resource_version in ("", "0"):
        return None
    try:
        return parse_revision(options.resource_version)
    except StatusError as error:
        why = error.message.partition('": ')[2]
        problem = invalid("resourceVersion", options.resource_version, why)
        raise Invalid.of(GroupKind(*served.registry.resource), "", [problem]) from None


class _Bookmarks:
    """When bookmarks are due (monotonic seconds): about every minute, and one last time shortly before the end."""

    __slots__ = ("_last", "due")

    def __init__(self, now: float, deadline: float) -> None:
        self._last = deadline - min(BEFORE_TIMEOUT_SECONDS, (deadline - now) / 2)
        self.due = 0.0
        self._plan(now)

    def take(self, now: float) -> bool:
        """Whether one is due; if so, plan the next."""
        if now < self.due:
            return False
        self._plan(now)
        return True

    def _plan(self, now: float) -> None:
        if now >= self._last:
            self.due = math.inf
        else:
            self.due = min(now + BOOKMARK_SECONDS * random.uniform(0.75, 1.25), self._last)


@dataclass(slots=True)
class _Serving:
    """One watch being served."""

    api: Api
    served: Served
    responder: Responder
    options: ListOptions
    selection: Selection
    revision: Revision | None

    async def run(self, send: Send) -> None:
        deadline = self.api.clock.monotonic() + self._timeout()
        try:
            initial, feed = self._open()
        except Compacted as error:
            await send(self.responder.error(too_old(self.revision or 0, error.compact_revision).to_status()))
            return
        self.api.feeds.add(feed)
        try:
            if initial is not None:
                await _send_all(send, self._initial_frames(initial, feed.position))
            await self._follow(send, feed, deadline)
        finally:
            self.api.feeds.discard(feed)
            feed.close()

    def _timeout(self) -> float:
        seconds = self.options.timeout_seconds
        return float(seconds) if seconds else MIN_TIMEOUT_SECONDS * (1 + random.random())

    def _open(self) -> tuple[list[Entry] | None, Watch]:
        """The state to begin with, if it was asked for, and the events after it."""
        cache = self.served.registry.cache
        namespace = self.selection.namespace
        wants_state = self.options.send_initial_events or (
            self.options.send_initial_events is None and self.revision is None
        )
        if wants_state:
            page = cache.list(namespace, predicate=self._matches_index)
            return page.entries, cache.watch(self.api.store.revision, namespace=namespace, topic=self.selection.topic)
        after = self.api.store.revision if self.revision is None else self.revision
        return None, cache.watch(after, namespace=namespace, topic=self.selection.topic)

    def _initial_frames(self, entries: Iterable[Entry], revision: Revision) -> Iterable[bytes]:
        for entry in entries:
            yield self.responder.frame("ADDED", entry, {})
        if self.options.is_watch_list and self.options.send_initial_events:
            yield self.responder.bookmark(revision, INITIAL_EVENTS_END)

    def _matches_index(self, index: Index, key: Key) -> bool:
        name, predicate = self.selection.name, self.selection.predicate
        return (not name or key.name == name) and (predicate is None or predicate(index, key))

    def _matches(self, entry: Entry | None) -> bool:
        return entry is not None and self._matches_index(entry.index, entry.key)

    async def _follow(self, send: Send, feed: Watch, deadline: float) -> None:
        clock = self.api.clock
        bookmarks = _Bookmarks(clock.monotonic(), deadline)
        while (now := clock.monotonic()) < deadline:
            try:
                events = await feed.next(max(min(bookmarks.due, deadline) - now, 0.0))
            except (SlowWatcher, StoreStopped):
                return
            except Compacted as error:
                await send(self.responder.error(too_old(feed.position, error.compact_revision).to_status()))
                return
            if events:
                await _send_all(send, self._frames(events))
            elif bookmarks.take(clock.monotonic()) and self.options.allow_bookmarks:
                await send(self.responder.bookmark(feed.position))

    def _frames(self, events: list[Event]) -> Iterable[bytes]:
        selective = bool(self.selection.name or self.selection.predicate)
        frame = self.responder.frame
        for event in events:
            if not selective:
                kind = "DELETED" if event.deleted else "MODIFIED" if event.previous is not None else "ADDED"
                yield frame(kind, event.entry, event.memo)
                continue
            before = self._matches(event.previous)
            after = not event.deleted and self._matches(event.entry)
            if after:
                yield frame("MODIFIED" if before else "ADDED", event.entry, event.memo)
            elif before:
                yield frame("DELETED", _leaving(event), event.memo)


def _leaving(event: Event) -> Entry:
    """What a watcher sees of an object that is gone for it: the last one it matched, with the event's revision."""
    if event.deleted:
        return event.entry
    leaving = event.memo.get("leaving")
    if leaving is None:
        last = event.previous
        assert last is not None
        leaving = event.memo["leaving"] = Entry(
            key=last.key,
            value=splice(unsplice(last), last.hole, event.revision),
            hole=last.hole,
            revision=event.revision,
            create_revision=last.create_revision,
            uid=last.uid,
            index=last.index,
        )
    assert isinstance(leaving, Entry)
    return leaving


async def _send_all(send: Send, frames: Iterable[bytes]) -> None:
    """Join frames into chunks: everything pending at once, in pieces of a bounded size."""
    pending: list[bytes] = []
    size = 0
    for frame in frames:
        if pending and size + len(frame) > CHUNK_BYTES:
            await send(b"".join(pending))
            pending, size = [], 0
        pending.append(frame)
        size += len(frame)
    if pending:
        await send(b"".join(pending))
