"""The thin shell: informers in, pods, claims, revisions and statuses out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from apimachinery.labels import SelectorError, from_label_selector
from apimachinery.objects import Object, controller_of, is_terminating, key_of, name_of, namespace_of
from apimachinery.pods import is_pod_ready
from apimachinery.status import AlreadyExists, Conflict, NotFound, StatusError
from client.errors import TryAgain
from client.recorder import NORMAL, WARNING
from client.resources import CONTROLLERREVISIONS, PERSISTENTVOLUMECLAIMS, PODS, STATEFULSETS
from controllers.controller import Context, Controller, Loop
from controllers.shared.history import REVISION_HASH, Collision, RevisionKeeper, read_history, surplus_revisions
from controllers.shared.indexes import BY_CONTROLLER, controlled_and_orphans
from controllers.shared.ownership import Claimer, labels_of, resolve
from controllers.shared.pace import pause_for
from controllers.shared.pods import NAMESPACE_TERMINATING, next_availability
from controllers.statefulset.claims import claims_of, has_other_controller, is_stale, owners_wanted
from controllers.statefulset.identity import (
    STATEFULSET,
    claim_name,
    ordinal_of,
    pod_name,
    revision_of,
    stateful_pod,
    with_identity,
)
from controllers.statefulset.plan import Revisions, Steps, plan
from controllers.statefulset.status import is_unchanged, status_of

NAME = "statefulset-controller"
WORKERS = 5
_CONFLICT = (
    "PersistentVolumeClaim {} has a conflicting OwnerReference that acts as a manging controller,"
    " the retention policy is ignored for this claim"
)
"""Upstream's words."""
_HISTORY = 10


