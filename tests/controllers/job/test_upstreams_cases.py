"""The cases of upstream's table of what one sync of a Job does (TestControllerSyncJob, v1.36)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from apimachinery.objects import Object
from apimachinery.status import InternalError
from apimachinery.timefmt import format_time
from client.resources import JOBS, PODS
from controllers.controller import Controller, Loop
from controllers.job.assessment import FINALIZER
from controllers.job.controller import Jobs
from controllers.job.indexes import COMPLETION_INDEX
from tests.controllers.world import World

KEY = "default/job"
LONG_AGO = "2001-01-01T00:00:00Z"


@dataclass(frozen=True)
class Case:
    """First what there is, then what is made of it. ``completions`` -1: none are asked for; ``before``: of the status;
    ``expectation``: pods that are still to be seen, or (negative) to be seen going."""

    parallelism: int
    completions: int
    backoff_limit: int = 0
    mode: str = "NonIndexed"
    deleting: bool = False
    suspend: bool = False
    was_suspended: bool = False
    replacement: str | None = None
    before: Mapping[str, int] = field(default_factory=dict)
    pod_limit: int = 0
    expectation: int = 0
    pending: int = 0
    running: int = 0
    ready_pods: int = 0
    succeeded_pods: int = 0
    failed_pods: int = 0
    terminating_pods: int = 0
    indexed: tuple[tuple[Any, str], ...] = ()

    creations: int = 0
    deletions: int = 0
    patches: int = 0
    active: int = 0
    ready: int | None = None
    terminating: int | None = None
    succeeded: int = 0
    failed: int = 0
    completed: str = ""
    indexes: tuple[int, ...] = ()
    conditions: tuple[tuple[str, str], ...] = ()


CASES = (
    Case(parallelism=2, completions=5, backoff_limit=6, creations=2, active=2, ready=0),
    Case(parallelism=2, completions=-1, backoff_limit=6, creations=2, active=2, ready=0),
    Case(parallelism=2, completions=5, backoff_limit=6, pending=2, active=2, ready=0),
    Case(parallelism=3, completions=5, backoff_limit=6, running=3, ready_pods=2, active=3, ready=2),
    Case(parallelism=2, completions=-1, backoff_limit=6, running=2, active=2, ready=0),
    Case(
        parallelism=2,
        completions=5,
        backoff_limit=6,
        running=1,
        succeeded_pods=1,
        creations=1,
        active=2,
        succeeded=1,
        patches=1,
        ready=0,
    ),
    Case(
        parallelism=1,
        completions=-1,
        backoff_limit=6,
        running=1,
        failed_pods=1,
        terminating_pods=1,
        patches=1,
        failed=1,
        active=1,
        terminating=1,
        ready=0,
        replacement="Failed",
    ),
    Case(
        parallelism=1,
        completions=1,
        backoff_limit=6,
        running=1,
        failed_pods=1,
        terminating_pods=1,
        active=1,
        patches=2,
        failed=2,
        terminating=1,
        ready=0,
    ),
    Case(
        parallelism=1,
        completions=-1,
        backoff_limit=6,
        running=1,
        failed_pods=1,
        terminating_pods=1,
        active=1,
        patches=2,
        failed=2,
        terminating=1,
        ready=0,
        replacement="TerminatingOrFailed",
    ),
    Case(
        parallelism=1,
        completions=1,
        backoff_limit=6,
        running=2,
        terminating_pods=4,
        active=1,
        deletions=1,
        patches=1,
        terminating=5,
        ready=0,
        replacement="Failed",
    ),
    Case(parallelism=2, completions=-1, backoff_limit=6, running=1, creations=1, active=2, ready=0),
    Case(parallelism=2, completions=5, backoff_limit=6, running=3, deletions=1, active=2, patches=1, ready=0),
    Case(
        parallelism=2,
        completions=5,
        backoff_limit=6,
        running=3,
        deletions=1,
        active=2,
        patches=1,
        ready=0,
        terminating=1,
    ),
    Case(
        parallelism=2,
        completions=5,
        backoff_limit=6,
        running=3,
        ready_pods=3,
        deletions=1,
        active=2,
        patches=1,
        ready=2,
    ),
    Case(
        parallelism=2,
        completions=5,
        backoff_limit=6,
        running=1,
        succeeded_pods=1,
        failed_pods=1,
        creations=1,
        active=2,
        succeeded=1,
        failed=1,
        patches=2,
        ready=0,
    ),
    Case(
        parallelism=2,
        completions=5,
        backoff_limit=6,
        running=1,
        failed_pods=1,
        creations=1,
        active=2,
        failed=1,
        patches=1,
        ready=0,
    ),
    Case(
        parallelism=1,
        completions=1,
        backoff_limit=6,
        running=1,
        active=1,
        failed=1,
        ready=0,
        before={"active": 1, "failed": 1},
    ),
    Case(
        parallelism=2,
        completions=-1,
        backoff_limit=6,
        running=1,
        succeeded_pods=1,
        active=1,
        succeeded=1,
        patches=1,
        ready=0,
    ),
    Case(parallelism=2, completions=5, backoff_limit=6, running=10, deletions=8, active=2, patches=8, ready=0),
    Case(
        parallelism=3,
        completions=4,
        backoff_limit=6,
        running=3,
        succeeded_pods=2,
        deletions=1,
        active=2,
        succeeded=2,
        patches=3,
        ready=0,
    ),
    Case(
        parallelism=2,
        completions=5,
        backoff_limit=6,
        running=2,
        succeeded_pods=2,
        active=2,
        succeeded=2,
        patches=2,
        ready=0,
    ),
    Case(
        parallelism=2,
        completions=5,
        backoff_limit=6,
        pending=1,
        running=1,
        succeeded_pods=1,
        active=2,
        succeeded=1,
        patches=3,
        deleting=True,
        ready=0,
    ),
    Case(parallelism=100, completions=200, backoff_limit=6, pod_limit=10, creations=10, active=10, ready=0),
    Case(parallelism=2, completions=5, failed_pods=1, expectation=1, failed=1, patches=1, deleting=True, ready=0),
    Case(parallelism=2, completions=5, backoff_limit=6, creations=2, active=2, ready=0, mode="Indexed", indexes=(0, 1)),
    Case(
        parallelism=2,
        completions=5,
        backoff_limit=6,
        creations=1,
        active=1,
        terminating_pods=1,
        terminating=1,
        ready=0,
        mode="Indexed",
        replacement="Failed",
        indexes=(0,),
    ),
    Case(
        parallelism=2,
        completions=5,
        backoff_limit=6,
        creations=2,
        active=2,
        terminating_pods=1,
        patches=1,
        terminating=1,
        ready=0,
        mode="Indexed",
        replacement="TerminatingOrFailed",
        indexes=(0, 1),
    ),
    Case(
        parallelism=2,
        completions=3,
        succeeded=1,
        failed=2,
        patches=3,
        deletions=1,
        ready=0,
        terminating=1,
        completed="0",
        mode="Indexed",
        indexed=((0, "Succeeded"), (1, "Failed"), (2, "Running")),
        conditions=(("FailureTarget", "BackoffLimitExceeded"),),
    ),
    Case(
        parallelism=2,
        completions=3,
        backoff_limit=6,
        creations=1,
        active=1,
        succeeded=2,
        patches=3,
        ready=0,
        completed="0,1",
        mode="Indexed",
        indexed=((0, "Succeeded"), (1, "Succeeded"), (1, "Succeeded")),
        indexes=(2,),
    ),
    Case(
        parallelism=8,
        completions=20,
        backoff_limit=6,
        creations=6,
        active=8,
        succeeded=6,
        patches=6,
        ready=0,
        completed="2,4,5,7-9",
        mode="Indexed",
        indexed=(
            (0, "Running"),
            (2, "Succeeded"),
            (3, "Pending"),
            (4, "Succeeded"),
            (5, "Succeeded"),
            (7, "Succeeded"),
            (8, "Succeeded"),
            (9, "Succeeded"),
        ),
        indexes=(1, 6, 10, 11, 12, 13),
    ),
    Case(
        parallelism=3,
        completions=4,
        backoff_limit=6,
        creations=2,
        active=3,
        failed=2,
        patches=2,
        ready=0,
        mode="Indexed",
        indexed=((0, "Failed"), (1, "Pending"), (2, "Failed")),
        indexes=(0, 2),
    ),
    Case(
        parallelism=2,
        completions=5,
        backoff_limit=6,
        running=1,
        succeeded_pods=1,
        failed_pods=1,
        deletions=3,
        active=2,
        succeeded=1,
        patches=8,
        ready=0,
        completed="0",
        mode="Indexed",
        indexed=(
            ("invalid", "Running"),
            ("invalid", "Succeeded"),
            ("invalid", "Failed"),
            ("invalid", "Pending"),
            (0, "Succeeded"),
            (1, "Running"),
            (2, "Running"),
        ),
    ),
    Case(
        parallelism=5,
        completions=5,
        backoff_limit=6,
        succeeded_pods=1,
        failed_pods=1,
        deletions=2,
        active=2,
        succeeded=1,
        patches=5,
        ready=0,
        completed="0",
        mode="Indexed",
        indexed=(("invalid", "Running"), (0, "Succeeded"), (1, "Running"), (2, "Running"), (2, "Pending")),
    ),
    Case(
        parallelism=2,
        completions=5,
        backoff_limit=6,
        succeeded=1,
        deletions=2,
        patches=5,
        ready=0,
        completed="0",
        mode="Indexed",
        indexed=((0, "Succeeded"), (5, "Running"), (6, "Succeeded"), (7, "Pending"), (8, "Failed")),
    ),
    Case(
        parallelism=2,
        running=2,
        completions=4,
        backoff_limit=6,
        deletions=2,
        patches=2,
        suspend=True,
        ready=0,
        conditions=(("Suspended", "JobSuspended"),),
    ),
    Case(
        parallelism=2,
        running=2,
        completions=4,
        backoff_limit=6,
        deletions=2,
        patches=2,
        suspend=True,
        ready=0,
        terminating=2,
        conditions=(("Suspended", "JobSuspended"),),
    ),
    Case(
        parallelism=2,
        running=2,
        ready_pods=2,
        completions=4,
        backoff_limit=6,
        deletions=2,
        patches=2,
        suspend=True,
        ready=0,
        conditions=(("Suspended", "JobSuspended"),),
    ),
    Case(parallelism=2, running=3, expectation=-1, completions=4, backoff_limit=6, active=3, suspend=True, ready=0),
    Case(
        parallelism=2,
        running=3,
        ready_pods=3,
        expectation=-1,
        completions=4,
        backoff_limit=6,
        active=3,
        suspend=True,
        ready=3,
    ),
    Case(
        parallelism=2,
        running=3,
        expectation=-1,
        completions=4,
        backoff_limit=6,
        active=3,
        suspend=True,
        ready=0,
        terminating=0,
    ),
    Case(
        parallelism=2,
        completions=4,
        backoff_limit=6,
        creations=2,
        active=2,
        was_suspended=True,
        ready=0,
        conditions=(("Suspended", "JobResumed"),),
    ),
    Case(
        parallelism=2,
        running=2,
        completions=4,
        backoff_limit=6,
        active=2,
        patches=2,
        suspend=True,
        deleting=True,
        ready=0,
    ),
    Case(
        parallelism=2,
        running=2,
        completions=4,
        backoff_limit=6,
        active=2,
        patches=2,
        suspend=True,
        deleting=True,
        ready=0,
        terminating=0,
    ),
    Case(
        parallelism=2,
        completions=3,
        succeeded=1,
        failed=2,
        patches=3,
        deletions=1,
        ready=0,
        completed="0",
        mode="Indexed",
        indexed=((0, "Succeeded"), (1, "Failed"), (2, "Running")),
        conditions=(("FailureTarget", "BackoffLimitExceeded"),),
    ),
)


class Situation:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.world = World()
        self._now = format_time(self.world.clock.now())
        self.world.put(JOBS, self._job())
        for phase, count in self._phases():
            for number in range(count):
                self._pod(phase, ready=phase == "Running" and number < case.ready_pods)
        for _ in range(case.terminating_pods):
            self._pod("Running", deletionTimestamp=self._now)
        for index, phase in case.indexed:
            self._pod(phase, annotations={} if index is None else {COMPLETION_INDEX: str(index)})
        self.own = {pod["metadata"]["uid"] for pod in self.world.all(PODS)}

    def _phases(self) -> tuple[tuple[str, int], ...]:
        case = self.case
        return (
            ("Pending", case.pending),
            ("Running", case.running),
            ("Succeeded", case.succeeded_pods),
            ("Failed", case.failed_pods),
        )

    def _job(self) -> Object:
        case = self.case
        pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}
        spec: Object = {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod},
            "parallelism": case.parallelism,
            "backoffLimit": case.backoff_limit,
            "completionMode": case.mode,
            "suspend": case.suspend,
        }
        spec |= {"completions": case.completions} if case.completions >= 0 else {}
        spec |= {"podReplacementPolicy": case.replacement} if case.replacement else {}
        suspended = {"type": "Suspended", "status": "True", "reason": "JobSuspended", "message": "Job suspended"}
        status: Object = {"conditions": [suspended] if case.was_suspended else [], **case.before}
        if case.before:
            status["startTime"] = self._now
        metadata: Object = {"name": "job", "namespace": "default", "uid": "j"}
        metadata |= {"deletionTimestamp": self._now, "finalizers": ["x"]} if case.deleting else {}
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec, "status": status}

    def _pod(self, phase: str, *, ready: bool = False, **more: Any) -> None:
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "job", "uid": "j", "controller": True}
        name = f"pod-{len(self.world.all(PODS))}"
        metadata = {
            "name": name,
            "namespace": "default",
            "uid": name,
            "labels": {"a": "b"},
            "finalizers": [FINALIZER],
            "ownerReferences": [owner],
            "creationTimestamp": LONG_AGO,
            **more,
        }
        status = {"phase": phase, "conditions": [{"type": "Ready", "status": "True"}] if ready else []}
        self.world.put(PODS, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {}, "status": status})

    def sync(self) -> None:
        case = self.case
        found: list[Jobs] = []

        def build(context: Any) -> Any:
            jobs = Jobs(context)
            found.append(jobs)
            return Controller("job", (Loop(jobs.queue, jobs.sync),))

        controller = self.world.build(build)
        made = [0]

        def refuse(verb: str, gvr: Any, obj: Any) -> None:
            if verb == "create" and gvr == PODS and case.pod_limit:
                made[0] += 1
                if made[0] > case.pod_limit:
                    raise InternalError("no more")

        self.world.api.refuse = refuse
        expectations = found[0]._expectations
        expectations.expect(KEY, adds=max(case.expectation, 0), deletes=map(str, range(-case.expectation)))
        if case.pod_limit:
            with pytest.raises(InternalError):
                self.world.sync(controller, KEY)
        else:
            self.world.sync(controller, KEY)

    def made(self) -> list[Object]:
        return [pod for pod in self.world.all(PODS) if pod["metadata"]["uid"] not in self.own]

    def count(self, verb: str) -> int:
        return sum(write.verb == verb and write.resource == "pods" for write in self.world.writes)


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_one_sync(case: Case) -> None:
    situation = Situation(case)
    situation.sync()
    status, made = situation.world.get(JOBS, KEY)["status"], situation.made()
    assert (len(made), situation.count("delete"), situation.count("patch")) == (
        case.creations,
        case.deletions,
        case.patches,
    )
    assert tuple(status.get(count) or 0 for count in ("active", "succeeded", "failed")) == (
        case.active,
        case.succeeded,
        case.failed,
    )
    assert case.ready is None or status["ready"] == case.ready
    assert case.terminating is None or status["terminating"] == case.terminating
    assert (status.get("completedIndexes") or "") == case.completed
    annotations = [pod["metadata"].get("annotations") or {} for pod in made]
    assert sorted(int(found[COMPLETION_INDEX]) for found in annotations if COMPLETION_INDEX in found) == list(
        case.indexes
    )
    assert tuple((entry["type"], entry["reason"]) for entry in status["conditions"]) == case.conditions
    assert ("startTime" in status) is not case.suspend
