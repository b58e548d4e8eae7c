"""DESIGN §6, lines 3 to 6: get and list."""

from __future__ import annotations

import pytest

from tests.server.harness import Server, config_map

CMS = "/api/v1/namespaces/default/configmaps"


def _names(listed: dict) -> list[str]:  # type: ignore[type-arg]
    return [item["metadata"]["name"] for item in listed["items"]]


def _fill(server: Server, count: int, prefix: str = "cm") -> None:
    for number in range(count):
        assert server.post(CMS, config_map(f"{prefix}-{number:03}")).status == 201


def test_3_a_list_without_a_version_shows_the_last_write(server: Server) -> None:
    for number in range(5):
        created = server.post(CMS, config_map(f"c{number}")).json
        listed = server.get(CMS).json
        assert f"c{number}" in _names(listed)
        assert int(listed["metadata"]["resourceVersion"]) >= int(created["metadata"]["resourceVersion"])


def test_3_version_0_ignores_the_limit(server: Server) -> None:
    _fill(server, 3)
    assert len(server.get(CMS, resourceVersion="0", limit="1").json["items"]) == 3


def test_3_a_version_ahead_of_the_server_times_out_with_its_cause(server: Server) -> None:
    answer = server.get(CMS, resourceVersion="1000000")
    assert answer.status == 504
    status = answer.json
    assert status["reason"] == "Timeout"
    assert status["details"]["retryAfterSeconds"] == 1
    assert [cause["reason"] for cause in status["details"]["causes"]] == ["ResourceVersionTooLarge"]
    assert status["message"].startswith("Timeout: Too large resource version: 1000000, current: ")


def test_4_a_list_carries_the_revision_of_the_snapshot_not_of_its_newest_item(server: Server) -> None:
    created = server.post(CMS, config_map("a")).json
    later = server.post("/api/v1/namespaces", {"metadata": {"name": "elsewhere"}}).json
    listed = server.get(CMS).json
    assert int(listed["metadata"]["resourceVersion"]) >= int(later["metadata"]["resourceVersion"])
    assert int(listed["metadata"]["resourceVersion"]) > int(created["metadata"]["resourceVersion"])


def test_4_exact_shows_the_state_at_that_revision(server: Server) -> None:
    server.post(CMS, config_map("a"))
    revision = server.post(CMS, config_map("b")).json["metadata"]["resourceVersion"]
    server.delete(f"{CMS}/a")
    server.post(CMS, config_map("c"))
    listed = server.get(CMS, resourceVersion=revision, resourceVersionMatch="Exact").json
    assert _names(listed) == ["a", "b"]
    assert listed["metadata"]["resourceVersion"] == revision


def test_4_a_version_with_a_limit_and_no_match_is_exact(server: Server) -> None:
    server.post(CMS, config_map("a"))
    revision = server.post(CMS, config_map("b")).json["metadata"]["resourceVersion"]
    server.delete(f"{CMS}/a")
    assert _names(server.get(CMS, resourceVersion=revision, limit="10").json) == ["a", "b"]
    assert _names(server.get(CMS, resourceVersion=revision).json) == ["b"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"resourceVersionMatch": "Exact"}, "resourceVersionMatch"),
        ({"resourceVersionMatch": "Exact", "resourceVersion": "0"}, "resourceVersionMatch"),
        ({"resourceVersionMatch": "NotOlderThan", "resourceVersion": "1", "continue": "x"}, "resourceVersionMatch"),
        ({"resourceVersionMatch": "Nope", "resourceVersion": "1"}, "resourceVersionMatch"),
        ({"sendInitialEvents": "true"}, "sendInitialEvents"),
    ],
)
def test_5_senseless_combinations_are_invalid(server: Server, query: dict[str, str], field: str) -> None:
    answer = server.get(CMS, **query)
    assert answer.status == 422
    assert {cause["field"] for cause in answer.json["details"]["causes"]} == {field}


def test_6_all_pages_show_the_first_pages_revision_and_nothing_is_skipped_or_repeated(server: Server) -> None:
    _fill(server, 7)
    first = server.get(CMS, limit="3").json
    revision = first["metadata"]["resourceVersion"]
    assert first["metadata"]["remainingItemCount"] == 4
    server.delete(f"{CMS}/cm-004")
    server.post(CMS, config_map("cm-0035"))
    server.patch(f"{CMS}/cm-005", {"data": {"new": "x"}})
    seen, token = _names(first), first["metadata"]["continue"]
    while token:
        page = server.get(CMS, limit="3", **{"continue": token}).json
        assert page["metadata"]["resourceVersion"] == revision
        assert all("new" not in (item.get("data") or {}) for item in page["items"])
        seen += _names(page)
        token = page["metadata"].get("continue")
    assert seen == [f"cm-{number:03}" for number in range(7)]


def test_6_a_continue_token_with_a_version_is_refused(server: Server) -> None:
    _fill(server, 3)
    token = server.get(CMS, limit="1").json["metadata"]["continue"]
    answer = server.get(CMS, resourceVersion="5", **{"continue": token})
    assert answer.status == 400
    assert answer.json["message"] == "specifying resource version is not allowed when using continue"


def test_6_the_remaining_count_is_absent_with_selectors_and_on_the_last_page(server: Server) -> None:
    _fill(server, 4)
    assert "remainingItemCount" not in server.get(CMS, limit="2", labelSelector="!x").json["metadata"]
    token = server.get(CMS, limit="2").json["metadata"]["continue"]
    last = server.get(CMS, limit="2", **{"continue": token}).json["metadata"]
    assert "remainingItemCount" not in last
    assert "continue" not in last


def test_6_a_namespace_never_shows_another_whose_name_it_begins(server: Server) -> None:
    for namespace in ("a", "ab", "a-b"):
        server.post("/api/v1/namespaces", {"metadata": {"name": namespace}})
        server.post(f"/api/v1/namespaces/{namespace}/configmaps", config_map(f"in-{namespace}"))
    assert _names(server.get("/api/v1/namespaces/a/configmaps").json) == ["in-a"]
    everywhere = [n for n in _names(server.get("/api/v1/configmaps").json) if n.startswith("in-")]
    assert everywhere == ["in-a-b", "in-a", "in-ab"]


def test_6_a_garbled_token_is_refused(server: Server) -> None:
    answer = server.get(CMS, **{"continue": "garbage!"})
    assert answer.status == 400
    assert answer.json["message"].startswith("continue key is not valid")
