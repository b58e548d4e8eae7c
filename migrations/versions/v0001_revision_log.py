"""The revision log, the pointers to its live rows, and the store's own row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "meta",
        sa.Column("id", sa.Integer(), sa.CheckConstraint("id = 1", name="meta_one_row"), autoincrement=False),
        sa.Column("rev", number, nullable=False),
        sa.Column("compact_rev", number, nullable=False),
        sa.Column("store_uuid", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "cur",
        sa.Column("res", key, nullable=False),
        sa.Column("ns", key, nullable=False),
        sa.Column("name", key, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("create_rev", number, nullable=False),
        sa.Column("mod_rev", number, nullable=False),
        sa.Column("expires_at", sa.Float(53)),
        sa.PrimaryKeyConstraint("res", "ns", "name"),
        sqlite_with_rowid=False,
    )
    expiring = sa.text("expires_at IS NOT NULL")
    op.create_index("cur_expires_at", "cur", ["expires_at"], sqlite_where=expiring, postgresql_where=expiring)
    op.create_table(
        "log",
        sa.Column("rev", number, autoincrement=False),
        sa.Column("op", sa.SmallInteger(), nullable=False),
        sa.Column("res", key, nullable=False),
        sa.Column("ns", key, nullable=False),
        sa.Column("name", key, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("create_rev", number, nullable=False),
        sa.Column("prev_rev", number, nullable=False),
        sa.Column("hole", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("value", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("rev"),
    )
