from __future__ import annotations

from datetime import UTC, datetime
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
