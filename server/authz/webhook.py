"""A webhook that decides: a SubjectAccessReview is posted to it for every request that its conditions match.

Source: https://kubernetes.io/docs/reference/access-authn-authz/webhook/;
k8s.io/apiserver plugin/pkg/authorizer/webhook.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from apimachinery.clock import Clock
from apimachinery.labels import Operator, Requirement
from apimachinery.objects import Object
from server.authn.user import User
from server.authz.authorizer import Attributes, Rules, Verdict
from server.outbound.http import OutboundError
from server.outbound.lookups import Lookups
from server.outbound.review import Reviewer

log = logging.getLogger("kubejazz.authz")

_NO_OPINION = Verdict(False)
_LONGEST_KEPT = 10_000
"""Characters of what the requester controls: more is not worth remembering."""
_OPERATORS = {"=": "In", "==": "In", "!=": "NotIn"}
_LABEL_OPERATORS = {
    Operator.IN: "In",
    Operator.EQUALS: "In",
    Operator.DOUBLE_EQUALS: "In",
    Operator.NOT_IN: "NotIn",
    Operator.NOT_EQUALS: "NotIn",
    Operator.EXISTS: "Exists",
    Operator.DOES_NOT_EXIST: "DoesNotExist",
}

VERSIONS = ("v1", "v1beta1")

Condition = Callable[[Object], bool]
"""Of the spec of a SubjectAccessReview; raises ConditionError."""


class ConditionError(Exception):
    """A condition could not be evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookConfig:
    """``deny``: what cannot be asked is refused, not left to the others. Times in seconds."""

    name: str = ""
    allowed_ttl: float = 300.0
    refused_ttl: float = 30.0
    deny: bool = False
    conditions: Sequence[Condition] = ()
    version: str = "v1"


class WebhookAuthorizer:
    def __init__(self, reviewer: Reviewer, config: WebhookConfig, clock: Clock) -> None:
        self._reviewer = reviewer
        self._config = config
        self._lookups: Lookups[Verdict] = Lookups(clock)

    async def authorize(self, attributes: Attributes) -> Verdict:
        spec = spec_of(attributes)
        try:
            if not self._matches(spec):
                return _NO_OPINION
            body = orjson.dumps(spec)
            keep = self._keep if _controlled(attributes) < _LONGEST_KEPT else lambda _: 0.0
            return await self._lookups.get(body, lambda: self._ask(spec), keep)
        except ConditionError as error:
            log.error("Match conditions of webhook authorizer %s: %s", self._config.name, error)
            trouble = str(error)
        except OutboundError as error:
            log.error("Failed to make webhook authorizer request: %s", error)
            trouble = str(error)
        return Verdict(False, denied=self._config.deny, trouble=trouble)

    def _matches(self, spec: Object) -> bool:
        """One condition that says no counts more than one that fails."""
        failure: ConditionError | None = None
        for condition in self._config.conditions:
            try:
                if not condition(spec):
                    return False
            except ConditionError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return True

    def _keep(self, verdict: Verdict) -> float:
        return self._config.allowed_ttl if verdict.allowed else self._config.refused_ttl

    async def _ask(self, spec: Object) -> Verdict:
        kind = {"apiVersion": f"authorization.k8s.io/{self._config.version}", "kind": "SubjectAccessReview"}
        sent = _beta(spec) if self._config.version == "v1beta1" else spec
        status = await self._reviewer.ask({**kind, "metadata": {}, "spec": sent})
        allowed, denied = status.get("allowed") is True, status.get("denied") is True
        if allowed and denied:
            log.error("webhook subject access review returned both allow and deny response")
        return Verdict(allowed and not denied, str(status.get("reason") or ""), denied)

    async def rules(self, user: User, namespace: str) -> Rules:
        """A webhook cannot be asked what it would allow."""
        return Rules((), (), incomplete=True, trouble="webhook authorizer does not support user rule resolution")


def spec_of(attributes: Attributes) -> Object:
    """The spec of a SubjectAccessReview, as upstream fills it."""
    user = attributes.user
    spec: Object = {"user": user.name, "groups": list(user.groups), "uid": user.uid}
    if user.extra:
        spec["extra"] = {key: list(values) for key, values in user.extra.items()}
    spec = {key: value for key, value in spec.items() if value}
    if attributes.is_resource:
        spec["resourceAttributes"] = _resource(attributes)
    else:
        spec["nonResourceAttributes"] = {"path": attributes.path, "verb": attributes.verb}
    return spec


def _resource(attributes: Attributes) -> Object:
    told: Object = {
        "namespace": attributes.namespace,
        "verb": attributes.verb,
        "group": attributes.group,
        "version": attributes.version,
        "resource": attributes.resource,
        "subresource": attributes.subresource,
        "name": attributes.name,
    }
    told = {key: value for key, value in told.items() if value}
    fields = [
        {"key": field, "operator": _OPERATORS[op], "values": [value]}
        for field, op, value in attributes.fields
        if op in _OPERATORS
    ]
    if fields:
        told["fieldSelector"] = {"requirements": fields}
    labels = [_label(each) for each in attributes.labels if each.operator in _LABEL_OPERATORS]
    if labels:
        told["labelSelector"] = {"requirements": labels}
    return told


def _label(required: Requirement) -> Object:
    told: Object = {"key": required.key, "operator": _LABEL_OPERATORS[required.operator]}
    return told | ({"values": list(required.values)} if required.values else {})


def _beta(spec: Object) -> Object:
    """v1beta1 calls the groups ``group``."""
    return {("group" if key == "groups" else key): value for key, value in spec.items()}


def _controlled(attributes: Attributes) -> int:
    return sum(
        map(
            len,
            (
                attributes.namespace,
                attributes.verb,
                attributes.group,
                attributes.version,
                attributes.resource,
                attributes.subresource,
                attributes.name,
                attributes.path,
            ),
        )
    )
