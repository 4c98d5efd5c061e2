"""Which version the tables have, and bringing them to the newest.

Looking is one SELECT and making new tables needs no migration, so an ordinary start never loads Alembic.
"""

from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import URL, Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, select, text
from sqlalchemy import inspect as inspect_database

from hathor_rt.refusals import NewerData
from hathor_rt.storage.backup import backup_before
from hathor_rt.storage.sql.engines import Engines
from hathor_rt.storage.sql.failures import translated
from hathor_rt.storage.sql.revisions import NEWEST, REVISIONS
from hathor_rt.storage.sql.tables import metadata

_version_table: Final = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    # Alembic's own name for it: either of us may make the table.
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

_log = structlog.get_logger("hathor.storage")

# Held on PostgreSQL while tables are made or changed, so that nodes that start together take turns. Any number will do
# that no other program on the same database uses; these are the letters "Hath".
_ADVISORY_LOCK: Final = 0x4861_7468


def bring_up_to_date(engines: Engines, url: URL) -> None:
    """Make the tables, or migrate them after a backup, or find them as they should be. Blocks.

    Raises:
        NewerData: A newer version of the program wrote the database. Nothing was changed.
        StorageDown: The database cannot be reached.
    """
    with translated(), engines.reader.begin() as connection:
        version = schema_version(connection)
    if version == NEWEST:
        return
    _check_known(version)
    if version is not None and url.get_backend_name() == "sqlite":
        assert url.database is not None, "an SQLite database is a file"
        copy = backup_before(NEWEST, Path(url.database))
        _log.info("database backed up before its upgrade", copy=str(copy), old=version, new=NEWEST)
    with translated(), engines.writer.begin() as connection:
        if connection.dialect.name == "postgresql":
            # Migrations may take longer than a statement of the service may.
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
        # Another process may have been faster.
        version = schema_version(connection)
        _check_known(version)
        if version is None:
            _create(connection)
        elif version != NEWEST:
            migrate(connection)


def schema_version(connection: Connection) -> str | None:
    """The revision the tables were left at, None if there are none yet."""
    if not inspect_database(connection).has_table(_version_table.name):
        return None
    return connection.execute(select(_version_table.c.version_num)).scalar_one_or_none()


def migrate(connection: Connection, revision: str = NEWEST) -> None:
    """Run the migrations up to `revision` inside the connection's transaction. Blocks."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _create(connection: Connection) -> None:
    metadata.create_all(connection)
    _version_table.create(connection, checkfirst=True)
    connection.execute(_version_table.insert().values(version_num=NEWEST))


def _check_known(version: str | None) -> None:
    if version is not None and version not in REVISIONS:
        raise NewerData(
            f"The database has version {version}, this program knows versions up to {NEWEST}. "
            "Start the newer Hathor RT, or restore a backup from before the upgrade."
        )
