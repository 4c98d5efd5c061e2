"""When the next clock probe is due.

A burst at the start, after a clock jump and after a resume: 12 probes 40 ms apart, 8 every 250 ms, 8 every second. The
first burst goes on every second until 50 have been sent so: the drift is learnt from exchanges that are far apart, and a
jump does not change it. Then a pair every 4 s (every 10 s while nothing plays). The first of a pair wakes a sleeping
radio, the second travels on an awake one. The interval varies by a quarter of itself, so that devices that joined
together do not probe together.
"""

from typing import Final

from sync.units import Micros

BURST: Final[tuple[tuple[int, Micros], ...]] = (
    (12, Micros(40_000)),
    (8, Micros(250_000)),
)
SECOND: Final = Micros(1_000_000)
# How many follow every second: until the drift is learnt, and later.
LEARNING: Final = 50
REFRESHING: Final = 8

PAIR_GAP: Final = Micros(30_000)
STEADY: Final = Micros(4_000_000)
SPARSE: Final = Micros(10_000_000)

# A probe answered later than this says nothing about the clock any more and rather that the link is gone.
PATIENCE: Final = Micros(10_000_000)

# One join burst may be wholly under way on a slow link; beyond that more probes only lengthen the queue they measure.
MOST_UNDER_WAY: Final = 16

# Probe twice as often while the bound is this much wider than the best so far: the path has changed, or gets worse.
WIDENED_PERCENT: Final = 150
WIDENED_MORE: Final = Micros(2_000)


class ProbePlan:
    """Schedule of the probes of one connection and what became of them.

    The caller sleeps until `next_at`, calls `sent` and sends a probe with the number it gets, and reports replies with
    `answered`. All instants are on the local clock and must not decrease.

    Args:
        seed: Any whole number; fixes the jitter. Give each device its own.
        now: Present instant: the join burst starts here.
    """

    def __init__(self, seed: int, now: Micros) -> None:
        self._noise = seed & 0xFFFFFFFF
        self._due = now
        # How many probes a second apart the drift still needs.
        self._owed = LEARNING
        self._steps = _burst_steps(LEARNING)
        self._is_second = False
        self._is_sparse = False
        self._under_way: dict[int, Micros] = {}
        self._last = 0
        self._best: Micros | None = None
        self._is_wide = False

    def next_at(self, now: Micros) -> Micros:
        """Instant at which the next probe is due; `now` or earlier means at once.

        While too many probes are under way it is the instant at which the oldest of them lapses.
        """
        if len(self._under_way) >= MOST_UNDER_WAY:
            oldest = min(self._under_way.values())
            return Micros(max(now, self._due, oldest + PATIENCE))
        return self._due

    def sent(self, now: Micros) -> int:
        """A probe leaves now. Returns its number: 1 for the first of this plan, then counting up."""
        self._last += 1
        self._under_way[self._last] = now
        self._due = Micros(now + self._gap())
        return self._last

    def answered(self, seq: int, bound: Micros) -> bool:
        """The reply to `seq` is here, and has made the estimate's certified error `bound`.

        Returns False if no such probe is under way (lapsed, repeated or invented).
        """
        if self._under_way.pop(seq, None) is None:
            return False
        # The best ages by a 64th per reply: where the path has become worse for good, probing calms down in half a
        # minute.
        self._best = bound if self._best is None else Micros(min(self._best + self._best // 64, bound))
        self._is_wide = bound * 100 > self._best * WIDENED_PERCENT + WIDENED_MORE * 100
        return True

    def is_under_way(self, seq: int) -> bool:
        """Whether a reply to `seq` is still awaited; ask before believing a reply."""
        return seq in self._under_way

    def lapsed(self, now: Micros) -> tuple[int, ...]:
        """Numbers of the probes given up now, each told once. Several in a row: the link is dead."""
        gone = tuple(seq for seq, sent_at in self._under_way.items() if now - sent_at >= PATIENCE)
        for seq in gone:
            del self._under_way[seq]
        return gone

    def burst(self, now: Micros) -> None:
        """Start over with a burst: the clock jumped, the device woke up, the network changed."""
        self._steps = _burst_steps(max(REFRESHING, self._owed))
        self._is_second = False
        self._best = None
        self._is_wide = False
        self._due = now

    def reconnected(self, now: Micros) -> None:
        """A new socket: replies to older probes will never come. Starts with a burst."""
        self._under_way.clear()
        self.burst(now)

    def rest(self) -> None:
        """Nothing plays: a pair every 10 s from the next pair on. A burst in progress is finished first."""
        self._is_sparse = True

    def play(self, now: Micros) -> None:
        """Something plays, or is about to: back to a pair every 4 s, the first at once if it was resting."""
        if self._is_sparse and not self._steps:
            self._due = Micros(min(self._due, now))
            self._is_second = False
        self._is_sparse = False

    def _gap(self) -> Micros:
        """Time from the probe just sent to the next one."""
        if self._steps:
            step = self._steps.pop()
            if step == SECOND:
                self._owed = max(0, self._owed - 1)
            return step
        self._is_second = not self._is_second
        if self._is_second:
            return PAIR_GAP
        pause = SPARSE if self._is_sparse else STEADY
        return self._jittered(Micros(pause // 2) if self._is_wide else pause)

    def _jittered(self, span: Micros) -> Micros:
        """`span` ± 25 %, evenly spread."""
        # A 32-bit congruential generator (Numerical Recipes): reproducible in any language, good enough to spread load.
        self._noise = (self._noise * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        return Micros(span * 3 // 4 + (span // 2) * (self._noise >> 16) // 65_536)


def _burst_steps(seconds: int) -> list[Micros]:
    """The gaps after each probe of a burst that ends with `seconds` probes a second apart, last first."""
    return [gap for count, gap in ((seconds, SECOND), *reversed(BURST)) for _ in range(count)]
