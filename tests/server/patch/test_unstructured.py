"""Worded as fromUnstructured does; the strategic merge patch that was sent is quoted, as Go prints it."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.gvk import GroupVersionKind
from openapi.schema import type_of
from server.patch.unstructured import misfit
from tests.server.harness import Server, pod

POD = type_of(GroupVersionKind("", "v1", "Pod"))
SECRET = type_of(GroupVersionKind("", "v1", "Secret"))
PODS = "/api/v1/namespaces/default/pods"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"spec": {"containers": "x"}}, "cannot restore slice from string"),
        ({"spec": {"containers": {"a": 1}}}, "cannot restore slice from map"),
        ({"spec": {"containers": ["x"]}}, "cannot restore struct from: string"),
        ({"spec": []}, "cannot restore struct from: slice"),
        ({"metadata": {"labels": ["a"]}}, "cannot restore map from slice"),
        ({"metadata": {"labels": {"a": 1}}}, "cannot convert int64 to string"),
        ({"metadata": {"labels": {"a": True}}}, "unrecognized type: string"),
        ({"metadata": {"labels": {"a": 1.5}}}, "unrecognized type: string"),
        ({"metadata": {"name": {}}}, "unrecognized type: string"),
        ({"spec": {"hostNetwork": "true"}}, "unrecognized type: bool"),
        ({"spec": {"hostNetwork": 1}}, "unrecognized type: bool"),
        ({"spec": {"priority": "1"}}, "unrecognized type: int32"),
        ({"spec": {"priority": 1.5}}, "cannot convert float64 to int32"),
        ({"spec": {"terminationGracePeriodSeconds": True}}, "unrecognized type: int64"),
        ({"spec": {"priority": 1.0, "hostNetwork": True, "containers": None, "nodeName": "n"}}, None),
        ({"metadata": {"creationTimestamp": 5}}, None),
    ],
)
def test_the_first_value_that_does_not_fit_is_told(value: dict[str, Any], error: str | None) -> None:
    assert misfit(value, POD) == error


def test_bytes_come_of_strings() -> None:
    assert misfit({"data": {"a": 1}}, SECRET) == "cannot restore slice from int64"
    assert misfit({"data": {"a": "eA=="}}, SECRET) is None


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (
            {"spec": {"containers": "x"}},
            'Invalid value: "map[spec:map[containers:x]]": cannot restore slice from string',
        ),
        (
            {"metadata": {"creationTimestamp": 5}},
            'Invalid value: "map[metadata:map[creationTimestamp:5]]": json: cannot unmarshal number into Go value of '
            "type string",
        ),
        (
            {"spec": {"zed": [1, "a"]}},
            'Invalid value: "map[spec:map[zed:[1 a]]]": strict decoding error: unknown field "spec.zed"',
        ),
    ],
)
def test_the_patch_is_quoted_as_it_was_sent(server: Server, patch: dict[str, Any], message: str) -> None:
    server.post(PODS, pod("p"))
    answer = server.patch(f"{PODS}/p", patch, kind="strategic-merge-patch+json", fieldValidation="Strict")
    assert answer.status == 422
    assert answer.json["message"] == f' "" is invalid: patch: {message}'
    assert answer.json["details"]["causes"][0]["field"] == "patch"
