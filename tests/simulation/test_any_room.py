"""Any room: whatever people do, in whatever order, replicas agree and nobody outside hears anything."""

from typing import cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pycrdt import Map

from hathor_rt.ids import PrincipalId, TrackId
from hathor_rt.rooms.events import (
    Departed,
    Event,
    Expelled,
    Joined,
    Measured,
    SoundChanged,
    TracksAppended,
    Unplayable,
)
from sync.documents import order
from sync.units import SAMPLE_RATE, SampleCount
from sync.wire.frames import (
    Left,
    Next,
    Order,
    Pause,
    Play,
    Previous,
    Refused,
    Seek,
    SetVibe,
)
from tests.fakes.core_stage import PLAYBACK, TRACKS, Device, Stage, addressed, sent, tracks


def appended(*names: str, start: int = 0) -> TracksAppended:
    entries = tuple(f"s{start + number}" for number in range(len(names)))
    return TracksAppended(PrincipalId("hana"), tracks(names), entries, 1)


class AnyRoom(RuleBasedStateMachine):
    """People come, go, edit and command at random, several things to a tick."""

    @initialize()
    def open(self) -> None:
        self.stage = Stage()
        self.waiting: list[Event] = []
        self.made = 0
        self.revision = -1
        self.inside: dict[str, Device] = {}
        # Devices whose replica misses what they just did or was refused; they open again before the next edit.
        self.stale: set[str] = set()
        self.come("hana")

    names = st.sampled_from(["hana", "gabe", "sam", "yana"])

    @rule(name=names)
    def come(self, name: str) -> None:
        if name in self.inside:
            return
        self.tick()
        device = self.stage.device(name)
        self.inside[name] = device
        role = "host" if name == "hana" else "guest"
        self.waiting += [
            Joined(device.visitor, role, sound=name != "sam"),
            self.stage.opening(device),
            self.stage.opening(device, PLAYBACK),
        ]
        self.stale.discard(name)
        self.tick()

    @precondition(lambda self: len(self.inside) > 1)
    @rule(name=names)
    def go(self, name: str) -> None:
        device = self.inside.pop(name, None)
        if device is not None:
            self.waiting.append(Departed(device.connection))

    @rule(name=names, code=st.sampled_from(["kicked"]))
    def expel(self, name: str, code: str) -> None:
        if name != "hana" and self.inside.pop(name, None) is not None:
            self.waiting.append(Expelled(PrincipalId(name), code, "out"))

    @rule(name=names, track=st.sampled_from(TRACKS), lies=st.booleans(), index=st.integers(0, 20))
    def add(self, name: str, track: str, lies: bool, index: int) -> None:
        device = self._fresh(name)
        if device is None:
            return
        self.made += 1
        entry = f"e{self.made}"
        rows = sorted((str(row["order"]), entry) for entry, row in device.entries().items())
        place = index % (len(rows) + 1)
        left = rows[place - 1][0] if place else None
        right = next((key for key, _ in rows[place:] if left is None or key > left), None)
        key = order.between(left, right, entry)
        self.waiting.append(device.adding(entry, track, key=key, added_by="nobody" if lies else ""))
        if lies:
            self.stale.add(name)

    @rule(name=names, index=st.integers(0, 20), removes=st.booleans())
    def change(self, name: str, index: int, removes: bool) -> None:
        device = self._fresh(name)
        rows = sorted(device.entries().items()) if device is not None else []
        if device is None or not rows:
            return
        entry, row = rows[index % len(rows)]
        self.waiting.append(device.removing(entry) if removes else device.moving(entry, f"{row['order']}V"))
        if row["added_by"] != name:
            self.stale.add(name)

    @rule(count=st.integers(1, 3))
    def append(self, count: int) -> None:
        self.waiting.append(appended(*TRACKS[:count], start=self.made))
        self.made += count

    @rule(
        name=names,
        what=st.one_of(
            st.builds(Play),
            st.builds(Pause),
            st.builds(Next),
            st.builds(Previous),
            st.builds(Seek, st.integers(0, 60_000_000)),
            st.builds(SetVibe, st.none() | st.integers(500, 2000), st.none() | st.integers(-1200, 1200)),
        ),
    )
    def command(self, name: str, what: Order) -> None:
        if name in self.inside:
            self.waiting.append(self.inside[name].asks(what))

    @rule(track=st.sampled_from(TRACKS), is_good=st.booleans())
    def measure(self, track: str, is_good: bool) -> None:
        found = Measured(TrackId(track), SampleCount(20 * SAMPLE_RATE))
        self.waiting.append(found if is_good else Unplayable(TrackId(track), "damaged-file", "noise"))

    @rule(name=names, sound=st.booleans())
    def listen(self, name: str, sound: bool) -> None:
        if name in self.inside:
            self.waiting += [SoundChanged(self.inside[name].connection, sound), self.inside[name].reports()]

    @rule(seconds=st.sampled_from([0.01, 0.5, 8.0, 31.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.tick()
        self.stage.wait(seconds)
        self.tick()

    @rule()
    def tick(self) -> None:
        """End a tick; nothing goes to those who left, but the word that they had to."""
        events, self.waiting = self.waiting, []
        tick = self.stage.do(*events)
        after = set(self.stage.core.attendance.connections)
        for effect in tick.effects:
            for connection, frame in addressed(effect):
                assert connection in after or isinstance(frame, Left)
        for name in list(self.inside):
            if sent(tick, Refused, self.inside[name]):
                self.stale.add(name)
        assert {device.connection for device in self.inside.values()} == after

    def _fresh(self, name: str) -> Device | None:
        """A device that may edit: its replica is the document, apart from its own edits that wait for the tick."""
        if name not in self.inside:
            return None
        if name in self.stale:
            self.tick()
            self.stage.do(self.stage.opening(self.inside[name]))
            self.stale.discard(name)
        return self.inside[name]

    @invariant()
    def revisions_grow(self) -> None:
        transport = self.stage.core.transport
        assert transport.revision >= self.revision
        self.revision = transport.revision

    @invariant()
    def the_room_sleeps_until_something_is_due(self) -> None:
        if not self.waiting:
            due = self.stage.core.wake_at()
            assert due is None or due > self.stage.now

    @invariant()
    def replicas_are_equal(self) -> None:
        if self.waiting:
            return
        live = {row.entry: row for row in self.stage.core.documents.entries}
        for name, device in self.inside.items():
            if name in self.stale:
                continue
            shown = device.entries()
            assert shown.keys() == live.keys()
            assert all(shown[entry]["order"] == row.order for entry, row in live.items())
            assert _shown_revision(device) == self.stage.core.transport.revision

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.tick()
            self.replicas_are_equal()
            self.stage.core.close()


def _shown_revision(device: Device) -> int:
    record = cast("dict[str, dict[str, int]]", device.docs[PLAYBACK].get("playback", type=Map).to_py())
    return int(record["transport"]["revision"])


@pytest.mark.slow
def test_in_any_room_replicas_agree_and_revisions_grow() -> None:
    bounds = settings(max_examples=60, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(AnyRoom, settings=bounds)
