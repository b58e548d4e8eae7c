"""The thin shell: budgets and pods in, statuses out."""

from __future__ import annotations

from apimachinery.fielderrors import quote
from apimachinery.labels import SelectorError, from_label_selector
from apimachinery.objects import Object, is_terminating, key_of, name_of, namespace_of
from apimachinery.pods import is_pod_ready
from apimachinery.status import Conflict, NotFound
from client.api import STRATEGIC
from client.recorder import NORMAL, WARNING
from client.resources import PODDISRUPTIONBUDGETS, PODS
from client.store import NAMESPACE, by_namespace
from controllers.controller import Context, Controller, Loop
from controllers.disruption.budget import (
    disrupted,
    failed_status,
    healthy,
    is_unchanged,
    needs_scale,
    stale_in,
    status_of,
)
from controllers.disruption.scale import NoScale, Scales
from controllers.shared.ownership import labels_of
from controllers.shared.pace import pause_for
from controllers.shared.pods import disruption_target

NAME = "disruption-controller"
COMPONENT = "controllermanager"
_BY_NAMESPACE = {NAMESPACE: by_namespace}
_MULTIPLE = "Pod {}/{} matches multiple PodDisruptionBudgets.  Chose {} arbitrarily."
"""Upstream's words; here all of them are kept up to date, and evictions are refused."""
_UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status of "
    "the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please "
    'set ".spec.minAvailable" field of the PDB to an integer value.'
)


class Disruptions:
    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._clock = context.clock
        self._recorder = context.recorder(COMPONENT)
        self._scales = Scales(context)
        self.queue, self.stale_queue = context.queue(), context.queue()
        budgets = context.informer(PODDISRUPTIONBUDGETS, indexers=_BY_NAMESPACE)
        pods = context.informer(PODS, indexers=_BY_NAMESPACE)
        self._budgets, self._pods = budgets.store, pods.store
        budgets.add_handler(self._enqueue, lambda old, new: self._enqueue(new), None)
        pods.add_handler(self._pod, self._pod_changed, self._pod)

    def sync(self, key: str) -> None:
        budget = self._budgets.get(key)
        if budget is None:
            return
        try:
            selector = from_label_selector(budget["spec"].get("selector"))
        except SelectorError as error:
            self._recorder.event(budget, WARNING, "NoPods", f"Failed to get pods: {error}")
            self._write(budget, failed_status(budget, error, self._clock.now()))
            return
        there = self._pods.by_index(NAMESPACE, namespace_of(budget))
        pods = [pod for pod in there if selector.matches(labels_of(pod))]
        if not pods:
            self._recorder.event(budget, NORMAL, "NoPods", "No matching pods found")
        now = self._clock.now()
        expected = len(pods)
        if needs_scale(budget):
            try:
                expected, unmanaged = self._scales.expected(pods)
            except NoScale as error:
                message = f"Failed to calculate the number of expected pods: {error}"
                self._recorder.event(budget, WARNING, "CalculateExpectedPodCountFailed", message)
                self._write(budget, failed_status(budget, error, now))
                return
            if unmanaged:
                self._recorder.event(budget, WARNING, "UnmanagedPods", _UNMANAGED.format(selector))
        going = disrupted(budget, pods, now)
        for pod in going.overdue:
            message = f"Pod was expected by PDB {key} to be deleted but it wasn't"
            self._recorder.event(pod, WARNING, "NotDeleted", message)
        current = healthy(pods, going.expected)
        self._write(budget, status_of(budget, current, expected, going.expected, now))
        if going.recheck is not None:
            self.queue.add_after(key, going.recheck + 1)

    def sync_stale(self, key: str) -> None:
        """A pod that was to be disrupted is still there: it will stay."""
        pod = self._pods.get(key)
        left = stale_in(pod, self._clock.now()) if pod is not None else None
        if pod is None or left is None:
            return
        if left > 0:
            self.stale_queue.add_after(key, left)
            return
        condition = {**disruption_target(pod, self._clock.now()), "reason": None, "message": None}
        patch = {"metadata": {"uid": pod["metadata"]["uid"]}, "status": {"conditions": [condition]}}
        try:
            self._client.patch(PODS, namespace_of(pod), name_of(pod), patch, kind=STRATEGIC, subresource="status")
        except (NotFound, Conflict):
            return

    def _write(self, budget: Object, status: Object) -> None:
        if is_unchanged(budget, status):
            return
        changed = {**budget, "status": status}
        namespace, name = namespace_of(budget), name_of(budget)
        self._client.update(PODDISRUPTIONBUDGETS, namespace, name, changed, subresource="status")

    def _enqueue(self, budget: Object) -> None:
        self.queue.add(key_of(budget))

    def _pod(self, pod: Object) -> None:
        budgets = [b for b in self._budgets.by_index(NAMESPACE, namespace_of(pod)) if _covers(b, pod)]
        for budget in budgets:
            expected = (budget.get("status") or {}).get("expectedPods") or 0
            self.queue.add_after(key_of(budget), pause_for(expected))
        if len(budgets) > 1:
            self._recorder.event(pod, WARNING, "MultiplePodDisruptionBudgets", _MULTIPLE.format(*_names(pod, budgets)))
        left = stale_in(pod, self._clock.now())
        if left is not None:
            self.stale_queue.add_after(key_of(pod), left)

    def _pod_changed(self, old: Object, new: Object) -> None:
        if labels_of(old) != labels_of(new):
            self._pod(old)
        elif _facts(old) == _facts(new) and stale_in(new, self._clock.now()) is None:
            return
        self._pod(new)


def _names(pod: Object, budgets: list[Object]) -> tuple[str, ...]:
    return quote(namespace_of(pod)), quote(name_of(pod)), quote(name_of(budgets[0]))


def _facts(pod: Object) -> tuple[bool, bool, object]:
    return is_pod_ready(pod), is_terminating(pod), pod["metadata"].get("ownerReferences")


def _covers(budget: Object, pod: Object) -> bool:
    try:
        return from_label_selector(budget["spec"].get("selector")).matches(labels_of(pod))
    except SelectorError:
        return False


def build_disruption(context: Context) -> Controller:
    disruptions = Disruptions(context)
    loops = (Loop(disruptions.queue, disruptions.sync), Loop(disruptions.stale_queue, disruptions.sync_stale))
    return Controller(NAME, loops)
