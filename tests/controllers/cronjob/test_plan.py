from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controllers.cronjob.plan import Missed, is_too_late, job_for, missed, review, seconds_to_next, surplus_history
from controllers.cronjob.schedule import parse_schedule

Object = dict[str, Any]
HOURLY = parse_schedule("0 * * * *")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-01-01T{text}").replace(tzinfo=UTC)


def cronjob(status: Object | None = None, **spec: Any) -> Object:
    metadata = {"name": "cron", "namespace": "ns", "uid": "c", "creationTimestamp": "2026-01-01T00:30:00Z"}
    template = {"metadata": {"labels": {"a": "b"}, "annotations": {"x": "y"}}, "spec": {"parallelism": 1}}
    given = {"schedule": "0 * * * *", "jobTemplate": template}
    return {"metadata": metadata, "spec": given | spec, "status": status or {}}


def job(uid: str, end: str = "", started: str = "", **status: Any) -> Object:
    conditions = [{"type": end, "status": "True"}] if end else []
    metadata = {"name": f"cron-{uid}", "namespace": "ns", "uid": uid}
    return {"metadata": metadata, "status": {"conditions": conditions, "startTime": started, **status}}


@pytest.mark.parametrize(
    ("status", "spec", "now", "expected"),
    [
        ({}, {}, "00:59:59", Missed(None, 0)),
        ({}, {}, "01:00:00", Missed(at("01:00"), 1)),
        ({}, {}, "05:10:00", Missed(at("05:00"), 5)),
        ({"lastScheduleTime": "2026-01-01T05:00:00Z"}, {}, "05:10:00", Missed(None, 0)),
        ({}, {"startingDeadlineSeconds": 1200}, "05:10:00", Missed(at("05:00"), 1)),
        ({}, {"startingDeadlineSeconds": 300}, "05:10:00", Missed(None, 0)),
    ],
)
def test_times_that_were_missed(status: Object, spec: Object, now: str, expected: Missed) -> None:
    assert missed(cronjob(status, **spec), HOURLY, at(now), within_deadline=True) == expected


def test_irregular_times_are_found_too() -> None:
    schedule = parse_schedule("0,5 */6 * * *")
    assert missed(cronjob(), schedule, at("12:03:00"), within_deadline=True).latest == at("12:00")


def test_when_to_look_again() -> None:
    assert seconds_to_next(cronjob(), HOURLY, at("00:59:00")) == pytest.approx(60.1)
    assert seconds_to_next(cronjob(), HOURLY, at("05:59:00")) == pytest.approx(60.1)
    never = parse_schedule("0 0 30 2 *")
    assert seconds_to_next(cronjob(), never, at("00:59:00")) is None


def test_a_start_may_come_too_late() -> None:
    late = cronjob(startingDeadlineSeconds=10)
    assert is_too_late(late, at("01:00:00"), at("01:00:11"))
    assert not is_too_late(late, at("01:00:00"), at("01:00:10"))
    assert not is_too_late(cronjob(), at("01:00:00"), at("09:00:00"))


def test_the_job_is_named_after_its_time_and_made_of_the_template() -> None:
    made = job_for(cronjob(timeZone="Europe/Berlin"), at("01:00"))
    assert made["metadata"]["name"] == f"cron-{int(at('01:00').timestamp()) // 60}"
    assert made["metadata"]["labels"] == {"a": "b"}
    annotations = made["metadata"]["annotations"]
    assert annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] == "2026-01-01T02:00:00+01:00"
    assert annotations["x"] == "y"
    assert made["metadata"]["ownerReferences"][0]["uid"] == "c"
    assert made["spec"] == {"parallelism": 1}


def test_a_review_takes_ended_jobs_off_and_finds_strangers() -> None:
    active = [{"uid": uid, "name": f"cron-{uid}"} for uid in ("runs", "ends", "gone")]
    jobs = [
        job("runs"),
        job("ends", "Complete", completionTime="2026-01-01T01:00:00Z"),
        job("older", "Complete", completionTime="2026-01-01T00:50:00Z"),
        job("odd"),
    ]
    made = review(cronjob({"active": active}), jobs)
    assert made.changed
    assert made.status["lastSuccessfulTime"] == "2026-01-01T01:00:00Z"
    assert made.ended == [("cron-ends", "Complete")]
    assert [entry["uid"] for entry in made.status["active"]] == ["runs", "gone"]
    assert [entry["uid"] for entry in made.missing] == ["gone"]
    assert [name["metadata"]["uid"] for name in made.forgotten] == ["odd"]


