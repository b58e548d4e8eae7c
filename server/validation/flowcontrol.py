"""Flow schemas and priority levels.

Source: k8s.io/kubernetes/pkg/apis/flowcontrol/validation, k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap; the
declarative rules of k8s.io/api/flowcontrol/v1, whose errors come last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from apimachinery.fielderrors import duplicate, forbidden, invalid, not_supported, required
from apimachinery.objects import Object
from server.validation.checks import Errors, flag, same
from server.validation.objectmeta import validate_object_meta
from server.validation.rules import name_is_dns_label, name_is_dns_subdomain
from server.validation.validator import validator

Source = Mapping[str, Any]

_DISTINGUISHERS = ("ByNamespace", "ByUser")
_SUBJECTS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
_MAX_PRECEDENCE = 10000
_NOT_A_NAMESPACE = "each member of this list must be '*' or a DNS-1123 label; "
_ROUND_TRIP = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares"
_LEVELS = ("Exempt", "Limited")
_RESPONSES = ("Queue", "Reject")
_MAX_QUEUES = 10_000_000
_MAX_ENTROPY = 60


def _everything(*groups: str) -> list[dict[str, Any]]:
    """The rules that match every request of these groups."""
    return [
        {
            "subjects": [{"kind": "Group", "group": {"name": name}} for name in groups],
            "resourceRules": [
                {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}
            ],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
        }
    ]


_FIXED_SCHEMAS: Mapping[str, Source] = {
    "exempt": {
        "priorityLevelConfiguration": {"name": "exempt"},
        "matchingPrecedence": 1,
        "rules": _everything("system:masters"),
    },
    "catch-all": {
        "priorityLevelConfiguration": {"name": "catch-all"},
        "matchingPrecedence": 10000,
        "distinguisherMethod": {"type": "ByUser"},
        "rules": _everything("system:unauthenticated", "system:authenticated"),
    },
}
_FIXED_LEVEL: Source = {
    "type": "Limited",
    "limited": {"nominalConcurrencyShares": 5, "lendablePercent": 0, "limitResponse": {"type": "Reject"}},
}
"""The level named catch-all."""


def _check_schema(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    spec, name = obj.get("spec") or {}, obj["metadata"].get("name") or ""
    _check_precedence(errors, spec.get("matchingPrecedence") or 0, name)
    method = spec.get("distinguisherMethod")
    if method is not None and method.get("type") not in _DISTINGUISHERS:
        errors.append(not_supported("spec.distinguisherMethod.type", method, _DISTINGUISHERS))
    path, level = "spec.priorityLevelConfiguration.name", (spec.get("priorityLevelConfiguration") or {}).get("name")
    if level:
        flag(errors, path, level, name_is_dns_subdomain(level))
    else:
        errors.append(required(path, "must reference a priority level"))
    for index, rule in enumerate(spec.get("rules") or ()):
        _check_rule(errors, rule, f"spec.rules[{index}]")
    if name in _FIXED_SCHEMAS and not same(spec, _FIXED_SCHEMAS[name]):
        errors.append(invalid("spec", spec, f"spec of '{name}' must equal the fixed value"))
    _check_conditions(errors, obj)
    return errors


def _check_precedence(errors: Errors, precedence: int, name: str) -> None:
    path = "spec.matchingPrecedence"
    if precedence <= 0:
        errors.append(invalid(path, precedence, "must be a positive value"))
    if precedence > _MAX_PRECEDENCE:
        errors.append(invalid(path, precedence, f"must not be greater than {_MAX_PRECEDENCE}"))
    if precedence == 1 and name != "exempt":
        problem = "only the schema named 'exempt' may have matchingPrecedence 1"
        errors.append(invalid(path, precedence, problem))


def _check_rule(errors: Errors, rule: Source, path: str) -> None:
    if not rule.get("subjects"):
        errors.append(required(f"{path}.subjects", "subjects must contain at least one value"))
    for index, subject in enumerate(rule.get("subjects") or ()):
        _check_subject(errors, subject, f"{path}.subjects[{index}]")
    resource_rules, url_rules = rule.get("resourceRules") or (), rule.get("nonResourceRules") or ()
    if not resource_rules and not url_rules:
        problem = "at least one of resourceRules and nonResourceRules has to be non-empty"
        errors.append(required(path, problem))
    for index, one in enumerate(resource_rules):
        _check_resource_rule(errors, one, f"{path}.resourceRules[{index}]")
    for index, one in enumerate(url_rules):
        _check_url_rule(errors, one, f"{path}.nonResourceRules[{index}]")


def _check_subject(errors: Errors, subject: Source, path: str) -> None:
    kind = subject.get("kind") or ""
    wanted = _SUBJECTS.get(kind)
    if wanted is None:
        errors.append(not_supported(f"{path}.kind", kind, _SUBJECTS))
        return
    one = subject.get(wanted)
    if one is None:
        errors.append(required(f"{path}.{wanted}", f"{wanted} is required when subject kind is '{kind}'"))
    elif not one.get("name"):
        errors.append(required(f"{path}.{wanted}.name"))
    if wanted == "serviceAccount" and one is not None:
        _check_account(errors, one, f"{path}.serviceAccount")
    for other in ("serviceAccount", "user", "group"):
        if other != wanted and subject.get(other) is not None:
            word = f"{other[0].upper()}{other[1:]}"
            errors.append(forbidden(f"{path}.{other}", f"{other} is forbidden when subject kind is not '{word}'"))


def _check_account(errors: Errors, account: Source, path: str) -> None:
    name, namespace = account.get("name"), account.get("namespace")
    if name and name != "*":
        flag(errors, f"{path}.name", name, name_is_dns_subdomain(name))
    if namespace:
        flag(errors, f"{path}.namespace", namespace, name_is_dns_label(namespace))
    else:
        errors.append(required(f"{path}.namespace", "must specify namespace for service account"))


def _check_verbs(errors: Errors, verbs: Sequence[str], path: str) -> None:
    if not verbs:
        errors.append(required(path, "verbs must contain at least one value"))
    elif "*" in verbs:
        _check_alone(errors, verbs, path, "verbs")
    elif any(verb not in _VERBS for verb in verbs):
        errors.append(not_supported(path, verbs, _VERBS))


def _check_alone(errors: Errors, values: Sequence[str], path: str, word: str) -> None:
    if len(values) > 1 and "*" in values:
        errors.append(invalid(path, values, f"if '*' is present, must not specify other {word}"))


def _check_resource_rule(errors: Errors, rule: Source, path: str) -> None:
    _check_verbs(errors, rule.get("verbs") or (), f"{path}.verbs")
    for field, one, many in (("apiGroups", "api group", "api groups"), ("resources", "resource", "resources")):
        values = rule.get(field) or ()
        if not values:
            errors.append(required(f"{path}.{field}", f"resource rules must supply at least one {one}"))
        _check_alone(errors, values, f"{path}.{field}", many)
    namespaces, here = rule.get("namespaces") or (), f"{path}.namespaces"
    if not namespaces and not rule.get("clusterScope"):
        problem = "resource rules that are not cluster scoped must supply at least one namespace"
        errors.append(required(here, problem))
    elif "*" in namespaces:
        _check_alone(errors, namespaces, here, "namespaces")
    else:
        for index, name in enumerate(namespaces):
            problems = [f"{_NOT_A_NAMESPACE}{problem}" for problem in name_is_dns_label(name)]
            flag(errors, f"{here}[{index}]", name, problems)


def _check_url_rule(errors: Errors, rule: Source, path: str) -> None:
    _check_verbs(errors, rule.get("verbs") or (), f"{path}.verbs")
    urls, here = rule.get("nonResourceURLs") or (), f"{path}.nonResourceURLs"
    if not urls:
        errors.append(required(here, "nonResourceURLs must contain at least one value"))
    elif "*" in urls:
        _check_alone(errors, urls, here, "non-resource URLs")
    else:
        for index, url in enumerate(urls):
            if problem := _url_problem(url):
                errors.append(invalid(f"{here}[{index}]", url, problem))


def _url_problem(url: str) -> str:
    if not url:
        return "must not be empty"
    if not url.startswith("/"):
        return "must start with slash"
    if " " in url:
        return "must not contain white-space"
    if "//" in url:
        return "must not contain double slash"
    stars = url.count("*")
    return "wildcard can only do suffix matching" if stars > 1 or (stars and not url.endswith("/*")) else ""


def _check_conditions(errors: Errors, obj: Object) -> None:
    seen: set[str] = set()
    for index, condition in enumerate((obj.get("status") or {}).get("conditions") or ()):
        path, kind = f"status.conditions[{index}].type", condition.get("type") or ""
        if kind in seen:
            errors.append(duplicate(path, kind))
        seen.add(kind)
        if not kind:
            errors.append(required(path))


def _status(new: Object, old: Object) -> Errors:
    errors: Errors = []
    _check_conditions(errors, new)
    return errors


def _check_level(obj: Object) -> Errors:
    errors = validate_object_meta(obj["metadata"], False, name_is_dns_subdomain)
    spec, name = obj.get("spec") or {}, obj["metadata"].get("name") or ""
    kind, limited, exempt = spec.get("type") or "", spec.get("limited"), spec.get("exempt")
    if _ROUND_TRIP in (obj["metadata"].get("annotations") or {}):
        errors.append(forbidden("metadata.annotations", f"annotation '{_ROUND_TRIP}' is forbidden"))
    if (name == "exempt") != (kind == "Exempt"):
        errors.append(invalid("spec.type", kind, "must be 'Exempt' if and only if `name` is 'exempt'"))
    if kind not in _LEVELS:
        errors.append(not_supported("spec.type", kind, _LEVELS))
    elif kind == "Exempt" and exempt is not None:
        _check_shares(errors, exempt, "spec.exempt")
    elif kind == "Limited" and limited is not None:
        _check_limited(errors, limited, "spec.limited")
    _check_fixed_level(errors, spec, name)
    _check_conditions(errors, obj)
    return errors


def _check_shares(errors: Errors, level: Source, path: str) -> None:
    shares = level.get("nominalConcurrencyShares")
    if shares is not None and shares < 0:
        errors.append(invalid(f"{path}.nominalConcurrencyShares", shares, "must be a non-negative integer"))
    _check_lendable(errors, level, path)


def _check_lendable(errors: Errors, level: Source, path: str) -> None:
    percent = level.get("lendablePercent")
    if percent is not None and not 0 <= percent <= 100:
        errors.append(invalid(f"{path}.lendablePercent", percent, "must be between 0 and 100, inclusive"))


def _check_limited(errors: Errors, level: Source, path: str) -> None:
    shares = level.get("nominalConcurrencyShares") or 0
    if shares < 0:
        errors.append(invalid(f"{path}.nominalConcurrencyShares", shares, "must be a non-negative integer"))
    response = level.get("limitResponse") or {}
    kind, queuing = response.get("type") or "", response.get("queuing")
    if kind not in _RESPONSES:
        errors.append(not_supported(f"{path}.limitResponse.type", kind, _RESPONSES))
    elif kind == "Queue" and queuing is not None:
        _check_queuing(errors, queuing, f"{path}.limitResponse.queuing")
    _check_lendable(errors, level, path)
    percent = level.get("borrowingLimitPercent")
    if percent is not None and percent < 0:
        problem = "if specified, must be a non-negative integer"
        errors.append(invalid(f"{path}.borrowingLimitPercent", percent, problem))


def _check_queuing(errors: Errors, queuing: Source, path: str) -> None:
    length, queues, hand = (queuing.get(field) or 0 for field in ("queueLengthLimit", "queues", "handSize"))
    if length <= 0:
        errors.append(invalid(f"{path}.queueLengthLimit", length, "must be positive"))
    if queues <= 0:
        errors.append(invalid(f"{path}.queues", queues, "must be positive"))
    elif queues > _MAX_QUEUES:
        errors.append(invalid(f"{path}.queues", queues, f"must not be greater than {_MAX_QUEUES}"))
    if hand <= 0:
        errors.append(invalid(f"{path}.handSize", hand, "must be positive"))
    elif hand > queues:
        errors.append(invalid(f"{path}.handSize", hand, f"should not be greater than queues ({queues})"))
    elif math.ceil(math.log2(queues) * hand) > _MAX_ENTROPY:
        problem = (
            f"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {_MAX_ENTROPY}"
        )
        errors.append(invalid(f"{path}.handSize", hand, problem))


def _check_fixed_level(errors: Errors, spec: Source, name: str) -> None:
    if name == "exempt":
        rest = {field: value for field, value in spec.items() if field != "exempt"}
        if not same(rest, {"type": "Exempt"}):
            problem = "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value"
            errors.append(invalid("spec", spec, problem))
    elif name == "catch-all" and not same(spec, _FIXED_LEVEL):
        errors.append(invalid("spec", spec, "spec of 'catch-all' must equal the fixed value"))


def _check_union(errors: Errors, spec: Source, old: Source | None) -> None:
    """What belongs to the type, and nothing else."""
    if old is not None and same(spec, old):
        return
    kind, limited = spec.get("type"), spec.get("limited")
    if kind != "Exempt" and spec.get("exempt") is not None:
        errors.append(forbidden("spec.exempt", ""))
    _check_member(errors, limited, kind == "Limited", "spec.limited")
    if not kind:
        errors.append(required("spec.type"))
    if limited is not None:
        response, path = limited.get("limitResponse") or {}, "spec.limited.limitResponse"
        _check_member(errors, response.get("queuing"), response.get("type") == "Queue", f"{path}.queuing")
        if not response.get("type"):
            errors.append(required(f"{path}.type"))


def _check_member(errors: Errors, member: Source | None, wanted: bool, path: str) -> None:
    if wanted and member is None:
        errors.append(required(path))
    elif member is not None and not wanted:
        errors.append(forbidden(path, ""))


def _level_create(obj: Object) -> Errors:
    errors = _check_level(obj)
    _check_union(errors, obj.get("spec") or {}, None)
    return errors


def _level_update(new: Object, old: Object) -> Errors:
    errors = _check_level(new)
    _check_union(errors, new.get("spec") or {}, old.get("spec") or {})
    return errors


FLOW_SCHEMA = validator(_check_schema, lambda new, old: _check_schema(new), _status, namespaced=False)
PRIORITY_LEVEL_CONFIGURATION = validator(_level_create, _level_update, _status, namespaced=False)
