"""The revision log told as a story: one line a change, with the fields that changed beneath it if wanted.

Pure functions of rows of the log; what is said is said the same way in text and in JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from storage.backend import Change, Told
from storage.sealing import SEALED
from storage.tables import DELETE
from storage.types import path_of

_QUIET = {"metadata.managedFields", "metadata.resourceVersion"}
"""Bookkeeping that changes with every write."""

_KEYS = ("name", "type", "uid", "ip", "key")
"""By which of its fields an element of a list is recognised."""


class Difference(NamedTuple):
    """``mark``: + added, - removed, ~ changed, ? not to be told (``new`` says why)."""

    mark: str
    path: str
    old: Any
    new: Any

    def __str__(self) -> str:
        old, new = orjson.dumps(self.old).decode(), orjson.dumps(self.new).decode()
        shown = {"+": new, "-": old, "?": new}.get(self.mark, f"{old} → {new}")
        return f"{self.mark} {self.path}: {shown}"


_ENCRYPTED = Difference("?", "value", None, "encrypted at rest: --encryption-provider-config FILE opens it")


def author(actor: str) -> dict[str, str]:
    """user, manager, agent, verb and subresource, as far as known; the server's own writes have a user alone."""
    if not actor.startswith("{"):
        return {"user": actor}
    who: dict[str, str] = orjson.loads(actor)
    return {name: value for name, value in who.items() if value}


def what(change: Change) -> str:
    if change.op == DELETE:
        return "deleted"
    return "updated" if change.previous_revision else "created"


def line(told: Told) -> str:
    change = told.change
    time = _time(change)
    thing = f"{change.resource} {path_of(change.namespace, change.name)}"
    return f"{time}  {change.revision}  {what(change)}  {thing}  by {_by(author(told.actor))}"


def _by(who: Mapping[str, str]) -> str:
    verb = " ".join(filter(None, (who.get("verb"), who.get("subresource"))))
    agent = who.get("agent", "").split("/", 1)[0]
    manager = who.get("manager") or agent
    program = f"{manager} by {agent}" if agent and agent != manager else manager
    details = ": ".join(filter(None, (program, verb)))
    return f"{who.get('user') or 'nobody'} ({details})" if details else who.get("user") or "nobody"


def record(told: Told, differences: list[Difference] | None) -> dict[str, Any]:
    """For machines: everything that is known of one change."""
    change = told.change
    found: dict[str, Any] = {
        "revision": change.revision,
        "time": _time(change),
        "what": what(change),
        "resource": change.resource,
        "namespace": change.namespace,
        "name": change.name,
        "uid": change.uid,
        "previousRevision": change.previous_revision,
        "by": author(told.actor),
    }
    if differences is not None:
        found["diff"] = [difference._asdict() for difference in differences]
    return found


def _time(change: Change) -> str:
    return datetime.fromtimestamp(change.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def differences(change: Change) -> list[Difference]:
    """Field by field, between the version before and this one; nothing for a deletion, which changes none."""
    if change.value is None:
        return []
    if any(value is not None and value.startswith(SEALED) for value in (change.value, change.previous_value)):
        return [_ENCRYPTED]
    old = dict(_leaves(orjson.loads(change.previous_value))) if change.previous_value else {}
    new = dict(_leaves(orjson.loads(change.value)))
    found = []
    for path in [*new, *(path for path in old if path not in new)]:
        if path not in old:
            found.append(Difference("+", path, None, new[path]))
        elif path not in new:
            found.append(Difference("-", path, old[path], None))
        elif old[path] != new[path]:
            found.append(Difference("~", path, old[path], new[path]))
    return found


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every scalar (and empty container) with its path."""
    if path in _QUIET:
        return
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            shown = f"[{name}]" if "." in name or "/" in name else f".{name}" if path else name
            yield from _leaves(inner, path + shown)
    elif isinstance(value, list) and value:
        for name, inner in _elements(value):
            yield from _leaves(inner, f"{path}[{name}]")
    else:
        yield path, value


def _elements(values: list[Any]) -> Iterator[tuple[str, Any]]:
    """Under names that stay when others come before them, where the elements have such."""
    for key in _KEYS:
        if all(isinstance(value, dict) and isinstance(value.get(key), str) for value in values):
            names = [value[key] for value in values]
            if len(set(names)) == len(names):
                yield from zip(names, values, strict=True)
                return
    yield from ((str(i), value) for i, value in enumerate(values))