class StatefulSets:
    """Pods have fixed names, so a stale cache makes no second one: the API refuses it."""

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self._in_parallel = context.in_parallel
        self._recorder = context.recorder(NAME)
        self._claimer = Claimer(context.client, STATEFULSET, STATEFULSETS, PODS)
        self._revision_claimer = Claimer(context.client, STATEFULSET, STATEFULSETS, CONTROLLERREVISIONS)
        self._keeper = RevisionKeeper(context.client)
        self.queue = context.queue()
        sets, pods = context.informer(STATEFULSETS), context.informer(PODS, indexers=BY_CONTROLLER)
        claims = context.informer(PERSISTENTVOLUMECLAIMS)
        revisions = context.informer(CONTROLLERREVISIONS, indexers=BY_CONTROLLER)
        self._sets, self._pods = sets.store, pods.store
        self._claims, self._revisions = claims.store, revisions.store
        sets.add_handler(self._enqueue, lambda old, new: self._enqueue(new), self._enqueue)
        pods.add_handler(self._pod, self._pod_changed, self._pod)

    def sync(self, key: str) -> None:
        statefulset = self._sets.get(key)
        if statefulset is None:
            return
        try:
            selector = from_label_selector(statefulset["spec"].get("selector"))
        except SelectorError:
            return
        owned = controlled_and_orphans(self._revisions, statefulset)
        known = self._revision_claimer.claim(statefulset, selector, owned)
        candidates = controlled_and_orphans(self._pods, statefulset)
        members = [pod for pod in candidates if ordinal_of(statefulset, pod) is not None]
        pods = self._claimer.claim(statefulset, selector, members)
        current, update = self._keep_history(statefulset, known)
        revisions = Revisions(name_of(current), name_of(update))
        now = self._clock.now()
        steps = plan(statefulset, pods, revisions, now, partial(self._claims_ready, statefulset))
        failure = self._carry_out(statefulset, steps, {name_of(one): one for one in (update, current)})
        down = steps.updated_down if failure is None else 0
        status = status_of(statefulset, pods, revisions, down, now)
        if not is_unchanged(statefulset, status):
            self._write_status(statefulset, status)
        if failure is not None:
            raise failure
        self._drop_history(statefulset, known, {*revisions, *map(revision_of, pods)})
        wait = next_availability(pods, statefulset["spec"].get("minReadySeconds") or 0, now)
        if wait is not None:
            self.queue.add_after(key, wait)

    # Revisions

    def _keep_history(self, statefulset: Object, known: list[Object]) -> tuple[Object, Object]:
        """The revision that the set comes from and the one of its template."""
        status = statefulset.get("status") or {}
        history = read_history(statefulset, STATEFULSET, known, status.get("collisionCount"), REVISION_HASH)
        try:
            update = self._keeper.keep(history, known)
        except Collision:
            collisions = (status.get("collisionCount") or 0) + 1
            self._write_status(statefulset, {**status, "collisionCount": collisions})
            raise
        came_from = status.get("currentRevision")
        current = next((one for one in known if name_of(one) == came_from), update)
        return current, update

    def _drop_history(self, statefulset: Object, known: Iterable[Object], live: set[str]) -> None:
        limit = statefulset["spec"].get("revisionHistoryLimit")
        self._keeper.drop(surplus_revisions(known, live, _HISTORY if limit is None else limit))

    # Pods

    def _carry_out(self, statefulset: Object, steps: Steps, revisions: dict[str, Object]) -> Exception | None:
        calls: list[Callable[[], object]] = []
        for ordinal, name in steps.create:
            calls.append(partial(self._create, statefulset, ordinal, name, revisions[name]))
        calls += [partial(self._delete, statefulset, pod) for pod in steps.delete]
        calls += [partial(self._adjust, statefulset, pod, ordinal) for pod, ordinal in steps.adjust]
        calls += [partial(self._make_claims, statefulset, ordinal) for ordinal in steps.need_claims]
        for ordinal in steps.existing:
            calls += self._own_claims(statefulset, ordinal)
        errors = self._in_parallel(calls) if calls else []
        return errors[0] if errors else None

    def _create(self, statefulset: Object, ordinal: int, name: str, revision: Object) -> None:
        template = dict(revision["data"]["spec"]["template"])
        template.pop("$patch", None)
        pod = stateful_pod(statefulset, template, name, ordinal)
        try:
            self._make_claims(statefulset, ordinal)
            self._client.create(PODS, namespace_of(statefulset), pod)
        except AlreadyExists:
            raise
        except StatusError as error:
            if not error.has_cause(NAMESPACE_TERMINATING):
                self._tell(statefulset, "create", pod, error)
                raise
            return
        self._tell(statefulset, "create", pod)

    def _delete(self, statefulset: Object, pod: Object) -> None:
        try:
            self._client.delete(PODS, namespace_of(pod), name_of(pod), uid=pod["metadata"]["uid"])
        except (NotFound, Conflict):
            return
        except StatusError as error:
            self._tell(statefulset, "delete", pod, error)
            raise
        self._tell(statefulset, "delete", pod)

    def _adjust(self, statefulset: Object, pod: Object, ordinal: int) -> None:
        self._make_claims(statefulset, ordinal)
        try:
            self._client.update(PODS, namespace_of(pod), name_of(pod), with_identity(statefulset, pod, ordinal))
        except StatusError as error:
            self._tell(statefulset, "update", pod, error)
            raise
        self._tell(statefulset, "update", pod)

    def _tell(self, statefulset: Object, verb: str, pod: Object, error: Exception | None = None) -> None:
        what = f"{verb} Pod {name_of(pod)} in StatefulSet {name_of(statefulset)}"
        if error is None:
            self._recorder.event(statefulset, NORMAL, f"Successful{verb.title()}", f"{what} successful")
        else:
            self._recorder.event(statefulset, WARNING, f"Failed{verb.title()}", f"{what} failed error: {error}")

    # Claims

    def _claims_ready(self, statefulset: Object, ordinal: int) -> bool:
        pod = self._pods.get(f"{namespace_of(statefulset)}/{pod_name(statefulset, ordinal)}")
        claims = (self._claims.get(key_of(claim)) for claim in claims_of(statefulset, ordinal))
        return not any(claim is not None and is_stale(claim, pod) for claim in claims)

    def _make_claims(self, statefulset: Object, ordinal: int) -> None:
        for claim in claims_of(statefulset, ordinal):
            there = self._claims.get(key_of(claim))
            if there is None:
                self._make_claim(statefulset, claim, pod_name(statefulset, ordinal))
            elif is_terminating(there):
                raise TryAgain(f"pvc {name_of(claim)} is being deleted")

    def _make_claim(self, statefulset: Object, claim: Object, pod: str) -> None:
        what = f"create Claim {name_of(claim)} Pod {pod} in StatefulSet {name_of(statefulset)}"
        try:
            self._client.create(PERSISTENTVOLUMECLAIMS, namespace_of(claim), claim)
        except AlreadyExists:
            return
        except StatusError as error:
            self._recorder.event(statefulset, WARNING, "FailedCreate", f"{what} failed error: {error}")
            raise
        self._recorder.event(statefulset, NORMAL, "SuccessfulCreate", f"{what} success")

    def _own_claims(self, statefulset: Object, ordinal: int) -> Iterable[Callable[[], object]]:
        """A pod that goes for good takes its claims along, if the retention policy says so."""
        namespace = namespace_of(statefulset)
        pod = self._pods.get(f"{namespace}/{pod_name(statefulset, ordinal)}")
        for template in statefulset["spec"].get("volumeClaimTemplates") or ():
            claim = self._claims.get(f"{namespace}/{claim_name(statefulset, template, ordinal)}")
            if claim is None or pod is None:
                continue
            if has_other_controller(statefulset, claim, pod):
                message = _CONFLICT.format(name_of(claim))
                self._recorder.event(statefulset, WARNING, "ConflictingController", message)
            owners = owners_wanted(statefulset, claim, pod, ordinal)
            if owners is not None:
                changed = {**claim, "metadata": {**claim["metadata"], "ownerReferences": owners}}
                yield partial(self._client.update, PERSISTENTVOLUMECLAIMS, namespace, name_of(claim), changed)

    # The status

    def _write_status(self, statefulset: Object, status: Object) -> None:
        changed = {**statefulset, "status": status}
        namespace, name = namespace_of(statefulset), name_of(statefulset)
        self._client.update(STATEFULSETS, namespace, name, changed, subresource="status")

    # What happens

    def _enqueue(self, statefulset: Object) -> None:
        self.queue.add(key_of(statefulset))

    def _resolve(self, pod: Object) -> Object | None:
        return resolve(self._sets, STATEFULSET.kind, namespace_of(pod), controller_of(pod))

    def _pod(self, pod: Object) -> None:
        statefulset = self._resolve(pod)
        if statefulset is not None:
            replicas = (statefulset.get("status") or {}).get("replicas") or 0
            self.queue.add_after(key_of(statefulset), pause_for(replicas))
        elif controller_of(pod) is None and not is_terminating(pod):
            self._orphan(pod)

    def _pod_changed(self, old: Object, new: Object) -> None:
        if controller_of(old) != controller_of(new) and (before := self._resolve(old)) is not None:
            self._enqueue(before)
        if controller_of(new) is None and controller_of(old) is None and labels_of(old) == labels_of(new):
            return
        self._pod(new)
        statefulset = self._resolve(new)
        min_ready = statefulset["spec"].get("minReadySeconds") if statefulset is not None else 0
        if statefulset is not None and min_ready and is_pod_ready(new) and not is_pod_ready(old):
            self.queue.add_after(key_of(statefulset), min_ready)

    def _orphan(self, pod: Object) -> None:
        for statefulset in self._sets.list():
            if namespace_of(statefulset) == namespace_of(pod) and ordinal_of(statefulset, pod) is not None:
                self._enqueue(statefulset)


def build_statefulset(context: Context) -> Controller:
    sets = StatefulSets(context)
    return Controller(NAME, (Loop(sets.queue, sets.sync, WORKERS),))
