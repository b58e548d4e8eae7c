"""Recomputes what each ResourceQuota allows and counts: when one changes, when what it counts goes, and now and then.

Admission only adds; this takes off. Behaviour of pkg/controller/resourcequota: deletions of counted objects and pods
and claims that change what they use lead to a new sum; all quotas are summed up again now and then
(``Settings.quota_sync``), which alone puts a status right that somebody else wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apimachinery.gvk import GroupResource, GroupVersionResource
from apimachinery.objects import Object, key_of, namespace_of, split_key
from apimachinery.pod_resources import Resources, parse_resources
from apimachinery.quantity import Quantity
from apimachinery.quota import evaluator_of, resource_of, scopes_of, total
from client.informer import Informer
from client.resources import PERSISTENTVOLUMECLAIMS, PODS, RESOURCEQUOTAS, SERVICES
from controllers.controller import Context, Controller, Loop
from controllers.shared.indexes import BY_NAMESPACE, in_namespace

NAME = "resourcequota-controller"
WORKERS = 5
_ALWAYS = (PODS, SERVICES, PERSISTENTVOLUMECLAIMS)
_ALL = "all"


def status_of(quota: Object, used: Resources) -> Object:
    """The status with the spec's limits, and of ``used`` what they are about."""
    hard = (quota.get("spec") or {}).get("hard") or {}
    before = parse_resources((quota.get("status") or {}).get("used"))
    return {"hard": hard, "used": {name: str(used.get(name, before.get(name, Quantity()))) for name in hard}}


def is_same(one: Object, other: Object) -> bool:
    """Whether two statuses say the same, however their quantities are written."""
    return all(
        (one.get(field) is None) == (other.get(field) is None)
        and parse_resources(one.get(field)) == parse_resources(other.get(field))
        for field in ("hard", "used")
    )


def kinds_of(quota: Object) -> frozenset[GroupResource]:
    """What the quota counts."""
    hard = (quota.get("spec") or {}).get("hard") or {}
    return frozenset(kind for kind in map(resource_of, hard) if kind is not None)


class ResourceQuotas:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        self.resync_queue = context.queue()
        quotas = context.informer(RESOURCEQUOTAS, indexers=BY_NAMESPACE)
        self._quotas = quotas.store
        self._full = {gvr.group_resource: context.informer(gvr, indexers=BY_NAMESPACE) for gvr in _ALWAYS}
        self._served: dict[GroupResource, GroupVersionResource] = {}
        self._followed: dict[GroupResource, Informer] = {}
        quotas.add_handler(self._quota_added, self._quota_changed, lambda quota: None)
        for resource, informer in self._full.items():
            self._follow(resource, informer)

    def prepare(self) -> None:
        self.resync_queue.add(_ALL)

    def resync(self, _: str) -> None:
        """Sum up every quota, also over kinds that are newly served; then again after a while."""
        try:
            self._discover()
            for quota in self._quotas.list():
                self.queue.add(key_of(quota))
        finally:
            self.resync_queue.add_after(_ALL, self._context.settings.quota_sync.total_seconds())

    def sync(self, key: str) -> None:
        quota = self._quotas.get(key)
        if quota is None:
            return
        status = status_of(quota, self._usage(quota))
        if not is_same(status, quota.get("status") or {}):
            namespace, name = split_key(key)
            changed = {**quota, "status": status}
            self._client.update(RESOURCEQUOTAS, namespace, name, changed, subresource="status")

    def _usage(self, quota: Object) -> Resources:
        """What is used of the kinds the quota is about."""
        scopes, now = scopes_of(quota["spec"]), self._clock.now()
        used: Resources = {}
        for kind in kinds_of(quota):
            evaluator = evaluator_of(kind)
            names = [name for name in quota["spec"]["hard"] if evaluator.counts(name)]
            summed = total(evaluator, scopes, self._objects(kind, namespace_of(quota)), now)
            used |= {name: summed.get(name, Quantity()) for name in names}
        return used

    def _objects(self, kind: GroupResource, namespace: str) -> Iterable[Object]:
        """What there is of a kind in a namespace: kinds that are only counted are asked for when they are."""
        if kind in self._full:
            return in_namespace(self._full[kind].store, namespace)
        if kind not in self._served:
            self._discover()
        gvr = self._served.get(kind)
        if gvr is None:
            return ()
        if kind not in self._followed:
            self._followed[kind] = self._context.late_informer(gvr)
            self._follow(kind, self._followed[kind])
        listed: list[Object] = self._client.list(gvr, namespace, metadata_only=True)["items"]
        return listed

    def _discover(self) -> None:
        found = self._client.discover()
        listed = [each.gvr for each in found if each.namespaced and not each.subresource and "list" in each.verbs]
        self._served = {gvr.group_resource: gvr for gvr in reversed(listed)}

    # What happens

    def _follow(self, kind: GroupResource, informer: Informer) -> None:
        def changed(old: Object, new: Object) -> None:
            if kind in self._full and frees(kind, old, new, self._clock.now()):
                self._replenish(kind, new)

        informer.add_handler(lambda obj: None, changed, lambda obj: self._replenish(kind, obj))

    def _replenish(self, kind: GroupResource, obj: Object) -> None:
        for quota in in_namespace(self._quotas, namespace_of(obj)):
            if kind in kinds_of(quota):
                self.queue.add(key_of(quota))

    def _quota_added(self, quota: Object) -> None:
        self.queue.add(key_of(quota))

    def _quota_changed(self, old: Object, new: Object) -> None:
        """What admission counts in the status is no news."""
        if old.get("spec") != new.get("spec"):
            self.queue.add(key_of(new))


def frees(kind: GroupResource, old: Object, new: Object, now: datetime) -> bool:
    """Whether the change of an object may leave room in a quota: it uses something else than before."""
    evaluator = evaluator_of(kind)
    return evaluator.usage(old, now) != evaluator.usage(new, now)


def build_resource_quota(context: Context) -> Controller:
    quotas = ResourceQuotas(context)
    loops = (Loop(quotas.queue, quotas.sync, WORKERS), Loop(quotas.resync_queue, quotas.resync))
    return Controller(NAME, loops, quotas.prepare)
