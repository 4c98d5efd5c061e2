"""Offset, drift and certified error between the local clock and a peer's.

Every exchange proves two things, whatever the network did: the peer's clock was ahead of ours by *at most* ``received -
sent`` and by *at least* ``answered - returned``. Carried to the present with the drift and its uncertainty, the least
upper and the greatest lower bound enclose the truth; their middle is the estimate and half their distance the
certified error. A slow probe merely proves little. Averages, which slow replies pull, are not used at all.

What no exchange of probes can see is a path that is slower in one direction; it stays inside the certified error.

Measured over eleven simulated link models (`python -m loadtests.clock`). All float operations stand in one fixed order,
so that the TypeScript twin returns the same microseconds.
"""

import math
from dataclasses import dataclass
from typing import Final

from sync.clock.drift import DriftFilter
from sync.clock.exchange import Exchange
from sync.units import Micros

# How long a bound is carried. Longer than a path usually stays lopsided, short enough that drift stays predictable.
MEMORY: Final = 300e6

# Two bursts and five minutes of pairs at twice the steady rate fit; a peer that answers more often gets the newest.
MOST_EXCHANGES: Final = 400

# Exchanges of this span make one measurement for the drift.
BLOCK: Final = 4e6

# The drift changes by so many ppm while a bound is carried (temperature), more once bounds have contradicted each
# other.
CALM_WANDER: Final = 1.0
WIDEST_WANDER: Final = 20.0

# A contradiction below this is drift that wandered; above it, a clock that was set, or slept.
SMALL_CONTRADICTION: Final = 5e3
# Needs a second exchange that says the same: one may have been stamped just while the clock jumped.
JUMP_TOLD_TWICE: Final = 1e3
# Believed at once: nothing but a jump does this.
JUMP_TOLD_ONCE: Final = 250e3


@dataclass(frozen=True, slots=True)
class _Proof:
    """What one exchange proves. Offsets are peer minus local, in microseconds.

    Both clocks count from the first exchange, so that floats stay small enough to be exact.
    """

    upper_at: float
    upper: float
    lower_at: float
    lower: float
    round_trip: int


