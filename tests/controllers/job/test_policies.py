from __future__ import annotations

from typing import Any

import pytest

from controllers.job.policies import Verdict, judge, met_success_policy
from tests.controllers.job.things import Object, indexed, job, pod

EXITED = {"containerName": "c", "operator": "In", "values": [3]}
EVICTED = [{"type": "DisruptionTarget", "status": "True"}]


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ({"action": "Ignore", "onExitCodes": EXITED}, Verdict(False, "Ignore")),
        ({"action": "Count", "onExitCodes": EXITED}, Verdict(True, "Count")),
        ({"action": "FailIndex", "onExitCodes": EXITED}, Verdict(True, "FailIndex")),
        ({"action": "Ignore", "onExitCodes": EXITED | {"operator": "NotIn"}}, Verdict()),
        ({"action": "Ignore", "onExitCodes": {"operator": "NotIn", "values": [1]}}, Verdict(False, "Ignore")),
        ({"action": "Ignore", "onExitCodes": EXITED | {"containerName": "d"}}, Verdict()),
        ({"action": "Ignore", "onPodConditions": EVICTED}, Verdict(False, "Ignore")),
    ],
)
def test_the_rule_that_matches_decides(rule: Object, verdict: Verdict) -> None:
    failed = pod("p", "Failed", exit_code=3)
    failed["status"]["conditions"] = [{"type": "DisruptionTarget", "status": "True"}]
    assert judge(job(podFailurePolicy={"rules": [rule]}), failed) == verdict


def test_the_failure_of_a_job_names_container_code_and_rule() -> None:
    rules: list[Any] = [{"action": "Ignore", "onPodConditions": EVICTED}, {"action": "FailJob", "onExitCodes": EXITED}]
    verdict = judge(job(podFailurePolicy={"rules": rules}), pod("p", "Failed", exit_code=3))
    message = "Container c for pod ns/job-p failed with exit code 3 matching FailJob rule at index 1"
    assert verdict == Verdict(True, "FailJob", message)


@pytest.mark.parametrize(
    ("rules", "done", "message"),
    [
        ([{"succeededIndexes": "0-1"}], {0}, ""),
        ([{"succeededIndexes": "0-1"}], {0, 1}, "Matched rules at index 0"),
        ([{"succeededIndexes": "0-1", "succeededCount": 1}], {1}, "Matched rules at index 0"),
        ([{"succeededIndexes": "0"}, {"succeededCount": 2}], {1, 2}, "Matched rules at index 1"),
        ([{"succeededCount": 2}], {1}, ""),
    ],
)
def test_enough_indexes_meet_a_success_policy(rules: list[Object], done: set[int], message: str) -> None:
    assert met_success_policy(indexed(successPolicy={"rules": rules}), done) == message
