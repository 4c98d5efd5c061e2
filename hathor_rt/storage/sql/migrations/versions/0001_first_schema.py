"""The first tables.

A migration is history: it repeats what the tables were and follows no later change of `tables.py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_FULL_TEXT_SQLITE = (
    "CREATE VIRTUAL TABLE track_words USING fts5("
    "words, content='tracks', content_rowid='number', prefix='1 2 3', tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER track_words_insert AFTER INSERT ON tracks BEGIN"
    " INSERT INTO track_words(rowid, words) VALUES (new.number, new.words); END",
    "CREATE TRIGGER track_words_delete AFTER DELETE ON tracks BEGIN"
    " INSERT INTO track_words(track_words, rowid, words) VALUES ('delete', old.number, old.words); END",
    "CREATE TRIGGER track_words_update AFTER UPDATE OF words ON tracks WHEN old.words <> new.words BEGIN"
    " INSERT INTO track_words(track_words, rowid, words) VALUES ('delete', old.number, old.words);"
    " INSERT INTO track_words(rowid, words) VALUES (new.number, new.words); END",
)

_FULL_TEXT_POSTGRESQL = (
    "CREATE INDEX ix_tracks_full_text ON tracks USING gin (array_to_tsvector(string_to_array(words, ' ')))",
)


def upgrade() -> None:
    _documents()
    _rooms()
    _people()
    _tracks()
    _files()
    _jobs()
    bind = op.get_bind()
    for statement in _FULL_TEXT_SQLITE if bind.dialect.name == "sqlite" else _FULL_TEXT_POSTGRESQL:
        bind.exec_driver_sql(statement)


def _documents() -> None:
    op.create_table(
        "journal",
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
        sa.PrimaryKeyConstraint("document", "sequence", name="pk_journal"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "snapshots",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("document", name="pk_snapshots"),
    )
    op.create_table(
        "client_ids",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("document", "client_id", name="pk_client_ids"),
    )
    op.create_index("ix_client_ids_document_principal_device", "client_ids", ["document", "principal", "device"])


def _rooms() -> None:
    op.create_table(
        "rooms",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("created_utc", sa.BigInteger(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("guests_control", sa.Boolean(), nullable=False),
        sa.Column("guests_edit", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("room", name="pk_rooms"),
    )
    op.create_index("ix_rooms_is_listed", "rooms", ["is_listed"])
    op.create_index("ix_rooms_owner", "rooms", ["owner"])
    op.create_table(
        "invites",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("expires_utc", sa.BigInteger(), nullable=True),
        sa.Column("is_revoked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["rooms.room"], name="fk_invites_room"),
        sa.PrimaryKeyConstraint("number", name="pk_invites"),
        sa.UniqueConstraint("token", name="uq_invites_token"),
    )
    op.create_index("ix_invites_room", "invites", ["room"])
    op.create_table(
        "members",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("is_kicked", sa.Boolean(), nullable=False),
        sa.Column("last_seen_utc", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["rooms.room"], name="fk_members_room"),
        sa.PrimaryKeyConstraint("room", "principal", name="pk_members"),
    )
    op.create_index("ix_members_principal", "members", ["principal"])
    op.create_table(
        "leases",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("renewed_utc", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room", name="pk_leases"),
    )


def _people() -> None:
    op.create_table(
        "principals",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_guest", sa.Boolean(), nullable=False),
        sa.Column("created_utc", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("principal", name="pk_principals"),
    )
    op.create_table(
        "devices",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("seen_utc", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["principal"], ["principals.principal"], name="fk_devices_principal"),
        sa.PrimaryKeyConstraint("principal", "device", name="pk_devices"),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )


def _tracks() -> None:
    op.create_table(
        "tracks",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("audio_hash", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("album", sa.Text(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("track_number", sa.Integer(), nullable=True),
        sa.Column("disc_number", sa.Integer(), nullable=True),
        sa.Column("length_estimate", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.BigInteger(), nullable=True),
        sa.Column("loudness_lufs", sa.Double(), nullable=True),
        sa.Column("true_peak_db", sa.Double(), nullable=True),
        sa.Column("peaks_blob", sa.Text(), nullable=True),
        sa.Column("cover_blob", sa.Text(), nullable=True),
        sa.Column("is_available", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("shelf", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_tracks"),
        sa.UniqueConstraint("audio_hash", name="uq_tracks_audio_hash"),
        sa.UniqueConstraint("track", name="uq_tracks_track"),
    )
    op.create_index("ix_tracks_is_available_shelf", "tracks", ["is_available", "shelf"])


def _files() -> None:
    op.create_table(
        "track_files",
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("is_present", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["track"], ["tracks.track"], name="fk_track_files_track"),
        sa.PrimaryKeyConstraint("path", name="pk_track_files"),
    )
    op.create_index("ix_track_files_root", "track_files", ["root"])
    op.create_index("ix_track_files_track", "track_files", ["track"])
    op.create_table(
        "roots", sa.Column("root", sa.LargeBinary(), nullable=False), sa.PrimaryKeyConstraint("root", name="pk_roots")
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("asked_utc", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=False),
        sa.Column("failure_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_jobs"),
        sa.UniqueConstraint("key", name="uq_jobs_key"),
    )
    op.create_index(
        "ix_jobs_lease_until",
        "jobs",
        ["lease_until"],
        sqlite_where=sa.text("state = 'leased'"),
        postgresql_where=sa.text("state = 'leased'"),
    )
    op.create_index("ix_jobs_state_priority_asked_utc_number", "jobs", ["state", "priority", "asked_utc", "number"])
