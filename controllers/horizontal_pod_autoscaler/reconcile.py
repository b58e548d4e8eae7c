"""One pass over one autoscaler: read its target, decide, scale, say so in the status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apimachinery.clock import Clock
from apimachinery.gvk import GroupVersion
from apimachinery.labels import SelectorError, parse_selector
from apimachinery.objects import Object, name_of, namespace_of
from apimachinery.quantity import parse_quantity
from apimachinery.status import StatusError
from apimachinery.timefmt import format_time
from client.api import Client
from client.errors import TransportError, TryAgain
from client.recorder import NORMAL, WARNING, EventRecorder
from client.resources import HORIZONTALPODAUTOSCALERS
from controllers.horizontal_pod_autoscaler.conditions import (
    ABLE_TO_SCALE,
    SCALED_TO_ZERO,
    SCALING_ACTIVE,
    SCALING_LIMITED,
    Conditions,
    is_same,
    status_of,
)
from controllers.horizontal_pod_autoscaler.evaluation import Evaluator, Failed, Subject
from controllers.horizontal_pod_autoscaler.limits import Bounds, decide, longest_period
from controllers.horizontal_pod_autoscaler.memory import Memory
from controllers.horizontal_pod_autoscaler.replicas import Tolerances
from controllers.horizontal_pod_autoscaler.settings import AutoscalerSettings
from controllers.horizontal_pod_autoscaler.targets import Kinds, NoKind, Target

_OUTSIDE = ("Object", "External")


@dataclass(frozen=True, slots=True)
class Surroundings:
    client: Client
    clock: Clock
    recorder: EventRecorder
    kinds: Kinds
    evaluator: Evaluator
    memory: Memory
    settings: AutoscalerSettings


class Pass:
    """One look at one autoscaler; used once."""

    def __init__(self, surroundings: Surroundings, key: str, autoscaler: Object) -> None:
        self._all = surroundings
        self._key = key
        self._autoscaler = autoscaler
        self._spec: Mapping[str, Any] = autoscaler["spec"]
        self._behavior: Mapping[str, Any] | None = self._spec.get("behavior")
        self._before: Mapping[str, Any] = autoscaler.get("status") or {}
        self._now = surroundings.clock.now()
        self._conditions = Conditions(self._before.get("conditions") or (), self._now)
        least = self._spec.get("minReplicas")
        self._bounds = Bounds(1 if least is None else int(least), int(self._spec["maxReplicas"]))
        self._metrics: list[Object] = []
        self._problem = ""

    def run(self) -> None:
        """Raises TryAgain with what is wrong, once the status says it."""
        reference = self._spec["scaleTargetRef"]
        self._shown = f"{reference['kind']}/{namespace_of(self._autoscaler)}/{reference['name']}"
        try:
            GroupVersion.parse(reference.get("apiVersion") or "")
            target = Target.find(self._all.client, self._all.kinds, namespace_of(self._autoscaler), reference)
        except (ValueError, NoKind, StatusError, TransportError) as error:
            self._event(WARNING, "FailedGetScale", str(error))
            message = f"the HPA controller was unable to get the target's current scale: {error}"
            self._conditions.set(ABLE_TO_SCALE, False, "FailedGetScale", message)
            self._finish(self._before.get("currentReplicas") or 0, self._desired_before(), self._metrics_before())
            raise TryAgain(f"failed to query scale subresource for {self._shown}: {error}") from error
        message = "the HPA controller was able to get the target's current scale"
        self._conditions.set(ABLE_TO_SCALE, True, "SucceededGetScale", message)
        self._history = self._all.memory.history(self._key, target.replicas)
        wanted, reason = self._decide(target)
        scaled_at = ""
        if wanted != target.replicas:
            self._rescale(target, wanted, reason)
            scaled_at = format_time(self._now)
        self._finish(target.replicas, wanted, self._metrics, scaled_at)
        if self._problem:
            raise TryAgain(self._problem)

    def _decide(self, target: Target) -> tuple[int, str]:
        """The replicas there should be now, and why."""
        current, (least, most) = target.replicas, self._bounds
        from_zero = self._conditions.holds(SCALED_TO_ZERO) and (least != 0 or self._has_outside_metrics())
        if current == 0 and not from_zero:
            message = "scaling is disabled since the replica count of the target is zero"
            self._conditions.set(SCALING_ACTIVE, False, "ScalingDisabled", message)
            return 0, ""
        if current > most:
            return most, "Current number of replicas above Spec.MaxReplicas"
        if current and current < least:
            return least, "Current number of replicas below Spec.MinReplicas"
        proposed, metric = self._evaluate(target)
        reason = f"{metric if proposed > 0 else ''} above target" if proposed > current else ""
        if proposed < current:
            reason = "All metrics below target"
        wanted = self._limit(current, proposed)
        if current == 0 and wanted < least:
            return least, reason or "Current number of replicas below Spec.MinReplicas"
        return wanted, reason

    def _limit(self, current: int, proposed: int) -> int:
        now = self._all.clock.monotonic()
        decision = decide(
            self._behavior,
            self._bounds,
            current,
            proposed,
            self._history,
            now,
            self._all.settings.downscale_stabilization,
        )
        self._conditions.set(ABLE_TO_SCALE, True, *decision.able)
        self._conditions.set(SCALING_LIMITED, decision.limited, *decision.limit)
        return decision.replicas

    def _evaluate(self, target: Target) -> tuple[int, str]:
        """What the metrics ask for: the most of any; with one missing, no less than there is."""
        specs = self._spec.get("metrics") or ()
        subject = self._subject(target)
        failures: list[Failed] = []
        replicas, metric = 0, ""
        for spec in specs:
            try:
                result = self._all.evaluator.evaluate(spec, subject)
            except Failed as error:
                self._event(WARNING, error.reason, error.message)
                failures.append(error)
                self._metrics.append({"type": ""})
                continue
            self._metrics.append(result.status)
            if replicas == 0 or result.replicas > replicas:
                replicas, metric = result.replicas, result.name
        if failures:
            self._problem = (
                f"invalid metrics ({len(failures)} invalid out of {len(specs)}), first error is: {failures[0]}"
            )
        if len(failures) >= len(specs) or (failures and replicas < target.replicas):
            first = failures[0] if failures else None
            if first is not None:
                message = f"the HPA was unable to compute the replica count: {first.message}"
                self._conditions.set(SCALING_ACTIVE, False, first.reason, message)
            raise self._given_up(target.replicas, self._problem)
        message = f"the HPA was able to successfully calculate a replica count from {metric}"
        self._conditions.set(SCALING_ACTIVE, True, "ValidMetricFound", message)
        return replicas, metric

    def _subject(self, target: Target) -> Subject:
        """Raises TryAgain when the target's pods are not its own."""
        if not target.selector:
            return self._refuse_selector(
                target, "SelectorRequired", "selector is required", "the HPA target's scale is missing a selector"
            )
        try:
            selector = parse_selector(target.selector)
        except SelectorError as error:
            problem = f"couldn't convert selector into a corresponding internal selector object: {error}"
            return self._refuse_selector(target, "InvalidSelector", problem, problem)
        pods = self._all.memory.select(self._key, selector)
        selecting = self._all.memory.selecting(self._key, pods)
        if len(selecting) > 1:
            problem = f"pods by selector {target.selector} are controlled by multiple HPAs: [{' '.join(selecting)}]"
            return self._refuse_selector(target, "AmbiguousSelector", problem, problem)
        return Subject(
            namespace_of(self._autoscaler),
            target.replicas,
            target.status_replicas,
            selector,
            pods,
            tolerances_of(self._behavior, self._all.settings.tolerance),
        )

    def _refuse_selector(self, target: Target, event: str, problem: str, message: str) -> Subject:
        self._event(WARNING, event, problem)
        condition = "InvalidSelector" if event == "SelectorRequired" else event
        self._conditions.set(SCALING_ACTIVE, False, condition, message)
        raise self._given_up(target.replicas, problem)

    def _given_up(self, current: int, problem: str) -> TryAgain:
        """Says in the status that nothing can be said; what to raise."""
        self._finish(current, self._desired_before(), self._metrics)
        self._event(WARNING, "FailedComputeMetricsReplicas", problem)
        return TryAgain(
            f"failed to compute desired number of replicas based on listed metrics for {self._shown}: {problem}"
        )

    def _rescale(self, target: Target, wanted: int, reason: str) -> None:
        try:
            target.scale_to(wanted)
        except (StatusError, TransportError) as error:
            self._event(WARNING, "FailedRescale", f"New size: {wanted}; reason: {reason}; error: {error}")
            message = f"the HPA controller was unable to update the target scale: {error}"
            self._conditions.set(ABLE_TO_SCALE, False, "FailedUpdateScale", message)
            self._finish(target.replicas, self._desired_before(), self._metrics)
            raise TryAgain(f"failed to rescale {self._shown}: {error}") from error
        message = f"the HPA controller was able to update the target scale to {wanted}"
        self._conditions.set(ABLE_TO_SCALE, True, "SucceededRescale", message)
        self._event(NORMAL, "SuccessfulRescale", f"New size: {wanted}; reason: {reason}")
        if self._behavior is not None:
            periods = (longest_period(self._behavior[way]) for way in ("scaleUp", "scaleDown"))
            self._history.scaled(target.replicas, wanted, self._all.clock.monotonic(), *periods)
        self._note_zero(target.replicas, wanted)

    def _note_zero(self, current: int, wanted: int) -> None:
        """Only autoscalers that may scale to zero, or have, carry the condition."""
        if self._bounds.least != 0 and not self._conditions.has(SCALED_TO_ZERO):
            return
        if current > 0 and wanted == 0 and self._has_outside_metrics():
            message = "the HPA controller scaled the workload to zero"
            self._conditions.set(SCALED_TO_ZERO, True, "ScaledToZero", message)
        else:
            message = "the HPA controller did not scale the workload to zero"
            self._conditions.set(SCALED_TO_ZERO, False, "NotScaledToZero", message)

    def _has_outside_metrics(self) -> bool:
        return any(metric["type"] in _OUTSIDE for metric in self._spec.get("metrics") or ())

    def _finish(self, current: int, desired: int, metrics: list[Object], scaled_at: str = "") -> None:
        """Writes the status if it is a new one. Raises StatusError, TransportError."""
        status = status_of(self._before, current, desired, metrics, self._conditions, scaled_at)
        if is_same(self._before, status):
            return
        namespace, name = namespace_of(self._autoscaler), name_of(self._autoscaler)
        changed = {**self._autoscaler, "status": status}
        try:
            self._all.client.update(HORIZONTALPODAUTOSCALERS, namespace, name, changed, subresource="status")
        except StatusError as error:
            self._event(WARNING, "FailedUpdateStatus", str(error))
            raise

    def _desired_before(self) -> int:
        return self._before.get("desiredReplicas") or 0

    def _metrics_before(self) -> list[Object]:
        return self._before.get("currentMetrics") or []

    def _event(self, type: str, reason: str, message: str) -> None:
        self._all.recorder.event(self._autoscaler, type, reason, message)


def tolerances_of(behavior: Mapping[str, Any] | None, default: float) -> Tolerances:
    given = [((behavior or {}).get(way) or {}).get("tolerance") for way in ("scaleDown", "scaleUp")]
    return Tolerances(*(default if each is None else parse_quantity(each).as_float() for each in given))
