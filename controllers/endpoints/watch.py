"""Which services to look at again when a service, a pod or a node has changed. Both controllers use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apimachinery.labels import equality
from apimachinery.objects import Object, is_terminating, key_of, namespace_of
from apimachinery.pods import is_pod_ready, pod_phase
from client.resources import PODS, SERVICES
from client.store import NAMESPACE, by_namespace
from controllers.controller import Context
from controllers.endpoints.addresses import pod_ips
from controllers.shared.ownership import labels_of
from controllers.shared.pace import pause_for

_BY_NAMESPACE = {NAMESPACE: by_namespace}


class ServiceWatch:
    """Puts the keys of services into its queue; ``pods_of`` finds what a service selects."""

    def __init__(self, context: Context) -> None:
        self.queue = context.queue()
        services = context.informer(SERVICES, indexers=_BY_NAMESPACE)
        pods = context.informer(PODS, indexers=_BY_NAMESPACE)
        self.services, self._pods = services.store, pods.store
        self._sizes: dict[str, int] = {}
        services.add_handler(self._service, lambda old, new: self._service(new), self._service)
        pods.add_handler(self._pod, self._pod_changed, self._pod)

    def pods_of(self, service: Object) -> list[Object]:
        selector = equality(service["spec"].get("selector") or {})
        candidates = self._pods.by_index(NAMESPACE, namespace_of(service))
        found = [pod for pod in candidates if selector.matches(labels_of(pod))]
        self._sizes[key_of(service)] = len(found)
        return found

    def forget(self, key: str) -> None:
        self._sizes.pop(key, None)

    def all_again(self) -> None:
        self.again(lambda service: True)

    def again(self, concerned: Callable[[Object], bool]) -> None:
        for service in self.services.list():
            if concerned(service):
                self.queue.add(key_of(service))

    def _service(self, service: Object) -> None:
        self.queue.add(key_of(service))

    def _pod(self, pod: Object) -> None:
        self._enqueue(namespace_of(pod), labels_of(pod))

    def _pod_changed(self, old: Object, new: Object) -> None:
        before, after = labels_of(old), labels_of(new)
        if before != after:
            self._enqueue(namespace_of(new), before)
        elif _facts(old) == _facts(new):
            return
        self._enqueue(namespace_of(new), after)

    def _enqueue(self, namespace: str, labels: Mapping[str, str]) -> None:
        for service in self.services.by_index(NAMESPACE, namespace):
            selector = service["spec"].get("selector")
            if selector and selector.items() <= labels.items():
                key = key_of(service)
                self.queue.add_after(key, pause_for(self._sizes.get(key, 0)))


def _facts(pod: Mapping[str, Any]) -> tuple[Any, ...]:
    """What endpoints show of a pod, besides what never changes."""
    spec = pod["spec"]
    return pod_ips(pod), pod_phase(pod), is_pod_ready(pod), is_terminating(pod), spec.get("nodeName")
