"""The composition root: the only place that reads the environment, names engines and builds the services."""

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import trio

from hathor_rt.accounts.document_tokens import DocumentTokens
from hathor_rt.accounts.guests import Guests
from hathor_rt.application import Application
from hathor_rt.config import Config, read_config
from hathor_rt.documents.lease import Leases
from hathor_rt.ids import random_id
from hathor_rt.library.catalogue import Catalogue
from hathor_rt.library.delivery import SegmentDelivery
from hathor_rt.library.links import SECRET_NAME
from hathor_rt.library.listening_ahead import ListeningAhead
from hathor_rt.library.prefetch import Prefetch
from hathor_rt.library.recordings import LibraryRecordings
from hathor_rt.library.room_recordings import RoomRecordings
from hathor_rt.library.scan import Scanner
from hathor_rt.library.shelf import Shelf
from hathor_rt.library.sound_files import SoundFiles
from hathor_rt.library.sources import Sources
from hathor_rt.library.stem_sets import StemSets
from hathor_rt.library.uploads import Uploads
from hathor_rt.loop_lag import sample_loop_lag
from hathor_rt.observations import Gauge, Observations
from hathor_rt.playlists.standalone import DocumentSettings, StandaloneDocuments
from hathor_rt.rooms import playing_quality
from hathor_rt.rooms.directory import Directory, RoomSettings
from hathor_rt.rooms.hosting import Hosting
from hathor_rt.rooms.ports import Recordings
from hathor_rt.rooms.upcoming import upcoming
from hathor_rt.storage.blobs import Blobs
from hathor_rt.storage.ports import Storage
from hathor_rt.storage.retention import keep_tidy
from hathor_rt.storage.sql.opening import open_sql
from hathor_rt.timebase import MonotonicTimebase, Timebase
from media.pool import Pool, open_pool
from media.unfinished_stems import FOLDER
from sync.documents.limits import Limits
from sync.wire.frames import Report

# Half of the cache for decoded sound (11.5 MB a minute), half for segments (1 MB a minute).
PCM_SHARE: Final = 2
MEGABYTE: Final = 1_000_000
_KILOBYTE: Final = 1_000


def config_from_environment() -> Config:
    """Settings from ``HATHOR_`` variables. Raises `BadSetting`."""
    return read_config(os.environ)


@dataclass(frozen=True, slots=True)
class Composition:
    """A running set of services."""

    application: Application
    pool: Pool
    recordings: Recordings
    scanner: Scanner


@asynccontextmanager
async def open_storage(config: Config, observations: Observations | None = None) -> AsyncIterator[Storage]:
    """The storage engine that the settings ask for. Raises `NewerData`, `StorageDown`, `BadSetting`."""
    async with open_sql(config.database_url, config.data, observations) as storage:
        yield storage


async def open_covers(config: Config) -> Blobs:
    """Files that are kept for good."""
    return await Blobs.open(config.data / "blobs")


@asynccontextmanager
async def open_services(config: Config) -> AsyncIterator[Composition]:
    """All services, running; closed in reverse order at the end of the block.

    Raises:
        NewerData, StorageDown, StorageFull, BadSetting: See `open_sql` and `Blobs.open`.
    """
    timebase, observations = MonotonicTimebase(), Observations()
    # Two processes on one machine are two nodes.
    node = f"{socket.gethostname()}-{random_id(8)}"
    cache_bytes = config.cache_megabytes * MEGABYTE // PCM_SHARE
    async with open_storage(config, observations) as storage:
        covers = await open_covers(config)
        shelf = Shelf(await Blobs.open(config.data / "cache", cache_bytes))
        async with (
            open_pool(
                storage.jobs,
                shelf,
                workers=config.media_workers,
                data=config.data,
                now_utc=lambda: timebase.stamp().utc_at,
                cache_bytes=cache_bytes,
            ) as pool,
            trio.open_nursery() as nursery,
        ):
            sources = Sources(storage.tracks)
            stems = StemSets(
                sources,
                pool,
                shelf,
                model=config.stems_model,
                models=(config.data / "models").absolute(),
                unfinished=(config.data / FOLDER).absolute(),
                takes_pickled=config.pickled_models > 0,
            )
            prefetch = Prefetch(pool, SoundFiles(sources, stems))
            recordings = LibraryRecordings(storage.tracks, pool, shelf, prefetch)
            delivery = SegmentDelivery(
                storage.tracks,
                recordings,
                prefetch,
                pool,
                shelf,
                stems,
                key=await storage.secrets.secret(SECRET_NAME),
                wait_seconds=config.segment_wait_seconds,
            )
            heard = RoomRecordings(recordings, delivery)
            leases = Leases(nursery, storage.rooms, timebase, node=node)
            directory = Directory(nursery, storage, heard, timebase, leases, _room_settings(config, node), observations)
            settings = _document_settings(config, node)
            documents = StandaloneDocuments(nursery, storage, heard, timebase, leases, settings, observations)
            scanner = Scanner(storage.tracks, covers)
            uploads = Uploads(
                (config.data / "uploads").absolute(),
                (config.data / "uploading").absolute(),
                scanner,
                storage.tracks,
                pool,
                file_bytes=config.upload_file_megabytes * MEGABYTE,
                total_bytes=config.upload_total_megabytes * MEGABYTE,
            )
            await uploads.tidy()
            application = Application(
                config=config,
                timebase=timebase,
                storage=storage,
                guests=Guests(storage.principals, lambda: timebase.stamp().utc_at),
                rooms=Hosting(storage.rooms, directory, heard, timebase),
                library=Catalogue(storage.tracks, recordings, pool, shelf, Shelf(covers)),
                delivery=delivery,
                documents=documents,
                tokens=DocumentTokens(storage.tokens, timebase),
                stems=stems,
                uploads=uploads,
                generation=await storage.documents.generation(),
                observations=observations,
            )
            _look_at(observations, storage, directory)
            nursery.start_soon(sample_loop_lag, observations.loop_lag)
            nursery.start_soon(shelf.keep_within_limit)
            nursery.start_soon(_keep_tidy, storage, timebase, config)
            if config.listen_ahead_percent:
                ahead = ListeningAhead(
                    storage.tracks,
                    recordings,
                    lambda: upcoming(room.core for room in directory.all_open()),
                    percent=config.listen_ahead_percent,
                )
                nursery.start_soon(ahead.run)
            yield Composition(application, pool, heard, scanner)
            nursery.cancel_scope.cancel()


