"""Why a pod has no node, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from scheduler.status import Status


class PluginError(Exception):
    """A plugin answered with an error."""


class NoNodes(Exception):
    """There is no node at all."""

    def __init__(self) -> None:
        super().__init__("no nodes available to schedule pods")


@dataclass(slots=True)
class Diagnosis:
    """Why nodes were turned down."""

    statuses: dict[str, Status] = field(default_factory=dict)
    """By node."""
    absent: Status | None = None
    """Of the nodes that are not in ``statuses``."""
    pre_filter: str = ""
    """PreFilter's message, if the pod fits nowhere at all."""
    plugins: set[str] = field(default_factory=set)
    """Who has rejected the pod."""
    post_filter: str = ""
    """What PostFilter has to say."""

    def turn_down(self, node: str, plugin: str, status: Status) -> None:
        """Raises PluginError for a status that is no rejection."""
        if not status.rejected:
            raise PluginError(f'running "{plugin}" filter plugin: {status.message}')
        self.statuses[node] = status
        self.plugins.add(plugin)

    def status_of(self, node: str) -> Status | None:
        return self.statuses.get(node, self.absent)


class Unfit(Exception):
    """No node can take the pod now. Its text is what users read."""

    def __init__(self, number: int, diagnosis: Diagnosis) -> None:
        """``number`` of nodes in the cluster."""
        self.number = number
        self.diagnosis = diagnosis
        self.nomination: str | None = None
        """The node that is being made room on, "" if an earlier nomination is given up."""

    def __str__(self) -> str:
        return unfit_message(self.number, self.diagnosis)


def unfit_message(number: int, diagnosis: Diagnosis) -> str:
    """``0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. <PostFilter's message>``."""
    parts = [f"0/{number} nodes are available:"]
    if diagnosis.pre_filter:
        parts.append(f"{diagnosis.pre_filter}.")
    elif reasons := _histogram(number, diagnosis):
        parts.append(", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items())) + ".")
    if diagnosis.post_filter:
        parts.append(diagnosis.post_filter)
    return " ".join(parts)


def _histogram(number: int, diagnosis: Diagnosis) -> dict[str, int]:
    reasons: dict[str, int] = {}
    for status in diagnosis.statuses.values():
        for reason in status.reasons:
            reasons[reason] = reasons.get(reason, 0) + 1
    absent = number - len(diagnosis.statuses)
    if absent > 0 and diagnosis.absent is not None:
        for reason in diagnosis.absent.reasons:
            reasons[reason] = reasons.get(reason, 0) + absent
    return reasons
