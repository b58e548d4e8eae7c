"""A client that acts as a service account: by a token asked for, and renewed, with the rights of somebody else.

Source: k8s.io/kubernetes pkg/controller/clientbuilder (client_builder_dynamic.go).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kubernetes.client.configuration import Configuration

from apimachinery.clock import REAL_CLOCK, Clock
from apimachinery.status import AlreadyExists, NotFound
from apimachinery.timefmt import parse_time
from client.api import Client
from client.credentials import load_configuration
from client.resources import SERVICEACCOUNTS

_LIFETIME = 3600  # seconds asked for
_RENEW_AT = 0.8  # of the lifetime


class AccountToken:
    """The token of one account, asked for by ``client``, which is made when it is first needed."""

    def __init__(self, client: Client, namespace: str, name: str, clock: Clock = REAL_CLOCK) -> None:
        self._client = client
        self._namespace = namespace
        self._name = name
        self._clock = clock
        self._token = ""
        self._renew_at = 0.0

    def refresh(self, configuration: Configuration) -> None:
        """The official client's hook: called every few seconds. Raises StatusError, or what a lost connection does."""
        if self._clock.monotonic() >= self._renew_at:
            self._ask()
        configuration.api_key["BearerToken"] = f"Bearer {self._token}"

    def _ask(self) -> None:
        now = self._clock.now()
        try:
            status = self._request()
        except NotFound:
            self._create()
            status = self._request()
        self._token = status["token"]
        lifetime = (_expiry(status) - now).total_seconds()
        self._renew_at = self._clock.monotonic() + lifetime * _RENEW_AT

    def _request(self) -> dict[str, Any]:
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": _LIFETIME},
        }
        answer = self._client.create(SERVICEACCOUNTS, self._namespace, body, name=self._name, subresource="token")
        status: dict[str, Any] = answer["status"]
        return status

    def _create(self) -> None:
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": self._name, "namespace": self._namespace},
        }
        try:
            self._client.create(SERVICEACCOUNTS, self._namespace, account)
        except AlreadyExists:
            return


def _expiry(status: dict[str, Any]) -> datetime:
    return parse_time(status["expirationTimestamp"])


def account_configuration(client: Client, kubeconfig: str, namespace: str, name: str) -> Configuration:
    """To the server of ``kubeconfig``, as a service account that ``client`` may make tokens for. Raises ConfigError."""
    configuration = load_configuration(kubeconfig, None)
    untyped: Any = configuration
    untyped.cert_file = untyped.key_file = None
    untyped.api_key.clear()
    untyped.refresh_api_key_hook = AccountToken(client, namespace, name).refresh
    return configuration
