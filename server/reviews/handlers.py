"""The handlers of all reviews, by the resource they are posted to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from apimachinery.gvk import GroupResource
from openapi.resources import Resource
from server.authn.bearer import BearerTokens
from server.authz.authorizer import Authorizer
from server.endpoints.catalog import Target
from server.request import Handler
from server.reviews.authentication import self_subject_review, token_review
from server.reviews.authorization import access_review, local_access_review, self_access_review, self_rules_review
from server.reviews.review import Answering, review_handler

_AUTHENTICATION = "authentication.k8s.io"
_AUTHORIZATION = "authorization.k8s.io"


def review_verbs(
    resources: Iterable[Resource],
    authorizer: Authorizer,
    tokens: BearerTokens,
) -> dict[Target, Mapping[str, Handler]]:
    answering: dict[GroupResource, Answering] = {
        GroupResource(_AUTHENTICATION, "selfsubjectreviews"): self_subject_review,
        GroupResource(_AUTHENTICATION, "tokenreviews"): token_review(tokens),
        GroupResource(_AUTHORIZATION, "selfsubjectaccessreviews"): self_access_review(authorizer),
        GroupResource(_AUTHORIZATION, "selfsubjectrulesreviews"): self_rules_review(authorizer),
        GroupResource(_AUTHORIZATION, "subjectaccessreviews"): access_review(authorizer),
        GroupResource(_AUTHORIZATION, "localsubjectaccessreviews"): local_access_review(authorizer),
    }
    return {
        Target(resource.group, resource.version, resource.plural, ""): {
            "create": review_handler(resource, answering[resource.group_resource])
        }
        for resource in resources
        if resource.group_resource in answering
    }
