from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apimachinery.gvk import GroupVersionKind
from openapi.decode import canonicalise, decode
from openapi.resources import RESOURCES
from openapi.schema import type_of
from server.conversion.conversions import CONVERSIONS
from server.conversion.horizontal_pod_autoscaler import v1_to_v2, v2_to_v1

PREFIX = "autoscaling.alpha.kubernetes.io/"
V1 = GroupVersionKind("autoscaling", "v1", "HorizontalPodAutoscaler")
V2 = GroupVersionKind("autoscaling", "v2", "HorizontalPodAutoscaler")

words = st.text("abcxyz", min_size=1, max_size=5)
percents = st.integers(1, 200)
quantities = st.sampled_from(["0", "1", "100m", "5Gi", "2k"])
selectors = st.one_of(st.none(), st.fixed_dictionaries({"matchLabels": st.dictionaries(words, words, max_size=2)}))


def present(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


metrics_named = st.builds(lambda name, selector: present({"name": name, "selector": selector}), words, selectors)
described = st.builds(lambda kind, name: {"kind": kind, "name": name, "apiVersion": "v1"}, words, words)
by_value = quantities.map(lambda q: {"type": "Value", "value": q})
by_average = quantities.map(lambda q: {"type": "AverageValue", "averageValue": q})
by_use = percents.map(lambda p: {"type": "Utilization", "averageUtilization": p})
names = st.sampled_from(["cpu", "memory"])


def of_type(type: str, source: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(type), source: st.fixed_dictionaries(fields)})


specs = st.one_of(
    of_type("Resource", "resource", name=names, target=by_use | by_average),
    of_type("ContainerResource", "containerResource", name=names, container=words, target=by_use | by_average),
    of_type("Pods", "pods", metric=metrics_named, target=by_average),
    of_type("Object", "object", describedObject=described, metric=metrics_named, target=by_value | by_average),
    of_type("External", "external", metric=metrics_named, target=by_value | by_average),
)
used = st.builds(
    lambda average, use: present({"averageValue": average, "averageUtilization": use}),
    st.none() | quantities,
    st.none() | percents,
)
measured = st.builds(
    lambda value, average: present({"value": value, "averageValue": average}),
    st.none() | quantities,
    st.none() | quantities,
)
averaged = quantities.map(lambda q: {"averageValue": q})
statuses = st.one_of(
    of_type("Resource", "resource", name=names, current=used),
    of_type("ContainerResource", "containerResource", name=names, container=words, current=used),
    of_type("Pods", "pods", metric=metrics_named, current=averaged),
    of_type("Object", "object", describedObject=described, metric=metrics_named, current=measured),
    of_type("External", "external", metric=metrics_named, current=measured),
)
policies = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["Pods", "Percent"]), "value": percents, "periodSeconds": st.integers(1, 60)}
    ),
    max_size=2,
)
rules = st.fixed_dictionaries(
    {},
    optional={
        "stabilizationWindowSeconds": st.integers(0, 3600),
        "selectPolicy": st.sampled_from(["Max", "Min", "Disabled"]),
        "policies": policies,
        "tolerance": quantities,
    },
)
behaviors = st.fixed_dictionaries({}, optional={"scaleUp": rules, "scaleDown": rules}).filter(bool)
conditions = st.lists(
    st.fixed_dictionaries(
        {"type": words, "status": st.sampled_from(["True", "False"])},
        optional={"reason": words, "message": st.text(max_size=9), "observedGeneration": st.integers(1, 9)},
    ),
    min_size=1,
    max_size=2,
)
metadata = st.fixed_dictionaries(
    {"name": words}, optional={"annotations": st.dictionaries(words, st.text(max_size=9), min_size=1, max_size=2)}
)
spec_base = {"scaleTargetRef": described, "maxReplicas": st.integers(1, 9)}
status_base = {"currentReplicas": st.integers(0, 9), "desiredReplicas": st.integers(0, 9)}
second = st.fixed_dictionaries(
    {
        "kind": st.just("HorizontalPodAutoscaler"),
        "apiVersion": st.just("autoscaling/v2"),
        "metadata": metadata,
        "spec": st.fixed_dictionaries(
            {**spec_base, "metrics": st.lists(specs, min_size=1, max_size=4)},
            optional={"minReplicas": st.integers(0, 3), "behavior": behaviors},
        ),
        "status": st.fixed_dictionaries(
            status_base,
            optional={
                "observedGeneration": st.integers(1, 9),
                "lastScaleTime": st.just("2026-01-01T00:00:00Z"),
                "currentMetrics": st.lists(statuses, min_size=1, max_size=3),
                "conditions": conditions,
            },
        ),
    }
)
first = st.fixed_dictionaries(
    {
        "kind": st.just("HorizontalPodAutoscaler"),
        "apiVersion": st.just("autoscaling/v1"),
        "metadata": metadata,
        "spec": st.fixed_dictionaries(
            {**spec_base, "targetCPUUtilizationPercentage": percents}, optional={"minReplicas": st.integers(0, 3)}
        ),
        "status": st.fixed_dictionaries(status_base),
    }
)


def is_cpu_use(metric: dict[str, Any]) -> bool:
    resource = metric.get("resource") or {}
    return resource.get("name") == "cpu" and "averageUtilization" in resource["target"]


