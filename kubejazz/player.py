"""What the commands of the players (controllers, scheduler, kubelet) have in common."""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Callable
from pathlib import Path

from client.errors import ConfigError
from kubejazz.datadir import DataDir
from kubejazz.errors import UserError
from kubejazz.identities import Identity
from kubejazz.options import add_data_dir, add_log_level, add_option
from kubejazz.signals import stop_on_signals
from kubejazz.watchdog import end_in_time


def add_player_arguments(parser: argparse.ArgumentParser) -> None:
    add_option(
        parser,
        "--kubeconfig",
        help="how to reach the API server; by default the component's own in DATA_DIR, else what kubectl would use",
        type=Path,
        metavar="FILE",
    )
    add_data_dir(parser)
    add_log_level(parser)
    # From a parent that starts us before the server serves: a pipe whose end means that it does.
    parser.add_argument("--start-fd", type=int, default=-1, help=argparse.SUPPRESS)


def kubeconfig_of(options: argparse.Namespace, identity: Identity) -> str:
    """The kubeconfig to use. Raises UserError if there is none."""
    if options.kubeconfig is not None:
        if not options.kubeconfig.is_file():
            raise UserError(f"kubeconfig {options.kubeconfig} does not exist")
        return str(options.kubeconfig)
    own = DataDir(options.data_dir).kubeconfig_of(identity.file)
    usual = [Path(path) for path in os.environ.get("KUBECONFIG", "").split(os.pathsep) if path]
    for path in (own, *(usual or [Path("~/.kube/config").expanduser()])):
        if path.is_file():
            return str(path)
    raise UserError(f"no kubeconfig: give --kubeconfig FILE, or start a server with --data-dir {options.data_dir}")


def run_player(options: argparse.Namespace, play: Callable[[threading.Event], None]) -> int:
    """Call ``play`` with an event that SIGTERM or SIGINT sets; see that the process ends in time after it.

    Raises UserError for a kubeconfig that cannot be used.
    """
    if options.start_fd >= 0:
        os.read(options.start_fd, 1)
        os.close(options.start_fd)
    stop = stop_on_signals()
    with end_in_time(stop):
        try:
            play(stop)
        except ConfigError as error:
            raise UserError(str(error)) from error
    return 0
