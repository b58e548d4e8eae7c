"""Init containers and sidecars."""

from __future__ import annotations

from typing import Any

from tests.kubelet.builders import Life, container, pod


def _sidecar(name: str = "proxy", **fields: Any) -> dict[str, Any]:
    return container(name, restartPolicy="Always", **fields)


def _names_started(life: Life) -> list[str]:
    return [e.path.partition("{")[2][:-1] for e in life.events if e.reason == "Started"]


def test_init_containers_run_one_after_the_other_before_the_others() -> None:
    life = Life(pod(init=[container("i1", "sleep 2"), container("i2", "sleep 2")])).run(3)
    assert _names_started(life) == ["i1", "i2"]
    assert life.first["state"]["waiting"]["reason"] == "PodInitializing"
    assert life.condition("Initialized")["message"] == "containers with incomplete status: [i2]"
    life.run(10)
    assert _names_started(life) == ["i1", "i2", "main"]
    assert life.condition("Initialized")["status"] == "True"
    assert life.status["phase"] == "Running"


def test_an_init_container_that_succeeded_is_ready_and_not_started() -> None:
    life = Life(pod(init=[container("i", "true")])).run(10)
    (entry,) = life.status["initContainerStatuses"]
    assert (entry["ready"], entry["started"]) == (True, False)
    assert entry["state"]["terminated"]["reason"] == "Completed"
    assert life.reasons(of="initContainers{i}") == ["Pulling", "Pulled", "Created", "Started"]


def test_a_failing_init_container_is_retried_with_back_off() -> None:
    life = Life(pod(init=[container("i", "exit 1")])).run(60)
    assert life.status["phase"] == "Pending"
    (entry,) = life.status["initContainerStatuses"]
    assert entry["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert entry["restartCount"] == 3


def test_a_failing_init_container_fails_a_pod_that_never_restarts() -> None:
    life = Life(pod(init=[container("i", "exit 1")], restartPolicy="Never")).run(10)
    assert life.status["phase"] == "Failed"
    assert _names_started(life) == ["i"]
    assert life.first["state"]["waiting"]["reason"] == "PodInitializing"


def test_a_sidecar_keeps_running_beside_the_main_container() -> None:
    life = Life(pod(init=[_sidecar(), container("i", "true")])).run(10)
    assert _names_started(life) == ["proxy", "i", "main"]
    assert "running" in life.status["initContainerStatuses"][0]["state"]
    assert life.status["initContainerStatuses"][0]["started"] is True


def test_the_next_container_waits_for_a_sidecars_startup_probe() -> None:
    probe = {"exec": {"command": ["sh", "-c", "sleep 3"]}, "timeoutSeconds": 5}
    life = Life(pod(init=[_sidecar(startupProbe=probe)])).run(2)
    assert _names_started(life) == ["proxy"]
    assert life.status["phase"] == "Pending"
    life.run(5)
    assert _names_started(life) == ["proxy", "main"]


def test_a_sidecar_is_restarted_whatever_the_pods_policy() -> None:
    life = Life(pod(init=[_sidecar(command=["sh", "-c", "sleep 3"])], restartPolicy="Never")).run(6)
    assert life.status["initContainerStatuses"][0]["restartCount"] == 1
    assert life.status["phase"] == "Running"


def test_a_sidecar_does_not_keep_a_finished_pod_alive() -> None:
    life = Life(pod(container(script="sleep 5"), init=[_sidecar()], restartPolicy="Never")).run(10)
    assert life.status["phase"] == "Succeeded"
    assert life.condition("Initialized")["reason"] == "PodCompleted"


def test_an_unready_sidecar_makes_the_pod_unready() -> None:
    failing = _sidecar(readinessProbe={"exec": {"command": ["false"]}})
    life = Life(pod(init=[failing])).run(60)
    assert life.condition("Ready")["message"] == "containers with unready status: [proxy]"


def test_init_containers_do_not_run_again_when_the_main_container_restarts() -> None:
    life = Life(pod(container(script="sleep 2; exit 1"), init=[container("i", "true")])).run(20)
    assert _names_started(life).count("i") == 1
    assert life.first["restartCount"] > 1
