"""Keeps a sink in step with a collection of the API: list, then watch, for ever.

Semantics of client-go tools/cache/reflector.go: the initial state is streamed by the watch where the server offers
that (``sendInitialEvents``) and listed in pages otherwise; a watch that ends is resumed at the last resource version;
an expired version leads to a new list; failures are repeated after a jittered, growing delay.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Protocol

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import Object, key_of
from apimachinery.status import (
    BadRequest,
    Expired,
    Gone,
    Invalid,
    NotFound,
    StatusError,
    Timeout,
)
from client.api import Client
from client.backoff import Backoff
from client.errors import ClientClosed, TransportError, TransportTimeout
from client.watch import Watch

log = logging.getLogger(__name__)

PAGE_SIZE = 500
_WATCH_SECONDS = (300, 600)  # chosen at random, so that not all watches end together
_INITIAL_SILENCE = 30.0  # a server that sends no end of the initial events would be waited for in vain
_HURRY = 5.0  # a state older than this is fetched again without delay when it has expired
_INITIAL_EVENTS_END = "k8s.io/initial-events-end"


class Sink(Protocol):
    """Called by the reflector's thread only."""

    def replace(self, items: Iterable[Object], resource_version: str) -> None:
        """The whole state, after a list."""

    def event(self, kind: str, obj: Object) -> None:
        """``kind``: ADDED, MODIFIED or DELETED."""