def test_nothing_is_written_when_nothing_ended() -> None:
    status = {"active": [{"uid": "runs"}], "lastSuccessfulTime": "2026-01-01T01:00:00Z"}
    done = job("done", "Complete", completionTime="2026-01-01T01:00:00Z")
    assert not review(cronjob(status), [job("runs"), done]).changed


def test_the_oldest_finished_jobs_go() -> None:
    jobs = [job(f"s{n}", "Complete", started=f"2026-01-01T0{n}:00:00Z") for n in (3, 1, 2)]
    jobs += [job("f1", "Failed", started="1"), job("f2", "Failed", started="2"), job("runs")]
    limits = cronjob(successfulJobsHistoryLimit=2, failedJobsHistoryLimit=0)
    assert [j["metadata"]["uid"] for j in surplus_history(limits, jobs)] == ["s1", "f1", "f2"]
    assert surplus_history(cronjob(), jobs) == []


THURSDAY = datetime(2016, 5, 19, 10, tzinfo=UTC)
HOUR = 60


def minutes(count: float | None) -> datetime | None:
    return None if count is None else THURSDAY + timedelta(minutes=count)


def upstreams(schedule: str, created: float, last: float | None, **spec: Any) -> Object:
    """Made and last started so many minutes after ten o'clock."""
    status = {} if last is None else {"lastScheduleTime": f"{minutes(last):%Y-%m-%dT%H:%M:%SZ}"}
    made = cronjob(status, schedule=schedule, **spec)
    made["metadata"]["creationTimestamp"] = f"{minutes(created):%Y-%m-%dT%H:%M:%SZ}"
    return made


@pytest.mark.parametrize(
    ("schedule", "created", "last", "now", "expected", "times"),
    [
        ("0 * * * *", 0, None, 0.5, None, "none"),
        ("0 * * * *", 0, None, 61, 60, "few"),
        ("0 * * * *", 1 / 6, None, 301, 300, "few"),
        ("30 6-16/4 * * 1-5", 0, 30, 24 * HOUR + 31, 24 * HOUR + 30, "few"),
        ("30 10,11,12 * * 1-5", 0, 30, 30 * HOUR + 30, None, "few"),
        ("30 6-16/4 * * 1-5", 0, 30, 96 * HOUR + 31, 96 * HOUR + 30, "few"),
        ("30 6-16/4 * * 1-5", 0, None, 24 * HOUR + 31, 24 * HOUR + 30, "few"),
        ("@every 1h", -59, 1, 7 * 24 * HOUR, 6 * 24 * HOUR + 23 * HOUR + 1, "many"),
        ("59 23 31 2 *", 1 / 6, None, HOUR, None, "none"),
        ("0 * * * *", 0, 0, 0.5, None, "none"),
        ("*/5 * * * *", 0, 30, 31, None, "none"),
    ],
)
def test_upstreams_cases_of_missed_times(
    schedule: str, created: float, last: float | None, now: float, expected: float | None, times: str
) -> None:
    moment = minutes(now)
    assert moment is not None
    found = missed(upstreams(schedule, created, last), parse_schedule(schedule), moment, within_deadline=False)
    assert found.latest == minutes(expected)
    assert ("none" if not found.times else "few" if found.times <= 100 else "many") == times


@pytest.mark.parametrize(
    ("schedule", "last", "now", "expected"),
    [
        ("30 6-16/4 * * 1-5", 30, 24 * HOUR + 31, 3 * HOUR + 59),
        ("30 10,11,12 * * 1-5", 30, 30 * HOUR + 30, 66 * HOUR),
        ("0 12 * * 4", 2 * HOUR, 19 * 24 * HOUR + HOUR + 30, 48 * HOUR + 30),
        ("0 12 * * 5", None, 6 * HOUR, 20 * HOUR),
        ("@every 1h", 1, 7 * 24 * HOUR, 1),
    ],
)
def test_upstreams_cases_of_when_to_look_again(schedule: str, last: float | None, now: float, expected: float) -> None:
    moment = minutes(now)
    assert moment is not None
    wait = seconds_to_next(upstreams(schedule, 0, last), parse_schedule(schedule), moment)
    assert wait == pytest.approx(expected * 60 + 0.1)


def test_a_deadline_hides_what_came_before_it() -> None:
    late = upstreams("*/5 * * * *", 0, 30, startingDeadlineSeconds=60)
    schedule = parse_schedule("*/5 * * * *")
    assert missed(late, schedule, THURSDAY + timedelta(minutes=35.5), within_deadline=True) == Missed(minutes(35), 1)
    assert missed(late, schedule, THURSDAY + timedelta(minutes=36), within_deadline=True) == Missed(None, 0)
