"""Charges writes to a namespace's quotas by compare-and-swap on their status, so that nothing is given away twice.

Writes that come while one is under way wait and are settled together: one commit for each quota, however many they are.
Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from apimachinery.gvk import GroupResource
from apimachinery.objects import Object
from apimachinery.status import Conflict, StatusError
from server.admission.cached import object_of
from server.admission.quota_check import Demand, Quota, Refused, charge, quota_of
from server.registry.context import WriteContext
from server.registry.registry import Registry
from storage.types import Entry

RESOURCE_QUOTAS = GroupResource("", "resourcequotas")
_ATTEMPTS = 16
_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"update","subresource":"status"}'


class _Lost(Exception):
    """The quota has changed since it was looked at."""


@dataclass(slots=True, eq=False)
class _Waiter:
    """``charged`` are the quotas that already count the write."""

    demand: Demand
    done: asyncio.Future[None]
    charged: set[str] = field(default_factory=set)


class QuotaLedger:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._waiting: dict[str, list[_Waiter]] = defaultdict(list)
        self._working: dict[str, asyncio.Task[None]] = {}

    def quotas(self, namespace: str) -> list[Quota]:
        return [_quota(entry) for entry in self._registry.cache.list(namespace).entries]

    def any(self, namespace: str) -> bool:
        cache = self._registry.cache
        return len(cache) > 0 and bool(cache.list(namespace, limit=1).entries)

    async def charge(self, namespace: str, demand: Demand) -> None:
        """Returns when every quota that is concerned counts the write. Raises Refused, or a StatusError."""
        waiter = _Waiter(demand, asyncio.get_running_loop().create_future())
        self._waiting[namespace].append(waiter)
        if namespace not in self._working:
            self._working[namespace] = asyncio.create_task(self._work(namespace))
        await waiter.done

    async def _work(self, namespace: str) -> None:
        """Settle what waits, until nothing does. Never raises: what goes wrong is its waiters' error."""
        try:
            while batch := self._waiting.pop(namespace, None):
                try:
                    await self._settle(namespace, batch)
                except Exception as error:
                    _finish(batch, error)
        finally:
            del self._working[namespace]

    async def _settle(self, namespace: str, batch: list[_Waiter]) -> None:
        for _ in range(_ATTEMPTS):
            changed = self._count(namespace, batch)
            lost = False
            for quota, concerned in changed:
                try:
                    await self._write(namespace, quota)
                except _Lost:
                    lost = True
                else:
                    for waiter in concerned:
                        waiter.charged.add(quota.name)
            if not lost:
                _finish(batch, None)
                return
        raise Conflict.of(RESOURCE_QUOTAS, namespace, "the quotas change too fast, try again")

    def _count(self, namespace: str, batch: list[_Waiter]) -> list[tuple[Quota, list[_Waiter]]]:
        """Add up in memory what the quotas do not count yet; who does not fit is told and is out of the batch."""
        current = {quota.name: quota for quota in self.quotas(namespace)}
        concerned: dict[str, list[_Waiter]] = defaultdict(list)
        for waiter in list(batch):
            try:
                uncharged = [quota for quota in current.values() if quota.name not in waiter.charged]
                charged = charge(uncharged, waiter.demand)
            except Refused as refusal:
                batch.remove(waiter)
                _finish([waiter], refusal)
                continue
            for quota in charged:
                current[quota.name] = quota
                concerned[quota.name].append(waiter)
        return [(current[name], waiters) for name, waiters in concerned.items()]

    async def _write(self, namespace: str, quota: Quota) -> None:
        """Raises _Lost when the quota is no longer what was counted with."""

        async def count(live: Object | None) -> Object:
            if live is None or live["metadata"]["resourceVersion"] != str(quota.revision):
                raise _Lost
            used = {name: str(value) for name, value in quota.used.items()}
            return {**live, "status": {**live["status"], "used": used}}

        context = WriteContext(namespace=namespace, actor=_ACTOR)
        try:
            await self._registry.update(context, quota.name, count, rules=self._registry.status_rules())
        except StatusError as error:
            if error.status_code in (404, 409):
                raise _Lost from error
            raise


def _quota(entry: Entry) -> Quota:
    quota = entry.memo.get("quota")
    if quota is None:
        quota = entry.memo["quota"] = quota_of(object_of(entry), entry.revision)
    assert isinstance(quota, Quota)
    return quota


def _finish(waiters: Iterable[_Waiter], error: Exception | None) -> None:
    for waiter in waiters:
        if waiter.done.done():
            continue
        if error is None:
            waiter.done.set_result(None)
        else:
            waiter.done.set_exception(error)
