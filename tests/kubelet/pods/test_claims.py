"""A pod starts when its claims are bound, and says what it waits for."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from kubelet.pods.claims import claims_of, problem_of, report
from kubelet.pods.steps import LookAtClaims
from kubelet.runtimes.runtime import Outcome
from tests.kubelet.builders import Life, pod

USES = [
    {"name": "v", "persistentVolumeClaim": {"claimName": "data"}},
    {"name": "e", "ephemeral": {"volumeClaimTemplate": {}}},
    {"name": "x"},
]


def user(**fields: Any) -> Object:
    found = pod(**fields)
    found["spec"]["volumes"] = USES
    return found


def test_a_pod_asks_once_and_starts() -> None:
    life = Life(user()).run(60)
    assert life.phases == ["Pending", "Running"]
    assert sum(isinstance(action, LookAtClaims) for action in life.actions) == 1


def test_a_pod_without_claims_does_not_ask() -> None:
    life = Life(pod()).run(60)
    assert not any(isinstance(action, LookAtClaims) for action in life.actions)


def test_a_pod_that_waits_asks_again_later_each_time_and_says_why() -> None:
    answers = iter([Outcome(False, "not yet"), Outcome(False, "not yet"), Outcome(True)])
    life = Life(user())
    life.claims = lambda: next(answers)
    life.run(1)
    assert life.states == ["Waiting:ContainerCreating"]
    assert [(event.type, event.reason, event.message) for event in life.events] == [
        ("Warning", "FailedMount", "not yet")
    ]
    life.run(3)
    assert life.reasons() == ["FailedMount"] * 2
    life.run(60)
    assert life.phases == ["Pending", "Running"]


def test_a_pod_that_waits_can_be_deleted() -> None:
    life = Life(user())
    life.claims = lambda: Outcome(False, "not yet")
    life.run(1).delete().run(1)
    assert life.machine.ended


def test_a_pod_that_has_run_does_not_ask_again() -> None:
    ran = Life(user()).run(60)
    again = Life({**ran.pod, "status": ran.status}).run(5)
    assert not any(isinstance(action, LookAtClaims) for action in again.actions)


def test_the_claims_of_a_pod() -> None:
    found = user()
    name = found["metadata"]["name"]
    assert claims_of(found) == [("v", "data"), ("e", f"{name}-e")]


BOUND: Object = {"metadata": {"name": "data"}, "spec": {"volumeName": "v1"}, "status": {"phase": "Bound"}}
DYING = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        (BOUND, ""),
        ({**BOUND, "status": {"phase": "Pending"}}, "PVC is not bound"),
        ({**BOUND, "spec": {}}, "PVC has empty pvc.Spec.VolumeName"),
        ({**BOUND, "metadata": DYING}, "PVC is being deleted"),
        ({**BOUND, "metadata": {**DYING, "finalizers": ["kubernetes.io/pvc-protection"]}}, ""),
    ],
)
def test_what_is_wrong_with_a_claim(claim: Object, problem: str) -> None:
    assert problem_of(claim) == problem


def test_the_words_of_it() -> None:
    found = user()
    namespace = found["metadata"]["namespace"]
    assert report(found, {"v": ("data", "PVC is not bound")}) == (
        "Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process "
        f"volumes=[v]: error processing PVC {namespace}/data: PVC is not bound"
    )
