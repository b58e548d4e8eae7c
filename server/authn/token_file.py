"""Static bearer tokens, in upstream's file format: lines of ``token,user,uid,"group1,group2"`` (CSV)."""

from __future__ import annotations

import csv
import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path

from apimachinery.status import Unauthorized
from server.authn.authenticator import Connection
from server.authn.user import User, authenticated

log = logging.getLogger("kubejazz.authn")


class TokenFileError(Exception):
    """The token file cannot be used; the message is one line."""


class TokenFileAuthenticator:
    """Tokens are kept and looked up by their digest, so the time a lookup takes says nothing about a token."""

    def __init__(self, users: dict[bytes, User]) -> None:
        self._users = users

    @classmethod
    def from_file(cls, path: Path) -> TokenFileAuthenticator:
        """Raises TokenFileError."""
        try:
            with path.open(newline="", encoding="utf-8") as lines:
                return cls(_parse(lines, str(path)))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise TokenFileError(f"cannot read token file {path}: {error}") from error

    def authenticate(self, connection: Connection) -> User | None:
        token = bearer_token(connection.authorization)
        if not token:
            return None
        digest = hashlib.sha256(token).digest()
        user = self._users.get(digest)
        if user is None:
            raise Unauthorized
        return user


def bearer_token(authorization: bytes) -> bytes:
    """The token of an Authorization header, b"" if it holds none: the word after ``Bearer`` and one space."""
    words = authorization.strip().split(b" ", 2)
    if len(words) < 2 or words[0].lower() != b"bearer":
        return b""
    return words[1]


def _parse(lines: Iterable[str], source: str) -> dict[bytes, User]:
    users: dict[bytes, User] = {}
    for number, record in enumerate(csv.reader(lines, skipinitialspace=True), start=1):
        if not record:
            continue
        if len(record) < 3:
            raise TokenFileError(
                f"token file '{source}' must have at least 3 columns (token, user name, user uid), found {len(record)}"
            )
        token, name, uid = record[:3]
        if not token:
            log.warning("empty token has been found in token file '%s', record number '%d'", source, number)
            continue
        groups = tuple(group for group in record[3].split(",") if group) if len(record) > 3 else ()
        digest = hashlib.sha256(token.encode()).digest()
        if digest in users:
            log.warning("duplicate token has been found in token file '%s', record number '%d'", source, number)
        users[digest] = authenticated(User(name, uid, groups))
    return users
