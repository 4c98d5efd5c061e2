from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from hathor_rt.storage.sql.engines import connect, database_url
from hathor_rt.storage.sql.schema import bring_up_to_date
from hathor_rt.storage.sql.tables import PathText


@pytest.mark.parametrize("path", ["/music/Björk.flac", "/music/caf\udce9.flac", "", None])
def test_a_path_comes_back_byte_for_byte(path: str | None) -> None:
    kind, dialect = PathText(), sqlite.dialect()
    assert kind.process_result_value(kind.process_bind_param(path, dialect), dialect) == path


def test_the_full_text_index_follows_every_change_of_tracks(tmp_path: Path) -> None:
    url = database_url("", tmp_path)
    engines = connect(url)
    bring_up_to_date(engines, url)
    columns = (
        "track, audio_hash, title, artist, album, genre, length_estimate, is_available, is_demo, note, words, shelf"
    )
    found = text("SELECT rowid FROM track_words WHERE track_words MATCH :word")
    with engines.writer.begin() as connection:
        connection.execute(
            text(f"INSERT INTO tracks ({columns}) VALUES ('t', 'h', '', '', '', '', 0, 1, 0, '', 'old', '')")
        )
        assert len(connection.execute(found, {"word": "old"}).all()) == 1
        connection.execute(text("UPDATE tracks SET words = 'new'"))
        assert connection.execute(found, {"word": "old"}).all() == []
        assert len(connection.execute(found, {"word": "new"}).all()) == 1
        connection.execute(text("DELETE FROM tracks"))
        assert connection.execute(found, {"word": "new"}).all() == []
        # SQLite compares its index with the table and raises if they differ.
        connection.execute(text("INSERT INTO track_words(track_words, rank) VALUES ('integrity-check', 1)"))
    engines.dispose()
