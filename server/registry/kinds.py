"""Finds what is served of a kind: built in, or of a definition."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from server.registry.served import Served

Source = Callable[[], Iterable[Served]]


class ServedKinds:
    """``sources`` are added as they are made; each says what it serves now."""

    def __init__(self) -> None:
        self._sources: list[Source] = []

    def add(self, source: Source) -> None:
        self._sources.append(source)

    def served(self, api_version: str, kind: str) -> Served | None:
        for source in self._sources:
            for one in source():
                if one.gvk.kind == kind and one.gvk.api_version == api_version:
                    return one
        return None
