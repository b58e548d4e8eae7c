"""Asks the three metrics APIs: metrics.k8s.io, custom.metrics.k8s.io and external.metrics.k8s.io.

Sources: k8s.io/kubernetes/pkg/controller/podautoscaler/metrics/client.go, k8s.io/metrics/pkg/client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apimachinery.gvk import GroupResource, GroupVersion
from apimachinery.labels import Selector
from apimachinery.objects import Object
from apimachinery.status import StatusError
from client.api import Client
from client.errors import TransportError
from controllers.horizontal_pod_autoscaler.replicas import CannotTell
from controllers.horizontal_pod_autoscaler.samples import Samples, of_containers, of_custom, of_pods, values

POD_METRICS = GroupVersion("metrics.k8s.io", "v1beta1").resource("pods")
_CUSTOM = "/apis/custom.metrics.k8s.io"
_CUSTOM_VERSIONS = ("v1beta2", "v1beta1")
_EXTERNAL = "/apis/external.metrics.k8s.io/v1beta1"


class Metrics:
    """Every method raises CannotTell with upstream's words."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._custom_version = ""

    def of_resource(self, resource: str, namespace: str, selector: Selector, container: str) -> Samples:
        items = _items("resource", lambda: self._client.list(POD_METRICS, namespace, label_selector=str(selector)))
        return of_containers(items, resource, container) if container else of_pods(items, resource)

    def of_pods(self, metric: str, namespace: str, selector: Selector, metric_selector: Selector) -> Samples:
        path = f"namespaces/{namespace}/pods/*/{metric}"
        return of_custom(_items("custom", lambda: self._custom(path, metric_selector, str(selector))))

    def of_object(
        self, metric: str, namespace: str, resource: GroupResource, name: str, metric_selector: Selector
    ) -> int:
        path = f"namespaces/{namespace}/{resource}/{name}/{metric}"
        if resource == GroupResource("", "namespaces"):
            path = f"namespaces/{namespace}/metrics/{metric}"
        found = values(_items("custom", lambda: self._custom(path, metric_selector), may_be_empty=True))
        if len(found) != 1:
            count = f"returned {len(found)} results when we asked for exactly one"
            raise CannotTell(f"unable to fetch metrics from custom metrics API: the custom metrics API server {count}")
        return found[0]

    def of_external(self, metric: str, namespace: str, metric_selector: Selector) -> list[int]:
        path = f"{_EXTERNAL}/namespaces/{namespace}/{metric}"
        query = {"labelSelector": str(metric_selector)}
        return values(_items("external", lambda: self._client.request("GET", path, query)))

    def _custom(self, path: str, metric_selector: Selector, selector: str = "") -> Object:
        """The version is found out once, and again after a failure."""
        version = self._custom_version or self._find_version()
        query = {"labelSelector": selector, "metricLabelSelector": str(metric_selector)}
        try:
            answer = self._client.request("GET", f"{_CUSTOM}/{version}/{path}", query)
        except StatusError:
            self._custom_version = ""
            raise
        self._custom_version = version
        return answer

    def _find_version(self) -> str:
        served = [each["version"] for each in self._client.request("GET", _CUSTOM).get("versions") or ()]
        return next((version for version in _CUSTOM_VERSIONS if version in served), _CUSTOM_VERSIONS[-1])


def _items(api: str, ask: Callable[[], Object], *, may_be_empty: bool = False) -> list[Mapping[str, Any]]:
    try:
        items: list[Mapping[str, Any]] = ask().get("items") or []
    except (StatusError, TransportError) as error:
        raise CannotTell(f"unable to fetch metrics from {api} metrics API: {error}") from error
    if not items and not may_be_empty:
        raise CannotTell(f"no metrics returned from {api} metrics API")
    return items
