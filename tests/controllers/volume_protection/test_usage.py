from __future__ import annotations

from typing import Any

import pytest

from apimachinery.volumes import claims_of_pod
from controllers.volume_protection.usage import classes_of_claim, uses_claim

OWN = {"ownerReferences": [{"uid": "p", "controller": True}]}
BOUND = {"persistentVolumeClaim": {"claimName": "data"}}
EPHEMERAL = {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}}
OVER: dict[str, Any] = {"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": 0}
GOING: dict[str, Any] = {"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": 30}


def pod(*volumes: dict[str, Any], node: str = "n", **metadata: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"volumes": [{"name": f"v{i}", **volume} for i, volume in enumerate(volumes)]}
    if node:
        spec["nodeName"] = node
    return {"metadata": {"name": "pod", "namespace": "default", "uid": "p", **metadata}, "spec": spec}


def claim(name: str = "data", **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "default", "uid": "c", **metadata}}


@pytest.mark.parametrize(
    ("user", "used", "uses"),
    [
        (pod(BOUND), claim(), True),
        (pod({"emptyDir": {}}, BOUND), claim(), True),
        (pod(BOUND), claim("other"), False),
        (pod(BOUND, node=""), claim(), False),
        (pod(BOUND, **OVER), claim(), True),
        (pod(), claim(), False),
        (pod(EPHEMERAL), claim("pod-scratch", **OWN), True),
        (pod(EPHEMERAL), claim("pod-scratch"), False),
        (pod(EPHEMERAL), claim("scratch", **OWN), False),
        (pod(EPHEMERAL, **GOING), claim("pod-scratch", **OWN), True),
        (pod(EPHEMERAL, **OVER), claim("pod-scratch", **OWN), False),
    ],
)
def test_a_claim_stays_for_pods_that_have_a_node(user: dict[str, Any], used: dict[str, Any], uses: bool) -> None:
    assert uses_claim(user, used) is uses


def test_the_claims_of_a_pod_are_those_it_names_and_those_made_for_it() -> None:
    assert claims_of_pod(pod(BOUND, {"emptyDir": {}}, EPHEMERAL)) == ["data", "pod-scratch"]


def test_a_claim_has_the_classes_it_has_had_and_will_have() -> None:
    status = {
        "currentVolumeAttributesClassName": "old",
        "modifyVolumeStatus": {"targetVolumeAttributesClassName": "next"},
    }
    assert classes_of_claim({"spec": {"volumeAttributesClassName": "new"}, "status": status}) == {"old", "new", "next"}
    assert classes_of_claim({"spec": {"volumeAttributesClassName": ""}}) == set()
