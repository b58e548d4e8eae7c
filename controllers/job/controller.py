"""The thin shell: informers in, pods and statuses out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from apimachinery.labels import SelectorError, from_label_selector
from apimachinery.objects import Object, controller_of, is_terminating, key_of, name_of, namespace_of
from apimachinery.pods import is_pod_ready
from apimachinery.status import NotFound, StatusError
from client.api import STRATEGIC
from client.errors import TryAgain
from client.recorder import NORMAL, WARNING
from client.resources import JOBS, PODS
from controllers.controller import Context, Controller, Loop
from controllers.job.accounting import conclude, count, set_condition, settle
from controllers.job.assessment import (
    COMPLETE,
    FINALIZER,
    SUCCESS_CRITERIA_MET,
    Assessment,
    assess,
    condition,
    has_finalizer,
    is_finished,
)
from controllers.job.backoff import Backoff
from controllers.job.plan import plan_pods
from controllers.job.pods import JOB, pod_for
from controllers.shared.indexes import BY_CONTROLLER, controlled_and_orphans, controlled_by
from controllers.shared.own_writes import OwnWrites
from controllers.shared.ownership import Claimer, labels_of, resolve, selects
from controllers.shared.pods import NAMESPACE_TERMINATING, PodControl

NAME = "job-controller"
WORKERS = 5
BATCH = 0.25
"""Seconds to wait after a pod or a status has changed: more pods are about to."""
_MANAGER = "kubernetes.io/job-controller"
_REMOVE_FINALIZER = {"$deleteFromPrimitiveList/finalizers": [FINALIZER]}


@dataclass(slots=True)
class _Done:
    """What became of the planned pods."""

    made: int = 0
    deleted: int = 0
    deleted_ready: int = 0
    failure: Exception | None = None


class Awaited:
    """Uids of pods whose finalizer was taken off and whose cached copy may still have it. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uids: dict[str, set[str]] = {}

    def of(self, key: str) -> frozenset[str]:
        with self._lock:
            return frozenset(self._uids.get(key, ()))

    def expect(self, key: str, uids: Iterable[str]) -> None:
        with self._lock:
            self._uids.setdefault(key, set()).update(uids)

    def observed(self, key: str, uid: str) -> None:
        with self._lock:
            uids = self._uids.get(key)
            if uids is not None:
                uids.discard(uid)
                if not uids:
                    del self._uids[key]

    def forget(self, key: str) -> None:
        with self._lock:
            self._uids.pop(key, None)


