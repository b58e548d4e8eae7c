"""Webhook configurations, and the rules that say which requests admission is asked about.

Source: k8s.io/kubernetes/pkg/apis/admissionregistration/validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apimachinery.fielderrors import duplicate, invalid, not_supported, required, too_many
from apimachinery.names import is_dns1035_label, is_dns1123_subdomain
from apimachinery.objects import Object
from server.validation.checks import Errors, check_qualified, flag, same, supported
from server.validation.expressions import Scope, check_expression, stored_expressions
from server.validation.objectmeta import validate_object_meta
from server.validation.rules import name_is_dns_subdomain
from server.validation.selectors import check_label_selector
from server.validation.validator import validator
from server.validation.webhookclient import check_webhook_client

Source = Mapping[str, Any]

FAILURE_POLICIES = ("Fail", "Ignore")
MATCH_POLICIES = ("Equivalent", "Exact")
REINVOCATION_POLICIES = ("IfNeeded", "Never")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SCOPES = ("*", "Cluster", "Namespaced")
_SIDE_EFFECTS = ("None", "NoneOnDryRun", "Some", "Unknown")
_NO_SIDE_EFFECTS = _SIDE_EFFECTS[:2]
_REVIEWS = ("v1", "v1beta1")
_MAX_CONDITIONS = 64
_NOTHING_STORED = Scope()


def check_rule(errors: Errors, rule: Source, path: str) -> None:
    """Operations, groups, versions and resources."""
    operations = rule.get("operations") or ()
    if not operations:
        errors.append(required(f"{path}.operations"))
    _check_alone(errors, operations, f"{path}.operations", "operations")
    for index, operation in enumerate(operations):
        supported(errors, f"{path}.operations[{index}]", operation, _OPERATIONS)
    for field, word in (("apiGroups", "API groups"), ("apiVersions", "API versions")):
        values = rule.get(field) or ()
        if not values:
            errors.append(required(f"{path}.{field}"))
        _check_alone(errors, values, f"{path}.{field}", word)
        if field == "apiVersions":
            errors += [required(f"{path}.{field}[{index}]") for index, value in enumerate(values) if not value]
    _check_resources(errors, rule.get("resources") or (), f"{path}.resources")
    if (scope := rule.get("scope")) is not None:
        supported(errors, f"{path}.scope", scope, _SCOPES)


def _check_alone(errors: Errors, values: Sequence[str], path: str, word: str) -> None:
    if len(values) > 1 and "*" in values:
        errors.append(invalid(path, values, f"if '*' is present, must not specify other {word}"))


def _check_resources(errors: Errors, resources: Sequence[str], path: str) -> None:
    if not resources:
        errors.append(required(path))
    any_sub: set[str] = set()
    any_resource: set[str] = set()
    whole = False
    for index, name in enumerate(resources):
        here = f"{path}[{index}]"
        resource, slash, sub = name.partition("/")
        if not name:
            errors.append(required(here))
        elif not slash:
            whole = name != "*"  # as upstream: the last one counts
        else:
            if resource in any_sub:
                errors.append(invalid(here, name, f"if '{resource}/*' is present, must not specify {name}"))
            if sub in any_resource:
                errors.append(invalid(here, name, f"if '*/{sub}' is present, must not specify {name}"))
            if sub == "*":
                any_sub.add(resource)
            if resource == "*":
                any_resource.add(sub)
    if len(resources) > 1 and "*/*" in resources:
        errors.append(invalid(path, resources, "if '*/*' is present, must not specify other resources"))
    if whole and "*" in resources:
        problem = "if '*' is present, must not specify other resources without subresources"
        errors.append(invalid(path, resources, problem))


def check_match_conditions(errors: Errors, conditions: Sequence[Source], path: str, scope: Scope) -> None:
    names: set[str] = set()
    if len(conditions) > _MAX_CONDITIONS:
        errors.append(too_many(path, len(conditions), _MAX_CONDITIONS))
    for index, condition in enumerate(conditions):
        here, name = f"{path}[{index}]", condition.get("name")
        if not (condition.get("expression") or "").strip():
            errors.append(required(f"{here}.expression"))
        else:
            check_expression(errors, f"{here}.expression", condition["expression"], scope)
        if not name:
            errors.append(required(f"{here}.name"))
            continue
        check_qualified(errors, f"{here}.name", name)
        if name in names:
            errors.append(duplicate(f"{here}.name", name))
        names.add(name)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the stored configuration has wrong and may keep, and whether its match conditions are unchanged."""

    any_side_effects: bool = False
    any_review: bool = False
    any_names: bool = False
    any_selector_value: bool = False
    same_conditions: bool = False
    scope: Scope = _NOTHING_STORED


