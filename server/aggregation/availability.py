"""Keeps the condition Available of APIServices: looks at the service, then asks it for the group-version's discovery.

What changes is looked at at once, everything each half minute, what fails after a growing pause. One event loop.
Source: k8s.io/kube-aggregator/pkg/controllers/status/remote and .../local.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

import orjson

from apimachinery.clock import Clock
from apimachinery.objects import Object
from apimachinery.status import NotFound, StatusError
from apimachinery.timefmt import format_time
from server.aggregation.asking import CannotAsk, ask
from server.aggregation.conditions import (
    LOCALLY,
    PASSED,
    Verdict,
    failed_check,
    says,
    trouble_before_asking,
    with_verdict,
)
from server.aggregation.remotes import Remote, Remotes
from server.metrics.exposition import Family, Sample
from server.registry.codec import decode
from server.registry.context import WriteContext
from server.registry.registry import Registry
from server.services.resolving import SERVICE_NAME, Services
from storage.cache import ResourceCache
from storage.errors import Compacted, SlowWatcher, StoreStopped
from storage.types import Event

RESYNC = 30.0
_FIRST_PAUSE = 0.05
_RETRY = 1.0
_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"update","subresource":"status"}'
_MORE_TRIES = 4

log = logging.getLogger("kubejazz.server")
Learn = Callable[[Remote, Object | None], None]
"""Called with the APIResourceList of a group-version, or None when it cannot be had."""


class Availability:
    def __init__(
        self, registry: Registry, services: Services, remotes: Remotes, watched: Watched, learn: Learn, clock: Clock
    ) -> None:
        self._registry = registry
        self._services = services
        self._remotes = remotes
        self._watched = watched
        self._learn = learn
        self._clock = clock
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._became_unavailable: Counter[tuple[str, str]] = Counter()
        self._stirred = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """The store has been opened."""
        for entry in self._registry.cache.list().entries:
            self._look_at([entry.key.name])
        work: Iterable[Coroutine[Any, Any, None]] = (
            self._follow(self._registry.cache, self._api_service),
            self._follow(self._watched.services, self._service),
            self._follow(self._watched.slices, self._slice),
            self._work(),
        )
        self._tasks = [asyncio.ensure_future(each) for each in work]

    def families(self) -> list[Family]:
        """Source: k8s.io/kube-aggregator/pkg/controllers/status/metrics."""
        now = [Sample("", {"name": each.name}, int(not each.available)) for each in self._remotes.list()]
        so_far = [
            Sample("", {"name": name, "reason": reason}, count)
            for (name, reason), count in self._became_unavailable.items()
        ]
        name, about = "aggregator_unavailable_apiservice", "[ALPHA] {} of APIServices which are marked as unavailable"
        return [
            Family(name, "gauge", about.format("Gauge"), now),
            Family(f"{name}_total", "counter", about.format("Counter"), so_far),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What happens

    async def _follow(self, cache: ResourceCache, changed: Callable[[Event], None]) -> None:
        while True:
            watch = cache.watch(self._registry.store.revision)
            try:
                while True:
                    for event in await watch.next(None):
                        changed(event)
            except (SlowWatcher, Compacted):
                self._look_at([remote.name for remote in self._remotes.list()])
            except StoreStopped:
                return
            except Exception:
                log.exception("the %s of APIServices cannot be followed; trying again", cache.resource)
                await asyncio.sleep(_RETRY)
                self._look_at([remote.name for remote in self._remotes.list()])
            finally:
                watch.close()

    def _api_service(self, event: Event) -> None:
        name = event.entry.key.name
        if event.deleted:
            self._due.pop(name, None)
            self._failures.pop(name, None)
            self._remotes.forget(name)
        elif event.previous is None or decode(event.previous.value)["spec"] != decode(event.entry.value)["spec"]:
            self._look_at([name])

    def _service(self, event: Event) -> None:
        self._of_service(event.entry.key.namespace, event.entry.key.name)

    def _slice(self, event: Event) -> None:
        self._of_service(event.entry.key.namespace, event.entry.index.labels.get(SERVICE_NAME, ""))

    def _of_service(self, namespace: str, name: str) -> None:
        if self._due:
            mine = (each for each in self._remotes.list() if (each.namespace, each.service) == (namespace, name))
            self._look_at([remote.name for remote in mine])

    def _look_at(self, names: list[str]) -> None:
        now = asyncio.get_running_loop().time()
        for name in names:
            self._due[name] = now
            self._failures.pop(name, None)
        if names:
            self._stirred.set()

    # What is done about it

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._stirred.clear()
            now = loop.time()
            due = [name for name, at in self._due.items() if at <= now]
            for name in due:
                del self._due[name]
            await asyncio.gather(*map(self._check_safely, due))
            if not any(at <= loop.time() for at in self._due.values()):
                await _wait(self._stirred.wait(), min(self._due.values(), default=None), loop.time())

    async def _check_safely(self, name: str) -> None:
        try:
            pause = await self._check(name)
        except NotFound:
            return
        except StatusError as error:
            log.warning("APIService %s: %s", name, error)
            pause = RESYNC
        except Exception:
            log.exception("APIService %s cannot be checked", name)
            pause = RESYNC
        if pause is not None:
            self._due.setdefault(name, asyncio.get_running_loop().time() + pause)

    async def _check(self, name: str) -> float | None:
        """Seconds after which to look again; None: when something happens."""
        remote = self._remotes.named(name)
        if remote is None:
            if self._registry.cache.get("", name) is not None:
                await self._say(name, LOCALLY)
            return None
        verdict = await self._verdict(remote)
        await self._say(name, verdict)
        if verdict.reason != "FailedDiscoveryCheck":
            self._failures.pop(name, None)
            return RESYNC
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        return min(_FIRST_PAUSE * 2.0**failures, RESYNC)

    async def _verdict(self, remote: Remote) -> Verdict:
        where = (remote.namespace, remote.service)
        trouble = trouble_before_asking(
            *where, remote.port, self._services.service(*where), self._services.slices(*where)
        )
        if trouble is None:
            try:
                found = await self._ask(remote)
            except CannotAsk as error:
                trouble = failed_check(error)
        self._learn(remote, None if trouble is not None else found)
        return trouble or PASSED

    async def _ask(self, remote: Remote) -> Object:
        """One of five answers is enough; the first is mostly the only one asked for. Raises CannotAsk."""
        path = f"/apis/{remote.group_version.api_version}"
        try:
            return await self._ask_once(remote, path)
        except CannotAsk as error:
            failure = error
        tries = [asyncio.ensure_future(self._ask_once(remote, path)) for _ in range(_MORE_TRIES)]
        for answer in await asyncio.gather(*tries, return_exceptions=True):
            if isinstance(answer, dict):
                return answer
            failure = answer if isinstance(answer, CannotAsk) else failure
        raise failure

    async def _ask_once(self, remote: Remote, path: str) -> Object:
        body = await ask(remote, self._services, path)
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError:
            found = None
        return found if isinstance(found, dict) else {}

    async def _say(self, name: str, verdict: Verdict) -> None:
        entry = self._registry.cache.get("", name)
        if entry is None or says(decode(entry.value), verdict):
            return

        async def transform(live: Object | None) -> Object:
            if live is None:
                raise NotFound.of(self._registry.resource, name)
            return with_verdict(live, verdict, format_time(self._clock.now()))

        context = WriteContext(actor=_ACTOR)
        if verdict.status != "True":
            self._became_unavailable[name, verdict.reason] += 1
        await self._registry.update(context, name, transform, rules=self._registry.status_rules())


class Watched:
    """The caches that availability depends on besides the APIServices'."""

    def __init__(self, services: ResourceCache, slices: ResourceCache) -> None:
        self.services = services
        self.slices = slices


async def _wait(stirred: Awaitable[object], due: float | None, now: float) -> None:
    try:
        async with asyncio.timeout(None if due is None else max(due - now, 0)):
            await stirred
    except TimeoutError:
        return
