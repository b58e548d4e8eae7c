"""Where the server is and who we are, read by the official client: kubeconfig, service account, exec plugins.

Its refresh hook re-reads environment and files, so the header is asked for every few seconds, not per request.
"""

from __future__ import annotations

import copy
import os
import threading
from pathlib import Path
from typing import Any

import yaml
from kubernetes.client.configuration import Configuration
from kubernetes.config import ConfigException, incluster_config, kube_config

from apimachinery.clock import REAL_CLOCK, Clock
from client.errors import ConfigError

_in_cluster: Any = incluster_config  # these modules are untyped
_kube_config: Any = kube_config

_REFRESH = 10.0  # seconds; official loaders renew five minutes before a token's end
_TOKEN_FILE_REFRESH = 60.0  # as client-go


def load_configuration(path: str | None, context: str | None) -> Configuration:
    """Read a kubeconfig; None: the service account inside a pod, else the default kubeconfig. Raises ConfigError."""
    configuration = Configuration()
    configuration.keep_alive = True  # a watch must notice that its peer is gone
    try:
        if path is None and _runs_in_cluster():
            _in_cluster.load_incluster_config(client_configuration=configuration)
        else:
            path = path or _kube_config.KUBE_CONFIG_DEFAULT_LOCATION
            _kube_config.load_kube_config(path, context, client_configuration=configuration, persist_config=False)
            _follow_token_file(configuration, path, context)
    except (ConfigException, OSError, ValueError, TypeError, AttributeError, KeyError, yaml.YAMLError) as error:
        # what a file that is no kubeconfig makes the official loader stumble over
        raise ConfigError(f"cannot use {path or 'the service account'}: {error}") from error
    return configuration


def with_certificate(configuration: Configuration, certificate: Path) -> Configuration:
    """To the same server, as who has the client certificate in a file (with its key) instead of anybody else.

    The file may be replaced: see ``Client.renew``.
    """
    changed: Any = copy.copy(configuration)
    changed.api_key, changed.api_key_prefix = {}, {}
    changed.username = changed.password = changed.refresh_api_key_hook = None
    changed.cert_file = changed.key_file = str(certificate)
    made: Configuration = changed
    return made


def _runs_in_cluster() -> bool:
    service = _in_cluster.SERVICE_HOST_ENV_NAME in os.environ
    return service and Path(_in_cluster.SERVICE_TOKEN_FILENAME).is_file()


def _follow_token_file(configuration: Configuration, path: str, context: str | None) -> None:
    """The official loader reads a ``tokenFile`` once; tokens in files are replaced while we run."""
    token_file = _token_file(path, context)
    if token_file is not None:
        hooked: Any = configuration
        hooked.refresh_api_key_hook = TokenFile(token_file).refresh


def _token_file(path: str, context: str | None) -> Path | None:
    """The absolute path of the context's ``tokenFile``; None when a token is given directly, or none at all."""
    merged: Any = _kube_config.KubeConfigMerger(path).config
    chosen = merged["contexts"].get_with_name(context or merged["current-context"])["context"]
    name = chosen.safe_get("user")
    user: Any = merged["users"].get_with_name(name, safe=True) if name and merged.safe_get("users") else None
    fields = user.safe_get("user") if user is not None else None
    if not fields or fields.get("token") or not fields.get("tokenFile"):
        return None
    folder: Path = Path(user.path or path).expanduser().absolute().parent
    return folder / str(fields["tokenFile"])


class TokenFile:
    """A bearer token in a file, read again every minute."""

    def __init__(self, path: Path, clock: Clock = REAL_CLOCK) -> None:
        self._path = path
        self._clock = clock
        self._read_at: float | None = None

    def refresh(self, configuration: Configuration) -> None:
        now = self._clock.monotonic()
        if self._read_at is None or now - self._read_at >= _TOKEN_FILE_REFRESH:
            configuration.api_key["BearerToken"] = f"Bearer {self._path.read_text().strip()}"
            self._read_at = now


class Credentials:
    """The Authorization header of the moment, as bytes ready to send ("" when there is none)."""

    def __init__(self, configuration: Configuration, clock: Clock = REAL_CLOCK) -> None:
        self._configuration = configuration
        self._clock = clock
        self._lock = threading.Lock()
        self._header = b""
        self._due = -1.0
        self._dynamic = True

    def header(self) -> bytes:
        """Raises ConfigError when a token cannot be had."""
        if self._dynamic and self._clock.monotonic() >= self._due:
            with self._lock:
                self._renew()
        return self._header

    def _renew(self) -> None:
        now = self._clock.monotonic()
        if now < self._due:
            return
        try:
            value = self._configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
        except (ConfigException, OSError) as error:
            raise ConfigError(f"cannot renew the credentials: {error}") from error
        self._header = f"Authorization: {value.strip()}\r\n".encode("latin-1") if value else b""
        self._dynamic = self._configuration.refresh_api_key_hook is not None
        self._due = now + _REFRESH
