from __future__ import annotations

from metricsserver.samples import Point, Scrape
from metricsserver.usage import Usage, Used
from tests.metricsserver.things import KEY, MI, scrape, usage_of


def test_a_rate_takes_two_samples() -> None:
    first = scrape(100, 10.0, node=50.0)
    assert usage_of(first).pod("default", "web") is None
    assert usage_of(first).node("node-1") is None
    usage = usage_of(first, scrape(115, 13.0, 12 * MI, node=65.0))
    found = usage.pod("default", "web")
    assert found is not None
    assert found.containers == {"main": Used(200_000_000, 12 * MI, 115, 15.0)}
    assert found.containers["main"].quantities() == {"cpu": "200m", "memory": "12Mi"}
    assert usage.node("node-1") == Used(1_000_000_000, 100 * MI, 115, 15.0)


def test_a_start_is_a_sample() -> None:
    found = usage_of(scrape(104, 2.0, started=100)).pod("default", "web")
    assert found is not None
    assert found.containers["main"] == Used(500_000_000, 10 * MI, 104, 4.0)


def test_unless_it_has_only_just_been() -> None:
    assert usage_of(scrape(100.5, 2.0, started=100)).pod("default", "web") is None


def test_another_run_of_the_container_is_not_compared_with_the_last() -> None:
    found = usage_of(scrape(104, 2.0, started=100), scrape(110, 3.0, started=108)).pod("default", "web")
    assert found is not None
    assert found.containers["main"] == Used(1_500_000_000, 10 * MI, 110, 2.0)


def test_a_counter_that_falls_starts_anew() -> None:
    assert usage_of(scrape(100, 10.0), scrape(115, 1.0)).pod("default", "web") is None


def test_the_same_sample_again_changes_nothing() -> None:
    usage = usage_of(scrape(100, 10.0), scrape(115, 13.0), scrape(115, 13.0))
    found = usage.pod("default", "web")
    assert found is not None
    assert found.containers["main"].window == 15.0


def test_a_pod_is_known_when_all_its_containers_are() -> None:
    both = Scrape(None, {KEY: Point(5.0, MI, 115), ("default", "web", "side"): Point(1.0, MI, 115)})
    assert usage_of(scrape(100, 1.0), both).pod("default", "web") is None


def test_what_is_gone_is_forgotten() -> None:
    usage = usage_of(scrape(100, 10.0, node=1.0), scrape(115, 13.0, node=2.0))
    assert usage.after({"node-1": Scrape(Point(3.0, MI, 130))}, ["node-1"]).pod("default", "web") is None
    assert usage.after({}, []).node("node-1") is None


def test_a_node_that_does_not_answer_keeps_what_is_known() -> None:
    usage = usage_of(scrape(100, 10.0, node=1.0), scrape(115, 13.0, node=2.0)).after({}, ["node-1"])
    assert usage.node("node-1") is not None
    assert usage.pod("default", "web") is not None


def test_nodes_seen_once_are_young() -> None:
    assert not Usage().has_young_nodes()
    assert usage_of(scrape(100, 1.0, node=1.0)).has_young_nodes()
    assert not usage_of(scrape(100, 1.0, node=1.0), scrape(115, 1.0, node=2.0)).has_young_nodes()
