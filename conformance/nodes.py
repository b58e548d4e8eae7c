"""Nodes that a pod without tolerations may run on."""

from __future__ import annotations

from conformance.api import Object
from conformance.check import Case, Failed
from conformance.kinds import NODES
from conformance.waiting import is_ready


def usable_nodes(case: Case) -> list[Object]:
    """Ready, schedulable, without a taint that keeps pods away."""
    return [
        one
        for one in case.api.items(NODES)
        if is_ready(one)
        and not one["spec"].get("unschedulable")
        and not any(taint["effect"] != "PreferNoSchedule" for taint in one["spec"].get("taints") or ())
    ]


def usable_node(case: Case) -> Object:
    for one in usable_nodes(case):
        return one
    raise Failed("there is no ready node without taints")
