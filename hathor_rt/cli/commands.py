"""`hathor`: every command, with help that teaches. Heavy parts are imported by the command that needs them."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import click

from hathor_rt.cli.compose import config_from_environment
from hathor_rt.config import Config
from sync.refusal import Refusal

# \b keeps click from reflowing the paragraph behind it.
HELP = """Hathor RT: friends in a room hear the same music at the same instant.

\b
First steps:
  hathor library demo              compose the demo library
  hathor library add ~/Music       add your own music (files are only read)
  hathor serve                     start, then open the URL it prints
  hathor room create "Friday"      make a room and print its link

Every option is also an environment variable, e.g. HATHOR_PORT (docs/settings.md).
"""


class _Group(click.Group):
    """Turns refusals into one clear line and a non-zero exit."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            _fail(refusal)
        except BaseExceptionGroup as group:
            refusals, others = group.split(Refusal)
            if refusals is None or others is not None:
                raise
            _fail(_first(refusals))


def _first(group: BaseExceptionGroup[Refusal]) -> Refusal:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _fail(refusal: Refusal) -> NoReturn:
    click.echo(f"hathor: {refusal.reason}  [{refusal.code}]", err=True)
    sys.exit(2)


_Command = TypeVar("_Command", bound=Callable[..., object])
_ADDRESS_OPTIONS: Final = (
    click.option("--host", help="Address to listen on or to reach; 0.0.0.0 lets other devices in."),
    click.option("--port", type=int, help="Port of everything: pages, API, realtime, https."),
    click.option("--data", type=click.Path(path_type=Path), help="Folder for the database, caches and keys."),
    click.option("--public-url", help="The URL people use, when it differs (behind a proxy)."),
)


def _address_options(command: _Command) -> _Command:
    """The options that people look for both before and behind `serve`."""
    for option in reversed(_ADDRESS_OPTIONS):
        command = option(command)
    return command


def _chosen(config: Config, options: Mapping[str, object]) -> Config:
    """`config` with the options that were given."""
    given = {name: value for name, value in options.items() if value is not None}
    return replace(config, **given)  # type: ignore[arg-type]  # click parses each to its field's type


@click.group(cls=_Group, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@_address_options
@click.version_option(package_name="hathor-rt", prog_name="hathor")
@click.pass_context
def main(ctx: click.Context, /, **options: object) -> None:
    """The root of all commands: reads settings once."""
    ctx.obj = _chosen(config_from_environment(), options)


@main.command()
@click.option("--music", multiple=True, type=click.Path(path_type=Path), help="Add this folder to the library first.")
@click.option("--qr", is_flag=True, help="Print the link as a QR code, too.")
@_address_options
@click.option("--tls-cert", help="Certificate chain (PEM) for https, instead of this server's own authority.")
@click.option("--tls-key", help="The private key (PEM) that belongs to it.")
@click.pass_obj
def serve(config: Config, /, music: tuple[Path, ...], qr: bool, **options: object) -> None:  # click passes flags so
    """Start the server and print its URL. Stop it with Ctrl+C."""
    from hathor_rt.cli.serve import run

    run(_chosen(config, options), music=music, shows_qr=qr)


@main.command()
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that decode and encode."
)
@click.pass_obj
def work(config: Config, workers: int) -> None:
    """Decode and encode for a server with the same data folder, apart from it: another priority, memory limit or machine.

    With HATHOR_MEDIA_WORKERS=0 the server itself has no workers and leaves everything to these.
    """
    from hathor_rt.cli.work import run

    run(config, workers)


@main.group()
def room() -> None:
    """Rooms from the command line."""


@room.command("create")
@click.argument("name")
@click.option("--add", "queries", multiple=True, help="Put the tracks that match this search into the queue.")
@click.option("--listed", is_flag=True, help="Everyone who can see this server may enter without the link.")
@click.pass_obj
def room_create(config: Config, name: str, queries: tuple[str, ...], listed: bool) -> None:
    """Make a room and print its link. The server may be running or not."""
    from hathor_rt.cli.rooms import create

    click.echo(create(config, name, queries, is_listed=listed))


