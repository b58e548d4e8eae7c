from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from kubejazz.cli import COMMANDS
from tests.kubejazz.processes import kubejazz, the_line


def test_help_lists_every_command() -> None:
    done = kubejazz("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert f"  {command.name} " in done.stdout


@pytest.mark.parametrize("arguments", [(), ("frobnicate",), ("--frobnicate",)])
def test_without_a_command_that_exists_the_usage_is_told(arguments: tuple[str, ...]) -> None:
    done = kubejazz(*arguments)
    assert done.returncode == 2
    assert "usage: kubejazz COMMAND" in done.stderr


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_has_help(name: str) -> None:
    done = kubejazz(name, "--help")
    assert done.returncode == 0
    assert f"usage: kubejazz {name}" in done.stdout


def test_an_unknown_option_is_wrong_usage() -> None:
    done = kubejazz("version", "--frobnicate")
    assert done.returncode == 2
    assert "unrecognized arguments: --frobnicate" in done.stderr


def test_the_version_names_the_api_level() -> None:
    done = kubejazz("version")
    assert done.returncode == 0
    assert "Kubernetes API v1.37" in done.stdout


def test_every_command_listed_has_its_module() -> None:
    for command in COMMANDS:
        module = importlib.import_module(command.module)
        assert module.DESCRIPTION.endswith(".")


@pytest.mark.parametrize("name", ["controllers", "scheduler", "kubelet"])
def test_a_player_without_kubeconfig_says_so(name: str, tmp_path: Path) -> None:
    line = the_line(kubejazz(name, cwd=tmp_path, extra={"HOME": str(tmp_path)}))
    assert line == (
        f"kubejazz {name}: error: no kubeconfig: give --kubeconfig FILE, or start a server with --data-dir .kubejazz"
    )


@pytest.mark.parametrize("name", ["controllers", "scheduler", "kubelet"])
def test_a_player_with_a_missing_kubeconfig_names_it(name: str, tmp_path: Path) -> None:
    line = the_line(kubejazz(name, "--kubeconfig", str(tmp_path / "none")))
    assert line == f"kubejazz {name}: error: kubeconfig {tmp_path / 'none'} does not exist"


@pytest.mark.parametrize("name", ["controllers", "scheduler", "kubelet"])
def test_a_player_with_a_broken_kubeconfig_names_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("- not\n- a kubeconfig\n")
    assert str(path) in the_line(kubejazz(name, "--kubeconfig", str(path)))


def test_a_kubelet_without_a_node_says_so(tmp_path: Path) -> None:
    (tmp_path / "config").touch()
    line = the_line(kubejazz("kubelet", "--nodes", "0", "--kubeconfig", str(tmp_path / "config")))
    assert line == "kubejazz kubelet: error: a kubelet needs at least one node"


def test_the_kubeconfig_of_nobody_cannot_be_printed(tmp_path: Path) -> None:
    line = the_line(kubejazz("kubeconfig", "--data-dir", str(tmp_path), "--user", "nobody"))
    assert line.startswith(f"kubejazz kubeconfig: error: there is no kubeconfig of nobody in {tmp_path}")


@pytest.mark.parametrize("name", ["controllers", "scheduler"])
def test_times_of_a_lease_that_cannot_be_are_refused(name: str) -> None:
    line = the_line(kubejazz(name, "--leader-elect-lease-duration", "1s", "--leader-elect-renew-deadline", "5s"))
    assert "lease_duration > renew_deadline" in line
