"""The thin shell: nodes and pods in, pods, revisions and statuses out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from apimachinery.labels import Selector, SelectorError, from_label_selector
from apimachinery.objects import Object, controller_of, is_terminating, key_of, name_of, namespace_of
from apimachinery.pods import is_pod_ready
from apimachinery.status import NotFound, StatusError
from client.ratelimit import ExponentialLimiter
from client.recorder import NORMAL, WARNING
from client.resources import CONTROLLERREVISIONS, DAEMONSETS, NODES, PODS
from controllers.controller import Context, Controller, Loop
from controllers.daemonset.nodes import DAEMONSET, daemon_pod
from controllers.daemonset.plan import Pods, by_node, manage, roll, strategy
from controllers.daemonset.status import is_unchanged, status_of
from controllers.shared.history import Collision, RevisionKeeper, hash_of, read_history, surplus_revisions
from controllers.shared.indexes import BY_CONTROLLER, controlled_and_orphans
from controllers.shared.ownership import Claimer, labels_of, resolve, selects
from controllers.shared.pace import pause_for
from controllers.shared.pods import NAMESPACE_TERMINATING, PodControl, next_availability

NAME = "daemonset-controller"
WORKERS = 2
_FAILED_FIRST, _FAILED_LONGEST = 1.0, 900.0


class DaemonSets:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self._in_parallel = context.in_parallel
        self._recorder = context.recorder(NAME)
        self._pod_control = PodControl(context.client, self._recorder)
        self._claimer = Claimer(context.client, DAEMONSET, DAEMONSETS, PODS)
        self._revision_claimer = Claimer(context.client, DAEMONSET, DAEMONSETS, CONTROLLERREVISIONS)
        self._keeper = RevisionKeeper(context.client)
        self._expectations = context.expectations()
        self._failed = ExponentialLimiter(_FAILED_FIRST, _FAILED_LONGEST)
        self._retry_at: dict[str, float] = {}
        self.queue = context.queue()
        sets, nodes = context.informer(DAEMONSETS), context.informer(NODES)
        pods = context.informer(PODS, indexers=BY_CONTROLLER)
        revisions = context.informer(CONTROLLERREVISIONS, indexers=BY_CONTROLLER)
        self._sets, self._nodes = sets.store, nodes.store
        self._pods, self._revisions = pods.store, revisions.store
        sets.add_handler(self._enqueue, lambda old, new: self._enqueue(new), self._set_deleted)
        nodes.add_handler(self._node, self._node_changed, self._node)
        pods.add_handler(self._pod_added, self._pod_changed, self._pod_deleted)

    def sync(self, key: str) -> None:
        daemonset = self._sets.get(key)
        if daemonset is None:
            self._expectations.forget(key)
            return
        if is_terminating(daemonset):
            return
        try:
            selector = from_label_selector(daemonset["spec"].get("selector"))
        except SelectorError:
            return
        if selector.empty:
            message = "This daemon set is selecting all pods. A non-empty selector is required."
            self._recorder.event(daemonset, WARNING, "SelectingAll", message)
            return
        may_act = self._expectations.satisfied(key)  # before the pods are read
        revision, old = self._keep_history(daemonset, selector)
        pods = self._claimer.claim(daemonset, selector, controlled_and_orphans(self._pods, daemonset))
        failure = self._act(key, daemonset, pods, revision) if may_act else None
        if may_act and failure is None:
            limit = daemonset["spec"].get("revisionHistoryLimit")
            live = {labels_of(pod).get("controller-revision-hash") for pod in pods}
            names = {name_of(one) for one in old if hash_of(one) in live}
            self._keeper.drop(surplus_revisions(old, names, 10 if limit is None else limit))
        self._write_status(daemonset, pods, revision)
        if failure is not None:
            raise failure
        wait = next_availability(pods, daemonset["spec"].get("minReadySeconds") or 0, self._clock.now())
        if wait is not None:
            self.queue.add_after(key, wait)

    # Revisions

    def _keep_history(self, daemonset: Object, selector: Selector) -> tuple[str, list[Object]]:
        """The hash of the current template, and the revisions of the others."""
        collisions = (daemonset.get("status") or {}).get("collisionCount")
        candidates = controlled_and_orphans(self._revisions, daemonset)
        known = self._revision_claimer.claim(daemonset, selector, candidates)
        history = read_history(daemonset, DAEMONSET, known, collisions)
        try:
            return hash_of(self._keeper.keep(history, known)), history.old
        except Collision:
            status = {**(daemonset.get("status") or {}), "collisionCount": (collisions or 0) + 1}
            self._update(daemonset, status)
            raise

    # Pods

    def _act(self, key: str, daemonset: Object, pods: Sequence[Object], revision: str) -> Exception | None:
        now, nodes, there = self._clock.now(), self._nodes.list(), by_node(pods)
        steps = manage(daemonset, nodes, there, revision, now, partial(self._may_replace, key))
        for pod in steps.ended:
            self._tell_end(daemonset, pod)
        for node in steps.waiting:
            self.queue.add_after(key, self._retry_at[f"{key} {node}"] - self._clock.monotonic())
        failure = self._carry_out(key, daemonset, steps, revision)
        if failure is None and self._expectations.satisfied(key) and strategy(daemonset) == "RollingUpdate":
            step = roll(daemonset, nodes, there, revision, now)
            failure = self._carry_out(key, daemonset, step, revision)
        return failure

    def _may_replace(self, key: str, node: str) -> bool:
        """A pod that fails again and again on a node is replaced ever more slowly."""
        slot, now = f"{key} {node}", self._clock.monotonic()
        if now < self._retry_at.get(slot, 0.0):
            return False
        self._retry_at[slot] = now + self._failed.when(slot)
        return True

    def _tell_end(self, daemonset: Object, pod: Object) -> None:
        path, node = f"{namespace_of(pod)}/{name_of(pod)}", pod["spec"].get("nodeName") or ""
        if pod["status"]["phase"] == "Failed":
            message = f"Found failed daemon pod {path} on node {node}, will try to kill it"
            self._recorder.event(daemonset, WARNING, "FailedDaemonPod", message)
        else:
            message = f"Found succeeded daemon pod {path} on node {node}, will try to delete it"
            self._recorder.event(daemonset, NORMAL, "SucceededDaemonPod", message)

    def _carry_out(self, key: str, daemonset: Object, steps: Pods, revision: str) -> Exception | None:
        if not steps.create and not steps.delete:
            return None
        self._expectations.expect(key, adds=len(steps.create), deletes=map(key_of, steps.delete))
        failure = self._create(key, daemonset, steps.create, revision)
        deletions = [partial(self._delete, key, daemonset, pod) for pod in steps.delete]
        errors = self._in_parallel(deletions)
        return failure or (errors[0] if errors else None)

    def _create(self, key: str, daemonset: Object, nodes: Sequence[str], revision: str) -> Exception | None:
        """In batches of 1, 2, 4, …; a batch with a failure is the last."""

        def create(node: str) -> None:
            try:
                self._pod_control.create(daemonset, daemon_pod(daemonset, node, revision))
            except StatusError as error:
                if not error.has_cause(NAMESPACE_TERMINATING):
                    raise

        start, batch, made = 0, 1, 0
        failure: Exception | None = None
        while start < len(nodes) and failure is None:
            group = nodes[start : start + batch]
            errors = self._in_parallel([partial(create, node) for node in group])
            made += len(group) - len(errors)
            failure = errors[0] if errors else None
            start, batch = start + len(group), batch * 2
        for _ in range(len(nodes) - made):
            self._expectations.creation_observed(key)
        return failure

    def _delete(self, key: str, daemonset: Object, pod: Object) -> None:
        try:
            self._pod_control.delete(daemonset, namespace_of(pod), name_of(pod))
        except BaseException as error:
            self._expectations.deletion_observed(key, key_of(pod))
            if not isinstance(error, NotFound):
                raise

    # The status

    def _write_status(self, daemonset: Object, pods: Iterable[Object], revision: str) -> None:
        status = status_of(daemonset, self._nodes.list(), by_node(pods), revision, self._clock.now())
        if not is_unchanged(daemonset, status):
            self._update(daemonset, status)

    def _update(self, daemonset: Object, status: Object) -> None:
        changed = {**daemonset, "status": status}
        self._client.update(DAEMONSETS, namespace_of(daemonset), name_of(daemonset), changed, subresource="status")

    # What happens

    def _enqueue(self, daemonset: Object) -> None:
        self.queue.add(key_of(daemonset))

    def _enqueue_later(self, daemonset: Object) -> None:
        desired = (daemonset.get("status") or {}).get("desiredNumberScheduled") or 0
        self.queue.add_after(key_of(daemonset), pause_for(desired))

    def _set_deleted(self, daemonset: Object) -> None:
        self._expectations.forget(key_of(daemonset))
        prefix = f"{key_of(daemonset)} "
        for slot in [slot for slot in self._retry_at if slot.startswith(prefix)]:
            self._retry_at.pop(slot, None)
            self._failed.forget(slot)

    def _node(self, node: Object) -> None:
        for daemonset in self._sets.list():
            self._enqueue_later(daemonset)

    def _node_changed(self, old: Object, new: Object) -> None:
        """A heartbeat changes neither labels nor taints."""
        if labels_of(old) != labels_of(new) or (old.get("spec") or {}) != (new.get("spec") or {}):
            self._node(new)

    def _resolve(self, pod: Object) -> Object | None:
        return resolve(self._sets, DAEMONSET.kind, namespace_of(pod), controller_of(pod))

    def _pod_added(self, pod: Object) -> None:
        if is_terminating(pod):
            self._pod_deleted(pod)
        elif controller_of(pod) is None:
            self._orphan(pod)
        elif (daemonset := self._resolve(pod)) is not None:
            self._expectations.creation_observed(key_of(daemonset))
            self._enqueue_later(daemonset)

    def _pod_changed(self, old: Object, new: Object) -> None:
        if is_terminating(new):
            self._pod_deleted(new)
            return
        reference_changed = controller_of(old) != controller_of(new)
        if reference_changed and (before := self._resolve(old)) is not None:
            self._enqueue(before)
        if controller_of(new) is None:
            if reference_changed or labels_of(old) != labels_of(new):
                self._orphan(new)
        elif (daemonset := self._resolve(new)) is not None:
            self._enqueue_later(daemonset)
            min_ready = daemonset["spec"].get("minReadySeconds") or 0
            if min_ready and is_pod_ready(new) and not is_pod_ready(old):
                self.queue.add_after(key_of(daemonset), min_ready)

    def _pod_deleted(self, pod: Object) -> None:
        daemonset = self._resolve(pod)
        if daemonset is not None:
            self._expectations.deletion_observed(key_of(daemonset), key_of(pod))
            self._enqueue_later(daemonset)

    def _orphan(self, pod: Object) -> None:
        for daemonset in self._sets.list():
            if namespace_of(daemonset) == namespace_of(pod) and selects(daemonset, pod):
                self._enqueue(daemonset)


def build_daemonset(context: Context) -> Controller:
    sets = DaemonSets(context)
    return Controller(NAME, (Loop(sets.queue, sets.sync, WORKERS),))
