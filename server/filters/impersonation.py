"""Lets a user act as another, if they may ``impersonate`` everything they ask to be.

Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation,
k8s.io/apiserver pkg/endpoints/filters/impersonation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from apimachinery.status import BadRequest
from server.authn.user import ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, User
from server.authz.authorizer import Attributes, Authorizer, forbidden
from server.request import Answer, Handler, Request

_USER = b"impersonate-user"
_GROUP = b"impersonate-group"
_UID = b"impersonate-uid"
_EXTRA = b"impersonate-extra-"
_ANY = b"impersonate-"
_ACCOUNT = "system:serviceaccount:"
_AUTHENTICATION = "authentication.k8s.io"


def with_impersonation(handler: Handler, authorizer: Authorizer) -> Handler:
    """Sits between authentication and authorization: everything after it sees the other user alone."""

    async def handle(request: Request) -> Answer:
        wish = _wish(request)
        if wish is not None:
            assert request.user is not None
            for attributes in wish.questions(request.user):
                verdict = await authorizer.authorize(attributes)
                if not verdict.allowed:
                    raise forbidden(attributes, verdict.reason)
            request.user = wish.user()
        return await handler(request)

    return handle


@dataclass(slots=True)
class _Wish:
    """What the headers ask for."""

    name: str = ""
    uid: str = ""
    groups: list[str] = field(default_factory=list)
    extra: dict[str, list[str]] = field(default_factory=dict)

    def questions(self, asking: User) -> Iterator[Attributes]:
        """One for each part, which all have to be allowed."""

        def may_be(
            resource: str, name: str, *, group: str = "", namespace: str = "", subresource: str = ""
        ) -> Attributes:
            version = "v1" if group else ""
            return Attributes(
                asking, "impersonate", "", True, group, version, resource, subresource, namespace=namespace, name=name
            )

        account = self._account()
        if account is not None:
            yield may_be("serviceaccounts", account[1], namespace=account[0])
        else:
            yield may_be("users", self.name)
        for group in self.groups:
            yield may_be("groups", group)
        for key, values in self.extra.items():
            for value in values:
                yield may_be("userextras", value, group=_AUTHENTICATION, subresource=key)
        if self.uid:
            yield may_be("uids", self.uid, group=_AUTHENTICATION)

    def _account(self) -> tuple[str, str] | None:
        """Namespace and name, if it is a service account's user name."""
        if not self.name.startswith(_ACCOUNT):
            return None
        namespace, colon, name = self.name.removeprefix(_ACCOUNT).partition(":")
        return (namespace, name) if colon and namespace and name and ":" not in name else None

    def user(self) -> User:
        groups = list(self.groups)
        account = self._account()
        if account is not None and not groups:
            groups = ["system:serviceaccounts", f"system:serviceaccounts:{account[0]}"]
        if self.name == ANONYMOUS:
            groups += [] if UNAUTHENTICATED in groups else [UNAUTHENTICATED]
        elif AUTHENTICATED not in groups and UNAUTHENTICATED not in groups:
            groups.append(AUTHENTICATED)
        return User(self.name, self.uid, tuple(groups), {key: tuple(values) for key, values in self.extra.items()})


def _wish(request: Request) -> _Wish | None:
    """None for nearly every request. Raises BadRequest when it is not said who to be."""
    asked = [(key, value.decode(errors="replace")) for key, value in request.scope["headers"] if key.startswith(_ANY)]
    if not asked:
        return None
    wish = _Wish()
    for key, value in asked:
        if key == _USER:
            wish.name = wish.name or value
        elif key == _UID:
            wish.uid = wish.uid or value
        elif key == _GROUP:
            wish.groups.append(value)
        elif key.startswith(_EXTRA):
            wish.extra.setdefault(unquote(key.removeprefix(_EXTRA).decode("latin-1")), []).append(value)
    if wish.name:
        return wish
    if wish.groups or wish.extra or wish.uid:
        raise BadRequest(f"requested {_told(wish)} without impersonating a user")
    return None


def _told(wish: _Wish) -> str:
    parts = [*(f"Group {group}" for group in wish.groups), *(f"UserExtra {key}" for key in wish.extra)]
    return ", ".join([*parts, *([f"UID {wish.uid}"] if wish.uid else [])])
