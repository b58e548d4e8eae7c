"""Roles and bindings.

Source: k8s.io/kubernetes/pkg/apis/rbac/validation; the declarative rules of k8s.io/api/rbac/v1, whose errors come last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import invalid, not_supported, required
from apimachinery.names import is_path_segment_name
from apimachinery.objects import Object
from server.validation.checks import Errors, flag, same, supported
from server.validation.objectmeta import validate_object_meta, validate_object_meta_update
from server.validation.rules import name_is_dns_subdomain
from server.validation.selectors import as_selector, check_label_selector
from server.validation.validator import Validator, validator

Source = Mapping[str, Any]

_GROUP = "rbac.authorization.k8s.io"
_SUBJECTS = ("ServiceAccount", "User", "Group")


def _rule_name(name: str, prefix: bool) -> Sequence[str]:
    """Even a generateName is taken for a whole name."""
    return is_path_segment_name(name)


def _check_rules(errors: Errors, rules: Sequence[Source], namespaced: bool) -> None:
    for index, rule in enumerate(rules):
        here = f"rules[{index}]"
        groups, resources, urls = (rule.get(field) for field in ("apiGroups", "resources", "nonResourceURLs"))
        if urls:
            if namespaced:
                problem = "namespaced rules cannot apply to non-resource URLs"
                errors.append(invalid(f"{here}.nonResourceURLs", urls, problem))
            if groups or resources or rule.get("resourceNames"):
                problem = "rules cannot apply to both regular resources and non-resource URLs"
                errors.append(invalid(f"{here}.nonResourceURLs", urls, problem))
            continue
        if not groups:
            errors.append(required(f"{here}.apiGroups", "resource rules must supply at least one api group"))
        if not resources:
            errors.append(required(f"{here}.resources", "resource rules must supply at least one resource"))


def _check_verbs(errors: Errors, obj: Object, old: Object | None) -> None:
    rules = obj.get("rules") or ()
    if old is None or not same(rules, old.get("rules")):
        errors += [required(f"rules[{index}].verbs") for index, rule in enumerate(rules) if not rule.get("verbs")]


def _check_role(obj: Object, namespaced: bool) -> Errors:
    errors = validate_object_meta(obj["metadata"], namespaced, _rule_name)
    _check_rules(errors, obj.get("rules") or (), namespaced)
    return errors


def _role_create(obj: Object) -> Errors:
    errors = _check_role(obj, True)
    _check_verbs(errors, obj, None)
    return errors


def _role_update(new: Object, old: Object) -> Errors:
    errors = _check_role(new, True) + validate_object_meta_update(new["metadata"], old["metadata"])
    _check_verbs(errors, new, old)
    return errors


def _check_aggregation(errors: Errors, rule: Source | None, any_value: bool) -> None:
    if rule is None:
        return
    path, selectors = "aggregationRule.clusterRoleSelectors", rule.get("clusterRoleSelectors") or ()
    if not selectors:
        errors.append(required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil"))
    for index, selector in enumerate(selectors):
        check_label_selector(errors, selector, f"{path}[{index}]", any_value=any_value)
        if as_selector(selector) is None:
            errors.append(invalid(f"{path}[{index}]", None, "invalid label selector."))


def _has_bad_selector(old: Object) -> bool:
    problems: Errors = []
    for selector in (old.get("aggregationRule") or {}).get("clusterRoleSelectors") or ():
        check_label_selector(problems, selector, "")
    return bool(problems)


def _cluster_role_create(obj: Object) -> Errors:
    errors = _check_role(obj, False)
    _check_aggregation(errors, obj.get("aggregationRule"), False)
    _check_verbs(errors, obj, None)
    return errors


def _cluster_role_update(new: Object, old: Object) -> Errors:
    errors = _check_role(new, False)
    _check_aggregation(errors, new.get("aggregationRule"), _has_bad_selector(old))
    errors += validate_object_meta_update(new["metadata"], old["metadata"])
    _check_verbs(errors, new, old)
    return errors


def _binding(kinds: Sequence[str], namespaced: bool) -> Validator:
    """The validator of bindings to roles of these kinds."""

    def check(obj: Object) -> Errors:
        errors = validate_object_meta(obj["metadata"], namespaced, _rule_name)
        _check_role_ref(errors, obj.get("roleRef") or {}, kinds)
        for index, subject in enumerate(obj.get("subjects") or ()):
            _check_subject(errors, subject, f"subjects[{index}]", namespaced)
        return errors

    def create(obj: Object) -> Errors:
        errors = check(obj)
        _check_names(errors, obj, {})
        return errors

    def update(new: Object, old: Object) -> Errors:
        errors = check(new) + validate_object_meta_update(new["metadata"], old["metadata"])
        reference = new.get("roleRef") or {}
        if not same(reference, old.get("roleRef")):
            shown = {name: reference.get(field) or "" for name, field in _INTERNAL_NAMES}
            errors.append(invalid("roleRef", shown, "cannot change roleRef"))
        _check_names(errors, new, old)
        return errors

    return validator(create, update, namespaced=namespaced)


_INTERNAL_NAMES = (("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name"))
"""A roleRef's fields as upstream prints them, and as the API names them."""


def _check_role_ref(errors: Errors, reference: Source, kinds: Sequence[str]) -> None:
    supported(errors, "roleRef.apiGroup", reference.get("apiGroup") or "", (_GROUP,))
    supported(errors, "roleRef.kind", reference.get("kind") or "", kinds)
    if name := reference.get("name"):
        flag(errors, "roleRef.name", name, is_path_segment_name(name))


def _check_subject(errors: Errors, subject: Source, path: str, namespaced: bool) -> None:
    kind, group, name = subject.get("kind") or "", subject.get("apiGroup") or "", subject.get("name")
    if kind == "ServiceAccount":
        if name:
            flag(errors, f"{path}.name", name, name_is_dns_subdomain(name))
        supported(errors, f"{path}.apiGroup", group, ("",))
        if not namespaced and not subject.get("namespace"):
            errors.append(required(f"{path}.namespace"))
    elif kind in _SUBJECTS:
        supported(errors, f"{path}.apiGroup", group, (_GROUP,))
    else:
        errors.append(not_supported(f"{path}.kind", kind, _SUBJECTS))


def _check_names(errors: Errors, obj: Object, old: Object) -> None:
    """Whoever is named has a name; what is stored without may stay so."""
    subjects = obj.get("subjects") or ()
    if subjects and not (old and same(subjects, old.get("subjects"))):
        errors += [required(f"subjects[{index}].name") for index, one in enumerate(subjects) if not one.get("name")]
    reference = obj.get("roleRef") or {}
    if not reference.get("name") and not (old and same(reference, old.get("roleRef"))):
        errors.append(required("roleRef.name"))


ROLE = validator(_role_create, _role_update)
CLUSTER_ROLE = validator(_cluster_role_create, _cluster_role_update, namespaced=False)
ROLE_BINDING = _binding(("Role", "ClusterRole"), True)
CLUSTER_ROLE_BINDING = _binding(("ClusterRole",), False)
