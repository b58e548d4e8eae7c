"""Whole stories against an API in memory."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.timefmt import format_time
from client.resources import CRONJOBS, JOBS
from controllers.controller import Controller
from controllers.cronjob.controller import build_cronjob
from tests.controllers.world import World

KEY = "default/cron"


@pytest.fixture
def world() -> World:
    return World()


def start(world: World, **spec: Any) -> Controller:
    """Every minute, from now on."""
    metadata = {"name": "cron", "namespace": "default", "uid": "c", "creationTimestamp": format_time(world.clock.now())}
    given = {"schedule": "* * * * *", "jobTemplate": {"spec": {"parallelism": 1}}, **spec}
    world.put(CRONJOBS, {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": given})
    controller = world.build(build_cronjob)
    world.settle(controller)
    return controller


def wait(world: World, controller: Controller, seconds: float) -> None:
    world.clock.advance(seconds)
    world.settle(controller)


def names(world: World) -> list[str]:
    return [one["metadata"]["name"] for one in world.all(JOBS)]


def finish(world: World, name: str) -> None:
    done = format_time(world.clock.now())
    status = {"conditions": [{"type": "Complete", "status": "True"}], "startTime": done, "completionTime": done}
    world.change(JOBS, f"default/{name}", {"status": status})


def test_a_job_comes_every_minute_and_nothing_is_written_between(world: World) -> None:
    controller = start(world)
    wait(world, controller, 59)
    assert world.writes == []
    wait(world, controller, 1.2)
    (first,) = names(world)
    assert world.get(CRONJOBS, KEY)["status"]["active"][0]["name"] == first
    before = len(world.writes)
    wait(world, controller, 30)
    assert len(world.writes) == before
    finish(world, first)
    wait(world, controller, 1)
    assert world.get(CRONJOBS, KEY)["status"]["active"] == []
    assert f"Saw completed job: {first}, condition: Complete" in {event.message for event in world.events}
    wait(world, controller, 30)
    assert len(names(world)) == 2


@pytest.mark.parametrize(("policy", "jobs"), [("Allow", 2), ("Forbid", 1), ("Replace", 1)])
def test_what_happens_to_a_job_that_still_runs(world: World, policy: str, jobs: int) -> None:
    controller = start(world, concurrencyPolicy=policy)
    wait(world, controller, 60.2)
    (first,) = names(world)
    wait(world, controller, 60)
    assert len(names(world)) == jobs
    assert (first in names(world)) == (policy != "Replace")


def test_a_job_made_before_a_crash_is_taken_up_and_not_made_twice(world: World) -> None:
    controller = start(world)
    wait(world, controller, 60.2)
    world.change(CRONJOBS, KEY, {"status": {"active": [], "lastScheduleTime": None}})
    world.catch_up()
    wait(world, world.build(build_cronjob), 1)
    assert len(names(world)) == 1
    assert len(world.get(CRONJOBS, KEY)["status"]["active"]) == 1


def test_a_suspended_one_starts_nothing_and_a_wrong_zone_is_told(world: World) -> None:
    wait(world, start(world, suspend=True), 120)
    assert names(world) == []
    other = World()
    wait(other, start(other, timeZone="Mars/Base"), 120)
    assert names(other) == []
    assert {event.reason for event in other.events} == {"UnknownTimeZone"}


def test_a_new_schedule_counts_from_now_on(world: World) -> None:
    controller = start(world, schedule="0 0 1 1 *")
    wait(world, controller, 600)
    world.change(CRONJOBS, KEY, {"spec": {"schedule": "* * * * *"}})
    wait(world, controller, 0.3)
    assert names(world) == []
    wait(world, controller, 60)
    assert len(names(world)) == 1


@pytest.mark.parametrize(
    ("spec", "event"),
    [
        (
            {"schedule": "0 0 31 2 *"},
            (
                "InvalidSchedule",
                "invalid schedule: 0 0 31 2 * : time difference between two schedules is less than 1 second",
            ),
        ),
        (
            {"schedule": "TZ=UTC 0 0 1 1 *"},
            (
                "UnsupportedSchedule",
                'CRON_TZ or TZ used in schedule "TZ=UTC 0 0 1 1 *" is not officially supported,'
                " see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
            ),
        ),
        (
            {"schedule": "nonsense"},
            (
                "UnparseableSchedule",
                'unparseable schedule: "nonsense" : expected exactly 5 fields, found 1: [nonsense]',
            ),
        ),
        (
            {"schedule": "* * * * *", "timeZone": "Mars"},
            ("UnknownTimeZone", 'invalid timeZone: "Mars": unknown time zone Mars'),
        ),
    ],
)
def test_a_mistake_in_the_schedule_is_told(world: World, spec: Any, event: tuple[str, str]) -> None:
    start(world, **spec)
    assert event in {(told.reason, told.message) for told in world.events}
    assert names(world) == []


def test_a_change_to_nonsense_is_told(world: World) -> None:
    controller = start(world)
    world.change(CRONJOBS, KEY, {"spec": {"schedule": "nonsense"}})
    wait(world, controller, 0.3)
    assert ("UnParseableCronJobSchedule", "unparseable schedule for cronjob: nonsense") in {
        (told.reason, told.message) for told in world.events
    }


def test_of_finished_jobs_so_many_stay(world: World) -> None:
    controller = start(world, successfulJobsHistoryLimit=1)
    for _ in range(3):
        wait(world, controller, 60)
        for name in names(world):
            finish(world, name)
        wait(world, controller, 0.3)
    assert len(names(world)) == 1