@main.group()
def library() -> None:
    """The music: add folders, look, compose the demo library."""


@library.command("add")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_obj
def library_add(config: Config, paths: tuple[Path, ...]) -> None:
    """Add folders or files. They stay where they are and are never changed; run it again to pick up changes."""
    from hathor_rt.cli.library import add

    add(config, paths)


@library.command("scan")
@click.pass_obj
def library_scan(config: Config) -> None:
    """Look through all added folders again: new, moved, changed and missing files."""
    from hathor_rt.cli.library import rescan

    rescan(config)


@library.command("list")
@click.argument("query", default="")
@click.option("--limit", default=50, show_default=True)
@click.pass_obj
def library_list(config: Config, query: str, limit: int) -> None:
    """Tracks that match a search, one a line."""
    from hathor_rt.cli.library import list_tracks

    list_tracks(config, query, limit)


@library.command("duplicates")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def library_duplicates(config: Config, as_json: bool) -> None:
    """Tracks that are likely the same recording, by their sound. Needs libchromaprint1 when tracks are listened to."""
    from hathor_rt.cli.library import tell_duplicates

    tell_duplicates(config, as_json=as_json)


@library.command("demo")
@click.pass_obj
def library_demo(config: Config) -> None:
    """Compose the demo library (public domain, made by this project's own code) and its room."""
    from hathor_rt.cli.library import compose_demo

    compose_demo(config)


@main.command()
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def backup(config: Config, target: Path | None) -> None:
    """Copy rooms, people, keys and covers into one new file, TARGET or in it. The server may be running.

    Without TARGET it goes to the folder backups of the data. Music files and caches are left out. Keep the file to yourself:
    the server's keys are in it.
    """
    from hathor_rt.cli.backup import backup as make

    click.echo(make(config, target))


