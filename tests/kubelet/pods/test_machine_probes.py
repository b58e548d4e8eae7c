"""Probes in the life of a pod."""

from __future__ import annotations

from typing import Any

from tests.kubelet.builders import Life, container, pod


def _exec(*command: str, **spec: Any) -> dict[str, Any]:
    return {"exec": {"command": list(command)}, **spec}


def test_a_readiness_probe_succeeds_by_default() -> None:
    probe = {"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 5}
    life = Life(pod(container(readinessProbe=probe))).run(4)
    assert (life.first["started"], life.first["ready"]) == (True, False)
    life.run(3)
    assert life.first["ready"] is True
    assert life.condition("Ready")["status"] == "True"


def test_a_failing_readiness_probe_is_told_and_does_not_restart() -> None:
    life = Life(pod(container(readinessProbe=_exec("false", periodSeconds=2)))).run(60)
    assert life.first["ready"] is False
    assert life.first["restartCount"] == 0
    assert life.events[-1].message == "Readiness probe failed: "
    assert "Unhealthy" in life.reasons()


def test_ready_delay_makes_the_probe_succeed_later() -> None:
    late = {"kubejazz.io/ready-delay": "12s"}
    life = Life(pod(container(readinessProbe=_exec("true", periodSeconds=2)), annotations=late)).run(10)
    assert life.first["ready"] is False
    life.run(6)
    assert life.first["ready"] is True


def test_a_failing_liveness_probe_restarts_the_container() -> None:
    life = Life(pod(container(livenessProbe=_exec("false", periodSeconds=2)))).run(8)
    assert [e.message for e in life.events if e.reason == "Killing"] == [
        "Container main failed liveness probe, will be restarted"
    ]
    assert life.first["restartCount"] == 1
    assert "terminated" in life.first["lastState"]


def test_a_failing_startup_probe_restarts_the_container() -> None:
    life = Life(pod(container(startupProbe=_exec("false", periodSeconds=2, failureThreshold=2)))).run(5)
    assert [e.message for e in life.events if e.reason == "Killing"] == [
        "Container main failed startup probe, will be restarted"
    ]


def test_other_probes_wait_for_the_startup_probe() -> None:
    spec = container(startupProbe=_exec("sleep", "9", timeoutSeconds=20), livenessProbe=_exec("false", periodSeconds=1))
    life = Life(pod(spec)).run(9)
    assert life.first["started"] is False
    assert life.reasons()[-1] == "Started"
    life.run(10)
    assert "Killing" in life.reasons()


def test_a_liveness_probes_own_grace_is_used() -> None:
    probe = _exec("false", periodSeconds=1, failureThreshold=1, terminationGracePeriodSeconds=3)
    slow = {"kubejazz.io/stop-delay": "1h"}
    life = Life(pod(container(livenessProbe=probe), annotations=slow)).run(4)
    assert life.first["state"]["terminated"]["exitCode"] == 137


def test_a_probe_that_takes_too_long_fails() -> None:
    life = Life(pod(container(readinessProbe=_exec("sleep", "5")))).run(3)
    assert life.events[-1].message == 'Readiness probe failed: command timed out: "sleep 5" timed out after 1s'


def test_a_steady_pod_does_not_probe_for_ever() -> None:
    life = Life(pod(container(readinessProbe=_exec("true"), livenessProbe=_exec("true")))).run(60)
    actions = len(life.actions)
    life.run(3600)
    assert len(life.actions) == actions


def test_liveness_is_not_probed_while_the_pod_ends() -> None:
    spec = container(livenessProbe=_exec("false", periodSeconds=5))
    life = Life(pod(spec, annotations={"kubejazz.io/stop-delay": "20s"})).run(3).delete().run(19)
    assert [e.message for e in life.events if e.reason == "Killing"] == ["Stopping container main"]
