from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from controllers.node_lifecycle.health import GRACE, STARTUP_GRACE, is_lost, listen, lost_conditions

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _node(**ready: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-01-01T11:59:00Z", **ready}]
    return {
        "metadata": {"name": "n", "creationTimestamp": "2026-01-01T11:00:00Z"},
        "status": {"conditions": conditions},
    }


def _lease(renewed: str) -> dict[str, Any]:
    return {"spec": {"renewTime": renewed}}


def test_a_renewed_lease_is_a_sign_of_life() -> None:
    first = listen(None, _node(), _lease("a"), 0.0)
    assert listen(first, _node(), _lease("a"), 30.0) is first
    assert listen(first, _node(), _lease("b"), 30.0).at == 30.0


def test_a_reported_status_is_a_sign_of_life() -> None:
    first = listen(None, _node(), None, 0.0)
    assert listen(first, _node(lastHeartbeatTime="later"), None, 30.0).at == 30.0


def test_a_node_is_lost_when_it_has_been_silent_for_longer_than_the_grace() -> None:
    heard = listen(None, _node(), None, 0.0)
    assert not is_lost(_node(), heard, GRACE)
    assert is_lost(_node(), heard, GRACE + 0.1)


def test_a_node_that_never_reported_is_given_more_time() -> None:
    silent: dict[str, Any] = {"metadata": {"name": "n"}, "status": {}}
    heard = listen(None, silent, None, 0.0)
    assert not is_lost(silent, heard, STARTUP_GRACE)
    assert is_lost(silent, heard, STARTUP_GRACE + 0.1)


def test_a_lost_nodes_conditions_are_unknown_and_say_why() -> None:
    ready, *others = lost_conditions(_node(), NOW)
    assert (ready["status"], ready["reason"]) == ("Unknown", "NodeStatusUnknown")
    assert ready["message"] == "Kubelet stopped posting node status."
    assert ready["lastTransitionTime"] == "2026-01-01T12:00:00Z"
    assert ready["lastHeartbeatTime"] == "2026-01-01T11:59:00Z"
    assert {c["type"]: c["reason"] for c in others} == {
        "MemoryPressure": "NodeStatusNeverUpdated",
        "DiskPressure": "NodeStatusNeverUpdated",
        "PIDPressure": "NodeStatusNeverUpdated",
    }


def test_conditions_that_are_unknown_already_stay_as_they_are() -> None:
    lost = lost_conditions(_node(), NOW)
    again = {**_node(), "status": {"conditions": lost}}
    assert lost_conditions(again, datetime(2026, 1, 2, tzinfo=UTC)) == lost
