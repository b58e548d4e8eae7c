"""Noticing that a database has gone back behind what was served from it."""

from __future__ import annotations


class Seen:
    """The newest revision that this process knows to have been given out.

    A database that is behind it has lost data: it was restored, or a standby took over that had missed commits. To
    write there would give out revisions again.
    """

    __slots__ = ("revision",)

    def __init__(self) -> None:
        self.revision = 0

    def note(self, revision: int) -> None:
        self.revision = max(revision, self.revision)

    def lost(self, revision: int) -> str:
        """What to say of a database that is at ``revision``."""
        return lost_data(revision, self.revision)


def lost_data(revision: object, seen: object) -> str:
    return (
        f"the database is at revision {revision}, but had reached {seen}: it has lost data"
        " (kubejazz bump-revision lets it go on beyond all that was served)"
    )
