"""The shell of the EndpointSlice mirroring controller."""

from __future__ import annotations

from apimachinery.objects import Object, key_of, name_of, namespace_of
from apimachinery.status import NotFound, StatusError
from client.ratelimit import BucketLimiter, ExponentialLimiter, SlowestOf
from client.recorder import WARNING
from client.resources import ENDPOINTS, ENDPOINTSLICES, SERVICES
from client.workqueue import WorkQueue
from controllers.controller import Context, Controller, Loop
from controllers.endpoints.mirroring import LARGEST, MANAGER, MirrorPlan, plan_mirror, should_mirror
from controllers.endpoints.slices import MANAGED_BY, SERVICE_NAME
from controllers.shared.ownership import labels_of
from controllers.shared.pods import NAMESPACE_TERMINATING

NAME = "endpointslice-mirroring-controller"
_COMPONENT = "endpoint-slice-mirroring-controller"
WORKERS = 5
_MIRRORED = "mirrored"


def _mirrored(obj: Object) -> tuple[str, ...]:
    labels = labels_of(obj)
    if labels.get(MANAGED_BY) != MANAGER or not labels.get(SERVICE_NAME):
        return ()
    return (f"{namespace_of(obj)}/{labels[SERVICE_NAME]}",)


class SliceMirror:
    """Expectations hold Endpoints back whose new slices have not been seen; other staleness ends in a conflict."""

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._recorder = context.recorder(_COMPONENT)
        self._expectations = context.expectations()
        slow = SlowestOf((ExponentialLimiter(1.0, 100.0), BucketLimiter(clock=context.clock)))
        self.queue = WorkQueue(context.clock, slow)
        endpoints = context.informer(ENDPOINTS)
        services = context.informer(SERVICES)
        slices = context.informer(ENDPOINTSLICES, indexers={_MIRRORED: _mirrored})
        self._endpoints, self._services, self._slices = endpoints.store, services.store, slices.store
        endpoints.add_handler(self._endpoints_seen, self._endpoints_changed, self._endpoints_seen)
        services.add_handler(self._service_seen, self._service_changed, self._service_seen)
        slices.add_handler(self._slice_added, self._slice_changed, self._slice_gone)

    def sync(self, key: str) -> None:
        endpoints, service = self._endpoints.get(key), self._services.get(key)
        existing = list(self._slices.by_index(_MIRRORED, key))
        if endpoints is None or not should_mirror(endpoints) or service is None or service["spec"].get("selector"):
            self._expectations.forget(key)
            self._delete(existing)
            return
        if not self._expectations.satisfied(key):
            return
        plan = plan_mirror(endpoints, existing)
        self._complain(endpoints, plan)
        try:
            self._carry_out(key, plan, namespace_of(endpoints))
        except StatusError as error:
            if not error.has_cause(NAMESPACE_TERMINATING):
                raise

    def _complain(self, endpoints: Object, plan: MirrorPlan) -> None:
        if plan.invalid:
            message = f"Skipped {plan.invalid} invalid IP addresses when mirroring to EndpointSlices"
            self._recorder.event(endpoints, WARNING, "InvalidIPAddress", message)
        if plan.left_out > plan.invalid:
            most = f"A max of {LARGEST} addresses can be mirrored to EndpointSlices per Endpoints subset"
            message = f"{most}. {plan.left_out} addresses were skipped"
            self._recorder.event(endpoints, WARNING, "TooManyAddressesToMirror", message)

    def _carry_out(self, key: str, plan: MirrorPlan, namespace: str) -> None:
        if plan.creates:
            self._expectations.expect(key, adds=len(plan.creates))
        for number, new in enumerate(plan.creates):
            try:
                self._client.create(ENDPOINTSLICES, namespace, new)
            except BaseException:
                for _ in plan.creates[number:]:
                    self._expectations.creation_observed(key)
                raise
        for changed in plan.updates:
            self._client.update(ENDPOINTSLICES, namespace, name_of(changed), changed)
        self._delete(plan.deletes)

    def _delete(self, slices: list[Object]) -> None:
        for old in slices:
            try:
                self._client.delete(ENDPOINTSLICES, namespace_of(old), name_of(old), uid=old["metadata"]["uid"])
            except NotFound:
                continue

    def _endpoints_seen(self, endpoints: Object) -> None:
        if should_mirror(endpoints):
            self.queue.add(key_of(endpoints))

    def _endpoints_changed(self, old: Object, new: Object) -> None:
        if should_mirror(old) or should_mirror(new):
            self.queue.add(key_of(new))

    def _service_seen(self, service: Object) -> None:
        if not service["spec"].get("selector"):
            self.queue.add(key_of(service))

    def _service_changed(self, old: Object, new: Object) -> None:
        if bool(old["spec"].get("selector")) != bool(new["spec"].get("selector")):
            self.queue.add(key_of(new))

    def _slice_added(self, new: Object) -> None:
        for key in _mirrored(new):
            self._expectations.creation_observed(key)
            self.queue.add(key)

    def _slice_changed(self, old: Object, new: Object) -> None:
        for key in {*_mirrored(old), *_mirrored(new)}:
            self.queue.add(key)

    def _slice_gone(self, old: Object) -> None:
        for key in _mirrored(old):
            self.queue.add(key)


def build_slice_mirror(context: Context) -> Controller:
    mirror = SliceMirror(context)
    return Controller(NAME, (Loop(mirror.queue, mirror.sync, WORKERS),))
