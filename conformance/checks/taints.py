"""NoExecute taints: who is evicted from a tainted node, when, and who is not. Whatever else runs there goes as well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from conformance.api import Object
from conformance.bodies import pod
from conformance.check import Case, Check, Failed
from conformance.kinds import NODES, PODS
from conformance.waiting import running
from conformance.workloads import name_of

_KEY, _VALUE = "kubernetes.io/e2e-evict-taint-key", "evictTaintVal"
_KUBELET = 60
"""Seconds a kubelet may take to delete a pod."""
_MARGIN = 5


def _tolerating(case: Case, name: str, seconds: int, **spec: object) -> Object:
    toleration = {"key": _KEY, "value": _VALUE, "effect": "NoExecute", "tolerationSeconds": seconds}
    body = pod(name, {"group": case.suffix}, tolerations=[toleration], **spec)
    del body["spec"]["terminationGracePeriodSeconds"]
    return case.create(PODS, body)


def _taints(case: Case, node: str) -> list[Object]:
    return list(case.get(NODES, node)["spec"].get("taints") or ())


@contextmanager
def _tainted(case: Case, node: str) -> Iterator[None]:
    """The taint is on the node, and off again at the end of the block."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    taint = {"key": _KEY, "value": _VALUE, "effect": "NoExecute", "timeAdded": now}

    def without(current: Object) -> list[Object]:
        return [one for one in current["spec"].get("taints") or () if one["key"] != _KEY]

    def add(current: Object) -> None:
        current["spec"]["taints"] = [*without(current), taint]

    def remove(current: Object) -> None:
        current["spec"]["taints"] = without(current)

    with ExitStack() as stack:
        stack.callback(lambda: case.changed(NODES, node, remove))
        case.changed(NODES, node, add)
        found = [(one["key"], one.get("value"), one["effect"]) for one in _taints(case, node)]
        case.true((_KEY, _VALUE, "NoExecute") in found, f"the taint is on the node, found {found}")
        yield
    case.true(all(one["key"] != _KEY for one in _taints(case, node)), "the taint is off the node")


def _scheduled(case: Case, name: str) -> str:
    return str(running(case, name)["spec"]["nodeName"])


def cancelled(case: Case) -> None:
    """The official test waits for 75 s after the taint is gone, this one for the toleration and as long again."""
    tolerated = 2 * _MARGIN
    name = name_of(_tolerating(case, "taint-eviction-4", tolerated))
    node = _scheduled(case, name)
    uid = case.get(PODS, name)["metadata"]["uid"]

    def stays() -> bool:
        meta = case.get(PODS, name)["metadata"]
        return bool(meta["uid"] == uid and not meta.get("deletionTimestamp"))

    with _tainted(case, node):
        case.true(stays(), "the pod is not evicted at once")
    case.steady(stays, "a pod is not evicted when the taint goes before its toleration ends", 2 * tolerated)


def after_their_time(case: Case) -> None:
    """Two pods on one node, tolerating for 5 and for 25 s: both go, and neither before its time."""
    listed = case.api.list(PODS, case.namespace, labelSelector=f"group={case.suffix}")
    first = name_of(_tolerating(case, "taint-eviction-b1", _MARGIN))
    node = _scheduled(case, first)
    host = case.get(NODES, node)["metadata"]["labels"].get("kubernetes.io/hostname")
    case.true(host, "the node has the label kubernetes.io/hostname")
    selector = {"kubernetes.io/hostname": host}
    second = name_of(_tolerating(case, "taint-eviction-b2", 5 * _MARGIN, nodeSelector=selector))
    case.equal(_scheduled(case, second), node, "the node of the second pod")
    with case.api.watch(
        PODS,
        case.namespace,
        timeout=_KUBELET + 10 * _MARGIN,
        labelSelector=f"group={case.suffix}",
        resourceVersion=listed["metadata"]["resourceVersion"],
    ) as events:
        started = time.monotonic()
        with _tainted(case, node):
            told = _deletions(case, events, {first: _MARGIN, second: 5 * _MARGIN}, started)
    case.equal(told, [first, second], "the order of the evictions")


def _deletions(case: Case, events: Iterator[Object], tolerated: dict[str, int], started: float) -> list[str]:
    """The names in the order in which the pods went; none is told to go before its toleration ends."""
    gone: list[str] = []
    for event in events:
        meta = event["object"]["metadata"]
        if meta.get("deletionTimestamp") and meta["name"] not in gone:
            passed = time.monotonic() - started
            case.true(passed >= tolerated[meta["name"]] - 1, f"{meta['name']} was evicted after {passed:.0f} s")
        if event["type"] == "DELETED":
            gone.append(meta["name"])
        if len(gone) == len(tolerated):
            return gone
    raise Failed(f"not all pods were evicted: {sorted(set(tolerated) - set(gone))} were not")


_PREFIX = "[sig-node] NoExecuteTaintManager "
_END = " [Conformance] [Disruptive] [Serial]"
CHECKS = (
    Check(_PREFIX + "Single Pod removing taint cancels eviction" + _END, cancelled, alone=True),
    Check(_PREFIX + "Multiple Pods evicts pods with minTolerationSeconds" + _END, after_their_time, alone=True),
)
