"""What is remembered between passes: histories, and the selectors that autoscalers were last seen with. Thread-safe."""

from __future__ import annotations

import threading

from apimachinery.clock import Clock
from apimachinery.labels import Selector
from apimachinery.objects import Object
from client.store import Store
from controllers.horizontal_pod_autoscaler.history import History
from controllers.shared.indexes import in_namespace
from controllers.shared.ownership import labels_of


class Memory:
    def __init__(self, pods: Store, clock: Clock) -> None:
        """``pods`` needs BY_NAMESPACE."""
        self._pods = pods
        self._clock = clock
        self._lock = threading.Lock()
        self._histories: dict[str, History] = {}
        self._selectors: dict[str, Selector] = {}

    def history(self, key: str, current: int) -> History:
        """The replicas that are found first count as recommended."""
        with self._lock:
            found = self._histories.get(key)
            if found is None:
                found = self._histories[key] = History()
                found.recommend(current, self._clock.monotonic(), 0)
            return found

    def select(self, key: str, selector: Selector) -> list[Object]:
        """The pods of the autoscaler, whose selector others are compared with from now on."""
        with self._lock:
            self._selectors[key] = selector
        namespace = key.partition("/")[0]
        return [pod for pod in in_namespace(self._pods, namespace) if selector.matches(labels_of(pod))]

    def selecting(self, key: str, pods: list[Object]) -> list[str]:
        """Keys of the autoscalers that have any of the pods; all are in one namespace."""
        prefix = key.partition("/")[0] + "/"
        with self._lock:
            beside = [(other, each) for other, each in self._selectors.items() if other.startswith(prefix)]
        return [other for other, each in beside if any(each.matches(labels_of(pod)) for pod in pods)]

    def forget(self, key: str) -> None:
        with self._lock:
            self._histories.pop(key, None)
            self._selectors.pop(key, None)
