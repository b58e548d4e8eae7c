"""Stories against an API in memory."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.gvk import GroupVersionResource
from apimachinery.status import Conflict, Forbidden
from client.resources import DEPLOYMENTS, HORIZONTALPODAUTOSCALERS, PODS
from controllers.horizontal_pod_autoscaler.settings import AutoscalerSettings
from tests.controllers.horizontal_pod_autoscaler.autoscaled import KEY, Autoscaled, autoscaler, cpu, ready_pod

_DISABLED = "scaling is disabled since the replica count of the target is zero"
_CUSTOM = "/apis/custom.metrics.k8s.io"
_EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1"


def test_load_makes_replicas() -> None:
    world = Autoscaled(2, 90, 110)
    controller = world.autoscale()
    world.look(controller)
    assert world.replicas() == 4
    assert world.conditions() == {
        "AbleToScale": ("True", "SucceededRescale"),
        "ScalingActive": ("True", "ValidMetricFound"),
        "ScalingLimited": ("False", "DesiredWithinRange"),
    }
    current = {"averageUtilization": 100, "averageValue": "100m"}
    status = world.status()
    assert status["currentMetrics"] == [{"type": "Resource", "resource": {"name": "cpu", "current": current}}]
    assert (status["currentReplicas"], status["desiredReplicas"]) == (2, 4)
    assert status["lastScaleTime"] == "2026-01-01T01:00:15Z"
    (event,) = world.events
    assert event.reason == "SuccessfulRescale"
    assert event.message == "New size: 4; reason: cpu resource utilization (percentage of request) above target"


def test_nothing_is_looked_at_before_a_period_is_over() -> None:
    world = Autoscaled(2, 90, 110)
    controller = world.autoscale()
    world.clock.advance(14.9)
    world.settle(controller)
    assert world.replicas() == 2
    world.clock.advance(0.2)
    world.settle(controller)
    assert world.replicas() == 4


def test_steady_load_writes_nothing() -> None:
    world = Autoscaled(2, 50, 52)
    controller = world.autoscale()
    world.look(controller)
    assert world.conditions()["AbleToScale"] == ("True", "ReadyForNewScale")
    before = len(world.writes)
    for _ in range(4):
        world.look(controller)
    assert len(world.writes) == before


def test_shrinking_waits_for_five_quiet_minutes() -> None:
    world = Autoscaled(4, 10, 10, 10, 10)
    controller = world.autoscale()
    world.look(controller)
    assert world.replicas() == 4
    assert world.conditions()["AbleToScale"] == ("True", "ScaleDownStabilized")
    for _ in range(19):
        world.look(controller)
    assert world.replicas() == 4
    world.look(controller)
    world.look(controller)
    assert world.replicas() == 1
    assert world.events[-1].message == "New size: 1; reason: All metrics below target"


def test_behaviour_limits_the_pace() -> None:
    up = {"stabilizationWindowSeconds": 0, "selectPolicy": "Max"}
    up["policies"] = [{"type": "Pods", "value": 1, "periodSeconds": 60}]
    down = {"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}
    world = Autoscaled(2, 200, 200)
    controller = world.autoscale(behavior={"scaleUp": up, "scaleDown": {**down, "stabilizationWindowSeconds": 0}})
    world.look(controller)
    assert world.replicas() == 3
    assert world.conditions()["ScalingLimited"] == ("True", "ScaleUpLimit")
    world.look(controller)
    assert world.replicas() == 3
    world.clock.advance(60)
    world.look(controller)
    assert world.replicas() == 4
    for pod in ("p0", "p1"):
        world.use(pod, 1)
    world.look(controller)
    assert world.replicas() == 1


def test_periods_windows_and_tolerance_may_be_set_for_all() -> None:
    settings = AutoscalerSettings(
        sync_period=1.0, downscale_stabilization=10.0, tolerance=0.01, cpu_initialization_period=0.0
    )
    world = Autoscaled(3, 51, 52)
    world.put(PODS, ready_pod("p2", "2026-01-01T01:00:00Z"))
    world.use("p2", 52)
    controller = world.autoscale(settings=settings)
    world.clock.advance(1)
    world.settle(controller)
    assert world.replicas() == 4
    for pod in ("p0", "p1", "p2"):
        world.use(pod, 1)
    world.clock.advance(9)
    world.settle(controller)
    assert world.replicas() == 4
    world.clock.advance(2)
    world.settle(controller)
    assert world.replicas() == 1


def test_a_tolerance_of_its_own() -> None:
    rules = {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": []}
    rules["policies"] = [{"type": "Pods", "value": 9, "periodSeconds": 15}]
    world = Autoscaled(2, 53, 53)
    controller = world.autoscale(behavior={"scaleUp": {**rules, "tolerance": "0.05"}, "scaleDown": rules})
    world.look(controller)
    assert world.replicas() == 3


@pytest.mark.parametrize(
    ("replicas", "least", "most", "expected", "reason"),
    [
        (1, 3, 5, 3, "Current number of replicas below Spec.MinReplicas"),
        (9, 3, 5, 5, "Current number of replicas above Spec.MaxReplicas"),
    ],
)
def test_bounds_hold_without_any_metric(replicas: int, least: int, most: int, expected: int, reason: str) -> None:
    world = Autoscaled(replicas)
    controller = world.autoscale(least=least, most=most)
    world.look(controller)
    assert world.replicas() == expected
    assert world.events[-1].message == f"New size: {expected}; reason: {reason}"
    assert "ScalingActive" not in world.conditions()


def test_what_somebody_scaled_to_zero_stays_there() -> None:
    world = Autoscaled(0)
    controller = world.autoscale()
    world.look(controller)
    assert world.replicas() == 0
    assert world.conditions()["ScalingActive"] == ("False", "ScalingDisabled")
    assert world.message("ScalingActive") == _DISABLED


def test_a_metric_that_cannot_be_had_is_told() -> None:
    world = Autoscaled(2, 90, 90)
    world.api.usage.clear()
    controller = world.autoscale()
    world.look(controller)
    inner = "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource"
    assert world.conditions()["ScalingActive"] == ("False", "FailedGetResourceMetric")
    assert world.message("ScalingActive") == f"the HPA was unable to compute the replica count: {inner} metrics API"
    assert world.reasons() == ["FailedGetResourceMetric", "FailedComputeMetricsReplicas"]
    assert world.events[1].message == (
        f"invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: {inner} "
        "metrics API"
    )
    assert world.status()["currentMetrics"] == [{"type": ""}]
    before = len(world.writes)
    world.look(controller)
    assert len(world.writes) == before


def external(**target: str) -> dict[str, Any]:
    kind = "AverageValue" if "averageValue" in target else "Value"
    metric = {"name": "qps", "selector": {"matchLabels": {"queue": "a"}}}
    return {"type": "External", "external": {"metric": metric, "target": {"type": kind, **target}}}


def test_the_largest_of_several_metrics_wins_and_a_missing_one_does_not_stop_growth() -> None:
    world = Autoscaled(2, 100, 100)
    controller = world.autoscale(metrics=[external(value="1"), cpu(50)])
    world.look(controller)
    assert world.replicas() == 4
    assert world.conditions()["ScalingActive"] == ("True", "ValidMetricFound")
    assert world.reasons()[0] == "FailedGetExternalMetric"
    assert "unable to get external metric default/qps/&LabelSelector{MatchLabels:map[string]string{queue: a,}," in (
        world.events[0].message
    )


def test_a_missing_metric_stops_shrinking() -> None:
    world = Autoscaled(2, 10, 10)
    controller = world.autoscale(metrics=[external(value="1"), cpu(50)])
    world.look(controller)
    assert world.replicas() == 2
    assert world.conditions()["ScalingActive"] == ("False", "FailedGetExternalMetric")


@pytest.mark.parametrize(("target", "replicas"), [({"value": "2"}, 4), ({"averageValue": "2500m"}, 2)])
def test_external_metrics(target: dict[str, str], replicas: int) -> None:
    world = Autoscaled(2, 1, 1)
    world.api.metrics[f"{_EXTERNAL}/namespaces/default/qps"] = {"items": [{"value": "3"}, {"value": "2"}]}
    controller = world.autoscale(metrics=[external(**target)])
    world.look(controller)
    assert world.replicas() == replicas
    (current,) = world.status()["currentMetrics"]
    expected = {"value": "5"} if "value" in target else {"averageValue": "2500m"}
    assert current["external"]["current"] == expected
    assert f"{_EXTERNAL}/namespaces/default/qps {{'labelSelector': 'queue=a'}}" in world.api.reads


def test_pods_metrics_come_from_the_version_that_is_served() -> None:
    world = Autoscaled(2, 1, 1)
    world.api.metrics[_CUSTOM] = {"versions": [{"version": "v1beta1"}, {"version": "v1beta2"}]}
    items = [{"describedObject": {"name": f"p{i}"}, "value": "20"} for i in range(2)]
    world.api.metrics[f"{_CUSTOM}/v1beta2/namespaces/default/pods/*/qps"] = {"items": items}
    about = {"metric": {"name": "qps"}, "target": {"type": "AverageValue", "averageValue": "10"}}
    controller = world.autoscale(metrics=[{"type": "Pods", "pods": about}])
    world.look(controller)
    assert world.replicas() == 4
    assert world.events[-1].message == "New size: 4; reason: pods metric qps above target"
    assert world.status()["currentMetrics"][0]["pods"]["current"] == {"averageValue": "20"}


def test_a_metric_of_another_object() -> None:
    world = Autoscaled(2, 1, 1)
    world.api.metrics[_CUSTOM] = {"versions": [{"version": "v1beta1"}]}
    path = f"{_CUSTOM}/v1beta1/namespaces/default/deployments.apps/front/hits"
    world.api.metrics[path] = {"items": [{"describedObject": {"name": "front"}, "value": "30"}]}
    described = {"kind": "Deployment", "apiVersion": "apps/v1", "name": "front"}
    about = {"describedObject": described, "metric": {"name": "hits"}, "target": {"type": "Value", "value": "10"}}
    controller = world.autoscale(metrics=[{"type": "Object", "object": about}])
    world.look(controller)
    assert world.replicas() == 4
    assert world.events[-1].message == "New size: 4; reason: Deployment metric hits above target"


def test_only_the_named_container_counts() -> None:
    world = Autoscaled(2, 200, 200)
    about = {"name": "cpu", "container": "c2", "target": {"type": "AverageValue", "averageValue": "50m"}}
    for pod in ("p0", "p1"):
        world.use(pod, 200, 50)
    controller = world.autoscale(metrics=[{"type": "ContainerResource", "containerResource": about}])
    world.look(controller)
    assert world.replicas() == 2
    current = world.status()["currentMetrics"][0]["containerResource"]
    assert current == {"name": "cpu", "container": "c2", "current": {"averageValue": "50m"}}


def test_what_has_no_scale_is_told() -> None:
    world = Autoscaled(2)
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "other"}
    controller = world.autoscale(scaleTargetRef=reference)
    world.look(controller)
    assert world.conditions() == {"AbleToScale": ("False", "FailedGetScale")}
    assert world.message("AbleToScale") == (
        'the HPA controller was unable to get the target\'s current scale: deployments.apps "other" not found'
    )
    assert world.reasons() == ["FailedGetScale"]


def test_a_kind_that_does_not_exist() -> None:
    world = Autoscaled(2)
    controller = world.autoscale(scaleTargetRef={"apiVersion": "x.y/v1", "kind": "Thing", "name": "t"})
    world.look(controller)
    assert world.message("AbleToScale").endswith('no matches for kind "Thing" in group "x.y"')


def test_a_kind_that_moves_to_another_version_is_found_again() -> None:
    world = Autoscaled(2, 90, 110)
    controller = world.autoscale()
    gone = DEPLOYMENTS._replace(version="v1beta1")
    world.api.served = gone
    world.look(controller)
    assert world.conditions()["AbleToScale"] == ("False", "FailedGetScale")
    world.api.served = DEPLOYMENTS
    world.look(controller)
    assert world.replicas() == 4


@pytest.mark.parametrize(
    ("selector", "reason", "event"),
    [("", "InvalidSelector", "SelectorRequired"), ("=x", "InvalidSelector", "InvalidSelector")],
)
def test_selectors_that_cannot_be_used(selector: str, reason: str, event: str) -> None:
    world = Autoscaled(2, 90, 90)
    world.api.selector = selector
    controller = world.autoscale()
    world.look(controller)
    assert world.conditions()["ScalingActive"] == ("False", reason)
    assert world.reasons() == [event, "FailedComputeMetricsReplicas"]


def test_two_autoscalers_of_the_same_pods_both_stop() -> None:
    world = Autoscaled(2, 90, 90)
    world.put(HORIZONTALPODAUTOSCALERS, autoscaler("other", 1, 10))
    controller = world.autoscale()
    world.look(controller)
    world.look(controller)
    for key in (KEY, "default/other"):
        assert world.conditions(key)["ScalingActive"] == ("False", "AmbiguousSelector")
    assert any("are controlled by multiple HPAs: [default/" in event.message for event in world.events)
    world.api.remove(HORIZONTALPODAUTOSCALERS, world.get(HORIZONTALPODAUTOSCALERS, "default/other"))
    world.look(controller)
    assert world.conditions()["ScalingActive"] == ("True", "ValidMetricFound")


def test_a_scale_that_somebody_else_writes_too_is_tried_again() -> None:
    world = Autoscaled(2, 90, 110)
    controller = world.autoscale()
    refusals = [Conflict.of(DEPLOYMENTS.group_resource, "web", "modified")] * 2

    def refuse(verb: str, gvr: GroupVersionResource, obj: Any) -> None:
        if gvr == DEPLOYMENTS and refusals:
            raise refusals.pop()

    world.api.refuse = refuse
    world.look(controller)
    assert world.replicas() == 4


def test_a_scale_that_may_not_be_written_is_told() -> None:
    world = Autoscaled(2, 90, 110)
    controller = world.autoscale()

    def refuse(verb: str, gvr: GroupVersionResource, obj: Any) -> None:
        if gvr == DEPLOYMENTS:
            raise Forbidden("no")

    world.api.refuse = refuse
    world.look(controller)
    assert world.conditions()["AbleToScale"] == ("False", "FailedUpdateScale")
    assert world.message("AbleToScale") == "the HPA controller was unable to update the target scale: no"
    (event,) = world.events
    assert event.reason == "FailedRescale"
    assert event.message.startswith("New size: 4; reason: cpu resource utilization")
    assert world.status()["desiredReplicas"] == 0


def test_pods_that_have_just_started_do_not_count_yet() -> None:
    world = Autoscaled(3, 100, 100)
    world.put(PODS, ready_pod("p2", "2026-01-01T01:00:10Z"))
    world.use("p2", 400)
    controller = world.autoscale()
    world.look(controller)
    assert world.replicas() == 4  # 200 % of the target over two pods, the third taken for idle


def test_scaled_to_zero_and_back_by_an_external_metric() -> None:
    """With a server that has HPAScaleToZero on."""
    world = Autoscaled(1, 1)
    path = f"{_EXTERNAL}/namespaces/default/qps"
    world.api.metrics[path] = {"items": [{"value": "0"}]}
    rules = {"stabilizationWindowSeconds": 0, "selectPolicy": "Max"}
    rules["policies"] = [{"type": "Pods", "value": 9, "periodSeconds": 15}]
    behavior = {"scaleUp": rules, "scaleDown": rules}
    controller = world.autoscale(least=0, metrics=[external(value="10")], behavior=behavior)
    world.look(controller)
    assert world.replicas() == 0
    assert world.conditions()["ScaledToZero"] == ("True", "ScaledToZero")
    world.api.metrics[path] = {"items": [{"value": "25"}]}
    world.look(controller)
    assert world.replicas() == 3
    assert world.conditions()["ScaledToZero"] == ("False", "NotScaledToZero")


def test_a_restarted_controller_goes_on_from_the_replicas_it_finds() -> None:
    world = Autoscaled(4, 10, 10, 10, 10)
    world.autoscale()
    controller = world.autoscale(name="later")
    world.api.remove(HORIZONTALPODAUTOSCALERS, world.get(HORIZONTALPODAUTOSCALERS, "default/later"))
    world.look(controller)
    assert world.replicas() == 4
