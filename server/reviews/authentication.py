"""SelfSubjectReview and TokenReview.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/.
"""

from __future__ import annotations

from apimachinery.fielderrors import required
from apimachinery.gvk import GroupKind
from apimachinery.objects import Object
from apimachinery.status import Invalid, Unauthorized
from server.authn.authenticator import Authenticator, Connection
from server.authn.service_account import AUDIENCES, ServiceAccountTokens
from server.authn.user import UNAUTHENTICATED, User
from server.request import Request
from server.reviews.review import Answering


def user_info(user: User) -> Object:
    info: Object = {"username": user.name}
    if user.uid:
        info["uid"] = user.uid
    if user.groups:
        info["groups"] = list(user.groups)
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra.items()}
    return info


async def self_subject_review(request: Request, review: Object) -> Object:
    assert request.user is not None
    return {"userInfo": user_info(request.user)}


def token_review(authenticator: Authenticator, tokens: ServiceAccountTokens) -> Answering:
    """Who bears a token. Only service accounts' tokens are for audiences; all others are for this API server."""

    async def answer(request: Request, review: Object) -> Object:
        spec = review.get("spec") or {}
        token, audiences = spec.get("token"), tuple(spec.get("audiences") or AUDIENCES)
        if not token:
            kind = GroupKind("authentication.k8s.io", "TokenReview")
            raise Invalid.of(kind, "", [required("spec.token", "token is required for TokenReview in authentication")])
        try:
            found = tokens.review(token.encode(), audiences)
            if found is not None:
                return {"authenticated": True, "user": user_info(found[0]), "audiences": list(found[1])}
            user = authenticator.authenticate(Connection(None, b"Bearer " + token.encode()))
        except Unauthorized:
            return {"user": {}, "error": "invalid bearer token"}
        matching = [audience for audience in audiences if audience in AUDIENCES]
        if user is None or UNAUTHENTICATED in user.groups or not matching:
            return {"user": {}}
        return {"authenticated": True, "user": user_info(user), "audiences": matching}

    return answer