class ClockEstimate:
    """What is known of a peer's clock.

    Args:
        resolution: Granularity of the local clock in Micros: its readings may be this much too early. 1 for a clock
            that is read in whole microseconds, 100 for a browser without cross-origin isolation, 1000 for some
            browsers. Too small a value makes the certified error wrong; too large a one merely makes it wide.
    """

    def __init__(self, resolution: Micros) -> None:
        self._resolution = float(resolution)
        self._local_origin = 0
        self._peer_origin = 0
        self._proofs: list[_Proof] = []
        self._block: list[_Proof] = []
        self._drift = DriftFilter()
        self._wander = CALM_WANDER
        self._suspect: _Proof | None = None
        self._jumped = False
        # The estimate: at local instant `_at` the offset lies in `_low` … `_high`.
        self._at = 0.0
        self._low = 0.0
        self._high = 0.0

    @property
    def ready(self) -> bool:
        """Whether any exchange was taken in. How good the estimate is, `error_at` says."""
        return bool(self._proofs)

    @property
    def jumped(self) -> bool:
        """Whether the latest `add` had to start over: a clock jumped, or nothing was heard for five minutes.

        Ask for a burst of probes then.
        """
        return self._jumped

    @property
    def drift_ppm(self) -> float:
        """Peer's clock against ours in parts per million, positive if it runs faster."""
        return self._drift.drift

    @property
    def drift_sigma_ppm(self) -> float:
        """One standard deviation of `drift_ppm`; tens of ppm until about a minute of exchanges is known."""
        return self._drift.sigma

    @property
    def round_trip(self) -> Micros:
        """q95 of the round trips in memory (nearest rank), 0 before the first: what `Report.round_trip` carries."""
        trips = sorted(proof.round_trip for proof in self._proofs)
        return Micros(max(0, trips[(len(trips) * 95 + 99) // 100 - 1])) if trips else Micros(0)

    def add(self, exchange: Exchange) -> None:
        """Take in an exchange, in any order; those older than five minutes are ignored."""
        self._jumped = False
        if not self._proofs:
            self._local_origin = exchange.sent
            self._peer_origin = exchange.received
        proof = self._proof(exchange)
        now = max(self._at, proof.lower_at)
        if now - proof.lower_at > MEMORY:
            return
        if self._proofs:
            self._proofs = [kept for kept in self._proofs if now - kept.lower_at <= MEMORY]
            if not self._proofs:
                self._start_over()
            elif not self._reconcile(proof, now):
                return
        self._proofs.append(proof)
        if len(self._proofs) > MOST_EXCHANGES:
            del self._proofs[0]
        self._extend_block(proof)
        self._at = now
        self._low, self._high = self._bounds(self._proofs, now)
        if self._low > self._high:
            self._trust_newest(proof)

    def to_peer(self, instant: Micros) -> Micros:
        """What the peer's clock shows when ours shows `instant`. Only once `ready`."""
        assert self.ready, "no exchange yet"
        local = instant - self._local_origin
        offset = (self._low + self._high) / 2.0 + self._drift.drift * ((local - self._at) / 1e6)
        return Micros(self._peer_origin + local + math.floor(offset + 0.5))

    def to_local(self, instant: Micros) -> Micros:
        """What our clock shows when the peer's shows `instant`: `to_peer` the other way, to the microsecond."""
        assert self.ready, "no exchange yet"
        peer = instant - self._peer_origin
        ahead = (peer - self._at) - (self._low + self._high) / 2.0
        # Small corrections only: the quotient would lose microseconds over months of uptime, the sum does not.
        slow = ahead * (self._drift.drift / 1e6) / (1.0 + self._drift.drift / 1e6)
        return Micros(self._local_origin + math.floor(self._at + (ahead - slow) + 0.5))

    def error_at(self, instant: Micros) -> Micros:
        """Certified error of `to_peer(instant)`: the truth is no further away.

        It grows with the distance to the last reply. Certified as long as the drift changes by no more than some ppm
        in five minutes, which quartz crystals keep.
        """
        assert self.ready, "no exchange yet"
        age = abs((instant - self._local_origin) - self._at) / 1e6
        # One microsecond for rounding the result.
        return Micros(math.ceil((self._high - self._low) / 2.0 + self._spread() * age) + 1)

    def _start_over(self) -> None:
        """Forget the offset, keep the drift: after a jump, and after a silence in which anything may have happened."""
        self._proofs = []
        self._block = []
        self._suspect = None
        self._jumped = True
        self._drift.restart()

    def _proof(self, exchange: Exchange) -> _Proof:
        sent = float(exchange.sent - self._local_origin)
        returned = float(exchange.returned - self._local_origin)
        received = float(exchange.received - self._peer_origin)
        answered = float(exchange.answered - self._peer_origin)
        # Readings are rounded down: the peer's may be 1 us late, ours `resolution`. Both widen, neither shifts.
        return _Proof(
            upper_at=sent,
            upper=received - sent + 1.0,
            lower_at=returned + self._resolution,
            lower=answered - returned - self._resolution,
            round_trip=exchange.round_trip,
        )

    def _spread(self) -> float:
        """How fast certainty is lost, in microseconds per second."""
        return 2.0 * self._drift.sigma + self._wander

    def _bounds(self, proofs: list[_Proof], at: float) -> tuple[float, float]:
        """Greatest lower and least upper bound that `proofs` give for the offset at `at`."""
        drift, spread = self._drift.drift, self._spread()
        high, low = math.inf, -math.inf
        for proof in proofs:
            age = (at - proof.upper_at) / 1e6
            high = min(high, proof.upper + drift * age + spread * abs(age))
            age = (at - proof.lower_at) / 1e6
            low = max(low, proof.lower + drift * age - spread * abs(age))
        return low, high

    def _reconcile(self, proof: _Proof, now: float) -> bool:
        """Compare a new proof with the old ones. Returns False if it has to wait for another that says the same."""
        low, high = self._bounds(self._proofs, now)
        own_low, own_high = self._bounds([proof], now)
        contradiction = max(own_low - high, low - own_high)
        if contradiction <= 0.0:
            self._suspect = None
            self._wander = max(CALM_WANDER, self._wander * 0.999)
            return True
        if contradiction <= SMALL_CONTRADICTION:
            self._wander = min(self._wander * 3.0, WIDEST_WANDER)
            self._drift.doubt()
        if contradiction <= JUMP_TOLD_TWICE:
            return True
        witness = self._suspect
        if contradiction <= JUMP_TOLD_ONCE and witness is None:
            self._suspect = proof
            return False
        self._start_over()
        # The earlier witness counts too, unless it speaks of yet another time.
        if witness is not None and self._agree(witness, proof, now):
            self._proofs.append(witness)
        return True

    def _agree(self, one: _Proof, other: _Proof, at: float) -> bool:
        low, high = self._bounds([one, other], at)
        return low <= high

    def _trust_newest(self, proof: _Proof) -> None:
        """Drop the old bounds that a slight contradiction has proven wrong."""
        own_low, own_high = self._bounds([proof], self._at)
        kept = []
        for old in self._proofs:
            low, high = self._bounds([old], self._at)
            if low <= own_high and high >= own_low:
                kept.append(old)
        self._proofs = kept
        self._low, self._high = self._bounds(kept, self._at)
        if self._low > self._high:
            # Each agrees with the newest but not with one another.
            self._proofs = [proof]
            self._low, self._high = own_low, own_high

    def _extend_block(self, proof: _Proof) -> None:
        """Collect exchanges of some seconds and hand them to the drift filter as one measurement."""
        if self._block and proof.lower_at < self._block[0].lower_at:
            # Late news: it still bounds the offset, but its block is closed.
            return
        if self._block and proof.lower_at - self._block[0].lower_at >= BLOCK:
            self._close_block()
        self._block.append(proof)

    def _close_block(self) -> None:
        at = max(proof.lower_at for proof in self._block)
        drift = self._drift.drift
        high = min(proof.upper + drift * ((at - proof.upper_at) / 1e6) for proof in self._block)
        low = max(proof.lower + drift * ((at - proof.lower_at) / 1e6) for proof in self._block)
        self._block = []
        self._drift.add(at, (low + high) / 2.0, abs(high - low))