def _what_is_wrong(hooks: Sequence[Source], new: Sequence[Source]) -> _Stored:
    problems: Errors = []
    for hook in hooks:
        for field in ("namespaceSelector", "objectSelector"):
            check_label_selector(problems, hook.get(field), "")
    names = [hook.get("name") or "" for hook in hooks]
    return _Stored(
        any_side_effects=any(hook.get("sideEffects") not in _NO_SIDE_EFFECTS for hook in hooks),
        any_review=any(hook.get("admissionReviewVersions") and not _is_understood(hook) for hook in hooks),
        any_names=len(set(names)) < len(names),
        any_selector_value=bool(problems),
        same_conditions=len(hooks) == len(new)
        and all(same(a.get("matchConditions"), b.get("matchConditions")) for a, b in zip(hooks, new, strict=True)),
        scope=Scope(stored=stored_expressions(hooks)),
    )


def _is_understood(hook: Source) -> bool:
    return any(version in _REVIEWS for version in hook.get("admissionReviewVersions") or ())


def _check_hook(errors: Errors, hook: Source, path: str, stored: _Stored) -> None:
    _check_full_name(errors, f"{path}.name", hook.get("name") or "")
    for index, rule in enumerate(hook.get("rules") or ()):
        check_rule(errors, rule, f"{path}.rules[{index}]")
    for field, choices in (("failurePolicy", FAILURE_POLICIES), ("matchPolicy", MATCH_POLICIES)):
        if (choice := hook.get(field)) is not None:
            supported(errors, f"{path}.{field}", choice, choices)
    effects, allowed = hook.get("sideEffects"), _SIDE_EFFECTS if stored.any_side_effects else _NO_SIDE_EFFECTS
    if effects is None:
        errors.append(required(f"{path}.sideEffects", f"must specify one of {', '.join(allowed)}"))
    elif effects not in allowed:
        errors.append(not_supported(f"{path}.sideEffects", effects, allowed))
    seconds = hook.get("timeoutSeconds")
    if seconds is not None and not 1 <= seconds <= 30:
        problem = "the timeout value must be between 1 and 30 seconds"
        errors.append(invalid(f"{path}.timeoutSeconds", seconds, problem))
    for field in ("namespaceSelector", "objectSelector"):
        check_label_selector(errors, hook.get(field), f"{path}.{field}", any_value=stored.any_selector_value)
    if (choice := hook.get("reinvocationPolicy")) is not None:
        supported(errors, f"{path}.reinvocationPolicy", choice, REINVOCATION_POLICIES)
    check_webhook_client(errors, hook.get("clientConfig") or {}, f"{path}.clientConfig", swapped=True)
    if not stored.same_conditions:
        check_match_conditions(errors, hook.get("matchConditions") or (), f"{path}.matchConditions", stored.scope)


def _check_full_name(errors: Errors, path: str, name: str) -> None:
    if not name:
        errors.append(required(path))
    elif problems := is_dns1123_subdomain(name):
        errors.append(invalid(path, name, ",".join(problems)))
    elif name.count(".") < 2:
        problem = "should be a domain with at least three segments separated by dots"
        errors.append(invalid(path, name, problem))


def _check_reviews(errors: Errors, versions: Sequence[str], path: str, stored: _Stored) -> None:
    if not versions:
        errors.append(required(path, f"must specify one of {', '.join(_REVIEWS)}"))
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            errors.append(invalid(f"{path}[{index}]", version, "duplicate version"))
        else:
            flag(errors, f"{path}[{index}]", version, is_dns1035_label(version))
    if not stored.any_review and not any(version in _REVIEWS for version in versions):
        errors.append(invalid(path, versions, f"must include at least one of {', '.join(_REVIEWS)}"))


def _check_configuration(obj: Object, stored: _Stored) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain, standard_finalizers=False)
    names: set[str] = set()
    for index, hook in enumerate(obj.get("webhooks") or ()):
        here, name = f"webhooks[{index}]", hook.get("name") or ""
        _check_hook(errors, hook, here, stored)
        reviews = hook.get("admissionReviewVersions") or ()
        _check_reviews(errors, reviews, f"{here}.admissionReviewVersions", stored)
        if name and name in names and not stored.any_names:
            errors.append(duplicate(f"{here}.name", name))
        names.add(name)
    return errors


def _create(obj: Object) -> Errors:
    return _check_configuration(obj, _Stored())


def _update(new: Object, old: Object) -> Errors:
    return _check_configuration(new, _what_is_wrong(old.get("webhooks") or (), new.get("webhooks") or ()))


MUTATING_WEBHOOK_CONFIGURATION = validator(_create, _update, namespaced=False)
VALIDATING_WEBHOOK_CONFIGURATION = MUTATING_WEBHOOK_CONFIGURATION
