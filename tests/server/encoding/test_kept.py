from __future__ import annotations

from server.encoding.kept import KeptEncodings
from storage.types import Entry, Index, Key, Revision


def entry(name: str, revision: int) -> Entry:
    key = Key("pods", "default", name)
    return Entry(key, b"{}", 0, Revision(revision), Revision(1), "uid", Index({}, {}))


class Maker:
    def __init__(self, size: int = 1) -> None:
        self.made: list[tuple[str, int]] = []
        self._size = size

    def __call__(self, of: Entry) -> bytes:
        self.made.append((of.key.name, of.revision))
        return b"%d" % of.revision * self._size


def test_an_encoding_is_made_once_for_each_form() -> None:
    kept, make = KeptEncodings(), Maker()
    assert [kept.of(entry("a", 7), form, make) for form in ("x", "y", "x")] == [b"7"] * 3
    assert make.made == [("a", 7)] * 2


def test_a_newer_version_takes_the_place_of_the_older_and_an_older_one_is_not_kept() -> None:
    kept, make = KeptEncodings(), Maker()
    kept.of(entry("a", 7), "x", make)
    size = kept.size
    assert kept.of(entry("a", 8), "x", make) == b"8"
    assert kept.size == size
    assert [kept.of(entry("a", 7), "x", make) for _ in range(2)] == [b"7"] * 2
    assert kept.of(entry("a", 8), "x", make) == b"8"
    assert make.made == [("a", 7), ("a", 8), ("a", 7), ("a", 7)]


def test_the_oldest_goes_where_there_is_no_room() -> None:
    kept, make = KeptEncodings(budget=10_000), Maker(size=2000)
    for name in ("a", "b", "c", "d", "e", "e", "d"):
        kept.of(entry(name, 1), "x", make)
        assert 0 < kept.size <= 10_000
    kept.of(entry("a", 1), "x", make)
    assert [name for name, _ in make.made] == ["a", "b", "c", "d", "e", "a"]


def test_what_is_larger_than_the_budget_is_made_each_time() -> None:
    kept, make = KeptEncodings(budget=1000), Maker(size=5000)
    assert [len(kept.of(entry("a", 1), "x", make)) for _ in range(2)] == [5000] * 2
    assert kept.size == 0
    assert len(make.made) == 2