class Jobs:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self._in_parallel = context.in_parallel
        self._recorder = context.recorder(NAME)
        self._pod_control = PodControl(context.client, self._recorder)
        self._claimer = Claimer(context.client, JOB, JOBS, PODS, finalizers=(FINALIZER,))
        self._expectations = context.expectations()
        self._awaited = Awaited()
        self._own_writes = OwnWrites()
        self._backoffs: dict[str, Backoff] = {}
        self.queue, self.orphan_queue = context.queue(), context.queue()
        jobs, pods = context.informer(JOBS), context.informer(PODS, indexers=BY_CONTROLLER)
        self._jobs, self._pods = jobs.store, pods.store
        jobs.add_handler(self._enqueue, self._job_changed, self._job_deleted)
        pods.add_handler(self._pod_added, self._pod_changed, self._pod_deleted)

    def sync(self, key: str) -> None:
        job = self._jobs.get(key)
        if job is None:
            self._expectations.forget(key)
            self._awaited.forget(key)
        if job is None or is_finished(job):
            self._backoffs.pop(key, None)
            self._own_writes.forget(key)
            return
        if job["spec"].get("managedBy") not in (None, _MANAGER):
            return
        if not self._own_writes.seen_in(job):
            raise TryAgain("the status in the cache is older than the one that was written")
        may_act = self._expectations.satisfied(key)  # before the pods are read
        try:
            selector = from_label_selector(job["spec"].get("selector"))
        except SelectorError:
            return
        awaited = self._awaited.of(key)
        pods = self._claimer.claim(job, selector, controlled_and_orphans(self._pods, job))
        now = self._clock.now()
        made = assess(job, pods, awaited, self._backoffs.get(key, Backoff()), now)
        if made.deadline_in is not None:
            self.queue.add_after(key, made.deadline_in)
        done, changed = self._manage(key, made, may_act, now)
        changed = self._update_counts(made, done) or changed
        self._track(key, made, changed, now)
        if done.failure is not None:
            raise done.failure

    # Pods

    def _manage(self, key: str, made: Assessment, may_act: bool, now: datetime) -> tuple[_Done, bool]:
        """Make and delete pods, and decide about the end; whether a condition changed."""
        if made.finish is not None:
            done = self._delete(made, made.active, partial(self._delete_pod, made.job))
            if done.deleted != len(made.active) or not may_act:
                made.finish = None  # there may be pods that have not been seen
            return done, False
        done, managed = _Done(), may_act and not is_terminating(made.job)
        if managed:
            done = self._adjust(key, made, now)
        completions, active = made.job["spec"].get("completions"), len(made.active) + done.made - done.deleted
        if made.succeeded >= (1 if completions is None else completions) and active == 0:
            reached = "Reached expected number of succeeded pods"
            made.finish = condition(SUCCESS_CRITERIA_MET, "CompletionsReached", reached, now)
        elif managed:
            return done, self._note_suspension(made, now)
        return done, False

    def _adjust(self, key: str, made: Assessment, now: datetime) -> _Done:
        pods = plan_pods(made, now)
        if pods.wait > 0:
            self.queue.add_after(key, max(pods.wait, BATCH))
        if pods.delete:
            self._expectations.expect(key, deletes=map(key_of, pods.delete))
            return self._delete(made, pods.delete, partial(self._release_and_delete, key, made.job))
        return self._create(key, made, pods.create) if pods.create else _Done()

    def _create(self, key: str, made: Assessment, indexes: Sequence[int | None]) -> _Done:
        """In batches of 1, 2, 4, …; a batch with a failure is the last."""

        def create(index: int | None) -> None:
            replaced = made.delayed.get(index) if index is not None else None
            try:
                self._pod_control.create(made.job, pod_for(made.job, index, replaced))
            except StatusError as error:
                if not error.has_cause(NAMESPACE_TERMINATING):
                    raise

        self._expectations.expect(key, adds=len(indexes))
        done, start, batch = _Done(), 0, 1
        while start < len(indexes) and done.failure is None:
            group = indexes[start : start + batch]
            errors = self._in_parallel([partial(create, index) for index in group])
            done.made += len(group) - len(errors)
            done.failure = errors[0] if errors else None
            start, batch = start + len(group), batch * 2
        for _ in range(len(indexes) - done.made):
            self._expectations.creation_observed(key)
        return done

    def _delete(self, made: Assessment, pods: Sequence[Object], delete: partial[None]) -> _Done:
        done = _Done()
        errors = self._in_parallel([partial(delete, pod) for pod in pods])
        done.deleted = len(pods) - len(errors)
        done.deleted_ready = min(sum(map(is_pod_ready, pods)), done.deleted)
        done.failure = errors[0] if errors else None
        made.terminating += done.deleted
        return done

    def _delete_pod(self, job: Object, pod: Object) -> None:
        try:
            self._pod_control.delete(job, namespace_of(pod), name_of(pod))
        except NotFound:
            return

    def _release_and_delete(self, key: str, job: Object, pod: Object) -> None:
        """A pod that is one too many is not counted: the finalizer goes first."""
        try:
            if has_finalizer(pod):
                self._remove_finalizer(pod)
            self._pod_control.delete(job, namespace_of(pod), name_of(pod))
        except NotFound:
            self._expectations.deletion_observed(key, key_of(pod))
        except BaseException:
            self._expectations.deletion_observed(key, key_of(pod))
            raise

    def _remove_finalizer(self, pod: Object) -> None:
        metadata = {"uid": pod["metadata"]["uid"], **_REMOVE_FINALIZER}
        self._client.patch(PODS, namespace_of(pod), name_of(pod), {"metadata": metadata}, kind=STRATEGIC)

    # The status

    def _note_suspension(self, made: Assessment, now: datetime) -> bool:
        if made.suspended:
            changed = set_condition(made.status, condition("Suspended", "JobSuspended", "Job suspended", now), now)
            if changed:
                self._recorder.event(made.job, NORMAL, "Suspended", "Job suspended")
                made.status.pop("startTime", None)
            return changed
        resumed = condition("Suspended", "JobResumed", "Job resumed", now, status="False")
        changed = set_condition(made.status, resumed, now)
        if changed:
            self._recorder.event(made.job, NORMAL, "Resumed", "Job resumed")
            made.status["startTime"] = resumed["lastTransitionTime"]
        return changed

    def _update_counts(self, made: Assessment, done: _Done) -> bool:
        counts = {
            "active": len(made.active) + done.made - done.deleted,
            "ready": made.ready - done.deleted_ready,
            "terminating": made.terminating,
        }
        changed = any(made.status.get(name, 0 if name == "active" else None) != n for name, n in counts.items())
        made.status |= counts
        return changed

    def _track(self, key: str, made: Assessment, changed: bool, now: datetime) -> None:
        """Note, write, take finalizers off, count, and end the job when it has ended."""
        counted = count(made, now)
        if changed or counted.changed:
            made.job = self._write(made)
            self._backoffs[key] = made.backoff
        errors = self._release(key, counted.release, counted.holders)
        pending = settle(made.status, counted.holders)
        if errors:
            if pending:
                self._write(made)
            raise errors[0]
        ended = None if counted.cut_short else conclude(made, now)
        if pending or ended is not None:
            self._write(made)
        if ended is not None:
            self._tell_end(made, ended)

    def _write(self, made: Assessment) -> Object:
        changed = {**made.job, "status": made.status}
        namespace, name = namespace_of(made.job), name_of(made.job)
        written = self._client.update(JOBS, namespace, name, changed, subresource="status")
        self._own_writes.note(written)
        return written

    def _release(self, key: str, pods: Sequence[Object], holders: set[str]) -> list[Exception]:
        """Take the finalizers off; those that are off are no longer among the holders."""

        def release(pod: Object) -> None:
            uid = pod["metadata"]["uid"]
            try:
                self._remove_finalizer(pod)
            except NotFound:
                self._awaited.observed(key, uid)
            except BaseException:
                self._awaited.observed(key, uid)
                raise
            holders.discard(uid)

        self._awaited.expect(key, (pod["metadata"]["uid"] for pod in pods))
        return self._in_parallel([partial(release, pod) for pod in pods])

    def _tell_end(self, made: Assessment, ended: Object) -> None:
        if ended["type"] != COMPLETE:
            self._recorder.event(made.job, WARNING, ended.get("reason") or "", ended.get("message") or "")
            return
        completions = made.job["spec"].get("completions")
        if completions is not None and (made.status.get("succeeded") or 0) > completions:
            message = "Too many succeeded pods running after completion count reached"
            self._recorder.event(made.job, WARNING, "TooManySucceededPods", message)
        self._recorder.event(made.job, NORMAL, "Completed", "Job completed")

    # Pods that no job will count any more

    def sync_orphan(self, key: str) -> None:
        pod = self._pods.get(key)
        if pod is None or not has_finalizer(pod):
            return
        reference = controller_of(pod)
        if reference is not None:
            if (reference.get("kind"), reference.get("apiVersion")) != (JOB.kind, JOB.api_version):
                return
            job = self._resolve(pod)
            if job is not None and (not is_finished(job) or job["spec"].get("managedBy") not in (None, _MANAGER)):
                return
        try:
            self._remove_finalizer(pod)
        except NotFound:
            return

    # What happens

    def _enqueue(self, job: Object) -> None:
        self.queue.add(key_of(job))

    def _enqueue_later(self, job: Object) -> None:
        self.queue.add_after(key_of(job), BATCH)

    def _job_changed(self, old: Object, new: Object) -> None:
        if old["metadata"].get("generation") == new["metadata"].get("generation"):
            self._enqueue_later(new)
        else:
            self._enqueue(new)
        if is_finished(new):
            self._release_leftovers(new)

    def _job_deleted(self, job: Object) -> None:
        self._enqueue(job)
        self._release_leftovers(job)

    def _release_leftovers(self, job: Object) -> None:
        for pod in filter(has_finalizer, controlled_by(self._pods, job["metadata"]["uid"])):
            self.orphan_queue.add(key_of(pod))

    def _resolve(self, pod: Object) -> Object | None:
        return resolve(self._jobs, JOB.kind, namespace_of(pod), controller_of(pod))

    def _pod_added(self, pod: Object) -> None:
        if is_terminating(pod):
            self._pod_going(pod, gone=False)
        elif controller_of(pod) is None:
            self._orphan(pod)
        elif (job := self._resolve(pod)) is not None:
            self._expectations.creation_observed(key_of(job))
            self._enqueue_later(job)
        elif has_finalizer(pod):
            self.orphan_queue.add(key_of(pod))

    def _pod_changed(self, old: Object, new: Object) -> None:
        if is_terminating(new):
            self._pod_going(new, gone=False)
            return
        reference_changed = controller_of(old) != controller_of(new)
        if reference_changed and (before := self._resolve(old)) is not None:
            self._awaited.observed(key_of(before), old["metadata"]["uid"])
            self._enqueue_later(before)
        if controller_of(new) is None:
            if reference_changed or labels_of(old) != labels_of(new):
                self._orphan(new)
        elif (job := self._resolve(new)) is not None:
            if not has_finalizer(new):
                self._awaited.observed(key_of(job), new["metadata"]["uid"])
            self._enqueue_later(job)

    def _pod_deleted(self, pod: Object) -> None:
        self._pod_going(pod, gone=True)

    def _pod_going(self, pod: Object, *, gone: bool) -> None:
        job = self._resolve(pod)
        if job is None or is_finished(job):
            if has_finalizer(pod) and not gone:
                self.orphan_queue.add(key_of(pod))
            return
        key = key_of(job)
        self._expectations.deletion_observed(key, key_of(pod))
        if gone or not has_finalizer(pod):
            self._awaited.observed(key, pod["metadata"]["uid"])
        self._enqueue_later(job)

    def _orphan(self, pod: Object) -> None:
        if has_finalizer(pod):
            self.orphan_queue.add(key_of(pod))
        for job in self._jobs.list():
            if namespace_of(job) == namespace_of(pod) and not is_finished(job) and selects(job, pod):
                self._enqueue_later(job)


def build_job(context: Context) -> Controller:
    jobs = Jobs(context)
    return Controller(NAME, (Loop(jobs.queue, jobs.sync, WORKERS), Loop(jobs.orphan_queue, jobs.sync_orphan, 2)))