@main.command()
@click.argument("backup", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def restore(config: Config, backup: Path) -> None:
    """Put everything back as it was in BACKUP. The server may be running: it lets everybody go for a moment.

    What is there now is kept as a dated copy, which this command takes, too.
    """
    from hathor_rt.cli.backup import restore as put_back

    click.echo(put_back(config, backup))


@main.command()
@click.argument("url")
@click.option("--wav", type=click.Path(path_type=Path), help="Write what is heard to this WAV file.")
@click.option("--device", help="Play on this sound device (needs the extra hathor-rt[listen]).")
@click.option("--seconds", type=float, help="Stop after this long.")
@click.option(
    "--offset",
    type=float,
    help="Milliseconds by which the output sounds late, -1000 to 5000; kept where --data is given.",
)
@click.option("--name", default="Speaker", show_default=True, help="Name shown to the room.")
@click.option("--insecure", is_flag=True, help="Accept a https certificate that this machine does not trust.")
@click.pass_obj
def listen(
    config: Config,
    url: str,
    wav: Path | None,
    device: str | None,
    seconds: float | None,
    offset: float | None,
    name: str,
    insecure: bool,
) -> None:
    """Join the room at URL without a browser and play in step: a speaker on a small computer.

    It takes part in sound checks: it clicks and chirps with the others, and whoever measured the room can move its offset.
    """
    from hathor_rt.cli.listen import run

    run(
        url,
        wav=wav,
        device=device,
        seconds=seconds,
        offset=offset,
        name=name,
        accepts_any_certificate=insecure,
        config=config,
    )


@main.command()
@click.argument("url")
@click.option("--seconds", default=10.0, show_default=True, help="How long to probe; drift needs a minute to show.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; spans in microseconds.")
@click.option("--insecure", is_flag=True, help="Accept a https certificate that this machine does not trust.")
def doctor(url: str, seconds: float, as_json: bool, insecure: bool) -> None:
    """Tell how well this machine can keep the time of the server at URL: round trips, certified clock error, drift."""
    from hathor_rt.cli.doctor import run

    run(url, seconds=seconds, as_json=as_json, accepts_any_certificate=insecure)


@main.group()
def media() -> None:
    """Sound files: change tempo and pitch, separate stems, add effects, measure, analyse."""


@media.command("probe")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def media_probe(file: Path, as_json: bool) -> None:
    """Read FILE to its end: playable length, loudness, true peak, and what is odd about it."""
    from hathor_rt.cli.media import probe

    found = probe(file)
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, value in found.items():
        click.echo(f"{name:<14} {'–' if value in (None, '') else value}")


@media.command("analyse")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--plot", type=click.Path(path_type=Path), metavar="OUT.png", help="Draw waveform and beats.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with all beats.")
def media_analyse(file: Path, plot: Path | None, as_json: bool) -> None:
    """Listen to FILE: tempo, beats, key, loudness, where it is audible, and estimates of its energy and mood."""
    from hathor_rt.cli.media import analyse, readable

    found = analyse(file, plot)
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, value in readable(found):
        click.echo(f"{name:<18} {value}")


@media.command("stretch")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--tempo", default=1.0, show_default=True, help="0.5 to 2; 1.25 plays a quarter faster.")
@click.option("--pitch", default=0.0, show_default=True, help="-12 to 12 semitones; 0.5 is 50 cents.")
@click.option("--formants", is_flag=True, help="Keep the formants where they are when the pitch moves, as voices need.")
@click.option("--engine", default="music", show_default=True, help="music, live (short windows), speech, rubberband.")
def media_stretch(source: Path, target: Path, tempo: float, pitch: float, formants: bool, engine: str) -> None:
    """Play SOURCE faster or slower, higher or lower, into the WAV file TARGET (32-bit float)."""
    from hathor_rt.cli.media import Stretch, stretch

    stretch(Stretch(source, target, tempo, pitch, formants, engine))


@media.command("render")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--tempo", default=1.0, show_default=True, help="0.5 to 2, in thousandths; 1.25 plays a quarter faster.")
@click.option("--pitch", default=0.0, show_default=True, help="-12 to 12 semitones, in cents; 0.5 is 50 cents.")
@click.option("--formants", is_flag=True, help="Keep the formants where they are when the pitch moves, as voices need.")
@click.option("--segments", type=click.Path(path_type=Path), help="A folder to write the segments to as well.")
@click.option(
    "--codec", type=click.Choice(["opus", "flac"]), default="opus", show_default=True, help="Of the segments."
)
def media_render(
    source: Path, target: Path, tempo: float, pitch: float, formants: bool, segments: Path | None, codec: str
) -> None:
    """Make a rendition of SOURCE exactly as listeners hear it, into the WAV file TARGET (32-bit float, 48 kHz)."""
    from hathor_rt.cli.media import Render, render

    render(Render(source, target, tempo, pitch, formants, segments, codec))


@media.command("effects")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--preset", help="bass, voice, night, loud, warm, slapback, hall, … (media/effects/presets.py).")
@click.option(
    "--json", "settings", type=click.Path(path_type=Path), help="File of settings (media/effects/settings.py)."
)
def media_effects(source: Path, target: Path, preset: str | None, settings: Path | None) -> None:
    """Pass SOURCE through equalizer, drive, compressor, echo, reverb and limiter into the WAV file TARGET (32-bit float)."""
    if (preset is None) == (settings is None):
        raise click.UsageError("either --preset or --json says which effects")
    from hathor_rt.cli.media import Effects, effects

    effects(Effects(source, target, preset, settings))


@media.command("separate")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--model", default="", help="Of those that `hathor models list` names; the one of this program unless given."
)
@click.option(
    "--pickled", is_flag=True, help="Read a model that is a pickle (.th): only if you trust where it comes from."
)
@click.pass_obj
def media_separate(config: Config, source: Path, folder: Path, model: str, pickled: bool) -> None:
    """Take SOURCE apart into WAV files (32-bit float) in FOLDER: drums, bass, other, vocals, as the model has them.

    Together they are SOURCE again. The model of this program has only ever heard music that was composed by it.
    """
    from hathor_rt.cli.media import Separation, separate
    from hathor_rt.cli.models import models_folder

    for path in separate(Separation(source, folder, models_folder(config), model, pickled)):
        click.echo(path)


