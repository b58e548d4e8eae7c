"""The shell of the Endpoints controller."""

from __future__ import annotations

from apimachinery.objects import Object, is_terminating, key_of, name_of, namespace_of, split_key
from apimachinery.status import Conflict, NotFound, StatusError
from client.recorder import WARNING
from client.resources import ENDPOINTS, SERVICES
from controllers.controller import Context, Controller, Loop
from controllers.endpoints.addresses import has_endpoints
from controllers.endpoints.mirroring import LEADER
from controllers.endpoints.subsets import MANAGED_BY, MANAGER, OVER_CAPACITY, endpoints_labels, limit, subsets_of
from controllers.endpoints.trigger_times import TriggerTimes, annotated
from controllers.endpoints.watch import ServiceWatch
from controllers.shared.ownership import labels_of
from controllers.shared.pods import NAMESPACE_TERMINATING

NAME = "endpoints-controller"
_COMPONENT = "endpoint-controller"
WORKERS = 5


class Endpoints:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._recorder = context.recorder(_COMPONENT)
        self._watch = ServiceWatch(context)
        self._times = TriggerTimes()
        self._gone: set[str] = set()
        """Services that were deleted: their Endpoints go with them, whoever made these."""
        context.informer(SERVICES).add_handler(on_delete=self._service_gone)
        self.queue = self._watch.queue
        endpoints = context.informer(ENDPOINTS)
        self._endpoints = endpoints.store
        endpoints.add_handler(self._left_over, None, self._enqueue)

    def sync(self, key: str) -> None:
        service, current = self._watch.services.get(key), self._endpoints.get(key)
        if service is None:
            self._watch.forget(key)
            self._times.forget(key)
            if current is not None and self._goes(key, current):
                self._delete(key, current)
            self._gone.discard(key)
            return
        self._gone.discard(key)
        if not has_endpoints(service) or is_terminating(service):
            return
        pods = self._watch.pods_of(service)
        wanted = wanted_endpoints(service, pods, current, self._times.look(key, service, pods))
        if wanted is not None:
            self._write(service, wanted, exists=current is not None)

    def _goes(self, key: str, current: Object) -> bool:
        """A leader's lock is no service's; what a user makes before its service, or without one, stays."""
        if LEADER in (current["metadata"].get("annotations") or {}):
            return False
        return key in self._gone or labels_of(current).get(MANAGED_BY) == MANAGER

    def _service_gone(self, service: Object) -> None:
        self._gone.add(key_of(service))

    def _write(self, service: Object, wanted: Object, *, exists: bool) -> None:
        namespace, name = namespace_of(service), name_of(service)
        try:
            if exists:
                self._client.update(ENDPOINTS, namespace, name, wanted)
            else:
                self._client.create(ENDPOINTS, namespace, wanted)
        except Conflict:
            raise
        except StatusError as error:
            if error.has_cause(NAMESPACE_TERMINATING):
                return
            if exists:
                reason, what = "FailedToUpdateEndpoint", "update endpoint"
            else:
                reason, what = "FailedToCreateEndpoint", "create endpoint for service"
            about = {**wanted, "metadata": {**wanted["metadata"], "namespace": namespace}}
            self._recorder.event(about, WARNING, reason, f"Failed to {what} {namespace}/{name}: {error}")
            raise

    def _delete(self, key: str, current: Object) -> None:
        try:
            self._client.delete(ENDPOINTS, *split_key(key), uid=current["metadata"]["uid"])
        except (NotFound, Conflict):
            return

    def _left_over(self, endpoints: Object) -> None:
        """Its service may have gone while no controller ran."""
        if self._watch.services.get(key_of(endpoints)) is None:
            self._enqueue(endpoints)

    def _enqueue(self, endpoints: Object) -> None:
        self.queue.add(key_of(endpoints))


def wanted_endpoints(service: Object, pods: list[Object], current: Object | None, time: str = "") -> Object | None:
    """The object to write; None when the current one is right. ``time``: since when it should be so."""
    subsets, over = limit(subsets_of(service, pods))
    labels = endpoints_labels(service)
    metadata: Object = dict(current["metadata"]) if current is not None else {"name": name_of(service)}
    before = metadata.get("annotations") or {}
    annotations = {k: v for k, v in before.items() if k != OVER_CAPACITY}
    if over:
        annotations[OVER_CAPACITY] = "truncated"
    if (
        current is not None
        and (current.get("subsets") or []) == subsets
        and labels_of(current) == labels
        and before == annotations
    ):
        return None
    metadata |= {"labels": labels, "annotations": annotated(annotations, time)}
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": subsets}


def build_endpoints(context: Context) -> Controller:
    endpoints = Endpoints(context)
    return Controller(NAME, (Loop(endpoints.queue, endpoints.sync, WORKERS),))
