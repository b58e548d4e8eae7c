from __future__ import annotations

import pytest

from apimachinery.clock import FakeClock
from scheduler.cache import EXPIRY, Cache
from scheduler.snapshot import Snapshot
from tests.scheduler.builders import info, node


def used(cache: Cache) -> dict[str, tuple[int, int]]:
    """(milli-cpu, pods) by node, as the next cycle sees it."""
    snapshot = Snapshot()
    cache.update(snapshot)
    return {each.name: (each.cpu, len(each.pods)) for each in snapshot.nodes}


def made(*names: str) -> Cache:
    cache = Cache(FakeClock())
    for name in names:
        cache.set_node(node(name))
    return cache


def test_pods_count_on_their_nodes() -> None:
    cache = made("n")
    cache.set_pod(info("a", cpu="1", nodeName="n"))
    cache.set_pod(info("b", cpu="500m", nodeName="n"))
    assert used(cache) == {"n": (1500, 2)}


def test_an_update_replaces_what_was_counted() -> None:
    cache = made("n")
    cache.set_pod(info("a", cpu="1", nodeName="n"))
    cache.set_pod(info("a", cpu="2", nodeName="n"))
    assert used(cache) == {"n": (2000, 1)}


def test_a_pod_that_ends_makes_room() -> None:
    cache = made("n")
    cache.set_pod(info("a", cpu="1", nodeName="n"))
    gone = cache.remove_pod("uid-a")
    assert gone is not None
    assert gone.name == "a"
    assert used(cache) == {"n": (0, 0)}
    assert cache.remove_pod("uid-a") is None


def test_an_assumed_pod_counts_until_it_is_forgotten() -> None:
    cache = made("n")
    cache.assume(info("a", cpu="1").on("n"))
    assert cache.is_assumed("uid-a")
    assert cache.forget("uid-a") is True
    assert used(cache) == {"n": (0, 0)}
    assert cache.forget("uid-a") is False


def test_the_api_confirms_an_assumption() -> None:
    cache = made("n")
    cache.assume(info("a", cpu="1").on("n"))
    cache.set_pod(info("a", cpu="1", nodeName="n"))
    assert cache.forget("uid-a") is False
    assert used(cache) == {"n": (1000, 1)}


def test_the_api_is_right_about_the_node() -> None:
    cache = made("n", "m")
    cache.assume(info("a", cpu="1").on("n"))
    cache.set_pod(info("a", cpu="1", nodeName="m"))
    assert used(cache) == {"n": (0, 0), "m": (1000, 1)}


def test_nothing_is_assumed_twice() -> None:
    cache = made("n")
    cache.assume(info("a").on("n"))
    with pytest.raises(ValueError, match="on node n already"):
        cache.assume(info("a").on("n"))


def test_a_binding_that_never_shows_is_given_up() -> None:
    clock = FakeClock()
    cache = Cache(clock)
    cache.set_node(node("n"))
    cache.assume(info("bound").on("n"))
    cache.assume(info("binding").on("n"))
    cache.finish_binding("uid-bound")
    clock.advance(EXPIRY)
    assert [pod.name for pod in cache.expire()] == ["bound"]
    assert used(cache) == {"n": (0, 1)}
    assert cache.is_assumed("uid-binding")


def test_pods_may_be_seen_before_their_node() -> None:
    cache = made()
    cache.set_pod(info("a", cpu="1", nodeName="n"))
    assert used(cache) == {}
    cache.set_node(node("n"))
    assert used(cache) == {"n": (1000, 1)}


def test_pods_outlive_their_node() -> None:
    cache = made("n")
    cache.set_pod(info("a", cpu="1", nodeName="n"))
    cache.remove_node("n")
    snapshot = Snapshot()
    cache.update(snapshot)
    assert snapshot.nodes == []
    cache.remove_pod("uid-a")
    cache.set_node(node("n"))
    assert used(cache) == {"n": (0, 0)}


def test_only_what_changed_is_copied() -> None:
    cache, snapshot = made("n", "m"), Snapshot()
    cache.update(snapshot)
    before = dict(snapshot.by_name)
    cache.set_pod(info("a", nodeName="n"))
    cache.update(snapshot)
    assert snapshot.by_name["m"] is before["m"]
    assert snapshot.by_name["n"] is not before["n"]
    assert [each.name for each in snapshot.nodes] == ["n", "m"]


def test_a_snapshot_does_not_see_what_happens_after_it() -> None:
    cache, snapshot = made("n"), Snapshot()
    cache.update(snapshot)
    ports = {"containers": [{"name": "c", "ports": [{"hostPort": 80}]}]}
    cache.set_pod(info("a", nodeName="n", **ports))
    cache.set_node(node("n", labels={"new": "yes"}))
    seen = snapshot.by_name["n"]
    assert (seen.pods, seen.ports, "new" in seen.labels) == ({}, {}, False)
