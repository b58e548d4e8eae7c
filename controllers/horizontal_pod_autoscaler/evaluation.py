"""Goes through the metrics of an autoscaler: what each of them asks for, and what the status says of it.

Wording of pkg/controller/podautoscaler/horizontal.go, its slips included, for people search for these messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from apimachinery.labels import Selector, SelectorError, from_label_selector
from apimachinery.objects import Object
from apimachinery.quantity import Format, Quantity, parse_quantity
from controllers.horizontal_pod_autoscaler.metrics import Metrics
from controllers.horizontal_pod_autoscaler.replicas import (
    CannotTell,
    Patience,
    Proposal,
    Tolerances,
    for_average,
    for_share,
    for_total,
    for_utilization,
    group_pods,
    total,
)
from controllers.horizontal_pod_autoscaler.requests import NoRequest, requests_of
from controllers.horizontal_pod_autoscaler.targets import Kinds, NoKind

Spec = Mapping[str, Any]
_NO_PODS = "no pods returned by selector while calculating replica count"


class Result(NamedTuple):
    """``name``: what the metric is called in events; ``status``: its entry of currentMetrics."""

    replicas: int
    name: str
    status: Object


class Failed(Exception):
    """A metric could not be evaluated. ``reason`` and ``message`` are for the event and the condition; the exception's
    own text is for the summary."""

    def __init__(self, reason: str, message: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Subject:
    """What is scaled. ``pods``: those that ``selector`` finds in the namespace."""

    namespace: str
    replicas: int
    status_replicas: int
    selector: Selector
    pods: Sequence[Object]
    tolerances: Tolerances


class Evaluator:
    def __init__(self, metrics: Metrics, kinds: Kinds, patience: Patience, now: Callable[[], datetime]) -> None:
        self._metrics = metrics
        self._kinds = kinds
        self._patience = patience
        self._now = now

    def evaluate(self, spec: Spec, subject: Subject) -> Result:
        """One entry of ``spec.metrics``. Raises Failed."""
        if spec["type"] not in _SOURCES:
            text = f'unknown metric source type "{spec["type"]}"'
            raise Failed("InvalidMetricSourceType", text, text)
        source = _SOURCES[spec["type"]]
        try:
            return source.evaluate(self, spec, subject)
        except (CannotTell, NoKind, SelectorError) as error:
            text = f"failed to get {source.noun(spec)}: {error}"
            raise Failed(f"FailedGet{spec['type']}Metric", str(error), text) from error

    def of_resource(self, spec: Spec, subject: Subject) -> Result:
        given = spec["resource"]
        proposal, name = self._resource(given, subject, "", "resource")
        current = _resource_value(given["name"], proposal)
        return Result(proposal.replicas, name, _status("Resource", {"name": given["name"], "current": current}))

    def of_container(self, spec: Spec, subject: Subject) -> Result:
        given = spec["containerResource"]
        proposal, name = self._resource(given, subject, given["container"], "container resource")
        current = _resource_value(given["name"], proposal)
        about = {"name": given["name"], "current": current, "container": given["container"]}
        return Result(proposal.replicas, name, _status("ContainerResource", about))

    def of_pods(self, spec: Spec, subject: Subject) -> Result:
        given = spec["pods"]
        metric, target = given["metric"], _milli(given["target"]["averageValue"])
        selector = _selector(metric)
        try:
            samples = self._metrics.of_pods(metric["name"], subject.namespace, subject.selector, selector)
        except CannotTell as error:
            raise CannotTell(f"unable to get metric {metric['name']}: {error}") from error
        _need_pods(subject)
        groups = group_pods(subject.pods, samples, "", self._patience, self._now())
        proposal = for_average(subject.replicas, target, samples, groups, subject.tolerances)
        about = {"metric": metric, "current": {"averageValue": _decimal(proposal.usage)}}
        return Result(proposal.replicas, f"pods metric {metric['name']}", _status("Pods", about))

    def of_object(self, spec: Spec, subject: Subject) -> Result:
        given = spec["object"]
        metric, target, about = given["metric"], given["target"], given["describedObject"]
        if target["type"] == "Value" and target.get("value") is not None:
            usage = self._object(given, subject)
            proposal = for_total(subject.replicas, _milli(target["value"]), usage, subject.pods, subject.tolerances)
            name, current = f"{about['kind']} metric {metric['name']}", {"value": _decimal(proposal.usage)}
        elif target["type"] == "AverageValue" and target.get("averageValue") is not None:
            try:
                usage = self._object(given, subject)
            except CannotTell as error:
                raise CannotTell(f"failed to get {metric['name']} object metric: {error}") from error
            average = _milli(target["averageValue"])
            proposal = for_share(subject.status_replicas, average, usage, subject.tolerances)
            name, current = _external_name(metric), {"averageValue": _decimal(proposal.usage)}
        else:
            raise CannotTell("invalid object metric source: neither a value target nor an average value target was set")
        status = _status("Object", {"metric": metric, "current": current, "describedObject": about})
        return Result(proposal.replicas, name, status)

    def of_external(self, spec: Spec, subject: Subject) -> Result:
        given = spec["external"]
        metric, target = given["metric"], given["target"]
        if target.get("averageValue") is not None:
            usage = self._external(metric, subject, f"failed to get {metric['name']} external metric")
            average = _milli(target["averageValue"])
            proposal = for_share(subject.status_replicas, average, usage, subject.tolerances)
            current = {"averageValue": _decimal(proposal.usage)}
        elif target.get("value") is not None:
            usage = self._external(metric, subject, f"failed to get external metric {metric['name']}")
            value = _milli(target["value"])
            proposal = for_total(subject.replicas, value, usage, subject.pods, subject.tolerances)
            current = {"value": _decimal(proposal.usage)}
        else:
            raise CannotTell(
                "invalid external metric source: neither a value target nor an average value target was set"
            )
        status = _status("External", {"metric": metric, "current": current})
        return Result(proposal.replicas, _external_name(metric), status)

    def _resource(self, given: Spec, subject: Subject, container: str, noun: str) -> tuple[Proposal, str]:
        resource, target = given["name"], given["target"]
        average, share = target.get("averageValue"), target.get("averageUtilization")
        if average is None and share is None:
            raise CannotTell(
                "invalid resource metric source: neither an average utilization target nor an average value (usage) "
                "target was set"
            )
        what = "usage" if average is not None else "utilization"
        try:
            samples = self._resource_samples(resource, subject, container)
            groups = group_pods(subject.pods, samples, resource, self._patience, self._now())
            if average is not None:
                plain = for_average(subject.replicas, _milli(average), samples, groups, subject.tolerances)
                return plain, f"{resource} resource"
            if not samples.keys() - groups.ignored - groups.unready:
                raise CannotTell("did not receive metrics for targeted pods (pods might be unready)")
            requests = requests_of(subject.pods, resource, container)
            proposal = for_utilization(subject.replicas, int(share), samples, requests, groups, subject.tolerances)
        except (CannotTell, NoRequest) as error:
            raise CannotTell(f"failed to get {resource} {what}: {error}") from error
        return proposal, f"{resource} {noun} utilization (percentage of request)"

    def _resource_samples(self, resource: str, subject: Subject, container: str) -> Any:
        try:
            samples = self._metrics.of_resource(resource, subject.namespace, subject.selector, container)
        except CannotTell as error:
            raise CannotTell(f"unable to get metrics for resource {resource}: {error}") from error
        _need_pods(subject)
        return samples

    def _object(self, given: Spec, subject: Subject) -> int:
        metric, about = given["metric"], given["describedObject"]
        selector = _selector(metric)
        try:
            resource = self._kinds.resource(about)
            return self._metrics.of_object(metric["name"], subject.namespace, resource, about["name"], selector)
        except (CannotTell, NoKind) as error:
            where = f"{about['kind']} on {subject.namespace} {about['name']}/{error}"
            raise CannotTell(f"unable to get metric {metric['name']}: {where}") from error

    def _external(self, metric: Spec, subject: Subject, prefix: str) -> int:
        try:
            found = self._metrics.of_external(metric["name"], subject.namespace, _selector(metric))
        except CannotTell as error:
            shown = f"{subject.namespace}/{metric['name']}/{selector_text(metric.get('selector'))}"
            raise CannotTell(f"{prefix}: unable to get external metric {shown}: {error}") from error
        return total(found)


class _Source(NamedTuple):
    evaluate: Callable[[Evaluator, Spec, Subject], Result]
    noun: Callable[[Spec], str]


_SOURCES: Mapping[str, _Source] = {
    "Object": _Source(Evaluator.of_object, lambda spec: "object metric value"),
    "Pods": _Source(Evaluator.of_pods, lambda spec: "pods metric value"),
    "Resource": _Source(Evaluator.of_resource, lambda spec: f"{spec['resource']['name']} resource metric value"),
    "ContainerResource": _Source(
        Evaluator.of_container, lambda spec: f"{spec['containerResource']['container']} container metric value"
    ),
    "External": _Source(
        Evaluator.of_external, lambda spec: f"{spec['external']['metric']['name']} external metric value"
    ),
}


def selector_text(selector: Mapping[str, Any] | None) -> str:
    """A LabelSelector as Go prints a pointer to one."""
    if selector is None:
        return "nil"
    labels = "".join(f"{key}: {value}," for key, value in sorted((selector.get("matchLabels") or {}).items()))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{each['key']},Operator:{each['operator']},"
        f"Values:[{' '.join(each.get('values') or ())}],}},"
        for each in selector.get("matchExpressions") or ()
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )


def _external_name(metric: Spec) -> str:
    return f"external metric {metric['name']}({selector_text(metric.get('selector'))})"


def _selector(metric: Spec) -> Selector:
    """Of a metric's labels; without one every series counts."""
    return from_label_selector(metric.get("selector") or {})


def _need_pods(subject: Subject) -> None:
    if not subject.pods:
        raise CannotTell(_NO_PODS)


def _milli(quantity: Any) -> int:
    return parse_quantity(quantity).milli_value()


def _decimal(milli: int) -> str:
    return str(Quantity(milli, -3))


def _resource_value(resource: str, proposal: Proposal) -> Object:
    form = Format.BINARY_SI if resource == "memory" else Format.DECIMAL_SI
    average = str(Quantity(proposal.usage, -3, form))
    if proposal.utilization is None:
        return {"averageValue": average}
    return {"averageValue": average, "averageUtilization": proposal.utilization}


def _status(type: str, about: Object) -> Object:
    return {"type": type, type[0].lower() + type[1:]: about}
