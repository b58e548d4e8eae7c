from __future__ import annotations

from typing import Any

import pytest

from apimachinery.gvk import GroupVersion
from client.resources import CONTROLLERREVISIONS
from controllers.shared.history import (
    Collision,
    RevisionKeeper,
    hash_of,
    new_revision,
    read_history,
    surplus_revisions,
)
from tests.controllers.world import World

KIND = GroupVersion("apps", "v1").kind("DaemonSet")


def owner(image: str) -> dict[str, Any]:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": image}]}}
    metadata = {"name": "agent", "namespace": "default", "uid": "o", "annotations": {"kubernetes.io/change-cause": "x"}}
    return {"metadata": metadata, "spec": {"template": template}}


def stored(image: str, number: int) -> dict[str, Any]:
    made = new_revision(owner(image), KIND, number, None)
    return {**made, "metadata": {**made["metadata"], "uid": f"r{image}"}}


def test_a_new_template_is_the_next_revision() -> None:
    history = read_history(owner("3"), KIND, [stored("1", 1), stored("2", 2)], None)
    assert history.current["revision"] == 3
    assert history.current["data"]["spec"]["template"]["$patch"] == "replace"
    assert history.current["metadata"]["labels"] == {"a": "b", "controller-revision-hash": hash_of(history.current)}
    assert history.current["metadata"]["annotations"] == {"kubernetes.io/change-cause": "x"}
    assert len(history.old) == 2


def test_an_old_template_becomes_the_newest_again() -> None:
    known = [stored("1", 1), stored("2", 2)]
    history = read_history(owner("1"), KIND, known, None)
    assert (history.current["metadata"]["uid"], history.current["revision"]) == ("r1", 3)
    assert history.old == [known[1]]


def test_a_current_template_stays_as_it_is() -> None:
    known = [stored("1", 1), stored("2", 2)]
    assert read_history(owner("2"), KIND, known, None).current is known[1]


def test_collisions_change_the_name() -> None:
    names = {new_revision(owner("1"), KIND, 1, count)["metadata"]["name"] for count in (None, 1, 2)}
    assert len(names) == 3


def test_the_oldest_idle_revisions_go() -> None:
    old = [stored(str(n), n) for n in (3, 1, 2)]
    live = {old[1]["metadata"]["name"]}
    assert surplus_revisions(old, live, 1) == [old[2]]
    assert surplus_revisions(old, live, 2) == []


def test_a_revision_is_written_once_and_a_foreign_one_of_its_name_collides() -> None:
    world = World()
    keeper = RevisionKeeper(world.api)  # type: ignore[arg-type]
    kept = keeper.keep(read_history(owner("1"), KIND, [], None), [])
    assert keeper.keep(read_history(owner("1"), KIND, [], None), [])["metadata"]["uid"] == kept["metadata"]["uid"]
    assert len(world.all(CONTROLLERREVISIONS)) == 1
    world.change(CONTROLLERREVISIONS, f"default/{kept['metadata']['name']}", {"data": {"other": True}})
    with pytest.raises(Collision):
        keeper.keep(read_history(owner("1"), KIND, [], None), [])
