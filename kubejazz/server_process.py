"""The API server in this process, from opened store to stop. Importing this loads the server, and no client library."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import signal
import sys
from collections.abc import Callable

import uvloop

from apimachinery.clock import REAL_CLOCK
from kubejazz.errors import UserError
from kubejazz.kubeconfig import description
from kubejazz.preparation import Prepared
from kubejazz.server_access import authentication, authorization, plugin_settings, token_config
from kubejazz.server_protection import auditor, encryption, overload
from kubejazz.version import VERSION
from server.admission.selection import SelectionError
from server.aggregation.frontproxy import FrontProxy
from server.app import ApiServer, create_app
from server.audit.policyfile import PolicyError
from server.audit.sink import SinkError
from server.authn.certificate import CertificateAuthenticator
from server.authn.token_file import TokenFileError
from server.config import ServerConfig
from server.configfile import ConfigFileError
from server.encryption.config import EncryptionConfigError
from server.http.listener import serve
from server.http.tls import TLSError, TLSFiles
from server.joining import Joining
from server.services.advertising import advertised
from storage.errors import StorageError

_UNUSABLE = (
    StorageError,
    TLSError,
    TokenFileError,
    PolicyError,
    SinkError,
    EncryptionConfigError,
    ConfigFileError,
    SelectionError,
)


_SWITCH = 0.0005
"""Seconds that the store's threads wait for a busy event loop, at the most, each time they need the interpreter."""


_COLLECTIONS = (10_000, 20, 100)
"""When garbage is looked for: a look at everything holds all requests up, for 5 ms and more as the cluster grows."""


def run_server(prepared: Prepared, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then return within 2 s. Raises UserError."""
    sys.setswitchinterval(_SWITCH)
    _allow_connections()
    try:
        uvloop.run(_serve(prepared, ready))
    except _UNUSABLE as error:
        raise UserError(str(error)) from error


def _allow_connections() -> None:
    """Each is an open file: as many as we may have without asking anyone."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _serve(prepared: Prepared, ready: Callable[[], None]) -> None:
    api = create_app(_config(prepared))
    stop = asyncio.Event()
    _stop_on_signals(stop, api)
    try:
        await api.start()
        gc.collect()
        gc.freeze()  # what is here now stays: no later collection need look at it
        gc.set_threshold(*_COLLECTIONS)
        ready()
        await serve(api.app, [prepared.socket], _tls(prepared), stop, api.manners)
    finally:
        await api.stop()


def _config(prepared: Prepared) -> ServerConfig:
    flags, modes = prepared.flags, prepared.authorization_modes
    tokens = token_config(flags, prepared.credentials.service_account_key())
    known = authentication(flags, prepared.directory.tokens, tokens, modes, REAL_CLOCK)
    return ServerConfig(
        database=prepared.database,
        authenticator=CertificateAuthenticator(),
        token_authenticators=known.tokens,
        anonymous=known.anonymous,
        tokens=tokens,
        address=prepared.url.removeprefix("https://"),
        build=VERSION,
        history=prepared.history,
        bootstrap_tokens=prepared.flags["enable_bootstrap_token_auth"],
        joining=_joining(prepared),
        authorization=authorization(flags, modes),
        enabled_plugins=flags["enable_admission_plugins"],
        disabled_plugins=flags["disable_admission_plugins"],
        plugins=plugin_settings(flags),
        auditor=auditor(flags),
        host_path_class=prepared.flags["host_path_class"],
        advertise_address=advertised(prepared.socket.getsockname()[0], prepared.flags["advertise_address"]),
        front_proxy=_front_proxy(prepared),
        encryption=encryption(flags),
        overload=overload(flags),
    )


def _joining(prepared: Prepared) -> Joining | None:
    if not prepared.flags["enable_bootstrap_token_auth"]:
        return None
    credentials = prepared.credentials
    return Joining(credentials.bootstrap_token(), description(prepared.url, credentials.authority.certificate_pem))


def _front_proxy(prepared: Prepared) -> FrontProxy:
    credentials = prepared.credentials
    return FrontProxy(
        certificate=credentials.front_proxy_file,
        key=credentials.front_proxy_key_file,
        authority=credentials.front_proxy_authority.certificate_pem.decode(),
        client_authority=credentials.authority.certificate_pem.decode(),
    )


def _tls(prepared: Prepared) -> TLSFiles:
    credentials = prepared.credentials
    return TLSFiles(credentials.serving_file, credentials.serving_key_file, client_ca=credentials.authority_file)


def _stop_on_signals(stop: asyncio.Event, api: ApiServer) -> None:
    def leave() -> None:
        api.end_watches()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave)
