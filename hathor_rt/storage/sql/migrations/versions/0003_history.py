"""Journal rows that loading needs no longer move to a table of their own; the generation of the data gets a place."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "history",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("update", sa.LargeBinary(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("actions", sa.Text(), nullable=False),
        sa.Column("boot_id", sa.Text(), nullable=False),
        sa.Column("monotonic_at", sa.BigInteger(), nullable=False),
        sa.Column("utc_at", sa.BigInteger(), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("document", "sequence", name="pk_history"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_history_utc_at", "history", ["utc_at"])
    op.create_table(
        "generations",
        sa.Column("generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("generation", name="pk_generations"),
    )
