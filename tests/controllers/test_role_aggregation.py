from __future__ import annotations

from typing import Any

from client.resources import CLUSTERROLES
from controllers.role_aggregation import aggregated_rules, build_role_aggregation
from tests.controllers.world import World

GET, LIST = {"verbs": ["get"], "resources": ["pods"]}, {"verbs": ["list"], "resources": ["pods"]}


def role(name: str, *rules: Any, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels}, "rules": list(rules)}


def aggregate(*rules: Any) -> dict[str, Any]:
    selectors = [{"matchLabels": {"to": "view"}}, {"matchLabels": {"also": "view"}}]
    return {**role("view", *rules, to="view"), "aggregationRule": {"clusterRoleSelectors": selectors}}


def test_rules_come_in_the_order_of_selectors_and_names_each_once() -> None:
    roles = [role("b", LIST, to="view"), role("a", GET, to="view"), role("c", GET, also="view"), role("d", LIST)]
    assert aggregated_rules(aggregate(LIST), [aggregate(LIST), *roles]) == [GET, LIST]


def test_a_role_follows_those_it_selects_and_is_not_written_twice() -> None:
    world = World()
    world.put(CLUSTERROLES, aggregate(), role("a", GET, to="view"))
    controller = world.build(build_role_aggregation)
    world.settle(controller)
    assert world.get(CLUSTERROLES, "view")["rules"] == [GET]
    world.settle(controller)
    assert len(world.writes) == 1
    world.change(CLUSTERROLES, "a", {"rules": [GET, LIST]})
    world.settle(controller)
    assert world.get(CLUSTERROLES, "view")["rules"] == [GET, LIST]
