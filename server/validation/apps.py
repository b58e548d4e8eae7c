"""ReplicaSets, deployments, daemon sets, controller revisions. Source: k8s.io/kubernetes/pkg/apis/apps/validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, not_supported, required
from apimachinery.objects import Object
from server.validation.checks import Errors, immutable, nonnegative, same
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.podoptions import FOR_TEMPLATE, PodOptions
from server.validation.podtemplate import check_template
from server.validation.rules import name_is_dns_subdomain
from server.validation.selectors import as_selector, check_label_selector, is_empty
from server.validation.validator import validator
from server.validation.workloads import (
    amount_of,
    check_at_most_all,
    check_collisions,
    check_count_or_percent,
    check_counts,
    check_matches,
    check_replica_counts,
    check_replicated_template,
    check_runs_forever,
    check_selector,
    template_validated,
)

Source = Mapping[str, Any]


def _meta(obj: Object) -> Errors:
    return validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)


def _meta_update(new: Object, old: Object) -> Errors:
    return validate_object_meta_update(new["metadata"], old["metadata"])


def _selector_immutable(errors: Errors, new: Object, old: Object) -> None:
    immutable(errors, "spec.selector", (new.get("spec") or {}).get("selector"), (old.get("spec") or {}).get("selector"))


def _check_replica_set_spec(errors: Errors, spec: Source, options: PodOptions = FOR_TEMPLATE) -> None:
    nonnegative(errors, "spec.replicas", spec.get("replicas"))
    nonnegative(errors, "spec.minReadySeconds", spec.get("minReadySeconds"))
    _check_selector_and_template(errors, spec, options)


def _check_selector_and_template(errors: Errors, spec: Source, options: PodOptions) -> None:
    selector = check_selector(errors, spec, "spec", "deployment")
    if selector is None:
        errors.append(invalid("spec.selector", spec.get("selector"), "invalid label selector"))
    else:
        check_replicated_template(errors, selector, spec, "spec", "ReplicaSet", options)


def _replica_set_create(obj: Object) -> Errors:
    errors = _meta(obj)
    _check_replica_set_spec(errors, obj.get("spec") or {})
    return errors


def _replica_set_update(new: Object, old: Object) -> Errors:
    def check(options: PodOptions) -> Errors:
        errors = _meta_update(new, old)
        _check_replica_set_spec(errors, new.get("spec") or {}, options)
        _selector_immutable(errors, new, old)
        return errors

    return template_validated(check, new, old)


def _replica_set_status(new: Object, old: Object) -> Errors:
    errors = _meta_update(new, old)
    parts = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    status = new.get("status") or {}
    check_counts(errors, status, "status", ("replicas", *parts, "observedGeneration", "terminatingReplicas"))
    check_replica_counts(errors, status, "status", parts, "readyReplicas")
    return errors


def _check_deployment_spec(errors: Errors, spec: Source, options: PodOptions = FOR_TEMPLATE) -> None:
    nonnegative(errors, "spec.replicas", spec.get("replicas"))
    _check_selector_and_template(errors, spec, options)
    _check_deployment_strategy(errors, spec.get("strategy") or {}, "spec.strategy")
    nonnegative(errors, "spec.minReadySeconds", spec.get("minReadySeconds"))
    nonnegative(errors, "spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))
    deadline = spec.get("progressDeadlineSeconds")
    nonnegative(errors, "spec.progressDeadlineSeconds", deadline)
    if deadline is not None and deadline <= (spec.get("minReadySeconds") or 0):
        errors.append(invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))


def _check_deployment_strategy(errors: Errors, strategy: Source, path: str) -> None:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            problem = "may not be specified when strategy `type` is 'Recreate'"
            errors.append(forbidden(f"{path}.rollingUpdate", problem))
    elif kind != "RollingUpdate":
        errors.append(not_supported(path, strategy, ("Recreate", "RollingUpdate")))
    elif rolling is None:
        problem = "this should be defaulted and never be nil"
        errors.append(required(f"{path}.rollingUpdate", problem))
    else:
        _check_rolling_deployment(errors, rolling, f"{path}.rollingUpdate")


def _check_rolling_deployment(errors: Errors, rolling: Source, path: str) -> None:
    unavailable, surge = rolling.get("maxUnavailable") or 0, rolling.get("maxSurge") or 0
    check_count_or_percent(errors, f"{path}.maxUnavailable", unavailable)
    check_count_or_percent(errors, f"{path}.maxSurge", surge)
    if not amount_of(unavailable) and not amount_of(surge):
        problem = "may not be 0 when `maxSurge` is 0"
        errors.append(invalid(f"{path}.maxUnavailable", unavailable, problem))
    check_at_most_all(errors, f"{path}.maxUnavailable", unavailable)


def _deployment_create(obj: Object) -> Errors:
    errors = _meta(obj)
    _check_deployment_spec(errors, obj.get("spec") or {})
    return errors


def _deployment_update(new: Object, old: Object) -> Errors:
    def check(options: PodOptions) -> Errors:
        errors = _meta_update(new, old)
        _check_deployment_spec(errors, new.get("spec") or {}, options)
        _selector_immutable(errors, new, old)
        return errors

    return template_validated(check, new, old)


_DEPLOYMENT_COUNTS = (
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "terminatingReplicas",
    "collisionCount",
)


def _deployment_status(new: Object, old: Object) -> Errors:
    errors = _meta_update(new, old)
    status = new.get("status") or {}
    check_counts(errors, status, "status", _DEPLOYMENT_COUNTS)
    parts = ("updatedReplicas", "readyReplicas", "availableReplicas")
    check_replica_counts(errors, status, "status", parts, "readyReplicas")
    check_collisions(errors, new, old)
    return errors


def _check_daemon_set_spec(errors: Errors, spec: Source, options: PodOptions = FOR_TEMPLATE) -> None:
    selector = spec.get("selector")
    check_label_selector(errors, selector, "spec.selector", any_value=options.any_selector_value)
    parsed = as_selector(selector)
    if parsed is not None:
        check_matches(errors, parsed, spec, "spec")
    if selector is not None and is_empty(selector):
        errors.append(invalid("spec.selector", selector, "empty selector is invalid for daemonset"))
    check_template(errors, spec.get("template"), "spec.template", options)
    check_runs_forever(errors, spec, "spec", "DaemonSet")
    nonnegative(errors, "spec.minReadySeconds", spec.get("minReadySeconds"))
    _check_daemon_strategy(errors, spec.get("updateStrategy") or {}, "spec.updateStrategy")
    nonnegative(errors, "spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))


def _check_daemon_strategy(errors: Errors, strategy: Source, path: str) -> None:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == "OnDelete":
        return
    if kind != "RollingUpdate":
        errors.append(not_supported(path, strategy, ("RollingUpdate", "OnDelete")))
    elif rolling is None:
        errors.append(required(f"{path}.rollingUpdate"))
    else:
        _check_rolling_daemon(errors, rolling, f"{path}.rollingUpdate")


def _check_rolling_daemon(errors: Errors, rolling: Source, path: str) -> None:
    unavailable, surge = rolling.get("maxUnavailable") or 0, rolling.get("maxSurge") or 0
    for check in (check_count_or_percent, check_at_most_all):
        check(errors, f"{path}.maxUnavailable", unavailable)
        check(errors, f"{path}.maxSurge", surge)
    if amount_of(unavailable) and amount_of(surge):
        errors.append(invalid(f"{path}.maxSurge", surge, "may not be set when maxUnavailable is non-zero"))
    elif not amount_of(unavailable) and not amount_of(surge):
        errors.append(required(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0"))


def _daemon_set_create(obj: Object) -> Errors:
    errors = _meta(obj)
    _check_daemon_set_spec(errors, obj.get("spec") or {})
    return errors


def _daemon_set_update(new: Object, old: Object) -> Errors:
    def check(options: PodOptions) -> Errors:
        errors = _meta_update(new, old)
        _selector_immutable(errors, new, old)
        _check_daemon_set_spec(errors, new.get("spec") or {}, options)
        return errors

    return template_validated(check, new, old)


_DAEMON_COUNTS = (
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "observedGeneration",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
    "collisionCount",
)


def _daemon_set_status(new: Object, old: Object) -> Errors:
    errors = _meta_update(new, old)
    check_counts(errors, new.get("status") or {}, "status", _DAEMON_COUNTS)
    check_collisions(errors, new, old)
    return errors


def _check_revision(errors: Errors, obj: Object) -> None:
    nonnegative(errors, "revision", obj.get("revision"))


def _revision_create(obj: Object) -> Errors:
    errors = _meta(obj)
    _check_revision(errors, obj)
    data = obj.get("data")
    if data is None:
        errors.append(required("data", "data is mandatory"))
    elif not isinstance(data, Mapping):
        errors.append(required("data", "data must be a valid JSON object"))
    return errors


def _revision_update(new: Object, old: Object) -> Errors:
    errors = _meta_update(new, old) + _meta(new)
    _check_revision(errors, new)
    if not same(new.get("data"), old.get("data")):
        immutable(errors, "data", new.get("data"), old.get("data"))
    return errors


REPLICA_SET = validator(_replica_set_create, _replica_set_update, _replica_set_status)
DEPLOYMENT = validator(_deployment_create, _deployment_update, _deployment_status)
DAEMON_SET = validator(_daemon_set_create, _daemon_set_update, _daemon_set_status)
CONTROLLER_REVISION = validator(_revision_create, _revision_update)
