"""How much a cache may keep on a disk that it shares with what cannot be made again."""

import shutil
from pathlib import Path
from typing import Final

# What a cache leaves free, so that a full cache never keeps an edit from being saved: 256 MiB are a year of edits of a busy
# room; of a small disk, one fiftieth.
RESERVE_BYTES: Final = 256 << 20
RESERVE_PARTS: Final = 50


def cache_bound(folder: Path, kept_bytes: int, limit_bytes: int) -> int:
    """Bytes that the cache in `folder` may keep now: its own limit, or less on a disk that is nearly full.

    Args:
        folder: Exists; tells which disk.
        kept_bytes: What the cache holds now.
        limit_bytes: What it may hold at most.

    Raises:
        OSError: The folder cannot be looked at.
    """
    usage = shutil.disk_usage(folder)
    reserve = min(RESERVE_BYTES, usage.total // RESERVE_PARTS)
    return min(limit_bytes, max(0, kept_bytes + usage.free - reserve))
