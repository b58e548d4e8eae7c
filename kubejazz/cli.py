"""The command line: finds the command, loads its module alone, turns what goes wrong into one line and an exit code.

Exit codes: 0 done or stopped as asked, 1 failed, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kubejazz import logs
from kubejazz.errors import UserError
from kubejazz.parent import die_with_parent


@dataclass(frozen=True, slots=True)
class Command:
    """``module`` is imported only when the command is run: the API server must not load what the players need."""

    name: str
    help: str

    @property
    def module(self) -> str:
        return f"kubejazz.commands.{self.name.replace('-', '_')}"


COMMANDS = (
    Command("up", "everything in one go: API server, controllers, scheduler and hollow nodes"),
    Command("serve", "the API server alone"),
    Command("controllers", "the controllers, against any kubeconfig"),
    Command("scheduler", "the scheduler, against any kubeconfig"),
    Command("kubelet", "hollow nodes, against any kubeconfig"),
    Command("metrics-server", "what nodes and pods use, for kubectl top and autoscalers, against any kubeconfig"),
    Command("backup", "copy the store into a file, while servers run"),
    Command("restore", "put a backup in the place of the store"),
    Command("bump-revision", "go on beyond all that was served, after the database lost data"),
    Command("check", "tell whether the store is whole"),
    Command("log", "the story of an object or of the whole cluster: who wrote what, when"),
    Command("kubeconfig", "print or merge the kubeconfig of an identity"),
    Command("conformance", "checks from the official conformance list, against any kubeconfig"),
    Command("version", "print the version"),
)


class CommandModule(Protocol):
    DESCRIPTION: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, options: argparse.Namespace) -> int: ...


def main(arguments: Sequence[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    command = next((command for command in COMMANDS if arguments and command.name == arguments[0]), None)
    if command is None:
        return _no_command(arguments)
    signal.signal(signal.SIGTERM, _leave)
    die_with_parent()
    module: CommandModule = importlib.import_module(command.module)
    parser = argparse.ArgumentParser(prog=f"kubejazz {command.name}", description=module.DESCRIPTION)
    parser.set_defaults(log_level="warning")
    module.add_arguments(parser)
    options = parser.parse_args(arguments[1:])
    logs.configure(options.log_level)
    try:
        return module.run(options)
    except UserError as error:
        print(f"kubejazz {command.name}: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _leave(*_: object) -> None:
    """SIGTERM while a command is still starting; a running one has its own way to stop."""
    raise SystemExit(0)


def _no_command(arguments: Sequence[str]) -> int:
    width = max(len(command.name) for command in COMMANDS)
    listing = "\n".join(f"  {command.name:<{width}}  {command.help}" for command in COMMANDS)
    parser = argparse.ArgumentParser(
        prog="kubejazz",
        usage="kubejazz COMMAND [OPTION ...]",
        description="A Kubernetes-API-compatible server, and the controllers, scheduler and nodes that make it live.",
        epilog=f"commands:\n{listing}\n\nkubejazz COMMAND --help tells the options of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", metavar="COMMAND", nargs="?", choices=[command.name for command in COMMANDS])
    parser.parse_args(arguments)
    parser.print_help(sys.stderr)
    return 2
