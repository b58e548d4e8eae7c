"""LIST: pages of stored bytes, all pages of one list in the state at one revision.

Source: https://kubernetes.io/docs/reference/using-api/api-concepts/ (resource versions),
k8s.io/apiserver/pkg/storage/interfaces.go (ValidateListOptions).
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from apimachinery.status import BadRequest, Expired
from server.api import Api
from server.encoding.shapes import ListMeta
from server.endpoints.common import responder_for
from server.endpoints.revisions import INCONSISTENT, Continue, decode_continue, parse_revision, wait_for
from server.endpoints.selection import Predicate, Selection, select
from server.endpoints.watch import watch
from server.registry.errors import INCONSISTENT_CONTINUE
from server.registry.options import ListOptions, read_list_options
from server.registry.registry import Registry
from server.registry.served import Served
from server.request import Answer, Request, Response
from storage.errors import Compacted
from storage.types import Entry, Page, Revision

Breathe = Callable[[], Awaitable[None]]

_STEP = 200
"""Objects of a step of a long walk."""


class Listed(NamedTuple):
    """A page and the revision it shows; ``next`` where it goes on, if more follows."""

    entries: list[Entry]
    revision: Revision
    next: Continue | None
    remaining: int


async def list_or_watch(api: Api, served: Served, request: Request) -> Answer:
    """GET of a collection; a name in the path (the old watch prefix) narrows it to one object."""
    info = request.info
    options = read_list_options(request.query, forced_watch=info.forced_watch)
    selection = select(served, options, info.namespace, info.name)
    if options.watch:
        return await watch(api, served, request, options, selection)
    responder = responder_for(api, served, request, is_list=True)
    listed = await list_entries(api, served.registry, options, selection, request.breathe if request.pace else None)
    meta = ListMeta(str(listed.revision), listed.next.encode() if listed.next else "", listed.remaining)
    return Response(200, await responder.many(listed.entries, meta), responder.content_type)


async def list_entries(
    api: Api, registry: Registry, options: ListOptions, selection: Selection, breathe: Breathe | None = None
) -> Listed:
    """Raises Expired (410) for compacted revisions, Timeout (504) for ones ahead of the cache, BadRequest.

    ``breathe`` is awaited now and then in a long walk: others wait for their turns.
    """
    start = _start(options)
    if start is not None:
        revision = None if start.revision == INCONSISTENT else Revision(start.revision)
        if revision is None:
            await api.store.consistent()
        return await _page(registry, options, selection, revision, start.start)
    version = options.resource_version
    exact = options.resource_version_match == "Exact"
    if version not in ("", "0"):
        revision = parse_revision(version)
        await wait_for(registry, revision)
        if exact or (options.limit > 0 and not options.resource_version_match):
            return await _page(registry, options, selection, revision, "")
    elif not version:
        await api.store.consistent()
    limited = version != "0"
    if breathe is not None and not selection.name and not (limited and options.limit > 0):
        with contextlib.suppress(Compacted):  # the walk has been overtaken: then in one go
            return await _walk(registry, selection, breathe)
    return await _page(registry, options, selection, None, "", limited=limited)


async def _walk(registry: Registry, selection: Selection, breathe: Breathe) -> Listed:
    """All of the current state, in steps between which it may change. Raises Compacted."""
    revision, predicate, start = registry.store.revision, selection.predicate, ""
    entries: list[Entry] = []
    while True:
        found = await registry.cache.stretch(revision, selection.namespace, start, _STEP)
        entries += found if predicate is None else [each for each in found if predicate(each.index, each.key)]
        if len(found) < _STEP:
            return Listed(entries, revision, None, 0)
        start = found[-1].key.path
        await breathe()


def _start(options: ListOptions) -> Continue | None:
    if not options.continue_token:
        return None
    if options.resource_version not in ("", "0"):
        raise BadRequest("specifying resource version is not allowed when using continue")
    return decode_continue(options.continue_token)


async def _page(
    registry: Registry,
    options: ListOptions,
    selection: Selection,
    revision: Revision | None,
    start: str,
    *,
    limited: bool = True,
) -> Listed:
    """One page of the state at ``revision``, or of the current state (None)."""
    limit = max(options.limit, 0) if limited else 0
    if revision is None:
        revision = registry.store.revision
        page = _current(registry, selection, start, limit)
    else:
        try:
            page = await registry.cache.list_at(
                revision, selection.namespace, start=start, limit=limit, predicate=_with_name(selection)
            )
        except Compacted as error:
            raise _expired(start) from error
    following = Continue(revision, page.entries[-1].key.path) if page.more and page.entries else None
    remaining = page.remaining if following and not selection.has_selectors else 0
    return Listed(page.entries, revision, following, remaining)


def _current(registry: Registry, selection: Selection, start: str, limit: int) -> Page:
    if selection.name and selection.namespace is not None:
        entry = registry.cache.get(selection.namespace, selection.name)
        if entry is None or not (selection.predicate is None or selection.predicate(entry.index, entry.key)):
            return Page([], False, 0)
        return Page([entry], False, 0)
    return registry.cache.list(selection.namespace, start=start, limit=limit, predicate=_with_name(selection))


def _with_name(selection: Selection) -> Predicate | None:
    if not selection.name:
        return selection.predicate
    name, predicate = selection.name, selection.predicate
    return lambda index, key: key.name == name and (predicate is None or predicate(index, key))


def _expired(start: str) -> Expired:
    if not start:
        return Expired("The resourceVersion for the provided list is too old.")
    error = Expired(INCONSISTENT_CONTINUE)
    error.metadata = {"continue": Continue(INCONSISTENT, start).encode()}
    return error
