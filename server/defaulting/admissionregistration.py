"""Webhook configurations and admission policies."""

from __future__ import annotations

from apimachinery.objects import Object
from server.defaulting.fields import child, fill


def validating_webhook_configuration(obj: Object) -> None:
    for webhook in obj.get("webhooks") or ():
        _webhook(webhook)


def mutating_webhook_configuration(obj: Object) -> None:
    for webhook in obj.get("webhooks") or ():
        _webhook(webhook)
        fill(webhook, "reinvocationPolicy", "Never")


def _webhook(webhook: Object) -> None:
    fill(webhook, "failurePolicy", "Fail")
    _matching(webhook)
    fill(webhook, "timeoutSeconds", 10)
    service = (webhook.get("clientConfig") or {}).get("service")
    if service is not None:
        fill(service, "port", 443)
    _scopes(webhook.get("rules"))


def _matching(holder: Object) -> None:
    fill(holder, "matchPolicy", "Equivalent")
    child(holder, "namespaceSelector")
    child(holder, "objectSelector")


def _scopes(rules: list[Object] | None) -> None:
    for rule in rules or ():
        fill(rule, "scope", "*")


def validating_admission_policy(obj: Object) -> None:
    spec = child(obj, "spec")
    fill(spec, "failurePolicy", "Fail")
    _match_resources(spec.get("matchConstraints"))


mutating_admission_policy = validating_admission_policy


def validating_admission_policy_binding(obj: Object) -> None:
    _match_resources((obj.get("spec") or {}).get("matchResources"))


mutating_admission_policy_binding = validating_admission_policy_binding


def _match_resources(resources: Object | None) -> None:
    if resources is not None:
        _matching(resources)
        _scopes(resources.get("resourceRules"))
        _scopes(resources.get("excludeResourceRules"))
