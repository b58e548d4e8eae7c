from __future__ import annotations

from typing import Any

from controllers.service_account import missing


def _namespace(phase: str = "Active", **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": "a", **metadata}, "status": {"phase": phase}}


def test_an_active_namespace_gets_its_default_account() -> None:
    assert missing(_namespace(), set()) == ["default"]


def test_an_account_that_is_there_is_left_alone() -> None:
    assert missing(_namespace(), {"default"}) == []


def test_a_namespace_that_goes_or_is_gone_gets_none() -> None:
    assert missing(_namespace("Terminating"), set()) == []
    assert missing(_namespace(deletionTimestamp="2026-01-01T00:00:00Z"), set()) == []
    assert missing(None, set()) == []
