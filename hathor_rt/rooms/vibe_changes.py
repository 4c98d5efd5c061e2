"""When a room's vibe changes: at one instant for all, far enough ahead for their sound to be made, and not too often.

Pure. A slider that is dragged asks many times a second. The first wish is granted at once; those that come while its change is
still to be heard wait as one, the newest value of each knob, until the next may follow.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from hathor_rt.refusals import BadRequest
from sync.timeline import transport as records
from sync.timeline.transport import Transport
from sync.timeline.vibe import FASTEST_PERMILLE, MOST_PITCH_CENTS, PLAIN, SLOWEST_PERMILLE, Vibe
from sync.units import Micros
from sync.wire.frames import SetVibe

# From the command to the change: what a worker takes for the first bent segment (0.1 … 0.2 s), and fetching and decoding it.
# Whoever has not got it by then follows the new tempo with the sound at hand.
VIBE_LEAD: Final = Micros(220_000)
# Between two changes: a step of a drag is heard out, and its segments are made, before the next begins.
SPACING: Final = Micros(300_000)
# A beat farther off than this is not waited for: the slowest music that is counted has one in 1.5 s, at half tempo.
BEAT_WITHIN: Final = Micros(3_000_000)


class VibeChanges:
    """The wishes of one room that wait to be granted."""

    def __init__(self) -> None:
        self._wish: Vibe | None = None
        self._is_on_beat = False
        self._free_at = Micros(0)

    def wake_at(self) -> Micros | None:
        """When `grant` must be called; None if nobody waits."""
        return None if self._wish is None else Micros(self._free_at - VIBE_LEAD)

    def ask(self, order: SetVibe, transport: Transport) -> None:
        """Somebody turns a knob of a room that is at `transport`.

        Raises:
            BadRequest: Tempo or pitch are beyond their range.
        """
        vibe = self._wish or transport.vibe
        if order.tempo_permille is not None:
            vibe = replace(vibe, tempo_permille=order.tempo_permille)
        if order.pitch_cents is not None:
            vibe = replace(vibe, pitch_cents=order.pitch_cents)
        if order.keeps_formants is not None:
            vibe = replace(vibe, keeps_formants=order.keeps_formants)
        if vibe != vibe.clamped:
            raise BadRequest(
                f"the tempo must be {SLOWEST_PERMILLE} to {FASTEST_PERMILLE} thousandths, "
                f"the pitch -{MOST_PITCH_CENTS} to {MOST_PITCH_CENTS} cents"
            )
        self._wish, self._is_on_beat = vibe, order.on_beat

    def reset(self, transport: Transport, now: Micros, lead: Micros) -> Transport:
        """The record with the recording as it is, whatever was wished for; `now` and `lead` as for `grant`."""
        self._wish, self._is_on_beat, self._free_at = PLAIN, False, now
        return self.grant(transport, now, lead)

    def grant(self, transport: Transport, now: Micros, lead: Micros, beats: Sequence[Micros] = ()) -> Transport:
        """The record with what is wished for, if it may change now.

        Args:
            transport: The record as it stands.
            now: Present instant.
            lead: How far ahead a common instant must lie for the listeners to hear of it.
            beats: Positions of the beats of what plays, ascending; empty while unknown.
        """
        lead = max(lead, VIBE_LEAD)
        if self._wish is None or now + lead < self._free_at:
            return transport
        wish, self._wish = self._wish, None
        if wish == transport.vibe:
            return transport
        at = now
        if transport.status == "playing":
            at = _instant(transport, Micros(now + lead), beats if self._is_on_beat else ())
        changed = records.set_vibe(transport, wish, at)
        self._free_at = Micros(max(at, changed.anchor.at) + SPACING)
        return changed


def _instant(transport: Transport, earliest: Micros, beats: Sequence[Micros]) -> Micros:
    """The first beat from `earliest` on; `earliest` itself where none is near, or behind the end of what plays."""
    index = bisect_left(beats, records.position_at(transport, earliest))
    beat_at = transport.anchor.instant_of(beats[index]) if index < len(beats) else None
    if beat_at is None or beat_at - earliest > BEAT_WITHIN:
        return earliest
    return max(earliest, beat_at)
