"""The priority levels and flow schemas every cluster has: mandatory ones, which nobody can change for long, and
suggested ones, which are the administrator's once their annotation says so.

Source: k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap/default.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from apimachinery.objects import Object

GROUP = "flowcontrol.apiserver.k8s.io"
AUTO_UPDATE = "apf.kubernetes.io/autoupdate-spec"
MANDATORY = frozenset({"exempt", "catch-all"})
"""Names, of levels as of schemas."""

_ALL = ["*"]
_EVERYBODY = ("system:unauthenticated", "system:authenticated")


class _Level(NamedTuple):
    name: str
    shares: int
    lendable: int
    queues: int
    hand: int


_LEVELS = (
    _Level("system", 30, 33, 64, 6),
    _Level("node-high", 40, 25, 64, 6),
    _Level("leader-election", 10, 0, 16, 4),
    _Level("workload-high", 40, 50, 128, 6),
    _Level("workload-low", 100, 90, 128, 6),
    _Level("global-default", 20, 50, 128, 6),
)
_QUEUE_LENGTH = 50


def levels() -> list[Object]:
    """Complete PriorityLevelConfigurations; new ones at each call."""
    exempt = {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}}
    limited = {"nominalConcurrencyShares": 5, "limitResponse": {"type": "Reject"}, "lendablePercent": 0}
    return [
        _object("PriorityLevelConfiguration", "catch-all", {"type": "Limited", "limited": limited}),
        _object("PriorityLevelConfiguration", "exempt", exempt),
        *(_object("PriorityLevelConfiguration", level.name, _limited(level)) for level in _LEVELS),
    ]


def _limited(level: _Level) -> Object:
    queuing = {"queues": level.queues, "handSize": level.hand, "queueLengthLimit": _QUEUE_LENGTH}
    return {
        "type": "Limited",
        "limited": {
            "nominalConcurrencyShares": level.shares,
            "limitResponse": {"type": "Queue", "queuing": queuing},
            "lendablePercent": level.lendable,
        },
    }


def schemas() -> list[Object]:
    """Complete FlowSchemas; new ones at each call."""
    nodes = _groups("system:nodes")
    accounts = _groups("system:serviceaccounts")
    manager, scheduler = _user("system:kube-controller-manager"), _user("system:kube-scheduler")
    leases = _on(("get", "create", "update"), "coordination.k8s.io", ("leases",), cluster=False)
    own = _on(("*",), "", ("nodes", "nodes/status"))
    node_leases = _on(("*",), "coordination.k8s.io", ("leases",), cluster=False)
    probes = [{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]}]
    electing = [manager, scheduler, _SYSTEM_ACCOUNTS]
    return [
        _schema("exempt", "exempt", 1, "", _everything(_groups("system:masters"))),
        _schema("probes", "exempt", 2, "", {"subjects": _groups(*_EVERYBODY), "nonResourceRules": probes}),
        _schema("system-leader-election", "leader-election", 100, "ByUser", _rule(electing, leases)),
        _schema("system-node-high", "node-high", 400, "ByUser", _rule(nodes, own, node_leases)),
        _schema("system-nodes", "system", 500, "ByUser", _everything(nodes)),
        _schema("kube-controller-manager", "workload-high", 800, "ByNamespace", _everything([manager])),
        _schema("kube-scheduler", "workload-high", 800, "ByNamespace", _everything([scheduler])),
        _schema("kube-system-service-accounts", "workload-high", 900, "ByNamespace", _everything([_SYSTEM_ACCOUNTS])),
        _schema("service-accounts", "workload-low", 9000, "ByUser", _everything(accounts)),
        _schema("global-default", "global-default", 9900, "ByUser", _everything(_groups(*_EVERYBODY))),
        _schema("catch-all", "catch-all", 10000, "ByUser", _everything(_groups(*_EVERYBODY))),
    ]


_SYSTEM_ACCOUNTS: Object = {"kind": "ServiceAccount", "serviceAccount": {"namespace": "kube-system", "name": "*"}}


def _groups(*names: str) -> list[Object]:
    return [{"kind": "Group", "group": {"name": name}} for name in names]


def _user(name: str) -> Object:
    return {"kind": "User", "user": {"name": name}}


def _on(verbs: Sequence[str], group: str, resources: Sequence[str], *, cluster: bool = True) -> Object:
    rule: Object = {"verbs": list(verbs), "apiGroups": [group], "resources": list(resources)}
    return {**rule, **({"clusterScope": True} if cluster else {}), "namespaces": _ALL}


def _rule(subjects: list[Object], *rules: Object) -> Object:
    return {"subjects": subjects, "resourceRules": list(rules)}


def _everything(subjects: list[Object]) -> Object:
    resources = {"verbs": _ALL, "apiGroups": _ALL, "resources": _ALL, "clusterScope": True, "namespaces": _ALL}
    return {
        "subjects": subjects,
        "resourceRules": [resources],
        "nonResourceRules": [{"verbs": _ALL, "nonResourceURLs": _ALL}],
    }


def _schema(name: str, level: str, precedence: int, by: str, rule: Object) -> Object:
    spec: Object = {"priorityLevelConfiguration": {"name": level}, "matchingPrecedence": precedence}
    if by:
        spec["distinguisherMethod"] = {"type": by}
    return _object("FlowSchema", name, {**spec, "rules": [rule]})


def _object(kind: str, name: str, spec: Object) -> Object:
    metadata = {"name": name, "annotations": {AUTO_UPDATE: "true"}}
    return {"kind": kind, "apiVersion": f"{GROUP}/v1", "metadata": metadata, "spec": spec}
