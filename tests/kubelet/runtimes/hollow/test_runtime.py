from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from apimachinery.clock import FakeClock
from kubelet.runtimes.hollow.runtime import HollowRuntime
from kubelet.runtimes.runtime import Outcome, Phase
from tests.kubelet.builders import RULES, container, pod
from tests.kubelet.runtimes.contract import IMAGE, RuntimeContract


class _Silent:
    def changed(self, uid: str) -> None:
        raise AssertionError("the hollow runtime reports nothing late")

    def finished(self, uid: str, token: str, outcome: Outcome) -> None:
        raise AssertionError("the hollow runtime reports nothing late")


class TestHollowRuntime(RuntimeContract):
    @pytest.fixture(autouse=True)
    def _fresh(self) -> None:
        self.clock = FakeClock()
        self.runtime = HollowRuntime(self.clock, RULES, "10.128.0.0/29")
        self.runtime.start(_Silent())

    def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(600):
            if holds():
                return
            self.clock.advance(0.1)
        raise AssertionError("it did not happen within a minute")

    def outcome(self, token: str, now: Outcome | None) -> Outcome:
        assert now is not None
        self.clock.advance(now.seconds)
        return now

    def test_the_next_change_is_known_in_advance(self) -> None:
        subject = pod(container(script="sleep 5"), uid="a")
        self.runtime.create_sandbox(subject)
        self.runtime.start_container(subject, subject["spec"]["containers"][0], 0)
        start = self.clock.now().timestamp()
        assert self.runtime.observe("a").next_change == pytest.approx(start + 0.1)
        self.clock.advance(0.1)
        assert self.runtime.observe("a").next_change == pytest.approx(start + 5.1)
        self.clock.advance(5)
        assert self.runtime.observe("a").next_change is None

    def test_a_server_never_changes_by_itself(self) -> None:
        self.start(pod(uid="a"))
        assert self.runtime.observe("a").next_change is None

    def test_addresses_are_given_back_and_used_again_last(self) -> None:
        for number in range(10):
            self.runtime.create_sandbox(pod(uid=f"{number}"))
            assert self.runtime.observe(f"{number}").ready
            self.runtime.remove_pod(f"{number}")

    def test_without_a_free_address_the_sandbox_does_not_become_ready(self) -> None:
        for number in range(6):
            self.runtime.create_sandbox(pod(uid=f"{number}"))
        assert [self.runtime.observe(f"{n}").ready for n in range(6)] == [True] * 5 + [False]

    def test_the_hosts_network_needs_no_address(self) -> None:
        self.runtime.create_sandbox(pod(uid="a", hostNetwork=True))
        assert self.runtime.observe("a").ready
        assert self.runtime.observe("a").ips == ()

    def test_a_container_that_cannot_be_created(self) -> None:
        self.start(pod(uid="a", annotations={"kubejazz.io/start-error": "no such device"}))
        state = self.state("a")
        assert (state.phase, state.reason, state.message) == (Phase.FAILED, "CreateContainerError", "no such device")

    def test_an_answer_that_the_rules_fix_is_stable(self) -> None:
        subject = pod(uid="a", annotations={"kubejazz.io/fail-probes": "readiness"})
        self.start(subject)
        spec = subject["spec"]["containers"][0]
        failing = self.runtime.invoke(subject, spec, "readinessProbe", {"httpGet": {}}, 1.0, "t")
        working = self.runtime.invoke(subject, spec, "livenessProbe", {"httpGet": {}}, 1.0, "t")
        assert (failing and failing.ok, failing and failing.stable_until) == (False, math.inf)
        assert (working and working.ok, working and working.stable_until) == (True, math.inf)

    def test_ids_and_digests_are_the_same_every_time(self) -> None:
        first = self.start(pod(uid="a"))
        self.runtime.remove_pod("a")
        assert self.start(pod(uid="a")).id == first.id
        assert first.image_id.startswith("registry.local/app@sha256:")

    def test_an_exit_reason_from_an_annotation(self) -> None:
        told = {"kubejazz.io/exit-code": "137", "kubejazz.io/exit-reason": "OOMKilled"}
        self.start(pod(uid="a", annotations=told))
        assert (self.ended("a").exit_code, self.ended("a").reason) == (137, "OOMKilled")

    def test_pulling_the_same_image_twice_at_once_takes_the_time_once(self) -> None:
        first = self.runtime.pull_image(pod(), IMAGE, "t")
        self.clock.advance(0.3)
        second = self.runtime.pull_image(pod(), IMAGE, "t")
        assert first is not None
        assert second is not None
        assert second.seconds == pytest.approx(first.seconds - 0.3)
