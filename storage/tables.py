"""The tables, for every engine.

A value is stored once, in ``log``, without its revision (``hole`` says where the decimal goes); ``cur`` points at the
row of each live object. A tombstone's value is NULL: its last object is the row at ``prev_rev``. ``log`` has no index
but its primary key: every question is asked as a range of revisions. ``digest`` (see ``storage.digest``) is NULL in
what an older server wrote beside newer ones.

``HEAD`` names the newest migration. A new database gets these tables at once and is stamped with it; Alembic is loaded
only to upgrade an older one. A test holds the two ways to the same schema.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
)

HEAD = "0002"

metadata = MetaData()

_Text = Text().with_variant(Text(collation="C"), "postgresql")
_Revision = BigInteger().with_variant(Integer, "sqlite")

meta = Table(
    "meta",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="meta_one_row"), primary_key=True, autoincrement=False),
    Column("rev", _Revision, nullable=False),
    Column("compact_rev", _Revision, nullable=False),
    Column("store_uuid", Text, nullable=False),
)

cur = Table(
    "cur",
    metadata,
    Column("res", _Text, primary_key=True),
    Column("ns", _Text, primary_key=True),
    Column("name", _Text, primary_key=True),
    Column("uid", Text, nullable=False),
    Column("create_rev", _Revision, nullable=False),
    Column("mod_rev", _Revision, nullable=False),
    Column("expires_at", Float(53)),
    sqlite_with_rowid=False,
)

_expiring = cur.c.expires_at.is_not(None)
Index("cur_expires_at", cur.c.expires_at, sqlite_where=_expiring, postgresql_where=_expiring)

log = Table(
    "log",
    metadata,
    Column("rev", _Revision, primary_key=True, autoincrement=False),
    Column("op", SmallInteger, nullable=False),
    Column("res", _Text, nullable=False),
    Column("ns", _Text, nullable=False),
    Column("name", _Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("create_rev", _Revision, nullable=False),
    Column("prev_rev", _Revision, nullable=False),
    Column("hole", Integer, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Float(53), nullable=False),
    Column("value", LargeBinary),
    Column("digest", BigInteger),
)

alembic_version = Table(
    "alembic_version",
    metadata,
    Column("version_num", String(32)),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

PUT = 1
"""``log.op`` of a create or an update."""
DELETE = 2
"""``log.op`` of a tombstone."""
