"""Deletes Jobs a while after they have ended, if they ask for it. Behaviour of pkg/controller/ttlafterfinished."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from apimachinery.objects import Object, is_terminating, key_of, split_key
from apimachinery.status import Conflict, NotFound
from apimachinery.timefmt import parse_time
from client.resources import JOBS
from controllers.controller import Context, Controller, Loop

NAME = "ttl-after-finished-controller"
WORKERS = 5


def seconds_left(job: Mapping[str, Any], now: datetime) -> float | None:
    """Until the job is to be deleted, 0 when it is due; None: it goes on, or is to stay, or is going already."""
    ttl = job["spec"].get("ttlSecondsAfterFinished")
    if ttl is None or is_terminating(job):
        return None
    for condition in (job.get("status") or {}).get("conditions") or ():
        if condition["type"] in ("Complete", "Failed") and condition.get("status") == "True":
            due = parse_time(condition["lastTransitionTime"]) + timedelta(seconds=ttl)
            return max((due - now).total_seconds(), 0.0)
    return None


class FinishedJobs:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self.queue = context.queue()
        jobs = context.informer(JOBS)
        self._jobs = jobs.store
        jobs.add_handler(self._enqueue, lambda old, new: self._enqueue(new), None)

    def sync(self, key: str) -> None:
        job = self._jobs.get(key)
        left = seconds_left(job, self._clock.now()) if job is not None else None
        if left is None:
            return
        if left > 0:
            self.queue.add_after(key, left)
            return
        self._delete(key)

    def _delete(self, key: str) -> None:
        """After a look at the API: the cache may not know yet that the job is to live longer."""
        namespace, name = split_key(key)
        try:
            fresh = self._client.get(JOBS, namespace, name)
            left = seconds_left(fresh, self._clock.now())
            if left == 0:
                uid = fresh["metadata"]["uid"]
                self._client.delete(JOBS, namespace, name, propagation="Foreground", uid=uid)
            elif left is not None:
                self.queue.add_after(key, left)
        except (NotFound, Conflict):
            return

    def _enqueue(self, job: Object) -> None:
        left = seconds_left(job, self._clock.now())
        if left is not None:
            self.queue.add_after(key_of(job), left)


def build_ttl_after_finished(context: Context) -> Controller:
    jobs = FinishedJobs(context)
    return Controller(NAME, (Loop(jobs.queue, jobs.sync, WORKERS),))
