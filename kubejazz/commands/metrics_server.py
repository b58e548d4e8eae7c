"""``kubejazz metrics-server``: what nodes and pods use, as metrics.k8s.io."""

from __future__ import annotations

import argparse
import threading
from contextlib import closing
from typing import Any

from client.account import account_configuration
from client.api import Client
from kubejazz import identities
from kubejazz.errors import UserError
from kubejazz.options import add_option, port
from kubejazz.player import add_player_arguments, kubeconfig_of, run_player, seconds_of
from kubejazz.version import VERSION
from metricsserver.app import MetricsConfig
from metricsserver.app import run as run_metrics_server
from metricsserver.installation import NAME, NAMESPACE

DESCRIPTION = (
    "Serve what nodes and pods use (metrics.k8s.io), behind the aggregation layer of any API server. The kubeconfig "
    "must be an administrator's: the server's service account, roles and APIService are made with it."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_player_arguments(parser)
    add_option(parser, "--bind", help="the address to listen on", default="127.0.0.1", metavar="ADDRESS")
    add_option(parser, "--port", help="the port to listen on; 0 picks a free one", default="0", type=port)
    add_option(parser, "--host", help="this machine's name as the API server reaches it", default="localhost")
    period = "how often nodes are asked"
    add_option(parser, "--metric-resolution", help=period, default="15s", type=seconds_of, metavar="DURATION")
    parser.add_argument(
        "--kubelet-insecure-tls", action="store_true", help="take kubelets' serving certificates as they are"
    )


def run(options: argparse.Namespace) -> int:
    kubeconfig = kubeconfig_of(options, identities.ADMIN)
    config = MetricsConfig(
        host=options.host,
        address=options.bind,
        port=options.port,
        period=options.metric_resolution,
        insecure_kubelets=options.kubelet_insecure_tls,
    )
    agent = f"{NAME}/{VERSION}"

    def play(stop: threading.Event) -> None:
        with closing(Client.from_kubeconfig(kubeconfig, user_agent=agent)) as installer:
            configuration: Any = account_configuration(installer, kubeconfig, NAMESPACE, NAME)

            def token() -> str:
                configuration.refresh_api_key_hook(configuration)
                return str(configuration.api_key["BearerToken"]).removeprefix("Bearer ")

            def account() -> Client:
                return Client(configuration, user_agent=agent)

            try:
                run_metrics_server(installer, account, token, stop, config)
            except ValueError as error:
                raise UserError(str(error)) from error

    return run_player(options, play)
