"""Reads the APIServices that name a service: of which group-version, where, how high in lists, and if it answers."""

from __future__ import annotations

import base64
import binascii
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apimachinery.gvk import GroupVersion
from apimachinery.objects import Object, find_condition
from server.aggregation.connections import Pool
from server.registry.codec import decode
from storage.cache import ResourceCache
from storage.types import Entry

MakeTLS = Callable[[bytes, bool], ssl.SSLContext]
_MEMO = "aggregation"


@dataclass(frozen=True, slots=True)
class Remote:
    """``pool`` has connections to whoever serves it; ``problem`` says why there can be none."""

    name: str
    group_version: GroupVersion
    namespace: str
    service: str
    port: int
    priority: int
    version_priority: int
    available: bool
    pool: Pool
    problem: str = ""

    @property
    def server_name(self) -> str:
        """Whose certificate is expected."""
        return f"{self.service}.{self.namespace}.svc"


class Remotes:
    """Asks the cache of APIServices. Connections are kept while what an APIService says of them stays."""

    def __init__(self, cache: ResourceCache, make_tls: MakeTLS) -> None:
        self._cache = cache
        self._make_tls = make_tls
        self._pools: dict[str, tuple[object, Pool, str]] = {}

    @property
    def changes(self) -> int:
        return self._cache.changes

    def get(self, group_version: GroupVersion) -> Remote | None:
        entry = self._cache.get("", f"{group_version.version}.{group_version.group}")
        return None if entry is None else self._remote(entry)

    def named(self, name: str) -> Remote | None:
        entry = self._cache.get("", name)
        return None if entry is None else self._remote(entry)

    def list(self) -> list[Remote]:
        found = (self._remote(entry) for entry in self._cache.list().entries)
        return [remote for remote in found if remote is not None]

    def forget(self, name: str) -> None:
        """The APIService is gone."""
        kept = self._pools.pop(name, None)
        if kept is not None:
            kept[1].close()

    def close(self) -> None:
        for name in list(self._pools):
            self.forget(name)

    def _remote(self, entry: Entry) -> Remote | None:
        """None for an APIService without a service, which most are."""
        if _MEMO not in entry.memo:
            entry.memo[_MEMO] = self._read(decode(entry.value))
        found: Remote | None = entry.memo[_MEMO]
        return found

    def _read(self, obj: Object) -> Remote | None:
        spec = obj["spec"]
        service = spec.get("service")
        if service is None:
            return None
        name = obj["metadata"]["name"]
        pool, problem = self._pool(name, spec)
        condition = find_condition(obj, "Available")
        return Remote(
            name=name,
            group_version=GroupVersion(spec.get("group") or "", spec["version"]),
            namespace=service.get("namespace") or "",
            service=service.get("name") or "",
            port=service.get("port") or 443,
            priority=spec.get("groupPriorityMinimum") or 0,
            version_priority=spec.get("versionPriority") or 0,
            available=condition is not None and condition.get("status") == "True",
            pool=pool,
            problem=problem,
        )

    def _pool(self, name: str, spec: Any) -> tuple[Pool, str]:
        settings = (spec["service"], spec.get("caBundle") or "", bool(spec.get("insecureSkipTLSVerify")))
        kept = self._pools.get(name)
        if kept is None or kept[0] != settings:
            self.forget(name)
            pool, problem = self._make_pool(settings[1], settings[2])
            kept = self._pools[name] = (settings, pool, problem)
        return kept[1], kept[2]

    def _make_pool(self, bundle: str, insecure: bool) -> tuple[Pool, str]:
        try:
            return Pool(self._make_tls(base64.b64decode(bundle), insecure)), ""
        except (ssl.SSLError, binascii.Error, OSError) as error:
            return Pool(None), f"unable to load root certificates: {error}"
