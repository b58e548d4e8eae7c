"""Changes come out in the order of their revisions, once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.sequencer import Arrival, Sequencer
from tests.storage.objects import key


def arrivals(*revisions: int) -> list[Arrival]:
    return [Arrival(revision, key("a"), b"", 0, "", 1, None) for revision in revisions]


def revisions(ready: object) -> list[int]:
    assert isinstance(ready, list)
    return [arrival.revision for arrival in ready]


def test_what_fits_passes() -> None:
    assert revisions(Sequencer().order(arrivals(5, 6, 7), 4)) == [5, 6, 7]


def test_what_comes_early_is_held() -> None:
    sequencer = Sequencer()
    assert revisions(sequencer.order(arrivals(7, 8), 4)) == []
    assert revisions(sequencer.order(arrivals(5, 6), 4)) == [5, 6, 7, 8]


def test_what_is_known_is_dropped() -> None:
    assert revisions(Sequencer().order(arrivals(3, 4, 5), 4)) == [5]


def test_a_jump_forgets_what_it_passes() -> None:
    sequencer = Sequencer()
    sequencer.order(arrivals(7, 8, 11, 12), 4)
    assert revisions(sequencer.skip(10)) == [11, 12]


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 5))))
def test_any_order_of_dense_batches_comes_out_dense(batches: list[tuple[int, int]]) -> None:
    sequencer, revision = Sequencer(), 0
    known: set[int] = set()
    for first, count in batches:
        batch = range(first, first + count)
        known.update(batch)
        ready = revisions(sequencer.order(arrivals(*batch), revision))
        assert ready == list(range(revision + 1, revision + 1 + len(ready)))
        revision += len(ready)
        assert revision + 1 not in known
