"""What the kinds of dynamic resource allocation share: names, selectors, configuration, taints.

CEL expressions are not compiled. Here and in the files of those kinds, errors of upstream's declarative rules stand
where the hand-written ones stood. Source: k8s.io/kubernetes/pkg/apis/resource/validation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, invalid, not_supported, required, too_long, too_many
from apimachinery.names import is_c_identifier
from server.validation.checks import Errors, check_subdomain, flag
from server.validation.objectmeta import byte_length, check_label_name
from server.validation.rules import label_value
from server.validation.volumesources import check_driver_name

Source = Mapping[str, Any]
Check = Callable[[Errors, str, Any], None]

MAX_CONFIGS = 32
MAX_REQUESTS = 32
_MAX_POOL = 253
_MAX_ID = 32
_MAX_SELECTORS = 32
_MAX_EXPRESSION = 10 * 1024
_MAX_PARAMETERS = 10 * 1024
_MAX_CONDITIONS = 4
_EFFECTS = ("NoExecute", "NoSchedule", "None")
_OMITTED = "<value omitted>"
_uuid = re.compile("[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}").fullmatch
_any_uuid = re.compile("(urn:uuid:)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}", re.I).fullmatch


def check_items(errors: Errors, path: str, items: Sequence[Any], most: int, check: Check) -> bool:
    """Each item, unless there are more than ``most`` (negative: any number)."""
    if 0 <= most < len(items):
        errors.append(too_many(path, len(items), most))
        return False
    for index, item in enumerate(items):
        check(errors, f"{path}[{index}]", item)
    return True


def check_set(
    errors: Errors, path: str, items: Sequence[Any], most: int, check: Check, key: Callable[[Any], Any] = str
) -> None:
    """As :func:`check_items`, and no two items with one ``key``."""
    if not check_items(errors, path, items, most, check):
        return
    seen: set[str] = set()
    for index, item in enumerate(items):
        name = key(item)
        text = name if isinstance(name, str) else json.dumps(name)
        if text in seen:
            errors.append(duplicate(f"{path}[{index}]", name))
        seen.add(text)


def check_pool_name(errors: Errors, path: str, name: str) -> None:
    if not name:
        errors.append(required(path))
        return
    if byte_length(name) > _MAX_POOL:
        errors.append(too_long(path, _MAX_POOL))
    for part in name.split("/"):
        check_subdomain(errors, path, part)


def check_uid(errors: Errors, path: str, uid: str) -> None:
    if not _any_uuid(uid):
        length = (
            f"invalid UUID length: {byte_length(uid)}" if len(uid) not in (32, 36, 38, 45) else "invalid UUID format"
        )
        errors.append(invalid(path, uid, f"error validating uid: {length}"))
    elif not _uuid(uid):
        problem = (
            "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` "
            "with lowercase hexadecimal characters"
        )
        errors.append(invalid(path, uid, problem))


def check_identifier(errors: Errors, path: str, name: str) -> None:
    if byte_length(name) > _MAX_ID:
        errors.append(too_long(path, _MAX_ID))
    flag(errors, path, name, is_c_identifier(name))


def check_attribute_name(errors: Errors, path: str, name: str) -> None:
    """``[domain/]identifier``."""
    domain, slash, identifier = name.partition("/")
    if not slash:
        check_identifier(errors, path, name)
        return
    if "/" in identifier:
        return  # upstream lets it pass
    if domain:
        check_driver_name(errors, path, domain)
    else:
        errors.append(invalid(path, "", "the domain must not be empty"))
    if identifier:
        check_identifier(errors, path, identifier)
    else:
        errors.append(invalid(path, "", "the name must not be empty"))


def check_full_attribute_name(errors: Errors, path: str, name: str) -> None:
    check_attribute_name(errors, path, name)
    if "/" not in name:
        problem = "a fully qualified name must be a domain and a name separated by a slash"
        errors.append(invalid(path, name, problem))


def check_selectors(errors: Errors, path: str, selectors: Sequence[Source]) -> None:
    def check(errors: Errors, here: str, selector: Source) -> None:
        expression = selector.get("cel")
        if expression is None:
            errors.append(required(f"{here}.cel"))
        elif byte_length(expression.get("expression") or "") > _MAX_EXPRESSION:
            errors.append(too_long(f"{here}.cel.expression", _MAX_EXPRESSION))

    check_items(errors, path, selectors, _MAX_SELECTORS, check)


def check_configuration(errors: Errors, path: str, config: Source, *, stored: bool = False) -> None:
    """``stored``: parameters that are too long may stay."""
    opaque, here = config.get("opaque"), f"{path}.opaque"
    if opaque is None:
        errors.append(required(here))
        return
    check_driver_name(errors, f"{here}.driver", opaque.get("driver") or "")
    check_raw(errors, f"{here}.parameters", opaque.get("parameters"), -1 if stored else _MAX_PARAMETERS)


def check_raw(errors: Errors, path: str, value: Any, most: int) -> None:
    """A JSON object of no more than ``most`` bytes (negative: any)."""
    if value is None:
        errors.append(required(path))
    elif 0 <= most < byte_length(json.dumps(value, separators=(",", ":"), ensure_ascii=False)):
        errors.append(too_long(path, most))
    elif not isinstance(value, Mapping):
        errors.append(invalid(path, _OMITTED, "must be a valid JSON object"))


def check_device_taint(errors: Errors, path: str, taint: Source, old: Source | None = None) -> None:
    effect = taint.get("effect") or ""
    check_label_name(errors, f"{path}.key", taint.get("key") or "")
    if value := taint.get("value"):
        flag(errors, f"{path}.value", value, label_value(value))
    if old is not None and effect == (old.get("effect") or ""):
        return
    if not effect:
        errors.append(required(f"{path}.effect"))
    elif effect not in _EFFECTS:
        errors.append(not_supported(f"{path}.effect", effect, _EFFECTS))


def check_device_toleration(errors: Errors, path: str, toleration: Source) -> None:
    operator, value, effect = (toleration.get(field) or "" for field in ("operator", "value", "effect"))
    if key := toleration.get("key"):
        check_label_name(errors, f"{path}.key", key)
    if operator == "Exists":
        if value:
            errors.append(invalid(f"{path}.value", value, "must be empty for operator `Exists`"))
    elif operator == "Equal":
        flag(errors, f"{path}.value", value, label_value(value))
    elif operator:
        errors.append(not_supported(f"{path}.operator", operator, ("Equal", "Exists")))
    else:
        errors.append(required(f"{path}.operator"))
    if effect and effect not in _EFFECTS:
        errors.append(not_supported(f"{path}.effect", effect, _EFFECTS))


def check_binding_conditions(errors: Errors, path: str, holder: Source) -> None:
    wanted: Sequence[str] = holder.get("bindingConditions") or ()
    failures: Sequence[str] = holder.get("bindingFailureConditions") or ()
    check_items(errors, f"{path}.bindingConditions", wanted, _MAX_CONDITIONS, check_label_name)
    check_items(errors, f"{path}.bindingFailureConditions", failures, _MAX_CONDITIONS, check_label_name)
    for field, names in (("bindingConditions", wanted), ("bindingFailureConditions", failures)):
        for index, name in enumerate(names):
            here = f"{path}.{field}[{index}]"
            if name in names[:index]:
                errors.append(duplicate(here, name))
            if names is failures and name in wanted:
                problem = "bindingFailureConditions must not overlap with bindingConditions"
                errors.append(invalid(here, name, problem))
    if failures and not wanted:
        problem = "bindingConditions are required to use bindingFailureConditions"
        errors.append(invalid(f"{path}.bindingConditions", None, problem))
    if wanted and not failures:
        problem = "bindingFailureConditions are required to use bindingConditions"
        errors.append(invalid(f"{path}.bindingFailureConditions", None, problem))
