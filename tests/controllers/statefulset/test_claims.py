from __future__ import annotations

from typing import Any

import pytest

from controllers.statefulset.claims import claims_of, has_other_controller, is_stale, owners_wanted
from controllers.statefulset.identity import has_identity, ordinal_of
from tests.controllers.statefulset.things import Object, pod, statefulset


def policy(scaled: str, deleted: str) -> Any:
    return {"persistentVolumeClaimRetentionPolicy": {"whenScaled": scaled, "whenDeleted": deleted}}


def test_a_pod_has_its_name_host_and_volumes() -> None:
    third = pod(2)
    assert (third["metadata"]["name"], third["spec"]["hostname"], third["spec"]["subdomain"]) == ("db-2", "db-2", "db")
    assert third["spec"]["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "data-db-2"}}]
    assert third["metadata"]["labels"]["apps.kubernetes.io/pod-index"] == "2"
    assert "generateName" not in third["metadata"]
    assert has_identity(statefulset(), third, 2)
    assert not has_identity(statefulset(), third, 1)


@pytest.mark.parametrize(("name", "ordinal"), [("db-0", 0), ("db-12", 12), ("other-0", None), ("db", None)])
def test_a_name_tells_the_ordinal(name: str, ordinal: int | None) -> None:
    assert ordinal_of(statefulset(), {"metadata": {"name": name}}) == ordinal


def test_claims_are_made_of_their_templates() -> None:
    (claim,) = claims_of(statefulset(), 1)
    assert (claim["metadata"]["name"], claim["metadata"]["labels"]) == ("data-db-1", {"app": "db"})
    assert claim["spec"] == {"storageClassName": "s"}
    assert "ownerReferences" not in claim["metadata"]


@pytest.mark.parametrize(
    ("scaled", "deleted", "ordinal", "owners"),
    [
        ("Retain", "Retain", 0, None),
        ("Retain", "Delete", 0, ["s"]),
        ("Retain", "Delete", 5, ["s"]),
        ("Delete", "Retain", 0, None),
        ("Delete", "Retain", 5, ["p5"]),
        ("Delete", "Delete", 0, ["s"]),
        ("Delete", "Delete", 5, ["p5"]),
    ],
)
def test_the_retention_policy_says_with_whom_a_claim_goes(scaled: str, deleted: str, ordinal: int, owners: Any) -> None:
    wanted = owners_wanted(statefulset(**policy(scaled, deleted)), {"metadata": {}}, pod(ordinal), ordinal)
    assert wanted == owners or [reference["uid"] for reference in wanted or ()] == owners


def reference(kind: str, name: str, uid: str, *, controller: bool | None = True) -> Object:
    version = "v1" if kind == "Pod" else "apps/v1"
    made: Object = {"apiVersion": version, "kind": kind, "name": name, "uid": uid}
    return made if controller is None else {**made, "controller": controller}


SET, POD = reference("StatefulSet", "db", "s"), reference("Pod", "db-0", "p0")
OTHER = reference("Other", "x", "x", controller=None)
FOREIGN = reference("Other", "x", "x")


@pytest.mark.parametrize(
    ("scaled", "deleted", "owners", "expected"),
    [
        ("Retain", "Retain", [SET, POD, OTHER], ["x"]),
        ("Retain", "Retain", [FOREIGN], None),
        ("Retain", "Delete", [SET], None),
        ("Retain", "Delete", [SET, OTHER], None),
        ("Retain", "Delete", [SET, POD], ["s"]),
        ("Retain", "Delete", [reference("StatefulSet", "db", "s", controller=None)], ["s"]),
        ("Retain", "Delete", [reference("StatefulSet", "db", "s", controller=False)], ["s"]),
        # somebody else manages it: nothing is added, ours go
        ("Retain", "Delete", [FOREIGN], None),
        ("Retain", "Delete", [FOREIGN, SET], ["x"]),
        ("Delete", "Delete", [FOREIGN, POD], ["x"]),
        # of a set or pod of the same name that is gone: the garbage collector's
        ("Delete", "Delete", [reference("StatefulSet", "db", "gone")], None),
        ("Delete", "Delete", [reference("Pod", "db-0", "gone"), SET], None),
        ("Delete", "Delete", [SET], None),
    ],
)
def test_owners_that_are_there_already(scaled: str, deleted: str, owners: list[Object], expected: Any) -> None:
    claim: Object = {"metadata": {"ownerReferences": owners}}
    wanted = owners_wanted(statefulset(**policy(scaled, deleted)), claim, pod(0), 0)
    assert wanted == expected or [entry["uid"] for entry in wanted or ()] == expected


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ([], False),
        ([SET, POD, OTHER], False),
        ([FOREIGN], True),
        ([reference("StatefulSet", "db", "gone")], True),
        ([reference("Pod", "db-0", "gone")], True),
        ([reference("StatefulSet", "other", "o")], True),
    ],
)
def test_a_claim_that_somebody_else_controls(owners: list[Object], expected: bool) -> None:
    claim: Object = {"metadata": {"ownerReferences": owners}}
    assert has_other_controller(statefulset(**policy("Delete", "Delete")), claim, pod(0)) is expected
    assert not has_other_controller(statefulset(**policy("Retain", "Retain")), claim, pod(0))


def test_a_claim_of_an_earlier_pod_is_stale() -> None:
    claim: Object = {"metadata": {"ownerReferences": [{"kind": "Pod", "uid": "p0"}]}}
    assert is_stale(claim, None)
    assert not is_stale(claim, pod(0))
    assert is_stale({"metadata": {"deletionTimestamp": "t"}}, pod(0))
