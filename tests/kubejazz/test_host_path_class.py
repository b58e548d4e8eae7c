"""``up`` has a storage class unless told otherwise; ``serve``, beside which nobody would make volumes, has none."""

from __future__ import annotations

import argparse
from types import ModuleType

import pytest

from kubejazz.commands import serve, up
from kubejazz.server_flags import server_arguments, server_values


@pytest.mark.parametrize(
    ("command", "given", "name"),
    [
        (up, [], "standard"),
        (up, ["--host-path-class", "local"], "local"),
        (up, ["--host-path-class="], ""),
        (serve, [], ""),
        (serve, ["--host-path-class", "local"], "local"),
    ],
)
def test_the_storage_class_of_a_command(command: ModuleType, given: list[str], name: str) -> None:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    options = parser.parse_args(given)
    assert server_values(options)["host_path_class"] == name
    passed_on = [argument for argument in server_arguments(options) if argument.startswith("--host-path-class")]
    assert passed_on == ([f"--host-path-class={name}"] if name else [])
