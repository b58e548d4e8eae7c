"""The same event in its two forms, and the ways its times and counts are given."""

from __future__ import annotations

from typing import Any

import pytest

from server.printers.events import EVENT
from tests.server.printers.shown import ago, shown

CORE = {
    "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec.containers{c}"},
    "source": {"component": "kubelet", "host": "n1"},
    "firstTimestamp": ago(hours=2),
    "lastTimestamp": ago(minutes=1),
    "count": 7,
    "type": "Warning",
    "reason": "BackOff",
    "message": " restarting \n",
}
EVENTS = {
    "regarding": CORE["involvedObject"],
    "deprecatedSource": CORE["source"],
    "deprecatedFirstTimestamp": CORE["firstTimestamp"],
    "deprecatedLastTimestamp": CORE["lastTimestamp"],
    "deprecatedCount": CORE["count"],
    "type": "Warning",
    "reason": "BackOff",
    "note": " restarting \n",
}


@pytest.mark.parametrize("obj", [CORE, EVENTS], ids=["core/v1", "events.k8s.io/v1"])
def test_both_forms_are_shown_alike(obj: dict[str, Any]) -> None:
    assert shown(EVENT, obj) == {
        "Last Seen": "60s",
        "Type": "Warning",
        "Reason": "BackOff",
        "Object": "pod/p",
        "Subobject": "spec.containers{c}",
        "Source": "kubelet, n1",
        "Message": "restarting",
        "First Seen": "120m",
        "Count": 7,
        "Name": "x",
    }


def test_a_single_event_of_the_new_api() -> None:
    cells = shown(EVENT, {"eventTime": ago(seconds=30), "reportingController": "c", "reportingInstance": "i"})
    assert [cells[c] for c in ("Last Seen", "First Seen", "Count", "Source")] == ["30s", "30s", 1, "c, i"]


def test_core_names_the_controller_component() -> None:
    assert shown(EVENT, {"reportingComponent": "scheduler"})["Source"] == "scheduler"


def test_a_series_counts_and_dates() -> None:
    series = {"count": 12, "lastObservedTime": ago(seconds=10)}
    cells = shown(EVENT, {"eventTime": ago(hours=1), "lastTimestamp": ago(minutes=9), "series": series})
    assert [cells[c] for c in ("Last Seen", "First Seen", "Count")] == ["10s", "60m", 12]


def test_an_object_without_a_name() -> None:
    assert shown(EVENT, {"involvedObject": {"kind": "Node"}})["Object"] == "node"
