"""The API as methods on plain dicts. Thread-safe; one Client serves all threads of a component.

Configuration, authentication and TLS are the official client's; see ``connections`` and ``credentials``. Every call
raises a StatusError for an answer with an error code and a TransportError when there is no answer. Like client-go it
repeats a request that the server puts off with Retry-After, at most ten times.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

import orjson
from kubernetes.client.configuration import Configuration

from apimachinery.gvk import GroupVersionResource
from apimachinery.objects import Object
from client.connections import ConnectionPool, Response, StaleConnection
from client.credentials import Credentials, load_configuration
from client.discovery import APIResource, discover
from client.errors import ClientClosed, error_of
from client.watch import Watch

_TIMEOUT = 60.0
_WATCH_SLACK = 30.0
_MAX_RETRIES = 10
_JSON = "application/json"
_METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


class PatchKind(StrEnum):
    MERGE = "application/merge-patch+json"
    STRATEGIC = "application/strategic-merge-patch+json"
    JSON = "application/json-patch+json"
    APPLY = "application/apply-patch+yaml"


MERGE, STRATEGIC, JSON, APPLY = PatchKind


class Client:
    def __init__(self, configuration: Configuration, *, user_agent: str, timeout: float = _TIMEOUT) -> None:
        """``user_agent`` like ``kube-scheduler/v1.37``; its part before the slash is the field manager.

        ``timeout``: seconds to wait for an answer's next byte.
        """
        host = configuration.host.rstrip("/")
        url = urlsplit(host)
        self.field_manager = user_agent.split("/")[0]
        self._timeout = timeout
        self._pool = ConnectionPool(configuration)
        self._credentials = Credentials(configuration)
        self._ca_file: str | None = configuration.ssl_ca_cert
        self._prefix = self._pool.absolute + url.path
        self._common = f"Host: {url.netloc}\r\nUser-Agent: {user_agent}\r\n".encode("latin-1")
        self._manager = urlencode({"fieldManager": self.field_manager})
        self._closing = threading.Event()

    @classmethod
    def from_kubeconfig(cls, path: str | None, *, user_agent: str, context: str | None = None) -> Self:
        """None: in a pod its service account, else the default kubeconfig. Raises ConfigError."""
        return cls(load_configuration(path, context), user_agent=user_agent)

    @classmethod
    def for_url(cls, url: str, *, user_agent: str, token: str = "") -> Self:
        """A server that needs no kubeconfig: plain HTTP, or a certificate the system trusts."""
        configuration = Configuration(host=url)
        if token:
            configuration.api_key["BearerToken"] = f"Bearer {token}"
        return cls(configuration, user_agent=user_agent)

    def certificate_authority(self) -> str:
        """The PEM certificates by which this client knows its server, "" if it uses the system's. Raises OSError."""
        return Path(self._ca_file).read_text(encoding="ascii") if self._ca_file else ""

    def with_timeout(self, timeout: float) -> Self:
        """The same client, with the same connections, that waits at most so many seconds for an answer."""
        hurried = copy.copy(self)
        hurried._timeout = timeout
        return hurried

    def get(self, gvr: GroupVersionResource, namespace: str, name: str, *, subresource: str = "") -> Object:
        return self.request("GET", path_of(gvr, namespace, name, subresource))

    def list(
        self,
        gvr: GroupVersionResource,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        resource_version: str = "",
        resource_version_match: str = "",
        limit: int = 0,
        continue_token: str = "",
        metadata_only: bool = False,
    ) -> Object:
        """One page as the list object; namespace "" means all; ``metadata_only``: of PartialObjectMetadata."""
        query = {
            "labelSelector": label_selector,
            "fieldSelector": field_selector,
            "resourceVersion": resource_version,
            "resourceVersionMatch": resource_version_match,
            "limit": str(limit or ""),
            "continue": continue_token,
        }
        accept = _METADATA_LIST if metadata_only else _JSON
        return self.request("GET", path_of(gvr, namespace), query, accept=accept)

    def create(
        self,
        gvr: GroupVersionResource,
        namespace: str,
        obj: Object,
        *,
        name: str = "",
        subresource: str = "",
        dry_run: bool = False,
    ) -> Object:
        """``name`` and ``subresource`` for a binding, an eviction, a token …"""
        query = f"{self._manager}&dryRun=All" if dry_run else self._manager
        return self.request("POST", path_of(gvr, namespace, name, subresource), query, obj)

    def update(
        self, gvr: GroupVersionResource, namespace: str, name: str, obj: Object, *, subresource: str = ""
    ) -> Object:
        return self.request("PUT", path_of(gvr, namespace, name, subresource), self._manager, obj)

    def patch(
        self,
        gvr: GroupVersionResource,
        namespace: str,
        name: str,
        patch: Any,
        *,
        kind: PatchKind = MERGE,
        subresource: str = "",
        force: bool = False,
    ) -> Object:
        """``patch`` is a list of operations for JSON, else a dict; ``force`` takes conflicting fields over (APPLY)."""
        query = f"{self._manager}&force=true" if force else self._manager
        return self.request("PATCH", path_of(gvr, namespace, name, subresource), query, patch, content_type=kind)

    def delete(
        self,
        gvr: GroupVersionResource,
        namespace: str,
        name: str,
        *,
        grace_period: int | None = None,
        propagation: str | None = None,
        uid: str | None = None,
        resource_version: str | None = None,
    ) -> Object:
        """``uid`` and ``resource_version`` are preconditions: Conflict when they do not hold."""
        options = _delete_options(grace_period, propagation, uid, resource_version)
        return self.request("DELETE", path_of(gvr, namespace, name), body=options)

    def delete_collection(
        self,
        gvr: GroupVersionResource,
        namespace: str,
        *,
        label_selector: str = "",
        field_selector: str = "",
        grace_period: int | None = None,
        propagation: str | None = None,
    ) -> Object:
        query = {"labelSelector": label_selector, "fieldSelector": field_selector}
        options = _delete_options(grace_period, propagation)
        return self.request("DELETE", path_of(gvr, namespace), query, options)

    def watch(
        self,
        gvr: GroupVersionResource,
        namespace: str = "",
        *,
        resource_version: str = "",
        label_selector: str = "",
        field_selector: str = "",
        timeout: int = 300,
        bookmarks: bool = True,
        send_initial_events: bool = False,
        metadata_only: bool = False,
    ) -> Watch:
        """``timeout``: seconds after which the server ends the watch. See Watch; open it with ``with``."""
        query = {
            "watch": "true",
            "labelSelector": label_selector,
            "fieldSelector": field_selector,
            "resourceVersion": resource_version,
            "timeoutSeconds": str(timeout),
        }
        if bookmarks:
            query["allowWatchBookmarks"] = "true"
        if send_initial_events:
            query |= {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
        accept = _METADATA if metadata_only else _JSON
        request = self._bytes("GET", self._target(path_of(gvr, namespace), query), b"", "", accept)
        return Watch(self._pool, request, timeout + _WATCH_SLACK)

    def discover(self) -> Sequence[APIResource]:
        """Every resource the server offers, subresources included."""
        return discover(lambda path, accept: self.request("GET", path, accept=accept))

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | str = "",
        body: Any = None,
        *,
        content_type: str = _JSON,
        accept: str = _JSON,
    ) -> Object:
        """Any request that is answered with JSON. Empty values of ``query`` are left out; a string is encoded."""
        answer = self.raw_request(method, path, query, body, content_type=content_type, accept=accept)
        decoded: Object = orjson.loads(answer.body) if answer.body else {}
        return decoded

    def raw_request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | str = "",
        body: Any = None,
        *,
        content_type: str = _JSON,
        accept: str = _JSON,
    ) -> Response:
        """The same for any content: logs, metrics, health. ``body``: bytes go as they are, other values as JSON."""
        data = body if isinstance(body, bytes) else orjson.dumps(body) if body is not None else b""
        request = self._bytes(method, self._target(path, query), data, content_type, accept)
        for _ in range(_MAX_RETRIES):
            answer = self._send(method, request)
            if answer.status < 400:
                return answer
            delay = _retry_after(answer)
            if delay is None:
                break
            if self._closing.wait(delay):
                raise ClientClosed("the client is closed")
        raise error_of(answer.status, answer.body, method)

    def renew(self) -> None:
        """The files that say who we are have changed: from now on requests are made by what they hold."""
        self._pool.renew()

    def close(self) -> None:
        """End everything under way, watches included; later calls raise ClientClosed. May be called twice."""
        self._closing.set()
        self._pool.close()

    def _send(self, method: str, request: bytes) -> Response:
        try:
            return self._exchange(request, fresh=False)
        except StaleConnection:
            if method != "GET":
                raise  # it may have been carried out
        return self._exchange(request, fresh=True)

    def _exchange(self, request: bytes, *, fresh: bool) -> Response:
        connection = self._pool.take(fresh=fresh)
        try:
            answer = connection.exchange(request, self._timeout)
        except BaseException:
            self._pool.drop(connection)
            raise
        self._pool.give_back(connection)
        return answer

    def _target(self, path: str, query: Mapping[str, str] | str) -> str:
        if not isinstance(query, str):
            query = urlencode({key: value for key, value in query.items() if value})
        return f"{self._prefix}{path}?{query}" if query else f"{self._prefix}{path}"

    def _bytes(self, method: str, target: str, body: bytes, content_type: str, accept: str) -> bytes:
        content = f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n" if body else ""
        if not body and method in ("POST", "PUT", "PATCH"):
            content = "Content-Length: 0\r\n"
        head = f"{method} {target} HTTP/1.1\r\nAccept: {accept}\r\n{content}".encode("latin-1")
        return b"".join((head, self._common, self._credentials.header(), b"\r\n", body))