async def _keep_tidy(storage: Storage, timebase: Timebase, config: Config) -> None:
    await keep_tidy(
        storage.documents,
        lambda: timebase.stamp().utc_at,
        history_days=config.history_days,
        client_id_days=config.client_id_days,
    )


def _look_at(observations: Observations, storage: Storage, directory: Directory) -> None:
    """Register what is there anyway."""
    observations.look_at("rooms", "Open rooms.", lambda: len(directory.all_open()))
    for name, meaning in (("participants", "Connections in rooms."), ("listeners", "Devices that play in rooms.")):
        observations.look_at(name, meaning, partial(_in_all_rooms, directory, name))
    for name, (meaning, label, figure) in _PLAYING.items():
        observations.gauges.append(Gauge(name, meaning, label, _of_listeners(directory, figure)))
    observations.gauges.append(Gauge("jobs", "Jobs of the media workers.", "state", storage.jobs.counts))


def _in_all_rooms(directory: Directory, name: str) -> int:
    return sum(room.positions()[name] for room in directory.all_open())


_PLAYING: Final[Mapping[str, tuple[str, str, Callable[[Iterable[Report]], Mapping[str, float]]]]] = {
    "listener_states": ("Listeners by what is heard on them.", "state", playing_quality.states),
    "playback_error_seconds": (
        "Distance of listeners in step from their room's position.",
        "quantile",
        playing_quality.playback_error,
    ),
    "clock_error_seconds": ("Certified error of the listeners' clocks.", "quantile", playing_quality.clock_error),
    "round_trip_seconds": ("Round trips of the listeners.", "quantile", playing_quality.round_trip),
}


def _of_listeners(
    directory: Directory, figure: Callable[[Iterable[Report]], Mapping[str, float]]
) -> Callable[[], Awaitable[Mapping[str, float]]]:
    async def look() -> Mapping[str, float]:
        return figure(playing_quality.reports_of(room.core.attendance for room in directory.all_open()))

    return look


def demo_folder(config: Config) -> Path:
    """Where the demo library lies."""
    return (config.data / "demo").absolute()


def document_limits(config: Config) -> Limits:
    """What one document may cost. What the protocol itself bounds (sizes of updates, texts, nesting) is no setting."""
    return Limits(
        client_ids=config.document_authors,
        entries=config.queue_capacity,
        entry_ids=config.queue_history,
        state_bytes=config.document_kilobytes * _KILOBYTE,
    )


def _room_settings(config: Config, node: str) -> RoomSettings:
    return RoomSettings(
        node=node,
        room_capacity=config.room_capacity,
        limits=document_limits(config),
        idle_room_seconds=config.idle_room_seconds,
    )


def _document_settings(config: Config, node: str) -> DocumentSettings:
    return DocumentSettings(
        node=node,
        capacity=config.document_capacity,
        limits=document_limits(config),
        idle_seconds=config.idle_room_seconds,
        has_scratch=config.scratch_documents > 0,
    )
