from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from kubelet.runtimes.hollow.annotations import parse_seconds
from kubelet.runtimes.hollow.rules import Behaviour, Rules, RulesError
from tests.kubelet.builders import RULES, container, pod


def _behaviour(rules: Rules = RULES, *, spec: Any = None, **fields: Any) -> Behaviour:
    spec = spec or container()
    return rules.behaviour(pod(spec, **fields), spec)


def test_the_first_rule_that_speaks_of_an_aspect_counts() -> None:
    rules = Rules(
        {
            "rules": [
                {"match": {"image": "slow/*"}, "start": {"seconds": 9}},
                {"start": {"seconds": 1}, "pull": {"seconds": 2}},
                {"start": {"seconds": 5}},
            ]
        }
    )
    slow, fast = _behaviour(rules, spec=container(image="slow/x")), _behaviour(rules)
    assert (slow.start_seconds, slow.pull_seconds) == (9, 2)
    assert (fast.start_seconds, fast.pull_seconds) == (1, 2)


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({"image": ["nothing", "registry.local/*"]}, True),
        ({"image": "other/*"}, False),
        ({"command": "sh"}, True),
        ({"command": ""}, False),
        ({"container": "ma*"}, True),
        ({"namespace": "default"}, True),
        ({"labels": {"app": "w*"}}, True),
        ({"labels": {"app": "x"}}, False),
        ({"labels": {"missing": "x"}}, False),
        ({"annotations": {"a/b": "*"}}, True),
        ({"container": "main", "namespace": "other"}, False),
    ],
)
def test_matching(match: dict[str, Any], fits: bool) -> None:
    rules = Rules({"rules": [{"match": match, "stop": {"seconds": 7}}]})
    spec = container(script="sleep 1")
    found = rules.behaviour(pod(spec, meta={"labels": {"app": "web"}, "annotations": {"a/b": "c"}}), spec)
    assert (found.stop_seconds == 7) is fits


def test_a_run_rule_overrides_the_command() -> None:
    rules = Rules({"rules": [{"run": {"seconds": 3, "exitCode": 2, "reason": "OOMKilled"}}]})
    found = _behaviour(rules, spec=container(script="sleep 9"))
    assert (found.run, found.exit_reason) == ((3.0, 2), "OOMKilled")


@pytest.mark.parametrize(
    ("annotation", "field", "value"),
    [
        ({"exit-code": "3"}, "run", (0.0, 3)),
        ({"run-duration": "5s"}, "run", (5.0, 0)),
        ({"run-duration": "1m", "exit-code": "3"}, "run", (60.0, 3)),
        ({"run-duration": "infinity"}, "run", (math.inf, 0)),
        ({"start-delay": "2"}, "start_seconds", 2.0),
        ({"start-error": "boom"}, "start_error", "boom"),
        ({"pull-delay": "250ms"}, "pull_seconds", 0.25),
        ({"pull-error": "nope"}, "pull_error", "nope"),
        ({"stop-delay": "3s"}, "stop_seconds", 3.0),
        ({"stop-exit-code": "9"}, "stop_code", 9),
        ({"main.start-delay": "4"}, "start_seconds", 4.0),
        ({"start-delay": "1", "main.start-delay": "4"}, "start_seconds", 4.0),
        ({"other.start-delay": "4"}, "start_seconds", 0.1),
        ({"start-delay": "later"}, "start_seconds", 0.1),
        ({"exit-code": "999"}, "run", (math.inf, 0)),
    ],
)
def test_annotations_win_and_unreadable_ones_are_ignored(annotation: dict[str, str], field: str, value: Any) -> None:
    found = _behaviour(annotations={f"kubejazz.io/{name}": text for name, text in annotation.items()})
    assert getattr(found, field) == value


def test_probe_annotations() -> None:
    found = _behaviour(annotations={"kubejazz.io/fail-probes": "liveness, startup", "kubejazz.io/ready-delay": "8s"})
    assert {name: rule.fail_for for name, rule in found.probes.items()} == {
        "livenessProbe": math.inf,
        "startupProbe": math.inf,
        "readinessProbe": 8.0,
    }


@pytest.mark.parametrize(
    ("image", "duration"), [("busybox", 0), ("docker.io/library/alpine:3", 0), ("hello-world", 0), ("nginx", math.inf)]
)
def test_what_images_do_without_a_command(image: str, duration: float) -> None:
    assert _behaviour(spec=container(image=image)).run.duration == duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5s", 5),
        ("1m30s", 90),
        ("250ms", 0.25),
        ("2", 2),
        ("infinity", math.inf),
        ("", None),
        ("5x", None),
        ("s", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("rules: [{name: x, matches: {}}]", "rule 'x': unknown field 'matches'"),
        ("rules: [{name: x, match: {colour: red}}]", "rule 'x': unknown match 'colour'"),
        ("rules: [3]", "rules[0]: not a mapping"),
        ("- a", "not a mapping"),
        ("a: [", "cannot read rules"),
    ],
)
def test_errors_of_a_rules_file_are_one_clear_line(text: str, error: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    with pytest.raises(RulesError) as raised:
        Rules.load(path)
    assert error in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_rules_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="no-such-file"):
        Rules.load(tmp_path / "no-such-file")
