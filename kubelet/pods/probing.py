"""The probes of a running container: which are due, and what their answers are told as."""

from __future__ import annotations

from kubelet.pods.probes import TITLES, Probe
from kubelet.pods.slot import Slot
from kubelet.pods.steps import WARNING, Invoke, Turn


def advance_probes(slot: Slot, turn: Turn) -> None:
    """Ask what is due and take in what has been answered. Until the startup probe succeeds, no other is asked."""
    for probe in slot.probes:
        if probe.token:
            _take_answer(slot, probe, turn)
    started = slot.started
    for probe in slot.probes:
        is_startup = probe.purpose == "startupProbe"
        if probe.token or probe.held or is_startup == started:
            continue
        if turn.now >= probe.next_at:
            probe.token = f"{slot.name}/{probe.purpose}/{slot.attempt}/{turn.now}"
            turn.actions.append(Invoke(slot.spec, probe.purpose, probe.handler(), probe.timeout, probe.token))
        else:
            turn.wake_at(probe.next_at)


def _take_answer(slot: Slot, probe: Probe, turn: Turn) -> None:
    if probe.outcome is None or probe.effect_at is None:
        return
    if turn.now < probe.effect_at:
        turn.wake_at(probe.effect_at)
        return
    message = probe.outcome.message
    if probe.settle(probe.outcome, turn.now):
        turn.event(WARNING, "Unhealthy", f"{TITLES[probe.purpose]} probe failed: {message}", slot.path)
