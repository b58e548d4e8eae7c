"""Priority levels and flow schemas as they are configured now, and the flow each request belongs to."""

from __future__ import annotations

from typing import NamedTuple

from apimachinery.gvk import GroupResource
from server.authn.user import User
from server.flowcontrol.levels import CATCH_ALL, EXEMPT, Level, assign_seats
from server.flowcontrol.rules import Digest, Schema
from server.registry.codec import decode
from server.requestinfo import RequestInfo
from storage.cache import ResourceCache

LEVELS = GroupResource("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations")
SCHEMAS = GroupResource("flowcontrol.apiserver.k8s.io", "flowschemas")
_REMEMBERED = 8192


class Flow(NamedTuple):
    """Requests that are treated alike: of one schema and one distinguisher. ``headers`` go with every answer."""

    schema: str
    level: Level
    hand: tuple[int, ...]
    headers: tuple[tuple[bytes, bytes], ...]


class FlowController:
    """``seats``: those of all limited levels together."""

    def __init__(self, levels: ResourceCache, schemas: ResourceCache, seats: int) -> None:
        self._level_cache = levels
        self._schema_cache = schemas
        self._seats = seats
        self._seen = (-1, -1)
        self._schemas: list[Schema] = []
        self._flows: dict[tuple[object, ...], Flow] = {}
        self.by_name: dict[str, Level] = {}
        self.levels: tuple[Level, ...] = ()
        """The limited ones."""
        self._fallback = self._make_fallback()

    def _make_fallback(self) -> Flow:
        """Before the mandatory objects have been made."""
        level = Level(EXEMPT)
        level.exempt = True
        return Flow("", level, (0,), ())

    def classify(self, user: User, verb: str, info: RequestInfo) -> Flow:
        seen = (self._level_cache.changes, self._schema_cache.changes)
        if seen != self._seen or len(self._flows) >= _REMEMBERED:
            self._configure(seen)
        if info.is_resource:
            key: tuple[object, ...] = (
                *(user.name, user.groups, verb),
                *(info.group, info.resource, info.subresource, info.namespace),
            )
        else:
            key = (user.name, user.groups, verb, info.path)
        flow = self._flows.get(key)
        if flow is None:
            flow = self._flows[key] = self._find(Digest(user, verb, info))
        return flow

    def _limited(self) -> tuple[Level, ...]:
        return tuple(level for level in self.by_name.values() if not level.exempt)

    def _find(self, digest: Digest) -> Flow:
        for schema in self._schemas:
            if schema.matches(digest):
                level = self.by_name.get(schema.level)
                if level is not None:
                    return _flow(schema, level, schema.distinguisher(digest))
        level = self.by_name.get(CATCH_ALL)
        if level is None:
            return self._fallback
        return Flow(CATCH_ALL, level, level.queues.hand(CATCH_ALL, digest.user.name), ())

    def _configure(self, seen: tuple[int, int]) -> None:
        self._seen, self._flows = seen, {}
        before, self.by_name = self.by_name, {}
        for entry in self._level_cache.list(None).entries:
            obj = decode(entry.value)
            level = before.pop(entry.key.name, None) or Level(entry.key.name)
            level.configure(obj)
            self.by_name[level.name] = level
        configured = self._limited()
        for name, level in before.items():
            if level.executing or level.queues.waiting:  # gone, but somebody is still in it
                level.shares = 0
                self.by_name[name] = level
        self.levels = self._limited()
        assign_seats(configured, self._seats)
        schemas = [Schema.of(decode(entry.value)) for entry in self._schema_cache.list(None).entries]
        self._schemas = sorted(schemas, key=lambda schema: (schema.precedence, schema.name))


def _flow(schema: Schema, level: Level, distinguisher: str) -> Flow:
    headers = (
        (b"x-kubernetes-pf-flowschema-uid", schema.uid.encode()),
        (b"x-kubernetes-pf-prioritylevel-uid", level.uid.encode()),
    )
    return Flow(schema.name, level, level.queues.hand(schema.name, distinguisher), headers)
