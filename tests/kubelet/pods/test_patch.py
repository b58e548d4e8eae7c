from __future__ import annotations

from typing import Any

from kubelet.pods.patch import status_patch


def _condition(name: str, status: str = "True", **more: Any) -> dict[str, Any]:
    return {"type": name, "status": status, "lastTransitionTime": "t", **more}


def test_equal_statuses_need_no_write() -> None:
    status = {"phase": "Running", "conditions": [_condition("Ready")], "podIPs": [{"ip": "1"}]}
    assert status_patch("u", status, status) is None


def test_only_what_differs_is_written_with_the_uid() -> None:
    patch = status_patch("u", {"phase": "Pending", "hostIP": "1"}, {"phase": "Running", "hostIP": "1"})
    assert patch == {"metadata": {"uid": "u"}, "status": {"phase": "Running"}}


def test_only_changed_conditions_are_written_and_the_order_is_given() -> None:
    current = {"conditions": [_condition("PodScheduled"), _condition("Ready", "False", reason="ContainersNotReady")]}
    desired = {"conditions": [_condition("Ready", "True"), _condition("PodScheduled")]}
    patch = status_patch("u", current, desired)
    assert patch is not None
    assert patch["status"] == {
        "$setElementOrder/conditions": [{"type": "Ready"}, {"type": "PodScheduled"}],
        "conditions": [{"type": "Ready", "status": "True", "reason": None}],
    }


def test_conditions_of_others_are_left_alone() -> None:
    current = {"conditions": [_condition("example.com/gate", "False"), _condition("Ready")]}
    assert status_patch("u", current, {"conditions": [_condition("Ready")]}) is None
    patch = status_patch("u", current, {"conditions": [_condition("Ready", "False")]})
    assert patch is not None
    assert patch["status"]["$setElementOrder/conditions"] == [{"type": "example.com/gate"}, {"type": "Ready"}]


def test_a_reason_that_no_longer_holds_is_removed() -> None:
    patch = status_patch("u", {"phase": "Failed", "reason": "Evicted"}, {"phase": "Failed"})
    assert patch == {"metadata": {"uid": "u"}, "status": {"reason": None}}


def test_addresses_are_replaced_not_merged() -> None:
    patch = status_patch("u", {"podIPs": [{"ip": "1"}]}, {"podIPs": [{"ip": "2"}]})
    assert patch is not None
    assert patch["status"]["podIPs"] == [{"$patch": "replace"}, {"ip": "2"}]
