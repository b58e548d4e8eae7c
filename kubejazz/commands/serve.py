"""``kubejazz serve``: the API server alone."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from kubejazz.identities import COMPONENTS
from kubejazz.options import add_log_level
from kubejazz.preparation import Prepared, add_server_arguments, inherit, prepare
from kubejazz.readiness import add_ready_argument, tell_ready
from kubejazz.server_process import run_server

DESCRIPTION = "Run the API server in the foreground until SIGTERM or Ctrl-C."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser)
    add_log_level(parser)
    # From a parent that starts us: a socket to serve on.
    parser.add_argument("--socket-fd", type=int, default=-1, help=argparse.SUPPRESS)
    add_ready_argument(parser)


def run(options: argparse.Namespace) -> int:
    if options.socket_fd >= 0:
        prepared = inherit(options, COMPONENTS, options.socket_fd)
    else:
        prepared = prepare(options, COMPONENTS)
    run_server(prepared, _announcement(options, prepared))
    return 0


def _announcement(options: argparse.Namespace, prepared: Prepared) -> Callable[[], None]:
    def announce() -> None:
        tell_ready(options, prepared.url)
        if options.socket_fd < 0:
            print(f"kubejazz serves {prepared.url}, kubeconfig {prepared.kubeconfig}", flush=True)

    return announce
