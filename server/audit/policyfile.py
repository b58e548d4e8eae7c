"""Reads an audit policy (audit.k8s.io/v1 Policy) out of a file.

Unknown fields are warned of and passed over, as upstream does; everything else that is wrong keeps the server from
starting. Source: k8s.io/apiserver/pkg/audit/policy/reader.go, pkg/apis/audit/validation.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from apimachinery.fielderrors import FieldError, invalid, not_supported, required
from apimachinery.names import is_dns1123_subdomain
from openapi.decode import DecodeError
from server.audit.policy import LEVELS, STAGES, Policy, Resources, Rule
from server.encoding.yamlbody import parse_yaml

API_VERSION = "audit.k8s.io/v1"

_BOTH = "rules cannot apply to both regular resources and non-resource URLs"
_POLICY = frozenset({"apiVersion", "kind", "metadata", "rules", "omitStages", "omitManagedFields"})
_RULE = frozenset(
    {
        *("level", "users", "userGroups", "verbs", "resources", "namespaces", "nonResourceURLs", "omitStages"),
        "omitManagedFields",
    }
)
_RESOURCES = frozenset({"group", "resources", "resourceNames"})

log = logging.getLogger("kubejazz.audit")


class PolicyError(Exception):
    """The policy cannot be used; one line that says why."""


def load_policy(path: Path) -> Policy:
    """Raises PolicyError."""
    prefix = "loading audit policy file: "
    try:
        data = path.read_bytes()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise PolicyError(f'{prefix}failed to read file path "{path}": open {path}: {why}') from None
    try:
        return read_policy(data)
    except PolicyError as error:
        raise PolicyError(f"{prefix}{error}: from file {path}") from None


def read_policy(data: bytes) -> Policy:
    """Raises PolicyError."""
    document = _document(data)
    errors = list(_problems(document))
    if errors:
        told = [str(error) for error in errors]
        raise PolicyError(told[0] if len(told) == 1 else f"[{', '.join(told)}]")
    rules = tuple(_rule(rule) for rule in document.get("rules") or ())
    if not rules:
        raise PolicyError("loaded illegal policy with 0 rules")
    for unknown in _unknown(document):
        log.warning("Audit policy contains errors, falling back to lenient decoding: unknown field %s", unknown)
    return Policy(rules, frozenset(document.get("omitStages") or ()), bool(document.get("omitManagedFields")))


def _document(data: bytes) -> Mapping[str, Any]:
    try:
        document, _ = parse_yaml(data)
    except DecodeError as error:
        raise PolicyError(f"failed decoding: {error}") from None
    if not isinstance(document, dict) or not document.get("kind"):
        raise PolicyError(f"failed decoding: Object 'Kind' is missing in '{data.decode('utf-8', 'replace')[:80]}'")
    if document.get("apiVersion") != API_VERSION or document["kind"] != "Policy":
        given = f"{document.get('apiVersion')}, Kind={document['kind']}"
        raise PolicyError(f"unknown group version field {given} in policy")
    for path, value, kind in _shapes(document):
        if not isinstance(value, kind):
            raise PolicyError(f"failed decoding: {path} is not what a policy has there")
    return document


_STRINGS = ("users", "userGroups", "verbs", "namespaces", "nonResourceURLs", "omitStages")


def _shapes(document: Mapping[str, Any]) -> Iterator[tuple[str, Any, type]]:
    """Every value that has to be of a certain kind; a value is not looked into before it has been handed out."""
    yield from _texts(document, ("omitStages",), "")
    yield "omitManagedFields", document.get("omitManagedFields") or False, bool
    rules = document.get("rules") or []
    yield "rules", rules, list
    for i, rule in enumerate(rules):
        yield f"rules[{i}]", rule, dict
        yield f"rules[{i}].level", rule.get("level", ""), str
        yield f"rules[{i}].omitManagedFields", rule.get("omitManagedFields") or False, bool
        yield from _texts(rule, _STRINGS, f"rules[{i}].")
        resources = rule.get("resources") or []
        yield f"rules[{i}].resources", resources, list
        for j, one in enumerate(resources):
            yield f"rules[{i}].resources[{j}]", one, dict
            yield f"rules[{i}].resources[{j}].group", one.get("group") or "", str
            yield from _texts(one, ("resources", "resourceNames"), f"rules[{i}].resources[{j}].")


def _texts(value: Mapping[str, Any], names: tuple[str, ...], path: str) -> Iterator[tuple[str, Any, type]]:
    for name in names:
        items = value.get(name) or []
        yield f"{path}{name}", items, list
        for i, item in enumerate(items):
            yield f"{path}{name}[{i}]", item, str


def _problems(document: Mapping[str, Any]) -> Iterator[FieldError]:
    yield from _wrong_stages(document.get("omitStages"), "omitStages")
    for i, rule in enumerate(document.get("rules") or ()):
        yield from _wrong_rule(rule, f"rules[{i}]")


def _wrong_rule(rule: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    level = rule.get("level", "")
    if not level:
        yield required(f"{path}.level")
    elif level not in LEVELS:
        yield not_supported(f"{path}.level", level, list(LEVELS))
    urls = rule.get("nonResourceURLs") or ()
    for i, url in enumerate(urls):
        yield from _wrong_url(url, f"{path}.nonResourceURLs[{i}]")
    for one in rule.get("resources") or ():
        yield from _wrong_resources(one, f"{path}.resources")
    yield from _wrong_stages(rule.get("omitStages"), f"{path}.omitStages")
    if urls and (rule.get("resources") or rule.get("namespaces")):
        yield invalid(f"{path}.nonResourceURLs", urls, _BOTH)


def _wrong_url(url: str, path: str) -> Iterator[FieldError]:
    if url == "*":
        return
    if not url.startswith("/"):
        yield invalid(path, url, "non-resource URL rules must begin with a '/' character")
    if "*" in url[:-1]:
        yield invalid(path, url, "non-resource URL wildcards '*' must be the final character of the rule")


def _wrong_resources(one: Mapping[str, Any], path: str) -> Iterator[FieldError]:
    group = one.get("group") or ""
    if group not in ("", "*") and (told := is_dns1123_subdomain(group)):
        yield invalid(f"{path}.group", group, ",".join(told))
    if one.get("resourceNames") and not one.get("resources"):
        yield invalid(
            f"{path}.resourceNames", one["resourceNames"], "using resourceNames requires at least one resource"
        )


def _wrong_stages(stages: Any, path: str) -> Iterator[FieldError]:
    for i, stage in enumerate(stages or ()):
        if stage not in STAGES:
            yield invalid(f"{path}[{i}]", stage, "allowed stages are " + ",".join(STAGES))


def _unknown(document: Mapping[str, Any]) -> Iterator[str]:
    yield from (f'"{name}"' for name in document.keys() - _POLICY)
    for i, rule in enumerate(document["rules"]):
        yield from (f'"rules[{i}].{name}"' for name in rule.keys() - _RULE)
        for j, one in enumerate(rule.get("resources") or ()):
            yield from (f'"rules[{i}].resources[{j}].{name}"' for name in one.keys() - _RESOURCES)


def _rule(rule: Mapping[str, Any]) -> Rule:
    def names(field: str) -> frozenset[str]:
        return frozenset(rule.get(field) or ())

    return Rule(
        level=LEVELS[rule["level"]],
        users=names("users"),
        groups=names("userGroups"),
        verbs=names("verbs"),
        namespaces=names("namespaces"),
        resources=tuple(
            Resources(
                one.get("group") or "", tuple(one.get("resources") or ()), frozenset(one.get("resourceNames") or ())
            )
            for one in rule.get("resources") or ()
        ),
        urls=tuple(rule.get("nonResourceURLs") or ()),
        omit_stages=names("omitStages"),
        omit_managed_fields=rule.get("omitManagedFields"),
    )
