"""Conditions as newer kinds have them in their status. Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, invalid, required, too_long
from apimachinery.names import regex_error
from server.validation.checks import Errors, required_choice
from server.validation.objectmeta import byte_length, check_label_name

_STATES = ("False", "True", "Unknown")
_MAX_REASON = 1024
_MAX_MESSAGE = 32 * 1024
_REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?"
_reason = re.compile(_REASON).fullmatch
_NOT_A_REASON = regex_error(
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric "
    "characters or '_,:', and must end with an alphanumeric character or '_'",
    _REASON,
    "my_name",
    "MY_NAME",
    "MyName",
    "ReasonA,ReasonB",
    "ReasonA:ReasonB",
)


def check_conditions(errors: Errors, conditions: Sequence[Mapping[str, Any]] | None, path: str) -> None:
    seen: set[str] = set()
    for index, condition in enumerate(conditions or ()):
        here, kind = f"{path}[{index}]", condition.get("type") or ""
        if kind in seen:
            errors.append(duplicate(here, kind))
        seen.add(kind)
        _check_condition(errors, condition, here)


def _check_condition(errors: Errors, condition: Mapping[str, Any], path: str) -> None:
    if kind := condition.get("type"):
        check_label_name(errors, f"{path}.type", kind)
    else:
        errors.append(required(f"{path}.type", "is required"))
    required_choice(errors, f"{path}.status", condition.get("status"), _STATES)
    if (generation := condition.get("observedGeneration") or 0) < 0:
        errors.append(invalid(f"{path}.observedGeneration", generation, "must be greater than or equal to zero"))
    if not condition.get("lastTransitionTime"):
        errors.append(required(f"{path}.lastTransitionTime"))
    reason = condition.get("reason") or ""
    if not reason:
        errors.append(required(f"{path}.reason"))
    elif not _reason(reason):
        errors.append(invalid(f"{path}.reason", reason, _NOT_A_REASON))
    if byte_length(reason) > _MAX_REASON:
        errors.append(too_long(f"{path}.reason", _MAX_REASON))
    if byte_length(condition.get("message") or "") > _MAX_MESSAGE:
        errors.append(too_long(f"{path}.message", _MAX_MESSAGE))
