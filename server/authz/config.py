"""AuthorizationConfiguration files: an ordered chain of authorizers, webhooks among them.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#using-configuration-file-for-authorization;
k8s.io/apiserver pkg/apis/apiserver/validation (ValidateAuthorizationConfiguration), v1/defaults.go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from apimachinery.durations import SECOND, parse_duration
from apimachinery.fielderrors import FieldError, duplicate, invalid, not_supported, required, too_many
from apimachinery.names import is_dns1123_subdomain
from apimachinery.objects import Object
from server.authz.conditions import condition
from server.authz.webhook import VERSIONS as REVIEW_VERSIONS
from server.authz.webhook import Condition, WebhookConfig
from server.cel.errors import CelError
from server.configfile import read_config, refuse
from server.outbound.http import Remote
from server.outbound.kubeconfig import KubeconfigError, read_remote

KIND = "AuthorizationConfiguration"
VERSIONS = ("apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1beta1")
WEBHOOK = "Webhook"

_POLICIES = ("NoOpinion", "Deny")
_CONNECTION = "KubeConfigFile"
_MOST_CONDITIONS = 64
_LONGEST_TIMEOUT = 30.0
_SCHEMA = {
    "authorizers": [
        {
            "type": str,
            "name": str,
            "webhook": {
                "authorizedTTL": str,
                "cacheAuthorizedRequests": bool,
                "unauthorizedTTL": str,
                "cacheUnauthorizedRequests": bool,
                "timeout": str,
                "subjectAccessReviewVersion": str,
                "matchConditionSubjectAccessReviewVersion": str,
                "failurePolicy": str,
                "connectionInfo": {"type": str, "kubeConfigFile": str},
                "matchConditions": [{"expression": str}],
            },
        }
    ]
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """Whom to ask, how long to wait for an answer in seconds, and what to make of it."""

    remote: Remote
    seconds: float
    config: WebhookConfig


@dataclass(frozen=True, slots=True)
class Entry:
    """One authorizer of the chain. ``webhook`` is there for those of type Webhook alone."""

    type: str
    webhook: Webhook | None = None


def read_authorization_config(path: Path, types: Collection[str]) -> tuple[Entry, ...]:
    """``types``: those that are known besides webhooks. Raises ConfigFileError."""
    config = read_config(path, KIND, VERSIONS, _SCHEMA)
    problems: list[FieldError] = []
    entries = tuple(_entries(config, sorted({*types, WEBHOOK}), problems))
    refuse(problems, path)
    return entries


def _entries(config: Object, types: list[str], problems: list[FieldError]) -> Iterator[Entry]:
    listed = config.get("authorizers") or []
    if not listed:
        problems.append(required("authorizers", "at least one authorization mode must be defined"))
    seen_types: set[str] = set()
    seen_names: set[str] = set()
    for index, told in enumerate(listed):
        path, type_ = f"authorizers[{index}]", told.get("type", "")
        if not type_:
            problems.append(required(f"{path}.type", ""))
            continue
        if type_ not in types:
            problems.append(not_supported(f"{path}.type", type_, types))
            continue
        if type_ in seen_types and type_ != WEBHOOK:
            problems.append(duplicate(f"{path}.type", type_))
            continue
        seen_types.add(type_)
        problems += _name_errors(told.get("name", ""), seen_names, f"{path}.name")
        seen_names.add(told.get("name", ""))
        yield Entry(type_, _webhook(told, type_, path, problems))


def _name_errors(name: str, seen: Collection[str], path: str) -> list[FieldError]:
    if not name:
        return [required(path, "")]
    if name in seen:
        return [duplicate(path, name)]
    messages = is_dns1123_subdomain(name)
    return [invalid(path, name, f"authorizer name is invalid: {', '.join(messages)}")] if messages else []


def _webhook(told: Object, type_: str, path: str, problems: list[FieldError]) -> Webhook | None:
    webhook = told.get("webhook")
    if type_ != WEBHOOK:
        if webhook is not None:
            problems.append(invalid(f"{path}.webhook", "non-null", "may only be specified when type=Webhook"))
        return None
    if webhook is None:
        problems.append(required(f"{path}.webhook", "required when type=Webhook"))
        return None
    before = len(problems)
    seconds = _timeout(webhook, path, problems)
    config = WebhookConfig(
        name=told.get("name", ""),
        allowed_ttl=_ttl(webhook, "authorizedTTL", "cacheAuthorizedRequests", 300.0, path, problems),
        refused_ttl=_ttl(webhook, "unauthorizedTTL", "cacheUnauthorizedRequests", 30.0, path, problems),
        deny=webhook.get("failurePolicy") == "Deny",
        conditions=_conditions(webhook, path, problems),
        version=webhook.get("subjectAccessReviewVersion", ""),
    )
    _check_choice(webhook, "subjectAccessReviewVersion", REVIEW_VERSIONS, path, problems)
    _check_choice(webhook, "failurePolicy", _POLICIES, path, problems)
    remote = _remote(webhook.get("connectionInfo") or {}, f"{path}.connectionInfo", problems)
    return Webhook(remote, seconds, config) if remote is not None and len(problems) == before else None


def _seconds(webhook: Mapping[str, str], name: str, path: str, problems: list[FieldError]) -> float | None:
    """None if it is not set, or not a duration."""
    if name not in webhook:
        return None
    try:
        return parse_duration(webhook[name]) / SECOND
    except ValueError as error:
        problems.append(invalid(f"{path}.{name}", webhook[name], str(error)))
        return None


def _ttl(webhook: Object, name: str, caches: str, default: float, path: str, problems: list[FieldError]) -> float:
    seconds = _seconds(webhook, name, path, problems) or default
    if seconds < 0:
        problems.append(invalid(f"{path}.{name}", webhook[name], "must be > 0s"))
    return seconds if webhook.get(caches, True) else 0.0


def _timeout(webhook: Object, path: str, problems: list[FieldError]) -> float:
    before = len(problems)
    seconds = _seconds(webhook, "timeout", path, problems)
    if not seconds and len(problems) == before:
        problems.append(required(f"{path}.timeout", ""))
    elif seconds is not None and not 0 < seconds <= _LONGEST_TIMEOUT:
        problems.append(invalid(f"{path}.timeout", webhook["timeout"], "must be > 0s and <= 30s"))
    return seconds or 0.0


def _check_choice(webhook: Object, name: str, choices: Collection[str], path: str, problems: list[FieldError]) -> None:
    value = webhook.get(name, "")
    if not value:
        problems.append(required(f"{path}.{name}", ""))
    elif value not in choices:
        problems.append(not_supported(f"{path}.{name}", value, choices))


def _conditions(webhook: Object, path: str, problems: list[FieldError]) -> tuple[Condition, ...]:
    listed = webhook.get("matchConditions") or []
    version = webhook.get("matchConditionSubjectAccessReviewVersion", "")
    where = f"{path}.matchConditionSubjectAccessReviewVersion"
    if not version and listed:
        problems.append(required(where, "required if match conditions are specified"))
    elif version not in ("", "v1"):
        problems.append(not_supported(where, version, ["v1"]))
    if len(listed) > _MOST_CONDITIONS:
        problems.append(too_many(f"{path}.matchConditions", len(listed), _MOST_CONDITIONS))
        return ()
    compiled: dict[str, Condition] = {}
    for index, told in enumerate(listed):
        where, expression = f"{path}.matchConditions[{index}].expression", told.get("expression", "")
        if not expression.strip():
            problems.append(required(where, ""))
        elif expression in compiled:
            problems.append(duplicate(where, expression))
        else:
            try:
                compiled[expression] = condition(expression)
            except CelError as error:
                problems.append(invalid(where, expression, str(error)))
    return tuple(compiled.values())


def _remote(told: Object, path: str, problems: list[FieldError]) -> Remote | None:
    type_, file = told.get("type", ""), told.get("kubeConfigFile", "")
    if not type_:
        problems.append(required(f"{path}.type", ""))
    elif type_ != _CONNECTION:
        problems.append(not_supported(f"{path}.type", type_, [_CONNECTION]))
    elif not file:
        problems.append(required(f"{path}.kubeConfigFile", ""))
    elif not Path(file).is_absolute():
        problems.append(invalid(f"{path}.kubeConfigFile", file, "must be an absolute path"))
    else:
        try:
            return read_remote(Path(file))
        except KubeconfigError as error:
            problems.append(invalid(f"{path}.kubeConfigFile", file, f"error loading file: {error}"))
    return None
