"""Nodes. Source: k8s.io/kubernetes/pkg/apis/core/validation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, quote, required
from apimachinery.names import is_config_map_key
from apimachinery.objects import Object
from openapi.decode import DecodeError
from openapi.schema import Type
from server.validation.annotationjson import AVOID_PODS, TAINTS, read_annotation
from server.validation.checks import Errors, positive, required_name
from server.validation.ips import check_legacy_cidr, is_dual_stack
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.resources import check_quantity
from server.validation.rules import name_is_dns_label, name_is_dns_subdomain
from server.validation.scheduling import check_taints
from server.validation.validator import validator

Source = Mapping[str, Any]

_TAINTS = "scheduler.alpha.kubernetes.io/taints"
_AVOID = "scheduler.alpha.kubernetes.io/preferAvoidPods"
_MAX_FEATURE = 253
_feature = re.compile("[A-Z][a-zA-Z0-9]*(/[a-zA-Z][a-zA-Z0-9]*)*").fullmatch
_FEATURE_FORM = (
    "must start with an UpperCamelCase segment, with subsequent segments separated by '/' "
    "(e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"
)
_POD_CIDRS = "spec.podCIDRs"


def _create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    _check_annotations(errors, obj["metadata"].get("annotations") or {})
    check_taints(errors, spec.get("taints") or (), "metadata.taints")
    _check_resources(errors, status)
    swap = ((status.get("nodeInfo") or {}).get("swap") or {}).get("capacity")
    if swap is not None:
        positive(errors, "metadata.nodeSwapStatus.capacity", swap)
    _check_features(errors, status.get("declaredFeatures") or ())
    _check_pod_cidrs(errors, spec.get("podCIDRs") or ())
    return errors


def _check_pod_cidrs(errors: Errors, ranges: Sequence[str]) -> None:
    for index, text in enumerate(ranges):
        check_legacy_cidr(errors, f"{_POD_CIDRS}[{index}]", text)
    if len(ranges) > 2 or (len(ranges) == 2 and not is_dual_stack(ranges)):
        problem = "may specify no more than one CIDR for each IP family"
        errors.append(invalid(_POD_CIDRS, ranges, problem))


def _check_resources(errors: Errors, status: Source) -> None:
    for field in ("capacity", "allocatable"):
        for name, text in (status.get(field) or {}).items():
            check_quantity(errors, f"status.{field}.{name}", name, text)


def _check_features(errors: Errors, features: Sequence[str]) -> None:
    for index, feature in enumerate(features):
        here = f"status.declaredFeatures[{index}]"
        if index and feature == features[index - 1]:
            errors.append(duplicate(here, feature))
        elif index and feature < features[index - 1]:
            errors.append(invalid(here, feature, "list must be sorted alphabetically"))
        if len(feature) > _MAX_FEATURE:
            problem = f"must be no more than {_MAX_FEATURE} characters"
        elif _feature(feature):
            continue
        else:
            problem = _FEATURE_FORM
        errors.append(invalid(here, feature, f"invalid feature name {quote(feature)}: {problem}"))


def _check_annotations(errors: Errors, annotations: Mapping[str, str]) -> None:
    path = "metadata.annotations"
    if text := annotations.get(_TAINTS):
        check_taints(errors, _parsed(errors, path, _TAINTS, text, TAINTS) or (), f"{path}.{_TAINTS}")
    if text := annotations.get(_AVOID):
        avoid = _parsed(errors, f"{path}.AvoidPods", _AVOID, text, AVOID_PODS)
        for index, entry in enumerate((avoid or {}).get("preferAvoidPods") or ()):
            _check_avoided(errors, entry, f"{path}.{_AVOID}[{index}].PodSignature")


def _parsed(errors: Errors, path: str, key: str, text: str, type_: Type) -> Any:
    try:
        return read_annotation(text, type_)
    except DecodeError as error:
        errors.append(invalid(path, key, str(error)))
        return None


def _check_avoided(errors: Errors, entry: Source, path: str) -> None:
    controller = (entry.get("podSignature") or {}).get("podController")
    if controller is None:
        errors.append(required(path))
    elif not controller.get("controller"):
        problem = "must point to a controller"
        errors.append(invalid(f"{path}.PodController.Controller", False, problem))


def _check_changes(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    spec, before, status = new.get("spec") or {}, old.get("spec") or {}, new.get("status") or {}
    _check_annotations(errors, new["metadata"].get("annotations") or {})
    _check_resources(errors, status)
    _check_features(errors, status.get("declaredFeatures") or ())
    _check_addresses(errors, status.get("addresses") or ())
    _check_fixed(errors, spec, before)
    if (source := spec.get("configSource")) is not None:
        _check_config_source(errors, source, "spec.configSource", in_status=False)
    for field in ("assigned", "active", "lastKnownGood"):
        if (source := (status.get("config") or {}).get(field)) is not None:
            _check_config_source(errors, source, f"status.config.{field}", in_status=True)
    check_taints(errors, spec.get("taints") or (), "metadata.taints")
    if (spec.get("externalID") or "") != (before.get("externalID") or ""):
        errors.append(forbidden("spec.externalID", "may not be updated"))
    return errors


def _check_addresses(errors: Errors, addresses: Sequence[Source]) -> None:
    seen: set[tuple[str, str]] = set()
    for index, address in enumerate(addresses):
        key = address.get("type") or "", address.get("address") or ""
        if key in seen:
            shown = {"Type": key[0], "Address": key[1]}  # as upstream's internal type prints
            errors.append(duplicate(f"status.addresses[{index}]", shown))
        seen.add(key)


def _check_fixed(errors: Errors, spec: Source, before: Source) -> None:
    """What may be set once: the ranges of pod addresses and the provider's id."""
    ranges, stored = spec.get("podCIDRs") or [], before.get("podCIDRs") or []
    if stored:
        changes = 1 if len(ranges) != len(stored) else sum(a != b for a, b in zip(ranges, stored, strict=True))
        problem = 'node updates may not change podCIDR except from "" to valid'
        errors.extend([forbidden(_POD_CIDRS, problem)] * changes)
    provider = before.get("providerID")
    if provider and provider != spec.get("providerID"):
        problem = 'node updates may not change providerID except from "" to valid'
        errors.append(forbidden("spec.providerID", problem))


def _check_config_source(errors: Errors, source: Source, path: str, *, in_status: bool) -> None:
    reference = source.get("configMap")
    if reference is None:
        errors.append(invalid(path, source, "exactly one reference subfield must be non-nil"))
        return
    path = f"{path}.configMap"
    for field in ("uid", "resourceVersion"):
        if in_status and not reference.get(field):
            errors.append(required(f"{path}.{field}"))
        elif not in_status and reference.get(field):
            errors.append(forbidden(f"{path}.{field}", f"{field} must not be set in spec"))
    required_name(errors, f"{path}.namespace", reference.get("namespace"), name_is_dns_label)
    required_name(errors, f"{path}.name", reference.get("name"), name_is_dns_subdomain)
    required_name(errors, f"{path}.kubeletConfigKey", reference.get("kubeletConfigKey"), is_config_map_key)


def _update(new: Object, old: Object) -> Errors:
    return _create(new) + _check_changes(new, old)


NODE = validator(_create, _update, _check_changes, namespaced=False)
