from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from apimachinery.timefmt import format_time
from client.resources import JOBS
from controllers.ttl_after_finished import build_ttl_after_finished, seconds_left
from tests.controllers.world import World

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def job(ttl: int | None, end: str = "Complete", status: str = "True", **metadata: Any) -> dict[str, Any]:
    condition = {"type": end, "status": status, "lastTransitionTime": "2026-01-01T11:59:00Z"}
    return {
        "metadata": {"name": "job", "namespace": "default", "uid": "j", **metadata},
        "spec": {} if ttl is None else {"ttlSecondsAfterFinished": ttl},
        "status": {"conditions": [condition]},
    }


@pytest.mark.parametrize(
    ("one", "left"),
    [
        (job(90), 30.0),
        (job(90, "Failed"), 30.0),
        (job(60), 0.0),
        (job(0), 0.0),
        (job(None), None),
        (job(90, "Suspended"), None),
        (job(90, status="False"), None),
        (job(90, deletionTimestamp="2026-01-01T11:59:30Z"), None),
    ],
)
def test_how_long_a_job_stays(one: dict[str, Any], left: float | None) -> None:
    assert seconds_left(one, NOW) == left


def test_a_job_goes_when_its_time_is_over_unless_it_was_prolonged() -> None:
    world = World()
    one = job(100)
    one["status"]["conditions"][0]["lastTransitionTime"] = format_time(world.clock.now())
    world.put(JOBS, one)
    controller = world.build(build_ttl_after_finished)
    world.settle(controller)
    world.clock.advance(101)
    world.change(JOBS, "default/job", {"spec": {"ttlSecondsAfterFinished": 200}})
    world.sync(controller, "default/job")
    assert world.writes == []
    world.clock.advance(100)
    world.settle(controller)
    (deletion,) = world.writes
    assert (deletion.verb, deletion.options["propagation"]) == ("delete", "Foreground")
