"""Static bearer tokens, in upstream's file format: lines of ``token,user,uid,"group1,group2"`` (CSV)."""

from __future__ import annotations

import csv
import hashlib
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from server.authn.authenticator import Notes
from server.authn.bearer import Identified
from server.authn.user import User, authenticated

log = logging.getLogger("kubejazz.authn")


class TokenFileError(Exception):
    """The token file cannot be used; the message is one line."""


class TokenFileAuthenticator:
    """A TokenAuthenticator. Tokens are kept and looked up by their digest, so the time a lookup takes says nothing
    about a token. They say nothing of audiences: see ``server.authn.bearer.ForAudiences``."""

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

    async def identify(self, token: bytes, audiences: Sequence[str], notes: Notes | None) -> Identified | None:
        user = self._users.get(hashlib.sha256(token).digest())
        return Identified(user, tuple(audiences)) if user is not None else None


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
