"""SelfSubjectReview and TokenReview.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/.
"""

from __future__ import annotations

from apimachinery.objects import Object
from apimachinery.status import BadRequest, Unauthorized
from server.authn.bearer import BearerTokens
from server.authn.user import User
from server.request import Request
from server.reviews.review import Answering

INVALID = "invalid bearer token"


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


def token_review(tokens: BearerTokens) -> Answering:
    """Who bears a token. One that says nothing of audiences is for this API server."""

    async def answer(request: Request, review: Object) -> Object:
        spec = review.get("spec") or {}
        token, wanted = spec.get("token"), tuple(spec.get("audiences") or ())
        if not token:
            raise BadRequest("token is required for TokenReview in authentication")
        try:
            found = await tokens.identify(token.encode(), wanted or tokens.audiences, None)
        except Unauthorized:
            return {"user": {}, "error": INVALID}
        if found is None:
            return {"user": {}, "error": INVALID}
        return {"authenticated": True, "user": user_info(found.user), "audiences": list(found.audiences)}

    return answer
