"""Events that the server writes itself, of what it has mended or cannot mend."""

from __future__ import annotations

import secrets
import socket
from datetime import datetime

from apimachinery.clock import Clock
from apimachinery.gvk import GroupResource
from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.timefmt import format_micro_time
from server.registry.context import WriteContext
from server.registry.registry import Registry

EVENTS = GroupResource("", "events")
_ACTOR = '{"user":"system:apiserver","manager":"kube-apiserver","verb":"create"}'


class Notices:
    """What has been told of an object is not told again as long as it is found each time."""

    def __init__(self, registry: Registry, clock: Clock, component: str) -> None:
        self._registry = registry
        self._clock = clock
        self._component = component
        self._told: set[tuple[str, str]] = set()
        self._found: set[tuple[str, str]] = set()

    async def warn(self, about: Object, reason: str, action: str, note: str) -> None:
        found = (str(about["metadata"].get("uid")), note)
        self._found.add(found)
        if found in self._told:
            return
        event = self._event(about, reason, action, note, self._clock.now())
        await self._registry.create(WriteContext(namespace=event["metadata"]["namespace"], actor=_ACTOR), event)

    def end_of_round(self) -> None:
        """What was not found this time may be told again."""
        self._told, self._found = self._found, set()

    def _event(self, about: Object, reason: str, action: str, note: str, now: datetime) -> Object:
        metadata = about["metadata"]
        namespace = namespace_of(about) or "default"
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{name_of(about)}.{secrets.token_hex(8)}", "namespace": namespace},
            "involvedObject": {
                "apiVersion": about["apiVersion"],
                "kind": about["kind"],
                "name": name_of(about),
                "uid": metadata.get("uid", ""),
                "resourceVersion": metadata.get("resourceVersion", ""),
                **({"namespace": namespace_of(about)} if namespace_of(about) else {}),
            },
            "type": "Warning",
            "reason": reason,
            "action": action,
            "message": note,
            "source": {},
            "eventTime": format_micro_time(now),
            "firstTimestamp": None,
            "lastTimestamp": None,
            "reportingComponent": self._component,
            "reportingInstance": f"{self._component}-{socket.gethostname()}",
        }
