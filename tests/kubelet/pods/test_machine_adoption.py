"""Pods that ran before the node agent was started."""

from __future__ import annotations

import copy

from apimachinery.clock import FakeClock
from tests.kubelet.builders import Life, container, pod


def _restarted(life: Life, *, lost: bool = False) -> Life:
    """The same pod with a new node agent; ``lost``: the runtime has lost its containers."""
    successor = copy.deepcopy(life.pod)
    successor["status"] = copy.deepcopy(life.status)
    clock = FakeClock(life.clock.now())
    found = Life(successor, clock=clock)
    if not lost:
        found.runtime.adopt(successor)
    return found


def test_a_running_container_goes_on_with_its_id_and_address() -> None:
    life = Life(pod()).run(10)
    after = _restarted(life).run(100)
    assert after.status == life.status
    assert after.events == []


def test_a_running_container_still_ends_when_it_would_have() -> None:
    life = Life(pod(container(script="sleep 60; exit 5"), restartPolicy="Never")).run(30)
    after = _restarted(life).run(28)
    assert after.status["phase"] == "Running"
    after.run(4)
    assert after.first["state"]["terminated"]["exitCode"] == 5
    assert after.status["phase"] == "Failed"


def test_a_container_in_back_off_is_restarted_with_the_next_count() -> None:
    life = Life(pod(container(script="exit 1"))).run(15)
    count = life.first["restartCount"]
    assert life.first["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    after = _restarted(life).run(1)
    assert after.first["restartCount"] == count + 1


def test_readiness_holds_until_a_probe_says_otherwise() -> None:
    probe = {"exec": {"command": ["true"]}, "initialDelaySeconds": 20}
    life = Life(pod(container(readinessProbe=probe))).run(30)
    assert _restarted(life).run(1).first["ready"] is True


def test_finished_init_containers_do_not_run_again() -> None:
    life = Life(pod(init=[container("i", "true")])).run(10)
    after = _restarted(life).run(60)
    assert after.status == life.status
    assert after.actions == []


def test_a_pod_that_only_waited_starts_from_the_beginning() -> None:
    life = Life(pod(annotations={"kubejazz.io/pull-delay": "30s"})).run(5)
    after = _restarted(life).run(60)
    assert after.status["phase"] == "Running"
    assert after.first["restartCount"] == 0


def test_an_ended_pod_is_left_as_it_is() -> None:
    life = Life(pod(container(script="true"), restartPolicy="Never")).run(10)
    after = _restarted(life)
    assert after.machine.ended
    assert after.run(10).status == life.status


def test_a_pod_deleted_while_the_agent_was_away_is_stopped() -> None:
    life = Life(pod()).run(10)
    after = _restarted(life).delete()
    assert after.machine.ended
    assert after.reasons() == ["Killing"]


def test_a_container_the_runtime_has_lost_is_started_again() -> None:
    life = Life(pod()).run(10)
    after = _restarted(life, lost=True).run(10)
    assert after.first["restartCount"] == 1
    assert after.first["lastState"]["terminated"]["reason"] == "ContainerStatusUnknown"
    assert after.first["lastState"]["terminated"]["exitCode"] == 137
    assert "running" in after.first["state"]


def test_a_lost_container_of_a_pod_that_never_restarts_fails_it() -> None:
    life = Life(pod(restartPolicy="Never")).run(10)
    after = _restarted(life, lost=True).run(10)
    assert after.status["phase"] == "Failed"
    assert after.reasons() == []


def test_a_deleted_pod_whose_containers_are_lost_can_go() -> None:
    life = Life(pod()).run(10)
    assert _restarted(life, lost=True).delete().machine.ended


def test_a_container_held_up_by_its_hook_is_started_from_the_beginning() -> None:
    hook = {"postStart": {"exec": {"command": ["sleep", "60"]}}}
    life = Life(pod(container(lifecycle=hook))).run(10)
    after = _restarted(life).run(70)
    assert after.status["phase"] == "Running"
    assert after.first["restartCount"] == 0
