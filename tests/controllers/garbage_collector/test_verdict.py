from __future__ import annotations

from typing import Any

import pytest

from controllers.garbage_collector.verdict import Delete, Disown, Keep, Owner, Verdict, decide

A, B = {"uid": "a"}, {"uid": "b"}


def _obj(*finalizers: str) -> dict[str, Any]:
    return {"metadata": {"name": "x", "finalizers": list(finalizers)}}


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ([], Keep()),
        ([(A, Owner.SOLID)], Keep()),
        ([(A, Owner.SOLID), (B, Owner.SOLID)], Keep()),
        ([(A, Owner.SOLID), (B, Owner.ABSENT)], Disown([A])),
        ([(A, Owner.WAITING), (B, Owner.SOLID)], Disown([B])),
        ([(A, Owner.ABSENT)], Delete("Background")),
        ([(A, Owner.WAITING)], Delete("Background")),
    ],
)
def test_what_becomes_of_an_object_without_dependents(owners: list[Any], expected: Verdict) -> None:
    assert decide(_obj(), owners, has_dependents=False, dependents_wait=False) == expected


def test_an_object_whose_owner_waits_passes_the_waiting_on_to_its_own_dependents() -> None:
    owners = [(A, Owner.WAITING)]
    assert decide(_obj(), owners, has_dependents=True, dependents_wait=False) == Delete("Foreground")
    assert decide(_obj(), owners, has_dependents=True, dependents_wait=True) == Delete("Foreground", unblock=True)


def test_finalizers_say_how_the_object_itself_wants_to_go() -> None:
    owners = [(A, Owner.ABSENT)]
    assert decide(_obj("orphan"), owners, has_dependents=True, dependents_wait=False) == Delete("Orphan")
    assert decide(_obj("foregroundDeletion"), owners, has_dependents=True, dependents_wait=False) == Delete(
        "Foreground"
    )
