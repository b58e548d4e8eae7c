from __future__ import annotations

import pytest

from kubelet.pods.containers import Kind, containers_of, default_pull_policy, should_restart
from tests.kubelet.builders import container, pod

_ON_3 = {"restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [3]}}]}
_NOT_ON_3 = {"restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "NotIn", "values": [3]}}]}


def test_containers_come_in_starting_order() -> None:
    sidecar = container("proxy", restartPolicy="Always")
    found = containers_of(pod(container("a"), init=[container("i"), sidecar], ephemeralContainers=[container("debug")]))
    assert [(kind, spec["name"]) for kind, spec in found] == [
        (Kind.INIT, "i"),
        (Kind.SIDECAR, "proxy"),
        (Kind.MAIN, "a"),
        (Kind.EPHEMERAL, "debug"),
    ]


@pytest.mark.parametrize(
    ("kind", "fields", "policy", "code", "expected"),
    [
        (Kind.MAIN, {}, "Always", 0, True),
        (Kind.MAIN, {}, "Always", 1, True),
        (Kind.MAIN, {}, "OnFailure", 0, False),
        (Kind.MAIN, {}, "OnFailure", 1, True),
        (Kind.MAIN, {}, "Never", 1, False),
        (Kind.INIT, {}, "Always", 0, False),
        (Kind.INIT, {}, "Always", 1, True),
        (Kind.INIT, {}, "Never", 1, False),
        (Kind.SIDECAR, {"restartPolicy": "Always"}, "Never", 0, True),
        (Kind.EPHEMERAL, {}, "Always", 1, False),
        (Kind.MAIN, {"restartPolicy": "Never"}, "Always", 1, False),
        (Kind.MAIN, {"restartPolicy": "Never", **_ON_3}, "Never", 3, True),
        (Kind.MAIN, {"restartPolicy": "Never", **_ON_3}, "Never", 4, False),
        (Kind.MAIN, {"restartPolicy": "Never", **_NOT_ON_3}, "Never", 4, True),
        (Kind.MAIN, {"restartPolicy": "Never", **_NOT_ON_3}, "Never", 3, False),
    ],
)
def test_restart_policy(kind: Kind, fields: dict[str, object], policy: str, code: int, expected: bool) -> None:
    assert should_restart(kind, fields, policy, code) is expected


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1", "IfNotPresent"),
        ("localhost:5000/nginx", "Always"),
        ("localhost:5000/nginx:1", "IfNotPresent"),
        ("nginx@sha256:" + "0" * 64, "IfNotPresent"),
    ],
)
def test_an_absent_pull_policy_follows_the_tag(image: str, policy: str) -> None:
    assert default_pull_policy(image) == policy
