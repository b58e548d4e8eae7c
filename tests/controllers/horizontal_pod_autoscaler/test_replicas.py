"""The numbers of upstream's replica_calculator_test.go."""

from __future__ import annotations

import pytest

from controllers.horizontal_pod_autoscaler.replicas import (
    MAX_INT32,
    MAX_INT64,
    CannotTell,
    Proposal,
    Tolerances,
    for_average,
    for_share,
    for_total,
    for_utilization,
    group_pods,
    total,
)
from controllers.horizontal_pod_autoscaler.requests import requests_of
from tests.controllers.horizontal_pod_autoscaler.things import NOW, PATIENCE, pods, samples

THREE = ("0.9", "1.0", "1.1")


def utilization(
    current: int,
    states: str,
    levels: tuple[int, ...],
    target: int,
    *,
    requests: tuple[str, ...] = (),
    tolerances: Tolerances = Tolerances(),
    container: bool = False,
) -> Proposal:
    """``levels``: what each of a pod's two containers uses; with ``container`` only one of them is looked at."""
    there = pods(states, requests)
    known = samples(*(level if container else 2 * level for level in levels))
    groups = group_pods(there, known, "cpu", PATIENCE, NOW)
    asked = requests_of(there, "cpu", "c2" if container else "")
    return for_utilization(current, target, known, asked, groups, tolerances)


UTILIZATION = [
    # replicas, pods, each container's use, target %; then: replicas, use of the pod, utilization %
    (3, "rrr", (300, 500, 700), 30, (5, 1000, 50)),
    (3, "urr", (300, 500, 700), 30, (4, 1200, 60)),
    (3, "hrr", (300, 500, 700), 30, (4, 1200, 60)),
    (3, "ruu", (400, 500, 700), 30, (3, 800, 40)),
    (3, "rHH", (400, 500, 700), 30, (3, 800, 40)),
    (2, "rrff", (500, 700), 30, (4, 1200, 60)),
    (2, "rrdd", (500, 700), 30, (4, 1200, 60)),
    (5, "rrrrr", (100, 300, 500, 250, 250), 50, (3, 560, 28)),
    (5, "rrruu", (100, 300, 500, 250, 250), 50, (2, 600, 30)),
    (5, "rpppp", (100,), 50, (1, 200, 10)),
    (5, "rrrhh", (100, 300, 500, 250, 250), 50, (2, 600, 30)),
    (5, "rrrrrff", (100, 300, 500, 250, 250), 50, (3, 560, 28)),
    (5, "rrrrrdd", (100, 300, 500, 250, 250), 50, (3, 560, 28)),
    (4, "rrrr", (4000, 9500, 3000, 7000, 3200, 2000), 100, (24, 11750, 587)),  # samples of pods that are no more
    (4, "rrrr", (400, 95), 100, (3, 495, 24)),
    (2, "rr", (1000,), 100, (2, 2000, 100)),
    (2, "rr", (1900,), 100, (2, 3800, 190)),
    (2, "rr", (600,), 100, (2, 1200, 60)),
    (3, "urr", (100, 450), 50, (3, 900, 45)),
    (3, "hrr", (100, 450), 50, (3, 900, 45)),
    (3, "urr", (100, 2000), 50, (4, 4000, 200)),  # the missing and the unready one count as idle
]


@pytest.mark.parametrize(("current", "states", "levels", "target", "expected"), UTILIZATION)
def test_utilization(
    current: int, states: str, levels: tuple[int, ...], target: int, expected: tuple[int, int, int]
) -> None:
    assert utilization(current, states, levels, target) == expected


def test_a_pod_that_has_been_ready_counts_although_it_is_not_now() -> None:
    """After the first minutes readiness matters only to pods that never were ready."""
    there = pods("ru")
    there[1]["status"]["conditions"][0]["lastTransitionTime"] = "2026-01-01T11:59:00Z"
    assert group_pods(there, samples(1, 1), "cpu", PATIENCE, NOW).ready == 2


def test_only_the_one_container_counts_when_one_is_named() -> None:
    assert utilization(3, "rrr", (300, 500, 700), 30, container=True) == (5, 500, 50)


TOLERANCES = [
    (Tolerances(), (1010, 1030, 1020), (3, 2040, 102)),
    (Tolerances(0.0, 0.0), (909, 1010, 1111), (4, 2020, 101)),
    (Tolerances(up=2.0), (1890, 1910, 1900), (3, 3800, 190)),
    (Tolerances(2.0, 0.08), (1100, 1080, 1090), (4, 2180, 109)),
    (Tolerances(down=0.36), (660, 640, 650), (3, 1300, 65)),
    (Tolerances(down=0.34), (660, 640, 650), (2, 1300, 65)),
]


@pytest.mark.parametrize(("tolerances", "levels", "expected"), TOLERANCES)
def test_within_the_tolerance_nothing_changes(
    tolerances: Tolerances, levels: tuple[int, ...], expected: tuple[int, int, int]
) -> None:
    assert utilization(3, "rrr", levels, 100, requests=THREE, tolerances=tolerances) == expected


