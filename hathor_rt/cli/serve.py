"""`hathor serve`: start, say where, run until asked to stop."""

import gc
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import click
import structlog
import trio

from hathor_rt.accounts.instance import Instance, is_loopback, is_public
from hathor_rt.cli.compose import Composition, open_services
from hathor_rt.cli.tls import context_of
from hathor_rt.config import Config
from hathor_rt.library.scan import ScanReport
from hathor_rt.logs import configure_logs
from hathor_rt.storage.restoring import DataFolder, apply_if_pending, wait_until_pending
from hathor_rt.tls.addresses import lan_address
from web.serving import Serving, serve

# Another server on the same data needs a moment to let its rooms go.
_OTHERS_SECONDS: Final = 30
_RETRY_SECONDS: Final = 0.25

_log = structlog.get_logger("hathor.serve")


def run(config: Config, *, music: Sequence[Path] = (), shows_qr: bool = False) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        config: The settings.
        music: Folders to add to the library while serving.
        shows_qr: Print the link as a QR code, too.

    Raises:
        PortInUse, BadSetting, NewerData, StorageDown: The server could not start.
    """
    configure_logs(config.log_format, config.log_level)
    folders = tuple(path.absolute() for path in music)

    async def until_asked_to_stop() -> None:
        stopping = trio.Event()
        async with trio.open_nursery() as nursery:
            await nursery.start(stop_on_signal, stopping)
            await serve_with_restores(stopping, config, music=folders, shows_qr=shows_qr)
            nursery.cancel_scope.cancel()

    trio.run(until_asked_to_stop)


async def serve_with_restores(
    stopping: trio.Event, config: Config, *, music: Sequence[Path] = (), shows_qr: bool = False
) -> None:
    """Serve; whenever a backup is staged, let everybody go for a moment, put it back, and serve on at the same port."""
    folder = DataFolder(config.data, config.database_url)
    while not stopping.is_set():
        restored = await apply_if_pending(folder, patience_seconds=_OTHERS_SECONDS)
        if restored is not None:
            _log.warning("backup put back", kept=restored.kept, failure=restored.failure)
        # What the last round froze may go.
        gc.unfreeze()
        ending = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_set_after, stopping.wait, ending)
            nursery.start_soon(_set_after, partial(wait_until_pending, folder), ending)
            with folder.held(alone=False) as is_held:
                # Not held: somebody is just putting a backup back, without a word to us. Then once more.
                if is_held:
                    port = await serve_until(ending, config, music=music, shows_qr=shows_qr)
                    config = replace(config, port=port)
                else:
                    await trio.sleep(_RETRY_SECONDS)
            nursery.cancel_scope.cancel()


async def _set_after(happens: Callable[[], Awaitable[object]], event: trio.Event) -> None:
    await happens()
    event.set()


async def serve_until(
    stopping: trio.Event, config: Config, *, music: Sequence[Path] = (), shows_qr: bool = False
) -> int:
    """Open all services, announce the URL, scan `music` beside serving, and drain when `stopping` is set.

    Returns:
        The port it was, if 0 left the choice to the system.
    """
    tls = await trio.to_thread.run_sync(context_of, config)
    async with open_services(config) as services, trio.open_nursery() as nursery:
        # Before anybody comes, and before the link is printed: whose music it is decides who needs an invitation.
        for folder in music:
            await services.application.storage.tracks.add_root(str(folder))

        async def serve_web(task_status: trio.TaskStatus[Serving]) -> None:
            await serve(
                services.application,
                stopping=stopping,
                are_workers_ready=lambda: services.pool.is_able,
                tls=tls,
                task_status=task_status,
            )
            nursery.cancel_scope.cancel()

        serving = await nursery.start(serve_web)
        await _announce(config, services, serving, shows_qr=shows_qr)
        services.pool.warm()
        # What start-up made lives as long as the process: collections need not look at it again.
        gc.freeze()
        for folder in music:
            await _scan(services, folder)
    port: int = serving.addresses[0].port
    return port


async def stop_on_signal(stopping: trio.Event, *, task_status: trio.TaskStatus[None]) -> None:
    """Set `stopping` with the first SIGINT or SIGTERM; the second one ends everything at once. Ready when it listens."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            if stopping.is_set():
                raise KeyboardInterrupt  # asked twice: do not wait for anybody
            click.echo("Stopping …", err=True)
            stopping.set()


async def _announce(config: Config, services: Composition, serving: Serving, *, shows_qr: bool) -> None:
    """Print where the server is, for people and for scripts: the last word of the first line is the URL."""
    port = serving.addresses[0].port
    host = config.host if not is_public(config) else (lan_address() or "localhost")
    url = config.public_url or f"http://{'localhost' if is_loopback(host) else host}:{port}"
    needs_key = await Instance(config, services.application.storage).needs_invite()
    link = f"{url}/?k={serving.invite}" if needs_key else f"{url}/"
    click.echo(f"Hathor RT is ready:  {link}")
    if is_public(config) and serving.has_tls and not config.public_url:
        click.echo(f"Tighter sync on phones, over https:  https://{host}:{port}/  (hathor tls show explains)")
    if is_public(config) and not is_loopback(host):
        click.echo(f"On this machine:  http://localhost:{port}/")
    if shows_qr:
        import segno

        segno.make(link, error="m").terminal(compact=True)
    click.echo("Stop with Ctrl+C.")


async def _scan(services: Composition, folder: Path) -> ScanReport:
    report = await services.scanner.scan(folder)
    _log.info("library", folder=str(folder), files=report.files, read=report.read, refused=len(report.refused))
    for path, reason in report.refused:
        _log.warning("file refused", path=path, reason=reason)
    return report
