from __future__ import annotations

from typing import Any

import pytest

from kubelet.runtimes.hollow.meter import Meter
from kubelet.runtimes.hollow.rules import Rules
from kubelet.runtimes.hollow.usage import Load, load_of

MI = 1024 * 1024
RULE = {"cpu": "20%", "memory": "50%"}


def load(rule: dict[str, str], annotations: dict[str, str], **requests: str) -> Load:
    container = {"name": "main", "image": "app", "resources": {"requests": requests}}
    return load_of({"metadata": {"annotations": annotations}}, container, rule)


LOADS: list[tuple[dict[str, str], dict[str, str], dict[str, str], Load]] = [
    ({}, {}, {}, Load(0.001, 10 * MI)),
    (RULE, {}, {}, Load(0.001, 10 * MI)),
    (RULE, {}, {"cpu": "500m", "memory": "64Mi"}, Load(0.1, 32 * MI)),
    ({"cpu": "2", "memory": "1Mi"}, {}, {"cpu": "1"}, Load(2.0, MI)),
    (RULE, {"kubejazz.io/cpu-usage": "300m"}, {"cpu": "1"}, Load(0.3, 10 * MI)),
    (RULE, {"kubejazz.io/cpu-usage": "80%"}, {"cpu": "1"}, Load(0.8, 10 * MI)),
    (RULE, {"kubejazz.io/cpu-usage": "1", "kubejazz.io/main.cpu-usage": "2"}, {}, Load(2.0, 10 * MI)),
    (RULE, {"kubejazz.io/other.cpu-usage": "2"}, {}, Load(0.001, 10 * MI)),
    (RULE, {"kwok.x-k8s.io/usage-cpu": "70m", "kwok.x-k8s.io/usage-memory": "3Mi"}, {}, Load(0.07, 3 * MI)),
    (RULE, {"kubejazz.io/memory-usage": "a lot"}, {"memory": "4Mi"}, Load(0.001, 2 * MI)),
]


@pytest.mark.parametrize(("rule", "annotations", "requests", "expected"), LOADS)
def test_loads(rule: dict[str, str], annotations: dict[str, str], requests: dict[str, str], expected: Load) -> None:
    assert load(rule, annotations, **requests) == expected


def test_the_rules_say_how_much_is_used_of_what_is_asked_for() -> None:
    rules = Rules({"rules": [{"match": {"image": "db*"}, "usage": {"cpu": "3"}}, {"usage": {"memory": "7Mi"}}]})
    container: dict[str, Any] = {"name": "main", "image": "db:1"}
    assert rules.usage({"metadata": {}}, container) == Load(3.0, 10 * MI)
    assert rules.usage({"metadata": {}}, {**container, "image": "web"}) == Load(0.001, 7 * MI)


def test_cpu_time_grows_with_what_is_used_now() -> None:
    meter = Meter()
    assert meter.read("u", "main", "id-1", 100.0, Load(0.5, 1), 110.0).cpu_seconds == 5.0
    assert meter.read("u", "main", "id-1", 100.0, Load(2.0, 1), 111.0).cpu_seconds == 7.0
    assert meter.read("u", "main", "id-1", 100.0, Load(0.0, 1), 200.0).cpu_seconds == 7.0


def test_a_container_that_was_started_again_counts_from_its_start() -> None:
    meter = Meter()
    meter.read("u", "main", "id-1", 100.0, Load(1.0, 1), 150.0)
    assert meter.read("u", "main", "id-2", 160.0, Load(1.0, 1), 163.0) == (3.0, 1, 160.0, 163.0)


def test_what_is_gone_is_forgotten() -> None:
    meter = Meter()
    meter.read("u", "main", "id-1", 100.0, Load(1.0, 1), 150.0)
    meter.forget("u")
    assert meter.read("u", "main", "id-1", 140.0, Load(1.0, 1), 150.0).cpu_seconds == 10.0


def test_times_are_whole_milliseconds_so_that_rates_are_exact() -> None:
    meter = Meter()
    usage = meter.read("u", "main", "id-1", 100.0, Load(1.0, 1), 100.0129)
    assert (usage.at, round(usage.cpu_seconds, 9)) == (100.012, 0.012)
