"""Keeping finished segments within the bound of the cache."""

from typing import Final

import structlog
import trio

from hathor_rt.library.workshop import ResultStore
from sync.refusal import Refusal

# Listening fills the cache with a megabyte a minute per track and codec; a listing of it takes a fraction of a second.
EVERY_SECONDS: Final = 60.0

_log = structlog.get_logger("hathor.library")


async def keep_within_bounds(results: ResultStore, *, every_seconds: float = EVERY_SECONDS) -> None:
    """Evict what is too much, again and again until cancelled. What rooms play is pinned and stays (`SegmentDelivery.pin`)."""
    while True:
        try:
            gone = await results.shrink()
        except Refusal as refusal:
            # A disk in trouble: those who need it now are told by their own calls.
            _log.warning("cache not cleared", code=refusal.code, reason=refusal.reason)
        else:
            if gone:
                _log.info("cache cleared", files=len(gone))
        await trio.sleep(every_seconds)
