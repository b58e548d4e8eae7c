"""``kubejazz kubelet``: nodes that run pods, through the API alone."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable
from pathlib import Path

from apimachinery.clock import REAL_CLOCK
from client.api import Client
from client.credentials import load_configuration, with_certificate
from kubejazz.datadir import DataDir
from kubejazz.errors import UserError
from kubejazz.options import add_option, count
from kubejazz.player import add_player_arguments, kubeconfig_of, run_player
from kubejazz.version import VERSION
from kubelet.app import run as run_kubelet
from kubelet.config import KubeletConfig
from kubelet.identity.certificates import Certificates
from kubelet.identity.clients import NodeClients, SharedClient
from kubelet.identity.joining import OwnClients

_AGENT = f"kubelet/{VERSION}"
DESCRIPTION = "Run one or many nodes in this process, against any kubeconfig, until SIGTERM or Ctrl-C."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_player_arguments(parser)
    add_option(
        parser,
        "--bootstrap-kubeconfig",
        help="how to reach the API server to ask for a certificate for each node; --kubeconfig does without",
        type=Path,
        metavar="FILE",
        shown_default="the one in DATA_DIR",
    )
    add_option(
        parser,
        "--cert-dir",
        help="where the nodes' certificates are kept",
        type=Path,
        metavar="DIR",
        shown_default="DATA_DIR/kubelet",
    )
    add_option(parser, "--nodes", help="the number of nodes, named node-1, node-2, …", default="1", type=count)
    add_option(parser, "--node-names", help="their names instead, separated by commas", default="", metavar="NAME,...")
    add_option(parser, "--runtime", help="what runs the containers", default="hollow")
    add_option(parser, "--rules", help="the runtime's configuration", type=Path, metavar="FILE")


def run(options: argparse.Namespace) -> int:
    names = node_names(options.nodes, options.node_names)
    config = KubeletConfig(nodes=names, runtime=options.runtime, rules=options.rules)
    make = _clients_maker(options)

    def play(stop: threading.Event) -> None:
        try:
            run_kubelet(make(), stop, config)
        except ValueError as error:
            raise UserError(str(error)) from error

    return run_player(options, play)


def _clients_maker(options: argparse.Namespace) -> Callable[[], NodeClients]:
    """Each node's own, or those of a kubeconfig that speaks for all. Raises UserError if there is neither."""
    directory = DataDir(options.data_dir)
    bootstrap = options.bootstrap_kubeconfig or directory.bootstrap_kubeconfig
    if options.kubeconfig is None and (options.bootstrap_kubeconfig or bootstrap.is_file()):
        if not bootstrap.is_file():
            raise UserError(f"bootstrap kubeconfig {bootstrap} does not exist")
        return lambda: _own_clients(str(bootstrap), options.cert_dir or directory.kubelet)
    kubeconfig = kubeconfig_of(options)
    return lambda: SharedClient(Client.from_kubeconfig(kubeconfig, user_agent=_AGENT))


def _own_clients(kubeconfig: str, folder: Path) -> NodeClients:
    """Raises ConfigError."""
    configuration = load_configuration(kubeconfig, None)
    bootstrap = Client(configuration, user_agent=_AGENT)

    def make(certificate: Path) -> Client:
        return Client(with_certificate(configuration, certificate), user_agent=_AGENT)

    return OwnClients(bootstrap, Certificates(folder, bootstrap.certificate_authority()), make, REAL_CLOCK)


def node_names(count: int, names: str) -> tuple[str, ...]:
    """Raises UserError if there is no node."""
    given = tuple(name.strip() for name in names.split(",") if name.strip())
    nodes = given or tuple(f"node-{number}" for number in range(1, count + 1))
    if not nodes:
        raise UserError("a kubelet needs at least one node")
    return nodes
