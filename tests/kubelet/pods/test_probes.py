from __future__ import annotations

import math

from kubelet.pods.probes import Probe
from kubelet.runtimes.runtime import Outcome

_YES, _NO = Outcome(True), Outcome(False, "no")


def _probe(purpose: str = "readinessProbe", **spec: int) -> Probe:
    return Probe.begin(purpose, {"exec": {"command": ["true"]}, **spec}, 100.0)


def test_the_first_question_comes_after_the_initial_delay() -> None:
    assert _probe(initialDelaySeconds=7).next_at == 107.0
    assert _probe().next_at == 100.0


def test_the_next_question_comes_a_period_later() -> None:
    probe = _probe(periodSeconds=3)
    probe.settle(_YES, 100.0)
    assert probe.next_at == 103.0


def test_one_success_is_enough_and_three_failures_are_needed_by_default() -> None:
    probe = _probe()
    probe.settle(_YES, 100.0)
    assert probe.result is True
    for expected in (True, True, False):
        probe.settle(_NO, 110.0)
        assert probe.result is expected


def test_thresholds_count_in_a_row() -> None:
    probe = _probe(successThreshold=2)
    seen = []
    for outcome in (_YES, _NO, _YES, _YES):
        probe.settle(outcome, 100.0)
        seen.append(probe.result)
    assert seen == [None, None, None, True]


def test_a_failed_liveness_probe_is_held_a_failed_readiness_probe_is_not() -> None:
    liveness, readiness = _probe("livenessProbe", failureThreshold=1), _probe(failureThreshold=1)
    for probe in (liveness, readiness):
        assert probe.settle(_NO, 100.0) is True
    assert liveness.held
    assert not readiness.held


def test_an_answer_that_cannot_change_is_not_asked_for_again() -> None:
    probe = _probe()
    probe.settle(Outcome(True, stable_until=math.inf), 100.0)
    assert probe.next_at == math.inf


def test_a_stable_failure_is_repeated_until_the_threshold() -> None:
    probe = _probe(failureThreshold=2, periodSeconds=5)
    probe.settle(Outcome(False, stable_until=500.0), 100.0)
    assert probe.next_at == 105.0
    probe.settle(Outcome(False, stable_until=500.0), 105.0)
    assert probe.next_at == 500.0


def test_the_handler_is_the_part_that_says_what_to_call() -> None:
    assert _probe(periodSeconds=3).handler() == {"exec": {"command": ["true"]}}
