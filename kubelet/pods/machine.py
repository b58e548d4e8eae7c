"""The life of one pod as a state machine: fed with the pod, what the runtime shows and the time; answers with actions.

The engine steps it whenever something may have changed and performs what the step asks for; stepping again without
news does nothing. Source: pkg/kubelet/kubelet.go SyncPod/SyncTerminatingPod, kuberuntime computePodActions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from apimachinery.objects import Object
from apimachinery.pods import is_pod_terminal
from kubelet.pods.adopt import adopt_slot
from kubelet.pods.claims import TOKEN, ClaimGate
from kubelet.pods.containers import Kind, containers_of, should_restart
from kubelet.pods.probing import advance_probes
from kubelet.pods.slot import Slot
from kubelet.pods.starting import RETRY, start, watch_start
from kubelet.pods.status import Situation, build_status, rejected_status
from kubelet.pods.statuses import lost, moment, stamp
from kubelet.pods.steps import NORMAL, WARNING, CreateSandbox, RemovePod, Turn
from kubelet.pods.stopping import advance_kill, kill, pod_grace, probe_grace, stop_all
from kubelet.runtimes.runtime import ContainerState, Outcome, Phase, PodState

_DEADLINE = ("DeadlineExceeded", "Pod was active on the node longer than the specified deadline")


class Ending(NamedTuple):
    """Why everything of the pod is being stopped. ``failure``: (reason, message) when it fails the pod as a whole."""

    failure: tuple[str, str] | None = None


class PodMachine:
    """Owned by one thread. ``pod`` may be replaced by a newer version of the same uid at any time."""

    def __init__(self, pod: Object, host_ip: str) -> None:
        self.pod = pod
        self.host_ip = host_ip
        self.status: Object = dict(pod.get("status") or {})
        """The status as it should be in the API, as far as the kubelet owns it."""
        self.ended = is_pod_terminal(pod)
        """Nothing runs or will run again: the status is final, and a deleted pod may go."""
        self._ending: Ending | None = None
        self._sandbox = False
        self._asked_for_sandbox = -math.inf
        self._ips: tuple[str, ...] = ()
        self._slots: list[Slot] = []
        self._by_name: dict[str, Slot] = {}
        statuses = [self.status.get(f) or () for f in _STATUS_FIELDS]
        has_run = any(entry.get("containerID") for group in statuses for entry in group)
        self._claims = ClaimGate(pod, has_run=has_run)
        if not self.ended:
            self._sync_slots()
            for entry in (entry for group in statuses for entry in group):
                if entry["name"] in self._by_name:
                    adopt_slot(self._by_name[entry["name"]], entry)

    def reject(self, reason: str, message: str, now: float) -> Turn:
        """The node does not take the pod: it fails without having run."""
        turn = Turn(self.pod, now, _nothing)
        turn.event(WARNING, reason, message)
        self.ended = True
        self.status = rejected_status(self.pod, reason, message, now)
        return turn

    def outcome(self, token: str, outcome: Outcome, now: float) -> None:
        """A pull or an invocation has been answered; it takes effect ``outcome.seconds`` from now."""
        if token.startswith(TOKEN):
            self._claims.answered(outcome, now)
            return
        slot = self._by_name.get(token.partition("/")[0])
        if slot is None:
            return
        hook = slot.kill.hook if slot.kill is not None else None
        for call in (slot.pull, slot.post_start, hook, *slot.probes):
            if call is not None and call.token == token:
                call.outcome, call.effect_at = outcome, now + outcome.seconds

    def step(self, state: PodState, now: float, has_image: Callable[[str], bool]) -> Turn:
        """Decide what is to be done now. Updates :attr:`status` and :attr:`ended`."""
        turn = Turn(self.pod, now, has_image)
        if self.ended:
            return turn
        if not self.status.get("startTime"):
            self.status = {**self.status, "startTime": stamp(now)}
        self._observe(state, turn)
        if self._ending is None:
            self._look_for_ending(turn)
        if self._ending is None:
            self._run(turn)
        if self._ending is not None and stop_all(self._slots, turn, pod_grace(self.pod)):
            self.ended = True
            turn.actions.append(RemovePod())
        if self.ended or not turn.actions:
            self._write(now)
        if state.next_change is not None:
            turn.wake_at(state.next_change)
        return turn

    def _sync_slots(self) -> None:
        """Take over the container specs of the newest pod; ephemeral containers may have come."""
        for kind, spec in containers_of(self.pod):
            slot = self._by_name.get(spec["name"])
            if slot is None:
                slot = self._by_name[spec["name"]] = Slot(spec["name"], kind, spec)
                self._slots.append(slot)
            else:
                slot.spec = spec

    def _observe(self, state: PodState, turn: Turn) -> None:
        self._sync_slots()
        self._sandbox = state.ready
        self._ips = state.ips or self._ips
        for slot in self._slots:
            seen = state.containers.get(slot.name)
            if seen is None and slot.adopted:
                seen = _lost(slot, turn.now)
            if seen is not None and seen.attempt == slot.attempt:
                slot.adopted = False
                slot.state = seen
                if not watch_start(slot, turn):
                    kill(slot, turn, "FailedPostStartHook", pod_grace(self.pod))

    def _look_for_ending(self, turn: Turn) -> None:
        if self.pod["metadata"].get("deletionTimestamp") or is_pod_terminal(self.pod):
            self._ending = Ending()
            return
        limit = self.pod["spec"].get("activeDeadlineSeconds")
        if limit is None:
            return
        deadline = moment(self.status["startTime"]) + float(limit)
        if turn.now >= deadline:
            turn.event(NORMAL, *_DEADLINE)
            self._ending = Ending(_DEADLINE)
        else:
            turn.wake_at(deadline)

    def _run(self, turn: Turn) -> None:
        if not self._sandbox:
            if self._claims.passed(turn):
                self._ask_for_sandbox(turn)
            return
        self._advance_live(turn)
        mains = [s for s in self._slots if s.kind is Kind.MAIN]
        for slot in self._slots:
            if slot.kind is Kind.EPHEMERAL and not slot.live and not slot.exited:
                start(slot, turn)
        if not self._initialize(turn, initialized=any(s.attempt >= 0 for s in mains)):
            return
        over = 0
        for slot in mains:
            if slot.live:
                continue
            if slot.exited and not self._restarts(slot):
                over += 1
            else:
                start(slot, turn)
        if over == len(mains):
            self._ending = Ending()

    def _ask_for_sandbox(self, turn: Turn) -> None:
        if turn.now >= self._asked_for_sandbox + RETRY:
            self._asked_for_sandbox = turn.now
            turn.actions.append(CreateSandbox())
        turn.wake_at(self._asked_for_sandbox + RETRY)

    def _advance_live(self, turn: Turn) -> None:
        """Probe what runs; stop what failed its probes or is no longer what the spec says."""
        for slot in self._slots:
            if slot.state is None or not slot.state.live:
                continue
            if slot.kill is None and slot.running:
                advance_probes(slot, turn)
                reason = self._reason_to_stop(slot)
                if reason:
                    again = ", will be restarted" if self._restarts_after_kill(slot) else ""
                    kill(slot, turn, f"{reason}{again}", probe_grace(slot, self.pod))
            advance_kill(slot, turn, may_stop=True)

    def _reason_to_stop(self, slot: Slot) -> str:
        title = "Init container" if slot.kind is Kind.SIDECAR else "Container"
        if slot.image != slot.spec["image"] and slot.kind in (Kind.SIDECAR, Kind.MAIN):
            return f"{title} {slot.name} definition changed"
        failed = next((p for p in slot.probes if p.held), None)
        if failed is None:
            return ""
        return f"{title} {slot.name} failed {failed.purpose.removesuffix('Probe')} probe"

    def _initialize(self, turn: Turn, *, initialized: bool) -> bool:
        """Run init containers and sidecars in order; True when the main containers may start (or have)."""
        for slot in self._slots:
            if slot.kind is Kind.SIDECAR:
                if not slot.live:
                    start(slot, turn)
                if not initialized and not slot.started:
                    return False
            elif slot.kind is Kind.INIT and not initialized and not slot.ready:
                if slot.exited and not self._restarts(slot):
                    self._ending = Ending()
                elif not slot.live:
                    start(slot, turn)
                return False
        return True

    def _restarts(self, slot: Slot) -> bool:
        assert slot.state is not None
        policy = self.pod["spec"].get("restartPolicy") or "Always"
        return should_restart(slot.kind, slot.spec, policy, slot.state.exit_code)

    def _restarts_after_kill(self, slot: Slot) -> bool:
        policy = slot.spec.get("restartPolicy") or self.pod["spec"].get("restartPolicy") or "Always"
        return bool(policy != "Never")

    def _write(self, now: float) -> None:
        situation = Situation(
            host_ip=self.host_ip,
            ips=self._ips,
            sandbox=self._sandbox and not self.ended,
            ended=self.ended,
            failure=self._ending.failure if self._ending is not None else None,
        )
        status = build_status(self.pod, self._slots, situation, self.status, now)
        if status != self.status:
            self.status = status


_STATUS_FIELDS = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


def _lost(slot: Slot, now: float) -> ContainerState:
    """A container the status speaks of but the runtime does not know: it must have ended, nobody knows how."""
    over = lost()
    return ContainerState(
        name=slot.name,
        attempt=slot.attempt,
        id="",
        image=slot.image,
        image_id="",
        phase=Phase.EXITED,
        finished_at=now,
        exit_code=over["exitCode"],
        reason=over["reason"],
        message=over["message"],
    )


def _nothing(image: str) -> bool:
    return False
