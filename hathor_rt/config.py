"""Every setting, in one frozen record. Read from the environment only in `hathor_rt/cli/compose.py`.

The environment name of a field is ``HATHOR_`` and the field in capitals; units are part of the name. `docs/settings.md`
lists the same (a test compares them).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final, Literal, get_args, get_origin, get_type_hints

from hathor_rt.refusals import BadSetting


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one server process. Defaults suit a laptop at home."""

    host: str = "127.0.0.1"
    """Address to listen on. 0.0.0.0 or :: lets other devices on the network in."""
    port: int = 4280
    """TCP port of everything: pages, API, realtime, https."""
    data: Path = field(default=Path("var"))
    """Folder for the database, caches, keys and the demo library."""
    public_url: str = ""
    """The URL people use, when it differs from what the server sees (behind a proxy). Empty: found out."""
    database_url: str = ""
    """SQLAlchemy URL; empty: SQLite in the data folder."""
    tls_cert: str = ""
    """Certificate chain (PEM) to use for https instead of the local authority's."""
    tls_key: str = ""
    """Private key (PEM) that belongs to tls_cert."""
    trusted_proxies: str = ""
    """Comma-separated addresses or networks whose X-Forwarded-* headers are believed. Empty: none."""
    room_creation: Literal["anyone", "hosts", "nobody"] = "anyone"
    """Who may create rooms: any guest, only principals who already host one, or only the command line."""
    library_access: Literal["anyone", "members"] = "anyone"
    """Who may search the library: any guest, or only people inside a room."""
    upload_access: Literal["operator", "hosts", "anyone", "nobody"] = "operator"
    """Who may upload music: whoever sits at this machine, hosts of rooms as well, any guest, or nobody."""
    upload_file_megabytes: int = 500
    """Bound of one uploaded file."""
    upload_total_megabytes: int = 20000
    """Bound of all uploaded files together."""
    instance_access: Literal["auto", "open", "invite"] = "auto"
    """auto: an invite link is needed when listening beyond loopback with music besides the demo library."""
    media_workers: int = 1
    """Worker processes that decode and encode. 0: none, `hathor work` does it."""
    listen_ahead_percent: int = 50
    """Share of the time in which a worker listens to the library (tempo, key, loudness …) before it is played. 0: never."""
    cache_megabytes: int = 4096
    """Bound of the decoded and encoded audio kept in the data folder; less on a nearly full disk."""
    stems_model: str = "hathor-tiny"
    """Model that takes tracks apart into stems: one that `hathor models list` names."""
    pickled_models: int = 0
    """1: stems_model may be a pickle (.th), which can be made to run programs. 0: it may not."""
    segment_memory_megabytes: int = 32
    """Segments fetched last that the server holds in memory: half an hour of sound that people listen to together."""
    room_capacity: int = 200
    """Connections in one room."""
    queue_capacity: int = 5000
    """Entries in one queue."""
    queue_history: int = 30000
    """Entries ever added to one queue or playlist. Each leaves about 40 bytes in what a new listener loads."""
    document_authors: int = 20000
    """Pages that ever edited one document: each load of the page that edits is one, about 4 bytes in every handshake."""
    document_kilobytes: int = 3000
    """Size of one document with its past, at most 4000: it must fit into what a client takes."""
    document_capacity: int = 1000
    """Connections to one document that stands alone (a playlist or a scratch document)."""
    token_documents: int = 256
    """Documents that the clients of one document token have open at once, idle_room_seconds after the last left it included."""
    scratch_documents: int = 0
    """1: documents of any form may be used through /yjs, for experiments and load tests. 0: there are none."""
    segment_wait_seconds: int = 20
    """Longest time a request waits for a segment that is being made."""
    heartbeat_seconds: int = 9
    """A connection silent for three times this long is closed."""
    stale_reader_seconds: int = 30
    """A client that does not read for this long is dismissed; its stale flag is all it costs until then."""
    idle_room_seconds: int = 60
    """A room without connections is closed after this (it opens again on demand)."""
    drain_seconds: int = 1
    """Grace for connections at shutdown."""
    api_per_minute: int = 600
    """API requests per principal (or address, before there is one)."""
    sockets_per_minute: int = 20
    """New WebSockets per principal (or address); resumed ones do not count."""
    history_days: int = 0
    """Edits older than this are forgotten once no document needs them to be loaded. 0: none ever is."""
    client_id_days: int = 30
    """Yjs client ids given out before this and never used are forgotten. 0: none ever is."""
    metrics_token: str = ""
    """Whoever sends it as `Authorization: Bearer` may read /metrics from anywhere. Empty: only this machine may."""
    connection_capacity: int = 4096
    """Connections of all kinds at once; more are turned away. The process's limit of open files bounds them, too."""
    messages_per_second: int = 60
    """What one realtime connection may send in the long run; what exceeds it is not read until it is due."""
    messages_at_once: int = 300
    """What it may send in one go after a quiet time."""
    upload_kilobytes_per_second: int = 256
    """As messages_per_second, in kilobytes of messages."""
    upload_kilobytes_at_once: int = 2048
    """As messages_at_once, in kilobytes: the edits of an offline session come in one go."""
    receive_kilobytes: int = 32
    """What the kernel takes of one realtime connection ahead of the server (1024 bytes each, at least 32; Linux doubles it)."""
    longest_debt_seconds: int = 30
    """A realtime connection that is beyond its budget without a break for this long is ended."""
    log_format: Literal["text", "json"] = "text"
    """How log lines look on standard error."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe level that is logged."""


# Nothing would ever be let through.
_AT_LEAST_ONE: Final = frozenset(
    {
        "connection_capacity",
        "token_documents",
        "messages_per_second",
        "messages_at_once",
        "upload_kilobytes_per_second",
        "upload_kilobytes_at_once",
        "queue_history",
        "document_authors",
        "document_kilobytes",
    }
)
# Measured on Linux 6.18: a sender on the same machine, whose segments are 64 KiB, stalls for 200 ms at a time with 16.
_AT_LEAST: Final = {"receive_kilobytes": 32}
_AT_MOST: Final = {"document_kilobytes": 4000, "listen_ahead_percent": 100, "pickled_models": 1}


def read_config(environment: Mapping[str, str]) -> Config:
    """The settings an environment asks for.

    Raises:
        BadSetting: One or more ``HATHOR_`` variables are unknown or have impossible values; all are named at once.
    """
    hints = get_type_hints(Config)
    known = {f"HATHOR_{each.name.upper()}": each.name for each in fields(Config)}
    values: dict[str, object] = {}
    problems: list[str] = []
    for variable, text in sorted(environment.items()):
        if not variable.startswith("HATHOR_"):
            continue
        name = known.get(variable)
        if name is None:
            problems.append(f"{variable} is no setting")
            continue
        try:
            values[name] = _parse(
                text, hints[name], _AT_LEAST.get(name, int(name in _AT_LEAST_ONE)), _AT_MOST.get(name)
            )
        except ValueError as error:
            problems.append(f"{variable}={text!r}: {error}")
    if problems:
        raise BadSetting("; ".join(problems))
    return Config(**values)  # type: ignore[arg-type]  # each value was parsed by its field's own type


def _parse(text: str, kind: object, at_least: int, at_most: int | None) -> object:
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        if text not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return text
    if kind is int:
        number = int(text)
        if number < at_least:
            raise ValueError(f"expected a number of {at_least} or more")
        if at_most is not None and number > at_most:
            raise ValueError(f"expected a number of {at_most} or less")
        return number
    if kind is Path:
        return Path(text)
    return text
