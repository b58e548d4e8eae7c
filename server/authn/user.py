"""The identity of a request, and the well-known names of users and groups (k8s.io/apiserver authentication/user)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

MASTERS = "system:masters"
NODES = "system:nodes"
AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
ANONYMOUS = "system:anonymous"

CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"
"""The ``extra`` key that names the credential a user came with."""


@dataclass(frozen=True, slots=True)
class User:
    """``extra`` must not be changed; a user is shared by all requests that carry the same credential."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def authenticated(user: User) -> User:
    """The same user in ``system:authenticated``, unless it is anonymous or already says which side it is on."""
    if user.name == ANONYMOUS or AUTHENTICATED in user.groups or UNAUTHENTICATED in user.groups:
        return user
    return replace(user, groups=(*user.groups, AUTHENTICATED))
