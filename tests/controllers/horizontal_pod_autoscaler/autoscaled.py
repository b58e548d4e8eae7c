"""A world with a deployment of pods, its scale, and metrics APIs that answer what a test puts there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apimachinery.gvk import GroupVersionResource
from apimachinery.labels import parse_selector
from apimachinery.objects import Object
from apimachinery.status import NotFound
from apimachinery.timefmt import format_time
from client.discovery import APIResource
from client.resources import DEPLOYMENTS, HORIZONTALPODAUTOSCALERS, PODS, REPLICASETS
from controllers.controller import Controller
from controllers.horizontal_pod_autoscaler.controller import build_horizontal_pod_autoscaler
from controllers.horizontal_pod_autoscaler.metrics import POD_METRICS
from controllers.horizontal_pod_autoscaler.settings import DEFAULTS, AutoscalerSettings
from controllers.settings import Settings
from tests.controllers.objects import deployment
from tests.controllers.world import MemoryAPI, World

KEY = "default/web"


class MeteredAPI(MemoryAPI):
    """``metrics``: answers by path; ``usage``: CPU of each container of pods, in milli-units, by name."""

    def __init__(self, clock: Any) -> None:
        super().__init__(clock)
        self.metrics: dict[str, Object] = {}
        self.usage: dict[str, Sequence[int]] = {}
        self.selector = "app=web"
        self.served = DEPLOYMENTS

    def get(self, gvr: GroupVersionResource, namespace: str, name: str, *, subresource: str = "") -> Object:
        found = super().get(gvr, namespace, name)
        return self._scale(found) if subresource == "scale" else found

    def update(
        self, gvr: GroupVersionResource, namespace: str, name: str, obj: Object, *, subresource: str = ""
    ) -> Object:
        if subresource != "scale":
            return super().update(gvr, namespace, name, obj, subresource=subresource)
        target = self._find(gvr, namespace, name)
        changed = {**target, "spec": {**target["spec"], "replicas": obj["spec"]["replicas"]}}
        changed["metadata"] = {
            **target["metadata"],
            "resourceVersion": obj["metadata"]["resourceVersion"],
        }
        return super().update(gvr, namespace, name, changed)

    def list(self, gvr: GroupVersionResource, namespace: str = "", *, label_selector: str = "", **_: Any) -> Object:
        if gvr != POD_METRICS:
            return super().list(gvr, namespace)
        selector = parse_selector(label_selector)
        pods = [pod for pod in self.objects.get(PODS, {}).values() if selector.matches(pod["metadata"]["labels"])]
        names = [pod["metadata"]["name"] for pod in pods]
        return {"items": [self._pod_metrics(name) for name in names if name in self.usage]}

    def discover(self) -> Sequence[APIResource]:
        kinds = ((self.served, "Deployment"), (REPLICASETS, "ReplicaSet"), (PODS, "Pod"))
        return [
            APIResource(gvr, gvr.group_version.kind(kind), True, ("get", "list"), singular=kind.lower())
            for gvr, kind in kinds
        ]

    def request(self, method: str, path: str, query: Any = "") -> Object:
        self.reads.append(f"{path} {query}" if query else path)
        if path not in self.metrics:
            raise NotFound("the server could not find the requested resource")
        return self.metrics[path]

    def _pod_metrics(self, name: str) -> Object:
        containers = [{"name": f"c{i}", "usage": {"cpu": f"{used}m"}} for i, used in enumerate(self.usage[name], 1)]
        now = format_time(self._clock.now())
        return {"metadata": {"name": name}, "timestamp": now, "window": "15s", "containers": containers}

    def _scale(self, target: Object) -> Object:
        status = {"replicas": target["spec"]["replicas"], "selector": self.selector}
        return {
            "metadata": {field: target["metadata"][field] for field in ("name", "namespace", "uid", "resourceVersion")},
            "spec": {"replicas": target["spec"]["replicas"]},
            "status": status,
        }


class Autoscaled(World):
    """``replicas`` of the deployment web, as many pods that have been ready for long, each using so much CPU."""

    api: MeteredAPI

    def __init__(self, replicas: int, *usage: int) -> None:
        super().__init__()
        self.api = MeteredAPI(self.clock)
        self.clock.advance(3600)
        self.put(DEPLOYMENTS, deployment(replicas=replicas))
        for index, used in enumerate(usage):
            self.put(PODS, ready_pod(f"p{index}", "2026-01-01T00:30:00Z"))
            self.use(f"p{index}", used)

    def use(self, pod: str, *milli: int) -> None:
        self.api.usage[pod] = milli

    def autoscale(
        self,
        *,
        name: str = "web",
        least: int | None = 1,
        most: int = 10,
        settings: AutoscalerSettings = DEFAULTS,
        **spec: Any,
    ) -> Controller:
        self.put(HORIZONTALPODAUTOSCALERS, autoscaler(name, least, most, **spec))
        return self.build(build_horizontal_pod_autoscaler, Settings(autoscaler=settings))

    def look(self, controller: Controller, key: str = KEY) -> None:
        """One pass over an autoscaler, 15 seconds after the last, with caches up to date; failures are told later."""
        self.clock.advance(15)
        self.settle(controller)

    def replicas(self) -> int:
        found: int = self.get(DEPLOYMENTS, KEY)["spec"]["replicas"]
        return found

    def status(self, key: str = KEY) -> Object:
        found: Object = self.get(HORIZONTALPODAUTOSCALERS, key)["status"]
        return found

    def conditions(self, key: str = KEY) -> dict[str, tuple[str, str]]:
        return {each["type"]: (each["status"], each["reason"]) for each in self.status(key)["conditions"]}

    def message(self, condition: str) -> str:
        found = next(each for each in self.status()["conditions"] if each["type"] == condition)
        return str(found["message"])

    def reasons(self) -> list[str]:
        return [event.reason for event in self.events]


def ready_pod(name: str, since: str, **labels: str) -> Object:
    conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": since}]
    return {
        "metadata": {"name": name, "namespace": "default", "uid": name, "labels": {"app": "web", **labels}},
        "spec": {"containers": [{"name": "c1", "resources": {"requests": {"cpu": "100m"}}}]},
        "status": {"phase": "Running", "startTime": since, "conditions": conditions},
    }


def cpu(target: int) -> Object:
    about = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}}
    return {"type": "Resource", "resource": about}


def autoscaler(name: str, least: int | None, most: int, **spec: Any) -> Object:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    given = {"scaleTargetRef": reference, "maxReplicas": most, "metrics": [cpu(50)], **spec}
    if least is not None:
        given["minReplicas"] = least
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": "default", "uid": f"hpa-{name}"},
        "spec": given,
    }
