"""A list that is walked in steps, because others wait for their turns, is the list of one moment all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from server.endpoints import list as module
from server.endpoints.list import Listed, list_entries
from server.endpoints.selection import Selection
from server.registry.options import ListOptions
from storage.errors import Compacted
from storage.store import Store
from tests.server.harness import Server, config_map

PATH = "/api/v1/namespaces/default/configmaps"
ODD = {"labels": {"odd": "yes"}}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "_STEP", 2)
    with Server(tmp_path / "state.db") as running:
        for number in range(7):
            assert running.post(PATH, config_map(f"m{number}", **(ODD if number % 2 else {}))).status == 201
        yield running


def walk(server: Server, change: Any, *, predicate: Any = None, **options: Any) -> tuple[Listed, int]:
    """The list, and how often others had a turn in between: then ``change`` happens."""
    store: Store = server.server.store
    turns = [0]

    async def breathe() -> None:
        turns[0] += 1
        await change(turns[0])

    registry: Any = SimpleNamespace(cache=store.cache("configmaps"), store=store)
    api: Any = SimpleNamespace(store=store)
    selection = Selection("default", "", predicate, predicate is not None)
    listed = server.run(list_entries(api, registry, ListOptions(**options), selection, breathe))
    return listed, turns[0]


async def nothing(_: int) -> None:
    pass


def names(listed: Listed) -> list[str]:
    return [entry.key.name for entry in listed.entries]


def test_it_shows_the_moment_of_its_revision_whatever_happens_meanwhile(server: Server) -> None:
    before, _ = walk(server, nothing)

    async def change(turn: int) -> None:
        if turn == 1:
            await server._request("POST", PATH, config_map("m55"), {}, {})
            await server._request("DELETE", f"{PATH}/m6", None, {}, {})
            await server._request("DELETE", f"{PATH}/m0", None, {}, {})
            await server._request("PUT", f"{PATH}/m5", config_map("m5", {"new": "text"}), {}, {})

    during, turns = walk(server, change)
    assert turns > 1
    assert during.revision == before.revision
    assert during.entries == before.entries
    after, _ = walk(server, nothing)
    assert names(after) == ["m1", "m2", "m3", "m4", "m5", "m55"]
    assert after.revision > during.revision


def test_others_have_turns_while_hardly_anything_is_found(server: Server) -> None:
    listed, turns = walk(server, nothing, predicate=lambda index, key: key.name == "m6")
    assert names(listed) == ["m6"]
    assert turns == 3


def test_a_walk_that_is_overtaken_is_done_in_one_go(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forget(_: int) -> None:
        async def gone(*_: Any) -> Any:
            raise Compacted(1)

        monkeypatch.setattr(server.server.store.cache("configmaps"), "stretch", gone)

    listed, turns = walk(server, forget)
    assert turns == 1
    assert names(listed) == [f"m{number}" for number in range(7)]


def test_a_page_is_not_walked(server: Server) -> None:
    listed, turns = walk(server, nothing, limit=3)
    assert (names(listed), turns, listed.remaining) == (["m0", "m1", "m2"], 0, 4)
