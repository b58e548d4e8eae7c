"""DESIGN §6, lines 1, 2, 5, 12 to 16 and 18: writes at once, restores, collisions of names, outcomes nobody knows."""

from __future__ import annotations

import random

import pytest

from apimachinery.objects import Object
from server.registry import metadata
from storage.errors import OutcomeUnknown, StoreUnavailable
from storage.restore import MARGIN, continue_beyond
from storage.types import Entry, Write
from tests.server.harness import Server, config_map

CMS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


def _rv(obj: Object) -> int:
    return int(obj["metadata"]["resourceVersion"])


def _names(listed: Object) -> list[str]:
    return [item["metadata"]["name"] for item in listed["items"]]


def _deployment(**more: object) -> Object:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", **more}, "spec": spec}


def test_1_a_restored_server_goes_on_beyond_anything_served(server: Server) -> None:
    before = server.post(CMS, config_map("a")).json
    server.restart(continue_beyond)
    after = server.post(CMS, config_map("b")).json
    assert _rv(after) > _rv(before) + MARGIN - 1
    assert _rv(server.get(CMS).json) >= _rv(after)
    stream = server.stream(CMS, watch="true", resourceVersion=str(_rv(before)))
    assert [event["type"] for event in stream.take(1)] == ["ERROR"]


def test_1_writes_of_several_resources_at_once_get_versions_of_their_own(server: Server) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret"}
    writes = [("POST", CMS, config_map(f"c{number}")) for number in range(10)]
    for number in range(10):
        writes.append(("POST", "/api/v1/namespaces/default/secrets", {**secret, "metadata": {"name": f"s{number}"}}))
    versions = sorted(_rv(answer.json) for answer in server.at_once(*writes))
    assert versions == list(range(versions[0], versions[0] + 20))


def test_2_applying_the_same_again_changes_no_version(server: Server) -> None:
    applied = server.patch(f"{CMS}/a", config_map("a", {"k": "v"}), kind="apply-patch+yaml", fieldManager="m")
    assert applied.status == 201
    again = server.patch(f"{CMS}/a", config_map("a", {"k": "v"}), kind="apply-patch+yaml", fieldManager="m")
    assert (again.status, again.json) == (200, applied.json)


def test_2_a_status_that_changes_nothing_changes_no_version(server: Server) -> None:
    created = server.post(DEPLOYMENTS, _deployment()).json
    first = server.patch(f"{DEPLOYMENTS}/d/status", {"status": {"replicas": 1}}).json
    again = server.patch(f"{DEPLOYMENTS}/d/status", {"status": {"replicas": 1}}).json
    assert _rv(created) < _rv(first) == _rv(again)


def test_2_a_dry_run_of_a_collection_deletes_and_tells_nothing(server: Server) -> None:
    created = server.post(CMS, config_map("a")).json
    stream = server.stream(CMS, watch="true", resourceVersion=str(_rv(created)))
    assert server.delete(CMS, dryRun="All").status == 200
    assert server.get(f"{CMS}/a").json == created
    assert stream.quiet()
    stream.close()


def test_5_a_match_without_a_version_is_invalid_whichever_it_is(server: Server) -> None:
    answer = server.get(CMS, resourceVersionMatch="NotOlderThan")
    assert answer.status == 422
    assert "resourceVersionMatch is forbidden unless resourceVersion is provided" in answer.json["message"]


def test_6_a_token_with_version_0_is_not_refused(server: Server) -> None:
    for name in ("a", "b"):
        server.post(CMS, config_map(name))
    token = server.get(CMS, limit="1").json["metadata"]["continue"]
    assert server.get(CMS, resourceVersion="0", **{"continue": token}).status == 200


