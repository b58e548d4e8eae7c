"""A write to pods/resize: processor and memory of a running pod, and nothing else.

Source: k8s.io/kubernetes/pkg/apis/core/validation (ValidatePodResize).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import forbidden, invalid
from apimachinery.objects import Object
from apimachinery.pods import qos_class
from server.validation.checks import Errors, same
from server.validation.objectmeta import validate_object_meta_update
from server.validation.pod import check_pod
from server.validation.podoptions import PodOptions
from server.validation.podrelax import validated
from server.validation.podspec import MIRROR_ANNOTATION
from server.validation.validator import on_update

Source = Mapping[str, Any]

_ONLY = "only cpu and memory resources are mutable"


def _resize(new: Object, old: Object) -> Errors:
    if MIRROR_ANNOTATION in (old["metadata"].get("annotations") or {}):
        return [forbidden("", "static pods cannot be resized")]
    spec = old.get("spec") or {}
    if (spec.get("os") or {}).get("name") == "windows":
        return [forbidden("", "windows pods cannot be resized")]

    def check(options: PodOptions) -> Errors:
        errors = validate_object_meta_update(new["metadata"], old["metadata"])
        errors += check_pod(new, options)
        _check_resize(errors, new, old)
        return errors

    return validated(check, spec, old["metadata"], True)


def _check_resize(errors: Errors, new: Object, old: Object) -> None:
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    status = old.get("status") or {}
    if (status.get("qosClass") or qos_class(old)) != qos_class(new):
        shown = (new.get("status") or {}).get("qosClass") or ""
        errors.append(invalid("spec", shown, "Pod QOS Class may not change as a result of resizing"))
    if not _is_supported(status):
        errors.append(forbidden("spec", "Pod running on node without support for resize"))
    masked = dict(spec)
    if _has_amounts(spec) or _has_amounts(before):
        _check_pod_level(errors, spec, before, masked)
    if status.get("nodeAllocatableResourceClaimStatuses"):
        errors.append(forbidden("spec", "pods with node allocatable resource claims cannot be resized"))
    if not _check_order(errors, spec, before):
        return
    for field in ("initContainers", "containers"):
        _check_nothing_removed(errors, spec.get(field) or (), before.get(field) or (), f"spec.{field}")
    _mask_containers(errors, masked, before)
    _mask_init_containers(errors, masked, before)
    if not errors and not same(masked, before):
        errors.append(forbidden("spec", _ONLY))


def _is_supported(status: Source) -> bool:
    """The first running container tells whether its node reports resources."""
    for item in status.get("containerStatuses") or ():
        if (item.get("state") or {}).get("running") is not None:
            return item.get("resources") is not None
    return True


def _has_amounts(spec: Source) -> bool:
    resources = spec.get("resources") or {}
    return bool(resources.get("requests") or resources.get("limits"))


def _check_pod_level(errors: Errors, spec: Source, before: Source, masked: dict[str, Any]) -> None:
    new, old = spec.get("resources"), before.get("resources")
    if old is not None and new is None:
        errors.append(forbidden("spec.resources", "pod-level resources cannot be removed"))
        return
    for field in ("requests", "limits") if old is not None else ():
        if _removed((new or {}).get(field) or {}, (old or {}).get(field) or {}):
            problem = f"pod-level resource {field} cannot be removed"
            errors.append(forbidden(f"spec.resources.{field}", problem))
    masked["resources"] = _mask({"resources": new}, {"resources": old}, keep_claims=True)["resources"]
    if not same(masked["resources"], old):
        errors.append(forbidden("spec", f"{_ONLY} at pod-level"))


def _check_order(errors: Errors, spec: Source, before: Source) -> bool:
    ordered = True
    for field in ("containers", "initContainers"):
        new, old = spec.get(field) or (), before.get(field) or ()
        if len(new) != len(old):
            errors.append(forbidden(f"spec.{field}", f"{field} may not be added or removed on resize"))
            ordered = False
            continue
        for index, (container, stored) in enumerate(zip(new, old, strict=True)):
            if container.get("name") != stored.get("name"):
                problem = f"{field} may not be renamed or reordered on resize"
                errors.append(forbidden(f"spec.{field}[{index}].name", problem))
                ordered = False
    return ordered


def _removed(new: Mapping[str, str], old: Mapping[str, str]) -> bool:
    return not old.keys() <= new.keys()


def _check_nothing_removed(errors: Errors, new: Sequence[Source], old: Sequence[Source], path: str) -> None:
    for index, (container, stored) in enumerate(zip(new, old, strict=True)):
        ours, theirs = container.get("resources") or {}, stored.get("resources") or {}
        for field in ("requests", "limits"):
            if _removed(ours.get(field) or {}, theirs.get(field) or {}):
                problem = f"resource {field} cannot be removed"
                errors.append(forbidden(f"{path}[{index}].resources.{field}", problem))


def _mask(container: Source, stored: Source, *, keep_claims: bool = False) -> dict[str, Any]:
    """The container with the stored amounts of processor and memory."""
    ours, theirs = container.get("resources") or {}, stored.get("resources") or {}
    resources: dict[str, Any] = {"claims": ours["claims"]} if keep_claims and ours.get("claims") else {}
    for field in ("limits", "requests"):
        amounts = {n: a for n, a in (ours.get(field) or {}).items() if n not in ("cpu", "memory")}
        amounts |= {n: a for n, a in (theirs.get(field) or {}).items() if n in ("cpu", "memory")}
        if amounts:
            resources[field] = amounts
    return {**container, "resources": resources}


def _mask_containers(errors: Errors, masked: dict[str, Any], before: Source) -> None:
    containers = []
    for container, stored in zip(masked.get("containers") or (), before.get("containers") or (), strict=True):
        containers.append(_mask(container, stored))
        if not same(containers[-1], stored):
            errors.append(forbidden("spec", _ONLY))
    masked["containers"] = containers


def _mask_init_containers(errors: Errors, masked: dict[str, Any], before: Source) -> None:
    containers = []
    pairs = zip(masked.get("initContainers") or (), before.get("initContainers") or (), strict=True)
    for index, (container, stored) in enumerate(pairs):
        here = f"spec.initContainers[{index}]"
        containers.append(_mask(container, stored))
        if not same(containers[-1], stored):
            problem = "only cpu and memory resources for init or sidecar containers are mutable"
            errors.append(forbidden(here, problem))
        if container.get("restartPolicy") == "Always" or same(container, stored):
            continue
        problem = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized"
        restarting = [p for p in container.get("resizePolicy") or () if p.get("restartPolicy") == "RestartContainer"]
        errors.extend([forbidden(here, problem)] * len(restarting))
    masked["initContainers"] = containers


validate_resize = on_update(_resize)
"""(new, old): a write to pods/resize."""
