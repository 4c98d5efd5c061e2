"""How storage bears a large library: speed of scanning and rescanning, and how long a search takes.

Run: ``python -m loadtests.library_size [tracks] [database URL]``. Without a URL a database in a temporary folder is used.
"""

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import trio

from hathor_rt.ids import TrackId
from hathor_rt.storage.ports import Storage, Track, TrackFile
from hathor_rt.storage.sql.opening import open_sql
from sync.units import Micros

BATCH = 500
SEARCHES = 300

_SYLLABLES = [
    first + second for first in "bcdfghjklmnprstvwz" for second in ("a", "e", "i", "o", "u", "an", "el", "or", "ü")
]


def _word(draws: random.Random) -> str:
    return "".join(draws.choices(_SYLLABLES, k=draws.randint(1, 3)))


def library(count: int, seed: int = 1) -> tuple[list[Track], list[TrackFile]]:
    """A made-up library: words repeat as in a real one, artists have some albums of some tracks."""
    draws = random.Random(seed)
    words = [_word(draws) for _ in range(6_000)]
    common = [1 / (rank + 1) for rank in range(len(words))]
    tracks, files = [], []
    for number in range(count):
        if number % 12 == 0:
            album = " ".join(draws.choices(words, common, k=2)).title()
        if number % 48 == 0:
            artist = " ".join(draws.choices(words, k=2)).title()
        title = " ".join(draws.choices(words, common, k=draws.randint(1, 4))).title()
        tracks.append(
            Track(
                TrackId(f"track{number}"), f"{number:064x}", title, artist, album, draws.choice(("Rock", "Jazz", "Hip-Hop")),
                1960 + number % 60, number % 12 + 1, 1, Micros(200_000_000),
            )
        )  # fmt: skip
        path = f"/music/{artist}/{album}/{number % 12 + 1:02} {title}.flac"
        files.append(
            TrackFile(f"{path}{number}", TrackId(f"track{number}"), "/music", 30_000_000, number, is_present=True)
        )
    return tracks, files


async def scan(storage: Storage, tracks: list[Track], files: list[TrackFile]) -> float:
    """Save everything in batches; returns tracks per second."""
    started = time.perf_counter()
    for start in range(0, len(tracks), BATCH):
        await storage.tracks.save_scanned(tracks[start : start + BATCH], files[start : start + BATCH])
    return len(tracks) / (time.perf_counter() - started)


async def search(storage: Storage, queries: list[str], offset: int = 0) -> list[float]:
    """Milliseconds of each query, one page of 50 hits."""
    took = []
    for query in queries:
        started = time.perf_counter()
        await storage.tracks.search(query, limit=50, offset=offset)
        took.append(1_000 * (time.perf_counter() - started))
    return took


def _told(name: str, millis: list[float]) -> str:
    p95 = statistics.quantiles(millis, n=20)[-1]
    return f"{name:<34} p50 {statistics.median(millis):6.1f} ms   p95 {p95:6.1f} ms   max {max(millis):6.1f} ms"


async def main(count: int, url: str) -> None:
    """Measure and print."""
    draws = random.Random(2)
    tracks, files = library(count)
    titles = [draws.choice(tracks) for _ in range(SEARCHES)]
    with tempfile.TemporaryDirectory() as folder:
        async with open_sql(url, Path(folder)) as storage:
            print(f"first scan   {await scan(storage, tracks, files):9.0f} tracks/s")
            print(f"second scan  {await scan(storage, tracks, files):9.0f} tracks/s")
            print(f"{await storage.tracks.count()} tracks")
            print(
                _told(
                    "title as typed, cut anywhere",
                    await search(storage, [t.title[: draws.randint(2, 20)] for t in titles]),
                )
            )
            print(
                _told(
                    "artist and a word of the title",
                    await search(storage, [f"{t.artist} {t.title[:3]}" for t in titles]),
                )
            )
            print(_told("one letter", await search(storage, [draws.choice("abcdefghijklmnoprstuvwz") for _ in titles])))
            print(_told("genre (a third of the library)", await search(storage, ["rock"] * 50)))
            print(_told("nothing typed, first page", await search(storage, [""] * 50)))
            print(_told("nothing typed, last page", await search(storage, [""] * 20, offset=count - 50)))
            started = time.perf_counter()
            await storage.tracks.files_under("/music")
            print(f"all files of a root  {1_000 * (time.perf_counter() - started):6.0f} ms")


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]) if len(sys.argv) > 1 else 50_000, sys.argv[2] if len(sys.argv) > 2 else "")
