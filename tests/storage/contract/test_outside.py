"""What is done to a store from outside, the same on every back end: look, tell, check, copy, restore."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.backend import About
from storage.backends import look
from storage.check import check
from storage.copying import copy
from storage.errors import StoreDamaged, StoreLocked
from storage.restore import MARGIN, restore
from storage.store import Store
from tests.storage.beds import Bed, forget
from tests.storage.objects import create_all, key, removal, text_in, write


async def lived_in(bed: Bed) -> Store:
    """A store with creates, updates, deletions and a compaction behind it."""
    store = await bed.store()
    a, b, _ = await create_all(store, "a", "b", "c")
    await store.commit(removal(key("a"), a.revision))
    await forget(store, bed.clock)
    again = await store.commit(write(key("a"), actor="someone"))
    await store.commit(write(key("a"), again.revision, text="second", actor="another"))
    await store.commit(removal(key("b"), b.revision))
    return store


async def test_a_store_in_use_is_whole(bed: Bed) -> None:
    revision = (await lived_in(bed)).revision
    with look(bed.url) as reading:
        report = check(reading)
    assert report.damages == ()
    assert (report.meta.revision, report.objects) == (revision, 2)


_LETTER = "position('second'::bytea in value) + 4"
FLIPPED = {
    "sqlite": "UPDATE log SET value = CAST(replace(value, 'second', 'secoNd') AS BLOB)",
    "postgresql": f"UPDATE log SET value = set_byte(value, {_LETTER}, get_byte(value, {_LETTER}) # 32)",
}
FLIPPED["portable"] = FLIPPED["postgresql"]


async def test_a_flipped_bit_of_a_value_is_found_and_named_and_not_served(bed: Bed, backend: str) -> None:
    store = await lived_in(bed)
    entry = store.cache("pods").get("default", "a")
    assert entry is not None
    await store.stop()
    bed.execute(FLIPPED[backend] + f" WHERE rev = {entry.revision}")
    with look(bed.url) as reading:
        (damage,) = check(reading).damages
    assert damage == ("digest", f"revision {entry.revision} of pods default/a is not what was written")
    with pytest.raises(StoreDamaged, match=f"pods default/a at revision {entry.revision} .* backup"):
        await bed.store()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("actor = 'nobody'", "digest"),
        ("at = at + 1", "digest"),
        ("uid = 'other'", "digest"),
        ("hole = hole + 1", "digest"),
        ("name = 'b'", "digest"),
        ("create_rev = create_rev - 1", "chain"),
        ("prev_rev = prev_rev - 1", "chain"),
        ("digest = digest - 1", "digest"),
    ],
)
async def test_every_column_of_the_log_is_checked(bed: Bed, change: str, kind: str) -> None:
    store = await lived_in(bed)
    entry = store.cache("pods").get("default", "a")
    assert entry is not None
    await store.stop()
    bed.execute(f"UPDATE log SET {change} WHERE rev = {entry.revision}")
    with look(bed.url) as reading:
        assert kind in [damage.kind for damage in check(reading).damages]


async def test_what_an_older_server_wrote_beside_newer_ones_is_told_and_no_damage(bed: Bed) -> None:
    store = await lived_in(bed)
    await store.stop()
    bed.execute(f"UPDATE log SET digest = NULL WHERE rev = {store.revision}")
    with look(bed.url) as reading:
        report = check(reading)
    assert (report.damages, report.unsealed) == ((), 1)
    await bed.store()


async def test_the_story_names_who_wrote(bed: Bed) -> None:
    revision = (await lived_in(bed)).revision
    with look(bed.url) as reading:
        told = reading.story(0, revision, 100, About(resources=["pods"], namespace="default", name="a", values=True))
        assert [(row.change.op, row.actor) for row in told] == [(1, "someone"), (1, "another")]
        assert told[1].change.previous_revision == told[0].change.revision
        assert told[1].change.previous_value == told[0].change.value
        assert reading.story(0, revision, 100, About(resources=["nodes"])) == []
        assert len(reading.story(revision - 2, revision, 100)) == 2
        assert reading.resources() == ["pods"]


async def test_a_copy_is_the_store_of_one_moment(bed: Bed, tmp_path: Path) -> None:
    revision = (await lived_in(bed)).revision
    with look(bed.url) as reading:
        assert copy(reading, tmp_path / "copy") == revision
        with reading.snapshot():
            rows = [tuple(row) for row in reading.log_rows()]
    with look(f"sqlite:///{tmp_path}/copy") as reading:
        assert check(reading).damages == ()
        with reading.snapshot():
            assert [tuple(row) for row in reading.log_rows()] == rows


async def test_a_restored_store_has_the_objects_of_the_backup_and_later_revisions(bed: Bed, tmp_path: Path) -> None:
    store = await lived_in(bed)
    revision = store.revision
    backup = tmp_path / "backup"
    with look(bed.url) as reading:
        copy(reading, backup)
    await create_all(store, "later")
    served = store.revision
    with pytest.raises(StoreLocked):
        restore(backup, bed.url, ".before")
    await store.stop()
    done = restore(backup, bed.url, ".before")
    assert (done.revision, done.objects) == (served + MARGIN, 2)
    assert done.aside is not None
    with look(f"sqlite:///{done.aside}") as reading:
        assert reading.meta().revision == served
    store = await bed.store()
    assert (store.revision, store.compact_revision) == (done.revision, done.revision)
    entries = store.cache("pods").list(None).entries
    assert {entry.key.name: text_in(entry) for entry in entries} == {"a": "second", "c": ""}
    assert all(entry.revision <= revision for entry in entries)
    (new,) = await create_all(store, "new")
    assert new.revision == done.revision + 1
    with look(bed.url) as reading:
        assert check(reading).damages == ()
