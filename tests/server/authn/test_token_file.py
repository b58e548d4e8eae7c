from __future__ import annotations

from pathlib import Path

import pytest

from server.authn.bearer import Identified
from server.authn.token_file import TokenFileAuthenticator, TokenFileError
from server.authn.user import User
from tests.server.authn.run import identify


def authenticator(tmp_path: Path, text: str) -> TokenFileAuthenticator:
    path = tmp_path / "tokens.csv"
    path.write_text(text)
    return TokenFileAuthenticator.from_file(path)


def name_of(found: Identified | None) -> str | None:
    return found and found.user.name


def test_a_line_names_token_user_uid_and_groups(tmp_path: Path) -> None:
    tokens = authenticator(tmp_path, 'secret,alice,u-1,"dev,ops"\nother,bob,u-2\n')
    alice = User("alice", "u-1", ("dev", "ops", "system:authenticated"))
    assert identify(tokens, "secret") == Identified(alice, ("api",))
    assert identify(tokens, "other") == Identified(User("bob", "u-2", ("system:authenticated",)), ("api",))


def test_an_unknown_token_is_nobodys(tmp_path: Path) -> None:
    assert identify(authenticator(tmp_path, "secret,alice,u-1\n"), "secre") is None


def test_an_empty_token_in_the_file_lets_nobody_in(tmp_path: Path) -> None:
    tokens = authenticator(tmp_path, ",alice,u-1\n\nsecret,bob,u-2\n")
    assert identify(tokens, "") is None
    assert name_of(identify(tokens, "secret")) == "bob"


def test_of_two_lines_with_one_token_the_last_counts(tmp_path: Path) -> None:
    tokens = authenticator(tmp_path, "secret,alice,u-1\nsecret,bob,u-2\n")
    assert name_of(identify(tokens, "secret")) == "bob"


def test_a_line_with_two_columns_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(TokenFileError, match=r"must have at least 3 columns .* found 2"):
        authenticator(tmp_path, "secret,alice\n")


def test_a_missing_file_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(TokenFileError, match="cannot read token file"):
        TokenFileAuthenticator.from_file(tmp_path / "none")
