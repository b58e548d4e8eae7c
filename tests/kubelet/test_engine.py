from __future__ import annotations

import copy
import math
import threading

import pytest

from apimachinery.clock import FakeClock
from apimachinery.objects import Object
from kubelet.engine import PodEngine
from kubelet.node import Node
from kubelet.runtimes.hollow.rules import Rules
from kubelet.runtimes.hollow.runtime import HollowRuntime
from kubelet.runtimes.runtime import Outcome
from tests.kubelet.builders import HOST_IP, RULES, container, pod
from tests.kubelet.fakes import HeldClaims, RecordingEvents, RecordingWriter


def _node_object() -> Object:
    capacity = {"cpu": "4", "memory": "8Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    return {
        "metadata": {"name": "node-1", "labels": {"kubernetes.io/hostname": "node-1", "kubernetes.io/os": "linux"}},
        "spec": {},
        "status": {"allocatable": capacity},
    }


class Bench:
    """An engine with one node, driven by hand."""

    def __init__(self, *pods: Object, rules: Rules = RULES) -> None:
        self.clock = FakeClock()
        self.writer = RecordingWriter()
        self.events = RecordingEvents()
        self.claims = HeldClaims()
        self.engine = PodEngine(self.clock, self.writer, self.events, self.claims)
        self.runtime = HollowRuntime(self.clock, rules, "10.128.0.0/24")
        self.node = Node("node-1", HOST_IP, self.runtime, _node_object)
        self.engine.add_node(self.node, pods)

    def run(self, seconds: float) -> Bench:
        end = self.clock.monotonic() + seconds
        delay = self.engine.turn()
        while self.clock.monotonic() + delay <= end:
            self.clock.advance(delay + 1e-6)
            delay = self.engine.turn()
        self.clock.advance(end - self.clock.monotonic())
        self.engine.turn()
        return self


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_pod_needs_two_statuses_to_run(bench: Bench) -> None:
    bench.engine.pod_changed(pod())
    bench.run(60)
    assert bench.writer.phases("uid-1") == ["Pending", "Running"]


def test_a_pod_of_another_node_is_ignored(bench: Bench) -> None:
    bench.engine.pod_changed(pod(nodeName="elsewhere"))
    bench.run(60)
    assert bench.writer.submitted == []


def test_nothing_to_do_means_no_wake_up(bench: Bench) -> None:
    bench.engine.pod_changed(pod())
    bench.run(60)
    assert bench.engine.turn() == math.inf


def test_pods_that_exist_when_the_node_comes_are_taken_on() -> None:
    bench = Bench(pod(uid="a", name="a"), pod(uid="b", name="b")).run(10)
    assert bench.writer.last("a")["phase"] == "Running"
    assert bench.writer.last("b")["phase"] == "Running"
    assert bench.writer.last("a")["podIP"] != bench.writer.last("b")["podIP"]


def test_the_address_of_a_running_pod_is_not_given_to_a_waiting_one() -> None:
    first = Bench(pod(uid="old", name="old")).run(10)
    old = pod(uid="old", name="old", status=copy.deepcopy(first.writer.last("old")))
    bench = Bench(pod(uid="new", name="new"), old).run(10)
    assert bench.writer.last("new")["podIP"] != old["status"]["podIP"]
    assert bench.events.reasons("old") == []


def test_a_deleted_pod_is_handed_over_for_removal_with_its_final_status(bench: Bench) -> None:
    subject = pod()
    bench.engine.pod_changed(subject)
    bench.run(10)
    deleted = copy.deepcopy(subject)
    deleted["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": 30}
    bench.engine.pod_changed(deleted)
    bench.run(1)
    uid, status, delete = bench.writer.submitted[-1]
    assert (uid, status and status["phase"], delete) == ("uid-1", "Succeeded", True)


