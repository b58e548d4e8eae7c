from __future__ import annotations

from typing import Any

import pytest

from controllers.statefulset.claims import claims_of, is_stale, owners_wanted
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


def test_a_claim_whose_policy_or_place_has_changed_gets_other_owners() -> None:
    both: Object = {"metadata": {"ownerReferences": [{"uid": "s"}, {"uid": "p0"}, {"uid": "x"}]}}
    assert owners_wanted(statefulset(**policy("Retain", "Retain")), both, pod(0), 0) == [{"uid": "x"}]
    kept: Object = {"metadata": {"ownerReferences": [{"uid": "s"}]}}
    assert owners_wanted(statefulset(**policy("Delete", "Delete")), kept, pod(0), 0) is None


def test_a_claim_of_an_earlier_pod_is_stale() -> None:
    claim: Object = {"metadata": {"ownerReferences": [{"kind": "Pod", "uid": "p0"}]}}
    assert is_stale(claim, None)
    assert not is_stale(claim, pod(0))
    assert is_stale({"metadata": {"deletionTimestamp": "t"}}, pod(0))
