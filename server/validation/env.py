"""Environment variables, where their values come from, and the downward API.

Source: k8s.io/kubernetes/pkg/apis/core/validation, pkg/apis/core/pods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import invalid, not_supported, required
from apimachinery.names import is_config_map_key, is_relaxed_env_var_name
from server.validation.checks import Errors, check_label, check_qualified, flag
from server.validation.filepaths import check_no_backsteps
from server.validation.rules import name_is_dns_subdomain

Source = Mapping[str, Any]

ENV_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
VOLUME_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_POD_FIELDS = frozenset(ENV_FIELDS + VOLUME_FIELDS) | {"spec.restartPolicy", "spec.schedulerName", "status.phase"}
_RESOURCE_FIELDS = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
_HUGE_PAGE_FIELDS = ("requests.hugepages-", "limits.hugepages-")
_CPU_DIVISORS = frozenset({"1m", "1"})
_SIZE_DIVISORS = frozenset({"1", *(f"1{unit}" for unit in "kMGTPE"), *(f"1{unit}i" for unit in "KMGTPE")})
_SIZE_WORDS = "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the"
_NO_SOURCE = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"


def check_env(errors: Errors, variables: Sequence[Source], path: str) -> None:
    for index, variable in enumerate(variables):
        name = variable.get("name")
        if not name:
            errors.append(required(f"{path}[{index}].name"))
        elif problems := is_relaxed_env_var_name(name):
            flag(errors, f"{path}[{index}].name", name, problems)
        source = variable.get("valueFrom")
        if source is not None:
            _check_value_from(errors, source, variable.get("value"), f"{path}[{index}].valueFrom")


def _check_value_from(errors: Errors, source: Source, value: str | None, path: str) -> None:
    count = 0
    for field, check in _VALUE_SOURCES:
        if source.get(field) is not None:
            count += 1
            check(errors, source[field], f"{path}.{field}")
    if not count:
        errors.append(invalid(path, "", _NO_SOURCE))
    elif value:
        errors.append(invalid(path, "", "may not be specified when `value` is not empty"))
    elif count > 1:
        errors.append(invalid(path, "", "may not have more than one field specified at a time"))


def check_env_from(errors: Errors, sources: Sequence[Source], path: str) -> None:
    for index, source in enumerate(sources):
        if prefix := source.get("prefix"):
            flag(errors, f"{path}[{index}].prefix", prefix, is_relaxed_env_var_name(prefix))
        count = 0
        for field in ("configMapRef", "secretRef"):
            reference = source.get(field)
            if reference is not None:
                count += 1
                _check_reference(errors, reference, f"{path}[{index}].{field}")
        if not count:
            errors.append(invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif count > 1:
            errors.append(invalid(path, "", "may not have more than one field specified at a time"))


def _check_reference(errors: Errors, reference: Source, path: str) -> None:
    name = reference.get("name")
    if name:
        flag(errors, f"{path}.name", name, name_is_dns_subdomain(name, True))
    else:
        errors.append(required(f"{path}.name"))


def _check_key_reference(errors: Errors, reference: Source, path: str) -> None:
    name, key = reference.get("name") or "", reference.get("key")
    flag(errors, f"{path}.name", name, name_is_dns_subdomain(name))
    if key:
        flag(errors, f"{path}.key", key, is_config_map_key(key))
    else:
        errors.append(required(f"{path}.key"))


def _check_file_reference(errors: Errors, reference: Source, path: str) -> None:
    key, volume, target = reference.get("key"), reference.get("volumeName"), reference.get("path")
    if key:
        flag(errors, f"{path}.key", key, is_relaxed_env_var_name(key))
    else:
        errors.append(required(f"{path}.key"))
    if volume:
        check_label(errors, f"{path}.volumeName", volume)
    else:
        errors.append(required(f"{path}.volumeName"))
    if target:
        check_no_backsteps(errors, f"{path}.path", target)
    else:
        errors.append(required(f"{path}.path"))


def check_field_reference(errors: Errors, reference: Source, allowed: Sequence[str], path: str) -> None:
    """A field of the pod; ``allowed`` sorted."""
    version, label = reference.get("apiVersion"), reference.get("fieldPath")
    if not version:
        errors.append(required(f"{path}.apiVersion"))
        return
    if not label:
        errors.append(required(f"{path}.fieldPath"))
        return
    field, subscript = _split_subscript(label)
    problem = _conversion_problem(version, field, subscript)
    if problem:
        errors.append(invalid(f"{path}.fieldPath", label, f"error converting fieldPath: {problem.format(label)}"))
    elif subscript is not None:
        check_qualified(errors, path, subscript.lower() if field == "metadata.annotations" else subscript)
    elif (field := "spec.nodeName" if field == "spec.host" else field) not in allowed:
        errors.append(not_supported(f"{path}.fieldPath", field, allowed))


def _conversion_problem(version: str, field: str, subscript: str | None) -> str:
    if version != "v1":
        return f"unsupported pod version: {version}".replace("{", "{{").replace("}", "}}")
    if subscript is not None:
        return (
            "" if field in ("metadata.annotations", "metadata.labels") else "field label does not support subscript: {}"
        )
    return "" if field in _POD_FIELDS or field == "spec.host" else "field label not supported: {}"


def _split_subscript(label: str) -> tuple[str, str | None]:
    """``metadata.labels['x']`` → (metadata.labels, x)."""
    if label.endswith("']"):
        field, bracket, subscript = label[:-2].partition("['")
        if bracket and field:
            return field, subscript
    return label, None


def check_resource_reference(errors: Errors, reference: Source, path: str, *, in_volume: bool = False) -> None:
    """A resource of a container; a volume must say of which."""
    resource = reference.get("resource") or ""
    if in_volume and not reference.get("containerName"):
        errors.append(required(f"{path}.containerName"))
    elif not resource:
        errors.append(required(f"{path}.resource"))
    elif resource not in _RESOURCE_FIELDS and not resource.startswith(_HUGE_PAGE_FIELDS):
        errors.append(not_supported(f"{path}.resource", resource, _RESOURCE_FIELDS))
    divisor = reference.get("divisor") or "0"
    if divisor != "0":
        _check_divisor(errors, resource, divisor, f"{path}.divisor")


def _check_divisor(errors: Errors, resource: str, divisor: str, path: str) -> None:
    _, _, unit = resource.partition(".")
    if unit == "cpu" and divisor not in _CPU_DIVISORS:
        problem = "only divisor's values 1m and 1 are supported with the cpu resource"
        errors.append(invalid(path, resource, problem))
    if divisor in _SIZE_DIVISORS:
        return
    if resource in ("limits.memory", "requests.memory"):
        errors.append(invalid(path, resource, f"{_SIZE_WORDS} memory resource"))
    elif resource in ("limits.ephemeral-storage", "requests.ephemeral-storage"):
        errors.append(invalid(path, resource, f"{_SIZE_WORDS} local ephemeral storage resource"))
    elif resource.startswith(_HUGE_PAGE_FIELDS):
        errors.append(invalid(path, resource, f"{_SIZE_WORDS} hugepages resource"))


def _check_env_field(errors: Errors, reference: Source, path: str) -> None:
    check_field_reference(errors, reference, ENV_FIELDS, path)


_VALUE_SOURCES = (
    ("fieldRef", _check_env_field),
    ("resourceFieldRef", check_resource_reference),
    ("configMapKeyRef", _check_key_reference),
    ("secretKeyRef", _check_key_reference),
    ("fileKeyRef", _check_file_reference),
)