def test_12_of_creates_of_one_name_at_once_one_succeeds(server: Server) -> None:
    answers = server.at_once(*(("POST", CMS, config_map("a")) for _ in range(10)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 9
    assert {answer.json["reason"] for answer in answers if answer.status == 409} == {"AlreadyExists"}


def test_13_patches_at_once_are_all_made(server: Server) -> None:
    created = server.post(CMS, config_map("a")).json
    answers = server.at_once(*(("PATCH", f"{CMS}/a", {"data": {f"k{number}": "v"}}) for number in range(20)))
    assert {answer.status for answer in answers} == {200}
    final = server.get(f"{CMS}/a").json
    assert final["data"] == {f"k{number}": "v" for number in range(20)}
    assert _rv(final) == _rv(created) + 20


def test_13_of_updates_from_one_version_at_once_one_succeeds(server: Server) -> None:
    created = server.post(CMS, config_map("a")).json
    updates = [("PUT", f"{CMS}/a", {**created, "data": {"k": str(number)}}) for number in range(10)]
    answers = server.at_once(*updates)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 9


def test_14_a_finalizer_makes_a_deletion_a_change_of_generation(server: Server) -> None:
    created = server.post(DEPLOYMENTS, _deployment(finalizers=["example.com/hold"])).json
    stream = server.stream(DEPLOYMENTS, watch="true", resourceVersion=str(_rv(created)))
    server.delete(f"{DEPLOYMENTS}/d")
    [event] = stream.take(1)
    assert event["type"] == "MODIFIED"
    metadata = event["object"]["metadata"]
    assert metadata["generation"] == created["metadata"]["generation"] + 1
    assert metadata["deletionGracePeriodSeconds"] == 0
    assert metadata["deletionTimestamp"]
    stream.close()


def test_14_preconditions_hold_for_objects_that_are_already_going(server: Server) -> None:
    server.post(CMS, config_map("a", finalizers=["example.com/hold"]))
    server.delete(f"{CMS}/a")
    answer = server.delete(f"{CMS}/a", {"preconditions": {"uid": "another"}})
    assert (answer.status, answer.json["reason"]) == (409, "Conflict")


@pytest.mark.parametrize(("orphan", "finalizers"), [(True, ["orphan"]), (False, None)])
def test_15_the_older_option_says_the_same(server: Server, orphan: bool, finalizers: list[str] | None) -> None:
    server.post(CMS, config_map("a"))
    answer = server.delete(f"{CMS}/a", {"orphanDependents": orphan}).json
    assert (answer.get("metadata") or {}).get("finalizers") == finalizers
    assert server.get(f"{CMS}/a").status == (200 if finalizers else 404)


def test_15_both_options_at_once_are_refused(server: Server) -> None:
    server.post(CMS, config_map("a"))
    answer = server.delete(f"{CMS}/a", {"orphanDependents": True, "propagationPolicy": "Background"})
    assert answer.status == 422


def test_15_a_collection_is_deleted_as_far_as_the_limit_and_the_field_selector_go(server: Server) -> None:
    for name in ("a", "b", "c"):
        server.post(CMS, config_map(name))
    assert _names(server.delete(CMS, limit="2").json) == ["a", "b"]
    server.post(CMS, config_map("d"))
    assert _names(server.delete(CMS, fieldSelector="metadata.name=d").json) == ["d"]
    assert _names(server.get(CMS).json) == ["c"]


def test_15_a_collection_that_cannot_go_at_once_goes_as_far_as_it_can(server: Server) -> None:
    server.post(CMS, config_map("a"))
    server.post(CMS, config_map("b", finalizers=["example.com/hold"]))
    server.post(CMS, config_map("c"))
    assert server.delete(CMS).status == 200
    [left] = server.get(CMS).json["items"]
    assert left["metadata"]["name"] == "b"
    assert left["metadata"]["deletionTimestamp"]


class _Loaded(random.Random):
    """Dice that always fall the same way, for so many throws."""

    def __init__(self, throws: int) -> None:
        super().__init__(1)
        self.throws = throws

    def choices(self, population: object, *arguments: object, k: int = 1, **more: object) -> list[str]:  # type: ignore[override]
        self.throws -= 1
        return ["b" if self.throws >= 0 else "z"] * k


@pytest.mark.parametrize(("throws", "status", "made"), [(7, 201, "x-zzzzz"), (8, 409, "")])
def test_16_a_taken_generated_name_is_tried_again_and_then_a_conflict(
    server: Server, monkeypatch: pytest.MonkeyPatch, throws: int, status: int, made: str
) -> None:
    server.post(CMS, config_map("x-bbbbb"))
    dice = _Loaded(throws)
    monkeypatch.setattr(metadata, "_random", dice)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x-"}}
    answer = server.post(CMS, body)
    assert answer.status == status
    if made:
        assert answer.json["metadata"]["name"] == made
    else:
        assert answer.json["reason"] == "AlreadyExists"


@pytest.mark.parametrize(("error", "status"), [(OutcomeUnknown, 504), (StoreUnavailable, 503)])
def test_18_a_write_whose_outcome_is_unknown_is_not_reported_as_made(
    server: Server, monkeypatch: pytest.MonkeyPatch, error: type[Exception], status: int
) -> None:
    server.post(CMS, config_map("there"))

    async def fail(write: Write) -> Entry:
        raise error("the connection broke")

    monkeypatch.setattr(server.server.store, "commit", fail)
    answers = [
        server.post(CMS, config_map("a")),
        server.put(f"{CMS}/there", config_map("there", {"k": "v"})),
        server.patch(f"{CMS}/there", {"data": {"k": "v"}}),
        server.delete(f"{CMS}/there"),
        server.delete(CMS),
    ]
    assert [answer.status for answer in answers] == [status] * 5
    assert {answer.json["status"] for answer in answers} == {"Failure"}
