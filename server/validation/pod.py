"""Pods: creation, updates, and the writes through subresources.

Source: k8s.io/kubernetes/pkg/apis/core/validation, pkg/registry/core/pod/strategy.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, not_supported, quote, required
from apimachinery.names import inclusive_range_error
from apimachinery.objects import Object
from server.validation.checks import MAX_INT32, Errors, same
from server.validation.containers import check_image_spaces
from server.validation.diff import unified_diff
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.podoptions import FOR_POD, PodOptions
from server.validation.podrelax import validated
from server.validation.podspec import MIRROR_ANNOTATION, check_pod_spec
from server.validation.podstatus import validate_pod_status
from server.validation.podtemplate import check_pod_annotations
from server.validation.profileannotations import APP_ARMOR, check_profile_annotations_match
from server.validation.rules import name_is_dns_subdomain
from server.validation.scheduling import check_tolerations
from server.validation.validator import on_update, validator

Source = Mapping[str, Any]

UPDATABLE = ",".join(
    (
        "`spec.containers[*].image`",
        "`spec.initContainers[*].image`",
        "`spec.activeDeadlineSeconds`",
        "`spec.tolerations` (only additions to existing tolerations)",
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    )
)
_NODE_TERMS = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"


def check_pod(pod: Object, options: PodOptions = FOR_POD) -> Errors:
    """What creation and every update check: metadata and spec."""
    meta, spec = pod["metadata"], pod.get("spec") or {}
    errors = validate_object_meta(meta, True, name_is_dns_subdomain)
    annotations = meta.get("annotations")
    if annotations:
        check_pod_annotations(errors, annotations, spec, "metadata.annotations", options)
    is_mirror = bool(annotations) and MIRROR_ANNOTATION in annotations
    check_pod_spec(errors, spec, "spec", options, pod_name=meta.get("name") or "", is_mirror=is_mirror)
    if not spec.get("serviceAccountName"):
        _check_no_token_volumes(errors, spec)
    for field in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(field) or ()):
            check_image_spaces(errors, container, f"spec.{field}[{index}]")
    return errors


def _check_no_token_volumes(errors: Errors, spec: Source) -> None:
    for index, volume in enumerate(spec.get("volumes") or ()):
        for place, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
            if source.get("serviceAccountToken") is not None:
                where = f"spec.volumes[{index}].projected.sources[{place}].serviceAccountToken"
                problem = "must not be specified when serviceAccountName is not set"
                errors.append(forbidden(where, problem))


def validate_create(pod: Object) -> Errors:
    errors = check_pod(pod)
    spec = pod.get("spec") or {}
    if spec.get("ephemeralContainers"):
        errors.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        problem = "cannot be set until all schedulingGates have been cleared"
        errors.append(forbidden("spec.nodeName", problem))
    annotations = pod["metadata"].get("annotations")
    if annotations:
        check_profile_annotations_match(errors, annotations, spec, "spec")
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """A pod's spec is fixed but for a few fields."""
    old_spec = old.get("spec") or {}
    return validated(lambda options: _update_errors(new, old, options), old_spec, old["metadata"], True)


