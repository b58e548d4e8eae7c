"""Evicting a pod: a deletion that asks the pod's disruption budget first.

Source: k8s.io/kubernetes pkg/registry/core/pod/storage/eviction.go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from apimachinery.gvk import GroupResource, GroupVersionKind
from apimachinery.labels import from_label_selector
from apimachinery.objects import Object, find_condition
from apimachinery.pods import is_pod_ready
from apimachinery.status import BadRequest, Conflict, Forbidden, Timeout, TooManyRequests
from apimachinery.timefmt import format_time
from openapi.schema import type_of
from server.api import Api
from server.endpoints.body import read_object
from server.endpoints.common import Admitting, actor, field_manager, status_response
from server.patch.values import deep_copy
from server.registry.codec import decode
from server.registry.context import WriteContext
from server.registry.delete import check_preconditions, delete
from server.registry.options import DeleteOptions, delete_options_from_object, read_write_options
from server.registry.registry import Registry
from server.registry.served import Served
from server.request import Answer, Request
from server.subresources.podconditions import set_pod_condition
from storage.types import Entry

EVICTION = GroupVersionKind("policy", "v1", "Eviction")
_BUDGETS = GroupResource("policy", "poddisruptionbudgets")
_BUDGET = GroupResource("policy", "poddisruptionbudget")
_ALLOWED = "DisruptionAllowed"
_NOT_CURRENTLY = "does not allow evicting pods currently"
_TARGETED = {
    "type": "DisruptionTarget",
    "status": "True",
    "reason": "EvictionByEvictionAPI",
    "message": "Eviction API: evicting",
}
_SEVERAL: Object = {
    "kind": "Status",
    "apiVersion": "v1",
    "metadata": {},
    "status": "Failure",
    "message": "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    "code": 500,
}
"""Upstream sends this with the HTTP status 201; clients look at what it says."""
_CREATED: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
_VIOLATED = "Cannot evict pod as it would violate the pod's disruption budget."
_MAX_DISRUPTED = 2000
_RETRY_AFTER = 10
_ATTEMPTS = 20


async def evict(api: Api, pods: Served, request: Request) -> Answer:
    """POST pods/<name>/eviction: 201, or 429 while the budget does not allow it."""
    options = read_write_options(request.query, "CreateOptions")
    also = (GroupVersionKind("policy", "v1beta1", "Eviction"),)
    eviction = await read_object(request, EVICTION, type_of(EVICTION), options.field_validation, also=also)
    name = request.info.name
    if eviction["metadata"].get("name", "") != name:
        raise BadRequest("name in URL does not match name in Eviction object")
    deletion = delete_options_from_object(eviction.get("deleteOptions") or {})
    deletion.dry_run = deletion.dry_run or options.dry_run
    admitting = Admitting(api, pods, request, "CREATE", dry_run=deletion.dry_run)
    await admitting.mutate(eviction, None)
    await admitting.validate(eviction, None)
    who = actor(request, field_manager(request, options))
    context = WriteContext(namespace=request.info.namespace, actor=who, dry_run=deletion.dry_run)
    doubted = await _Eviction(api, pods.registry, context, name, deletion).run()
    return status_response(request, doubted or _CREATED, 201)


@dataclass(frozen=True, slots=True)
class _Eviction:
    """One eviction under way."""

    api: Api
    pods: Registry
    context: WriteContext
    name: str
    options: DeleteOptions

    async def run(self) -> Object | None:
        """A Status that is no success, where upstream answers with one; None when the pod is evicted."""
        for attempt in range(_ATTEMPTS):
            pod = decode(self.pods.get(self.context.namespace, self.name).value)
            if not _ignores_budget(pod):
                return await self._within_budget(pod)
            try:
                await self._delete(pod, unchanged=_may_become_ready(pod))
                return None
            except Conflict:
                if self.options.resource_version is not None or attempt == _ATTEMPTS - 1:
                    raise
        return None

    async def _within_budget(self, pod: Object) -> Object | None:
        budgets = _budgets_of(self.api, pod)
        if len(budgets) > 1:
            return _SEVERAL
        unhealthy = bool(budgets) and _may_go_unhealthy(decode(budgets[0].value), pod)
        if budgets and not unhealthy:
            await _take_from(self.api, self.context, budgets[0], pod)
        try:
            await self._delete(pod, unchanged=unhealthy)
        except Conflict as error:
            if not unhealthy or self.options.resource_version is not None:
                raise
            raise _still_processed(budgets[0].key.name) from error
        return None

    async def _delete(self, pod: Object, *, unchanged: bool) -> None:
        """With a condition that says why. ``unchanged``: only if the pod is still as it was looked at."""
        options = replace(self.options)
        if unchanged and options.resource_version is None:
            options.resource_version = pod["metadata"]["resourceVersion"]
        if not self.context.dry_run:
            marked = await self._mark(options)
            if options.resource_version is not None:
                options.resource_version = str(marked.revision)
        await delete(self.pods, self.context, self.name, options)

    async def _mark(self, options: DeleteOptions) -> Entry:
        now = format_time(self.api.clock.now())

        async def transform(live: Object | None) -> Object:
            assert live is not None
            check_preconditions(self.pods, live, options)
            marked = deep_copy(live)
            set_pod_condition(marked, now, **_TARGETED)
            return marked

        entry, _ = await self.pods.update(self.context, self.name, transform, rules=self.pods.status_rules())
        return entry


def _ignores_budget(pod: Object) -> bool:
    """Pods that do not count as available can always go."""
    finished = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed", "Pending")
    return finished or "deletionTimestamp" in pod["metadata"]


def _may_become_ready(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") == "Pending" and "deletionTimestamp" not in pod["metadata"]


def _budgets_of(api: Api, pod: Object) -> list[Entry]:
    labels = pod["metadata"].get("labels") or {}
    found = []
    for entry in api.registries[_BUDGETS].cache.list(pod["metadata"]["namespace"]).entries:
        selector = (decode(entry.value).get("spec") or {}).get("selector")
        if selector is not None and from_label_selector(selector).matches(labels):
            found.append(entry)
    return found


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
        changed = deep_copy(live)
        use_up(changed, pod["metadata"]["name"], now)
        return changed

    try:
        await registry.update(context, budget.key.name, transform, rules=registry.status_rules())
    except Conflict as error:
        why = f'couldn\'t update PodDisruptionBudget "{budget.key.name}" due to conflicts'
        raise Timeout.of(why, _RETRY_AFTER) from error


def use_up(budget: Object, pod_name: str, now: str) -> None:
    """Count one disruption against the budget, in place. Raises TooManyRequests when none is allowed."""
    name, status = budget["metadata"]["name"], budget.setdefault("status", {})
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        raise _still_processed(name)
    allowed = status.get("disruptionsAllowed", 0)
    if allowed < 0:
        raise Forbidden.of(_BUDGET, name, "pdb disruptions allowed is negative")
    disrupted = status.get("disruptedPods") or {}
    if len(disrupted) > _MAX_DISRUPTED:
        raise Forbidden.of(
            _BUDGET, name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        )
    if allowed == 0:
        raise _refused(f"The disruption budget {name} {_why_not(budget)}")
    status["disruptionsAllowed"] = allowed - 1
    if allowed == 1:
        _say_insufficient(budget, now)
    status["disruptedPods"] = {**disrupted, pod_name: now}


def _why_not(budget: Object) -> str:
    status = budget["status"]
    condition = find_condition(budget, _ALLOWED) or {}
    message, reason = condition.get("message"), condition.get("reason")
    told = condition.get("status") == "False" and message
    healthy, desired = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
    if told and reason == "SyncFailed":
        return f"does not allow evicting pods currently because it failed sync: {message}"
    if healthy <= desired:
        return f"needs {desired} healthy pods and has {healthy} currently"
    return f"does not allow evicting pods currently ({reason}): {message}" if told else _NOT_CURRENTLY


def _say_insufficient(budget: Object, now: str) -> None:
    """Set the condition that no disruption is allowed any more."""
    status = budget["status"]
    old = find_condition(budget, _ALLOWED) or {"status": "", "message": ""}
    new = {
        **old,
        "type": _ALLOWED,
        "status": "False",
        "observedGeneration": status.get("observedGeneration", 0),
        "lastTransitionTime": old["lastTransitionTime"] if old["status"] == "False" else now,
        "reason": "InsufficientPods",
        "message": "",
    }
    conditions = status.get("conditions") or []
    kept = [new if condition["type"] == _ALLOWED else condition for condition in conditions]
    status["conditions"] = kept if new in kept else [*kept, new]


def _still_processed(name: str) -> TooManyRequests:
    return _refused(f"The disruption budget {name} is still being processed by the server.", _RETRY_AFTER)


def _refused(why: str, retry_after: int = 0) -> TooManyRequests:
    error = TooManyRequests.of(_VIOLATED, retry_after)
    error.details = {"causes": [{"reason": "DisruptionBudget", "message": why}], **(error.details or {})}
    return error
