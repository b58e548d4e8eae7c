"""Binding a pod to a node: the scheduler's one write.

Source: k8s.io/kubernetes pkg/registry/core/pod/storage (BindingREST.assignPod).
"""

from __future__ import annotations

from apimachinery.fielderrors import FieldError
from apimachinery.gvk import GroupResource, GroupVersionKind
from apimachinery.objects import Object
from apimachinery.status import BadRequest, Conflict, StatusError
from apimachinery.timefmt import format_time
from openapi.schema import type_of
from server.api import Api
from server.endpoints.body import read_object
from server.endpoints.common import Admitting, field_manager, status_response, write_context
from server.registry.errors import precondition_failed
from server.registry.options import read_write_options
from server.registry.served import Served
from server.registry.strategy import UpdateRules
from server.request import Answer, Request
from server.subresources.podconditions import set_pod_condition
from server.validation.pod import validate_binding

BINDING = GroupVersionKind("", "v1", "Binding")
_PODS = GroupResource("", "pods")
_PODS_BINDING = GroupResource("", "pods/binding")
_CREATED: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


async def bind(api: Api, pods: Served, request: Request) -> Answer:
    """POST pods/<name>/binding, and POST bindings, where the binding's own name is the pod's."""
    options = read_write_options(request.query, "CreateOptions")
    binding = await read_object(request, BINDING, type_of(BINDING), options.field_validation)
    name = request.info.name or binding["metadata"].get("name", "")
    if binding["metadata"].get("name", "") != name:
        raise BadRequest("name in URL does not match name in Binding object")
    if errors := validate_binding(binding):
        listed = ", ".join(map(str, errors))
        raise StatusError(listed if len(errors) == 1 else f"[{listed}]")
    admitting = Admitting(api, pods, request, "CREATE", dry_run=options.dry_run)
    await admitting.mutate(binding, None)
    context = write_context(
        request, field_manager(request, options), dry_run=options.dry_run, validating=admitting.validate
    )
    now = format_time(api.clock.now())

    async def transform(pod: Object | None) -> Object:
        assert pod is not None
        return assign(pod, binding, now)

    await pods.registry.update(context, name, transform, rules=_RULES)
    return status_response(request, _CREATED, 201)


def assign(pod: Object, binding: Object, now: str) -> Object:
    """The pod, assigned to the binding's target. Raises Conflict when it is assigned or going away already."""
    metadata = pod["metadata"]
    for field, what in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        wanted = binding["metadata"].get(field)
        if wanted and wanted != metadata[field]:
            why = f"Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {metadata[field]}"
            raise precondition_failed(_PODS, f"{metadata['namespace']}/{metadata['name']}", why)
    if "deletionTimestamp" in metadata:
        raise _conflict(pod, f"pod {metadata['name']} is being deleted, cannot be assigned to a host")
    node = pod["spec"].get("nodeName")
    if node:
        raise _conflict(pod, f'pod {metadata["name"]} is already assigned to node "{node}"')
    if pod["spec"].get("schedulingGates"):
        raise _conflict(pod, f"pod {metadata['name']} has non-empty .spec.schedulingGates")
    pod["spec"]["nodeName"] = binding["target"]["name"]
    for part in ("annotations", "labels"):
        if binding["metadata"].get(part):
            metadata[part] = {**(metadata.get(part) or {}), **binding["metadata"][part]}
    (pod.get("status") or {}).pop("nominatedNodeName", None)
    set_pod_condition(pod, now, type="PodScheduled", status="True")
    return pod


def _conflict(pod: Object, why: str) -> Conflict:
    return Conflict.of(_PODS_BINDING, pod["metadata"]["name"], why)


def _as_it_is(new: Object, old: Object) -> None:
    """A binding changes exactly what it was made to change."""


def _valid(new: Object, old: Object) -> list[FieldError]:
    return []


_RULES = UpdateRules(_as_it_is, _valid)
"""As upstream, a binding does not move the generation: a pod that runs as it was created is in its first."""
