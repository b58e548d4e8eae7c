"""A digest beside each row of the log; those that are there get theirs from what is there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.digest import digest_of

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CHUNK = 1000

_log = sa.table(
    "log",
    *(sa.column(name) for name in ("rev", "res", "ns", "name", "uid", "hole", "actor", "at")),
    sa.column("value", sa.LargeBinary()),
    sa.column("digest"),
)


def upgrade() -> None:
    op.add_column("log", sa.Column("digest", sa.BigInteger()))
    connection = op.get_bind()
    columns = [column for column in _log.c if column.name != "digest"]
    sealed = sa.update(_log).where(_log.c.rev == sa.bindparam("at_rev")).values(digest=sa.bindparam("of_row"))
    after = 0
    while rows := connection.execute(
        sa.select(*columns).where(_log.c.rev > after).order_by(_log.c.rev).limit(_CHUNK)
    ).fetchall():
        connection.execute(sealed, [{"at_rev": row[0], "of_row": digest_of(*row[1:])} for row in rows])
        after = rows[-1][0]
