"""Every table, as the newest migration leaves it (a test compares the two)."""

import os
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    event,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Rows that are numbered by the database. Only INTEGER is SQLite's row number.
_NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")

# Text that is sorted by code point, as Python and SQLite do, whatever the database's language is.
_SORTED: Final = Text().with_variant(Text(collation="C"), "postgresql")


class PathText(TypeDecorator[str]):
    """A path as the bytes the file system knows: names that are no UTF-8 exist, and no text column takes them."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """To bytes."""
        return None if value is None else os.fsencode(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """From bytes."""
        return None if value is None else os.fsdecode(value)


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────────

# Without row numbers the rows of a document lie side by side on disk, and one B-tree is written instead of two.
journal = Table(
    "journal",
    metadata,
    Column("document", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("update", LargeBinary, nullable=False),
    Column("principal", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("actions", Text, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("monotonic_at", BigInteger, nullable=False),
    Column("utc_at", BigInteger, nullable=False),
    Column("term", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What snapshots reach beyond, for versions and questions; `hathor_rt/storage/sql/history.py` moves it here.
history = Table(
    "history",
    metadata,
    Column("document", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("update", LargeBinary, nullable=False),
    Column("principal", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("actions", Text, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("monotonic_at", BigInteger, nullable=False),
    Column("utc_at", BigInteger, nullable=False, index=True),
    Column("term", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("document", Text, primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("through", BigInteger, nullable=False),
)

client_ids = Table(
    "client_ids",
    metadata,
    Column("document", Text, primary_key=True),
    Column("client_id", BigInteger, primary_key=True, autoincrement=False),
    Column("principal", Text, nullable=False),
    Column("device", Text, nullable=False),
    # No later than this it was given out. NULL: not dated yet; `KEPT` of `client_ids.py`: never to be forgotten.
    Column("dated_utc", BigInteger, index=True),
    Index(None, "document", "principal", "device"),
)

# Documents that stand alone; those of a room are there with the room.
standalone_documents = Table(
    "standalone_documents",
    metadata,
    Column("document", Text, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
    Column("created_utc", BigInteger, nullable=False),
)

document_tokens = Table(
    "document_tokens",
    metadata,
    Column("token", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("document", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("created_utc", BigInteger, nullable=False),
    Column("expires_utc", BigInteger, nullable=False),
    Column("is_revoked", Boolean, nullable=False),
)

# A row for each time that a backup was put back; see `DocumentStore.generation`.
generations = Table("generations", metadata, Column("generation", BigInteger, primary_key=True, autoincrement=False))

# ── rooms ────────────────────────────────────────────────────────────────────────────────────────────────────────────

rooms = Table(
    "rooms",
    metadata,
    Column("room", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False, index=True),
    Column("created_utc", BigInteger, nullable=False),
    Column("is_private", Boolean, nullable=False),
    Column("is_listed", Boolean, nullable=False, index=True),
    Column("guests_control", Boolean, nullable=False),
    Column("guests_edit", Boolean, nullable=False),
)

invites = Table(
    "invites",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("token", Text, nullable=False, unique=True),
    Column("room", Text, ForeignKey("rooms.room"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("expires_utc", BigInteger),
    Column("is_revoked", Boolean, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("room", Text, ForeignKey("rooms.room"), primary_key=True),
    Column("principal", Text, primary_key=True, index=True),
    Column("role", Text, nullable=False),
    Column("is_kicked", Boolean, nullable=False),
    Column("last_seen_utc", BigInteger, nullable=False),
)

# No foreign key: whatever has an owner node (a room, later a playlist) is fenced by a row here.
leases = Table(
    "leases",
    metadata,
    Column("room", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("term", BigInteger, nullable=False),
    Column("renewed_utc", BigInteger, nullable=False),
)

# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────

principals = Table(
    "principals",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("is_guest", Boolean, nullable=False),
    Column("created_utc", BigInteger, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("principal", Text, ForeignKey("principals.principal"), primary_key=True),
    Column("device", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("seen_utc", BigInteger, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

# ── library ──────────────────────────────────────────────────────────────────────────────────────────────────────────

tracks = Table(
    "tracks",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("track", Text, nullable=False, unique=True),
    Column("audio_hash", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("artist", Text, nullable=False),
    Column("album", Text, nullable=False),
    Column("genre", Text, nullable=False),
    Column("year", Integer),
    Column("track_number", Integer),
    Column("disc_number", Integer),
    Column("length_estimate", BigInteger, nullable=False),
    Column("frames", BigInteger),
    Column("loudness_lufs", Double),
    Column("true_peak_db", Double),
    Column("peaks_blob", Text),
    Column("cover_blob", Text),
    Column("is_available", Boolean, nullable=False),
    Column("is_demo", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("shelf", _SORTED, nullable=False),
    # What a listing shows of the facts; all of them are in recording_facts.
    Column("facts_version", Integer),
    Column("tempo_bpm", Double),
    Column("tempo_confidence", Double),
    Column("musical_key", Text),
    Column("key_confidence", Double),
    Column("energy_estimate", Double),
    Column("mood_estimate", Text),
    Index(None, "is_available", "shelf"),
)

# Beats and fingerprints are kilobytes: apart, so that listings and searches do not read them.
recording_facts = Table(
    "recording_facts",
    metadata,
    Column("track", Text, ForeignKey("tracks.track"), primary_key=True),
    Column("facts", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary),
    Column("overview_blob", Text, nullable=False),
    Column("detail_blob", Text, nullable=False),
)

track_files = Table(
    "track_files",
    metadata,
    Column("path", PathText, primary_key=True),
    Column("track", Text, ForeignKey("tracks.track"), nullable=False, index=True),
    Column("root", PathText, nullable=False, index=True),
    Column("byte_count", BigInteger, nullable=False),
    Column("modified_ns", BigInteger, nullable=False),
    Column("is_present", Boolean, nullable=False),
)

roots = Table("roots", metadata, Column("root", PathText, primary_key=True))

# The index holds no text of its own and is kept in step by triggers, so that no statement can forget it. A rescan that
# changes no word leaves it alone: that is what makes rescanning a large library cheap.
FULL_TEXT_SQLITE: Final = (
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

# Words are folded already, so PostgreSQL's own parser, whose idea of a word depends on the locale, is not asked.
FULL_TEXT_POSTGRESQL: Final = (
    "CREATE INDEX ix_tracks_full_text ON tracks USING gin (array_to_tsvector(string_to_array(words, ' ')))",
)


def _create_full_text(_table: Table, connection: Connection, **_arguments: object) -> None:
    for statement in FULL_TEXT_SQLITE if connection.dialect.name == "sqlite" else FULL_TEXT_POSTGRESQL:
        connection.exec_driver_sql(statement)


event.listen(tracks, "after_create", _create_full_text)

# ── jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

jobs = Table(
    "jobs",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("work", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("asked_utc", BigInteger, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("worker", Text, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("progress", Double, nullable=False),
    Column("result", Text),
    Column("failure_code", Text, nullable=False),
    Column("failure_reason", Text, nullable=False),
    Index(None, "state", "priority", "asked_utc", "number"),
    Index(
        "ix_jobs_lease_until",
        "lease_until",
        sqlite_where=text("state = 'leased'"),
        postgresql_where=text("state = 'leased'"),
    ),
)
