"""Who is at a document, as Yjs clients tell it, attested by the server.

A client says one state, its own, under one client id; the server fills in who it is. What a client repeats of others is not
listened to, so nobody can put words into another's mouth or send another away. Pure: instants come in.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hathor_rt.ids import ConnectionId, PrincipalId
from sync.refusal import MalformedFrame
from sync.units import Micros
from sync.wire.yjs import PeerState

# A cursor, a selection and a colour take some hundred bytes.
LONGEST_STATE: Final = 4096
# A clock counts changes. It goes on from where its client left it, and beyond 2^53 nobody could read the others' states either.
LARGEST_CLOCK: Final = 2**32
# Yjs clients say their state again every 15 s, looking every 3 s whether it is time, and forget others after 30 s.
EXPIRES_AFTER: Final = Micros(25_000_000)
# Clocks of those who left, so that one who comes back is believed at once: others ignore a clock they have heard.
CLOCKS_REMEMBERED: Final = 4096
GONE: Final = "null"


@dataclass(frozen=True, slots=True)
class Attested:
    """What the server knows of a connection, whatever it claims."""

    principal: PrincipalId
    name: str
    role: str


@dataclass(slots=True)
class _Voice:
    connection: ConnectionId
    who: Attested
    clock: int
    state: str
    heard_at: Micros


class Awareness:
    """States of one document by client id.

    Args:
        on_news: Called when there is something for `take_changes` that was not there before.
    """

    def __init__(self, on_news: Callable[[], None] = lambda: None) -> None:
        self._on_news = on_news
        self._voices: dict[int, _Voice] = {}
        self._own: dict[ConnectionId, int] = {}
        self._changed: dict[int, None] = {}
        # Oldest first.
        self._clocks: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._voices)

    def candidate(self, connection: ConnectionId, states: Iterable[PeerState]) -> int | None:
        """A client id that the connection would have to own to say what it says; None: nothing new is in it.

        Only an id that nobody speaks for, or spoke for lately, can be its own: everything else is repeated.
        """
        own = self._own.get(connection)
        for each in states:
            if each.client_id == own:
                return None
        for each in states:
            is_free = each.client_id not in self._voices and (own is None or each.client_id not in self._clocks)
            if is_free and each.state != GONE:
                return each.client_id
        return None

    def holder(self, client_id: int) -> ConnectionId | None:
        """Who speaks for `client_id` now."""
        voice = self._voices.get(client_id)
        return None if voice is None else voice.connection

    def adopt(self, connection: ConnectionId, client_id: int) -> None:
        """From now on the connection speaks for `client_id`, which was found to be its principal's, and for no other."""
        former = self._own.get(connection)
        if former is not None and former != client_id:
            self._remove(former)
        holder = self._voices.get(client_id)
        if holder is not None and holder.connection != connection:
            self._own.pop(holder.connection, None)  # an older connection of the same client, not yet noticed to be gone
            self._remove(client_id)
        self._own[connection] = client_id

    def hear(self, connection: ConnectionId, who: Attested, states: Sequence[PeerState], now: Micros) -> None:
        """Take the connection's own state; the rest is ignored.

        Raises:
            MalformedFrame: Its own state is no JSON object, or longer than 4 KiB; or its clock is beyond 2^32.
        """
        own = self._own.get(connection)
        said = next((each for each in states if each.client_id == own), None)
        if own is None or said is None:
            return
        if said.clock > LARGEST_CLOCK:
            raise MalformedFrame(f"the clock of an awareness state is at most {LARGEST_CLOCK}")
        if said.state == GONE:
            self._remove(own, said.clock)
            return
        state = _attested(said.state, who)
        voice = self._voices.get(own)
        if voice is None:
            clock = max(said.clock, self._clocks.pop(own, -1) + 1)
            self._voices[own] = _Voice(connection, who, clock, state, now)
        else:
            voice.heard_at = now
            if said.clock <= voice.clock and state == voice.state:
                return
            voice.clock = said.clock if said.clock > voice.clock else voice.clock + 1
            voice.state = state
        self._note(own)

    def leave(self, connection: ConnectionId) -> None:
        """The connection is gone. Idempotent."""
        own = self._own.pop(connection, None)
        if own is not None:
            self._remove(own)

    def expire(self, now: Micros) -> None:
        """Forget those who have not said their state for 25 s."""
        for client_id, voice in tuple(self._voices.items()):
            if now - voice.heard_at >= EXPIRES_AFTER:
                self._remove(client_id)

    def everyone(self) -> tuple[PeerState, ...]:
        """All states, for a newcomer."""
        return tuple(PeerState(client_id, voice.clock, voice.state) for client_id, voice in self._voices.items())

    def take_changes(self) -> tuple[PeerState, ...]:
        """What changed since the last time."""
        changed, self._changed = self._changed, {}
        told = []
        for client_id in changed:
            voice = self._voices.get(client_id)
            if voice is None:
                told.append(PeerState(client_id, self._clocks.get(client_id, 0), GONE))
            else:
                told.append(PeerState(client_id, voice.clock, voice.state))
        return tuple(told)

    def _note(self, client_id: int) -> None:
        self._changed[client_id] = None
        if len(self._changed) == 1:
            self._on_news()

    def _remove(self, client_id: int, clock: int = 0) -> None:
        voice = self._voices.pop(client_id, None)
        if voice is not None:
            self._note(client_id)
            self._clocks[client_id] = max(voice.clock + 1, clock)
            while len(self._clocks) > CLOCKS_REMEMBERED:
                del self._clocks[next(iter(self._clocks))]


def _attested(state: str, who: Attested) -> str:
    if len(state.encode()) > LONGEST_STATE:
        raise MalformedFrame(f"an awareness state has at most {LONGEST_STATE} bytes")
    try:
        claimed = json.loads(state)
        if isinstance(claimed, dict):
            # Python reads and writes numbers that are not JSON; one of them would cost its readers the whole message.
            attested = {**claimed, "principal": who.principal, "name": who.name, "role": who.role}
            return json.dumps(attested, allow_nan=False)
    except (ValueError, RecursionError):
        raise MalformedFrame("an awareness state is JSON") from None
    raise MalformedFrame("an awareness state is a JSON object")
