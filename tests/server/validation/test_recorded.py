"""What a real API server answered, in the words of v1.37 where they changed since it was recorded (v1.20)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.validation.objects import Object, prepared, recorded, validator_of
from tests.server.validation.table import changed, put, texts

REFUSED = recorded("refused.json")
ACCEPTED = {case["id"]: case["body"] for case in recorded("accepted.json")}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: str(case["id"]))
def test_refused(case: dict[str, Any]) -> None:
    obj = prepared(case["body"])
    assert texts(validator_of(obj).create(obj)) == case["errors"]


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    """What it made of small objects passes, written first and written again."""
    obj = prepared(ACCEPTED[name])
    validator = validator_of(obj)
    assert texts(validator.create(obj)) == []
    assert texts(validator.update(obj, obj)) == []
    assert texts((validator.status or validator.update)(obj, obj)) == []


def _update(name: str, *changes: tuple[str, Any]) -> list[str]:
    old: Object = prepared(ACCEPTED[name])
    new = old
    for path, value in changes:
        new = changed(new, put(path, value))
    return texts(validator_of(old).update(new, old))


def test_pods_keep_their_restart_policy() -> None:
    (problem,) = _update("default-pod", ("spec.restartPolicy", "Never"))
    first, *lines = problem.splitlines()
    assert first == (
        "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
        "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
        "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
    )
    assert '- "restartPolicy": "Always",' in lines
    assert '+ "restartPolicy": "Never",' in lines


def test_replica_sets_keep_their_selector() -> None:
    assert _update("default-rs", ("spec.selector", {"matchLabels": {"app": "z"}})) == [
        'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
        'spec.selector: Invalid value: {"matchLabels":{"app":"z"}}: field is immutable',
    ]


def test_services_keep_their_address() -> None:
    assert _update("default-svc", ("spec.clusterIP", "10.0.0.77"), ("spec.clusterIPs", ["10.0.0.77"])) == [
        'spec.clusterIPs[0]: Invalid value: ["10.0.0.77"]: may not change once set'
    ]
