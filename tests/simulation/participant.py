"""A simulated participant: a real replica, a real clock estimate, and a link on which every frame takes its time.

It does what the page does, without sound: probes, follows the transport record, and edits its own Yjs document under the id
it was issued. Its link keeps order, as TCP does: a lost packet is a delay for it and for all behind it. `cut` loses the
connection with everything on its way; edits go on, and are brought in line after coming back.
"""

from collections.abc import Callable
from random import Random
from typing import cast

import trio
from pycrdt import Doc, Map

from hathor_rt.ids import ConnectionId, DeviceId, PrincipalId, RoomId
from hathor_rt.rooms.ports import Rooms, Seat, SharedPayload, Visitor
from sync.clock.estimate import ClockEstimate
from sync.clock.exchange import Exchange
from sync.documents import order
from sync.timeline import transport as records
from sync.timeline.plain import from_plain
from sync.timeline.transport import Transport
from sync.units import Micros
from sync.wire.codec import decode_server, encode
from sync.wire.frames import (
    Changed,
    Command,
    Ending,
    FromServer,
    Open,
    Opened,
    Order,
    Refused,
    Report,
    Saved,
    Update,
)

# What TCP waits at least before it sends a lost packet again.
RETRANSMIT_SECONDS = 0.2


class Link:
    """One direction of a connection: what is put in comes out in order, each thing after a drawn delay."""

    def __init__(self, rng: Random, base_seconds: float, jitter_seconds: float, loss: float = 0.0) -> None:
        self._rng, self._base, self._jitter, self._loss = rng, base_seconds, jitter_seconds, loss
        self._last = 0.0
        self._send, self._receive = trio.open_memory_channel[tuple[float, object]](100_000)

    def delay(self) -> float:
        """A delay in seconds: the base, an exponential tail, and a doubling pause for each time a packet was lost."""
        seconds = self._base + (self._rng.expovariate(1 / self._jitter) if self._jitter else 0.0)
        pause = RETRANSMIT_SECONDS
        while self._loss and self._rng.random() < self._loss:
            seconds, pause = seconds + pause, 2 * pause
        return seconds

    def put(self, thing: object) -> None:
        self._last = max(self._last, trio.current_time() + self.delay())
        self._send.send_nowait((self._last, thing))

    async def get(self) -> object:
        due, thing = await self._receive.receive()
        await trio.sleep_until(due)
        return thing


class SkewedClock:
    """A device's own clock: started at another time and running at another speed than the server's."""

    def __init__(self, server_now: Callable[[], Micros], offset_micros: int, skew_ppm: float) -> None:
        self._server_now, self._offset, self._skew = server_now, offset_micros, skew_ppm

    def now(self) -> Micros:
        true = self._server_now()
        return Micros(round(true * (1 + self._skew / 1e6)) + self._offset)


