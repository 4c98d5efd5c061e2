"""`hathor library …`: the music from the command line."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import CalledProcessError

import click
import trio

from hathor_rt.cli.compose import demo_folder, open_covers, open_services, open_storage
from hathor_rt.cli.rooms import SERVER
from hathor_rt.config import Config
from hathor_rt.ids import DocumentName, TrackId
from hathor_rt.library.scan import Scanner, ScanReport
from hathor_rt.refusals import DamagedFile
from hathor_rt.storage.ports import Storage
from media.likeness import groups, likely_same
from sync.units import MICROS_PER_SECOND

DEMO_ROOM = "The listening room"


def add(config: Config, paths: Sequence[Path]) -> None:
    """Scan `paths` into the library, with a progress bar; prints what was refused and why."""
    trio.run(_scan_all, config, tuple(path.absolute() for path in paths))


def rescan(config: Config) -> None:
    """Scan every folder that was ever added."""

    async def scan() -> None:
        async with open_storage(config) as storage:
            roots = [Path(root) for root in await storage.tracks.roots()]
        await _scan_all(config, roots)

    trio.run(scan)


def list_tracks(config: Config, query: str, limit: int) -> None:
    """Print matching tracks: id, length, artist, title; tempo and key once somebody listened."""

    async def show() -> None:
        async with open_storage(config) as storage:
            for track in await storage.tracks.search(query, limit=limit, offset=0):
                seconds = track.length_estimate // MICROS_PER_SECOND
                told = (
                    "" if track.tempo_bpm is None else f"  {track.tempo_bpm:.0f} BPM, {track.musical_key or 'no key'}"
                )
                click.echo(f"{track.track}  {seconds // 60:3}:{seconds % 60:02}  {track.artist} – {track.title}{told}")
            click.echo(f"{await storage.tracks.count()} tracks in the library", err=True)

    trio.run(show)


def tell_duplicates(config: Config, *, as_json: bool) -> None:
    """Print groups of tracks that are likely the same recording, and how many tracks could be compared."""

    async def show() -> None:
        async with open_storage(config) as storage:
            fingerprints = await storage.tracks.fingerprints()
            total = await storage.tracks.count()
            pairs = likely_same(fingerprints)
            found = [list((await storage.tracks.many(group)).values()) for group in groups(pairs)]
        if as_json:
            alike = [{"tracks": [pair.one, pair.two], "bit_error": round(pair.bit_error, 4)} for pair in pairs]
            click.echo(json.dumps({"pairs": alike, "compared": len(fingerprints), "tracks": total}))
            return
        for group in found:
            click.echo("likely the same recording:")
            for track in group:
                click.echo(f"  {track.track}  {track.artist} – {track.title}")
        click.echo(
            f"{len(fingerprints)} of {total} tracks have a fingerprint; the others were not listened to yet, are shorter than "
            "three seconds, or libchromaprint1 was not installed when they were",
            err=True,
        )

    trio.run(show)


def compose_demo(config: Config) -> None:
    """Render the demo library if it is not there, bring it in, and make the room everyone may enter.

    Raises:
        DamagedFile: The composer failed; its own words are on standard error.
    """
    trio.run(_compose_demo, config)


async def _compose_demo(config: Config) -> None:
    folder = demo_folder(config)
    folder.mkdir(parents=True, exist_ok=True)
    # A process of its own: this one never loads numpy.
    try:
        await trio.run_process([sys.executable, "-m", "media.composer", str(folder)])
    except CalledProcessError as error:
        raise DamagedFile("the demo library could not be composed") from error
    async with open_services(config) as services:
        await services.scanner.scan(folder, is_demo=True)
        application = services.application
        demo = await _demo_tracks(application.storage)
        rooms = await application.rooms.mine(SERVER)
        room = next((record.room for record in rooms if record.is_listed and not record.owner), None)
        if room is None:
            room = (await application.rooms.create(SERVER, DEMO_ROOM, is_listed=True))[0].room
        # An earlier run may have ended between the two.
        if not await application.storage.documents.history(DocumentName(f"queue:{room}"), limit=1):
            await application.rooms.add_tracks(room, SERVER, demo)
        # Known lengths and first segments make the very first play as quick as every other.
        for track in demo:
            await services.recordings.frames(track)


async def _demo_tracks(storage: Storage) -> list[TrackId]:
    tracks = [track for track in await storage.tracks.search("", limit=100, offset=0) if track.is_demo]
    return [track.track for track in sorted(tracks, key=lambda track: (track.track_number or 0, track.title))]


async def _scan_all(config: Config, roots: Sequence[Path]) -> None:
    async with open_storage(config) as storage:
        scanner = Scanner(storage.tracks, await open_covers(config))
        for root in roots:
            _tell(root, await _scan_with_bar(scanner, root, is_demo=root == demo_folder(config)))


async def _scan_with_bar(scanner: Scanner, root: Path, *, is_demo: bool) -> ScanReport:
    with click.progressbar(length=1, label=str(root), file=sys.stderr, update_min_steps=20) as bar:

        def on_progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        report = await scanner.scan(root, is_demo=is_demo, on_progress=on_progress)
        bar.update((bar.length or 1) - bar.pos)
        return report


def _tell(root: Path, report: ScanReport) -> None:
    if report.is_root_missing:
        click.echo(f"{root} is not there (unmounted?): {report.missing} tracks are unavailable until it is back")
        return
    click.echo(
        f"{root}: {report.files} files, {report.read} read, {report.unchanged} unchanged, "
        f"{report.missing} missing, {len(report.refused)} refused"
    )
    for path, reason in report.refused:
        click.echo(f"  refused {path}: {reason}")
