"""Slices of the devices that a node or a driver offers.

Source: k8s.io/kubernetes/pkg/apis/resource/validation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, not_found, required, too_long, too_many
from apimachinery.objects import Object
from apimachinery.quantity import Quantity, parse_quantity
from server.validation.checks import Errors, check_label, flag, immutable, same
from server.validation.devices import (
    Check,
    Source,
    check_attribute_name,
    check_binding_conditions,
    check_device_taint,
    check_items,
    check_pool_name,
    check_set,
)
from server.validation.objectmeta import byte_length, validate_object_meta, validate_object_meta_update
from server.validation.resources import is_native
from server.validation.rules import name_is_dns_subdomain
from server.validation.selectors import check_node_selector
from server.validation.validator import validator
from server.validation.volumesources import check_driver_name

_MAX_DEVICES = 128
_MAX_SPECIAL_DEVICES = 64
_MAX_COUNTER_SETS = 8
_MAX_COUNTERS = 32
_MAX_CONSUMED_SETS = 2
_MAX_PROPERTIES = 32
_MAX_VALUES = 48
_MAX_VALUE = 64
_MAX_TAINTS = 16
_MAX_OPTIONS = 10
_MAX_KEY = 63 + 1 + 32
_LISTS = ("bools", "ints", "strings", "versions")
_PLACES = ("nodeName", "nodeSelector", "allNodes")
_ONE_VALUE = "exactly one value must be specified"
_NO_VERSION = "must be a string compatible with semver.org spec 2.0.0"
_NUMBER = r"(0|[1-9]\d*)"
_PRE = r"(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
_BUILD = "[0-9a-zA-Z-]+"
_version = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_PRE}(\.{_PRE})*)?(\+{_BUILD}(\.{_BUILD})*)?", re.ASCII
).fullmatch


def _shortened(key: str, most: int) -> str:
    """A long key with its middle left out."""
    if len(key) <= most:
        return key
    rest = most - 3
    return f"{key[: (rest + 1) // 2]}...{key[len(key) - rest // 2 :]}"


def _check_map(
    errors: Errors, path: str, items: Mapping[str, Any], most: int, key_length: int, check_key: Check, check: Check
) -> None:
    if 0 <= most < len(items):
        errors.append(too_many(path, len(items), most))
        return
    for key, item in items.items():
        check_key(errors, path, key)
        check(errors, f"{path}[{_shortened(key, key_length)}]", item)


def _check_any(errors: Errors, path: str, item: Any) -> None:
    """Every quantity will do."""


def _check_spec(errors: Errors, spec: Source, old: Source | None) -> None:
    pool = spec.get("pool") or {}
    check_driver_name(errors, "spec.driver", spec.get("driver") or "")
    check_pool_name(errors, "spec.pool.name", pool.get("name") or "")
    count, generation = pool.get("resourceSliceCount") or 0, pool.get("generation") or 0
    if count <= 0:
        errors.append(invalid("spec.pool.resourceSliceCount", count, "must be greater than zero"))
    if generation < 0:
        errors.append(invalid("spec.pool.generation", generation, "must be greater than or equal to zero"))
    if old is not None:
        immutable(errors, "spec.pool.name", pool.get("name") or "", (old.get("pool") or {}).get("name") or "")
        immutable(errors, "spec.driver", spec.get("driver") or "", old.get("driver") or "")
        immutable(errors, "spec.nodeName", spec.get("nodeName"), old.get("nodeName"))
    _check_place(errors, spec)
    if spec.get("sharedCounters") is not None and spec.get("devices") is not None:
        errors.append(invalid("spec", "", "only one of `sharedCounters` or `devices` is allowed"))
    _check_devices(errors, spec, old)
    counters = spec.get("sharedCounters") or ()
    check_set(errors, "spec.sharedCounters", counters, _MAX_COUNTER_SETS, _check_counter_set, _named("name"))


def _named(field: str) -> Any:
    return lambda item: item.get(field) or ""


def _check_place(errors: Errors, spec: Source) -> None:
    fields = []
    if (node := spec.get("nodeName")) is not None:
        if node:
            fields.append("`nodeName`")
            flag(errors, "spec.nodeName", node, name_is_dns_subdomain(node))
        else:
            problem = "must be either unset or set to a non-empty string"
            errors.append(invalid("spec.nodeName", node, problem))
    if (selector := spec.get("nodeSelector")) is not None:
        fields.append("`nodeSelector`")
        check_node_selector(errors, selector, "spec.nodeSelector")
        terms = selector.get("nodeSelectorTerms") or ()
        if len(terms) != 1:
            problem = "must have exactly one node selector term"
            errors.append(invalid("spec.nodeSelector.nodeSelectorTerms", terms, problem))
    for field in ("allNodes", "perDeviceNodeSelection"):
        if (value := spec.get(field)) is None:
            continue
        if value:
            fields.append(f"`{field}`")
        else:
            errors.append(invalid(f"spec.{field}", value, "must be either unset or set to true"))
    problem = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
    if not fields:
        errors.append(required("spec", problem))
    elif len(fields) > 1:
        errors.append(invalid("spec", f"{{{', '.join(fields)}}}", f"{problem}, but multiple fields are set"))


def _is_special(device: Source) -> bool:
    """Devices that cost more to allocate, of which a slice may have fewer."""
    attributes = (device.get("attributes") or {}).values()
    lists = any(attribute.get(field) is not None for attribute in attributes for field in _LISTS)
    return bool(device.get("taints") or device.get("consumesCounters") or lists)


def _check_devices(errors: Errors, spec: Source, old: Source | None) -> None:
    devices, own_place = spec.get("devices") or (), bool(spec.get("perDeviceNodeSelection"))
    stored = {device.get("name") or "": device for device in (old or {}).get("devices") or ()}

    def check(errors: Errors, path: str, device: Source) -> None:
        _check_device(errors, path, device, stored.get(device.get("name") or ""), own_place)

    most = _MAX_SPECIAL_DEVICES if any(map(_is_special, devices)) else _MAX_DEVICES
    check_set(errors, "spec.devices", devices, most, check, _named("name"))


def _check_device(errors: Errors, path: str, device: Source, old: Source | None, own_place: bool) -> None:
    attributes, capacity = device.get("attributes") or {}, device.get("capacity") or {}
    check_label(errors, f"{path}.name", device.get("name") or "")
    _check_sizes(errors, path, attributes, capacity)
    _check_map(errors, f"{path}.attributes", attributes, -1, _MAX_KEY, check_attribute_name, _check_attribute)
    check = _check_shared_capacity if device.get("allowMultipleAllocations") else _check_single_capacity
    _check_map(errors, f"{path}.capacity", capacity, -1, _MAX_KEY, check_attribute_name, check)
    taints = device.get("taints") or ()
    if old is None or not same(taints, old.get("taints")):
        check_items(errors, f"{path}.taints", taints, _MAX_TAINTS, check_device_taint)
    consumed = device.get("consumesCounters") or ()
    here = f"{path}.consumesCounters"
    check_set(errors, here, consumed, _MAX_CONSUMED_SETS, _check_consumption, _named("counterSet"))
    _check_device_place(errors, path, device, own_place)
    check_binding_conditions(errors, path, device)
    mappings = device.get("nodeAllocatableResourceMappings") or {}
    for name, mapping in mappings.items():
        _check_mapping(errors, f"{path}.nodeAllocatableResourceMappings[{name}]", name, mapping, capacity)


def _check_sizes(errors: Errors, path: str, attributes: Mapping[str, Source], capacity: Mapping[str, Source]) -> None:
    count = len(attributes) + len(capacity)
    if count > _MAX_PROPERTIES:
        problem = f"the total number of attributes and capacities must not exceed {_MAX_PROPERTIES}"
        errors.append(invalid(path, count, problem))
    values = sum(sum(len(attribute.get(field) or ()) for field in _LISTS) or 1 for attribute in attributes.values())
    if values > _MAX_VALUES:
        problem = f"the total number of attribute values must not exceed {_MAX_VALUES}"
        errors.append(invalid(path, values, problem))


def _check_attribute(errors: Errors, path: str, attribute: Source) -> None:
    if (text := attribute.get("string")) is not None:
        _check_string(errors, f"{path}.string", text)
    if (text := attribute.get("version")) is not None:
        _check_version(errors, f"{path}.version", text)
    for field in _LISTS:
        values, here = attribute.get(field), f"{path}.{field}"
        if values is None:
            continue
        if not values:
            errors.append(invalid(here, values, "must not be empty if specified"))
        if field in ("strings", "versions"):
            check_items(errors, here, values, -1, _check_string if field == "strings" else _check_version)
    count = sum(attribute.get(field) is not None for field in ("bool", "int", "string", "version", *_LISTS))
    if count != 1:
        errors.append(invalid(path, attribute if count else "", _ONE_VALUE))


def _check_string(errors: Errors, path: str, text: str) -> None:
    if byte_length(text) > _MAX_VALUE:
        errors.append(too_long(path, _MAX_VALUE))


def _check_version(errors: Errors, path: str, text: str) -> None:
    if not _version(text):
        errors.append(invalid(path, text, _NO_VERSION))
    _check_string(errors, path, text)


def _check_single_capacity(errors: Errors, path: str, capacity: Source) -> None:
    if capacity.get("requestPolicy") is not None:
        errors.append(forbidden(f"{path}.requestPolicy", "allowMultipleAllocations must be true"))


def _check_shared_capacity(errors: Errors, path: str, capacity: Source) -> None:
    policy, here = capacity.get("requestPolicy"), f"{path}.requestPolicy"
    if policy is None:
        return
    values, span, default = policy.get("validValues"), policy.get("validRange"), policy.get("default")
    most = parse_quantity(capacity.get("value") or "0")
    if values and span is not None:
        problem = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time'
        errors.append(forbidden(here, problem))
    elif (values or span is not None) and default is None:
        field = "validValues" if values else "validRange"
        errors.append(required(f"{here}.default", f"required when {field} is defined"))
    elif values:
        _check_options(errors, f"{here}.validValues", [*map(parse_quantity, values)], parse_quantity(default), most)
    elif span is not None:
        _check_range(errors, f"{here}.validRange", span, parse_quantity(default), most)


def _check_options(errors: Errors, path: str, options: list[Quantity], default: Quantity, most: Quantity) -> None:
    for index, (option, following) in enumerate(pairwise(options)):
        if option > following:
            problem = "values must be sorted in ascending order"
            errors.append(invalid(f"{path}[{index + 1}]", str(following), problem))
    if len(options) > _MAX_OPTIONS:
        errors.append(too_many(path, len(options), _MAX_OPTIONS))
        found = False
    else:
        found = default in options
        for index, option in enumerate(options):
            if option > most:
                problem = f"option is larger than capacity value: {most}"
                errors.append(invalid(f"{path}[{index}]", str(option), problem))
        whole = [option.value() for option in options]
        errors += [duplicate(f"{path}[{i}]", str(v)) for i, v in enumerate(whole) if v in whole[:i]]
    if not found:
        problem = "default value is not valid according to the requestPolicy"
        errors.append(invalid(path, str(default), problem))


def _check_range(errors: Errors, path: str, span: Source, default: Quantity, most: Quantity) -> None:
    low, high, step = (parse_quantity(span[f]) if span.get(f) is not None else None for f in ("min", "max", "step"))
    if low is None:
        errors.append(required(f"{path}.min", "required when validRange is defined"))
        return
    for wrong, field, shown, problem in (
        (low > most, "min", low, f"min is larger than capacity value: {most}"),
        (default < low, "min", default, f"default is less than min: {low}"),
        (high is not None and low > high, "max", low, f"min is larger than max: {high}"),
        (high is not None and high > most, "max", high, f"max is larger than capacity value: {most}"),
        (high is not None and default > high, "max", default, f"default is more than max: {high}"),
    ):
        if wrong:
            errors.append(invalid(f"{path}.{field}", str(shown), problem))
    if step is None:
        return
    if low + step > most:
        problem = f"one step {low + step} is larger than capacity value: {most}"
        errors.append(invalid(f"{path}.step", str(step), problem))
    for value in (default, high):
        if value is not None and step.value() and (value.value() - low.value()) % step.value():
            problem = f"value is not a multiple of a given step ({step}) from ({low})"
            errors.append(invalid(f"{path}.step", str(value), problem))


def _check_device_place(errors: Errors, path: str, device: Source, own_place: bool) -> None:
    present = [field for field in _PLACES if device.get(field) is not None]
    rest = "if `perDeviceNodeSelection` is set to true in the ResourceSlice spec"
    if not own_place:
        if present:
            problem = f"`nodeName`, `nodeSelector` and `allNodes` can only be set {rest}"
            errors.append(invalid(path, None, problem))
        return
    fields = []
    for field in present:
        value, here = device[field], f"{path}.{field}"
        if field == "nodeSelector":
            check_node_selector(errors, value, here)
        elif not value:
            problem = "must not be empty" if field == "nodeName" else "must be either unset or set to true"
            errors.append(invalid(here, value, problem))
            continue
        elif field == "nodeName":
            flag(errors, here, value, name_is_dns_subdomain(value))
        fields.append(f"`{field}`")
    problem = f"exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required {rest.replace('if', 'when', 1)}"
    if not fields:
        errors.append(required(path, problem))
    elif len(fields) > 1:
        errors.append(invalid(path, f"{{{', '.join(fields)}}}", problem))


def _check_mapping(errors: Errors, path: str, name: str, mapping: Source, capacity: Mapping[str, Source]) -> None:
    factor, key = mapping.get("allocationMultiplier"), mapping.get("capacityKey")
    if not is_native(name):
        errors.append(invalid(path, name, "must be a node allocatable resource name"))
    if factor is None and key is None:
        errors.append(invalid(path, "", "at least one of allocationMultiplier or capacityKey must be set"))
    if factor is not None and parse_quantity(factor).sign() <= 0:
        errors.append(invalid(f"{path}.allocationMultiplier", factor, "must be positive"))
    if key == "":
        errors.append(invalid(f"{path}.capacityKey", "", "capacityKey must not be an empty string"))
    elif key is not None and key not in capacity:
        errors.append(not_found(f"{path}.capacityKey", key))


def _check_counters(errors: Errors, path: str, holder: Source, field: str) -> None:
    """A named set, and how much of each of its counters."""
    if name := holder.get(field):
        check_label(errors, f"{path}.{field}", name)
    else:
        errors.append(required(f"{path}.{field}"))
    counters = holder.get("counters") or {}
    if not counters:
        errors.append(required(f"{path}.counters"))
    _check_map(errors, f"{path}.counters", counters, _MAX_COUNTERS, 63, check_label, _check_any)


def _check_counter_set(errors: Errors, path: str, counters: Source) -> None:
    _check_counters(errors, path, counters, "name")


def _check_consumption(errors: Errors, path: str, consumption: Source) -> None:
    _check_counters(errors, path, consumption, "counterSet")


def _create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    _check_spec(errors, obj.get("spec") or {}, None)
    return errors


def _update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    _check_spec(errors, new.get("spec") or {}, old.get("spec") or {})
    return errors


RESOURCE_SLICE = validator(_create, _update, namespaced=False)
