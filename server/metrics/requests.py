"""Counts and latencies of requests, by what they asked for.

Labels are upstream's (k8s.io/apiserver pkg/endpoints/metrics). Only what the server serves gets labels of its own, so
that nobody can grow the metrics by asking for nonsense.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Awaitable, Callable, Container, Iterator
from time import perf_counter
from typing import NamedTuple

from server.endpoints.catalog import Target
from server.metrics.exposition import Family, Sample
from server.request import Answer, Handler, Request, Response, Stream
from server.requestinfo import RequestInfo

BUCKETS = (
    *(0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0),
    *(15.0, 20.0, 30.0, 45.0, 60.0),
)
"""Upper bounds in seconds."""

_VERBS = {
    "get": "GET",
    "list": "LIST",
    "watch": "WATCH",
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "deletecollection": "DELETECOLLECTION",
    "post": "POST",
    "put": "PUT",
}
_MUTATING = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_APPLY = "application/apply-patch+yaml"


class Labels(NamedTuple):
    """What a request asked for; ``scope`` is resource, namespace, cluster or empty."""

    verb: str
    group: str
    version: str
    resource: str
    subresource: str
    scope: str
    dry_run: str

    def pairs(self) -> dict[str, str]:
        return {
            "component": "apiserver",
            "dry_run": self.dry_run,
            "group": self.group,
            "resource": self.resource,
            "scope": self.scope,
            "subresource": self.subresource,
            "verb": self.verb,
            "version": self.version,
        }


class _Series:
    """All requests of the same labels."""

    __slots__ = ("buckets", "codes", "labels", "running", "seconds")

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.codes: dict[int, int] = {}
        self.buckets = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0
        self.running = 0


class RequestMetrics:
    """``served`` are the targets that get labels of their own."""

    def __init__(self, served: Container[Target]) -> None:
        self._served = served
        self._series: dict[tuple[str, ...], _Series] = {}
        self._inflight = [0, 0]

    def observing(self, handler: Handler) -> Handler:
        """The outermost filter: sees every request and its answer."""
        inflight = self._inflight

        async def handle(request: Request) -> Answer:
            mutating = request.info.verb in _MUTATING
            inflight[mutating] += 1
            began = perf_counter()
            try:
                answer = await handler(request)
            finally:
                inflight[mutating] -= 1
            self._observe(request, answer, perf_counter() - began)
            return answer

        return handle

    def _observe(self, request: Request, answer: Answer, seconds: float) -> None:
        info = request.info
        verb = info.verb
        if isinstance(answer, Stream):
            verb = "watch"
        elif verb == "patch" and request.header(b"content-type") == _APPLY:
            verb = "apply"
        dry = "All" if b"dryRun=All" in request.scope.get("query_string", b"") else ""
        scope = "resource" if info.name else "namespace" if info.namespace else "cluster"
        key = (verb, info.group, info.version, info.resource, info.subresource, scope, dry)
        series = self._series.get(key) or self._new_series(key, info)
        codes = series.codes
        codes[answer.status] = codes.get(answer.status, 0) + 1
        if isinstance(answer, Response):
            series.buckets[bisect_left(BUCKETS, seconds)] += 1
            series.seconds += seconds
        else:
            _count_while_running(series, answer)

    def _new_series(self, key: tuple[str, ...], info: RequestInfo) -> _Series:
        verb, group, version, resource, subresource, scope, dry = key
        spoken = "APPLY" if verb == "apply" else _VERBS.get(verb, "other")
        if info.is_resource and Target(group, version, resource, subresource) in self._served:
            labels = Labels(spoken, group, version, resource, subresource, scope, dry)
        else:
            labels = Labels(spoken, "", "", "", "", "", "")
            key = (spoken,)
        return self._series.setdefault(key, _Series(labels))

    def families(self) -> Iterator[Family]:
        every = list(self._series.values())
        yield Family(
            "apiserver_request_total",
            "counter",
            "Counter of apiserver requests broken out for each verb, group, version, resource, scope and code.",
            [
                Sample("", {"code": str(code), **one.labels.pairs()}, count)
                for one in every
                for code, count in one.codes.items()
            ],
        )
        yield Family(
            "apiserver_request_duration_seconds",
            "histogram",
            "Response latency in seconds for each verb, group, version, resource, subresource and scope.",
            [sample for one in every for sample in _histogram(one)],
        )
        yield Family(
            "apiserver_longrunning_requests",
            "gauge",
            "Gauge of all active long-running requests broken out by verb, group, version, resource and scope.",
            [Sample("", one.labels.pairs(), one.running) for one in every if one.labels.verb == "WATCH"],
        )
        yield Family(
            "apiserver_current_inflight_requests",
            "gauge",
            "Number of currently executing requests, by kind.",
            [
                Sample("", {"request_kind": kind}, number)
                for kind, number in zip(("readOnly", "mutating"), self._inflight, strict=True)
            ],
        )


def _count_while_running(series: _Series, stream: Stream) -> None:
    run = stream.run

    async def counted(send: Callable[[bytes], Awaitable[None]]) -> None:
        series.running += 1
        try:
            await run(send)
        finally:
            series.running -= 1

    stream.run = counted


def _histogram(series: _Series) -> Iterator[Sample]:
    total = sum(series.buckets)
    if not total:
        return
    pairs = series.labels.pairs()
    below = 0
    for bound, count in zip((*BUCKETS, float("inf")), series.buckets, strict=True):
        below += count
        yield Sample("_bucket", {**pairs, "le": "+Inf" if bound == float("inf") else f"{bound:g}"}, below)
    yield Sample("_sum", pairs, series.seconds)
    yield Sample("_count", pairs, total)
