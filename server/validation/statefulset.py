"""Stateful sets. Source: k8s.io/kubernetes/pkg/apis/apps/validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, required
from apimachinery.objects import Object
from server.validation.checks import Errors, check_label, nonnegative, same, supported
from server.validation.claimspec import check_claim_spec
from server.validation.objectmeta import (
    check_annotations,
    check_labels,
    validate_object_meta,
    validate_object_meta_update,
)
from server.validation.podoptions import FOR_TEMPLATE, PodOptions
from server.validation.podtemplate import check_pod_annotations, check_template
from server.validation.rules import name_is_dns_label
from server.validation.validator import validator
from server.validation.workloads import (
    amount_of,
    check_at_most_all,
    check_collisions,
    check_count_or_percent,
    check_counts,
    check_matches,
    check_replica_counts,
    check_runs_forever,
    check_selector,
    template_validated,
)

Source = Mapping[str, Any]

_MUTABLE = (
    "replicas",
    "template",
    "updateStrategy",
    "minReadySeconds",
    "ordinals",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
)
_FIXED = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
_COUNTS = ("replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")


def _check_spec(
    errors: Errors,
    spec: Source,
    options: PodOptions = FOR_TEMPLATE,
    *,
    update: bool = False,
    skip_template: bool = False,
) -> None:
    """``update``: service name and claim templates are fixed by then, so they are not looked at again."""
    _check_management(errors, spec)
    _check_strategy(errors, spec.get("updateStrategy") or {}, "spec.updateStrategy")
    retention = spec.get("persistentVolumeClaimRetentionPolicy")
    if retention is not None:
        for field in ("whenDeleted", "whenScaled"):
            where = f"spec.persistentVolumeClaimRetentionPolicy.{field}"
            supported(errors, where, retention.get(field) or "", ("Retain", "Delete"))
    if not update:
        for index, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
            check_claim_spec(errors, claim.get("spec") or {}, f"spec.volumeClaimTemplates[{index}].spec")
    nonnegative(errors, "spec.replicas", spec.get("replicas"))
    nonnegative(errors, "spec.minReadySeconds", spec.get("minReadySeconds"))
    nonnegative(errors, "spec.ordinals.start", (spec.get("ordinals") or {}).get("start"))
    if not update and spec.get("serviceName"):
        check_label(errors, "spec.serviceName", spec["serviceName"])
    _check_template(errors, spec, options, skip_template)
    check_runs_forever(errors, spec, "spec", "StatefulSet")


def _check_management(errors: Errors, spec: Source) -> None:
    policy = spec.get("podManagementPolicy")
    if not policy:
        errors.append(required("spec.podManagementPolicy"))
    elif policy not in ("OrderedReady", "Parallel"):
        problem = "must be 'OrderedReady' or 'Parallel'"
        errors.append(invalid("spec.podManagementPolicy", policy, problem))


def _check_strategy(errors: Errors, strategy: Source, path: str) -> None:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if not kind:
        errors.append(required(path))
    elif kind == "OnDelete":
        if rolling is not None:
            problem = "only allowed for updateStrategy 'RollingUpdate'"
            errors.append(invalid(f"{path}.rollingUpdate", rolling, problem))
    elif kind != "RollingUpdate":
        errors.append(invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'"))
    elif rolling is not None:
        nonnegative(errors, f"{path}.rollingUpdate.partition", rolling.get("partition"))
        unavailable, where = rolling.get("maxUnavailable"), f"{path}.rollingUpdate.maxUnavailable"
        if unavailable is not None:
            check_count_or_percent(errors, where, unavailable)
            if not amount_of(unavailable):
                errors.append(invalid(where, unavailable, "cannot be 0"))
            check_at_most_all(errors, where, unavailable)


def _check_template(errors: Errors, spec: Source, options: PodOptions, skip: bool) -> None:
    selector = check_selector(errors, spec, "spec", "statefulset")
    if selector is None:
        errors.append(invalid("spec.selector", spec.get("selector")))
        return
    if not selector.empty:
        check_matches(errors, selector, spec, "spec")
    if not skip:
        check_template(errors, _filled_template(spec), "spec.template", options)
    _check_template_again(errors, spec, options)


def _check_template_again(errors: Errors, spec: Source, options: PodOptions) -> None:
    """Upstream checks a template's metadata twice, and even when it skips the template."""
    template = spec.get("template") or {}
    meta = template.get("metadata") or {}
    check_labels(errors, meta.get("labels"), "spec.template.labels")
    if annotations := meta.get("annotations"):
        check_annotations(errors, annotations, "spec.template.annotations")
        check_pod_annotations(errors, annotations, template.get("spec") or {}, "spec.template.annotations", options)


def _filled_template(spec: Source) -> Source:
    """The template as its pods will have it: the controller sets host names and adds the claims as volumes."""
    template = spec.get("template") or {}
    pod = {k: v for k, v in (template.get("spec") or {}).items() if k not in ("hostname", "subdomain")}
    names = {(claim.get("metadata") or {}).get("name") or "": None for claim in spec.get("volumeClaimTemplates") or ()}
    if names:
        claims = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in names]
        pod["volumes"] = claims + [v for v in pod.get("volumes") or () if v.get("name") not in names]
    return {**template, "spec": pod}


def _create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_label)
    _check_spec(errors, obj.get("spec") or {})
    return errors


def _update(new: Object, old: Object) -> Errors:
    spec, before = new.get("spec") or {}, old.get("spec") or {}

    def check(options: PodOptions) -> Errors:
        errors = validate_object_meta_update(new["metadata"], old["metadata"])
        _check_spec(errors, spec, options, update=True)
        return errors

    errors = template_validated(check, new, old)
    if errors and _is_invalid(before):
        errors = validate_object_meta_update(new["metadata"], old["metadata"])
        _check_spec(errors, spec, update=True, skip_template=True)
    fields = (spec.keys() | before.keys()) - set(_MUTABLE)
    if any(not same(spec.get(field), before.get(field)) for field in fields):
        errors.append(forbidden("spec", _FIXED))
    return errors


def _is_invalid(spec: Source) -> bool:
    """What is already stored with an invalid template may be updated with one."""
    errors: Errors = []
    _check_spec(errors, spec, update=True)
    return bool(errors)


def _status(new: Object, old: Object) -> Errors:
    errors: Errors = []
    status = new.get("status") or {}
    check_counts(errors, status, "status", (*_COUNTS, "observedGeneration", "collisionCount"))
    check_replica_counts(errors, status, "status", _COUNTS[1:], "status.readyReplicas")
    errors += validate_object_meta_update(new["metadata"], old["metadata"])
    check_collisions(errors, new, old)
    return errors


STATEFUL_SET = validator(_create, _update, _status)
