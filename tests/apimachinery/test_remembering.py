"""Results that are remembered, and texts that are too long for it."""

from __future__ import annotations

from apimachinery.remembering import remembered


def test_short_texts_are_worked_out_once_and_long_ones_each_time() -> None:
    asked: list[int] = []

    @remembered(2, longest=5)
    def size(text: str) -> int:
        asked.append(len(text))
        return len(text)

    assert [size("abc"), size("abc"), size("abcdef"), size("abcdef")] == [3, 3, 6, 6]
    assert asked == [3, 6, 6]
    assert [size("a"), size("ab"), size("abc")] == [1, 2, 3]
    assert asked == [3, 6, 6, 1, 2, 3]
