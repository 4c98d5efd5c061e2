"""`hathor work`: media workers apart from the server, on the same data folder."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import click
import structlog
import trio

from hathor_rt.cli.compose import MEGABYTE, PCM_SHARE, open_storage
from hathor_rt.cli.serve import stop_on_signal
from hathor_rt.config import Config
from hathor_rt.library.shelf import Shelf
from hathor_rt.logs import configure_logs
from hathor_rt.refusals import BadSetting
from hathor_rt.storage.blobs import Blobs
from hathor_rt.storage.restoring import DataFolder, wait_until_pending
from hathor_rt.timebase import MonotonicTimebase
from media.pool import PoolTimes, open_pool

# A server asks for what somebody waits for: looking costs a tenth of a millisecond, and finds it soon.
_LOOK_SECONDS: Final = 0.1
_RETRY_SECONDS: Final = 0.25

_log = structlog.get_logger("hathor.work")


def run(config: Config, workers: int) -> None:
    """Do jobs until SIGINT or SIGTERM.

    Raises:
        BadSetting: No server has used this data folder.
        NewerData, StorageDown: The database cannot be used.
    """
    configure_logs(config.log_format, config.log_level)

    async def until_asked_to_stop() -> None:
        stopping = trio.Event()
        async with trio.open_nursery() as nursery:
            await nursery.start(stop_on_signal, stopping)
            await work_with_restores(stopping, config, workers)
            nursery.cancel_scope.cancel()

    trio.run(until_asked_to_stop)


async def work_with_restores(stopping: trio.Event, config: Config, workers: int) -> None:
    """Do jobs; whenever a backup is staged, let go of the data until the server has put it back."""
    if not (config.data / "cache").is_dir():
        # Results would lie where no server looks for them, and be made again and again.
        raise BadSetting(
            f"no server has used the data folder {config.data.absolute()} yet; set HATHOR_DATA to that of the server, "
            "on the same machine or on a file system that both see"
        )
    folder = DataFolder(config.data, config.database_url)
    while not stopping.is_set():
        ending = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_set_after, stopping.wait, ending)
            nursery.start_soon(_set_after, partial(wait_until_pending, folder), ending)
            with folder.held(alone=False) as is_held:
                if is_held and not folder.is_pending():
                    await _work(ending, config, workers)
            if not stopping.is_set():
                await trio.sleep(_RETRY_SECONDS)
            nursery.cancel_scope.cancel()


async def _set_after(happens: Callable[[], Awaitable[object]], event: trio.Event) -> None:
    await happens()
    event.set()


async def _work(ending: trio.Event, config: Config, workers: int) -> None:
    timebase = MonotonicTimebase()
    async with open_storage(config) as storage:
        # Without a limit: the server, which knows what is playing, keeps the cache within its own.
        shelf = Shelf(await Blobs.open(config.data / "cache"))
        async with open_pool(
            storage.jobs,
            shelf,
            workers=workers,
            data=config.data,
            now_utc=lambda: timebase.stamp().utc_at,
            cache_bytes=config.cache_megabytes * MEGABYTE // PCM_SHARE,
            times=PoolTimes(idle_poll_seconds=_LOOK_SECONDS),
        ) as pool:
            pool.warm()
            _log.info("working", workers=workers, data=str(config.data))
            click.echo(f"Working for the server of {config.data} with {workers} processes. Stop with Ctrl+C.")
            await ending.wait()
