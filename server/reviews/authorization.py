"""SubjectAccessReview and its relatives: asking the authorizer without doing.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/,
k8s.io/kubernetes pkg/registry/authorization.
"""

from __future__ import annotations

from apimachinery.gvk import GroupKind
from apimachinery.objects import Object
from apimachinery.status import BadRequest, Invalid
from server.authn.user import User
from server.authz.authorizer import Attributes, Authorizer, ResourceRule
from server.request import Request
from server.reviews.review import Answering
from server.reviews.selectors import selected_by
from server.reviews.validation import access_review_errors

_GROUP = "authorization.k8s.io"


def _attributes(user: User, spec: Object) -> Attributes:
    resource = spec.get("resourceAttributes")
    if resource is None:
        path = spec.get("nonResourceAttributes") or {}
        return Attributes(user, path.get("verb", ""), path.get("path", ""))
    selected = selected_by(resource)
    return Attributes(
        user=user,
        verb=resource.get("verb", ""),
        is_resource=True,
        group=resource.get("group", ""),
        version=resource.get("version") or "*",
        resource=resource.get("resource", ""),
        subresource=resource.get("subresource", ""),
        namespace=resource.get("namespace", ""),
        name=resource.get("name", ""),
        fields=selected.fields,
        labels=selected.labels,
    )


async def _ask(authorizer: Authorizer, user: User, spec: Object) -> Object:
    verdict = await authorizer.authorize(_attributes(user, spec))
    status: Object = {"allowed": verdict.allowed}
    if verdict.denied:
        status["denied"] = True
    if verdict.reason:
        status["reason"] = verdict.reason
    troubles = (verdict.trouble, selected_by(spec.get("resourceAttributes") or {}).trouble)
    if any(troubles):
        status["evaluationError"] = "; ".join(filter(None, troubles))
    return status


def _check(kind: str, review: Object) -> None:
    if errors := access_review_errors(kind, review):
        raise Invalid.of(GroupKind(_GROUP, kind), "", errors)


def self_access_review(authorizer: Authorizer) -> Answering:
    async def answer(request: Request, review: Object) -> Object:
        assert request.user is not None
        spec = review.get("spec") or {}
        _check("SelfSubjectAccessReview", review)
        return await _ask(authorizer, request.user, spec)

    return answer


def _subject(spec: Object) -> User:
    extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
    return User(spec.get("user", ""), spec.get("uid", ""), tuple(spec.get("groups") or ()), extra)


def access_review(authorizer: Authorizer) -> Answering:
    async def answer(request: Request, review: Object) -> Object:
        spec = review.get("spec") or {}
        _check("SubjectAccessReview", review)
        return await _ask(authorizer, _subject(spec), spec)

    return answer


def local_access_review(authorizer: Authorizer) -> Answering:
    async def answer(request: Request, review: Object) -> Object:
        spec = review.get("spec") or {}
        _check("LocalSubjectAccessReview", review)
        return await _ask(authorizer, _subject(spec), spec)

    return answer


def self_rules_review(authorizer: Authorizer) -> Answering:
    async def answer(request: Request, review: Object) -> Object:
        assert request.user is not None
        namespace = (review.get("spec") or {}).get("namespace", "")
        if not namespace:
            raise BadRequest("no namespace on request")
        rules = await authorizer.rules(request.user, namespace)
        return {
            "resourceRules": [_resource_rule(rule) for rule in rules.resources],
            "nonResourceRules": [
                {"verbs": list(rule.verbs), "nonResourceURLs": list(rule.paths)} for rule in rules.paths
            ],
            "incomplete": rules.incomplete,
            **({"evaluationError": rules.trouble} if rules.trouble else {}),
        }

    return answer


def _resource_rule(rule: ResourceRule) -> Object:
    listed: Object = {"verbs": list(rule.verbs), "apiGroups": list(rule.groups), "resources": list(rule.resources)}
    if rule.names:
        listed["resourceNames"] = list(rule.names)
    return listed