class Participant:
    """One simulated device in one room. `run` lives until cancelled."""

    def __init__(
        self,
        name: str,
        rng: Random,
        clock: SkewedClock,
        server_now: Callable[[], Micros],
        base: float,
        jitter: float,
        loss: float = 0.0,
    ) -> None:
        self.name = name
        self.principal = PrincipalId(name)
        self.clock = clock
        self.estimate = ClockEstimate(Micros(100))
        self.docs: dict[str, Doc[Map[object]]] = {}
        self.transport: Transport | None = None
        self.saved_intent = 0
        self.refusals: list[Refused] = []
        self.endings: list[Ending] = []
        self._rng = rng
        self._server_now = server_now
        self._link = (base, jitter, loss)
        self._down, self._up = Link(rng, base, jitter, loss), Link(rng, base, jitter, loss)
        self._client_ids: dict[str, int] = {}
        self._times = 0
        self._is_online = False
        self._connection = trio.CancelScope()
        self._intent = 0
        self._round_trip = round(2 * (base + jitter) * 1e6)
        self._room = ""
        self._has_opened = trio.Event()

    # ── Outlet ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def connection(self) -> ConnectionId:
        return ConnectionId(f"c{self.name}x{self._times}")

    def send(self, frame: FromServer) -> None:
        self._down.put(encode(frame))

    def push(self, shared: SharedPayload) -> bool:
        self._down.put(shared.payload)
        return True

    def end(self, ending: Ending) -> None:
        self._down.put(encode(ending))

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(
        self,
        rooms: Rooms,
        room: RoomId,
        invite: str,
        *,
        task_status: "trio.TaskStatus[None]" = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Enter, open both documents, and follow until cancelled; comes back some seconds after each `cut`."""
        self._room = room
        is_first = True
        while True:
            with trio.CancelScope() as self._connection:
                await self._connect(rooms, room, invite, task_status if is_first else trio.TASK_STATUS_IGNORED)
            is_first = False
            self._times += 1
            self._down, self._up = Link(self._rng, *self._link), Link(self._rng, *self._link)
            await trio.sleep(self._rng.uniform(0.2, 20))

    def cut(self) -> None:
        """Lose the connection, and with it whatever is on its way in either direction."""
        self._connection.cancel()

    async def _connect(self, rooms: Rooms, room: RoomId, invite: str, task_status: "trio.TaskStatus[None]") -> None:
        visitor = Visitor(self.connection, self.principal, DeviceId(f"d{self.name}"), self.name)
        seat = await rooms.enter(room, visitor, self, invite=invite, sound=True)
        self._is_online, self._has_opened = True, trio.Event()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._carry_up, seat)
                nursery.start_soon(self._carry_down)
                nursery.start_soon(self._probe)
                nursery.start_soon(self._report)
                for kind in ("queue", "playback"):
                    vector = self.docs[kind].get_state() if kind in self.docs else b""
                    self._up.put(Open(f"{kind}:{room}", vector, self._client_ids.get(kind, 0)))
                await self._has_opened.wait()
                task_status.started()
        finally:
            self._is_online = False
            await seat.leave()

    async def _carry_up(self, seat: Seat) -> None:
        while True:
            await seat.deliver(await self._up.get())  # type: ignore[arg-type]  # only room frames are put in

    async def _carry_down(self) -> None:
        while True:
            payload = await self._down.get()
            assert isinstance(payload, bytes)
            self._take(decode_server(payload))

    async def _report(self) -> None:
        while True:
            cue = None if self.transport is None else self.transport.current
            entry = "" if cue is None else cue.entry
            report = Report(self._room, "in-step", 0, 0, self._round_trip, 20_000, first_segment=True, entry=entry)
            self._up.put(report)
            await trio.sleep(2)

    async def _probe(self) -> None:
        """Probes do not wait behind documents: they have their own pair of delays."""
        while True:
            sent = self.clock.now()
            await trio.sleep(self._up.delay())
            received = self._server_now()
            await trio.sleep(self._down.delay())
            self.estimate.add(Exchange(sent, received, received, self.clock.now()))
            await trio.sleep(0.04 if self._server_now() < 2_000_000 else 4)

    def _take(self, frame: FromServer) -> None:
        match frame:
            case Opened():
                self._open(frame)
            case Changed(document=document, update=update):
                kind = document.partition(":")[0]
                if kind in self.docs:
                    self.docs[kind].apply_update(update)
            case Saved(intent=intent):
                self.saved_intent = max(self.saved_intent, intent)
            case Refused():
                self.refusals.append(frame)
                if frame.about == "update":
                    del self.docs["queue"], self._client_ids["queue"]
                    self._up.put(Open(frame.subject))
            case Ending():
                self.endings.append(frame)
            case _:
                pass
        self._follow()

    def _open(self, frame: Opened) -> None:
        kind = frame.document.partition(":")[0]
        known = self.docs.get(kind)
        if known is None or self._client_ids[kind] != frame.client_id:
            self.docs[kind] = Doc(client_id=frame.client_id)
            self._client_ids[kind] = frame.client_id
        doc = self.docs[kind]
        doc.apply_update(frame.update)
        if known is doc and kind == "queue" and self.saved_intent < self._intent:
            # Edits of the time without a connection, and those whose acknowledgement was lost with it.
            self._up.put(Update(frame.document, doc.get_update(frame.state_vector), self._intent))
        if len(self.docs) == 2:
            self._has_opened.set()

    def _follow(self) -> None:
        if "playback" not in self.docs:
            return
        plain = self.docs["playback"].get("playback", type=Map).to_py()
        if plain and "transport" in plain:
            record = from_plain(plain["transport"])
            if self.transport is None or records.is_newer(record, self.transport):
                self.transport = record

    # ── what a person does ───────────────────────────────────────────────────────────────────────────────────────────

    def entries(self) -> list[tuple[str, dict[str, object]]]:
        """Own view of the queue, in order."""
        content = cast("dict[str, dict[str, object]]", self.docs["queue"].get("entries", type=Map).to_py() or {})
        return sorted(content.items(), key=lambda item: (item[1]["order"], item[0]))

    def command(self, what: Order) -> None:
        self._up.put(Command(self._room, self._rng.randrange(1 << 30), what))

    def add(self, entry: str, track: str) -> None:
        rows = self.entries()
        place = self._rng.randrange(len(rows) + 1)
        key = self._key(rows, place, entry)

        def edit(root: "Map[object]") -> None:
            root[entry] = Map({"track": track, "added_by": self.principal, "order": key, "added_at": 1})

        self._edit(edit)

    def move(self) -> None:
        rows = [row for row in self.entries() if row[1]["added_by"] == self.principal]
        if rows:
            entry = self._rng.choice(rows)[0]
            others = [row for row in self.entries() if row[0] != entry]
            key = self._key(others, self._rng.randrange(len(others) + 1), entry)

            def edit(root: "Map[object]") -> None:
                fields = root[entry]
                assert isinstance(fields, Map)
                fields["order"] = key

            self._edit(edit)

    def remove(self, *, own: bool = True) -> None:
        rows = [row for row in self.entries() if (row[1]["added_by"] == self.principal) == own]
        if rows:
            entry = self._rng.choice(rows)[0]

            def edit(root: "Map[object]") -> None:
                del root[entry]

            self._edit(edit)

    @property
    def intents(self) -> int:
        """Number of the last intent sent."""
        return self._intent

    def position(self) -> Micros:
        """Where this device believes the room is."""
        assert self.transport is not None
        return records.position_at(self.transport, self.estimate.to_peer(self.clock.now()))

    def _key(self, rows: list[tuple[str, dict[str, object]]], place: int, entry: str) -> str:
        left = str(rows[place - 1][1]["order"]) if place > 0 else None
        later = (str(row[1]["order"]) for row in rows[place:])
        right = next((key for key in later if left is None or key > left), None)
        return order.between(left, right, entry)

    def _edit(self, edit: "Callable[[Map[object]], None]") -> None:
        if "queue" not in self.docs:
            return
        doc = self.docs["queue"]
        before = doc.get_state()
        with doc.transaction():
            edit(doc.get("entries", type=Map))
        self._intent += 1
        if self._is_online:
            self._up.put(Update(f"queue:{self._room}", doc.get_update(before), self._intent))
