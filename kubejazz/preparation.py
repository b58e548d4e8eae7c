"""What must be there before an API server runs: data directory, socket, credentials, kubeconfigs.

Light on purpose: it loads nothing of the server, so ``up`` can do it and start all its children at once.
"""

from __future__ import annotations

import argparse
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubejazz import kubeconfig
from kubejazz.credentials import Credentials, serving_names
from kubejazz.datadir import DataDir
from kubejazz.identities import ADMIN, Identity
from kubejazz.kubeconfig import Access
from kubejazz.listening import listen, url_of
from kubejazz.options import add_data_dir, add_option, authorization_modes, history, port
from kubejazz.server_flags import add_server_flags, server_values
from kubejazz.systemclock import now


def add_server_arguments(parser: argparse.ArgumentParser, host_path_class: str = "") -> None:
    add_data_dir(parser)
    add_option(parser, "--bind", help="the address to listen on", default="127.0.0.1", metavar="ADDRESS")
    add_option(parser, "--port", help="the port to listen on; 0 picks a free one", default="6443", type=port)
    add_option(
        parser,
        "--kubeconfig",
        help="where to write the administrator's kubeconfig; entries of others in it are kept",
        type=Path,
        metavar="FILE",
        shown_default="DATA_DIR/kubeconfig",
    )
    add_option(
        parser,
        "--database",
        help="sqlite:///FILE or postgresql://USER@HOST/NAME",
        metavar="URL",
        shown_default="sqlite in DATA_DIR",
    )
    add_option(
        parser,
        "--history",
        help="how much of the past can be listed, watched from and told of: 5m, 24h, forever",
        default="5m",
        type=history,
        metavar="DURATION",
    )
    add_option(
        parser,
        "--authorization-mode",
        help="who may do what: Node for kubelets, RBAC, AlwaysAllow for whoever is known; asked in order",
        default="Node,RBAC",
        type=authorization_modes,
        metavar="MODE,...",
    )
    add_option(
        parser,
        "--names",
        help="further DNS names and addresses for the serving certificate, separated by commas",
        default="",
        metavar="NAME,...",
    )
    add_server_flags(parser, host_path_class)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything an API server needs to be started; its data directory is locked by this process or its parent."""

    directory: DataDir
    credentials: Credentials
    socket: socket.socket
    url: str
    kubeconfig: Path
    database: str
    history: float
    """Seconds."""
    authorization_modes: tuple[str, ...]
    flags: Mapping[str, Any]
    """The values of ``kubejazz.server_flags``."""


def prepare(options: argparse.Namespace, identities: Iterable[Identity]) -> Prepared:
    """Raises UserError."""
    directory = DataDir(options.data_dir)
    directory.create()
    directory.lock()
    return _prepared(options, directory, listen(options.bind, options.port), tuple(identities))


def inherit(options: argparse.Namespace, identities: Iterable[Identity], descriptor: int) -> Prepared:
    """As ``prepare``, in a child whose parent holds the lock and passes the socket on."""
    return _prepared(options, DataDir(options.data_dir), socket.socket(fileno=descriptor), tuple(identities))


def _prepared(
    options: argparse.Namespace, directory: DataDir, sock: socket.socket, identities: tuple[Identity, ...]
) -> Prepared:
    credentials = Credentials(directory, now)
    extra = [name.strip() for name in options.names.split(",") if name.strip()]
    credentials.ensure(serving_names([options.bind, *extra]), identities)
    prepared = Prepared(
        directory=directory,
        credentials=credentials,
        socket=sock,
        url=url_of(sock),
        kubeconfig=(options.kubeconfig or directory.kubeconfig).expanduser().absolute(),
        database=options.database or f"sqlite:///{directory.database}",
        history=options.history,
        authorization_modes=options.authorization_mode,
        flags=server_values(options),
    )
    _write_kubeconfigs(prepared, identities)
    return prepared


def _write_kubeconfigs(prepared: Prepared, identities: tuple[Identity, ...]) -> None:
    kubeconfig.write(prepared.kubeconfig, access(prepared.credentials, ADMIN, prepared.url))
    token = kubeconfig.Access(
        prepared.url,
        prepared.credentials.authority.certificate_pem,
        "bootstrap-kubelet",
        token=prepared.credentials.bootstrap_token(),
    )
    kubeconfig.write(prepared.directory.bootstrap_kubeconfig, token)
    for identity in identities:
        path = prepared.directory.kubeconfig_of(identity.file)
        kubeconfig.write(path, access(prepared.credentials, identity, prepared.url))


def access(credentials: Credentials, identity: Identity, url: str) -> Access:
    client = credentials.client(identity)
    return Access(url, credentials.authority.certificate_pem, identity.file, client.certificate_pem, client.key_pem)
