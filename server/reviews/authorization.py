"""SubjectAccessReview and its relatives: asking the authorizer without doing.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/,
k8s.io/kubernetes pkg/registry/authorization.
"""

from __future__ import annotations

from apimachinery.fielderrors import FieldError, invalid
from apimachinery.gvk import GroupKind
from apimachinery.objects import Object
from apimachinery.status import BadRequest, Invalid
from server.authn.user import User
from server.authz.authorizer import Attributes, Authorizer, ResourceRule
from server.request import Request
from server.reviews.review import Answering

_GROUP = "authorization.k8s.io"


def _attributes(user: User, spec: Object) -> Attributes:
    resource = spec.get("resourceAttributes")
    if resource is None:
        path = spec.get("nonResourceAttributes") or {}
        return Attributes(user, path.get("verb", ""), path.get("path", ""))
    return Attributes(
        user=user,
        verb=resource.get("verb", ""),
        is_resource=True,
        group=resource.get("group", ""),
        version=resource.get("version", ""),
        resource=resource.get("resource", ""),
        subresource=resource.get("subresource", ""),
        namespace=resource.get("namespace", ""),
        name=resource.get("name", ""),
    )


async def _ask(authorizer: Authorizer, attributes: Attributes) -> Object:
    verdict = await authorizer.authorize(attributes)
    status: Object = {"allowed": verdict.allowed}
    if verdict.denied:
        status["denied"] = True
    if verdict.reason:
        status["reason"] = verdict.reason
    if verdict.trouble:
        status["evaluationError"] = verdict.trouble
    return status


def _check(kind: str, spec: Object, *, names_subject: bool) -> None:
    errors: list[FieldError] = []
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and path is not None:
        message = "cannot be specified in combination with resourceAttributes"
        errors.append(invalid("spec.nonResourceAttributes", path, message))
    if resource is None and path is None:
        message = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        errors.append(invalid("spec.resourceAttributes", None, message))
    if names_subject and not spec.get("user") and not spec.get("groups"):
        errors.append(invalid("spec.user", "", "at least one of user or group must be specified"))
    if errors:
        raise Invalid.of(GroupKind(_GROUP, kind), "", errors)


def self_access_review(authorizer: Authorizer) -> Answering:
    async def answer(request: Request, review: Object) -> Object:
        assert request.user is not None
        spec = review.get("spec") or {}
        _check("SelfSubjectAccessReview", spec, names_subject=False)
        return await _ask(authorizer, _attributes(request.user, spec))

    return answer


def _subject(spec: Object) -> User:
    extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
    return User(spec.get("user", ""), spec.get("uid", ""), tuple(spec.get("groups") or ()), extra)


def access_review(authorizer: Authorizer) -> Answering:
    async def answer(request: Request, review: Object) -> Object:
        spec = review.get("spec") or {}
        _check("SubjectAccessReview", spec, names_subject=True)
        return await _ask(authorizer, _attributes(_subject(spec), spec))

    return answer


def local_access_review(authorizer: Authorizer) -> Answering:
    async def answer(request: Request, review: Object) -> Object:
        spec = review.get("spec") or {}
        _check("LocalSubjectAccessReview", spec, names_subject=True)
        namespace = (spec.get("resourceAttributes") or {}).get("namespace", "")
        if namespace != request.info.namespace:
            error = invalid("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace")
            raise Invalid.of(GroupKind(_GROUP, "LocalSubjectAccessReview"), "", [error])
        return await _ask(authorizer, _attributes(_subject(spec), spec))

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
