"""What the commands of the players (controllers, scheduler, kubelet) have in common."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from apimachinery.durations import SECOND, parse_duration
from client.errors import ConfigError
from client.leaderelection import USUAL_TIMES, LeaseTimes
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


def add_leader_election(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--leader-elect", action="store_true", help="run only while holding the leader lease")
    for name, seconds, what in (
        ("lease-duration", USUAL_TIMES.lease_duration, "how long the others wait for a leader that is silent"),
        ("renew-deadline", USUAL_TIMES.renew_deadline, "when a leader that cannot renew its lease gives up"),
        ("retry-period", USUAL_TIMES.retry_period, "between attempts to get or renew the lease"),
    ):
        default = f"{seconds:g}s"
        add_option(parser, f"--leader-elect-{name}", help=what, default=default, type=seconds_of, metavar="DURATION")


def lease_times(options: argparse.Namespace) -> LeaseTimes:
    """Raises UserError for times that cannot be."""
    times = LeaseTimes(
        options.leader_elect_lease_duration, options.leader_elect_renew_deadline, options.leader_elect_retry_period
    )
    try:
        times.check()
    except ValueError as error:
        raise UserError(f"--leader-elect: {error}") from error
    return times


def seconds_of(text: str) -> float:
    """A duration on the command line."""
    try:
        return parse_duration(text) / SECOND
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def kubeconfig_of(options: argparse.Namespace, identity: Identity | None = None) -> str:
    """The kubeconfig to use: the one given, the identity's own, or the usual one. Raises UserError if there is none."""
    if options.kubeconfig is not None:
        if not options.kubeconfig.is_file():
            raise UserError(f"kubeconfig {options.kubeconfig} does not exist")
        return str(options.kubeconfig)
    own = [DataDir(options.data_dir).kubeconfig_of(identity.file)] if identity is not None else []
    usual = [Path(path) for path in os.environ.get("KUBECONFIG", "").split(os.pathsep) if path]
    for path in (*own, *(usual or [Path("~/.kube/config").expanduser()])):
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
    if options.start_fd >= 0:
        _leave()
    return 0


def _leave() -> NoReturn:
    """End the process without taking the interpreter apart, which costs each part of ``up`` a tenth of a second."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