class Reflector:
    def __init__(
        self,
        client: Client,
        gvr: GroupVersionResource,
        sink: Sink,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
        clock: Clock = REAL_CLOCK,
        random: Random | None = None,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """``wait``: sleeps so many seconds or until :meth:`stop`; for tests."""
        self._client = client
        self._gvr = gvr
        self._sink = sink
        self._namespace = namespace
        self._label_selector = label_selector
        self._field_selector = field_selector
        self._metadata_only = metadata_only
        self._clock = clock
        self._random = random or Random()
        self._backoff = Backoff(clock, self._random)
        self._stopping = threading.Event()
        self._wait = wait or self._stopping.wait
        self._watch: Watch | None = None
        self._stream_initial = True
        self._fetched_at = clock.monotonic()
        self.resource_version = ""

    def stop(self) -> None:
        """End :meth:`run`, from any thread, within milliseconds."""
        self._stopping.set()
        watch = self._watch
        if watch is not None:
            watch.close()

    def run(self) -> None:
        """Blocks until :meth:`stop`; failures are logged and repeated."""
        while not self._stopping.is_set():
            delay = True
            try:
                self._cycle()
            except ClientClosed:
                return
            except Gone as error:
                log.info("%s: fetching the state again: %s", self._gvr.group_resource, error)
                self.resource_version = ""
                delay = self._clock.monotonic() - self._fetched_at < _HURRY
            except (StatusError, TransportError) as error:
                if _is_from_the_future(error):
                    self.resource_version = ""  # the server was restored: it counts from an earlier version
                self._report(error)
            except Exception:  # a bug, here or in an index function, must not leave a cache that is stale for ever
                log.exception("%s: fetching the state again", self._gvr.group_resource)
            if delay:
                self._pause()

    def _cycle(self) -> None:
        """Fetch the state, then follow it until that is no longer possible."""
        watch = self._stream() if self._stream_initial else None
        if watch is None:
            self._list()
        while not self._stopping.is_set():
            try:
                if not self._follow(watch or self._watch_from(self.resource_version)):
                    self._pause()
            except ClientClosed:
                raise
            except (StatusError, TransportError) as error:
                if not _passes(error):
                    raise
                self._report(error)
                self._pause()
            watch = None
        if watch is not None:
            watch.finish()

    def _follow(self, watch: Watch) -> bool:
        """Pass events on until the watch ends; False: at once and without an event, so do not hurry to the next."""
        started, seen = self._clock.monotonic(), False
        with watch:
            for event in watch:
                seen = True
                obj = event["object"]
                if event["type"] != "BOOKMARK":
                    self._sink.event(event["type"], obj)
                self.resource_version = obj["metadata"]["resourceVersion"]
        return seen or self._clock.monotonic() - started >= 1.0

    def _stream(self) -> Watch | None:
        """Fetch the state through a watch, which goes on with what follows; None: this server does not do that.

        What arrives before the state is complete is gathered aside, so the sink never sees half of it.
        """
        watch = self._watch_from(self.resource_version, initial=True)
        try:
            watch.open()
            watch.limit_silence(_INITIAL_SILENCE)
            self._gather(watch)
            watch.limit_silence(None)
        except (Invalid, BadRequest, TransportTimeout) as error:
            watch.finish()
            log.info("%s: the server does not stream the initial state: %s", self._gvr.group_resource, error)
            self._stream_initial = False
            return None
        except BaseException:
            watch.finish()
            raise
        return watch

    def _gather(self, watch: Watch) -> None:
        """Collect the initial events up to the bookmark that ends them."""
        items: dict[str, Object] = {}
        for event in watch:
            obj = event["object"]
            if event["type"] == "DELETED":
                items.pop(key_of(obj), None)
            elif event["type"] != "BOOKMARK":
                items[key_of(obj)] = obj
            elif (obj["metadata"].get("annotations") or {}).get(_INITIAL_EVENTS_END) == "true":
                self._replace(items.values(), obj["metadata"]["resourceVersion"])
                return
        if self._stopping.is_set():
            raise ClientClosed("stopped")
        raise TransportError("the watch ended before the initial state was complete")

    def _list(self) -> None:
        """The whole state in pages; if they expire on the way, in one piece."""
        try:
            items, version = self._pages(PAGE_SIZE)
        except Expired:
            items, version = self._pages(0)
        self._replace(items, version)

    def _pages(self, limit: int) -> tuple[list[Object], str]:
        items: list[Object] = []
        token = ""
        while True:
            page = self._client.list(
                self._gvr,
                self._namespace,
                label_selector=self._label_selector,
                field_selector=self._field_selector,
                limit=limit,
                continue_token=token,
                metadata_only=self._metadata_only,
            )
            items += typed_items(page)
            metadata = page["metadata"]
            token = metadata.get("continue") or ""
            if not token or self._stopping.is_set():
                return items, metadata["resourceVersion"]

    def _replace(self, items: Iterable[Object], version: str) -> None:
        self._sink.replace(items, version)
        self.resource_version = version
        self._fetched_at = self._clock.monotonic()

    def _watch_from(self, version: str, *, initial: bool = False) -> Watch:
        self._watch = self._client.watch(
            self._gvr,
            self._namespace,
            resource_version=version,
            timeout=self._random.randint(*_WATCH_SECONDS),
            send_initial_events=initial,
            label_selector=self._label_selector,
            field_selector=self._field_selector,
            metadata_only=self._metadata_only,
        )
        if self._stopping.is_set():
            self._watch.close()
        return self._watch

    def _pause(self) -> None:
        if not self._stopping.is_set():
            self._wait(self._backoff.next())

    def _report(self, error: Exception) -> None:
        level = logging.INFO if isinstance(error, TransportError | NotFound) else logging.WARNING
        if not self._stopping.is_set():
            log.log(level, "%s: %s", self._gvr.group_resource, error)


def _passes(error: StatusError | TransportError) -> bool:
    """Whether the same watch may succeed later: the connection broke, or the server was not able to serve it."""
    if isinstance(error, TransportError):
        return True
    return (error.status_code == 429 or error.status_code >= 500) and not _is_from_the_future(error)


def _is_from_the_future(error: Exception) -> bool:
    return isinstance(error, Timeout) and error.has_cause("ResourceVersionTooLarge")


def typed_items(page: Mapping[str, object]) -> list[Object]:
    """A list's items, which upstream sends without kind and apiVersion, with both."""
    items = page.get("items") or []
    assert isinstance(items, list)
    kind = str(page.get("kind") or "").removesuffix("List")
    return [item if "kind" in item else {"kind": kind, "apiVersion": page.get("apiVersion"), **item} for item in items]
