from __future__ import annotations

from pathlib import Path

import pytest

from apimachinery.status import Unauthorized
from server.authn.authenticator import Connection
from server.authn.token_file import TokenFileAuthenticator, TokenFileError, bearer_token
from server.authn.user import User


def authenticator(tmp_path: Path, text: str) -> TokenFileAuthenticator:
    path = tmp_path / "tokens.csv"
    path.write_text(text)
    return TokenFileAuthenticator.from_file(path)


def bearer(token: str) -> Connection:
    return Connection(None, b"Bearer " + token.encode())


def test_a_line_names_token_user_uid_and_groups(tmp_path: Path) -> None:
    tokens = authenticator(tmp_path, 'secret,alice,u-1,"dev,ops"\nother,bob,u-2\n')
    assert tokens.authenticate(bearer("secret")) == User("alice", "u-1", ("dev", "ops", "system:authenticated"))
    assert tokens.authenticate(bearer("other")) == User("bob", "u-2", ("system:authenticated",))


def test_an_unknown_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unauthorized):
        authenticator(tmp_path, "secret,alice,u-1\n").authenticate(bearer("secre"))


def test_without_a_bearer_token_there_is_no_opinion(tmp_path: Path) -> None:
    tokens = authenticator(tmp_path, "secret,alice,u-1\n")
    assert tokens.authenticate(Connection(None, b"")) is None
    assert tokens.authenticate(Connection(None, b"Basic c2VjcmV0")) is None


def test_an_empty_token_in_the_file_lets_nobody_in(tmp_path: Path) -> None:
    tokens = authenticator(tmp_path, ",alice,u-1\n\nsecret,bob,u-2\n")
    assert tokens.authenticate(Connection(None, b"Bearer ")) is None
    bob = tokens.authenticate(bearer("secret"))
    assert bob is not None
    assert bob.name == "bob"


def test_of_two_lines_with_one_token_the_last_counts(tmp_path: Path) -> None:
    user = authenticator(tmp_path, "secret,alice,u-1\nsecret,bob,u-2\n").authenticate(bearer("secret"))
    assert user is not None
    assert user.name == "bob"


def test_a_line_with_two_columns_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(TokenFileError, match=r"must have at least 3 columns .* found 2"):
        authenticator(tmp_path, "secret,alice\n")


def test_a_missing_file_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(TokenFileError, match="cannot read token file"):
        TokenFileAuthenticator.from_file(tmp_path / "none")


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
