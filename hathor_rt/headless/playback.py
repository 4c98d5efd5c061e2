"""The room's playback document as a follower keeps it."""

from pycrdt import Doc, Map

from sync.documents.playback import ROOT
from sync.timeline.plain import from_plain
from sync.timeline.transport import Transport


class PlaybackReplica:
    """A copy of `playback:<room>`, written by the server alone.

    Kept over connections: what it knows already is not sent again.
    """

    def __init__(self) -> None:
        self._doc: Doc[Map[object]] = Doc()
        self._root: Map[object] = self._doc.get(ROOT, type=Map)
        self.client_id = 0
        """Id issued for this copy, 0 before the first `Opened`. Nothing is ever authored under it."""

    @property
    def state_vector(self) -> bytes:
        """What this copy knows, for `Open`."""
        return self._doc.get_state()

    def apply(self, update: bytes) -> Transport | None:
        """Take in an update of the server; returns the record that holds then, None before the first.

        Raises:
            MalformedUpdate: The document holds no valid record.
        """
        self._doc.apply_update(update)
        plain: object = self._root.to_py() or {}
        record = plain.get("transport") if isinstance(plain, dict) else None
        return None if record is None else from_plain(record)
