from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apimachinery.gvk import GroupResource
from client.resources import PERSISTENTVOLUMECLAIMS, PODS, RESOURCEQUOTAS, SERVICES
from controllers.resource_quota import build_resource_quota, is_same, kinds_of, status_of
from controllers.settings import Settings
from tests.controllers.world import World


def quota(hard: dict[str, str], **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "q", "namespace": "default"}, "spec": {"hard": hard, **spec}}


def pod(name: str, cpu: str = "", namespace: str = "default", **spec: Any) -> dict[str, Any]:
    requests = {"cpu": cpu} if cpu else {}
    containers = [{"name": "c", "resources": {"requests": requests}}]
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"containers": containers, **spec}}


def settled(*pods: dict[str, Any], of: dict[str, Any]) -> tuple[World, Any]:
    world = World()
    world.put(PODS, *pods)
    world.put(RESOURCEQUOTAS, of)
    controller = world.build(build_resource_quota)
    world.settle(controller)
    return world, controller


def used(world: World) -> Any:
    return world.get(RESOURCEQUOTAS, "default/q")["status"]["used"]


def test_a_new_quota_is_summed_up_over_its_namespace_and_not_written_twice() -> None:
    hard = {"pods": "5", "requests.cpu": "2", "services": "1", "persistentvolumeclaims": "1"}
    world, controller = settled(pod("a", "1"), pod("b", "500m"), pod("c", "1", "other"), of=quota(hard))
    status = world.get(RESOURCEQUOTAS, "default/q")["status"]
    assert status == {
        "hard": hard,
        "used": {"pods": "2", "requests.cpu": "1500m", "services": "0", "persistentvolumeclaims": "0"},
    }
    world.settle(controller)
    assert len(world.writes) == 1


def test_a_deleted_or_finished_pod_is_taken_off() -> None:
    world, controller = settled(pod("a"), pod("b"), pod("c"), of=quota({"pods": "5"}))
    world.change(PODS, "default/a", {"status": {"phase": "Succeeded"}})
    world.settle(controller)
    assert used(world) == {"pods": "2"}
    world.api.remove(PODS, world.get(PODS, "default/b"))
    world.settle(controller)
    assert used(world) == {"pods": "1"}


def test_only_pods_in_scope_count() -> None:
    world, _ = settled(pod("a", activeDeadlineSeconds=9), pod("b"), of=quota({"pods": "5"}, scopes=["Terminating"]))
    assert used(world) == {"pods": "1"}


def test_new_limits_are_taken_over() -> None:
    world, controller = settled(pod("a"), of=quota({"pods": "5"}))
    world.change(RESOURCEQUOTAS, "default/q", {"spec": {"hard": {"pods": "6"}}})
    world.settle(controller)
    assert world.get(RESOURCEQUOTAS, "default/q")["status"]["hard"] == {"pods": "6"}


def test_a_quota_names_the_kinds_it_counts() -> None:
    hard = ["cpu", "services.nodeports", "requests.storage", "count/jobs.batch", "secrets", "unknown"]
    kinds = [PODS.group_resource, SERVICES.group_resource, PERSISTENTVOLUMECLAIMS.group_resource]
    counted = [GroupResource("batch", "jobs"), GroupResource("", "secrets")]
    assert kinds_of(quota(dict.fromkeys(hard, "1"))) == {*kinds, *counted}


def test_what_cannot_be_counted_keeps_what_was_known() -> None:
    known = {**quota({"unknown": "5"}), "status": {"used": {"unknown": "3"}}}
    assert status_of(known, {})["used"] == {"unknown": "3"}


def test_quantities_are_compared_by_value() -> None:
    assert is_same({"hard": {"cpu": "1"}, "used": {}}, {"hard": {"cpu": "1000m"}, "used": {}})
    assert not is_same({"hard": {}, "used": {}}, {"hard": {}})


def test_a_status_that_somebody_else_wrote_is_put_right_at_the_next_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    monkeypatch.setattr(world.api, "discover", list, raising=False)
    world.put(RESOURCEQUOTAS, quota({"pods": "5"}))
    controller = world.build(build_resource_quota, Settings(quota_sync=timedelta(minutes=1)))
    controller.prepare()
    world.settle(controller)
    world.change(RESOURCEQUOTAS, "default/q", {"status": {"hard": {"pods": "7"}, "used": {"pods": "0"}}})
    world.settle(controller)
    assert world.get(RESOURCEQUOTAS, "default/q")["status"]["hard"] == {"pods": "7"}
    world.clock.advance(61)
    world.settle(controller)
    assert world.get(RESOURCEQUOTAS, "default/q")["status"]["hard"] == {"pods": "5"}
