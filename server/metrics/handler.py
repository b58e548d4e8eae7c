"""/metrics: requests, the store and its caches, the process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from server.api import Api
from server.metrics import process
from server.metrics.exposition import CONTENT_TYPE, Family, Sample, render
from server.metrics.requests import RequestMetrics
from server.request import Answer, Handler, Request, Response


def metrics_handler(api: Api, requests: RequestMetrics, more: Callable[[], Iterable[Family]]) -> Handler:
    """``more``: what other parts of the server tell of themselves."""

    async def handle(request: Request) -> Answer:
        families = (*requests.families(), *_store(api), *more(), *process.families())
        return Response(200, render(families), CONTENT_TYPE)

    return handle


def _store(api: Api) -> Iterator[Family]:
    store = api.store
    yield Family(
        "apiserver_resource_objects",
        "gauge",
        "Number of stored objects, by resource.",
        [
            Sample("", {"group": resource.group, "resource": resource.resource}, len(registry.cache))
            for resource, registry in api.registries.items()
        ],
    )
    watchers = [Sample("", {}, len(api.feeds))]
    yield Family("apiserver_registered_watchers", "gauge", "Number of watches being served.", watchers)
    revision = [Sample("", {}, store.revision)]
    yield Family("kubejazz_storage_revision", "gauge", "The newest revision in the store.", revision)
    compacted = [Sample("", {}, store.compact_revision)]
    yield Family("kubejazz_storage_compact_revision", "gauge", "The revision up to which history is gone.", compacted)
