"""Facts of recordings: tempo, beats, key, audible ends, estimates and fingerprints."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for name, kind in (
        ("facts_version", sa.Integer()),
        ("tempo_bpm", sa.Double()),
        ("tempo_confidence", sa.Double()),
        ("musical_key", sa.Text()),
        ("key_confidence", sa.Double()),
        ("energy_estimate", sa.Double()),
        ("mood_estimate", sa.Text()),
    ):
        op.add_column("tracks", sa.Column(name, kind, nullable=True))
    op.create_table(
        "recording_facts",
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("overview_blob", sa.Text(), nullable=False),
        sa.Column("detail_blob", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["track"], ["tracks.track"], name="fk_recording_facts_track"),
        sa.PrimaryKeyConstraint("track", name="pk_recording_facts"),
    )
