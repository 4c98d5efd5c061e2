"""Full-text search over folded words, in the words of the database at hand."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal_column, select, text

from hathor_rt.storage.search import query_words
from hathor_rt.storage.sql.tables import tracks


def hits(connection: Connection, query: str, *, limit: int, offset: int) -> Select[tuple[object, ...]]:
    """Select one page of the available tracks that hold every word of `query`, in the order of the port."""
    words = query_words(query)
    found = select(tracks).where(_are_found(connection, words)).limit(limit).offset(offset)
    if not words:
        return found.order_by(tracks.c.shelf)
    opening = " ".join(words)
    begins_with_query = case((func.substr(tracks.c.words, 1, len(opening)) == opening, 0), else_=1)
    return found.order_by(begins_with_query, tracks.c.shelf)


def hit_count(connection: Connection, query: str) -> Select[int]:
    """Select how many tracks all pages of `hits` hold together."""
    return select(func.count()).select_from(tracks).where(_are_found(connection, query_words(query)))


def _are_found(connection: Connection, words: Sequence[str]) -> ColumnElement[bool]:
    if not words:
        return tracks.c.is_available
    holds = _holds_in_sqlite(words) if connection.dialect.name == "sqlite" else _holds_in_postgresql(words)
    return and_(tracks.c.is_available, holds)


def _holds_in_sqlite(words: Sequence[str]) -> ColumnElement[bool]:
    # Words are letters and digits only, so the quotes cannot be broken out of; they keep AND, OR, NOT and NEAR words.
    match = " ".join(f'"{word}"*' for word in words)
    rows = text("SELECT rowid FROM track_words WHERE track_words MATCH :match").bindparams(match=match)
    return tracks.c.number.in_(rows.columns(tracks.c.number))


def _holds_in_postgresql(words: Sequence[str]) -> ColumnElement[bool]:
    # The same expression as that of the index ix_tracks_full_text, letter by letter, or the index is not used.
    vector: ColumnElement[object] = literal_column("array_to_tsvector(string_to_array(tracks.words, ' '))")
    match = " & ".join(f"'{word}':*" for word in words)
    return vector.bool_op("@@")(text("CAST(:match AS tsquery)").bindparams(match=match))
