from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from controllers.pod_gc import failed_status, surplus, unscheduled_terminating


def _pod(name: str, phase: str = "Running", created: str = "", **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "ns", "creationTimestamp": created, **metadata},
        "spec": {},
        "status": {"phase": phase},
    }


def test_of_finished_pods_the_oldest_beyond_the_limit_go() -> None:
    pods = [_pod("new", "Failed", "2026-01-03"), _pod("old", "Succeeded", "2026-01-01"), _pod("runs")]
    assert [pod["metadata"]["name"] for pod in surplus(pods, kept=1)] == ["old"]
    assert surplus(pods, kept=2) == []


def test_terminating_pods_without_a_node_go() -> None:
    pods = [_pod("a", deletionTimestamp="now"), _pod("b")]
    assert [pod["metadata"]["name"] for pod in unscheduled_terminating(pods)] == ["a"]


def test_a_pod_of_a_vanished_node_fails_unless_it_had_finished() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert failed_status(_pod("a"), now)["phase"] == "Failed"
    finished = failed_status(_pod("a", "Succeeded"), now)
    assert "phase" not in finished
    assert finished["conditions"][0]["reason"] == "DeletionByPodGC"
