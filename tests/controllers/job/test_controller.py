"""Whole stories against an API in memory."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.timefmt import format_time
from client.resources import JOBS, PODS
from controllers.controller import Controller
from controllers.job.controller import build_job
from tests.controllers.job.things import Object, indexed, job
from tests.controllers.world import World

KEY = "default/job"


def start(world: World, one: Object) -> Controller:
    one["metadata"] |= {"namespace": "default", "generation": 1}
    one["spec"]["selector"] = {"matchLabels": {"a": "b"}}
    one["status"] = {}
    world.put(JOBS, one)
    return world.build(build_job)


def run(world: World, controller: Controller) -> None:
    """Until nothing happens any more, waits included."""
    for _ in range(8):
        world.settle(controller)
        world.clock.advance(1)


def end(world: World, phase: str, code: int = 0) -> None:
    """Every pod that runs ends so."""
    state = {"terminated": {"exitCode": code, "finishedAt": format_time(world.clock.now())}}
    for pod in world.all(PODS):
        if (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
            status = {"phase": phase, "containerStatuses": [{"name": "c", "restartCount": 0, "state": state}]}
            world.change(PODS, f"default/{pod['metadata']['name']}", {"status": status})


def status(world: World) -> Any:
    return world.get(JOBS, KEY)["status"]


def conditions(world: World) -> dict[str, str]:
    return {one["type"]: one.get("reason", "") for one in status(world)["conditions"]}


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("make", [job, indexed])
def test_a_job_runs_to_its_end(world: World, make: Any) -> None:
    controller = start(world, make())
    run(world, controller)
    assert (len(world.all(PODS)), status(world)["active"]) == (2, 2)
    end(world, "Succeeded")
    run(world, controller)
    assert (len(world.all(PODS)), status(world)["succeeded"]) == (3, 2)
    end(world, "Succeeded")
    run(world, controller)
    assert (status(world)["succeeded"], status(world)["active"]) == (3, 0)
    assert conditions(world) == {"SuccessCriteriaMet": "CompletionsReached", "Complete": "CompletionsReached"}
    assert not any(pod["metadata"].get("finalizers") for pod in world.all(PODS))
    assert world.events[-1].message == "Job completed"
    before = len(world.writes)
    world.sync(controller, KEY)
    run(world, controller)
    assert len(world.writes) == before


def test_a_restart_between_note_and_count_loses_and_doubles_nothing(world: World) -> None:
    start_over = start(world, job(completions=2))
    run(world, start_over)
    end(world, "Succeeded")
    world.catch_up()

    def refuse(verb: str, gvr: Any, obj: Any) -> None:
        if verb == "patch" and gvr == PODS:
            raise RuntimeError("killed before the finalizers are off")

    allow, world.api.refuse = world.api.refuse, refuse  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        world.sync(start_over, KEY)
    world.api.refuse = allow  # type: ignore[method-assign]
    assert len(status(world)["uncountedTerminatedPods"]["succeeded"]) == 2
    world.catch_up()
    run(world, world.build(build_job))
    assert status(world)["succeeded"] == 2
    assert status(world)["uncountedTerminatedPods"] == {"succeeded": [], "failed": []}


def test_a_stale_cache_makes_no_second_pod(world: World) -> None:
    controller = start(world, job())
    world.sync(controller, KEY)
    world.catch_up(JOBS)
    world.sync(controller, KEY)
    assert len(world.all(PODS)) == 2


def test_a_job_that_fails_too_often_takes_its_pods_along(world: World) -> None:
    controller = start(world, job(backoffLimit=0))
    run(world, controller)
    first = world.all(PODS)[0]["metadata"]["name"]
    world.change(PODS, f"default/{first}", {"status": {"phase": "Failed"}})
    run(world, controller)
    assert conditions(world)["Failed"] == "BackoffLimitExceeded"
    assert status(world)["failed"] == 2
    assert [pod["metadata"]["name"] for pod in world.all(PODS)] == [first]


def test_a_suspended_job_has_no_pods_until_it_is_resumed(world: World) -> None:
    controller = start(world, job(suspend=True))
    run(world, controller)
    assert (world.all(PODS), conditions(world)) == ([], {"Suspended": "JobSuspended"})
    world.change(JOBS, KEY, {"spec": {"suspend": False}, "metadata": {"generation": 2}})
    run(world, controller)
    assert len(world.all(PODS)) == 2
    assert conditions(world) == {"Suspended": "JobResumed"}
    assert {"Suspended", "Resumed"} <= {event.reason for event in world.events}
    assert "startTime" in status(world)
    world.change(JOBS, KEY, {"spec": {"suspend": True}, "metadata": {"generation": 3}})
    run(world, controller)
    assert world.all(PODS) == []
    assert "startTime" not in status(world)


def test_pods_of_a_job_that_is_gone_lose_their_finalizer(world: World) -> None:
    controller = start(world, job())
    run(world, controller)
    world.api.remove(JOBS, world.get(JOBS, KEY))
    run(world, controller)
    assert not any(pod["metadata"].get("finalizers") for pod in world.all(PODS))
