"""A PostgreSQL of the tests' own: a fresh cluster that listens on a unix socket in a private folder and nowhere else."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest


def _programs() -> Path | None:
    found = shutil.which("initdb")
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found is not None:
        candidates.append(Path(found))
    return candidates[-1].parent if candidates else None


@contextmanager
def running_cluster() -> Iterator[str]:
    """Start a cluster, give its SQLAlchemy URL, and remove it. Skips the test if PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (no initdb in PATH or /usr/lib/postgresql)")
    # The server refuses to run as root, and its own user may not enter the folders of pytest.
    as_server = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="hathor-pg-"))
    data = folder / "data"
    try:
        if as_server:
            shutil.chown(folder, "postgres")
        _run(
            [
                *as_server,
                str(programs / "initdb"),
                "-D",
                str(data),
                "-U",
                "hathor",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
            ]
        )
        # What a crash leaves behind is of no interest here, so it need not wait for the disk.
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c full_page_writes=off"
        log = str(folder / "log")
        _run([*as_server, str(programs / "pg_ctl"), "-D", str(data), "-l", log, "-o", options, "-w", "start"])
        try:
            yield f"postgresql+psycopg://hathor@/postgres?host={folder}"
        finally:
            _run([*as_server, str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str]) -> None:
    # Not the current folder: the server's user may not be allowed to enter it.
    done = subprocess.run(
        command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")


def empty(url: str) -> None:
    """Remove everything from the database at `url`."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def empty_tables(url: str) -> None:
    """Remove all rows but the schema's version."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        names = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        if names:
            connection.execute("TRUNCATE " + ", ".join(name for (name,) in names) + " RESTART IDENTITY")
