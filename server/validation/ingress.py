"""Ingresses and ingress classes.

Source: k8s.io/kubernetes/pkg/apis/networking/validation; the declarative rules of k8s.io/api/networking/v1, whose
errors come last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apimachinery.fielderrors import forbidden, invalid, not_supported, required, too_long
from apimachinery.names import (
    is_http_path,
    is_path_segment_name,
    is_port_name,
    is_port_number,
    is_wildcard_dns1123_subdomain,
)
from apimachinery.objects import Object
from server.validation.checks import Errors, check_subdomain, flag, immutable, required_name, same
from server.validation.ips import check_legacy_ip, parse_ip
from server.validation.loadbalancer import check_point_name, stored_addresses
from server.validation.objectmeta import byte_length, validate_object_meta, validate_object_meta_update
from server.validation.rules import dns_subdomain, name_is_dns_label, name_is_dns_subdomain
from server.validation.validator import validator

Source = Mapping[str, Any]

_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")
_MAX_CONTROLLER = 250
_SCOPES = ("Cluster", "Namespace")


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the stored ingress has wrong and may keep."""

    any_secret_name: bool = False
    any_wildcard_rule: bool = False


def _check_spec(errors: Errors, spec: Source, stored: _Stored) -> None:
    rules, default = spec.get("rules") or (), spec.get("defaultBackend")
    if not rules and default is None:
        errors.append(invalid("spec", spec.get("rules"), "either `defaultBackend` or `rules` must be specified"))
    if default is not None:
        _check_backend(errors, default, "spec.defaultBackend")
    for index, rule in enumerate(rules):
        _check_rule(errors, rule, f"spec.rules[{index}]", stored)
    for index, entry in enumerate(spec.get("tls") or ()):
        _check_tls(errors, entry, f"spec.tls[{index}]", stored)
    if (name := spec.get("ingressClassName")) is not None:
        flag(errors, "spec.ingressClassName", name, name_is_dns_subdomain(name))


def _check_host(errors: Errors, path: str, host: str) -> None:
    flag(errors, path, host, is_wildcard_dns1123_subdomain(host) if "*" in host else dns_subdomain(host))


def _check_rule(errors: Errors, rule: Source, path: str, stored: _Stored) -> None:
    host = rule.get("host") or ""
    if host:
        if parse_ip(host) is not None:
            errors.append(invalid(f"{path}.host", host, "must be a DNS name, not an IP address"))
        _check_host(errors, f"{path}.host", host)
    if rule.get("http") is not None and not ("*" in host and stored.any_wildcard_rule):
        _check_http(errors, rule["http"], f"{path}.http")


def _check_http(errors: Errors, http: Source, path: str) -> None:
    if not http.get("paths"):
        errors.append(required(f"{path}.paths"))
    for index, one in enumerate(http.get("paths") or ()):
        _check_path(errors, one, f"{path}.paths[{index}]")


def _check_path(errors: Errors, one: Source, path: str) -> None:
    kind, text, here = one.get("pathType"), one.get("path") or "", f"{path}.path"
    if kind is None:
        errors.append(required(f"{path}.pathType", "pathType must be specified"))
        return
    if kind not in _PATH_TYPES:
        errors.append(not_supported(f"{path}.pathType", kind, _PATH_TYPES))
    elif not text.startswith("/") and (text or kind != "ImplementationSpecific"):
        errors.append(invalid(here, text, "must be an absolute path"))
    if kind in ("Exact", "Prefix"):
        errors += [invalid(here, text, f"must not contain '{bad}'") for bad in _BAD_SEQUENCES if bad in text]
        errors += [invalid(here, text, f"cannot end with '{bad}'") for bad in _BAD_ENDS if text.endswith(bad)]
    _check_backend(errors, one.get("backend") or {}, f"{path}.backend")


def _check_backend(errors: Errors, backend: Source, path: str) -> None:
    resource, service = backend.get("resource"), backend.get("service")
    if resource is not None and service is not None:
        errors.append(invalid(path, "", "cannot set both resource and service backends"))
    elif resource is not None:
        _check_reference(errors, resource, f"{path}.resource")
        for field in ("kind", "name"):
            required_name(errors, f"{path}.resource.{field}", resource.get(field), is_path_segment_name)
    elif service is not None:
        required_name(errors, f"{path}.service.name", service.get("name"), name_is_dns_label)
        _check_service_port(errors, service.get("port") or {}, path)
    else:
        errors.append(invalid(path, "", "resource or service backend is required"))


def _check_service_port(errors: Errors, port: Source, path: str) -> None:
    name, number = port.get("name"), port.get("number")
    if name and number:
        errors.append(invalid(path, "", "cannot set both port name & port number"))
    elif name:
        flag(errors, f"{path}.service.port.name", name, is_port_name(name))
    elif number:
        flag(errors, f"{path}.service.port.number", number, is_port_number(number))
    else:
        errors.append(required(path, "port name or number is required"))


