"""Paths within volumes that cannot be mounted keep a container from being created."""

from __future__ import annotations

from typing import Any

import pytest

from apimachinery.objects import Object
from kubelet.pods.mounts import environment, mount_error
from tests.kubelet.builders import Life, container, pod

_ANNOTATION = {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['mysubpath']"}}}


def _mounting(expression: str, *env: Object, **fields: Any) -> Object:
    mount = {"name": "work", "mountPath": "/work", "subPathExpr": expression}
    return container(env=list(env), volumeMounts=[mount], **fields)


def _plain(value: str) -> Object:
    return {"name": "A", "value": value}


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (_mounting("$(A)", _plain("there")), ""),
        (_mounting("$(A)", _plain("..")), "unable to provision SubPath `..`: must not contain '..'"),
        (_mounting("x/$(A)", _plain("../y")), "unable to provision SubPath `x/../y`: must not contain '..'"),
        (_mounting("$(A)", _plain("/tmp")), "error SubPath `/tmp` must not be an absolute path"),
        (_mounting("$(A)/$(B)", _plain("")), "missing value for A, B"),
        (_mounting("$$(A)"), ""),
        (_mounting("$(A)", _ANNOTATION), "missing value for A"),
        (_mounting("$(B)", envFrom=[{"configMapRef": {"name": "others"}}]), ""),
        (_mounting("$(B)", {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}), ""),
        (container(volumeMounts=[{"name": "work", "mountPath": "/work", "subPath": "a/../b"}]), "unable to provision"),
    ],
)
def test_what_is_wrong_with_a_path(made: Object, problem: str) -> None:
    found = mount_error(pod(made), made)
    assert found.startswith(problem) if problem else found == ""


def test_variables_are_made_of_earlier_ones_and_of_the_pods_fields() -> None:
    fields = {"N": "metadata.name", "L": "metadata.labels", "IP": "status.podIP"}
    env = [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields.items()]
    env += [{"name": "V", "value": "$(N)/$(M)"}]
    made = container(env=env)
    found = environment(pod(made, name="web", meta={"labels": {"b": "2", "a": "1"}}), made)
    assert found == {"N": "web", "L": 'a="1"\nb="2"', "IP": None, "V": "web/$(M)"}


def test_the_container_waits_until_its_path_is_right() -> None:
    life = Life(pod(_mounting("$(A)", _ANNOTATION), annotations={})).run(25)
    waiting = life.first["state"]["waiting"]
    assert waiting == {"reason": "CreateContainerConfigError", "message": "missing value for A"}
    assert [event.message for event in life.events if event.reason == "Failed"] == ["Error: missing value for A"]
    assert life.phases == ["Pending"]
    life.pod["metadata"]["annotations"]["mysubpath"] = "there"
    life.run(11)
    assert "running" in life.first["state"]
