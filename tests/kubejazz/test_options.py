from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from kubejazz.options import (
    AUTHORIZATION_MODES,
    add_data_dir,
    add_log_level,
    add_option,
    authorization_modes,
    count,
    port,
)
from server.authz.modes import MODES


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="x")
    add_data_dir(result)
    add_log_level(result)
    add_option(result, "--port", help="the port, 100 %", default="6443", type=port)
    add_option(result, "--nodes", help="nodes", default="2", type=count)
    return result


def test_the_default_the_environment_and_the_flag_in_rising_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parser().parse_args([]).port == 6443
    monkeypatch.setenv("KUBEJAZZ_PORT", "7000")
    assert parser().parse_args([]).port == 7000
    assert parser().parse_args(["--port", "0"]).port == 0


def test_the_name_of_a_variable_follows_from_the_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEJAZZ_DATA_DIR", "/somewhere")
    assert parser().parse_args([]).data_dir == Path("/somewhere")


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBEJAZZ_PORT", "")
    assert parser().parse_args([]).port == 6443


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "x"], "argument --port: 'x' is not a number"),
        (["--port", "65536"], "argument --port: '65536' is not a port number (0 to 65535)"),
        (["--nodes", "-1"], "argument --nodes: '-1' is negative"),
        (["--log-level", "loud"], "argument --log-level: 'loud' is not one of debug, info, warning, error"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_a_variable_that_makes_no_sense_is_refused_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBEJAZZ_PORT", "x")
    with pytest.raises(SystemExit):
        parser().parse_args([])
    assert "argument --port: 'x' is not a number" in capsys.readouterr().err


def test_help_names_default_and_variable() -> None:
    text = " ".join(parser().format_help().split())
    assert "[default 6443, env KUBEJAZZ_PORT]" in text


def test_authorization_modes_are_those_of_the_server_in_the_order_given() -> None:
    assert set(AUTHORIZATION_MODES) == {*MODES, "Webhook"}
    assert authorization_modes("RBAC,AlwaysAllow") == ("RBAC", "AlwaysAllow")
    for wrong in ("ABAC", "", "rbac"):
        with pytest.raises(argparse.ArgumentTypeError, match="is not a list of AlwaysAllow, AlwaysDeny, Node, RBAC"):
            authorization_modes(wrong)