def test_a_pod_that_had_ended_before_is_only_ever_removed() -> None:
    ended = pod(status={"phase": "Failed", "reason": "Evicted"})
    bench = Bench(ended).run(10)
    assert bench.writer.submitted == []
    deleted = copy.deepcopy(ended)
    deleted["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    bench.engine.pod_changed(deleted)
    bench.run(1)
    assert bench.writer.submitted == [("uid-1", None, True)]


def test_a_pod_removed_from_the_api_is_forgotten(bench: Bench) -> None:
    bench.engine.pod_changed(pod(container(script="sleep 60; exit 1")))
    bench.run(10)
    bench.engine.pod_removed("uid-1")
    submitted = len(bench.writer.submitted)
    bench.run(600)
    assert bench.writer.forgotten == ["uid-1"]
    assert len(bench.writer.submitted) == submitted
    assert not bench.runtime.observe("uid-1").ready


def test_a_pod_made_again_under_its_name_is_another_pod(bench: Bench) -> None:
    bench.engine.pod_changed(pod(uid="one"))
    bench.run(10)
    bench.engine.pod_removed("one")
    bench.engine.pod_changed(pod(uid="two"))
    bench.run(10)
    assert bench.writer.phases("two") == ["Pending", "Running"]


def test_a_pod_that_does_not_fit_is_refused(bench: Bench) -> None:
    for name in ("a", "b"):
        bench.engine.pod_changed(pod(container(resources={"requests": {"cpu": "3"}}), uid=name, name=name))
    bench.run(10)
    assert bench.writer.last("a")["phase"] == "Running"
    refused = bench.writer.last("b")
    assert (refused["phase"], refused["reason"]) == ("Failed", "OutOfcpu")
    assert refused["message"] == (
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 3000, used: 3000, capacity: 4000"
    )
    assert bench.events.reasons("b") == ["OutOfcpu"]


def test_an_ended_pod_gives_its_resources_back(bench: Bench) -> None:
    big = {"requests": {"cpu": "3"}}
    bench.engine.pod_changed(pod(container(script="sleep 5", resources=big), uid="a", name="a", restartPolicy="Never"))
    bench.run(10)
    bench.engine.pod_changed(pod(container(resources=big), uid="b", name="b"))
    bench.run(10)
    assert bench.writer.last("b")["phase"] == "Running"


def test_a_resized_pod_counts_with_what_it_asks_for_now(bench: Bench) -> None:
    def asking(cpu: str, name: str) -> Object:
        return pod(container(resources={"requests": {"cpu": cpu}}), uid=name, name=name)

    bench.engine.pod_changed(asking("1", "a"))
    bench.run(10)
    bench.engine.pod_changed(asking("3", "a"))
    bench.run(1)
    bench.engine.pod_changed(asking("2", "b"))
    bench.run(1)
    assert bench.writer.last("b")["reason"] == "OutOfcpu"


def test_a_deadline_holds_also_when_everything_happens_at_once() -> None:
    rules = Rules({"rules": [{"pull": {"seconds": 0}, "start": {"seconds": 0}}]})
    bench = Bench(pod(activeDeadlineSeconds=30), rules=rules).run(29)
    assert bench.writer.last("uid-1")["phase"] == "Running"
    bench.run(2)
    assert bench.writer.last("uid-1")["reason"] == "DeadlineExceeded"


def test_many_init_containers_that_end_at_once_do_not_stall_the_pod() -> None:
    rules = Rules({"rules": [{"pull": {"seconds": 0}, "start": {"seconds": 0}, "run": {"seconds": 0}}]})
    inits = [container(f"i{n}") for n in range(60)]
    bench = Bench(pod(init=inits, restartPolicy="Never"), rules=rules).run(5)
    assert bench.writer.last("uid-1")["phase"] == "Succeeded"


def test_a_pod_that_ran_here_before_is_not_refused_after_a_restart() -> None:
    first = Bench(pod(uid="old")).run(10)
    old = pod(uid="old", nodeSelector={"zone": "gone"}, status=copy.deepcopy(first.writer.last("old")))
    bench = Bench(old).run(10)
    assert bench.writer.last("old")["phase"] == "Running"


def test_a_status_overwritten_by_somebody_else_is_submitted_again(bench: Bench) -> None:
    bench.engine.pod_changed(pod())
    bench.run(10)
    before = len(bench.writer.submitted)
    bench.engine.pod_changed(pod(status={"phase": "Pending"}))
    bench.run(1)
    assert bench.writer.submitted[before:] == [("uid-1", bench.writer.last("uid-1"), False)]
    assert bench.writer.last("uid-1")["phase"] == "Running"


def test_a_pod_that_somebody_else_ends_is_ended_and_stays_so(bench: Bench) -> None:
    bench.engine.pod_changed(pod())
    bench.run(10)
    status = copy.deepcopy(bench.writer.last("uid-1"))
    ended = pod(status={**status, "phase": "Failed"})
    bench.engine.pod_changed(ended)
    bench.run(10)
    assert bench.writer.phases("uid-1")[-1] == "Failed"
    assert "terminated" in bench.writer.last("uid-1")["containerStatuses"][0]["state"]
    gone = copy.deepcopy(ended)
    gone["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": 30}
    bench.engine.pod_changed(gone)
    bench.run(1)
    assert bench.writer.submitted[-1][2]


def test_a_pod_that_cannot_be_handled_does_not_stop_the_others(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.engine.pod_changed(pod({"name": "broken"}, uid="bad", name="bad"))
    bench.engine.pod_changed(pod(uid="good", name="good"))
    bench.run(30)
    assert bench.writer.last("good")["phase"] == "Running"
    assert "pod bad: step failed" in caplog.text


def test_two_hundred_pods_come_up_together(bench: Bench) -> None:
    for number in range(100):
        bench.engine.pod_changed(pod(uid=f"u{number}", name=f"p{number}"))
    bench.run(2)
    assert {bench.writer.last(f"u{n}")["phase"] for n in range(100)} == {"Running"}
    assert len({bench.writer.last(f"u{n}")["podIP"] for n in range(100)}) == 100


def test_the_loop_ends_at_once_when_stopped(bench: Bench) -> None:
    thread = threading.Thread(target=bench.engine.run)
    thread.start()
    bench.engine.stop()
    thread.join(1)
    assert not thread.is_alive()


def test_a_pod_waits_for_its_claims_and_others_do_not_wait_for_it(bench: Bench) -> None:
    waiting = pod(meta={"uid": "uid-2", "name": "waiting"})
    waiting["spec"]["volumes"] = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    bench.engine.pod_changed(waiting)
    bench.engine.pod_changed(pod())
    bench.run(60)
    assert bench.writer.phases("uid-1") == ["Pending", "Running"]
    assert bench.writer.phases("uid-2") == ["Pending"]
    bench.claims.asked["uid-2"](Outcome(True))
    bench.run(60)
    assert bench.writer.phases("uid-2")[-1] == "Running"
