"""A database does not grow with time: an hour of churn, told by a clock that runs as fast as the disk."""

from __future__ import annotations

import asyncio
import base64
import random

import pytest

from storage.store import Store
from tests.storage.beds import HISTORY, Bed, MakeBed, PostgresBed, SQLiteBed
from tests.storage.objects import key, removal, write

# Nothing that compression would make small.
TEXT = base64.b64encode(random.Random(1).randbytes(1350)).decode()
PODS = 150
REPLACED = 6
"""Pods replaced in a step; each is deleted, created and updated twice."""
STEP = 10.0
HOUR = 3600.0
EVENT_TTL = 600.0
LOOK = 6
"""Steps between two looks at the size: a minute, as between two of autovacuum's."""


async def replace(store: Store, name: str, clock_now: float) -> None:
    live = store.cache("pods").get("default", name)
    assert live is not None
    await store.commit(removal(live.key, live.revision))
    entry = await store.commit(write(key(name), text=TEXT))
    for _ in range(2):
        entry = await store.commit(write(key(name), entry.revision, text=TEXT))
    event = key(f"{name}.{entry.revision}", resource="events")
    await store.commit(write(event, text="started", expires_at=clock_now + EVENT_TTL))


@pytest.fixture(params=["sqlite", "postgresql"])
def bed(request: pytest.FixtureRequest) -> Bed:
    make: MakeBed = request.getfixturevalue(request.param)
    return make()


def size_of(bed: Bed) -> int:
    """On the disk; what PostgreSQL keeps is looked at as soon as its autovacuum would have been there."""
    if isinstance(bed, SQLiteBed):
        return bed.path.stat().st_size
    assert isinstance(bed, PostgresBed)
    bed.execute("VACUUM log, cur, meta")
    tables = ", ".join(f"pg_total_relation_size('{bed.schema}.{name}')" for name in ("log", "cur", "meta"))
    return sum(bed.execute(f"SELECT {tables}")[0])


async def test_an_hour_of_churn_stays_within_twice_the_live_state_and_the_history(bed: Bed) -> None:
    store = await bed.store()
    await asyncio.gather(*(store.commit(write(key(f"p{i}"), text=TEXT)) for i in range(PODS)))
    size = len(next(iter(store.cache("pods").list(None).entries)).value)
    steps = int(HOUR / STEP)
    largest = 0
    for step in range(steps):
        now = bed.clock.now().timestamp()
        names = [f"p{(step * REPLACED + i) % PODS}" for i in range(REPLACED)]
        await asyncio.gather(*(replace(store, name, now) for name in names))
        bed.clock.advance(STEP)
        await store.expiry.sweep()
        await store.compaction.compact()
        if step % LOOK == 0:
            largest = max(largest, size_of(bed))
    history = (HISTORY + STEP) / STEP * REPLACED * 3 * size
    live = PODS * size + len(store.cache("events")) * 300
    assert len(store.cache("pods")) == PODS
    assert len(store.cache("events")) <= (EVENT_TTL / STEP + 1) * REPLACED
    written = steps * REPLACED * 3 * size
    assert written > 5 * (live + history), "the test must write much more than may be kept"
    assert largest < 2 * (live + history)
