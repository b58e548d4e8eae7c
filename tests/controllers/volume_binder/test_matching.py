from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object, name_of
from controllers.volume_binder.matching import find, mismatch
from tests.controllers.volume_binder.things import claim, reference, volume

SHARED = ["ReadWriteOnce", "ReadWriteMany"]


def found(mine: Object, *volumes: Object, only_reserved: bool = False) -> str:
    match = find(mine, volumes, only_reserved=only_reserved)
    return "" if match is None else name_of(match)


@pytest.mark.parametrize(
    ("mine", "volumes", "name"),
    [
        pytest.param(claim(), [volume("b", size="3Gi"), volume("s", size="2Gi")], "s", id="the smallest"),
        pytest.param(
            claim(),
            [volume("many", accessModes=SHARED), volume("one", size="9Gi")],
            "one",
            id="the fewest access modes before the smallest",
        ),
        pytest.param(
            claim(accessModes=["ReadWriteMany"]), [volume(), volume("m", accessModes=SHARED)], "m", id="modes"
        ),
        pytest.param(claim(storageClassName="x"), [volume(), volume("x", storageClassName="x")], "x", id="class"),
        pytest.param(claim(volumeMode="Block"), [volume(), volume("b", volumeMode="Block")], "b", id="mode"),
        pytest.param(
            claim(selector={"matchLabels": {"disk": "ssd"}}),
            [volume(), volume("s", labels={"disk": "ssd"})],
            "s",
            id="selector",
        ),
        pytest.param(claim(), [volume(phase="")], "", id="not available yet"),
        pytest.param(claim(), [volume(deletionTimestamp="2026-01-01T00:00:00Z")], "", id="on its way out"),
        pytest.param(claim(), [volume(claimRef=reference("other", uid=False))], "", id="reserved for another"),
        pytest.param(
            claim(), [volume("s"), volume("r", size="9Gi", claimRef=reference(uid=False))], "r", id="reserved first"
        ),
        pytest.param(
            claim(storageClassName="x"),
            [volume("r", claimRef=reference(uid=False))],
            "r",
            id="a reserved one may have another class",
        ),
        pytest.param(
            claim(volumeAttributesClassName="gold"),
            [volume(), volume("g", volumeAttributesClassName="gold")],
            "g",
            id="attributes class",
        ),
    ],
)
def test_the_best_volume(mine: Object, volumes: list[Object], name: str) -> None:
    assert found(mine, *volumes) == name


def test_a_claim_the_scheduler_decides_on_gets_only_what_is_reserved_for_it() -> None:
    reserved = volume("r", claimRef=reference(uid=False))
    assert found(claim(), volume(), only_reserved=True) == ""
    assert found(claim(), volume(), reserved, only_reserved=True) == "r"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, ""),
        ({"size": "500Mi"}, "requested PV is too small"),
        ({"storageClassName": "x"}, "storageClassName does not match"),
        ({"volumeAttributesClassName": "x"}, "volumeAttributesClassName does not match"),
        ({"volumeMode": "Block"}, "incompatible volumeMode"),
        ({"accessModes": ["ReadOnlyMany"]}, "incompatible accessMode"),
        ({"deletionTimestamp": "2026-01-01T00:00:00Z"}, 'the volume is marked for deletion "v1"'),
    ],
)
def test_why_a_volume_does_not_fit(given: dict[str, Any], problem: str) -> None:
    assert mismatch(volume(**given), claim()) == problem
