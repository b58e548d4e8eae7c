"""Evicting a pod: a deletion that asks the pod's disruption budget first.

Source: k8s.io/kubernetes pkg/registry/core/pod/storage/eviction.go.
"""

from __future__ import annotations

import copy
from dataclasses import replace

from apimachinery.gvk import GroupResource, GroupVersionKind
from apimachinery.labels import from_label_selector
from apimachinery.objects import Object
from apimachinery.pods import is_pod_ready
from apimachinery.status import BadRequest, Conflict, Forbidden, InternalError, TooManyRequests
from apimachinery.timefmt import format_time
from openapi.schema import type_of
from server.api import Api
from server.endpoints.body import read_object
from server.endpoints.common import Admitting, field_manager, status_response, write_context
from server.registry.codec import decode
from server.registry.context import WriteContext
from server.registry.delete import delete
from server.registry.options import DeleteOptions, delete_options_from_object, read_write_options
from server.registry.registry import Registry
from server.registry.served import Served
from server.request import Answer, Request
from storage.types import Entry

EVICTION = GroupVersionKind("policy", "v1", "Eviction")
_BUDGETS = GroupResource("policy", "poddisruptionbudgets")
_CREATED: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
_VIOLATED = "Cannot evict pod as it would violate the pod's disruption budget."
_MAX_DISRUPTED = 2000
_RETRY_AFTER = 10


async def evict(api: Api, pods: Served, request: Request) -> Answer:
    """POST pods/<name>/eviction: 201, or 429 while the budget does not allow it."""
    options = read_write_options(request.query, "CreateOptions")
    also = (GroupVersionKind("policy", "v1beta1", "Eviction"),)
    eviction = await read_object(request, EVICTION, type_of(EVICTION), options.field_validation, also=also)
    name = request.info.name
    if eviction["metadata"].get("name") not in (None, "", name):
        raise BadRequest("name in URL does not match name in Eviction object")
    deletion = delete_options_from_object(eviction.get("deleteOptions") or {})
    deletion.dry_run = deletion.dry_run or options.dry_run
    admitting = Admitting(api, pods, request, "CREATE", dry_run=deletion.dry_run)
    await admitting.mutate(eviction, None)
    context = write_context(
        request, field_manager(request, options), dry_run=deletion.dry_run, validating=admitting.validate
    )
    await _evict(api, pods.registry, context, name, deletion)
    return status_response(request, _CREATED, 201)


async def _evict(api: Api, pods: Registry, context: WriteContext, name: str, options: DeleteOptions) -> None:
    entry = pods.get(context.namespace, name)
    pod = decode(entry.value)
    if not _ignores_budget(pod):
        budget = _budget_of(api, pod)
        if budget is not None and not _may_go_unhealthy(decode(budget.value), pod):
            await _take_from(api, context, budget, pod)
    if options.uid is None:
        options = replace(options, uid=entry.uid)
    await delete(pods, context, name, options)


def _ignores_budget(pod: Object) -> bool:
    """Pods that do not count as available can always go."""
    finished = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed", "Pending")
    return finished or "deletionTimestamp" in pod["metadata"]


def _budget_of(api: Api, pod: Object) -> Entry | None:
    labels = pod["metadata"].get("labels") or {}
    found = []
    for entry in api.registries[_BUDGETS].cache.list(pod["metadata"]["namespace"]).entries:
        selector = (decode(entry.value).get("spec") or {}).get("selector")
        if selector is not None and from_label_selector(selector).matches(labels):
            found.append(entry)
    if len(found) > 1:
        raise InternalError(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        )
    return found[0] if found else None


def _may_go_unhealthy(budget: Object, pod: Object) -> bool:
    """Whether the budget lets pods go that are not ready anyway."""
    if is_pod_ready(pod):
        return False
    if (budget.get("spec") or {}).get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status") or {}
    desired = status.get("desiredHealthy", 0)
    return bool(desired > 0 and status.get("currentHealthy", 0) >= desired)


async def _take_from(api: Api, context: WriteContext, budget: Entry, pod: Object) -> None:
    """Use up one allowed disruption, on fresh state until it is ours or refused."""
    registry = api.registries[_BUDGETS]
    now = format_time(api.clock.now())

    async def transform(live: Object | None) -> Object:
        assert live is not None
        changed = copy.deepcopy(live)
        use_up(changed, pod["metadata"]["name"], now)
        return changed

    quiet = WriteContext(namespace=context.namespace, actor=context.actor, dry_run=context.dry_run)
    try:
        await registry.update(quiet, budget.key.name, transform, rules=registry.status_rules())
    except Conflict as error:
        raise _refused(f"the disruption budget {budget.key.name} changed meanwhile: {error.message}") from error


def use_up(budget: Object, pod_name: str, now: str) -> None:
    """Count one disruption against the budget, in place. Raises TooManyRequests when none is allowed."""
    name, status = budget["metadata"]["name"], budget.setdefault("status", {})
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        raise _refused(f"The disruption budget {name} is still being processed by the server.")
    allowed = status.get("disruptionsAllowed", 0)
    if allowed < 0:
        raise Forbidden.of(_BUDGETS, name, "pdb disruptions allowed is negative")
    disrupted = status.get("disruptedPods") or {}
    if len(disrupted) > _MAX_DISRUPTED:
        raise Forbidden.of(
            _BUDGETS, name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        )
    if allowed == 0:
        healthy, desired = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
        raise _refused(f"The disruption budget {name} needs {desired} healthy pods and has {healthy} currently")
    status["disruptionsAllowed"] = allowed - 1
    status["disruptedPods"] = {**disrupted, pod_name: now}


def _refused(why: str) -> TooManyRequests:
    error = TooManyRequests.of(_VIOLATED, _RETRY_AFTER)
    error.details = {"causes": [{"reason": "DisruptionBudget", "message": why}], "retryAfterSeconds": _RETRY_AFTER}
    return error
