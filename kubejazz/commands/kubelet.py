"""``kubejazz kubelet``: nodes that run pods, through the API alone."""

from __future__ import annotations

import argparse
import threading
from contextlib import closing
from pathlib import Path

from client.api import Client
from kubejazz import identities
from kubejazz.errors import UserError
from kubejazz.options import add_option, count
from kubejazz.player import add_player_arguments, kubeconfig_of, run_player
from kubejazz.version import VERSION
from kubelet.app import run as run_kubelet
from kubelet.config import KubeletConfig

DESCRIPTION = "Run one or many nodes in this process, against any kubeconfig, until SIGTERM or Ctrl-C."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_player_arguments(parser)
    add_option(parser, "--nodes", help="the number of nodes, named node-1, node-2, …", default="1", type=count)
    add_option(parser, "--node-names", help="their names instead, separated by commas", default="", metavar="NAME,...")
    add_option(parser, "--runtime", help="what runs the containers", default="hollow")
    add_option(parser, "--rules", help="the runtime's configuration", type=Path, metavar="FILE")


def run(options: argparse.Namespace) -> int:
    names = node_names(options.nodes, options.node_names)
    kubeconfig = kubeconfig_of(options, identities.kubelet(names[0]))
    config = KubeletConfig(nodes=names, runtime=options.runtime, rules=options.rules)

    def play(stop: threading.Event) -> None:
        with closing(Client.from_kubeconfig(kubeconfig, user_agent=f"kubelet/{VERSION}")) as client:
            try:
                run_kubelet(client, stop, config)
            except ValueError as error:
                raise UserError(str(error)) from error

    return run_player(options, play)


def node_names(count: int, names: str) -> tuple[str, ...]:
    """Raises UserError if there is no node."""
    given = tuple(name.strip() for name in names.split(",") if name.strip())
    nodes = given or tuple(f"node-{number}" for number in range(1, count + 1))
    if not nodes:
        raise UserError("a kubelet needs at least one node")
    return nodes
