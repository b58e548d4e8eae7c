"""kubectl set."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kubectl.kubectl import Kubectl, manifest
from tests.kubectl.objects import PAUSE, config_map, deployment, service

covers = pytest.mark.covers


def pod_spec(kubectl: Kubectl) -> dict[str, Any]:
    spec: dict[str, Any] = kubectl.stored("deployments.apps", "web")["spec"]["template"]["spec"]
    return spec


def container(kubectl: Kubectl) -> dict[str, Any]:
    found: dict[str, Any] = pod_spec(kubectl)["containers"][0]
    return found


@covers("set image", "set image --local", "set image --all")
def test_images_are_set(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0))
    assert kubectl("set", "image", "deploy/web", "main=busybox:1").out == "deployment.apps/web image updated\n"
    assert container(kubectl)["image"] == "busybox:1"
    kubectl("set", "image", "deploy", "--all", "*=busybox:2")
    assert container(kubectl)["image"] == "busybox:2"
    text = manifest(deployment("web", 0))
    local = kubectl("set", "image", "-f", "-", "main=busybox:3", "--local", "-o", "yaml", stdin=text).yaml
    assert local["spec"]["template"]["spec"]["containers"][0]["image"] == "busybox:3"
    assert container(kubectl)["image"] == "busybox:2"
    refused = kubectl("set", "image", "deploy/web", "nobody=busybox", code=1)
    assert 'unable to find container named "nobody"' in refused.err


@covers("set env", "set env --list", "set env KEY-", "set env --from", "set env --keys")
def test_the_environment_is_set(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0), config_map("settings", level="high", other="x"))
    assert kubectl("set", "env", "deploy/web", "A=1", "B=2").out == "deployment.apps/web env updated\n"
    assert container(kubectl)["env"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    kubectl("set", "env", "deploy/web", "--from=configmap/settings", "--keys=level", "--prefix=S_")
    reference = {"configMapKeyRef": {"name": "settings", "key": "level"}}
    assert {"name": "S_LEVEL", "valueFrom": reference} in container(kubectl)["env"]
    assert len(container(kubectl)["env"]) == 3
    listed = kubectl("set", "env", "deploy/web", "--list").lines
    assert listed[0] == "# Deployment web, container main" and {"A=1", "B=2"} <= set(listed)
    kubectl("set", "env", "deploy/web", "A-", "S_LEVEL-")
    assert container(kubectl)["env"] == [{"name": "B", "value": "2"}]


@covers("set resources")
def test_resources_are_set(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0))
    done = kubectl("set", "resources", "deploy/web", "-c=main", "--limits=cpu=1,memory=64Mi", "--requests=cpu=100m")
    assert done.out == "deployment.apps/web resource requirements updated\n"
    limits = {"cpu": "1", "memory": "64Mi"}
    assert container(kubectl)["resources"] == {"limits": limits, "requests": {"cpu": "100m"}}
    assert container(kubectl)["image"] == PAUSE


@covers("set selector")
def test_a_selector_is_set(kubectl: Kubectl) -> None:
    kubectl.apply(service("web"))
    assert kubectl("set", "selector", "service", "web", "tier=x").out == "service/web selector updated\n"
    assert kubectl.stored("services", "web")["spec"]["selector"] == {"tier": "x"}


@covers("set serviceaccount")
def test_a_service_account_is_set(kubectl: Kubectl) -> None:
    kubectl.apply(deployment("web", 0))
    assert kubectl("set", "sa", "deploy/web", "robot").out == "deployment.apps/web serviceaccount updated\n"
    assert pod_spec(kubectl)["serviceAccountName"] == pod_spec(kubectl)["serviceAccount"] == "robot"


@covers("set subject")
def test_subjects_are_added(kubectl: Kubectl) -> None:
    kubectl("create", "rolebinding", "who", "--clusterrole=view", "--user=ann")
    subjects = ["--user=ben", "--group=all", "--serviceaccount=other:robot"]
    done = kubectl("set", "subject", "rolebinding", "who", *subjects)
    assert done.out == "rolebinding.rbac.authorization.k8s.io/who subjects updated\n"
    group = {"apiGroup": "rbac.authorization.k8s.io"}
    assert kubectl.stored("rolebindings.rbac.authorization.k8s.io", "who")["subjects"] == [
        {"kind": "User", **group, "name": "ann"},
        {"kind": "User", **group, "name": "ben"},
        {"kind": "Group", **group, "name": "all"},
        {"kind": "ServiceAccount", "name": "robot", "namespace": "other"},
    ]
