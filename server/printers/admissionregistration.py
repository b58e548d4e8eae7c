"""Webhook configurations and admission policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from apimachinery.objects import Object
from server.printers.cells import UNSET
from server.printers.printer import AGE, NAME, Printer, Row, age, column, name


def _webhooks_row(obj: Object, now: datetime) -> Row:
    return Row([name(obj), len(obj.get("webhooks") or ()), age(obj, now)])


MUTATING_WEBHOOK_CONFIGURATION = VALIDATING_WEBHOOK_CONFIGURATION = Printer(
    (
        NAME,
        column(
            "Webhooks",
            "Webhooks indicates the number of webhooks registered in this configuration",
            type="integer",
        ),
        AGE,
    ),
    _webhooks_row,
)


def _policy_row(rules: str) -> Callable[[Object, datetime], Row]:
    def row(obj: Object, now: datetime) -> Row:
        spec = obj.get("spec") or {}
        kind = spec.get("paramKind")
        shown = UNSET if kind is None else f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}"
        return Row([name(obj), len(spec.get(rules) or ()), shown, age(obj, now)])

    return row


_PARAM_KIND = column("ParamKind", "ParamKind specifies the kind of resources used to parameterize this policy")

VALIDATING_ADMISSION_POLICY = Printer(
    (
        NAME,
        column(
            "Validations",
            "Validations indicates the number of validation rules defined in this configuration",
            type="integer",
        ),
        _PARAM_KIND,
        AGE,
    ),
    _policy_row("validations"),
)

MUTATING_ADMISSION_POLICY = Printer(
    (
        NAME,
        column(
            "Mutations",
            "Mutation indicates the number of mutations rules defined in this configuration",
            type="integer",
        ),
        _PARAM_KIND,
        AGE,
    ),
    _policy_row("mutations"),
)


def _binding_row(obj: Object, now: datetime) -> Row:
    spec = obj.get("spec") or {}
    return Row([name(obj), spec.get("policyName", ""), _parameter(spec.get("paramRef") or {}), age(obj, now)])


def _parameter(reference: Mapping[str, Any]) -> str:
    if reference.get("name"):
        return f"{reference.get('namespace') or '*'}/{reference['name']}"
    if reference.get("selector") is not None:
        return _go_selector(reference["selector"])
    return UNSET


def _go_selector(selector: Mapping[str, Any]) -> str:
    """A ``metav1.LabelSelector`` as its generated Go ``String`` method prints it."""
    labels = "".join(f"{key}: {value}," for key, value in sorted((selector.get("matchLabels") or {}).items()))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{e.get('key', '')},Operator:{e.get('operator', '')},"
        f"Values:[{' '.join(e.get('values') or ())}],}},"
        for e in selector.get("matchExpressions") or ()
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )


VALIDATING_ADMISSION_POLICY_BINDING = MUTATING_ADMISSION_POLICY_BINDING = Printer(
    (
        NAME,
        column("PolicyName", "PolicyName indicates the policy definition which the policy binding binded to"),
        column("ParamRef", "ParamRef indicates the param resource which sets the configration param"),
        AGE,
    ),
    _binding_row,
)
