"""The thin shell around plan and status: informers in, writes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from apimachinery.gvk import GroupVersion, GroupVersionKind, GroupVersionResource
from apimachinery.labels import Selector, SelectorError, equality, from_label_selector
from apimachinery.objects import Object, controller_of, is_terminating, key_of, name_of, namespace_of
from apimachinery.pods import is_pod_active, is_pod_ready
from apimachinery.status import Conflict, NotFound, StatusError
from client.resources import PODS, REPLICASETS, REPLICATIONCONTROLLERS
from controllers.controller import Context, Controller, Loop
from controllers.replicaset.plan import Scale, plan_scale
from controllers.replicaset.status import is_unchanged, status_of
from controllers.shared.indexes import BY_CONTROLLER, controlled_and_orphans, controlled_by
from controllers.shared.ownership import Claimer, controller_reference, labels_of, resolve
from controllers.shared.pace import pause_for
from controllers.shared.pods import (
    NAMESPACE_TERMINATING,
    PodControl,
    is_pod_terminating,
    next_availability,
    pod_from_template,
    slow_start,
)

WORKERS = 5


@dataclass(frozen=True, slots=True)
class Flavour:
    """What differs between the kinds. ``selector_of`` may raise SelectorError."""

    name: str
    component: str
    resource: GroupVersionResource
    kind: GroupVersionKind
    selector_of: Callable[[Object], Selector]
    counts_terminating: bool


def _label_selector(owner: Object) -> Selector:
    return from_label_selector(owner["spec"].get("selector"))


def _plain_selector(owner: Object) -> Selector:
    return equality(owner["spec"].get("selector") or {})


REPLICASET = Flavour(
    "replicaset-controller",
    "replicaset-controller",
    REPLICASETS,
    GroupVersion("apps", "v1").kind("ReplicaSet"),
    _label_selector,
    counts_terminating=True,
)
REPLICATIONCONTROLLER = Flavour(
    "replicationcontroller-controller",
    "replication-controller",
    REPLICATIONCONTROLLERS,
    GroupVersion("", "v1").kind("ReplicationController"),
    _plain_selector,
    counts_terminating=False,
)


class Replicas:
    """The controller of one of the two kinds."""

    def __init__(self, context: Context, flavour: Flavour) -> None:
        self._flavour = flavour
        self._client = context.client
        self._clock = context.clock
        self._in_parallel = context.in_parallel
        self._pods = PodControl(context.client, context.recorder(flavour.component))
        self._claimer = Claimer(context.client, flavour.kind, flavour.resource, PODS)
        self._expectations = context.expectations()
        self.queue = context.queue()
        owners = context.informer(flavour.resource, indexers=BY_CONTROLLER)
        pods = context.informer(PODS, indexers=BY_CONTROLLER)
        self._owner_store, self._pod_store = owners.store, pods.store
        owners.add_handler(self._enqueue, lambda old, new: self._enqueue(new), self._owner_deleted)
        pods.add_handler(self._pod_added, self._pod_updated, self._pod_deleted)

    def sync(self, key: str) -> None:
        owner = self._owner_store.get(key)
        if owner is None:
            self._expectations.forget(key)
            return
        may_act = self._expectations.satisfied(key)  # before the pods are read
        try:
            selector = self._flavour.selector_of(owner)
        except SelectorError:
            return
        pods = controlled_and_orphans(self._pod_store, owner)
        active = self._claimer.claim(owner, selector, filter(is_pod_active, pods))
        failure = None
        if may_act and not is_terminating(owner):
            failure = self._scale(key, owner, active)
        now = self._clock.now()
        terminating = None
        if self._flavour.counts_terminating:
            terminating = [pod for pod in pods if is_pod_terminating(pod) and _has(owner, selector, pod)]
        self._write_status(owner, status_of(owner, active, terminating, failure, now))
        if failure is not None:
            raise failure
        self._plan_next_check(key, owner, active, now)

    # Acting

    def _scale(self, key: str, owner: Object, active: list[Object]) -> Exception | None:
        scale = plan_scale(owner, active, lambda: self._related(owner), self._clock.now())
        if scale.create:
            return self._create(key, owner, scale.create)
        return self._delete(key, owner, scale) if scale.delete else None

    def _create(self, key: str, owner: Object, count: int) -> Exception | None:
        reference = controller_reference(owner, self._flavour.kind)
        pod = pod_from_template(owner["spec"]["template"], name_of(owner), reference)

        def create() -> None:
            try:
                self._pods.create(owner, pod)
            except StatusError as error:
                if not error.has_cause(NAMESPACE_TERMINATING):
                    raise

        self._expectations.expect(key, adds=count)
        made, failure = slow_start(count, create, self._in_parallel)
        for _ in range(count - made):
            self._expectations.creation_observed(key)
        return failure

    def _delete(self, key: str, owner: Object, scale: Scale) -> Exception | None:
        def delete(pod: Object) -> None:
            try:
                self._pods.delete(owner, namespace_of(pod), name_of(pod))
            except BaseException as error:
                self._expectations.deletion_observed(key, key_of(pod))
                if not isinstance(error, NotFound):
                    raise

        self._expectations.expect(key, deletes=map(key_of, scale.delete))
        errors = self._in_parallel([partial(delete, pod) for pod in scale.delete])
        return errors[0] if errors else None

    def _related(self, owner: Object) -> Iterable[Object]:
        """Active pods of all the sets that have the same controller, like those of one Deployment."""
        reference = controller_of(owner)
        if reference is None:
            return
        for sibling in controlled_by(self._owner_store, reference["uid"]):
            yield from filter(is_pod_active, controlled_by(self._pod_store, sibling["metadata"]["uid"]))

    def _write_status(self, owner: Object, status: Object) -> None:
        if is_unchanged(owner, status):
            return
        status["observedGeneration"] = owner["metadata"].get("generation") or 0
        namespace, name = namespace_of(owner), name_of(owner)
        changed = {**owner, "status": status}
        try:
            self._client.update(self._flavour.resource, namespace, name, changed, subresource="status")
        except Conflict:
            fresh = self._client.get(self._flavour.resource, namespace, name)
            if fresh["metadata"]["uid"] != owner["metadata"]["uid"]:
                raise
            changed = {**fresh, "status": status}
            self._client.update(self._flavour.resource, namespace, name, changed, subresource="status")

    def _plan_next_check(self, key: str, owner: Object, active: list[Object], now: datetime) -> None:
        wait = next_availability(active, owner["spec"].get("minReadySeconds") or 0, now)
        if wait is not None:
            self.queue.add_after(key, wait)

    # What happens

    def _enqueue(self, owner: Object) -> None:
        self.queue.add(key_of(owner))

    def _enqueue_later(self, owner: Object) -> None:
        """A pod has changed: of a large set, more pods are about to."""
        self.queue.add_after(key_of(owner), pause_for((owner.get("status") or {}).get("replicas") or 0))

    def _owner_deleted(self, owner: Object) -> None:
        self._expectations.forget(key_of(owner))
        self._enqueue(owner)

    def _resolve(self, pod: Object) -> Object | None:
        return resolve(self._owner_store, self._flavour.kind.kind, namespace_of(pod), controller_of(pod))

    def _pod_added(self, pod: Object) -> None:
        if is_terminating(pod):
            self._pod_deleted(pod)
        elif controller_of(pod) is None:
            self._orphan(pod)
        elif (owner := self._resolve(pod)) is not None:
            self._expectations.creation_observed(key_of(owner))
            self._enqueue_later(owner)

    def _pod_updated(self, old: Object, new: Object) -> None:
        if is_terminating(new):
            self._pod_deleted(new)
            return
        reference_changed = controller_of(old) != controller_of(new)
        if reference_changed and (owner := self._resolve(old)) is not None:
            self._enqueue(owner)
        if controller_of(new) is None:
            if reference_changed or labels_of(old) != labels_of(new):
                self._orphan(new)
        elif (owner := self._resolve(new)) is not None:
            self._enqueue_later(owner)
            min_ready = owner["spec"].get("minReadySeconds") or 0
            if min_ready and is_pod_ready(new) and not is_pod_ready(old):
                self.queue.add_after(key_of(owner), min_ready)

    def _pod_deleted(self, pod: Object) -> None:
        owner = self._resolve(pod)
        if owner is not None:
            self._expectations.deletion_observed(key_of(owner), key_of(pod))
            self._enqueue_later(owner)

    def _orphan(self, pod: Object) -> None:
        """Whoever selects it may want to adopt it."""
        namespace = namespace_of(pod)
        for owner in self._owner_store.list():
            if namespace_of(owner) == namespace and self._selects(owner, pod):
                self._enqueue(owner)

    def _selects(self, owner: Object, pod: Object) -> bool:
        try:
            selector = self._flavour.selector_of(owner)
        except SelectorError:
            return False
        return not selector.empty and selector.matches(labels_of(pod))


def _has(owner: Object, selector: Selector, pod: Object) -> bool:
    reference = controller_of(pod)
    return (
        reference is not None and reference.get("uid") == owner["metadata"]["uid"] and selector.matches(labels_of(pod))
    )


def _build(context: Context, flavour: Flavour) -> Controller:
    replicas = Replicas(context, flavour)
    return Controller(flavour.name, (Loop(replicas.queue, replicas.sync, WORKERS),))


def build_replicaset(context: Context) -> Controller:
    return _build(context, REPLICASET)


def build_replicationcontroller(context: Context) -> Controller:
    return _build(context, REPLICATIONCONTROLLER)
