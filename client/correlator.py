"""Keeps a component from flooding the cluster with events: counts repetitions, combines similar ones, stops spam.

Rules and numbers of client-go tools/record/events_cache.go. Plain values in and out; used by one thread.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from apimachinery.clock import Clock
from apimachinery.objects import Object
from apimachinery.timefmt import format_time
from client.ratelimit import TokenBucket

_CACHE_SIZE = 4096
_MAX_SIMILAR = 10
_SIMILAR_WITHIN = timedelta(seconds=600)
_SPAM_BURST = 25
_SPAM_RATE = 1 / 300

Key = tuple[str, ...]
Value = TypeVar("Value")


class _Cache(OrderedDict[Key, Value], Generic[Value]):
    """Forgets what was used least recently."""

    def use(self, key: Key) -> Value | None:
        if key in self:
            self.move_to_end(key)
        return self.get(key)

    def keep(self, key: Key, value: Value) -> None:
        self[key] = value
        self.move_to_end(key)
        if len(self) > _CACHE_SIZE:
            self.popitem(last=False)


class Correlated(NamedTuple):
    event: Object
    patch: Object | None  # of the event written before; None: write a new one


class _Similar(NamedTuple):
    messages: set[str]
    last: datetime


class _Seen(NamedTuple):
    times: int
    first: str
    name: str
    resource_version: str


class Correlator:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._similar: _Cache[_Similar] = _Cache()
        self._seen: _Cache[_Seen] = _Cache()
        self._buckets: _Cache[TokenBucket] = _Cache()

    def correlate(self, event: Object, combined_name: str) -> Correlated | None:
        """What to write for a new event; None: nothing, there were too many about this object.

        ``combined_name``: the name of an event that stands for many, should one be needed.
        """
        event, key = self._combine(event, combined_name)
        result = self._count(event, key)
        return None if self._is_spam(result.event) else result

    def written(self, event: Object) -> None:
        """The event as the server has it."""
        self._seen.keep(_identity(event), _seen(event))

    def _combine(self, event: Object, name: str) -> tuple[Object, Key]:
        """The event and its key, or, after many that differ only in their message, one that combines them."""
        now = self._clock.now()
        group = (*_subject(event), event["reason"], event["reportingComponent"], event["reportingInstance"])
        found = self._similar.use(group)
        fresh = found is not None and now - found.last <= _SIMILAR_WITHIN
        messages = found.messages if found is not None and fresh else set()
        messages.add(event["message"])
        self._similar.keep(group, _Similar(messages, now))
        if len(messages) < _MAX_SIMILAR:
            return event, _identity(event)
        messages.pop()
        stamp = format_time(now)
        combined = {
            **event,
            "metadata": {"name": name, "namespace": event["metadata"]["namespace"]},
            "message": f"(combined from similar events): {event['message']}",
            "firstTimestamp": stamp,
            "lastTimestamp": stamp,
            "count": 1,
            "reportingComponent": "",  # as upstream leaves it
            "reportingInstance": "",
        }
        return combined, group

    def _count(self, event: Object, key: Key) -> Correlated:
        """The event, or what changes in the one written before."""
        seen = self._seen.use(key)
        patch = None
        if seen is not None:
            metadata = {**event["metadata"], "name": seen.name, "resourceVersion": seen.resource_version}
            event = {**event, "metadata": metadata, "firstTimestamp": seen.first, "count": seen.times + 1}
            patch = {field: event[field] for field in ("count", "lastTimestamp", "message")}
        self._seen.keep(key, _seen(event))
        return Correlated(event, patch)

    def _is_spam(self, event: Object) -> bool:
        key = _subject(event)
        bucket = self._buckets.use(key)
        if bucket is None:
            bucket = TokenBucket(_SPAM_RATE, _SPAM_BURST, self._clock)
            self._buckets.keep(key, bucket)
        return not bucket.try_take()


def _seen(event: Object) -> _Seen:
    metadata = event["metadata"]
    return _Seen(event["count"], event["firstTimestamp"], metadata["name"], metadata.get("resourceVersion") or "")


def _subject(event: Object) -> Key:
    """Who says something of this type about which object."""
    source: dict[str, Any] = event["source"]
    about: dict[str, Any] = event["involvedObject"]
    fields = ("kind", "namespace", "name", "uid", "apiVersion")
    return (
        source.get("component") or "",
        source.get("host") or "",
        *(about.get(field) or "" for field in fields),
        event["type"],
    )


def _identity(event: Object) -> Key:
    """Equal for repetitions of the same event."""
    return (*_subject(event), event["involvedObject"].get("fieldPath") or "", event["reason"], event["message"])
