"""Admission policies and their bindings.

Source: k8s.io/kubernetes/pkg/apis/admissionregistration/validation; the declarative rules of
k8s.io/api/admissionregistration/v1, whose errors come last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, not_supported, required
from apimachinery.names import is_dns1035_label, is_dns1123_subdomain, is_path_segment_name
from apimachinery.objects import Object
from server.validation.admission import (
    FAILURE_POLICIES,
    MATCH_POLICIES,
    REINVOCATION_POLICIES,
    check_match_conditions,
    check_rule,
)
from server.validation.checks import Errors, check_qualified, flag, required_choice, same, supported
from server.validation.conditions import check_conditions
from server.validation.expressions import (
    ANYTHING,
    TEXT,
    TEXT_OR_NULL,
    Scope,
    check_expression,
    stored_expressions,
)
from server.validation.objectmeta import byte_length, validate_object_meta
from server.validation.rules import name_is_dns_subdomain
from server.validation.selectors import check_label_selector
from server.validation.validator import validator

Source = Mapping[str, Any]

_ACTIONS = ("Audit", "Deny", "Warn")
_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
_PATCHES = {"ApplyConfiguration": "applyConfiguration", "JSONPatch": "jsonPatch"}
_MUTATING_OPERATIONS = ("*", "CONNECT", "CREATE", "UPDATE")
_MAX_ANNOTATIONS = 20
_MAX_VALUE_EXPRESSION = 5 * 1024
_EMPTY = "must be non-empty if specified"
_EXCLUSIVE = "name and selector are mutually exclusive"
_identifier = re.compile("[_a-zA-Z][_a-zA-Z0-9]*").fullmatch
_RESERVED = frozenset(
    [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ]
)


def _blank(source: Source, field: str) -> bool:
    return not (source.get(field) or "").strip()


def _meta(obj: Object) -> Errors:
    return validate_object_meta(obj["metadata"], False, name_is_dns_subdomain, standard_finalizers=False)


def _check_head(errors: Errors, spec: Source, old: Source | None, mutating: bool) -> Scope:
    """What both kinds of policy begin with; what the expressions after that can see."""
    policy = spec.get("failurePolicy")
    if policy is None:
        errors.append(required("spec.failurePolicy"))
    else:
        supported(errors, "spec.failurePolicy", policy, FAILURE_POLICIES)
    if spec.get("paramKind") is not None:
        _check_param_kind(errors, spec["paramKind"], "spec.paramKind")
    constraints = spec.get("matchConstraints")
    if constraints is None:
        errors.append(required("spec.matchConstraints"))
    else:
        _check_match(errors, constraints, "spec.matchConstraints")
        if not constraints.get("resourceRules"):
            errors.append(required("spec.matchConstraints.resourceRules"))
        if mutating:
            _check_mutable(errors, constraints, "spec.matchConstraints")
    scope = Scope(spec.get("paramKind") is not None, stored=stored_expressions(old))
    if old is None or not all(same(spec.get(field), old.get(field)) for field in ("paramKind", "matchConditions")):
        check_match_conditions(errors, spec.get("matchConditions") or (), "spec.matchConditions", scope)
    variables = spec.get("variables") or ()
    for index, variable in enumerate(variables):
        before = frozenset(one.get("name") or "" for one in variables[:index])
        _check_variable(errors, variable, f"spec.variables[{index}]", replace(scope, variables=before))
    if not variables and not mutating:
        return scope
    return replace(scope, variables=frozenset(one.get("name") or "" for one in variables))


def _check_param_kind(errors: Errors, kind: Source, path: str) -> None:
    version, name = kind.get("apiVersion") or "", kind.get("kind") or ""
    if version:
        _check_group_version(errors, f"{path}.apiVersion", version)
    else:
        errors.append(required(f"{path}.apiVersion"))
    if not name:
        errors.append(required(f"{path}.kind"))
    elif problems := is_dns1035_label(name.lower()):
        problem = f"may have mixed case, but should otherwise match: {','.join(problems)}"
        errors.append(invalid(f"{path}.kind", name, problem))


def _check_group_version(errors: Errors, path: str, text: str) -> None:
    if text.count("/") > 1:
        errors.append(invalid(path, text, f"unexpected GroupVersion string: {text}"))
        return
    group, _, version = text.rpartition("/")
    if group and (problems := is_dns1123_subdomain(group)):
        errors.append(invalid(path, group, ",".join(problems)))
    if not version:
        errors.append(invalid(path, text, "version must be specified"))
    elif problems := is_dns1035_label(version):
        errors.append(invalid(path, version, ",".join(problems)))


def _check_match(errors: Errors, match: Source, path: str) -> None:
    policy = match.get("matchPolicy")
    if policy is None:
        errors.append(required(f"{path}.matchPolicy"))
    else:
        supported(errors, f"{path}.matchPolicy", policy, MATCH_POLICIES)
    for field in ("namespaceSelector", "objectSelector"):
        if match.get(field) is None:
            errors.append(required(f"{path}.{field}"))
        check_label_selector(errors, match.get(field), f"{path}.{field}")
    for field in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(match.get(field) or ()):
            here, names = f"{path}.{field}[{index}]", rule.get("resourceNames") or ()
            for place, name in enumerate(names):
                flag(errors, f"{here}.resourceNames[{place}]", name, is_path_segment_name(name))
                if name in names[:place]:
                    errors.append(duplicate(f"{here}.resourceNames[{place}]", name))
            check_rule(errors, rule, here)


def _check_mutable(errors: Errors, match: Source, path: str) -> None:
    for rule in match.get("resourceRules") or ():
        for operation in rule.get("operations") or ():
            supported(errors, f"{path}.resourceRules.operations", operation, _MUTATING_OPERATIONS)


def _check_variable(errors: Errors, variable: Source, path: str, scope: Scope) -> None:
    name = variable.get("name") or ""
    if not name.strip():
        errors.append(required(f"{path}.name", "name is not specified"))
    elif not _identifier(name) or name in _RESERVED:
        errors.append(invalid(f"{path}.name", name, "must be a valid CEL identifier"))
    if _blank(variable, "expression"):
        errors.append(required(f"{path}.expression", "expression is not specified"))
    else:
        check_expression(errors, f"{path}.expression", variable["expression"], scope, ANYTHING)


def _check_validating(obj: Object, old: Object | None) -> Errors:
    errors = _meta(obj)
    spec = obj.get("spec") or {}
    scope = _check_head(errors, spec, None if old is None else old.get("spec") or {}, False)
    validations, annotations = spec.get("validations") or (), spec.get("auditAnnotations") or ()
    if not validations and not annotations:
        problem = "validations or auditAnnotations must contain at least one item"
        errors += [required(f"spec.{field}", problem) for field in ("validations", "auditAnnotations")]
    for index, validation in enumerate(validations):
        _check_validation(errors, validation, f"spec.validations[{index}]", scope)
    _check_annotations(errors, annotations, obj["metadata"].get("name") or "", scope)
    return errors


def _check_validation(errors: Errors, validation: Source, path: str, scope: Scope) -> None:
    if _blank(validation, "expression"):
        errors.append(required(f"{path}.expression", "expression is not specified"))
    else:
        check_expression(errors, f"{path}.expression", validation["expression"], scope)
    for field in ("messageExpression", "message"):
        if validation.get(field) and _blank(validation, field):
            errors.append(invalid(f"{path}.{field}", validation[field], _EMPTY))
        elif field == "messageExpression" and validation.get(field):
            check_expression(errors, f"{path}.{field}", validation[field], scope, TEXT)
    message = (validation.get("message") or "").strip()
    if "\n" in message or "\r" in message:
        errors.append(invalid(f"{path}.message", validation["message"], "must not contain line breaks"))
    if (reason := validation.get("reason")) is not None:
        supported(errors, f"{path}.reason", reason, _REASONS)


def _check_annotations(errors: Errors, annotations: Sequence[Source], policy: str, scope: Scope) -> None:
    path = "spec.auditAnnotations"
    if len(annotations) > _MAX_ANNOTATIONS:
        problem = f"must not have more than {_MAX_ANNOTATIONS} auditAnnotations"
        errors.append(invalid(path, annotations, problem))
    keys: set[str] = set()
    for index, annotation in enumerate(annotations):
        here, key = f"{path}[{index}]", annotation.get("key") or ""
        if policy:
            check_qualified(errors, f"{here}.key", f"{policy}/{key}")
        else:
            errors.append(invalid(f"{here}.key", key, "requires metadata.name be non-empty"))
        if _blank(annotation, "valueExpression"):
            errors.append(required(f"{here}.valueExpression", "valueExpression is not specified"))
        elif byte_length(annotation["valueExpression"].strip()) > _MAX_VALUE_EXPRESSION:
            problem = f"must not exceed {_MAX_VALUE_EXPRESSION} bytes in length"
            errors.append(required(f"{here}.valueExpression", problem))
        else:
            check_expression(errors, f"{here}.valueExpression", annotation["valueExpression"], scope, TEXT_OR_NULL)
        if key in keys:
            errors.append(duplicate(f"{here}.key", key))
        keys.add(key)


def _validating_status(new: Object, old: Object) -> Errors:
    errors: Errors = []
    status = new.get("status") or {}
    for index, warning in enumerate((status.get("typeChecking") or {}).get("expressionWarnings") or ()):
        here = f"status.typeChecking.expressionWarnings[{index}]"
        if not warning.get("warning"):
            errors.append(required(f"{here}.warning"))
        if _blank(warning, "fieldRef"):
            errors.append(required(f"{here}.fieldRef"))
    check_conditions(errors, status.get("conditions"), "status.conditions")
    return errors


def _check_mutating(obj: Object, old: Object | None) -> Errors:
    errors = _meta(obj)
    spec = obj.get("spec") or {}
    scope = _check_head(errors, spec, None if old is None else old.get("spec") or {}, True)
    mutations = spec.get("mutations") or ()
    if not mutations:
        errors.append(required("spec.mutations", "mutations must contain at least one item"))
    for index, mutation in enumerate(mutations):
        _check_mutation(errors, mutation, f"spec.mutations[{index}]", scope)
    required_choice(errors, "spec.reinvocationPolicy", spec.get("reinvocationPolicy"), REINVOCATION_POLICIES)
    return errors


def _check_mutation(errors: Errors, mutation: Source, path: str, scope: Scope) -> None:
    kind = mutation.get("patchType") or ""
    wanted = _PATCHES.get(kind)
    if wanted is None:
        where = f"{path}.patchType"
        errors.append(not_supported(where, kind, _PATCHES) if kind else required(where))
        return
    if mutation.get(wanted) is None:
        errors.append(required(f"{path}.{wanted}", f"must be specified when patchType is {kind}"))
    elif _blank(mutation[wanted], "expression"):
        errors.append(required(f"{path}.{wanted}.expression"))
    else:
        check_expression(errors, f"{path}.{wanted}.expression", mutation[wanted]["expression"], scope, ANYTHING)
    for other in _PATCHES.values():
        if other != wanted and mutation.get(other) is not None:
            problem = f"must not be specified when patchType is {kind}"
            errors.append(invalid(f"{path}.{other}", f"{{{other}}}", problem))


def _check_binding(errors: Errors, spec: Source) -> None:
    """What both kinds of binding begin with."""
    if policy := spec.get("policyName"):
        flag(errors, "spec.policyName", policy, name_is_dns_subdomain(policy))
    if spec.get("paramRef") is not None:
        _check_param_ref(errors, spec["paramRef"], "spec.paramRef")
    if spec.get("matchResources") is not None:
        _check_match(errors, spec["matchResources"], "spec.matchResources")


def _check_param_ref(errors: Errors, reference: Source, path: str) -> None:
    name, selector = reference.get("name"), reference.get("selector")
    if name:
        flag(errors, f"{path}.name", name, is_path_segment_name(name))
        if selector is not None:
            errors.append(forbidden(f"{path}.name", _EXCLUSIVE))
    if selector is not None:
        check_label_selector(errors, selector, f"{path}.selector")
        if name:
            errors.append(forbidden(f"{path}.selector", _EXCLUSIVE))
    if not name and selector is None:
        errors.append(required(path, "one of name or selector must be specified"))
    action = reference.get("parameterNotFoundAction")
    required_choice(errors, f"{path}.parameterNotFoundAction", action, ("Deny", "Allow"))


def _check_validating_binding(obj: Object, old: Object | None) -> Errors:
    errors = _meta(obj)
    spec, before = obj.get("spec") or {}, (old or {}).get("spec") or {}
    _check_binding(errors, spec)
    path, actions = "spec.validationActions", spec.get("validationActions") or ()
    for index, action in enumerate(actions):
        supported(errors, f"{path}[{index}]", action, _ACTIONS)
        if action in actions[:index]:
            errors.append(duplicate(f"{path}[{index}]", action))
    if "Deny" in actions and "Warn" in actions:
        problem = (
            "must not contain both Deny and Warn (repeating the same validation failure information in the API "
            "response and headers serves no purpose)"
        )
        errors.append(invalid(path, actions, problem))
    for field in ("policyName", "validationActions"):
        if not spec.get(field) and (old is None or before.get(field)):
            errors.append(required(f"spec.{field}"))
    return errors


def _check_mutating_binding(obj: Object) -> Errors:
    errors = _meta(obj)
    spec = obj.get("spec") or {}
    if not spec.get("policyName"):
        errors.append(required("spec.policyName"))
    _check_binding(errors, spec)
    if spec.get("matchResources") is not None:
        _check_mutable(errors, spec["matchResources"], "spec.matchResources")
    return errors


VALIDATING_ADMISSION_POLICY = validator(
    lambda obj: _check_validating(obj, None), _check_validating, _validating_status, namespaced=False
)
VALIDATING_ADMISSION_POLICY_BINDING = validator(
    lambda obj: _check_validating_binding(obj, None), _check_validating_binding, namespaced=False
)
MUTATING_ADMISSION_POLICY = validator(lambda obj: _check_mutating(obj, None), _check_mutating, namespaced=False)
MUTATING_ADMISSION_POLICY_BINDING = validator(
    _check_mutating_binding, lambda new, old: _check_mutating_binding(new), namespaced=False
)
