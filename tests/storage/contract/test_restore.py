"""After a restore nothing is served under a revision that meant something else before (DESIGN §6, 1)."""

from __future__ import annotations

import pytest

from storage.errors import Compacted
from storage.restore import continue_beyond
from storage.types import Revision
from tests.storage.beds import Bed
from tests.storage.objects import create_all, key, removal


async def test_a_restored_store_goes_on_beyond_anything_served(bed: Bed) -> None:
    store = await bed.store()
    a, _ = await create_all(store, "a", "b")
    await store.commit(removal(key("a"), a.revision))
    served = store.revision
    await store.stop()
    raised = continue_beyond(bed.url, 1000)
    assert raised == served + 1000
    store = await bed.store()
    assert (store.revision, store.compact_revision) == (raised, raised)
    with pytest.raises(Compacted):
        store.cache("pods").watch(Revision(served))
    with pytest.raises(Compacted):
        await store.cache("pods").list_at(served)
    assert [entry.key.name for entry in store.cache("pods").list(None).entries] == ["b"]
    watch = store.cache("pods").watch(raised)
    (c,) = await create_all(store, "c")
    assert c.revision == raised + 1
    assert [event.revision for event in await watch.next(0)] == [c.revision]
    store = await bed.restart(store)
    assert len(store.cache("pods")) == 2
