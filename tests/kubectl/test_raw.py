"""kubectl below its commands: --raw, proxy, timeouts and verbosity."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.kubectl.kubectl import Kubectl
from tests.kubectl.objects import config_map

covers = pytest.mark.covers


def path(kubectl: Kubectl, name: str = "") -> str:
    return f"/api/v1/namespaces/{kubectl.namespace}/configmaps" + (f"/{name}" if name else "")


@covers("get --raw", "create --raw", "replace --raw", "delete --raw")
def test_raw_requests_go_through(kubectl: Kubectl) -> None:
    text = json.dumps(config_map("one", a="1"))
    made = kubectl("create", "--raw", path(kubectl), "-f", "-", stdin=text).json
    assert made == kubectl.stored("configmaps", "one")
    changed = json.dumps(config_map("one", a="2"))
    kubectl("replace", "--raw", path(kubectl, "one"), "-f", "-", stdin=changed)
    assert kubectl.stored("configmaps", "one")["data"] == {"a": "2"}
    assert kubectl("get", "--raw", path(kubectl, "one")).json == kubectl.stored("configmaps", "one")
    assert kubectl("delete", "--raw", path(kubectl, "one")).json["status"] == "Success"
    gone = kubectl("get", "--raw", path(kubectl, "one"), code=1)
    assert gone.err == 'Error from server (NotFound): configmaps "one" not found\n'


@covers("--request-timeout", "-v=6", "-v=8")
def test_requests_are_timed_and_told(kubectl: Kubectl) -> None:
    kubectl.apply(config_map("one"))
    kubectl("get", "cm", "one", "--request-timeout=30s")
    assert kubectl("get", "cm", "one", "--request-timeout=1ns", code=1).out == ""
    assert f"{path(kubectl, 'one')}" in kubectl("get", "cm", "one", "-v=6").err
    told = kubectl("get", "cm", "one", "-v=8").err
    assert "as=Table;v=v1;g=meta.k8s.io" in told and "Audit-Id" in told and "200 OK" in told


@pytest.fixture
def proxied(kubectl: Kubectl) -> Iterator[httpx.Client]:
    proxy = kubectl.start("proxy", "--port=0")
    assert proxy.stdout is not None
    try:
        address = proxy.stdout.readline().removeprefix("Starting to serve on ").strip()
        with httpx.Client(base_url=f"http://{address}", timeout=30) as client:
            yield client
    finally:
        proxy.kill()
        proxy.communicate()


@covers("proxy", "proxy, watching")
def test_a_proxy_passes_requests_and_watches(kubectl: Kubectl, proxied: httpx.Client) -> None:
    answer = proxied.post(path(kubectl), json=config_map("one", a="1"))
    assert answer.status_code == 201 and answer.json() == kubectl.stored("configmaps", "one")
    chosen = {"watch": "true", "fieldSelector": "metadata.name=one"}
    with proxied.stream("GET", path(kubectl), params=chosen) as events:
        lines = events.iter_lines()
        assert json.loads(next(lines))["type"] == "ADDED"
        kubectl("delete", "cm", "one")
        assert json.loads(next(lines))["type"] == "DELETED"
    assert proxied.get(path(kubectl, "one")).status_code == 404
