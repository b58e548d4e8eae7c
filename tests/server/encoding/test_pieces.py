from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.encoding.pieces import PIECE, Joiner, chunked


def joined(items: list[bytes], separator: bytes, head: bytes, tail: bytes, step: int) -> list[bytes]:
    joiner = Joiner(separator, head, tail)
    for start in range(0, len(items), step):
        joiner.add(map(memoryview, items[start : start + step]))
    return joiner.end()


SIZES = st.lists(st.sampled_from([0, 1, PIECE // 3, PIECE - 1, PIECE, PIECE * 2]), max_size=7)


@given(SIZES, st.integers(1, 3))
def test_pieces_are_the_whole(sizes: list[int], step: int) -> None:
    parts = [bytes([65 + at]) * size for at, size in enumerate(sizes)]
    if parts:
        assert b"".join(joined(parts, b",{", b"[", b"]", step)) == b"[" + b",{".join(parts) + b"]"
    assert b"".join(chunked(parts)) == b"".join(parts)


@pytest.mark.parametrize("count", [1, 99, 100, 101, 1000])
def test_pieces_are_neither_large_nor_small(count: int) -> None:
    parts = [b"x" * (PIECE // 100 + 1)] * count
    for pieces in (joined(parts, b",", b"[", b"]", 7), list(chunked(parts))):
        assert len(pieces) == -(-count // 100)
        assert all(PIECE <= len(piece) < PIECE * 1.1 for piece in pieces[:-1])
        assert len(pieces[-1]) < PIECE * 1.1