def _check_reference(errors: Errors, reference: Source, path: str) -> None:
    if (group := reference.get("apiGroup")) is not None:
        check_subdomain(errors, f"{path}.apiGroup", group)


def _check_tls(errors: Errors, entry: Source, path: str, stored: _Stored) -> None:
    for index, host in enumerate(entry.get("hosts") or ()):
        _check_host(errors, f"{path}.hosts[{index}]", host)
    name = entry.get("secretName")
    if name and not stored.any_secret_name:
        flag(errors, f"{path}.secretName", name, name_is_dns_subdomain(name))


def _what_is_wrong(spec: Source) -> _Stored:
    problems: Errors = []
    for rule in spec.get("rules") or ():
        if "*" in (rule.get("host") or "") and rule.get("http") is not None:
            _check_http(problems, rule["http"], "")
    names = [entry.get("secretName") for entry in spec.get("tls") or ()]
    return _Stored(any(name_is_dns_subdomain(name) for name in names if name), bool(problems))


def _create(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], True, name_is_dns_subdomain)
    spec = obj.get("spec") or {}
    _check_spec(errors, spec, _Stored())
    annotated = (obj["metadata"].get("annotations") or {}).get(_CLASS_ANNOTATION)
    if annotated is not None and spec.get("ingressClassName") not in (None, annotated):
        problem = "must match `ingressClassName` when both are specified"
        errors.append(invalid(f"annotations.{_CLASS_ANNOTATION}", annotated, problem))
    return errors


def _update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    errors += validate_object_meta(new["metadata"], True, name_is_dns_subdomain)
    _check_spec(errors, new.get("spec") or {}, _what_is_wrong(old.get("spec") or {}))
    return errors


def _status(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    now, before = ((obj.get("status") or {}).get("loadBalancer") or {} for obj in (new, old))
    known = stored_addresses(before)
    for index, point in enumerate(now.get("ingress") or ()):
        here = f"status.loadBalancer.ingress[{index}]"
        if address := point.get("ip"):
            check_legacy_ip(errors, f"{here}.ip", address, known)
        check_point_name(errors, point.get("hostname"), f"{here}.hostname")
    return errors


def _check_class(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    spec = obj.get("spec") or {}
    controller = spec.get("controller") or ""
    if byte_length(controller) > _MAX_CONTROLLER:
        errors.append(too_long("spec.controller", _MAX_CONTROLLER))
    _check_prefixed_path(errors, "spec.controller", controller)
    if spec.get("parameters") is not None:
        _check_parameters(errors, spec["parameters"], "spec.parameters")
    return errors


def _check_prefixed_path(errors: Errors, path: str, text: str) -> None:
    if not text:
        errors.append(required(path))
        return
    host, _, rest = text.partition("/")
    if not host or not rest:
        errors.append(invalid(path, text, 'must be a domain-prefixed path (such as "acme.io/foo")'))
        return
    check_subdomain(errors, path, host)
    flag(errors, path, rest, is_http_path(rest))


def _check_parameters(errors: Errors, parameters: Source, path: str) -> None:
    _check_reference(errors, parameters, path)
    for field in ("kind", "name"):
        if text := parameters.get(field):
            flag(errors, f"{path}.{field}", text, is_path_segment_name(text))
    scope, namespace, here = parameters.get("scope"), parameters.get("namespace"), f"{path}.namespace"
    if scope is None:
        errors.append(required(f"{path}.scope"))
    elif scope not in _SCOPES:
        errors.append(not_supported(f"{path}.scope", scope, _SCOPES))
    elif scope == "Cluster":
        if namespace is not None:
            errors.append(forbidden(here, "`parameters.scope` is set to 'Cluster'"))
    elif namespace is None:
        errors.append(required(here, "`parameters.scope` is set to 'Namespace'"))
    else:
        flag(errors, here, namespace, name_is_dns_label(namespace))


def _check_parameter_names(errors: Errors, obj: Object, old: Object | None) -> None:
    parameters = (obj.get("spec") or {}).get("parameters")
    if parameters is None or (old and same(parameters, (old.get("spec") or {}).get("parameters"))):
        return
    errors += [required(f"spec.parameters.{field}") for field in ("kind", "name") if not parameters.get(field)]


def _class_create(obj: Object) -> Errors:
    errors = _check_class(obj)
    _check_parameter_names(errors, obj, None)
    return errors


def _class_update(new: Object, old: Object) -> Errors:
    errors = validate_object_meta_update(new["metadata"], old["metadata"])
    now, before = ((obj.get("spec") or {}).get("controller") or "" for obj in (new, old))
    immutable(errors, "spec.controller", now, before)
    errors += _check_class(new)
    _check_parameter_names(errors, new, old)
    return errors


INGRESS = validator(_create, _update, _status)
INGRESS_CLASS = validator(_class_create, _class_update, namespaced=False)
