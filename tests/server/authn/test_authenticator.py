from __future__ import annotations

import pytest

from apimachinery.status import Unauthorized
from server.authn.anonymous import AnonymousAuthenticator
from server.authn.authenticator import Chain, Connection
from server.authn.user import ANONYMOUS, User, authenticated
from tests.server.authn.run import ask

NOBODY = Connection(None, b"")


class Says:
    """An authenticator with a fixed opinion; None of a user means no opinion, "bad" a refusal."""

    def __init__(self, opinion: str | None) -> None:
        self.opinion = opinion

    async def authenticate(self, connection: Connection) -> User | None:
        if self.opinion == "bad":
            raise Unauthorized
        return User(self.opinion) if self.opinion else None


def test_the_first_user_wins() -> None:
    user = ask(Chain([Says(None), Says("a"), Says("b")]), NOBODY)
    assert user == User("a")


def test_a_bad_credential_does_not_hide_a_good_one() -> None:
    assert ask(Chain([Says("bad"), Says("b")]), NOBODY) == User("b")
    assert ask(Chain([Says("a"), Says("bad")]), NOBODY) == User("a")


def test_a_bad_credential_is_refused_even_where_anonymous_is_allowed() -> None:
    with pytest.raises(Unauthorized):
        ask(Chain([Says(None), Says("bad")], AnonymousAuthenticator()), NOBODY)


def test_no_credential_is_anonymous_where_allowed_and_nobody_elsewhere() -> None:
    assert ask(Chain([Says(None)]), NOBODY) is None
    anonymous = ask(Chain([Says(None)], AnonymousAuthenticator()), NOBODY)
    assert anonymous == User("system:anonymous", groups=("system:unauthenticated",))


def test_a_user_is_put_into_system_authenticated_once() -> None:
    once = authenticated(User("a", groups=("g",)))
    assert once.groups == ("g", "system:authenticated")
    assert authenticated(once) is once


def test_anonymous_is_never_put_into_system_authenticated() -> None:
    assert authenticated(User(ANONYMOUS)).groups == ()


def test_the_credentials_are_read_from_an_asgi_scope() -> None:
    scope = {
        "headers": [(b"host", b"x"), (b"authorization", b"Bearer t"), (b"authorization", b"Bearer u")],
        "extensions": {"tls": {"peer_der": b"DER"}},
    }
    assert Connection.of(scope) == Connection(b"DER", b"Bearer t")


def test_a_scope_without_tls_has_no_certificate() -> None:
    assert Connection.of({"headers": [], "extensions": {}}) == NOBODY
    assert Connection.of({"headers": []}) == NOBODY
