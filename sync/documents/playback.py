"""What a room plays: one record that the conductor alone writes and every listener follows.

Root map ``playback``, key ``transport``: a plain value (see `sync.timeline.transport` for its fields). A document, so that
late joiners, offline devices and any Yjs client get it the ordinary way; with one author, so that nothing can fork it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pycrdt import Map

from sync.documents.kind import Action, Change, Edit, Kind, Nested, Verdict, View
from sync.documents.limits import Limits
from sync.documents.plain import Plain, is_storable
from sync.documents.replica import Replica
from sync.refusal import SchemaViolation

ROOT: Final = "playback"

_TRANSPORT: Final = "transport"


class Wrote(Action, frozen=True, tag="wrote"):
    """The record under `key` was replaced."""

    key: str


class Bent(Action, frozen=True, tag="bent"):
    """Somebody changed the room's vibe to this."""

    tempo_permille: int
    pitch_cents: int
    keeps_formants: bool


class PlaybackView(View):
    """The newest record."""

    def __init__(self, transport: Mapping[str, Plain] | None) -> None:
        self.transport = transport

    def judge(self, changes: Sequence[Change], limits: Limits) -> Verdict:
        """See `View.judge`."""
        written: Mapping[str, Plain] | None = None
        for change in changes:
            if change.key != _TRANSPORT or isinstance(change.value, Nested) or not isinstance(change.value, Mapping):
                raise SchemaViolation(f"a playback document holds one plain record, {_TRANSPORT}")
            written = change.value
        if written is None:
            return Verdict((), lambda: None)
        record = written
        return Verdict((Wrote(_TRANSPORT),), lambda: self._settle(record))

    def _settle(self, transport: Mapping[str, Plain]) -> None:
        self.transport = transport


def transport(replica: Replica) -> Mapping[str, Plain] | None:
    """The record as a plain value, None before the first one."""
    view = replica.view
    assert isinstance(view, PlaybackView), f"expected a playback document, not a {replica.kind.name} document"
    return view.transport


def write_transport(record: Mapping[str, Plain]) -> Edit:
    """Replace the record.

    Raises:
        ValueError: A number in it is not exact in JavaScript (beyond 2^53, or not finite).
    """
    if not is_storable(record):
        raise ValueError("a transport record holds numbers that JavaScript cannot")
    plain = dict(record)

    def edit(root: Map[object]) -> None:
        root[_TRANSPORT] = plain

    return edit


def _open_view(content: Mapping[str, Plain], used: frozenset[str]) -> PlaybackView:
    record = content.get(_TRANSPORT)
    if isinstance(record, Nested) or (record is not None and not isinstance(record, Mapping)):
        raise SchemaViolation("the stored transport is no record")
    return PlaybackView(record)


PLAYBACK: Final = Kind("playback", ROOT, _open_view, is_server_written=True)
"""The kind ``playback:<room>``."""