_PLAIN = re.compile(r"[A-Za-z0-9._~:-]*").fullmatch


def path_of(gvr: GroupVersionResource, namespace: str = "", name: str = "", subresource: str = "") -> str:
    """The path of an object, a subresource, or (without a name) a collection."""
    group, version, resource = gvr
    path = f"/apis/{group}/{version}" if group else f"/api/{version}"
    if namespace:
        path += f"/namespaces/{namespace}"
    path = f"{path}/{resource}"
    if name:
        path += f"/{name if _PLAIN(name) else quote(name, safe='')}"
    return f"{path}/{subresource}" if subresource else path


def _retry_after(answer: Response) -> int | None:
    """Seconds to wait before the request may be repeated; None: do not repeat it (client-go's rule)."""
    if answer.status != 429 and answer.status < 500:
        return None
    text = answer.headers.get(b"retry-after", b"")
    return int(text) if text.isdigit() else None


def _delete_options(
    grace_period: int | None, propagation: str | None, uid: str | None = None, resource_version: str | None = None
) -> Object:
    options: Object = {"kind": "DeleteOptions", "apiVersion": "v1"}
    if grace_period is not None:
        options["gracePeriodSeconds"] = grace_period
    if propagation is not None:
        options["propagationPolicy"] = propagation
    preconditions = {"uid": uid, "resourceVersion": resource_version}
    if uid is not None or resource_version is not None:
        options["preconditions"] = {key: value for key, value in preconditions.items() if value is not None}
    return options