@main.group()
def models() -> None:
    """What takes music apart into stems."""


@models.command("list")
@click.pass_obj
def models_list(config: Config) -> None:
    """Every model: that of the program, your own (in the folder models of the data), those that can be fetched."""
    from hathor_rt.cli.models import listed, tell

    tell(listed(config))


@models.command("fetch")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Accept the licence that would be shown.")
@click.pass_obj
def models_fetch(config: Config, name: str, yes: bool) -> None:
    """Fetch the model NAME into the folder models of the data, after showing its licence. Nothing else ever fetches one."""
    from hathor_rt.cli.models import fetch, listed, models_folder

    for model in listed(config):
        if model.name == name and model.state == "there":
            click.echo(f"{name} is there already; to fetch it again, take it out of {models_folder(config)} first")
            return
        if model.name == name and model.state == "fetchable":
            click.echo(f"{name}, about {model.megabytes:.0f} MB. {model.about}", err=True)
            if not yes:
                click.confirm("Fetch it?", abort=True, err=True)
    fetched = fetch(config, name)
    click.echo(f"{fetched.path}  sha256 {fetched.sha256}")


@main.group(invoke_without_command=True)
@click.option("--document", help="KIND:ID of a queue, playback, playlist or scratch document, or scratch:*.")
@click.option("--role", default="viewer", show_default=True, help="host, guest (rooms); owner, editor; viewer.")
@click.option("--create", is_flag=True, help="Make the playlist first, if it is not there.")
@click.option("--title", default="", help="Title of a playlist that is made.")
@click.option("--hours", default=24, show_default=True, help="How long the token lives.")
@click.option("--for", "principal", default="", help="Principal it acts for; a new one unless given.")
@click.option("--name", default="Yjs client", show_default=True, help="Name of a new principal.")
@click.pass_context
def token(
    ctx: click.Context,
    document: str | None,
    role: str,
    create: bool,
    title: str,
    hours: int,
    principal: str,
    name: str,
) -> None:
    """Print the URL with which any Yjs program can use a document. The server may be running or not."""
    if ctx.invoked_subcommand is not None:
        return
    if document is None:
        raise click.UsageError("--document KIND:ID says what the token is for")
    from hathor_rt.cli.tokens import Wanted, issue

    issued = issue(ctx.obj, Wanted(document, role, hours, create, title, principal, name))
    click.echo(issued.url)
    click.echo(
        f"Token {issued.token.token} acts for principal {issued.token.principal}; keep the URL secret.", err=True
    )


@token.command("list")
@click.pass_obj
def token_list(config: Config) -> None:
    """Every token by its name: what it is for, until when."""
    from hathor_rt.cli.tokens import listed

    for line in listed(config):
        click.echo(line)


@token.command("revoke")
@click.argument("name")
@click.pass_obj
def token_revoke(config: Config, name: str) -> None:
    """End the token called NAME (see list); whoever uses it now is let go within a second or so."""
    from hathor_rt.cli.tokens import revoke

    revoke(config, name)


@main.group()
def tls() -> None:
    """Https for other devices on the network."""


@tls.command("show")
@click.pass_obj
def tls_show(config: Config) -> None:
    """Explain how devices come to trust this server, and where its authority's certificate is."""
    from hathor_rt.cli.tls import show

    show(config)


@tls.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_obj
def tls_export(config: Config, target: Path) -> None:
    """Copy the authority's certificate (never its key) to TARGET, to install it on a phone or computer."""
    from hathor_rt.cli.tls import export

    export(config, target)


@tls.command("prepare", hidden=True)
@click.pass_obj
def tls_prepare(config: Config) -> None:
    """Have a certificate ready for the next start of the server, which calls this itself when it needs to."""
    from hathor_rt.cli.tls import prepare

    prepare(config)


@tls.command("renew")
@click.pass_obj
def tls_renew(config: Config) -> None:
    """Make a new server certificate from the same authority."""
    from hathor_rt.cli.tls import renew

    renew(config)
