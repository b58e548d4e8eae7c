"""Plain requests on the official client's transport: wire objects are dicts, errors are its ApiException.

Why not the typed API: a check must see what the server sent, also where a client's model would refuse or repair it.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlencode

from kubernetes.client import ApiClient, ApiException, Configuration
from kubernetes.config import load_kube_config

from conformance.kinds import Kind

Object = dict[str, Any]

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

CONNECTIONS = 64
"""Kept open; a busy run does not throw them away."""

TIMEOUT = 30.0
"""Seconds for one request that is not a watch."""


class Api:
    """A cluster, seen by one identity. Safe to use from several threads."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.host: str = client.configuration.host

    @classmethod
    def of(cls, kubeconfig: str | None, context: str | None = None) -> Api:
        """``None``: as kubectl would find it. Raises kubernetes.config.ConfigException."""
        configuration = Configuration()
        configuration.connection_pool_maxsize = CONNECTIONS
        configuration.retries = False
        load_kube_config(kubeconfig, context=context, client_configuration=configuration)  # type: ignore[no-untyped-call]
        return cls(ApiClient(configuration))

    def raw(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        headers: dict[str, str] | None = None,
        timeout: float = TIMEOUT,
        **query: Any,
    ) -> Any:
        """The answer as it came, unread, whatever its status. Underscores end a query name that Python reserves."""
        sent = {"Accept": accept, **(headers or {})}
        if body is not None:
            sent["Content-Type"] = content_type
            body = body if isinstance(body, str | bytes) else json.dumps(body)
        self._client.update_params_for_auth(sent, [], ["BearerToken"], path, method, body)
        pairs = [(name.rstrip("_"), _text(value)) for name, value in query.items() if value is not None]
        url = self.host + path + (f"?{urlencode(pairs)}" if pairs else "")
        pool = self._client.rest_client.pool_manager
        return pool.request(method, url, body=body, headers=sent, timeout=timeout, preload_content=False)

    def request(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The decoded answer (text that is no JSON as it is). Raises ApiException from status 400 on."""
        response = self.raw(method, path, body, **options)
        data: bytes = response.read()
        response.release_conn()
        if response.status >= 400:
            failure = ApiException(status=response.status, reason=response.reason)
            failure.body = data.decode(errors="replace")
            raise failure
        text = data.decode()
        return json.loads(text) if "json" in response.headers.get("Content-Type", "") else text

    def get(self, kind: Kind, namespace: str, name: str, subresource: str = "", **query: Any) -> Object:
        return cast(Object, self.request("GET", kind.path(namespace, name, subresource), **query))

    def list(self, kind: Kind, namespace: str = "", **query: Any) -> Object:
        return cast(Object, self.request("GET", kind.path(namespace), **query))

    def items(self, kind: Kind, namespace: str = "", **query: Any) -> builtins.list[Object]:
        return cast("builtins.list[Object]", self.list(kind, namespace, **query)["items"] or [])

    def create(self, kind: Kind, namespace: str, body: Object, **query: Any) -> Object:
        """``apiVersion`` and ``kind`` are filled in."""
        return cast(Object, self.request("POST", kind.path(namespace), _typed(kind, body), **query))

    def update(self, kind: Kind, namespace: str, body: Object, subresource: str = "", **query: Any) -> Object:
        path = kind.path(namespace, body["metadata"]["name"], subresource)
        return cast(Object, self.request("PUT", path, body, **query))

    def patch(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        body: Any,
        subresource: str = "",
        *,
        content_type: str = MERGE_PATCH,
        **query: Any,
    ) -> Object:
        path = kind.path(namespace, name, subresource)
        return cast(Object, self.request("PATCH", path, body, content_type=content_type, **query))

    def delete(self, kind: Kind, namespace: str, name: str, options: Object | None = None, **query: Any) -> Object:
        return cast(Object, self.request("DELETE", kind.path(namespace, name), options, **query))

    def delete_collection(self, kind: Kind, namespace: str = "", **query: Any) -> Object:
        return cast(Object, self.request("DELETE", kind.path(namespace), **query))

    @contextmanager
    def watch(self, kind: Kind, namespace: str = "", *, timeout: int = 60, **query: Any) -> Iterator[Iterator[Object]]:
        """Events ``{"type", "object"}`` until ``timeout`` seconds are over; closed when the block is left."""
        response = self.raw(
            "GET", kind.path(namespace), timeout=timeout + 10, watch=True, timeoutSeconds=timeout, **query
        )
        try:
            if response.status >= 400:
                raise ApiException(status=response.status, reason=response.read().decode(errors="replace"))
            yield _events(response)
        finally:
            response.close()


def status_code(call: Any, *arguments: Any, **options: Any) -> int:
    """The HTTP status with which a call is refused; 200 if it is not."""
    try:
        call(*arguments, **options)
    except ApiException as error:
        return int(error.status)
    return 200


def status_of(error: ApiException) -> Object:
    """The Status a refusal carries, empty if it carries none."""
    try:
        found = json.loads(error.body or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def message_of(error: ApiException) -> str:
    """The message of the Status a refusal carries."""
    return str(status_of(error).get("message") or f"{error.reason}: {error.body}")


def _typed(kind: Kind, body: Object) -> Object:
    return {"apiVersion": kind.api_version, "kind": kind.name, **body}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _events(response: Any) -> Iterator[Object]:
    rest = b""
    for chunk in response.stream(65536):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (json.loads(line) for line in lines if line)
