"""How fast a large music folder becomes findable: ``python -m loadtests.library_scan [FILES]`` (default 50 000).

Makes a folder of small, distinct, tagged FLAC files (a tags-only scan reads the same parts of small and large files), scans it
into a fresh SQLite database, scans it again, and prints tracks per minute and the peak memory of the scanning process, beside
the floor of the same run: opening and reading the first 64 KiB of each file and nothing else.
"""

import os
import resource
import shutil
import struct
import sys
import tempfile
import time
from pathlib import Path

import trio

from hathor_rt.library.scan import Scanner
from hathor_rt.storage.blobs import Blobs
from hathor_rt.storage.sql.opening import open_sql

FILES_PER_ALBUM = 12


def flac_file(number: int) -> bytes:
    """A FLAC file without frames but with STREAMINFO (distinct MD5) and Vorbis comments: all that a scan looks at."""
    samples = 48_000 * 200
    packed = (48_000 << 44) | (1 << 41) | (15 << 36) | samples
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + packed.to_bytes(8, "big") + (number + 1).to_bytes(16, "big")
    album = number // FILES_PER_ALBUM
    texts = [
        f"TITLE=Song {number}",
        f"ARTIST=Artist {album % 900}",
        f"ALBUM=Album {album}",
        f"TRACKNUMBER={number % 12 + 1}",
    ]
    body = struct.pack("<I", 4) + b"test" + struct.pack("<I", len(texts))
    for text in texts:
        body += struct.pack("<I", len(text)) + text.encode()
    return b"fLaC" + b"\x00" + len(info).to_bytes(3, "big") + info + b"\x84" + len(body).to_bytes(3, "big") + body


def make_folder(root: Path, files: int) -> None:
    """Albums of twelve in folders of their own."""
    for number in range(files):
        folder = root / f"album{number // FILES_PER_ALBUM:05}"
        if number % FILES_PER_ALBUM == 0:
            folder.mkdir(parents=True)
        (folder / f"{number:06}.flac").write_bytes(flac_file(number))


def floor_seconds(root: Path) -> float:
    """Walking the folder and reading the head of every file."""
    began = time.perf_counter()
    for folder, _, names in os.walk(root):
        for name in names:
            with Path(folder, name).open("rb") as file:
                file.read(65_536)
    return time.perf_counter() - began


async def measure(root: Path, data: Path) -> tuple[float, float, int]:
    """Seconds of the first and the second scan, and how many tracks are findable."""
    async with open_sql("", data) as storage:
        scanner = Scanner(storage.tracks, await Blobs.open(data / "blobs"))
        began = time.perf_counter()
        await scanner.scan(root)
        middle = time.perf_counter()
        await scanner.scan(root)
        return middle - began, time.perf_counter() - middle, await storage.tracks.count()


def main() -> None:
    """Measure and print."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    folder = Path(tempfile.mkdtemp(prefix="hathor-scan-"))
    try:
        make_folder(folder / "music", files)
        floor = floor_seconds(folder / "music")
        first, second, count = trio.run(measure, folder / "music", folder / "data")
    finally:
        shutil.rmtree(folder)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    readers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    print(f"{count} tracks of {files} files; load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    print(f"first scan   {first:7.1f} s  {files / first * 60:10.0f} tracks/min   (floor: reading heads {floor:.1f} s)")
    print(f"second scan  {second:7.1f} s  {files / second * 60:10.0f} tracks/min")
    print(f"peak memory  {own:.0f} MB scanning process, {readers:.0f} MB largest tag reader")


if __name__ == "__main__":
    main()
