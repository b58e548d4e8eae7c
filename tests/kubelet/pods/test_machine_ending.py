"""Deletion, grace, hooks, and the order of stopping."""

from __future__ import annotations

from typing import Any

from kubelet.pods.steps import StopContainer
from tests.kubelet.builders import Life, container, pod


def _sidecar(name: str = "proxy", **fields: Any) -> dict[str, Any]:
    return container(name, restartPolicy="Always", **fields)


def _stopped(life: Life) -> list[str]:
    return [a.name for a in life.actions if isinstance(a, StopContainer)]


def test_a_deleted_server_stops_at_once_and_succeeds() -> None:
    life = Life(pod()).run(10).delete()
    assert life.machine.ended
    assert life.status["phase"] == "Succeeded"
    assert life.events[-1].message == "Stopping container main"
    assert life.condition("PodReadyToStartContainers")["status"] == "False"


def test_a_deleted_shell_is_terminated_by_the_signal() -> None:
    life = Life(pod(container(script="sleep 1000"))).run(10).delete()
    assert life.status["phase"] == "Failed"
    assert life.first["state"]["terminated"]["exitCode"] == 143


def test_a_slow_container_gets_its_grace_and_no_more() -> None:
    slow = {"kubejazz.io/stop-delay": "20s"}
    life = Life(pod(annotations=slow)).run(10).delete(grace=30).run(19)
    assert not life.machine.ended
    assert life.status["phase"] == "Running"
    life.run(2)
    assert life.first["state"]["terminated"]["exitCode"] == 0
    stubborn = Life(pod(annotations=slow)).run(10).delete(grace=5).run(6)
    assert stubborn.first["state"]["terminated"]["exitCode"] == 137
    assert stubborn.status["phase"] == "Failed"


def test_a_second_deletion_can_shorten_the_grace() -> None:
    life = Life(pod(annotations={"kubejazz.io/stop-delay": "1h"})).run(10).delete(grace=600).run(5)
    assert not life.machine.ended
    life.delete(grace=0)
    assert life.machine.ended


def test_a_pre_stop_hook_runs_before_the_stop() -> None:
    hook = {"preStop": {"exec": {"command": ["sleep", "8"]}}}
    life = Life(pod(container(lifecycle=hook))).run(10).delete(grace=30).run(7)
    assert _stopped(life) == []
    life.run(2)
    assert _stopped(life) == ["main"]
    assert life.machine.ended


def test_a_pre_stop_hook_cannot_outlast_the_grace() -> None:
    hook = {"preStop": {"sleep": {"seconds": 100}}}
    life = Life(pod(container(lifecycle=hook))).run(10).delete(grace=5).run(4)
    assert not life.machine.ended
    life.run(2)
    assert life.machine.ended


def test_a_failed_pre_stop_hook_is_told_and_changes_nothing() -> None:
    hook = {"preStop": {"exec": {"command": ["false"]}}}
    life = Life(pod(container(lifecycle=hook))).run(10).delete()
    assert "FailedPreStopHook" in life.reasons()
    assert life.machine.ended


def test_no_grace_means_no_hook() -> None:
    hook = {"preStop": {"exec": {"command": ["sleep", "8"]}}}
    life = Life(pod(container(lifecycle=hook))).run(10).delete(grace=0)
    assert life.machine.ended


def test_sidecars_stop_last_and_in_reverse() -> None:
    life = Life(pod(init=[_sidecar("s1"), _sidecar("s2")])).run(10).delete()
    assert _stopped(life) == ["main", "s2", "s1"]


def test_a_sidecar_waits_for_a_slow_main_container() -> None:
    slow = {"kubejazz.io/main.stop-delay": "10s"}
    life = Life(pod(init=[_sidecar()], annotations=slow)).run(10).delete(grace=30).run(9)
    assert _stopped(life) == ["main"]
    life.run(2)
    assert _stopped(life) == ["main", "proxy"]
    assert life.machine.ended


def test_a_pod_deleted_before_it_ran_fails_with_unknown_containers() -> None:
    life = Life(pod()).delete()
    assert life.machine.ended
    assert life.status["phase"] == "Failed"
    assert life.first["state"]["terminated"] == {
        "exitCode": 137,
        "reason": "ContainerStatusUnknown",
        "message": "The container could not be located when the pod was terminated",
    }
    assert life.reasons() == []


def test_a_pod_deleted_while_it_pulls_starts_nothing() -> None:
    life = Life(pod(annotations={"kubejazz.io/pull-delay": "30s"})).run(5).delete().run(60)
    assert life.machine.ended
    assert "Started" not in life.reasons()


def test_a_pod_deleted_while_it_starts_stops_what_it_asked_for() -> None:
    life = Life(pod(annotations={"kubejazz.io/start-delay": "30s"})).run(5).delete()
    assert life.machine.ended
    assert life.first["state"]["terminated"]["exitCode"] == 137


def test_an_ended_pod_does_nothing_more() -> None:
    life = Life(pod(container(script="true"), restartPolicy="Never")).run(10)
    actions, status = len(life.actions), life.status
    life.delete().run(100)
    assert len(life.actions) == actions
    assert life.status is status


def test_a_failed_post_start_hook_kills_the_container() -> None:
    hook = {"postStart": {"exec": {"command": ["false"]}}}
    life = Life(pod(container(lifecycle=hook))).run(5)
    assert "FailedPostStartHook" in life.reasons()
    assert life.first["restartCount"] == 1


def test_a_container_counts_as_running_only_after_its_post_start_hook() -> None:
    hook = {"postStart": {"exec": {"command": ["sleep", "6"]}}}
    life = Life(pod(container(lifecycle=hook))).run(5)
    assert life.status["phase"] == "Pending"
    assert life.first["state"]["waiting"]["reason"] == "ContainerCreating"
    life.run(3)
    assert life.status["phase"] == "Running"
