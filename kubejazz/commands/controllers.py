"""``kubejazz controllers``: all controllers, through the API alone."""

from __future__ import annotations

import argparse
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from client.api import Client
from controllers.account_tokens.signing import KeyFileError
from controllers.accounts import Clients, agent
from controllers.certificates.authority import AuthorityError
from controllers.horizontal_pod_autoscaler.settings import AutoscalerSettings
from controllers.manager import CONTROLLERS
from controllers.manager import run as run_controllers
from controllers.settings import Settings
from kubejazz.errors import UserError
from kubejazz.identities import CONTROLLER_MANAGER
from kubejazz.options import add_option
from kubejazz.player import (
    add_leader_election,
    add_player_arguments,
    kubeconfig_of,
    lease_times,
    run_player,
    seconds_of,
)
from kubejazz.version import VERSION

DESCRIPTION = "Run the controllers in the foreground, against any kubeconfig, until SIGTERM or Ctrl-C."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_player_arguments(parser)
    add_option(
        parser,
        "--controllers",
        help="the ones to run, separated by commas",
        default="",
        metavar="NAME,...",
        shown_default="all of them",
    )
    parser.add_argument(
        "--use-service-account-credentials",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="let each controller act as a service account of its own, with no more rights than it needs",
    )
    add_leader_election(parser)
    _add_signing(parser)
    _add_autoscaler(parser)
    add_option(
        parser,
        "--service-account-private-key-file",
        help="the key that signs service accounts' tokens in Secrets (PEM)",
        type=Path,
        metavar="FILE",
        shown_default="none: Secrets get no tokens",
    )
    add_option(
        parser,
        "--host-path-volumes",
        help="the folder for volumes of the provisioner kubejazz.io/host-path",
        type=Path,
        metavar="DIR",
        shown_default="none: it makes no volumes",
    )
    add_option(
        parser,
        "--resource-quota-sync-period",
        help="how often what quotas count is summed up anew",
        default="5m",
        type=seconds_of,
        metavar="DURATION",
    )


def _add_autoscaler(parser: argparse.ArgumentParser) -> None:
    for name, default, what in (
        ("sync-period", "15s", "how often autoscalers are looked at"),
        ("downscale-stabilization", "5m", "for how long a higher recommendation holds"),
        ("cpu-initialization-period", "5m", "for how long a started pod's CPU is looked at with care"),
        ("initial-readiness-delay", "30s", "for how long a pod that is not ready counts as one that never was"),
    ):
        flag = f"--horizontal-pod-autoscaler-{name}"
        add_option(parser, flag, help=what, default=default, type=seconds_of, metavar="DURATION")
    what = "how far usage may be off its target, as a share of it"
    add_option(parser, "--horizontal-pod-autoscaler-tolerance", help=what, default="0.1", type=float, metavar="SHARE")


def _autoscaler(options: argparse.Namespace) -> AutoscalerSettings:
    return AutoscalerSettings(
        sync_period=options.horizontal_pod_autoscaler_sync_period,
        downscale_stabilization=options.horizontal_pod_autoscaler_downscale_stabilization,
        tolerance=options.horizontal_pod_autoscaler_tolerance,
        cpu_initialization_period=options.horizontal_pod_autoscaler_cpu_initialization_period,
        initial_readiness_delay=options.horizontal_pod_autoscaler_initial_readiness_delay,
    )


def _add_signing(parser: argparse.ArgumentParser) -> None:
    for part, what in (("cert", "certificate"), ("key", "private key")):
        add_option(
            parser,
            f"--cluster-signing-{part}-file",
            help=f"the {what} of the authority that signs approved certificate requests (PEM)",
            type=Path,
            metavar="FILE",
            shown_default="none: nothing is signed",
        )
    add_option(
        parser,
        "--cluster-signing-duration",
        help="the longest life of the certificates it signs",
        default="8760h",
        type=seconds_of,
        metavar="DURATION",
    )


def run(options: argparse.Namespace) -> int:
    names, times = controller_names(options.controllers), lease_times(options)
    settings = Settings(
        signing_certificate=options.cluster_signing_cert_file,
        signing_key=options.cluster_signing_key_file,
        signing_duration=timedelta(seconds=options.cluster_signing_duration),
        quota_sync=timedelta(seconds=options.resource_quota_sync_period),
        service_account_key=options.service_account_private_key_file,
        autoscaler=_autoscaler(options),
        host_path_volumes=options.host_path_volumes and options.host_path_volumes.absolute(),
    )
    kubeconfig = kubeconfig_of(options, CONTROLLER_MANAGER)

    def as_user(name: str) -> Client:
        return Client.from_kubeconfig(kubeconfig, user_agent=agent(VERSION, name))

    def play(stop: threading.Event) -> None:
        with closing(Clients(kubeconfig, version=VERSION)) as clients:
            client_for = clients.client_for if options.use_service_account_credentials else as_user
            try:
                run_controllers(client_for, stop, names, options.leader_elect, times=times, settings=settings)
            except (AuthorityError, KeyFileError) as error:
                raise UserError(str(error)) from error

    return run_player(options, play)


def controller_names(text: str) -> tuple[str, ...] | None:
    """None for all. Raises UserError for one there is not."""
    known = [entry.name for entry in CONTROLLERS]
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(f"there is no controller {unknown[0]}: there are {', '.join(known)}")
    return names or None
