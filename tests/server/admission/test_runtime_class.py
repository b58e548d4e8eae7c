# ruff: noqa: E501
from __future__ import annotations

from typing import Any

import pytest

from server.admission.runtime_class import merge_tolerations
from tests.server.harness import Server, pod

CLASSES = "/apis/node.k8s.io/v1/runtimeclasses"
PODS = "/api/v1/namespaces/default/pods"
ALL = {"operator": "Exists"}
KEY = {"key": "k", "operator": "Exists", "effect": "NoSchedule"}
VALUE = {"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"}
SHORT = {"key": "k", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}
LONG = {**SHORT, "tolerationSeconds": 9}
MERGED: dict[str, tuple[list[Any], list[Any], list[Any]]] = {
    "equal": ([KEY], [KEY], [KEY]),
    "covered by what was there": ([ALL], [KEY, VALUE], [ALL]),
    "covered by what comes": ([VALUE], [KEY], [KEY]),
    "longer": ([SHORT], [LONG], [LONG]),
    "different": ([VALUE], [{**VALUE, "value": "w"}], [VALUE, {**VALUE, "value": "w"}]),
    "another key": ([KEY], [{**KEY, "key": "l"}], [KEY, {**KEY, "key": "l"}]),
}


@pytest.mark.parametrize(("first", "second", "merged"), MERGED.values(), ids=MERGED)
def test_tolerations_that_others_cover_are_left_out(first: list[Any], second: list[Any], merged: list[Any]) -> None:
    assert merge_tolerations(first, second) == merged


def _with(server: Server, runtime_class: dict[str, Any], **spec: Any) -> Any:
    assert server.post(CLASSES, {"metadata": {"name": "fast"}, "handler": "h", **runtime_class}).status == 201
    made = pod("p")
    made["spec"] |= {"runtimeClassName": "fast", **spec}
    return server.post(PODS, made)


def test_a_pod_gets_the_overhead_and_the_place_of_its_class(server: Server) -> None:
    scheduling = {"nodeSelector": {"vm": "yes"}, "tolerations": [KEY]}
    made = _with(server, {"overhead": {"podFixed": {"cpu": "250m"}}, "scheduling": scheduling}, nodeSelector={"a": "b"})
    spec = made.json["spec"]
    assert spec["overhead"] == {"cpu": "250m"}
    assert spec["nodeSelector"] == {"a": "b", "vm": "yes"}
    assert KEY in spec["tolerations"]


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "other overhead": ({"overhead": {"podFixed": {"cpu": "1"}}}, {"overhead": {"cpu": "2"}}, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"),
    "overhead alone": ({}, {"overhead": {"cpu": "2"}}, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"),
    "no such class": ({}, {"runtimeClassName": "slow"}, 'pod rejected: RuntimeClass "slow" not found'),
    "elsewhere": ({"scheduling": {"nodeSelector": {"vm": "yes"}}}, {"nodeSelector": {"vm": "no"}}, "conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no"),
}  # fmt: skip


@pytest.mark.parametrize(("runtime_class", "spec", "why"), REFUSED.values(), ids=REFUSED)
def test_a_pod_that_contradicts_its_class_is_refused(
    server: Server, runtime_class: dict[str, Any], spec: dict[str, Any], why: str
) -> None:
    answer = _with(server, runtime_class, **spec)
    assert answer.status == 403
    assert answer.json["message"] == f'pods "p" is forbidden: {why}'
