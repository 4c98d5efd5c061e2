"""Making names durable: a new or renamed file outlives a power cut only once its folder was flushed."""

import os
from pathlib import Path


def flush_folder(folder: Path) -> None:
    """Have the disk keep which names stand in `folder`. Blocks. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
