"""Bearer tokens: which header holds one, whom it is asked of, and for whom it is."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest

from apimachinery.status import Unauthorized
from server.authn.authenticator import Connection, Notes
from server.authn.bearer import BearerTokens, ForAudiences, Identified, bearer_token
from server.authn.user import User
from tests.server.authn.run import ask, identify


class Knows:
    """Knows one token; refuses another."""

    def __init__(self, good: str, bad: str = "", name: str = "") -> None:
        self.good, self.bad, self.name = good.encode(), bad.encode(), name or good

    async def identify(self, token: bytes, audiences: Sequence[str], notes: Notes | None) -> Identified | None:
        if token == self.bad:
            raise Unauthorized
        return Identified(User(self.name), tuple(audiences)) if token == self.good else None


def bearer(token: str) -> Connection:
    return Connection(None, b"Bearer " + token.encode())


def test_the_first_that_knows_a_token_says_whose_it_is() -> None:
    tokens = BearerTokens([Knows("a"), Knows("b", name="first"), Knows("b", name="second")], ["api"])
    assert ask(tokens, bearer("b")) == User("first")


def test_a_refusal_does_not_hide_another_ones_yes() -> None:
    assert ask(BearerTokens([Knows("a", bad="b"), Knows("b")], ["api"]), bearer("b")) == User("b")


@pytest.mark.parametrize("token", ["unknown", "bad"])
def test_a_token_that_nobody_knows_or_somebody_refuses_is_refused(token: str) -> None:
    with pytest.raises(Unauthorized):
        ask(BearerTokens([Knows("a", bad="bad")], ["api"]), bearer(token))


def test_without_a_bearer_token_there_is_no_opinion() -> None:
    tokens = BearerTokens([Knows("")], ["api"])
    assert ask(tokens, Connection(None, b"")) is None
    assert ask(tokens, Connection(None, b"Basic c2VjcmV0")) is None
    assert ask(tokens, Connection(None, b"Bearer ")) is None


def test_a_token_that_says_nothing_of_audiences_is_for_this_server() -> None:
    tokens = ForAudiences(Knows("a"), ["api", "api2"])
    assert identify(tokens, "a", "api2", "vault") == Identified(User("a"), ("api2",))
    assert identify(tokens, "a", "vault") is None


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (b"Bearer abc", b"abc"),
        (b"bearer abc", b"abc"),
        (b"  Bearer abc  ", b"abc"),
        (b"Bearer  abc", b""),  # upstream: one space; the word after it is empty
        (b"Bearer", b""),
        (b"Basic abc", b""),
        (b"", b""),
    ],
)
def test_the_word_after_bearer_is_the_token(header: bytes, token: bytes) -> None:
    assert bearer_token(header) == token


def encoded(token: bytes) -> bytes:
    return b"base64url.bearer.authorization.k8s.io." + base64.urlsafe_b64encode(token).rstrip(b"=")


def socket(*protocols: bytes, upgrade: bytes = b"websocket") -> Connection:
    headers = [(b"upgrade", upgrade), (b"sec-websocket-protocol", b", ".join(protocols))]
    return Connection.of({"headers": headers})


def test_a_browsers_token_is_among_the_protocols_of_its_socket() -> None:
    tokens = BearerTokens([Knows("jane-token", name="jane")], ["api"])
    own = encoded(b"jane-token")
    assert ask(tokens, socket(own, b"v4.channel.k8s.io")) == User("jane")
    assert ask(tokens, socket(b"v4.channel.k8s.io")) is None
    assert ask(tokens, socket(own, b"v4.channel.k8s.io", upgrade=b"h2c")) is None


@pytest.mark.parametrize(
    "protocols",
    [
        (encoded(b"jane-token"),),
        (encoded(b"jane-token"), encoded(b"jane-token"), b"x"),
        (encoded(b"jane-toke"), b"x"),
        (b"base64url.bearer.authorization.k8s.io.", b"x"),
        (b"base64url.bearer.authorization.k8s.io.!!", b"x"),
        (b"base64url.bearer.authorization.k8s.io.a", b"x"),
    ],
)
def test_an_odd_token_among_protocols_is_refused(protocols: tuple[bytes, ...]) -> None:
    with pytest.raises(Unauthorized):
        ask(BearerTokens([Knows("jane-token")], ["api"]), socket(*protocols))
