"""What an autoscaler scales: any resource with a scale, found by its kind."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from apimachinery.gvk import GroupResource, GroupVersion, GroupVersionResource
from apimachinery.objects import Object
from apimachinery.status import Conflict, StatusError
from client.api import Client

_ATTEMPTS = 5


class NoKind(Exception):
    """The server offers no such kind; the message is upstream's."""


class Kinds:
    """From kinds to resources. What the server offers is asked for when a kind is not known. Thread-safe."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], list[GroupVersionResource]] = {}

    def resources(self, reference: Mapping[str, Any]) -> list[GroupVersionResource]:
        """Of the group and kind of a reference, in every version, the preferred first. Raises NoKind."""
        group, kind = key = _group_kind(reference)
        if key not in self._known:
            with self._lock:
                self._known = self._discover()
        found = self._known.get(key)
        if not found:
            raise NoKind(f'no matches for kind "{kind}" in group "{group}"')
        return found

    def forget(self, reference: Mapping[str, Any]) -> None:
        """Nothing was found where the kind was: its versions may have changed since."""
        with self._lock:
            self._known = {key: found for key, found in self._known.items() if key != _group_kind(reference)}

    def resource(self, reference: Mapping[str, Any]) -> GroupResource:
        """Raises NoKind."""
        return self.resources(reference)[0].group_resource

    def _discover(self) -> dict[tuple[str, str], list[GroupVersionResource]]:
        found: dict[tuple[str, str], list[GroupVersionResource]] = {}
        for resource in self._client.discover():
            if not resource.subresource:
                versions = found.setdefault((resource.gvr.group, resource.kind.kind), [])
                versions.insert(0 if resource.preferred else len(versions), resource.gvr)
        return found


def _group_kind(reference: Mapping[str, Any]) -> tuple[str, str]:
    return GroupVersion.parse(reference.get("apiVersion") or "").group, str(reference["kind"])


class Target:
    """The scale of one object; ``replicas`` and ``selector`` are what it said when it was read."""

    def __init__(self, client: Client, gvr: GroupVersionResource, namespace: str, name: str) -> None:
        """Reads it. Raises StatusError, TransportError."""
        self._client = client
        self._gvr = gvr
        self._namespace = namespace
        self._name = name
        self._scale = self._read()
        self.replicas: int = (self._scale.get("spec") or {}).get("replicas") or 0
        status = self._scale.get("status") or {}
        self.status_replicas: int = status.get("replicas") or 0
        self.selector: str = status.get("selector") or ""

    @classmethod
    def find(cls, client: Client, kinds: Kinds, namespace: str, reference: Mapping[str, Any]) -> Target:
        """The first of the kind's resources that answers. Raises NoKind, StatusError of the first, TransportError."""
        failure: StatusError | None = None
        for gvr in kinds.resources(reference):
            try:
                return cls(client, gvr, namespace, reference["name"])
            except StatusError as error:
                failure = failure or error
        kinds.forget(reference)
        raise failure or NoKind("unrecognized resource")

    def scale_to(self, replicas: int) -> None:
        """Read anew and tried again when somebody else has written. Raises StatusError, TransportError."""
        for attempt in range(_ATTEMPTS):
            wanted = {**self._scale, "spec": {**(self._scale.get("spec") or {}), "replicas": replicas}}
            try:
                self._client.update(self._gvr, self._namespace, self._name, wanted, subresource="scale")
                return
            except Conflict:
                if attempt == _ATTEMPTS - 1:
                    raise
                self._scale = self._read()

    def _read(self) -> Object:
        return self._client.get(self._gvr, self._namespace, self._name, subresource="scale")
