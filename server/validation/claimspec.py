"""The spec of persistent volume claims, as claims and ephemeral volumes and stateful sets have it.

Source: k8s.io/kubernetes/pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, required
from server.validation.checks import Errors, check_subdomain, flag, supported
from server.validation.resources import check_positive_quantity, check_quantity
from server.validation.rules import name_is_dns_label, name_is_dns_subdomain
from server.validation.selectors import check_label_selector

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")


@dataclass(frozen=True, slots=True)
class ClaimOptions:
    """What a stored claim has wrong and may keep."""

    any_selector_value: bool = False
    any_api_group: bool = False


STRICT = ClaimOptions()


def check_access_modes(errors: Errors, modes: Sequence[str], path: str) -> None:
    for mode in modes:
        supported(errors, path, mode, ACCESS_MODES)
    if "ReadWriteOncePod" in modes and any(mode in ACCESS_MODES[:3] for mode in modes):
        errors.append(forbidden(path, "may not use ReadWriteOncePod with other access modes"))


def check_claim_spec(errors: Errors, spec: Mapping[str, Any], path: str, options: ClaimOptions = STRICT) -> None:
    modes = spec.get("accessModes") or ()
    if not modes:
        errors.append(required(f"{path}.accessModes", "at least 1 access mode is required"))
    check_label_selector(errors, spec.get("selector"), f"{path}.selector", any_value=options.any_selector_value)
    check_access_modes(errors, modes, f"{path}.accessModes")
    _check_storage(errors, spec, path)
    check_class_name(errors, f"{path}.storageClassName", spec.get("storageClassName"))
    mode = spec.get("volumeMode")
    if mode is not None:
        supported(errors, f"{path}.volumeMode", mode, VOLUME_MODES)
    for field in ("dataSource", "dataSourceRef"):
        if spec.get(field) is not None:
            _check_data_source(errors, spec[field], f"{path}.{field}", options)
    _check_data_sources_agree(errors, spec, path)
    check_class_name(errors, f"{path}.volumeAttributesClassName", spec.get("volumeAttributesClassName"))


def check_class_name(errors: Errors, path: str, name: str | None) -> None:
    if name:
        flag(errors, path, name, name_is_dns_subdomain(name))


def _check_storage(errors: Errors, spec: Mapping[str, Any], path: str) -> None:
    here = f"{path}.resources[storage]"
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None:
        errors.append(required(here))
    elif check_positive_quantity(errors, here, storage):
        check_quantity(errors, here, "storage", storage)


def _check_data_source(errors: Errors, source: Mapping[str, Any], path: str, options: ClaimOptions) -> None:
    group, kind = source.get("apiGroup") or "", source.get("kind") or ""
    if not source.get("name"):
        errors.append(required(f"{path}.name"))
    if not kind:
        errors.append(required(f"{path}.kind"))
    if not group and kind != "PersistentVolumeClaim":
        problem = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
        errors.append(invalid(path, kind, problem))
    if group and not options.any_api_group:
        check_subdomain(errors, f"{path}.apiGroup", group)
    if namespace := source.get("namespace"):
        flag(errors, f"{path}.namespace", namespace, name_is_dns_label(namespace))


def _check_data_sources_agree(errors: Errors, spec: Mapping[str, Any], path: str) -> None:
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is None or reference is None:
        return
    if reference.get("namespace"):
        problem = "may not be specified when dataSourceRef.namespace is specified"
    elif all(source.get(field) == reference.get(field) for field in ("apiGroup", "kind", "name")):
        return
    else:
        problem = "must match dataSourceRef"
    errors.append(invalid(path, {}, problem))  # upstream shows a path here, which prints as {}
