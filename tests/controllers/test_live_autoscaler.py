"""An autoscaler's whole story with real parts: load by annotations, measured on hollow nodes, served through the
aggregation layer. Only the autoscaler's own clock is the test's, who says when it looks.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from client.account import account_configuration
from client.api import Client
from client.informer import InformerSet
from client.recorder import EventRecorder
from controllers.accounts import Clients
from controllers.controller import Context, Controller
from controllers.horizontal_pod_autoscaler.controller import NAME, build_horizontal_pod_autoscaler
from kubejazz.pytest_plugin import StartKubejazz
from kubejazz.testing import Kubejazz
from kubelet.app import run as run_kubelet
from kubelet.config import KubeletConfig
from kubelet.identity.clients import SharedClient
from metricsserver.app import MetricsConfig
from metricsserver.app import run as run_metrics_server
from tests.controllers.live import ShiftedClock, controllers, eventually

PERIOD = 0.3
"""Seconds between two looks of the metrics server."""
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "nodeName": "node-1",
                "terminationGracePeriodSeconds": 0,
                "containers": [{"name": "main", "image": "app", "resources": {"requests": {"cpu": "100m"}}}],
            },
        },
    },
}


@contextmanager
def running(play: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=play, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def metered(server: Kubejazz, client: Client) -> Callable[[threading.Event], None]:
    configuration: Any = account_configuration(client, str(server.kubeconfig), "kube-system", "metrics-server")

    def play(stop: threading.Event) -> None:
        def account() -> Client:
            return Client(configuration, user_agent="metrics-server")

        run_metrics_server(client, account, lambda: "", stop, MetricsConfig(period=PERIOD))

    return play


def close_all(recorders: list[EventRecorder]) -> None:
    for recorder in recorders:
        recorder.close(1)


class Looking:
    """The autoscaler's controller with its own account, whose passes the test makes."""

    def __init__(self, server: Kubejazz, ends: ExitStack) -> None:
        clients = Clients(str(server.kubeconfig_of("controller-manager")), version="test")
        ends.callback(clients.close)
        client = clients.client_for(NAME)
        ends.callback(client.close)
        self._clock = ShiftedClock()
        self._clock.shift(600)  # the pods have been there for long
        informers = InformerSet(client)
        stop = threading.Event()
        ends.callback(stop.set)
        executor = ends.enter_context(ThreadPoolExecutor(1))
        recorders: list[EventRecorder] = []

        def recorder(own: Client, component: str) -> EventRecorder:
            recorders.append(EventRecorder(own, component))
            return recorders[-1]

        context = Context(client, informers, self._clock, stop, executor, recorder)
        self._controller: Controller = build_horizontal_pod_autoscaler(context)
        ends.callback(lambda: close_all(recorders))
        informers.start(stop)
        eventually(context.synced)

    def look(self) -> None:
        self._clock.shift(15)
        self._controller.loops[0].sync("default/web")


def test_replicas_follow_the_load(start_kubejazz: StartKubejazz) -> None:
    server = start_kubejazz()
    kubectl = server.kubectl
    client = Client.from_kubeconfig(str(server.kubeconfig), user_agent="test/1")
    with ExitStack() as ends:
        ends.callback(client.close)
        ends.enter_context(controllers(server, {"deployment-controller", "replicaset-controller"}))
        config = KubeletConfig(nodes=("node-1",))
        ends.enter_context(running(lambda stop: run_kubelet(SharedClient(client), stop, config)))
        ends.enter_context(running(metered(server, client)))
        kubectl("apply", "-f", "-", stdin=json.dumps(DEPLOYMENT))
        kubectl("autoscale", "deployment", "web", "--min=1", "--max=5", "--cpu-percent=50")
        window = {"stabilizationWindowSeconds": 0, "policies": [{"type": "Percent", "value": 100, "periodSeconds": 1}]}
        behavior = json.dumps({"spec": {"behavior": {"scaleDown": window}}})
        kubectl("patch", "hpa", "web", "--type=merge", "-p", behavior)
        looking = Looking(server, ends)

        def used() -> list[str]:
            lines = kubectl("top", "pods", "--no-headers", check=False).splitlines()
            return [line.split()[1] for line in lines]

        def replicas() -> tuple[int, int]:
            spec, status = (
                json.loads(kubectl("get", "deployment", "web", "-o", "json"))[part] for part in ("spec", "status")
            )
            return spec["replicas"], status.get("readyReplicas", 0)

        eventually(used, lambda found: found == ["10m", "10m"])
        kubectl("annotate", "pods", "-l", "app=web", "kubejazz.io/cpu-usage=100m")
        eventually(used, lambda found: found == ["100m", "100m"])
        looking.look()
        eventually(replicas, lambda found: found == (4, 4))
        assert "cpu: 100%/50%" in kubectl("get", "hpa", "web").replace("<unknown>", "?")
        kubectl("annotate", "pods", "-l", "app=web", "kubejazz.io/cpu-usage=5m", "--overwrite")
        eventually(used, lambda found: found == ["5m"] * 4)
        looking.look()
        eventually(replicas, lambda found: found == (1, 1))
        described = kubectl("describe", "hpa", "web")
        assert "New size: 4; reason: cpu resource utilization (percentage of request) above target" in described
        assert "New size: 1; reason: All metrics below target" in described
        assert "ScalingActive   True    ValidMetricFound" in described
    assert "v1beta1.metrics.k8s.io" not in kubectl("get", "apiservices")
