"""From bound to running, restarts and back-off."""

from __future__ import annotations

import re

import pytest

from tests.kubelet.builders import HOST_IP, Life, container, pod


def test_a_server_comes_up_through_container_creating() -> None:
    life = Life(pod()).run(60)
    assert life.phases == ["Pending", "Running"]
    assert life.states == ["Waiting:ContainerCreating", "Running"]
    assert life.reasons() == ["Pulling", "Pulled", "Created", "Started"]


def test_the_status_of_a_running_pod_is_complete() -> None:
    status = Life(pod()).run(60).status
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "PodReadyToStartContainers": "True",
        "Initialized": "True",
        "Ready": "True",
        "ContainersReady": "True",
        "PodScheduled": "True",
    }
    assert status["hostIP"] == HOST_IP
    assert status["hostIPs"] == [{"ip": HOST_IP}]
    assert status["podIPs"] == [{"ip": status["podIP"]}]
    assert status["startTime"] == "2026-01-01T00:00:00Z"
    assert status["observedGeneration"] == 1
    assert status["qosClass"] == "BestEffort"
    entry = status["containerStatuses"][0]
    assert re.fullmatch("hollow://[0-9a-f]{64}", entry["containerID"])
    assert entry["image"] == "registry.local/app:1"
    assert entry["imageID"].startswith("registry.local/app@sha256:")
    assert (entry["ready"], entry["started"], entry["restartCount"]) == (True, True, 0)


def test_conditions_carry_the_observed_generation() -> None:
    life = Life(pod(meta={"generation": 7})).run(1)
    assert {c["observedGeneration"] for c in life.status["conditions"]} == {7}


def test_a_condition_keeps_its_transition_time_while_its_status_stays() -> None:
    life = Life(pod(container(script="sleep 5; exit 1"))).run(4)
    scheduled = life.condition("PodScheduled")["lastTransitionTime"]
    life.run(4)
    assert life.condition("PodScheduled")["lastTransitionTime"] == scheduled
    assert life.condition("Ready")["status"] == "True"
    assert life.condition("Ready")["lastTransitionTime"] > scheduled


@pytest.mark.parametrize(
    ("policy", "script", "phase", "reason"),
    [
        ("Never", "exit 0", "Succeeded", "Completed"),
        ("Never", "exit 3", "Failed", "Error"),
        ("OnFailure", "exit 0", "Succeeded", "Completed"),
    ],
)
def test_a_pod_whose_containers_ended_for_good_is_over(policy: str, script: str, phase: str, reason: str) -> None:
    life = Life(pod(container(script=script), restartPolicy=policy)).run(60)
    assert life.status["phase"] == phase
    assert life.machine.ended
    assert life.first["state"]["terminated"]["reason"] == reason
    assert life.condition("Ready")["reason"] == {"Succeeded": "PodCompleted", "Failed": "PodFailed"}[phase]


def test_the_exit_code_is_told() -> None:
    life = Life(pod(container(script="exit 3"), restartPolicy="Never")).run(60)
    assert life.first["state"]["terminated"]["exitCode"] == 3


@pytest.mark.parametrize("policy", ["Always", "OnFailure"])
def test_a_crashing_container_is_restarted_at_once_then_with_growing_pauses(policy: str) -> None:
    life = Life(pod(container(script="exit 1"), restartPolicy=policy)).run(100)
    # 0.6 s, then after 1, 10, 20, 40 s: restarts 1 to 4
    assert life.first["restartCount"] == 4
    assert life.first["state"]["waiting"] == {
        "reason": "CrashLoopBackOff",
        "message": "back-off 1m20s restarting failed container=main pod=web_default(uid-1)",
    }
    assert life.first["lastState"]["terminated"]["exitCode"] == 1
    assert life.status["phase"] == "Running"
    assert life.reasons().count("BackOff") == 4


def test_a_crash_shows_its_exit_before_the_back_off() -> None:
    life = Life(pod(container(script="sleep 1; exit 1"))).run(15)
    assert life.states == [
        "Waiting:ContainerCreating",
        "Running",
        "Terminated:Error",
        "Running",
        "Terminated:Error",
        "Waiting:CrashLoopBackOff",
        "Running",
        "Terminated:Error",
    ]


def test_a_completed_container_is_restarted_when_the_policy_is_always() -> None:
    life = Life(pod(container(script="exit 0"))).run(5)
    assert life.first["restartCount"] == 1
    assert life.first["state"]["waiting"]["reason"] == "CrashLoopBackOff"


def test_back_off_never_exceeds_five_minutes() -> None:
    life = Life(pod(container(script="exit 1"))).run(4000)
    assert "back-off 5m0s" in life.first["state"]["waiting"]["message"]


def test_a_long_run_resets_the_back_off() -> None:
    life = Life(pod(container(script="sleep 700; exit 1"))).run(1500)
    assert "CrashLoopBackOff" not in " ".join(life.states)
    assert life.first["restartCount"] == 2


