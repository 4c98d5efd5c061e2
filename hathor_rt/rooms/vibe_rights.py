"""How much those may turn the room's vibe who are not its hosts. Pure."""

from collections import deque
from typing import Final

from hathor_rt.ids import PrincipalId
from hathor_rt.refusals import TooMany
from sync.units import Micros

# A page asks ten times a second while a slider moves: twenty seconds of turning in a minute are playing with it, more is
# keeping everybody else from listening.
MOST_TURNS: Final = 200
TURNS_WITHIN: Final = Micros(60_000_000)
# Whoever still drags when the host resets lets go within this time.
RESET_HOLDS: Final = Micros(5_000_000)


class VibeRights:
    """Who turned how often, in one room."""

    def __init__(self) -> None:
        self._turns: dict[PrincipalId, deque[Micros]] = {}
        self._held_until = Micros(0)

    def allow(self, principal: PrincipalId, role: str, now: Micros) -> None:
        """Let `principal` turn a knob. Hosts always may.

        Raises:
            TooMany: `MOST_TURNS` within `TURNS_WITHIN`, or a host reset it less than `RESET_HOLDS` ago.
        """
        if role == "host":
            return
        if now < self._held_until:
            raise TooMany("the host has just put the vibe back")
        for other in [other for other, turns in self._turns.items() if now - turns[-1] >= TURNS_WITHIN]:
            del self._turns[other]
        turns = self._turns.setdefault(principal, deque(maxlen=MOST_TURNS))
        if len(turns) == MOST_TURNS and now - turns[0] < TURNS_WITHIN:
            raise TooMany("you have turned tempo and pitch a lot: let the others listen for a moment")
        turns.append(now)

    def reset(self, now: Micros) -> None:
        """A host put the vibe back."""
        self._held_until = Micros(now + RESET_HOLDS)
