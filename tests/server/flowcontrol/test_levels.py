"""Seats out of shares, lending and borrowing; flow schemas and what they match."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from server.authn.user import User
from server.flowcontrol import bootstrap
from server.flowcontrol.levels import Level, assign_seats, may_borrow
from server.flowcontrol.queues import Waiting
from server.flowcontrol.rules import Digest, Schema
from server.requestinfo import parse_request


def level(name: str, shares: int, lendable: int = 0, borrowing: int | None = None, **limited: Any) -> Level:
    made = Level(name)
    limits: Object = {"nominalConcurrencyShares": shares, "lendablePercent": lendable, **limited}
    if borrowing is not None:
        limits["borrowingLimitPercent"] = borrowing
    made.configure({"metadata": {"uid": name}, "spec": {"type": "Limited", "limited": limits}})
    return made


def test_seats_are_shared_out_as_upstream_shares_them() -> None:
    levels = {obj["metadata"]["name"]: Level(obj["metadata"]["name"]) for obj in bootstrap.levels()}
    for obj in bootstrap.levels():
        levels[obj["metadata"]["name"]].configure({**obj, "metadata": {"uid": "u"}})
    assign_seats(levels.values(), 600)
    nominal = {name: one.nominal for name, one in levels.items()}
    assert nominal == {
        "catch-all": 13,
        "exempt": 0,
        "system": 74,
        "node-high": 98,
        "leader-election": 25,
        "workload-high": 98,
        "workload-low": 245,
        "global-default": 49,
    }
    assert (levels["workload-low"].lendable, levels["workload-low"].borrowing) == (220, 600)
    assert levels["exempt"].exempt
    assert not levels["catch-all"].shape.queues


def test_what_others_do_not_use_can_be_borrowed_as_far_as_they_lend() -> None:
    rich, poor = level("rich", 30, lendable=50), level("poor", 10)
    assign_seats([rich, poor], 40)
    poor.executing = poor.nominal
    assert may_borrow(poor, 15, [rich, poor])
    assert not may_borrow(poor, 16, [rich, poor])
    rich.executing = 20
    assert may_borrow(poor, 10, [rich, poor])
    assert not may_borrow(poor, 11, [rich, poor])


def test_nobody_lends_while_somebody_waits_there() -> None:
    rich, poor = level("rich", 30, lendable=50), level("poor", 10)
    assign_seats([rich, poor], 40)
    poor.executing = poor.nominal
    rich.queues.put(Waiting(1, 0.0, (0,), lambda _: None, begun=True))
    assert not may_borrow(poor, 1, [rich, poor])


def test_a_limit_on_borrowing_holds() -> None:
    rich, poor = level("rich", 30, lendable=100), level("poor", 10, borrowing=50)
    assign_seats([rich, poor], 40)
    poor.executing = poor.nominal
    assert may_borrow(poor, 5, [rich, poor])
    assert not may_borrow(poor, 6, [rich, poor])


def test_a_level_that_is_shaped_anew_keeps_its_queues_until_they_are_empty() -> None:
    response: Object = {"type": "Queue", "queuing": {"queues": 8, "handSize": 2, "queueLengthLimit": 5}}
    one = level("one", 1, limitResponse=response)
    before = one.queues
    before.put(Waiting(1, 0.0, (0,), lambda _: None))
    one.reshape(one.shape._replace(queues=4))
    assert one.queues is before


_BUILTIN = sorted(
    (Schema.of({**o, "metadata": {**o["metadata"], "uid": "u"}}) for o in bootstrap.schemas()),
    key=lambda s: s.precedence,
)


@pytest.mark.parametrize(
    ("user", "verb", "path", "schema", "distinguisher"),
    [
        (User("admin", groups=("system:masters",)), "get", "/api/v1/pods", "exempt", ""),
        (User("x", groups=("system:unauthenticated",)), "get", "/healthz", "probes", ""),
        (User("x", groups=("system:authenticated",)), "get", "/readyz/etcd", "probes", ""),
        (User("x", groups=("system:authenticated",)), "get", "/healthzz", "global-default", "x"),
        (
            User("system:kube-scheduler"),
            "update",
            "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler",
            "system-leader-election",
            "system:kube-scheduler",
        ),
        (User("system:kube-scheduler"), "list", "/api/v1/namespaces/a/pods", "kube-scheduler", "a"),
        (
            User("system:node:n", groups=("system:nodes",)),
            "patch",
            "/api/v1/nodes/n/status",
            "system-node-high",
            "system:node:n",
        ),
        (
            User("system:node:n", groups=("system:nodes",)),
            "get",
            "/api/v1/namespaces/a/secrets/s",
            "system-nodes",
            "system:node:n",
        ),
        (
            User("system:serviceaccount:kube-system:c", groups=("system:serviceaccounts",)),
            "list",
            "/api/v1/namespaces/b/pods",
            "kube-system-service-accounts",
            "b",
        ),
        (
            User("system:serviceaccount:kube-systematic:c", groups=("system:serviceaccounts",)),
            "list",
            "/api/v1/pods",
            "service-accounts",
            "system:serviceaccount:kube-systematic:c",
        ),
        (User("jo", groups=("system:authenticated",)), "list", "/api/v1/pods", "global-default", "jo"),
    ],
)
def test_a_request_belongs_to_the_first_schema_that_matches(
    user: User, verb: str, path: str, schema: str, distinguisher: str
) -> None:
    digest = Digest(
        user, verb, parse_request({"list": "GET", "update": "PUT", "patch": "PATCH"}.get(verb, "GET"), path)
    )
    found = next(one for one in _BUILTIN if one.matches(digest))
    assert (found.name, found.distinguisher(digest)) == (schema, distinguisher)


@pytest.mark.parametrize(
    ("rule", "path", "matches"),
    [
        ({"resources": ["pods"]}, "/api/v1/namespaces/a/pods", True),
        ({"resources": ["pods"]}, "/api/v1/namespaces/a/pods/p/status", False),
        ({"resources": ["pods/status"]}, "/api/v1/namespaces/a/pods/p/status", True),
        ({"apiGroups": ["apps"]}, "/api/v1/namespaces/a/pods", False),
        ({"namespaces": ["b"]}, "/api/v1/namespaces/a/pods", False),
        ({"namespaces": ["*"], "clusterScope": False}, "/api/v1/pods", False),
        ({"clusterScope": True}, "/api/v1/pods", True),
        ({"verbs": ["create"]}, "/api/v1/namespaces/a/pods", False),
    ],
)
def test_a_resource_rule_matches_what_it_names(rule: Object, path: str, matches: bool) -> None:
    every: Object = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": True}
    rules = [{"subjects": [{"kind": "User", "user": {"name": "*"}}], "resourceRules": [{**every, **rule}]}]
    schema = Schema("s", "u", "l", 1, "", rules)
    assert schema.matches(Digest(User("jo"), "get", parse_request("GET", path))) is matches
