"""Outlets of a room: who is behind misses nothing in the end."""

from hathor_rt.documents.effects import Publish, Send
from hathor_rt.documents.ports import SharedPayload
from hathor_rt.documents.readers import Readers
from hathor_rt.ids import ConnectionId
from hathor_rt.rooms.effects import Tick
from hathor_rt.rooms.events import Event
from sync.wire.frames import Changed, Close, Done, Ending, Opened, People
from tests.fakes.core_stage import PLAYBACK, QUEUE, Device, Stage
from tests.fakes.rooms_world import RememberingOutlet


class Theatre:
    """A stage whose devices get their frames through outlets."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.readers = Readers(self.stage.core.documents, self.stage.core.news_for)

    def come(self, name: str, *, opens: bool = True) -> tuple[Device, RememberingOutlet]:
        device = self.stage.come(name, "host" if name == "hana" else "guest", opens=opens)
        outlet = RememberingOutlet(device.connection)
        self.readers.seat(outlet)
        return device, outlet

    def do(self, *events: Event) -> Tick:
        tick = self.stage.do(*events)
        for effect in tick.effects:
            if isinstance(effect, Send):
                self.readers.send(effect.connection, effect.frame)
            elif isinstance(effect, Publish):
                self.readers.publish(effect.connections, effect.frame)
        self.readers.heal()
        return tick

    def shown(self, device: Device, outlet: RememberingOutlet) -> set[str]:
        """The queue that a device would show that heard of nothing but what its outlet took."""
        fresh = Device(device.name, device.connection)
        for frame in outlet.frames:
            fresh.take(frame)
        return set(fresh.entries())


def test_frames_go_to_the_outlet_of_their_connection_and_nowhere_else() -> None:
    theatre = Theatre()
    (hana, hers), (_, his) = theatre.come("hana"), theatre.come("gabe")
    theatre.readers.send(hana.connection, Done("r1", 1))
    theatre.readers.send(ConnectionId("nobody"), Done("r1", 2))
    assert hers.of(Done) == [Done("r1", 1)]
    assert his.of(Done) == []
    assert len(theatre.readers) == 2


def test_nothing_goes_to_an_unseated_connection() -> None:
    theatre = Theatre()
    hana, hers = theatre.come("hana")
    theatre.readers.unseat(hana.connection)
    theatre.readers.unseat(hana.connection)
    theatre.readers.send(hana.connection, Done("r1", 1))
    theatre.readers.publish((hana.connection,), Done("r1", 1))
    assert hers.frames == []
    assert hana.connection not in theatre.readers
    assert not theatre.readers.is_seated(hers)


def test_a_reader_who_fell_behind_gets_one_diff_per_document_and_everybody() -> None:
    theatre = Theatre()
    hana, _ = theatre.come("hana")
    gabe, his = theatre.come("gabe")
    theatre.do(theatre.stage.opening(gabe))
    his.is_blocked = True
    for number in range(10):
        theatre.do(hana.adding(f"e{number}"))
    his.is_blocked = False
    theatre.readers.mark_readable(gabe.connection)
    theatre.do()
    assert theatre.shown(gabe, his) == {f"e{number}" for number in range(10)}
    assert len([frame for frame in his.of(Changed) if frame.document == QUEUE]) == 1
    assert his.of(People)[-1].full


def test_a_document_opened_while_behind_is_healed_too() -> None:
    theatre = Theatre()
    hana, _ = theatre.come("hana")
    gabe, his = theatre.come("gabe", opens=False)
    his.is_blocked = True
    theatre.do(hana.reports())  # presence, which the slow reader misses before it follows anything
    theatre.do(theatre.stage.opening(gabe), theatre.stage.opening(gabe, PLAYBACK))
    theatre.do(hana.adding("e1"))
    his.is_blocked = False
    theatre.readers.mark_readable(gabe.connection)
    theatre.do()
    assert len(his.of(Opened)) == 2
    assert theatre.shown(gabe, his) == {"e1"}
    theatre.do(hana.adding("e2"))
    assert theatre.shown(gabe, his) == {"e1", "e2"}


def test_a_document_closed_while_behind_is_not_sent() -> None:
    theatre = Theatre()
    hana, _ = theatre.come("hana")
    gabe, his = theatre.come("gabe")
    his.is_blocked = True
    theatre.do(hana.adding("e1"))
    theatre.do(gabe.says(Close(QUEUE)))
    his.is_blocked = False
    theatre.readers.mark_readable(gabe.connection)
    theatre.do()
    assert [frame.document for frame in his.of(Changed)] == [PLAYBACK]


def test_who_falls_behind_again_while_being_healed_is_healed_in_the_end() -> None:
    theatre = Theatre()
    hana, _ = theatre.come("hana")
    gabe, his = theatre.come("gabe")
    theatre.do(theatre.stage.opening(gabe))
    his.is_blocked = True
    theatre.do(hana.adding("e1"))
    theatre.readers.mark_readable(gabe.connection)
    theatre.do(hana.adding("e2"))
    assert his.of(Changed) == []
    his.is_blocked = False
    theatre.readers.mark_readable(gabe.connection)
    theatre.do()
    assert theatre.shown(gabe, his) == {"e1", "e2"}


def test_a_document_that_was_healed_is_not_sent_again_while_another_waits() -> None:
    theatre = Theatre()
    hana, _ = theatre.come("hana")
    gabe, his = theatre.come("gabe")
    theatre.do(theatre.stage.opening(gabe))
    his.is_blocked = True
    theatre.do(hana.adding("e1"))
    his.is_blocked = False
    # Its socket takes one long frame and declines what follows until that is out.
    take = his.push
    taken: list[SharedPayload] = []

    def push(shared: SharedPayload) -> bool:
        taken.append(shared)
        his.is_blocked = len(taken) > 1
        return take(shared)

    his.push = push  # type: ignore[method-assign]  # this reader alone
    theatre.readers.mark_readable(gabe.connection)
    theatre.do()
    theatre.do(hana.adding("e2"))
    his.push, his.is_blocked = take, False  # type: ignore[method-assign]  # this reader alone
    theatre.readers.mark_readable(gabe.connection)
    theatre.do()
    assert theatre.shown(gabe, his) == {"e1", "e2"}
    assert [frame.document for frame in his.of(Changed)].count(QUEUE) == 2


def test_who_cannot_take_the_last_frame_of_its_healing_is_not_forgotten() -> None:
    theatre = Theatre()
    hana, _ = theatre.come("hana")
    gabe, his = theatre.come("gabe", opens=False)
    his.is_blocked = True
    theatre.do(hana.reports())
    theatre.readers.mark_readable(gabe.connection)
    theatre.do()
    his.is_blocked = False
    theatre.readers.mark_readable(gabe.connection)
    theatre.do()
    assert [person.state for person in his.of(People)[-1].present if person.name == "Hana"] == ["in-step"]


def test_another_outlet_of_the_same_connection_begins_with_nothing_missed() -> None:
    theatre = Theatre()
    hana, _ = theatre.come("hana")
    gabe, his = theatre.come("gabe")
    his.is_blocked = True
    theatre.do(hana.adding("e1"))
    second = RememberingOutlet(gabe.connection)
    theatre.readers.seat(second)
    assert theatre.readers.is_seated(second)
    assert not theatre.readers.is_seated(his)
    theatre.do(hana.adding("e2"))
    assert [frame.document for frame in second.of(Changed)].count(QUEUE) == 1


def test_everybody_is_ended() -> None:
    theatre = Theatre()
    outlets = [theatre.come("hana")[1], theatre.come("gabe")[1]]
    theatre.readers.end_all(Ending("failed", "it broke", 1))
    assert [outlet.endings for outlet in outlets] == [[Ending("failed", "it broke", 1)]] * 2