def test_usage_without_a_request_it_could_be_a_share_of_is_an_error() -> None:
    there = pods("r")
    known = {"older": samples(200)["p0"]}
    groups = group_pods(there, known, "cpu", PATIENCE, NOW)
    with pytest.raises(CannotTell, match=r"^no metrics returned matched known pods$"):
        for_utilization(1, 100, known, requests_of(there, "cpu"), groups, Tolerances())


def test_samples_of_unready_pods_alone_are_none() -> None:
    with pytest.raises(CannotTell, match=r"did not receive metrics for targeted pods \(pods might be unready\)"):
        utilization(2, "uu", (100, 100), 50)


AVERAGE = [
    # replicas, pods, samples, target; then: replicas, average
    (3, "rrr", (20000, 10000, 30000), 15000, (4, 20000)),
    (3, "rrH", (50000, 10000, 30000), 15000, (6, 30000)),  # readiness does not matter to other metrics than CPU
    (3, "HrH", (50000, 15000, 30000), 15000, (7, 31666)),
    (5, "rrrrr", (12000, 12000, 12000, 12000, 12000), 20000, (3, 12000)),
    (3, "rrr", (20000, 21000, 21000), 20000, (3, 20666)),
    (5, "rrrrr", (20000, 19000, 21000), 20000, (5, 20000)),
    (1, "r", (8600,), 4400, (2, 8600)),
]


@pytest.mark.parametrize(("current", "states", "levels", "target", "expected"), AVERAGE)
def test_average(current: int, states: str, levels: tuple[int, ...], target: int, expected: tuple[int, int]) -> None:
    known = samples(*levels)
    groups = group_pods(pods(states), known, "", PATIENCE, NOW)
    assert for_average(current, target, known, groups, Tolerances())[:2] == expected


def test_a_smaller_tolerance_of_growth_lets_an_average_grow() -> None:
    known = samples(20000, 21000, 21000)
    groups = group_pods(pods("rrr"), known, "", PATIENCE, NOW)
    assert for_average(3, 20000, known, groups, Tolerances(up=0.01))[:2] == (4, 20666)


TOTAL = [
    # replicas, pods, total, target, tolerances; then: replicas
    (3, "rrr", 20000, 15000, Tolerances(), 4),
    (3, "uru", 50000, 10000, Tolerances(), 5),  # ready pods alone are multiplied
    (3, "uru", 8600, 4400, Tolerances(), 2),
    (5, "rrrrr", 12000, 20000, Tolerances(), 3),
    (5, "rrrrr", 8600, 14334, Tolerances(), 3),
    (3, "rrr", 20666, 20000, Tolerances(), 3),
    (3, "rrr", 8600, 8888, Tolerances(), 3),
    (3, "rrr", 20666, 20000, Tolerances(up=0.01), 4),
    (3, "rrr", 8900, 8800, Tolerances(up=0.01), 4),
    (0, "", 20000, 15000, Tolerances(), 2),  # from nothing: neither pods nor tolerance
    (0, "", 0, 15000, Tolerances(), 0),
    (0, "", 1000, 15000, Tolerances(), 1),
    (3, "rrr", MAX_INT64, 1, Tolerances(), MAX_INT32),
]


@pytest.mark.parametrize(("current", "states", "usage", "target", "tolerances", "expected"), TOTAL)
def test_total(current: int, states: str, usage: int, target: int, tolerances: Tolerances, expected: int) -> None:
    assert for_total(current, target, usage, pods(states), tolerances) == (expected, usage, None)


def test_a_total_needs_pods_to_be_multiplied() -> None:
    with pytest.raises(CannotTell, match=r"^unable to calculate ready pods: no pods returned by selector"):
        for_total(3, 10, 20, [], Tolerances())


SHARE = [
    # replicas, total, target for each, tolerances; then: replicas, usage of each
    (3, 20000, 5000, Tolerances(), (4, 6667)),
    (5, 6000, 2000, Tolerances(), (3, 1200)),
    (3, 8600, 2150, Tolerances(), (4, 2867)),
    (5, 8600, 2867, Tolerances(), (3, 1720)),
    (4, 20166, 5000, Tolerances(), (4, 5042)),
    (3, 8600, 2900, Tolerances(), (3, 2867)),
    (4, 20208, 5000, Tolerances(up=0.01), (5, 5052)),
    (3, 8600, 2800, Tolerances(up=0.01), (4, 2867)),
    (1, MAX_INT64, 1, Tolerances(), (MAX_INT32, MAX_INT64)),
    (1, MAX_INT64, MAX_INT64, Tolerances(), (1, MAX_INT64)),
    (0, 10, 5, Tolerances(), (2, 10)),
]


@pytest.mark.parametrize(("current", "usage", "target", "tolerances", "expected"), SHARE)
def test_share(current: int, usage: int, target: int, tolerances: Tolerances, expected: tuple[int, int]) -> None:
    assert for_share(current, target, usage, tolerances)[:2] == expected


def test_a_sum_stops_at_the_largest_number_there_is() -> None:
    assert (total([1, 2]), total([MAX_INT64, 1])) == (3, MAX_INT64)
