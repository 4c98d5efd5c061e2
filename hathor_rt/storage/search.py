"""What a word is, and in which order tracks stand on the shelf: the same for every engine.

Engines index folded words and never the tags themselves, so that SQLite's, PostgreSQL's and Python's ideas of letters,
case and accents cannot differ.
"""

import re
import unicodedata
from typing import Final

from hathor_rt.storage.ports import Track

# Letters that Unicode does not decompose although people type them without the stroke or ligature.
_PLAIN: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})

# What `str.isalnum` is true for: the word characters without the underscore.
_RUN: Final = re.compile(r"[^\W_]+")

# Absent numbers sort after all others: bonus material without a number follows the numbered songs.
_NO_NUMBER: Final = 99_999

# PostgreSQL takes no word of more than 2 kB. Nothing anybody types or reads is longer than this.
_LONGEST_WORD: Final = 64

# What one query or one track may hold: a pasted page, or a comment in a genre field, must not make a search slow.
_MOST_QUERY_WORDS: Final = 16
_MOST_TRACK_WORDS: Final = 256


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(each for each in decomposed if unicodedata.category(each)[0] != "M").translate(_PLAIN)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word[:_LONGEST_WORD] for word in _RUN.findall(_fold(text)))


def query_words(text: str) -> tuple[str, ...]:
    """Folded words of a query: runs of letters and digits, no case, no accents, 16 at most.

    Example: ``Don't stop, Björk`` gives ``("don", "t", "stop", "bjork")``.
    """
    return _words(text)[:_MOST_QUERY_WORDS]


def _index_words(text: str) -> list[str]:
    words: list[str] = []
    for chunk in _fold(text).split():
        parts = _RUN.findall(chunk)
        words.extend(parts)
        # "AC/DC" and "don't" are found as "acdc" and "dont" too.
        if len(parts) > 1:
            words.append("".join(parts))
    return [word[:_LONGEST_WORD] for word in words]


def searchable(track: Track) -> str:
    """All words by which a track is found, folded and separated by single spaces; those of the title first."""
    words = [word for field in (track.title, track.artist, track.album, track.genre) for word in _index_words(field)]
    return " ".join(words[:_MOST_TRACK_WORDS])


def shelf_key(track: Track) -> str:
    """Sorting by this text (by code point) gives artist, album, disc, number, title, and sound to tell equal ones apart."""
    disc = _NO_NUMBER if track.disc_number is None else min(track.disc_number, _NO_NUMBER)
    number = _NO_NUMBER if track.track_number is None else min(track.track_number, _NO_NUMBER)
    parts = (
        " ".join(_words(track.artist)),
        " ".join(_words(track.album)),
        f"{max(disc, 0):05}",
        f"{max(number, 0):05}",
        " ".join(_words(track.title)),
        track.audio_hash,
    )
    # Shorter than every letter, so that "abba" stands before "abba gold" whatever follows.
    return "\x1f".join(parts)
