"""The shell of the EndpointSlice controller."""

from __future__ import annotations

from apimachinery.objects import Object, is_terminating, key_of, name_of, namespace_of
from apimachinery.status import Conflict, NotFound, StatusError
from client.errors import TryAgain
from client.recorder import NORMAL, WARNING
from client.resources import ENDPOINTSLICES, NODES
from controllers.controller import Context, Controller, Loop
from controllers.endpoints.addresses import has_endpoints
from controllers.endpoints.slices import MANAGED_BY, MANAGER, SERVICE_NAME, Plan, plan_slices
from controllers.endpoints.topology import DISABLED, ENABLED, NO_RATIOS, ZONE, counts, wants_hints, zone_ratios
from controllers.endpoints.trigger_times import TriggerTimes, annotated
from controllers.endpoints.watch import ServiceWatch
from controllers.shared.ownership import labels_of
from controllers.shared.pods import NAMESPACE_TERMINATING

NAME = "endpointslice-controller"
_COMPONENT = "endpoint-slice-controller"
WORKERS = 5
_BY_SERVICE = "service"


def _by_service(obj: Object) -> tuple[str, ...]:
    labels = labels_of(obj)
    if labels.get(MANAGED_BY) != MANAGER or not labels.get(SERVICE_NAME):
        return ()
    return (f"{namespace_of(obj)}/{labels[SERVICE_NAME]}",)


class EndpointSlices:
    """Expectations hold a service back whose new slices have not been seen; other staleness ends in a conflict."""

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._recorder = context.recorder(_COMPONENT)
        self._expectations = context.expectations()
        self._watch = ServiceWatch(context)
        self._times = TriggerTimes()
        self._topology: dict[str, dict[str, str]] = {}
        """What has been told of the hints of services, by key and family."""
        self.queue = self._watch.queue
        slices = context.informer(ENDPOINTSLICES, indexers={_BY_SERVICE: _by_service})
        nodes = context.informer(NODES)
        self._slices, self._nodes = slices.store, nodes.store
        slices.add_handler(self._slice_added, self._slice_changed, self._enqueue)
        nodes.add_handler(lambda node: self._watch.all_again(), self._node_changed, self._node_gone)

    def sync(self, key: str) -> None:
        service = self._watch.services.get(key)
        if service is None:
            self._expectations.forget(key)
            self._watch.forget(key)
            self._times.forget(key)
            self._topology.pop(key, None)
            return  # the garbage collector takes the slices
        if not has_endpoints(service) or is_terminating(service) or not self._expectations.satisfied(key):
            return
        existing = self._slices.by_index(_BY_SERVICE, key)
        pods = self._watch.pods_of(service)
        ratios = zone_ratios(self._nodes.list()) if wants_hints(service) else NO_RATIOS
        plan = plan_slices(service, pods, existing, self._nodes.get, ratios)
        time = self._times.look(key, service, pods)
        try:
            self._carry_out(key, plan, namespace_of(service), time)
        except NotFound:
            raise
        except Conflict as error:
            raise TryAgain(f"the slices of {key} have changed meanwhile") from error  # nothing to warn of
        except StatusError as error:
            if error.has_cause(NAMESPACE_TERMINATING):
                return
            message = f"Error updating Endpoint Slices for Service {key}: {error}"
            self._recorder.event(service, WARNING, "FailedToUpdateEndpointSlices", message)
            raise
        self._tell(service, plan.topology)
        if plan.missing_nodes:
            raise TryAgain("the node of a pod has not been seen yet")

    def _carry_out(self, key: str, plan: Plan, namespace: str, time: str) -> None:
        if plan.creates:
            self._expectations.expect(key, adds=len(plan.creates))
        for number, new in enumerate(plan.creates):
            try:
                self._client.create(ENDPOINTSLICES, namespace, _dated(new, time))
            except BaseException:
                for _ in plan.creates[number:]:
                    self._expectations.creation_observed(key)
                raise
        for changed in plan.updates:
            self._client.update(ENDPOINTSLICES, namespace, name_of(changed), _dated(changed, time))
        for old in plan.deletes:
            try:
                self._client.delete(ENDPOINTSLICES, namespace, name_of(old), uid=old["metadata"]["uid"])
            except NotFound:
                continue

    def _tell(self, service: Object, topology: dict[str, str]) -> None:
        """When hints appear or disappear, or the reason why there are none changes."""
        key = key_of(service)
        before = self._topology.get(key, {})
        if topology == before:
            return
        for family, problem in topology.items():
            if problem and before.get(family) != problem:
                message = f"{problem}, addressType: {family}"
                self._recorder.event(service, WARNING, "TopologyAwareHintsDisabled", message)
            elif before.get(family) != problem:
                self._recorder.event(service, NORMAL, "TopologyAwareHintsEnabled", f"{ENABLED}, addressType: {family}")
        for family in before.keys() - topology.keys():
            if not before[family]:
                message = f"{DISABLED}, addressType: {family}"
                self._recorder.event(service, WARNING, "TopologyAwareHintsDisabled", message)
        self._topology[key] = topology

    def _slice_added(self, new: Object) -> None:
        for key in _by_service(new):
            self._expectations.creation_observed(key)
            self.queue.add(key)

    def _slice_changed(self, old: Object, new: Object) -> None:
        """Our own writes come back too; looking again costs no request when they are as planned."""
        for key in {*_by_service(old), *_by_service(new)}:
            self.queue.add(key)

    def _enqueue(self, gone: Object) -> None:
        for key in _by_service(gone):
            self.queue.add(key)

    def _node_changed(self, old: Object, new: Object) -> None:
        if labels_of(old).get(ZONE) != labels_of(new).get(ZONE):
            self._watch.all_again()
        elif counts(old) != counts(new):
            self._watch.again(wants_hints)

    def _node_gone(self, node: Object) -> None:
        self._watch.again(wants_hints)


def _dated(obj: Object, time: str) -> Object:
    metadata = obj["metadata"]
    annotations = annotated(metadata.get("annotations") or {}, time)
    return {**obj, "metadata": {**metadata, "annotations": annotations}}


def build_endpoint_slices(context: Context) -> Controller:
    slices = EndpointSlices(context)
    return Controller(NAME, (Loop(slices.queue, slices.sync, WORKERS),))