def cpu_last(obj: dict[str, Any]) -> dict[str, Any]:
    """The one thing that moves: the metric v1 has a field for goes to the end, as upstream has it."""
    moved = copy.deepcopy(obj)
    metrics = moved["spec"]["metrics"]
    for index, metric in enumerate(metrics):
        if is_cpu_use(metric):
            metrics.append(metrics.pop(index))
            break
    return moved


@given(second)
def test_v2_there_and_back(obj: dict[str, Any]) -> None:
    before = copy.deepcopy(obj)
    assert v1_to_v2(v2_to_v1(obj)) == cpu_last(obj)
    assert obj == before


@given(first)
def test_v1_there_and_back(obj: dict[str, Any]) -> None:
    before = copy.deepcopy(obj)
    assert v2_to_v1(v1_to_v2(obj)) == before == obj


@given(second)
def test_v1_has_no_field_its_type_does_not_know(obj: dict[str, Any]) -> None:
    converted = v2_to_v1(obj)
    decoded, warnings = decode(converted, type_of(V1))
    assert warnings == []
    assert canonicalise(decoded, type_of(V1)) == canonicalise(converted, type_of(V1))


def autoscaler(version: str, spec: Any = None, status: Any = None, annotations: Any = None) -> dict[str, Any]:
    metadata = {"name": "h", **({"annotations": annotations} if annotations else {})}
    obj = {"kind": "HorizontalPodAutoscaler", "apiVersion": f"autoscaling/{version}", "metadata": metadata}
    return {**obj, "spec": spec or {}, "status": status or {}}


CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 42}}}
PODS = {"type": "Pods", "pods": {"metric": {"name": "qps"}, "target": {"type": "AverageValue", "averageValue": "10"}}}


def test_what_v1_keeps_in_annotations() -> None:
    obj = autoscaler(
        "v2",
        {
            "metrics": [CPU, PODS],
            "behavior": {
                "scaleUp": {"selectPolicy": "Max", "policies": [{"type": "Pods", "value": 1, "periodSeconds": 2}]}
            },
        },
        {
            "currentMetrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "current": {"averageUtilization": 7, "averageValue": "9m"}},
                }
            ],
            "conditions": [{"type": "AbleToScale", "status": "True"}],
        },
    )
    converted = v2_to_v1(obj)
    assert converted["spec"] == {"targetCPUUtilizationPercentage": 42}
    assert converted["status"] == {"currentCPUUtilizationPercentage": 7}
    kept = {key.removeprefix(PREFIX): json.loads(text) for key, text in converted["metadata"]["annotations"].items()}
    assert kept == {
        "metrics": [{"type": "Pods", "pods": {"metricName": "qps", "targetAverageValue": "10"}}],
        "behavior": {
            "ScaleUp": {"SelectPolicy": "Max", "Policies": [{"Type": "Pods", "Value": 1, "PeriodSeconds": 2}]}
        },
        "current-metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "currentAverageUtilization": 7, "currentAverageValue": "9m"},
            }
        ],
        "conditions": [{"type": "AbleToScale", "status": "True"}],
    }


def test_annotations_as_upstream_writes_them_are_read() -> None:
    annotations = {
        "mine": "stays",
        f"{PREFIX}metrics": '[{"type":"Object","object":{"target":{"kind":"Service","name":"s"},"metricName":"m",'
        '"targetValue":"0","averageValue":"3"}}]',
        f"{PREFIX}behavior": '{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":null,"Policies":null},'
        '"ScaleDown":null}',
    }
    converted = v1_to_v2(autoscaler("v1", {"maxReplicas": 3}, annotations=annotations))
    assert converted["metadata"] == {"name": "h", "annotations": {"mine": "stays"}}
    assert converted["spec"] == {
        "maxReplicas": 3,
        "metrics": [
            {
                "type": "Object",
                "object": {
                    "describedObject": {"kind": "Service", "name": "s"},
                    "metric": {"name": "m"},
                    "target": {"type": "AverageValue", "averageValue": "3"},
                },
            }
        ],
        "behavior": {"scaleUp": {"stabilizationWindowSeconds": 0}},
    }


@pytest.mark.parametrize("text", ["", "{", '{"ScaleUp": 1}', "[1]", "null", '[{"type": 1}]', "7"])
def test_an_annotation_that_cannot_be_read_is_dropped(text: str) -> None:
    annotations = {f"{PREFIX}{name}": text for name in ("metrics", "current-metrics", "conditions", "behavior")}
    converted = v1_to_v2(autoscaler("v1", {"targetCPUUtilizationPercentage": 42}, annotations=annotations))
    assert converted["metadata"] == {"name": "h"}
    assert (converted["spec"], converted["status"]) == ({"metrics": [CPU]}, {})


def test_without_any_metric_v2_gets_the_default_of_v1() -> None:
    metric = v1_to_v2(autoscaler("v1"))["spec"]["metrics"][0]
    assert metric["resource"]["target"] == {"type": "Utilization", "averageUtilization": 80}


def test_the_status_of_v1_alone() -> None:
    converted = v1_to_v2(autoscaler("v1", status={"currentReplicas": 2, "currentCPUUtilizationPercentage": 5}))
    current = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 5}}}
    assert converted["status"] == {"currentReplicas": 2, "currentMetrics": [current]}


def test_every_served_version_can_be_converted_to_the_stored_one_and_back() -> None:
    needed = {(r.gvk, r.storage) for r in RESOURCES if r.gvk != r.storage and "list" in r.verbs}
    assert CONVERSIONS.keys() == needed | {(stored, served) for served, stored in needed}