def test_every_attempt_has_an_id_of_its_own() -> None:
    life = Life(pod(container(script="sleep 3; exit 1"))).run(2)
    first = life.first["containerID"]
    life.run(4)
    assert life.first["restartCount"] == 1
    assert life.first["containerID"] != first
    assert life.first["lastState"]["terminated"]["containerID"] == first


def test_two_containers_are_both_needed_for_ready() -> None:
    slow = container("slow", readinessProbe={"exec": {"command": ["false"]}})
    life = Life(pod(container("a"), slow)).run(30)
    assert life.condition("Ready") | {"lastTransitionTime": ""} == {
        "type": "Ready",
        "status": "False",
        "lastProbeTime": None,
        "lastTransitionTime": "",
        "observedGeneration": 1,
        "reason": "ContainersNotReady",
        "message": "containers with unready status: [slow]",
    }
    assert life.status["phase"] == "Running"


def test_container_statuses_are_sorted_by_name() -> None:
    life = Life(pod(container("b"), container("a"))).run(5)
    assert [c["name"] for c in life.status["containerStatuses"]] == ["a", "b"]


def test_a_pod_fails_only_when_every_container_has_ended() -> None:
    life = Life(pod(container("a", "exit 1"), container("b", "sleep 20"), restartPolicy="Never")).run(10)
    assert life.status["phase"] == "Running"
    life.run(20)
    assert life.status["phase"] == "Failed"


def test_a_changed_image_restarts_the_container() -> None:
    life = Life(pod()).run(10)
    life.pod["spec"]["containers"][0] = container(image="registry.local/app:2")
    life.run(10)
    assert [e.message for e in life.events if e.reason == "Killing"] == [
        "Container main definition changed, will be restarted"
    ]
    assert life.first["image"] == "registry.local/app:2"
    assert life.first["restartCount"] == 1


def test_resources_are_reported_as_allocated_and_follow_a_resize() -> None:
    life = Life(pod(container(resources={"requests": {"cpu": "1"}}))).run(10)
    assert life.first["allocatedResources"] == {"cpu": "1"}
    life.pod["spec"]["containers"][0] = container(resources={"requests": {"cpu": "2"}})
    life.run(1)
    assert life.first["allocatedResources"] == {"cpu": "2"}
    assert life.first["resources"] == {"requests": {"cpu": "2"}}
    assert life.first["restartCount"] == 0


def test_volume_mounts_are_reported() -> None:
    mounts = [{"name": "a", "mountPath": "/a"}, {"name": "b", "mountPath": "/b", "readOnly": True}]
    life = Life(pod(container(volumeMounts=mounts))).run(1)
    assert life.first["volumeMounts"] == [
        {"name": "a", "mountPath": "/a"},
        {"name": "b", "mountPath": "/b", "readOnly": True, "recursiveReadOnly": "Disabled"},
    ]


def test_an_ephemeral_container_is_started_and_never_restarted() -> None:
    life = Life(pod()).run(5)
    life.pod["spec"]["ephemeralContainers"] = [container("debug", "sleep 2; exit 4")]
    life.run(60)
    (entry,) = life.status["ephemeralContainerStatuses"]
    assert entry["state"]["terminated"]["exitCode"] == 4
    assert entry["restartCount"] == 0
    assert life.condition("Ready")["status"] == "True"
    assert life.reasons(of="spec.ephemeralContainers{debug}")[-1] == "Started"


def test_a_pod_in_the_hosts_network_has_the_hosts_address() -> None:
    life = Life(pod(hostNetwork=True)).run(5)
    assert life.status["podIP"] == HOST_IP
    assert life.status["podIPs"] == [{"ip": HOST_IP}]


def test_stepping_without_news_does_nothing() -> None:
    life = Life(pod()).run(10)
    events, actions, status = len(life.events), len(life.actions), life.status
    life.run(1000)
    assert (len(life.events), len(life.actions)) == (events, actions)
    assert life.status is status


def test_an_active_deadline_fails_the_pod() -> None:
    life = Life(pod(activeDeadlineSeconds=30)).run(29)
    assert life.status["phase"] == "Running"
    life.run(2)
    assert (life.status["phase"], life.status["reason"]) == ("Failed", "DeadlineExceeded")
    assert life.status["message"] == "Pod was active on the node longer than the specified deadline"
    assert "DeadlineExceeded" in life.reasons()
    assert "terminated" in life.first["state"]


def test_readiness_gates_hold_back_ready() -> None:
    gated = pod(readinessGates=[{"conditionType": "example.com/lb"}])
    life = Life(gated).run(10)
    assert life.condition("ContainersReady")["status"] == "True"
    assert life.condition("Ready")["reason"] == "ReadinessGatesNotReady"
    assert 'pod readiness gate "example.com/lb" does not exist.' in life.condition("Ready")["message"]
    gated["status"]["conditions"] = [{"type": "example.com/lb", "status": "False"}]
    life.run(1)
    assert 'is not "True", but False' in life.condition("Ready")["message"]
    gated["status"]["conditions"] = [{"type": "example.com/lb", "status": "True"}]
    life.run(1)
    assert life.condition("Ready")["status"] == "True"
