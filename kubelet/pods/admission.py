"""Whether a node takes a pod that was bound to it.

Source: pkg/kubelet/lifecycle/predicate.go, pkg/scheduler AdmissionCheck (order and wording).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from apimachinery.labels import Operator, Requirement, Selector
from apimachinery.objects import Object
from apimachinery.pods import pod_requests, untolerated_taint
from apimachinery.quantity import Quantity, parse_quantity

_NATIVE = ("cpu", "memory", "ephemeral-storage")
_AFFINITY = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
_NAME = "Predicate NodeName failed: node(s) didn't match the requested node name"
_PORTS = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"
_TAINTS = "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"


class Refusal(NamedTuple):
    reason: str
    message: str


class Ledger:
    """What the admitted pods of one node hold. Amounts are integers: milli-CPUs, else the resource's unit."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, int]] = {}
        self._used: dict[str, int] = {}
        self._ports: dict[str, frozenset[tuple[str, str, int]]] = {}

    def take(self, uid: str, pod: Object) -> None:
        """Count a pod; again (after a resize) with what it asks for now."""
        self.give_back(uid)
        held = self._held[uid] = requests_of(pod)
        for name, amount in held.items():
            self._used[name] = self._used.get(name, 0) + amount
        ports = host_ports(pod)
        if ports:
            self._ports[uid] = ports

    def give_back(self, uid: str) -> None:
        self._ports.pop(uid, None)
        for name, amount in self._held.pop(uid, {}).items():
            self._used[name] -= amount

    def shortage(self, pod: Object, allocatable: Mapping[str, Any]) -> Refusal | None:
        capacity = {name: _amount(name, parse_quantity(value)) for name, value in allocatable.items()}
        if len(self._held) + 1 > capacity.get("pods", 0):
            return _insufficient("pods", 1, len(self._held), capacity.get("pods", 0))
        asked = requests_of(pod)
        for name in sorted(asked, key=_order):
            if name not in capacity and name not in _NATIVE:
                continue
            used, limit = self._used.get(name, 0), capacity.get(name, 0)
            if asked[name] > limit - used and asked[name]:
                return _insufficient(name, asked[name], used, limit)
        return None

    def port_conflict(self, pod: Object) -> bool:
        wanted = host_ports(pod)
        return bool(wanted) and any(_clash(a, b) for taken in self._ports.values() for a in taken for b in wanted)


def admit(pod: Object, node: Object, ledger: Ledger) -> Refusal | None:
    """None when the pod may run. ``node`` needs its labels, taints and allocatable resources."""
    labels = node["metadata"].get("labels") or {}
    name = node["metadata"]["name"]
    wanted_os = (pod["spec"].get("os") or {}).get("name")
    if wanted_os and wanted_os != labels.get("kubernetes.io/os", "linux"):
        return Refusal("PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS")
    short = ledger.shortage(pod, (node.get("status") or {}).get("allocatable") or {})
    if short is not None:
        return short
    if not matches_node(pod["spec"], labels, name):
        return Refusal("NodeAffinity", _AFFINITY)
    if pod["spec"].get("nodeName") != name:
        return Refusal("NodeName", _NAME)
    if ledger.port_conflict(pod):
        return Refusal("NodePorts", _PORTS)
    taints = (node.get("spec") or {}).get("taints") or ()
    if untolerated_taint(taints, pod["spec"].get("tolerations") or (), ("NoExecute",)) is not None:
        return Refusal("TaintToleration", _TAINTS)
    return None


def requests_of(pod: Object) -> dict[str, int]:
    return {name: _amount(name, value) for name, value in pod_requests(pod).items()}


def _amount(name: str, value: Quantity) -> int:
    return value.milli_value() if name == "cpu" else value.value()


def _order(name: str) -> tuple[int, str]:
    return (_NATIVE.index(name) if name in _NATIVE else len(_NATIVE), name)


def _insufficient(name: str, requested: int, used: int, capacity: int) -> Refusal:
    message = f"Node didn't have enough resource: {name}, requested: {requested}, used: {used}, capacity: {capacity}"
    return Refusal(f"OutOf{name}", message)


def host_ports(pod: Object) -> frozenset[tuple[str, str, int]]:
    """(protocol, host address, port) of every host port the pod asks for."""
    spec = pod["spec"]
    sidecars = [c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"]
    return frozenset(
        (port.get("protocol") or "TCP", port.get("hostIP") or "0.0.0.0", int(port["hostPort"]))
        for container in [*(spec.get("containers") or ()), *sidecars]
        for port in container.get("ports") or ()
        if port.get("hostPort")
    )


def _clash(one: tuple[str, str, int], other: tuple[str, str, int]) -> bool:
    wild = "0.0.0.0" in (one[1], other[1])
    return one[0] == other[0] and one[2] == other[2] and (wild or one[1] == other[1])


def matches_node(spec: Mapping[str, Any], labels: Mapping[str, str], name: str) -> bool:
    """The node selector and the required node affinity. Source: component-helpers/scheduling/corev1/nodeaffinity."""
    selector = spec.get("nodeSelector") or {}
    if any(labels.get(key) != value for key, value in selector.items()):
        return False
    affinity = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    if affinity is None:
        return True
    return any(_term(term, labels, name) for term in affinity.get("nodeSelectorTerms") or ())


def _term(term: Mapping[str, Any], labels: Mapping[str, str], name: str) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return _all_match(expressions, labels) and _all_match(fields, {"metadata.name": name})


_OPERATORS = {
    "In": Operator.IN,
    "NotIn": Operator.NOT_IN,
    "Exists": Operator.EXISTS,
    "DoesNotExist": Operator.DOES_NOT_EXIST,
    "Gt": Operator.GREATER_THAN,
    "Lt": Operator.LESS_THAN,
}


def _all_match(expressions: Iterable[Mapping[str, Any]], values: Mapping[str, str]) -> bool:
    requirements = [Requirement(e["key"], _OPERATORS[e["operator"]], tuple(e.get("values") or ())) for e in expressions]
    return Selector(requirements).matches(values)