def _update_errors(new: Object, old: Object, options: PodOptions) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    errors += check_pod(new, options)
    _check_annotation_updates(errors, new, old, options)
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    for field in ("containers", "initContainers"):
        if not _check_container_updates(errors, spec.get(field) or (), before.get(field) or (), f"spec.{field}"):
            return errors
    if not _check_deadline(errors, spec.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds")):
        return errors
    _check_added_tolerations(errors, spec.get("tolerations") or [], before.get("tolerations") or [], options)
    _check_removed_gates(errors, spec.get("schedulingGates") or (), before.get("schedulingGates") or ())
    if not same(spec, before):
        _check_fixed_fields(errors, spec, before)
    return errors


def _check_annotation_updates(errors: Errors, new: Object, old: Object, options: PodOptions) -> None:
    now, before = new["metadata"].get("annotations") or {}, old["metadata"].get("annotations") or {}
    if not now and not before:
        return
    for key, value in before.items():
        if now.get(key) == value:
            continue
        if key.startswith(APP_ARMOR):
            problem = "may not remove or update AppArmor annotations"
            errors.append(forbidden(f"metadata.annotations[{key}]", problem))
        if key == MIRROR_ANNOTATION:
            problem = "may not remove or update mirror pod annotation"
            errors.append(forbidden(f"metadata.annotations[{key}]", problem))
    for key in now:
        if key in before:
            continue
        if key.startswith(APP_ARMOR):
            errors.append(forbidden(f"metadata.annotations[{key}]", "may not add AppArmor annotations"))
        if key == MIRROR_ANNOTATION:
            errors.append(forbidden(f"metadata.annotations[{key}]", "may not add mirror pod annotation"))
    check_pod_annotations(errors, now, new.get("spec") or {}, "metadata.annotations", options)


def _check_container_updates(errors: Errors, new: Sequence[Source], old: Sequence[Source], path: str) -> bool:
    if len(new) != len(old):
        errors.append(forbidden(path, "pod updates may not add or remove containers"))
        return False
    for index, container in enumerate(new):
        if not container.get("image"):
            errors.append(required(f"{path}[{index}].image"))
        check_image_spaces(errors, container, f"{path}[{index}]")
    return True


def _check_deadline(errors: Errors, new: int | None, old: int | None) -> bool:
    """It may be set, and then only be lowered."""
    path = "spec.activeDeadlineSeconds"
    if new is None:
        if old is not None:
            errors.append(invalid(path, None, "must not update from a positive integer to nil value"))
        return True
    if not 0 <= new <= MAX_INT32:
        errors.append(invalid(path, new, inclusive_range_error(0, MAX_INT32)))
        return False
    if old is not None and old < new:
        errors.append(invalid(path, new, "must be less than or equal to previous value"))
        return False
    return True


def _check_added_tolerations(errors: Errors, new: Sequence[Source], old: Sequence[Source], options: PodOptions) -> None:
    plain = [{**toleration, "tolerationSeconds": None} for toleration in new]
    if any({**toleration, "tolerationSeconds": None} not in plain for toleration in old):
        problem = "existing toleration can not be modified except its tolerationSeconds"
        errors.append(forbidden("spec.tolerations", problem))
        return
    check_tolerations(errors, new, "spec.tolerations", options)


def _check_removed_gates(errors: Errors, new: Sequence[Source], old: Sequence[Source]) -> None:
    known = {gate.get("name") for gate in old}
    places = {gate.get("name") or "": index for index, gate in enumerate(new)}
    for name, index in places.items():
        if name not in known:
            problem = f"only deletion is allowed, but found new scheduling gate '{name}'"
            errors.append(forbidden(f"spec.schedulingGates[{index}].name", problem))


def _check_fixed_fields(errors: Errors, spec: Source, before: Source) -> None:
    """Put back what may change, and see whether anything else did."""
    masked = dict(spec)
    for field in ("containers", "initContainers"):
        if spec.get(field):
            masked[field] = [
                {**container, "image": stored.get("image")}
                for container, stored in zip(spec[field], before[field], strict=True)
            ]
    for field in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        _restore(masked, before, field)
    if (before.get("terminationGracePeriodSeconds") or 0) < 0 and spec.get("terminationGracePeriodSeconds") == 1:
        _restore(masked, before, "terminationGracePeriodSeconds")
    if before.get("schedulingGates"):
        _check_gated_fields(errors, masked, before)
    if not same(masked, before):
        problem = f"pod updates may not change fields other than {UPDATABLE}\n{unified_diff(before, masked)}"
        errors.append(forbidden("spec", problem))


def _restore(masked: dict[str, Any], before: Source, field: str) -> None:
    if before.get(field) is None:
        masked.pop(field, None)
    else:
        masked[field] = before[field]


def _check_gated_fields(errors: Errors, masked: dict[str, Any], before: Source) -> None:
    """A pod that waits at a gate may be given more conditions on its node."""
    selector, old_selector = masked.get("nodeSelector") or {}, before.get("nodeSelector") or {}
    if any(selector.get(key) != value for key, value in old_selector.items()):
        problem = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
        errors.append(invalid("spec.nodeSelector", selector or None, problem))
    _restore(masked, before, "nodeSelector")
    affinity, old_affinity = masked.get("affinity") or {}, before.get("affinity") or {}
    new_nodes, old_nodes = affinity.get("nodeAffinity"), old_affinity.get("nodeAffinity")
    if same(new_nodes, old_nodes):
        return
    _check_node_terms(errors, _required_terms(new_nodes), _required_terms(old_nodes))
    merged = {field: value for field, value in affinity.items() if field != "nodeAffinity"}
    if old_nodes is not None:
        merged["nodeAffinity"] = old_nodes
    if merged or before.get("affinity") is not None:
        masked["affinity"] = merged
    else:
        masked.pop("affinity", None)


def _required_terms(affinity: Source | None) -> list[Source]:
    rules = (affinity or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    terms: list[Source] = rules.get("nodeSelectorTerms") or []
    return terms


def _check_node_terms(errors: Errors, new: Sequence[Source], old: Sequence[Source]) -> None:
    if not old:
        return
    if len(new) != len(old):
        problem = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        errors.append(invalid(f"spec.{_NODE_TERMS}", new, problem))
        return
    for index, (term, before) in enumerate(zip(new, old, strict=True)):
        if not _only_adds(term, before):
            problem = "only additions are allowed (no mutations or deletions)"
            errors.append(invalid(f"spec.{_NODE_TERMS}[{index}]", term, problem))


def _only_adds(new: Source, old: Source) -> bool:
    fields = ("matchExpressions", "matchFields")
    if not any(old.get(field) for field in fields):
        return not any(new.get(field) for field in fields)
    return all(same((new.get(field) or [])[: len(old.get(field) or ())], old.get(field)) for field in fields)


def validate_status(new: Object, old: Object) -> Errors:
    def check(options: PodOptions) -> Errors:
        errors = validate_object_meta_update(new["metadata"], old["metadata"])
        _check_annotation_updates(errors, new, old, options)
        return errors + validate_pod_status(new, old)

    return validated(check, old.get("spec") or {}, old["metadata"], True)


def _ephemeral_containers(new: Object, old: Object) -> Errors:
    if MIRROR_ANNOTATION in (old["metadata"].get("annotations") or {}):
        return [forbidden("", "static pods do not support ephemeral containers")]

    def check(options: PodOptions) -> Errors:
        errors = validate_object_meta_update(new["metadata"], old["metadata"])
        errors += check_pod(new, options)
        _check_annotation_updates(errors, new, old, options)
        _check_ephemeral_kept(errors, new, old)
        return errors

    return validated(check, old.get("spec") or {}, old["metadata"], True)


def _check_ephemeral_kept(errors: Errors, new: Object, old: Object) -> None:
    path = "spec.ephemeralContainers"
    now = {container.get("name"): container for container in (new.get("spec") or {}).get("ephemeralContainers") or ()}
    for container in (old.get("spec") or {}).get("ephemeralContainers") or ():
        name = container.get("name") or ""
        if name not in now:
            problem = f"existing ephemeral containers {quote(name)} may not be removed\n"
            errors.append(forbidden(path, problem))
        elif not same(now[name], container):
            text = unified_diff(container, now[name])
            problem = f"existing ephemeral containers {quote(name)} may not be changed\n{text}"
            errors.append(forbidden(path, problem))


def validate_binding(binding: Object) -> Errors:
    """A write to pods/binding."""
    errors: Errors = []
    target = binding.get("target") or {}
    if target.get("kind") not in (None, "", "Node"):
        errors.append(not_supported("target.kind", target["kind"], ("Node", "<empty>")))
    name = target.get("name")
    if not name:
        errors.append(required("target.name"))
    elif "/" in name or "%" in name or name in (".", ".."):
        errors.append(invalid("target.name", name, "may not contain '/' or '%', and may not be '.' or '..'"))
    return errors


validate_ephemeral_containers = on_update(_ephemeral_containers)
"""(new, old): a write to pods/ephemeralcontainers: containers are added, never changed."""

POD = validator(validate_create, validate_update, validate_status)
