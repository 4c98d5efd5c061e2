"""What becomes of what is needed no longer: a task that moves journal rows to the history, and prunes that and client ids.

Rooms never wait for it: it does a small portion at a time, each a unit of its own in the group commit, and rests between.
Nothing depends on when it runs or stops.
"""

from collections.abc import Callable
from itertools import count
from typing import Final

import structlog
import trio

from hathor_rt.ids import DocumentName
from hathor_rt.storage.ports import DocumentStore
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND, Micros

# A portion holds the write lock for some milliseconds, and what lies between two portions belongs to the rooms.
PORTION: Final = 200
_REST_SECONDS: Final = 0.05
# A room makes a snapshot every 500 updates, so there is seldom something to do.
_LOOK_EVERY_SECONDS: Final = 60
# Ids are forgotten by the day.
_LOOKS_BETWEEN_IDS: Final = 60
# Owners renew their lease every few seconds.
_IDLE_FOR: Final = Micros(600 * MICROS_PER_SECOND)
_MICROS_PER_DAY: Final = 24 * 3600 * MICROS_PER_SECOND

_log = structlog.get_logger("hathor.retention")


async def keep_tidy(
    documents: DocumentStore, now_utc: Callable[[], Micros], *, history_days: int, client_id_days: int = 0
) -> None:
    """Retire and prune for as long as the task lives.

    Args:
        documents: The store.
        now_utc: Tells the age of rows.
        history_days: Retired rows older than this are forgotten; 0: none ever is.
        client_id_days: Client ids older than this that authored nothing are forgotten; 0: none ever is.
    """
    for look in count():
        try:
            await tidy(documents, now_utc(), history_days=history_days)
            if client_id_days and look % _LOOKS_BETWEEN_IDS == 0:
                await tidy_client_ids(documents, now_utc(), days=client_id_days)
        except Refusal as refusal:  # storage is full or away: rows wait where they are
            _log.warning("history is not tidied", code=refusal.code, reason=refusal.reason)
        await trio.sleep(_LOOK_EVERY_SECONDS)


async def tidy(documents: DocumentStore, now_utc: Micros, *, history_days: int) -> None:
    """Retire what snapshots reach beyond, then prune what is older than `history_days`, portion by portion."""
    while await documents.retire(limit=PORTION) == PORTION:  # noqa: ASYNC110  # a rest, not a wait
        await trio.sleep(_REST_SECONDS)
    if not history_days:
        return
    before = Micros(now_utc - history_days * _MICROS_PER_DAY)
    while await documents.prune(before, limit=PORTION) == PORTION:  # noqa: ASYNC110  # as above
        await trio.sleep(_REST_SECONDS)


async def tidy_client_ids(documents: DocumentStore, now_utc: Micros, *, days: int) -> None:
    """Forget client ids that authored nothing and are older than `days`, document by document."""
    while await documents.date_client_ids(now_utc, limit=PORTION) == PORTION:  # noqa: ASYNC110  # a rest, not a wait
        await trio.sleep(_REST_SECONDS)
    before, idle_since = Micros(now_utc - days * _MICROS_PER_DAY), Micros(now_utc - _IDLE_FOR)
    document: DocumentName | None = DocumentName("")
    while document is not None:
        document = await documents.prune_client_ids(before, idle_since, after=document)
        await trio.sleep(_REST_SECONDS)
