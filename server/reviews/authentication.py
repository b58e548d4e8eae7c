"""SelfSubjectReview and TokenReview.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/.
"""

from __future__ import annotations

from apimachinery.fielderrors import required
from apimachinery.gvk import GroupKind
from apimachinery.objects import Object
from apimachinery.status import Invalid, Unauthorized
from server.authn.authenticator import Authenticator, Connection
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


def token_review(authenticator: Authenticator) -> Answering:
    async def answer(request: Request, review: Object) -> Object:
        token = (review.get("spec") or {}).get("token")
        if not token:
            kind = GroupKind("authentication.k8s.io", "TokenReview")
            raise Invalid.of(kind, "", [required("spec.token", "token is required for TokenReview in authentication")])
        try:
            user = authenticator.authenticate(Connection(None, b"Bearer " + token.encode()))
        except Unauthorized:
            return {"user": {}, "error": "invalid bearer token"}
        if user is None or UNAUTHENTICATED in user.groups:
            return {"user": {}}
        return {"authenticated": True, "user": user_info(user)}

    return answer
