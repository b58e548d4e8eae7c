"""``kubejazz up``: all components as children of this process, each with its own identity."""

from __future__ import annotations

import argparse
import os
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from kubejazz.children import Child, next_due, stop_all
from kubejazz.errors import UserError
from kubejazz.identities import ADMIN, COMPONENTS, CONTROLLER_MANAGER, SCHEDULER, Identity
from kubejazz.options import add_log_level, add_option, count, history_text
from kubejazz.preparation import Prepared, add_server_arguments, prepare
from kubejazz.readiness import add_ready_argument, tell_ready
from kubejazz.server_flags import server_arguments
from kubejazz.signals import SignalWaiter
from kubejazz.version import VERSION

DESCRIPTION = "Run API server, controllers, scheduler and hollow nodes in the foreground until SIGTERM or Ctrl-C."
PLAYERS_PATIENCE = 1.1
SERVER_PATIENCE = 0.7
"""Seconds; together within the 2 s in which everything has to end."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_server_arguments(parser, host_path_class="standard")
    add_option(parser, "--nodes", help="the number of hollow nodes", default="2", type=count)
    parser.add_argument(
        "--no-metrics", action="store_true", help="without the metrics server that kubectl top and autoscalers ask"
    )
    add_log_level(parser, default="warning")
    add_ready_argument(parser)


def run(options: argparse.Namespace) -> int:
    prepared = prepare(options, COMPONENTS)
    ready, written = os.pipe()
    started, start = os.pipe()
    server = _server(options, prepared, written)
    players = _players(options, prepared, started)
    followers = _followers(options, prepared, started)
    with SignalWaiter() as signals:
        try:
            for child in (server, *players):
                child.start()
            os.close(written)
            if _wait_until_ready(server, ready, signals):
                server.arguments, server.descriptors = _server_arguments(options, prepared), _socket_of(prepared)
                os.close(start)
                _say_what_next(prepared, options)
                tell_ready(options, prepared.url)
                for child in followers:
                    child.start()
                _look_after((server, *players, *followers), signals)
            return 0 if signals.stopping else _did_not_start(server)
        finally:
            stop_all((*players[::-1], *followers), PLAYERS_PATIENCE)
            stop_all((server,), SERVER_PATIENCE)


def _look_after(children: Sequence[Child], signals: SignalWaiter) -> None:
    while not signals.stopping:
        now = time.monotonic()
        for child in children:
            child.look_after(now)
        signals.wait(next_due(children, now))


def _wait_until_ready(server: Child, ready: int, signals: SignalWaiter) -> bool:
    """False if asked to stop, or if the server ends, before it serves."""
    try:
        while not signals.stopping:
            if signals.wait(60.0, ready) and os.read(ready, 4096):
                return True
            if not server.running:
                return False
        return False
    finally:
        os.close(ready)


def _did_not_start(server: Child) -> int:
    """The exit code. A server that ends with code 1 has said why; raises UserError for any other end."""
    if server.process is not None and server.process.returncode == 1:
        return 1
    raise UserError(f"the API server did not start ({server.how_it_ended()})")


def _server(options: argparse.Namespace, prepared: Prepared, ready: int) -> Child:
    arguments = (*_server_arguments(options, prepared), "--ready-fd", str(ready))
    # Arguments are for everybody on the machine to see; a database URL may hold a password.
    secrets = {"KUBEJAZZ_DATABASE": prepared.database}
    return Child("API server", arguments, (*_socket_of(prepared), ready), secrets)


def _socket_of(prepared: Prepared) -> tuple[int, ...]:
    return (prepared.socket.fileno(),)


def _server_arguments(options: argparse.Namespace, prepared: Prepared) -> tuple[str, ...]:
    return (
        "serve",
        *("--data-dir", str(prepared.directory.path)),
        *("--bind", options.bind),
        *("--kubeconfig", str(prepared.kubeconfig)),
        *("--authorization-mode", ",".join(options.authorization_mode)),
        *("--names", options.names),
        *("--history", history_text(prepared.history)),
        *("--log-level", options.log_level),
        *server_arguments(options),
        *("--socket-fd", str(prepared.socket.fileno())),
    )


def _players(options: argparse.Namespace, prepared: Prepared, started: int) -> list[Child]:
    """They load what they need while the server does, and begin when the other end of ``started`` is closed."""
    directory = prepared.directory
    signing = _signing(prepared)
    key = prepared.flags["service_account_signing_key_file"] or prepared.credentials.service_account_key_file
    tokens = ("--service-account-private-key-file", str(key))
    volumes = ("--host-path-volumes", str(directory.volumes))
    joining = ("--bootstrap-kubeconfig", str(directory.bootstrap_kubeconfig), "--cert-dir", str(directory.kubelet))
    players = [
        _player(options, started, "controllers", *_known_as(prepared, CONTROLLER_MANAGER), *signing, *tokens, *volumes),
        _player(options, started, "scheduler", *_known_as(prepared, SCHEDULER)),
    ]
    if options.nodes:
        players.append(_player(options, started, "kubelet", *joining, "--nodes", str(options.nodes)))
    return players


def _followers(options: argparse.Namespace, prepared: Prepared, started: int) -> list[Child]:
    """They begin when everything is up: nobody waits for them."""
    if options.no_metrics or not options.nodes:
        return []
    return [_player(options, started, "metrics-server", *_known_as(prepared, ADMIN))]


def _player(options: argparse.Namespace, started: int, name: str, *further: str) -> Child:
    flags = ("--log-level", options.log_level, "--start-fd", str(started))
    return Child(name, (name, *flags, *further), (started,))


def _known_as(prepared: Prepared, identity: Identity) -> tuple[str, str]:
    return ("--kubeconfig", str(prepared.directory.kubeconfig_of(identity.file)))


def _signing(prepared: Prepared) -> tuple[str, ...]:
    """The controllers sign certificates in the name of this data directory's authority."""
    credentials = prepared.credentials
    return (
        *("--cluster-signing-cert-file", str(credentials.authority_file)),
        *("--cluster-signing-key-file", str(credentials.authority_key_file)),
    )


def _say_what_next(prepared: Prepared, options: argparse.Namespace) -> None:
    nodes = f"{options.nodes} hollow node{'' if options.nodes == 1 else 's'}"
    example = _example()
    lines = [
        f"kubejazz {VERSION} is up at {prepared.url} with {nodes}; its data is in {prepared.directory.path}",
        "Try it in another terminal:",
        f"  export KUBECONFIG={shlex.quote(str(prepared.kubeconfig))}",
        "  kubectl get nodes",
        *([f"  kubectl apply -f {shlex.quote(example)}", "  kubectl get pods -o wide -w"] if example else []),
        "Ctrl-C stops everything; the next start finds all objects again.",
    ]
    print("\n".join(lines), flush=True)


def _example() -> str:
    """The example's path as it is best typed here, "" where there is none (an installed package)."""
    path = Path(__file__).resolve().parents[2] / "examples" / "replicaset.yaml"
    if not path.exists():
        return ""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
