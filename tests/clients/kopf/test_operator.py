from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubejazz.testing import Kubejazz
from tests.clients.conftest import Start
from tests.kubectl.api import Api
from tests.kubectl.kubectl import eventually

MANAGED = {"operated": "yes"}


def test_an_operator_handles_retries_ticks_and_lets_go(
    start_driver: Start, conclude: Callable[..., Any], kubejazz_cluster: Kubejazz, api: Api, namespace: str
) -> None:
    driver = start_driver("kopf/operator_.py", kubejazz_cluster, namespace)
    driver.wait_for("ready")
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    api.create(maps, {"metadata": {"name": "one", "labels": MANAGED}, "data": {"wanted": "1"}})

    def data() -> dict[str, str]:
        return api.find("configmaps", "one", namespace)["data"]

    eventually(data, lambda it: it.get("state") == "created" and it.get("ticks") == "3")
    stored = api.find("configmaps", "one", namespace)
    assert stored["metadata"]["finalizers"] == ["example.com/operator"]
    assert any(key.startswith("kopf.zalando.org/") for key in stored["metadata"]["annotations"])
    kubejazz_cluster.kubectl("-n", namespace, "patch", "cm/one", "--type=merge", "-p", '{"data": {"wanted": "2"}}')
    eventually(data, lambda it: it.get("granted") == "2")
    pods = f"/api/v1/namespaces/{namespace}/pods"
    gate = [{"name": "example.com/wait"}]
    spec = {"containers": [{"name": "c", "image": "nginx"}], "schedulingGates": gate}
    api.create(pods, {"metadata": {"name": "gated", "labels": MANAGED}, "spec": spec})
    eventually(
        lambda: api.find("pods", "gated", namespace)["status"].get("message"), lambda it: it == "seen by the operator"
    )
    assert api.request("DELETE", f"{maps}/one").json()["metadata"]["deletionTimestamp"]
    eventually(lambda: api.find("configmaps", "one", namespace), lambda it: it is None)
    events = f"/api/v1/namespaces/{namespace}/events?fieldSelector=reason%3DGranted"
    eventually(lambda: api.request("GET", events).json()["items"], lambda items: len(items) == 1)
    api.create(maps, {"metadata": {"name": "stop", "labels": {"operated": "stop"}}})
    saw = conclude("kopf", driver)
    assert saw["operator"] == ["created one in try 2", "wanted 1 2", "deleted one"]
