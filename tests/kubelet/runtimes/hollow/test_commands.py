from __future__ import annotations

import math

import pytest

from kubelet.runtimes.hollow.commands import expand_references, literal_env
from tests.kubelet.builders import RULES

_FOREVER = (math.inf, 0)


def _run(*words: str, **env: str) -> tuple[float, int]:
    program = RULES.commands.run(words, env)
    return (program.duration, program.exit_code)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["true"], (0, 0)),
        (["/bin/true"], (0, 0)),
        (["false"], (0, 1)),
        (["echo", "a", "b"], (0, 0)),
        (["sleep", "7"], (7, 0)),
        (["sleep", "1.5"], (1.5, 0)),
        (["sleep", "1m", "5s"], (65, 0)),
        (["sleep", "infinity"], _FOREVER),
        (["sleep", "soon"], (0, 1)),
        (["nginx", "-g", "daemon off;"], _FOREVER),
        (["timeout", "3", "sleep", "10"], (3, 124)),
        (["timeout", "3", "sleep", "1"], (1, 0)),
        (["env", "A=1", "sh", "-c", "exit $A"], (0, 1)),
        (["sh"], (0, 0)),
        (["sh", "script.sh"], _FOREVER),
        (["python", "server.py"], _FOREVER),
    ],
)
def test_programs(words: list[str], expected: tuple[float, int]) -> None:
    assert _run(*words) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("exit 3", (0, 3)),
        ("exit 259", (0, 3)),
        ("sleep 5; exit 1", (5, 1)),
        ("sleep 5 && exit 1", (5, 1)),
        ("false && exit 7", (0, 1)),
        ("false || exit 7", (0, 7)),
        ("true || exit 7", (0, 0)),
        ("false; true", (0, 0)),
        ("true; false", (0, 1)),
        ("sleep 1\nsleep 2\nexit 4", (3, 4)),
        ("echo hello > /tmp/x 2>&1; cat < /tmp/x; exit 2", (0, 2)),
        ("echo 'exit 5; sleep 9'", (0, 0)),
        ('echo "a && b"; exit 1', (0, 1)),
        ("echo a | grep b | sort", (0, 0)),
        ("sleep 3 | sleep 5", (5, 0)),
        ("sleep 100 & exit 3", (0, 3)),
        ("sleep 4 & sleep 1; wait", (4, 0)),
        ("exec sleep 6; exit 9", (6, 0)),
        ("set -e; false; sleep 100", (0, 1)),
        ("set -e; false || true; sleep 2", (2, 0)),
        ("CODE=4; exit $CODE", (0, 4)),
        ("exit ${FROM_ENV}", (0, 8)),
        ("false; exit $?", (0, 1)),
        ("# a comment\nexit 6 # and one more", (0, 6)),
        ("trap 'exit 0' TERM; sleep 3", (3, 0)),
        ("while true; do sleep 1; done", _FOREVER),
        ("if true; then exit 1; fi", _FOREVER),
        ("(exit 1)", _FOREVER),
        ("./server --port 80", _FOREVER),
        ("date; my-server; exit 1", _FOREVER),
        ("sh -c 'sleep 2; exit 5'", (2, 5)),
        ("", (0, 0)),
    ],
)
def test_scripts(script: str, expected: tuple[float, int]) -> None:
    assert _run("sh", "-c", script, FROM_ENV="8") == expected


@pytest.mark.parametrize("flags", ["-ec", "-euxc", "-e -c"])
def test_shell_flags_can_ask_to_end_at_an_error(flags: str) -> None:
    assert _run("bash", *flags.split(), "false; sleep 5") == (0, 1)


def test_an_unknown_program_in_a_probe_succeeds_at_once() -> None:
    assert RULES.probe_commands.run(["pg_isready", "-U", "me"], {}) == (0, 0)


def test_references_are_expanded_as_kubernetes_does() -> None:
    words = ["$(A)", "x$(B)y", "$$(A)", "$A", "$(UNKNOWN)"]
    assert expand_references(words, {"A": "1", "B": "2"}) == ["1", "x2y", "$(A)", "$A", "$(UNKNOWN)"]


def test_only_literal_variables_are_known() -> None:
    entries = [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"fieldRef": {}}}, {"name": "C"}]
    assert literal_env({"env": entries}) == {"A": "1", "C": ""}
