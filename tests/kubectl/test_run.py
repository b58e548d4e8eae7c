"""kubectl run and expose."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kubectl.kubectl import Kubectl
from tests.kubectl.objects import PAUSE, deployment, pod, replica_set, service

covers = pytest.mark.covers

RUN = ("run", "one", f"--image={PAUSE}")


@covers("run", "run --labels", "run --annotations", "run --env", "run --port", "run --restart", "run --command")
def test_run_makes_a_pod_of_its_flags(kubectl: Kubectl) -> None:
    flags = ["--labels=tier=x", "--annotations=note=y", "--env=A=1", "--port=80", "--restart=Never"]
    flags += ["--image-pull-policy=Never", "--command"]
    assert kubectl(*RUN, *flags, "--", "sleep", "3").out == "pod/one created\n"
    stored = kubectl.stored("pods", "one")
    assert stored["metadata"]["labels"] == {"tier": "x"}
    assert stored["metadata"]["annotations"]["note"] == "y"
    assert stored["spec"]["restartPolicy"] == "Never"
    container = stored["spec"]["containers"][0]
    assert (container["command"], container["imagePullPolicy"]) == (["sleep", "3"], "Never")
    assert container["env"] == [{"name": "A", "value": "1"}]
    assert container["ports"] == [{"containerPort": 80, "protocol": "TCP"}]


@covers("run --dry-run=client", "run --dry-run=server", "run -- ARGS")
def test_a_dry_run_makes_nothing(kubectl: Kubectl) -> None:
    here = kubectl(*RUN, "--dry-run=client", "-o", "json", "--", "a", "b").json
    assert here["spec"]["containers"][0]["args"] == ["a", "b"] and "uid" not in here["metadata"]
    there = kubectl(*RUN, "--dry-run=server", "-o", "json").json
    assert there["spec"]["schedulerName"] == "default-scheduler" and there["metadata"]["uid"]
    assert kubectl.find("pods", "one") is None


@covers("run --expose")
def test_run_can_expose_its_pod(kubectl: Kubectl) -> None:
    assert kubectl(*RUN, "--port=80", "--expose").lines == ["service/one created", "pod/one created"]
    assert kubectl.stored("services", "one")["spec"]["selector"] == {"run": "one"}
    assert kubectl.stored("pods", "one")["metadata"]["labels"] == {"run": "one"}


@covers("run --overrides", "run --override-type")
@pytest.mark.parametrize(
    ("kind", "overrides"),
    [
        ("merge", '{"spec":{"priority":0,"hostname":"h"}}'),
        ("strategic", '{"spec":{"hostname":"h","containers":[{"name":"one","stdin":true}]}}'),
        ("json", '[{"op":"add","path":"/spec/hostname","value":"h"}]'),
    ],
)
def test_run_takes_overrides(kubectl: Kubectl, kind: str, overrides: str) -> None:
    kubectl(*RUN, f"--override-type={kind}", f"--overrides={overrides}")
    spec = kubectl.stored("pods", "one")["spec"]
    assert spec["hostname"] == "h" and spec["containers"][0]["image"] == PAUSE
    assert ("stdin" in spec["containers"][0]) == (kind == "strategic")


@covers("expose pod", "expose deployment", "expose service", "expose replicaset")
@pytest.mark.parametrize(
    "made",
    [pod("web", nodeName="nowhere"), deployment("web", 0), service("web"), replica_set("web", 0)],
    ids=["pod", "deployment", "service", "replicaset"],
)
def test_a_service_selects_what_is_exposed(kubectl: Kubectl, made: dict[str, Any]) -> None:
    kubectl.apply(made)
    flags = ["--name=out", "--port=80", "--target-port=8080", "--type=NodePort", "--session-affinity=ClientIP"]
    assert kubectl("expose", made["kind"].lower(), "web", *flags).out == "service/out exposed\n"
    spec = kubectl.stored("services", "out")["spec"]
    assert spec["selector"] == {"app": "web"}
    assert (spec["type"], spec["sessionAffinity"]) == ("NodePort", "ClientIP")
    port = spec["ports"][0]
    assert (port["port"], port["targetPort"], port["protocol"]) == (80, 8080, "TCP")
    assert 30000 <= port["nodePort"] <= 32767


@covers("expose, refused")
def test_exposing_needs_a_port(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0))
    refused = kubectl("expose", "deploy", "web", code=1)
    assert "couldn't find port via --port flag or introspection" in refused.err
    assert kubectl.find("services", "web") is None
