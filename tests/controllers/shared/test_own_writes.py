from __future__ import annotations

from apimachinery.objects import Object
from controllers.shared.own_writes import OwnWrites


def obj(version: int, uid: str = "u") -> Object:
    return {"metadata": {"name": "a", "namespace": "ns", "uid": uid, "resourceVersion": str(version)}}


def test_a_cache_is_behind_until_it_shows_what_was_written() -> None:
    writes = OwnWrites()
    assert writes.seen_in(obj(1))
    writes.note(obj(10))
    assert not writes.seen_in(obj(9))
    assert writes.seen_in(obj(10))
    assert writes.seen_in(obj(11))


def test_another_object_of_the_name_was_not_written_by_us() -> None:
    writes = OwnWrites()
    writes.note(obj(10))
    assert writes.seen_in(obj(5, uid="other"))
    writes.forget("ns/a")
    assert writes.seen_in(obj(9))
