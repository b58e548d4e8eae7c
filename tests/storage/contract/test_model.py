"""Anything a client may do, in any order, against a model of a few lines."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from storage.errors import Compacted, KeyExists, KeyMissing, RevisionMismatch
from storage.store import Store
from storage.types import Key, Revision, Write
from storage.watch import Watch
from tests.storage.beds import Bed, MakeBed, forget
from tests.storage.objects import key, removal, write

T = TypeVar("T")

KEYS = st.builds(key, st.sampled_from("abc"), st.sampled_from(["n", "n-m"]), st.sampled_from(["pods", "nodes"]))
State = dict[Key, int]


class Model(RuleBasedStateMachine):
    """``states``: for every revision, the live keys with their revisions; ``log``: (revision, key, deleted)."""

    make_bed: MakeBed
    bed: Bed
    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.states: dict[int, State] = {}
        self.log: list[tuple[int, Key, bool]] = []
        self.watches: list[tuple[Watch, str, int, list[int]]] = []

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(coroutine)

    @initialize()
    def open(self) -> None:
        self.bed = self.make_bed()
        self.store = self.run(self.bed.store())
        self.states[self.store.revision] = {}

    @property
    def state(self) -> State:
        return self.states[max(self.states)]

    def happened(self, target: Key, deleted: bool) -> None:
        revision = max(self.states) + 1
        state = {other: at for other, at in self.state.items() if other != target}
        if not deleted:
            state[target] = revision
        self.states[revision] = state
        self.log.append((revision, target, deleted))

    def commit(self, one: Write) -> str:
        try:
            entry = self.run(self.store.commit(one))
        except (KeyExists, KeyMissing, RevisionMismatch) as error:
            return type(error).__name__
        self.happened(one.key, one.value is None)
        assert entry.revision == max(self.states)
        return "yes"

    def verdict(self, one: Write) -> str:
        current = self.state.get(one.key, 0)
        if current == one.expected:
            return "yes"
        if not one.expected:
            return "KeyExists"
        return "RevisionMismatch" if current else "KeyMissing"

    @rule(at=KEYS, stale=st.integers(0, 3), delete=st.booleans())
    def change(self, at: Key, stale: int, delete: bool) -> None:
        expected = max(0, self.state.get(at, 0) - stale)
        if delete and not expected:
            return
        one = removal(at, expected) if delete else write(at, expected)
        verdict = self.verdict(one)
        assert self.commit(one) == verdict

    @rule(keys=st.lists(KEYS, max_size=8, unique=True))
    def change_together(self, keys: list[Key]) -> None:
        async def together() -> list[int]:
            writes = [write(target, self.state.get(target, 0)) for target in keys]
            return [entry.revision for entry in await asyncio.gather(*map(self.store.commit, writes))]

        revisions = self.run(together())
        for revision, target in zip(revisions, keys, strict=True):
            self.happened(target, False)
            assert revision == max(self.states)

    @rule(back=st.integers(0, 20), resource=st.sampled_from(["pods", "nodes"]))
    def list_as_of(self, back: int, resource: str) -> None:
        revision = max(self.states) - back
        if revision not in self.states:
            return
        try:
            page = self.run(self.store.cache(resource).list_at(revision))
        except Compacted:
            assert revision < self.store.compact_revision
            return
        expected = {target: at for target, at in self.states[revision].items() if target.resource == resource}
        assert {entry.key: entry.revision for entry in page.entries} == expected

    @rule(back=st.integers(0, 20), resource=st.sampled_from(["pods", "nodes"]))
    def watch_from(self, back: int, resource: str) -> None:
        after = max(self.states) - back
        if after not in self.states:
            return
        try:
            watch = self.store.cache(resource).watch(Revision(after))
        except Compacted:
            assert after < self.store.compact_revision
            return
        expected = [revision for revision, target, _ in self.log if revision > after and target.resource == resource]
        assert self.drain(watch) == expected
        self.watches.append((watch, resource, after, expected))

    def drain(self, watch: Watch) -> list[int]:
        async def everything() -> list[int]:
            revisions: list[int] = []
            while events := await watch.next(0):
                revisions += [event.revision for event in events]
            return revisions

        return self.run(everything())

    def catch_up(self) -> None:
        """Nobody may stay behind for longer than the history lasts."""
        for watch, _, _, got in self.watches:
            got += self.drain(watch)

    @rule()
    def compact(self) -> None:
        self.catch_up()
        self.run(forget(self.store, self.bed.clock))
        assert self.store.compact_revision == max(self.states)

    @rule()
    def restart(self) -> None:
        self.store = self.run(self.bed.restart(self.store))
        self.watches.clear()

    @invariant()
    def the_cache_is_the_model(self) -> None:
        assert self.store.revision == max(self.states)
        found: State = {}
        for resource in ("pods", "nodes"):
            entries = self.store.cache(resource).list(None).entries
            assert [entry.key.path for entry in entries] == sorted(entry.key.path for entry in entries)
            found.update({entry.key: entry.revision for entry in entries})
        assert found == self.state

    def teardown(self) -> None:
        self.catch_up()
        for _, resource, after, got in self.watches:
            assert got == [at for at, target, _ in self.log if at > after and target.resource == resource]
        self.run(self.bed.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()


def test_the_store_behaves_as_the_model(make_bed: MakeBed, examples: int) -> None:
    machine = type("Machine", (Model,), {"make_bed": staticmethod(make_bed)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_itself_is_not_trusted_blindly() -> None:
    machine = Model()
    machine.states = {1: {}}
    machine.happened(key("a"), False)
    assert machine.verdict(write(key("a"))) == "KeyExists"
    assert machine.verdict(write(key("a"), 1)) == "RevisionMismatch"
    machine.happened(key("a"), True)
    assert machine.verdict(write(key("a"), 2)) == "KeyMissing"
    assert machine.states == {1: {}, 2: {key("a"): 2}, 3: {}}
    machine.loop.close()
