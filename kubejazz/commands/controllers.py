"""``kubejazz controllers``: all controllers, through the API alone."""

from __future__ import annotations

import argparse
import threading

from client.api import Client
from controllers.manager import run as run_controllers
from kubejazz.identities import CONTROLLER_MANAGER
from kubejazz.player import add_player_arguments, kubeconfig_of, run_player
from kubejazz.version import VERSION

DESCRIPTION = "Run the controllers in the foreground, against any kubeconfig, until SIGTERM or Ctrl-C."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_player_arguments(parser)
    parser.add_argument("--leader-elect", action="store_true", help="run only while holding the leader lease")


def run(options: argparse.Namespace) -> int:
    kubeconfig = kubeconfig_of(options, CONTROLLER_MANAGER)

    def client_for(name: str) -> Client:
        return Client.from_kubeconfig(kubeconfig, user_agent=f"kube-controller-manager/{VERSION} {name}")

    def play(stop: threading.Event) -> None:
        run_controllers(client_for, stop, leader_elect=options.leader_elect)

    return run_player(play)
