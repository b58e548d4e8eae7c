"""API services. Source: k8s.io/kube-aggregator/pkg/apis/apiregistration/validation."""

from __future__ import annotations

from collections.abc import Sequence

from apimachinery.fielderrors import invalid, not_supported, quote, required
from apimachinery.names import is_dns1035_label, is_path_segment_name, is_port_number
from apimachinery.objects import Object
from server.validation.checks import Errors, check_subdomain, flag
from server.validation.configmap import decoded_size
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.validator import validator

_MAX_GROUP_PRIORITY = 20000
_MAX_VERSION_PRIORITY = 1000


def _create(obj: Object) -> Errors:
    spec = obj.get("spec") or {}
    group, version = spec.get("group") or "", spec.get("version") or ""
    wanted = f"{version}.{group}"

    def name_rule(name: str, prefix: bool) -> Sequence[str]:
        problems = is_path_segment_name(name)
        return problems or ([] if name == wanted else [f'must be `spec.version+"."+spec.group`: {quote(wanted)}'])

    errors = validate_object_meta(obj["metadata"], False, name_rule, standard_finalizers=False)
    if group:
        check_subdomain(errors, "spec.group", group)
    elif version != "v1":
        errors.append(required("spec.group", "only v1 may have an empty group and it better be legacy kube"))
    flag(errors, "spec.version", version, is_dns1035_label(version))
    _check_priorities(errors, obj)
    _check_service(errors, obj)
    return errors


def _check_priorities(errors: Errors, obj: Object) -> None:
    spec = obj.get("spec") or {}
    for field, most in (("groupPriorityMinimum", _MAX_GROUP_PRIORITY), ("versionPriority", _MAX_VERSION_PRIORITY)):
        priority = spec.get(field) or 0
        if not 0 < priority <= most:
            errors.append(invalid(f"spec.{field}", priority, f"must be positive and less than {most}"))


def _check_service(errors: Errors, obj: Object) -> None:
    spec = obj.get("spec") or {}
    service, bundle, insecure = spec.get("service"), spec.get("caBundle"), spec.get("insecureSkipTLSVerify")
    if service is None:
        if bundle:
            problem = "local APIServices may not have a caBundle"
            errors.append(invalid("spec.caBundle", f"{decoded_size(bundle)} bytes", problem))
        if insecure:
            problem = "local APIServices may not have insecureSkipTLSVerify"
            errors.append(invalid("spec.insecureSkipTLSVerify", True, problem))
        return
    errors += [required(f"spec.service.{field}") for field in ("namespace", "name") if not service.get(field)]
    port = service.get("port") or 0
    if problems := is_port_number(port):
        errors.append(invalid("spec.service.port", port, f"port is not valid: {', '.join(problems)}"))
    if insecure and bundle:
        errors.append(invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present"))


def _meta_update(new: Object, old: Object) -> Errors:
    return validate_object_meta_update(new["metadata"], old["metadata"], standard_finalizers=False)


def _update(new: Object, old: Object) -> Errors:
    return _meta_update(new, old) + _create(new)


def _status(new: Object, old: Object) -> Errors:
    errors = _meta_update(new, old)
    states = ("True", "False", "Unknown")
    for index, condition in enumerate((new.get("status") or {}).get("conditions") or ()):
        if condition.get("status") not in states:
            path = f"status.conditions[{index}].status"
            errors.append(not_supported(path, condition.get("status") or "", states))
    return errors


API_SERVICE = validator(_create, _update, _status, namespaced=False)
