"""Client ids get a date, so that those nobody used can be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("client_ids", sa.Column("dated_utc", sa.BigInteger(), nullable=True))
    op.create_index("ix_client_ids_dated_utc", "client_ids", ["dated_utc"])
