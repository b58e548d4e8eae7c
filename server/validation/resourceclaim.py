"""Resource claims, their templates, device classes and rules that taint devices.

Source: k8s.io/kubernetes/pkg/apis/resource/validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, not_supported, required, too_long, too_many
from apimachinery.objects import Object
from server.validation.checks import IMMUTABLE, Errors, check_label, immutable, required_name, same
from server.validation.conditions import check_conditions
from server.validation.devices import (
    MAX_CONFIGS,
    MAX_REQUESTS,
    Source,
    check_binding_conditions,
    check_configuration,
    check_device_taint,
    check_device_toleration,
    check_full_attribute_name,
    check_items,
    check_pool_name,
    check_raw,
    check_selectors,
    check_set,
    check_uid,
)
from server.validation.ips import is_ipv6, parse_cidr
from server.validation.objectmeta import (
    byte_length,
    validate_object_meta,
    validate_object_meta_update,
    validate_template_meta,
)
from server.validation.resources import is_extended
from server.validation.rules import dns_subdomain, name_is_dns_subdomain
from server.validation.selectors import check_node_selector
from server.validation.validator import validator
from server.validation.volumesources import check_driver_name

_MAX_ALTERNATIVES = 8
_MAX_CONSTRAINTS = 32
_MAX_RESERVED = 256
_MAX_CONDITIONS = 8
_MAX_DATA = 10 * 1024
_MAX_IPS = 16
_ONE_OF = "exactly one of `exactly` or `firstAvailable` is required"
_NOT_A_REQUEST = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"

Names = Mapping[str, set[str]]
"""The names of requests, each with those of its alternatives."""


def _request_names(devices: Source) -> Names:
    requests = devices.get("requests") or ()
    return {r.get("name") or "": {s.get("name") or "" for s in r.get("firstAvailable") or ()} for r in requests}


def _name_of(item: Source) -> str:
    name: str = item.get("name") or ""
    return name


def _check_claim(errors: Errors, spec: Source, path: str) -> None:
    devices, here = spec.get("devices") or {}, f"{path}.devices"
    names = _request_names(devices)

    def check_constraint(errors: Errors, where: str, constraint: Source) -> None:
        _check_references(errors, f"{where}.requests", constraint.get("requests") or (), names)
        for field in ("matchAttribute", "distinctAttribute"):
            if (attribute := constraint.get(field)) is not None:
                check_full_attribute_name(errors, f"{where}.{field}", attribute)
                return
        problem = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'
        errors.append(required(where, problem))

    def check_config(errors: Errors, where: str, config: Source) -> None:
        _check_references(errors, f"{where}.requests", config.get("requests") or (), names)
        check_configuration(errors, where, config)

    requests = devices.get("requests") or ()
    check_set(errors, f"{here}.requests", requests, MAX_REQUESTS, _check_request, _name_of)
    constraints = devices.get("constraints") or ()
    check_items(errors, f"{here}.constraints", constraints, _MAX_CONSTRAINTS, check_constraint)
    check_items(errors, f"{here}.config", devices.get("config") or (), MAX_CONFIGS, check_config)


def _check_references(errors: Errors, path: str, references: Sequence[str], names: Names) -> None:
    def check(errors: Errors, where: str, reference: str) -> None:
        _check_reference(errors, where, reference, names)

    check_set(errors, path, references, MAX_REQUESTS, check)


def _check_reference(errors: Errors, path: str, reference: str, names: Names) -> None:
    segments = reference.split("/")
    if len(segments) > 2:
        errors.append(invalid(path, reference, _NOT_A_REQUEST))
        return
    for segment in segments:
        check_label(errors, path, segment)
    known = names.get(segments[0])
    if known is None or (len(segments) == 2 and segments[1] not in known):
        errors.append(invalid(path, reference, _NOT_A_REQUEST))


def _check_request(errors: Errors, path: str, request: Source) -> None:
    check_label(errors, f"{path}.name", request.get("name") or "")
    exactly, alternatives = request.get("exactly"), request.get("firstAvailable")
    if exactly is not None and alternatives:
        errors.append(invalid(path, None, f"{_ONE_OF}, but multiple fields are set"))
    elif exactly is not None:
        _check_wanted(errors, f"{path}.exactly", exactly)
    elif alternatives:
        here = f"{path}.firstAvailable"
        check_set(errors, here, alternatives, _MAX_ALTERNATIVES, _check_alternative, _name_of)
    else:
        errors.append(required(path, _ONE_OF))


def _check_alternative(errors: Errors, path: str, request: Source) -> None:
    check_label(errors, f"{path}.name", request.get("name") or "")
    _check_wanted(errors, path, request)


def _check_wanted(errors: Errors, path: str, request: Source) -> None:
    mode, count = request.get("allocationMode") or "", request.get("count") or 0
    required_name(errors, f"{path}.deviceClassName", request.get("deviceClassName"), dns_subdomain)
    check_selectors(errors, f"{path}.selectors", request.get("selectors") or ())
    if mode == "All":
        if count:
            problem = "must not be specified when allocationMode is 'All'"
            errors.append(invalid(f"{path}.count", count, problem))
    elif mode == "ExactCount":
        if count <= 0:
            errors.append(invalid(f"{path}.count", count, "must be greater than zero"))
    else:
        errors.append(not_supported(f"{path}.allocationMode", mode, ("All", "ExactCount")))
    for index, toleration in enumerate(request.get("tolerations") or ()):
        check_device_toleration(errors, f"{path}.tolerations[{index}]", toleration)


def _claim_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    _check_claim(errors, obj.get("spec") or {}, "spec")
    return errors


def _claim_update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta(new["metadata"], True, name_is_dns_subdomain)
    errors += validate_object_meta_update(new["metadata"], old["metadata"])
    if not same(new.get("spec"), old.get("spec")):
        errors.append(invalid("spec", None, IMMUTABLE))
    return errors


def _device_key(device: Source) -> dict[str, Any]:
    key = {"Driver": "driver", "Pool": "pool", "Device": "device", "ShareID": "shareID"}
    return {name: device.get(field) or "" for name, field in key.items()}


def _claim_status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    status, before = new.get("status") or {}, old.get("status") or {}
    allocation, reserved, known = (
        status.get("allocation"),
        status.get("reservedFor") or (),
        before.get("reservedFor") or (),
    )
    path = "status.reservedFor"
    check_set(errors, path, reserved, _MAX_RESERVED, _check_consumer, lambda one: one.get("uid") or "")
    allocated = [_device_key(r) for r in ((allocation or {}).get("devices") or {}).get("results") or ()]

    def check_device(errors: Errors, where: str, device: Source) -> None:
        _check_device_status(errors, where, device, _device_key(device) in allocated)

    check_set(errors, "status.devices", status.get("devices") or (), -1, check_device, _device_key)
    if reserved and allocation is None:
        errors.append(forbidden(path, "may not be specified when `allocated` is not set"))
    elif new["metadata"].get("deletionTimestamp") and any(one not in known for one in reserved):
        problem = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"
        errors.append(forbidden(path, problem))
    if allocation is not None and before.get("allocation") is not None:
        immutable(errors, "status.allocation", allocation, before["allocation"])
    elif allocation is not None:
        _check_allocation(errors, allocation, _request_names((new.get("spec") or {}).get("devices") or {}))
    return errors


def _check_consumer(errors: Errors, path: str, reference: Source) -> None:
    errors += [required(f"{path}.{field}") for field in ("resource", "name", "uid") if not reference.get(field)]


def _check_device_name(errors: Errors, path: str, device: Source) -> None:
    check_driver_name(errors, f"{path}.driver", device.get("driver") or "")
    check_pool_name(errors, f"{path}.pool", device.get("pool") or "")
    check_label(errors, f"{path}.device", device.get("device") or "")


def _check_device_status(errors: Errors, path: str, device: Source, is_allocated: bool) -> None:
    _check_device_name(errors, path, device)
    if (share := device.get("shareID")) is not None:
        check_uid(errors, f"{path}.shareID", share)
    if not is_allocated:
        errors.append(invalid(path, _device_key(device), "must be an allocated device in the claim"))
    conditions = device.get("conditions") or ()
    if len(conditions) > _MAX_CONDITIONS:
        errors.append(too_many(f"{path}.conditions", len(conditions), _MAX_CONDITIONS))
    check_conditions(errors, conditions, f"{path}.conditions")
    if device.get("data") is not None:
        check_raw(errors, f"{path}.data", device["data"], _MAX_DATA)
    if (network := device.get("networkData")) is not None:
        for field, most in (("interfaceName", 256), ("hardwareAddress", 128)):
            if byte_length(network.get(field) or "") > most:
                errors.append(too_long(f"{path}.networkData.{field}", most))
        check_set(errors, f"{path}.networkData.ips", network.get("ips") or (), _MAX_IPS, _check_interface)


def _check_interface(errors: Errors, path: str, text: str) -> None:
    parsed = parse_cidr(text)
    if parsed is None:
        problem = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)"
        errors.append(invalid(path, text, problem))
        return
    address, length = parsed
    plain = address if is_ipv6(address) else getattr(address, "ipv4_mapped", None) or address
    canonical = f"{plain}/{length - (96 if plain is not address and length > 32 else 0)}"
    if text != canonical:
        errors.append(invalid(path, text, f'must be in canonical form ("{canonical}")'))


def _check_allocation(errors: Errors, allocation: Source, names: Names) -> None:
    devices, path = allocation.get("devices") or {}, "status.allocation.devices"

    def check_result(errors: Errors, where: str, result: Source) -> None:
        _check_reference(errors, f"{where}.request", result.get("request") or "", names)
        _check_device_name(errors, where, result)
        check_binding_conditions(errors, where, result)
        if (share := result.get("shareID")) is not None:
            check_uid(errors, f"{where}.shareID", share)

    def check_config(errors: Errors, where: str, config: Source) -> None:
        source, sources = config.get("source") or "", ("FromClaim", "FromClass")
        if source not in sources:
            here = f"{where}.source"
            errors.append(not_supported(here, source, sources) if source else required(here))
        _check_references(errors, f"{where}.requests", config.get("requests") or (), names)
        check_configuration(errors, where, config)

    check_items(errors, f"{path}.results", devices.get("results") or (), MAX_REQUESTS, check_result)
    check_items(errors, f"{path}.config", devices.get("config") or (), 2 * MAX_CONFIGS, check_config)
    if allocation.get("nodeSelector") is not None:
        check_node_selector(errors, allocation["nodeSelector"], "status.allocation.nodeSelector")


def _template_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    spec = obj.get("spec") or {}
    errors += validate_template_meta(spec.get("metadata"), "spec.metadata")
    _check_claim(errors, spec.get("spec") or {}, "spec.spec")
    return errors


def _template_update(new: Object, old: Object) -> Errors:
    errors = _template_create(new) + validate_object_meta_update(new["metadata"], old["metadata"])
    immutable(errors, "spec", new.get("spec"), old.get("spec"))
    return errors


def _check_class(errors: Errors, spec: Source, old: Source | None) -> None:
    check_selectors(errors, "spec.selectors", spec.get("selectors") or ())
    stored = old is not None and same(spec.get("config"), old.get("config"))

    def check_config(errors: Errors, where: str, config: Source) -> None:
        check_configuration(errors, where, config, stored=stored)

    check_items(errors, "spec.config", spec.get("config") or (), MAX_CONFIGS, check_config)
    if (name := spec.get("extendedResourceName")) is not None and not is_extended(name):
        errors.append(invalid("spec.extendedResourceName", name, "must be a valid extended resource name"))


def _class_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    _check_class(errors, obj.get("spec") or {}, None)
    return errors


def _class_update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta(new["metadata"], False, name_is_dns_subdomain)
    errors += validate_object_meta_update(new["metadata"], old["metadata"])
    _check_class(errors, new.get("spec") or {}, old.get("spec") or {})
    return errors


def _check_taint_rule(errors: Errors, spec: Source, old: Source | None) -> None:
    selector, path = spec.get("deviceSelector") or {}, "spec.deviceSelector"
    for field, check in (("driver", check_driver_name), ("pool", check_pool_name), ("device", check_label)):
        if (name := selector.get(field)) is not None:
            check(errors, f"{path}.{field}", name)
    before = None if old is None else old.get("taint") or {}
    check_device_taint(errors, "spec.taint", spec.get("taint") or {}, before)


def _rule_create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    _check_taint_rule(errors, obj.get("spec") or {}, None)
    return errors


def _rule_update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    _check_taint_rule(errors, new.get("spec") or {}, old.get("spec") or {})
    return errors


def _rule_status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    path, conditions = "status.conditions", (new.get("status") or {}).get("conditions") or ()
    check_conditions(errors, conditions, path)
    if len(conditions) > _MAX_CONDITIONS:
        errors.append(too_many(path, len(conditions), _MAX_CONDITIONS))
    return errors


RESOURCE_CLAIM = validator(_claim_create, _claim_update, _claim_status)
RESOURCE_CLAIM_TEMPLATE = validator(_template_create, _template_update)
DEVICE_CLASS = validator(_class_create, _class_update, namespaced=False)
DEVICE_TAINT_RULE = validator(_rule_create, _rule_update, _rule_status, namespaced=False)
