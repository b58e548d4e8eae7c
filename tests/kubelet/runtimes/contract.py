"""What every container runtime must do; each runtime's tests derive from :class:`RuntimeContract`.

A runtime says how to wait (``until``), for a simulation jumps where a real one polls.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from apimachinery.objects import Object
from kubelet.runtimes.runtime import ContainerState, Outcome, Phase, Runtime
from tests.kubelet.builders import container, pod

IMAGE = "registry.local/app:1"


class RuntimeContract(ABC):
    """``self.runtime`` must be fresh and started for every test."""

    runtime: Runtime

    @abstractmethod
    def until(self, holds: Callable[[], bool]) -> None:
        """Let time pass until the condition holds; fails after what would be a minute."""

    @abstractmethod
    def outcome(self, token: str, now: Outcome | None) -> Outcome:
        """The outcome of a call: the one it answered with, or the one that is reported later for ``token``."""

    def state(self, uid: str, name: str = "main") -> ContainerState:
        return self.runtime.observe(uid).containers[name]

    def start(self, subject: Object, attempt: int = 0) -> ContainerState:
        """Sandbox, image and the first container, up to running or ended."""
        uid = subject["metadata"]["uid"]
        self.runtime.create_sandbox(subject)
        self.until(lambda: self.runtime.observe(uid).ready)
        if not self.runtime.has_image(IMAGE):
            self.outcome("pull", self.runtime.pull_image(subject, IMAGE, "pull"))
            self.until(lambda: self.runtime.has_image(IMAGE))
        self.runtime.start_container(subject, subject["spec"]["containers"][0], attempt)
        self.until(lambda: self.state(uid).attempt == attempt and self.state(uid).phase is not Phase.CREATED)
        return self.state(uid)

    def ended(self, uid: str) -> ContainerState:
        self.until(lambda: self.state(uid).phase is Phase.EXITED)
        return self.state(uid)

    def test_an_unknown_pod_is_not_ready_and_empty(self) -> None:
        state = self.runtime.observe("nobody")
        assert (state.ready, state.ips, dict(state.containers)) == (False, (), {})

    def test_a_sandbox_has_an_address_of_its_own(self) -> None:
        for uid in ("a", "b"):
            self.runtime.create_sandbox(pod(uid=uid, name=uid))
        self.until(lambda: self.runtime.observe("a").ready and self.runtime.observe("b").ready)
        assert self.runtime.observe("a").ips
        assert self.runtime.observe("a").ips != self.runtime.observe("b").ips

    def test_asking_again_for_a_sandbox_changes_nothing(self) -> None:
        self.start(pod(uid="a"))
        before = self.runtime.observe("a").ips
        self.runtime.create_sandbox(pod(uid="a"))
        assert self.runtime.observe("a").ips == before

    def test_an_image_is_there_after_it_was_pulled(self) -> None:
        assert not self.runtime.has_image(IMAGE)
        outcome = self.outcome("t", self.runtime.pull_image(pod(), IMAGE, "t"))
        assert outcome.ok
        self.until(lambda: self.runtime.has_image(IMAGE))

    def test_a_present_image_can_be_pulled_again(self) -> None:
        self.start(pod(uid="a"))
        assert self.outcome("t", self.runtime.pull_image(pod(), IMAGE, "t")).ok

    def test_a_started_container_runs(self) -> None:
        state = self.start(pod(uid="a"))
        assert state.phase is Phase.RUNNING
        assert state.live
        assert state.started_at > 0
        assert state.id.startswith(f"{self.runtime.name}://")
        assert (state.name, state.attempt) == ("main", 0)

    def test_the_same_attempt_is_started_only_once(self) -> None:
        subject = pod(uid="a")
        first = self.start(subject)
        self.runtime.start_container(subject, subject["spec"]["containers"][0], 0)
        assert self.state("a") == first

    def test_an_exit_code_is_reported(self) -> None:
        self.start(pod(container(script="exit 3"), uid="a"))
        state = self.ended("a")
        assert state.exit_code == 3
        assert not state.live
        assert state.finished_at >= state.started_at > 0

    def test_a_next_attempt_has_an_id_of_its_own(self) -> None:
        subject = pod(container(script="exit 1"), uid="a")
        self.start(subject)
        first = self.ended("a")
        self.start(subject, attempt=1)
        second = self.ended("a")
        assert second.attempt == 1
        assert second.id != first.id

    def test_a_stopped_container_ends(self) -> None:
        self.start(pod(container(script="sleep 1000"), uid="a"))
        self.runtime.stop_container("a", "main", 10.0)
        assert self.ended("a").exit_code != 0

    def test_stopping_may_be_asked_for_twice(self) -> None:
        self.start(pod(container(script="sleep 1000"), uid="a"))
        self.runtime.stop_container("a", "main", 30.0)
        self.runtime.stop_container("a", "main", 0.0)
        self.ended("a")
        self.runtime.stop_container("a", "main", 0.0)
        assert self.state("a").phase is Phase.EXITED

    def test_stopping_what_is_unknown_is_ignored(self) -> None:
        self.runtime.stop_container("nobody", "main", 0.0)
        self.start(pod(uid="a"))
        self.runtime.stop_container("a", "other", 0.0)
        assert self.state("a").phase is Phase.RUNNING

    def test_a_command_can_be_run_in_a_container(self) -> None:
        subject = pod(uid="a")
        self.start(subject)
        for command, ok in (("true", True), ("false", False)):
            handler = {"exec": {"command": [command]}}
            spec = subject["spec"]["containers"][0]
            answer = self.runtime.invoke(subject, spec, "livenessProbe", handler, 10.0, command)
            assert self.outcome(command, answer).ok is ok

    def test_a_command_that_takes_too_long_fails(self) -> None:
        subject = pod(uid="a")
        self.start(subject)
        handler = {"exec": {"command": ["sleep", "30"]}}
        answer = self.runtime.invoke(subject, subject["spec"]["containers"][0], "readinessProbe", handler, 1.0, "t")
        outcome = self.outcome("t", answer)
        assert not outcome.ok
        assert "timed out" in outcome.message

    def test_a_command_in_an_unknown_container_fails(self) -> None:
        handler = {"exec": {"command": ["true"]}}
        answer = self.runtime.invoke(pod(uid="nobody"), container(), "livenessProbe", handler, 1.0, "t")
        assert not self.outcome("t", answer).ok

    def test_a_removed_pod_is_forgotten(self) -> None:
        self.start(pod(uid="a"))
        self.runtime.remove_pod("a")
        self.until(lambda: not self.runtime.observe("a").ready)
        assert dict(self.runtime.observe("a").containers) == {}

    def test_a_pod_may_be_removed_twice_or_without_having_been_there(self) -> None:
        self.start(pod(uid="a"))
        for uid in ("a", "a", "nobody"):
            self.runtime.remove_pod(uid)
        self.until(lambda: not self.runtime.observe("a").ready)

    def test_observing_is_without_effect(self) -> None:
        self.start(pod(uid="a"))
        assert self.runtime.observe("a") == self.runtime.observe("a")
