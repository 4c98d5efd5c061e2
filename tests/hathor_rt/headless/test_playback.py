import pytest
from pycrdt import Doc, Map

from hathor_rt.headless.playback import PlaybackReplica
from sync.refusal import MalformedUpdate
from sync.timeline import transport as timeline
from sync.timeline.plain import to_plain
from sync.timeline.transport import Cue
from sync.units import Micros, SampleCount


class Server:
    """The one author of the document."""

    def __init__(self) -> None:
        self.doc: Doc[Map[object]] = Doc(client_id=1)
        self._root: Map[object] = self.doc.get("playback", type=Map)

    def write(self, record: object) -> bytes:
        before = self.doc.get_state()
        self._root["transport"] = record
        return self.doc.get_update(before)


SONG = Cue("e1", "t1", "a", SampleCount(4_800))


def test_it_follows_what_the_server_writes() -> None:
    server, replica = Server(), PlaybackReplica()
    first = timeline.play(timeline.empty("p"), SONG, Micros(0), Micros(5))
    second = timeline.pause(first, Micros(50))
    assert replica.apply(server.write(to_plain(first))) == first
    assert replica.apply(server.write(to_plain(second))) == second


def test_a_document_without_a_record_is_no_error() -> None:
    assert PlaybackReplica().apply(Doc(client_id=1).get_update()) is None


def test_after_a_lost_connection_only_what_is_missing_is_asked_for() -> None:
    server, replica = Server(), PlaybackReplica()
    for revision in range(50):
        replica.apply(server.write({**to_plain(timeline.empty("p")), "revision": revision}))
    update = server.write(to_plain(timeline.play(timeline.empty("q"), SONG, Micros(0), Micros(5))))
    missing = server.doc.get_update(replica.state_vector)
    assert len(missing) < 2 * len(update)
    found = replica.apply(missing)
    assert found is not None
    assert found.clock_epoch == "q"


def test_a_record_that_is_none_is_told_so() -> None:
    server, replica = Server(), PlaybackReplica()
    with pytest.raises(MalformedUpdate):
        replica.apply(server.write({"status": "dancing"}))
    # The next good one is taken.
    assert replica.apply(server.write(to_plain(timeline.empty("p")))) == timeline.empty("p")
