"""Offset, drift and certified error between the local clock and a peer's.

Every exchange proves two things, whatever the network did: the peer's clock was ahead of ours by *at most* ``received -
sent`` and by *at least* ``answered - returned``. Carried to the present with the drift and its uncertainty, the least
upper and the greatest lower bound enclose the truth: that is the certified error. A slow probe merely proves little.
Averages, which slow replies pull, are not used at all.

The estimate itself is the middle of the same bounds carried with less caution, because the drift is usually better known
than can be certified; it never leaves the certified interval.

What no exchange of probes can see is a path that is slower in one direction; it stays inside the certified error.

Measured over simulated networks (`make bench-clock`). All float operations stand in one fixed order, so that the
TypeScript twin returns the same microseconds.
"""

import math
from bisect import insort
from typing import Final, NamedTuple

from sync.clock.drift import Drift, slopes_between
from sync.clock.exchange import Exchange
from sync.clock.hull import Hull
from sync.units import Micros

# How long a bound is kept, in seconds. Longer than a path usually stays lopsided, short enough that the drift is one.
MEMORY: Final = 300.0
# Old bounds are thrown out together, when the oldest is so much older: the hulls have to be built again then.
SPARE: Final = 100.0

# Two bursts and as many minutes of pairs at twice the steady rate fit; a peer that answers more often gets the newest.
MOST_EXCHANGES: Final = 400
KEPT_OF_MOST: Final = 300

# The drift is learnt anew after at most so many seconds, while memory is young after an eighth of its length.
LEARN_EVERY: Final = 8.0
LEARN_FIRST: Final = 1.0

# The drift changes by so many ppm while a bound is carried (temperature), more once bounds have contradicted each
# other. Certified bounds allow for all of it, the estimate for what is usual.
CALM_WANDER: Final = 1.0
WIDEST_WANDER: Final = 20.0
USUAL_WANDER: Final = 0.5

# How much may be missing to the widest gap for a slope to stay plausible: so many times what the fastest of all
# exchanges is expected to be slower than the path, but never less than stamps tremble, in microseconds.
MARGIN: Final = 3.0
TREMBLE: Final = 5.0

# A contradiction below this is drift that wandered; above it, a clock that was set, or slept. Microseconds.
SMALL_CONTRADICTION: Final = 5e3
# Needs a second exchange that says the same: one may have been stamped just while the clock jumped.
JUMP_TOLD_TWICE: Final = 1e3
# Believed at once: nothing but a jump does this.
JUMP_TOLD_ONCE: Final = 250e3


class _Proof(NamedTuple):
    """What one exchange proves. Offsets are peer minus local, in microseconds, instants in seconds.

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
        self._trips: list[int] = []
        # Upper bounds, and lower ones negated.
        self._upper = Hull()
        self._lower = Hull()
        self._drift = Drift()
        self._wander = CALM_WANDER
        self._suspect: _Proof | None = None
        self._jumped = False
        self._learnt_at = 0.0
        # At local second `_at` the offset lies in `_low` … `_high`, and most likely in `_near_low` … `_near_high`.
        self._at = 0.0
        self._low = self._near_low = -math.inf
        self._high = self._near_high = math.inf

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
        return self._drift.rate

    @property
    def drift_sigma_ppm(self) -> float:
        """One standard deviation of `drift_ppm`; tens of ppm until about a minute of exchanges is known."""
        return self._drift.sigma

    @property
    def round_trip(self) -> Micros:
        """q95 of the round trips in memory (nearest rank), 0 before the first: what `Report.round_trip` carries."""
        trips = self._trips
        return Micros(max(0, trips[(len(trips) * 95 + 99) // 100 - 1])) if trips else Micros(0)

    def add(self, exchange: Exchange) -> None:
        """Take in an exchange, in any order; those older than five minutes are ignored."""
        self._jumped = False
        if not self._proofs:
            self._local_origin = exchange.sent
            self._peer_origin = exchange.received
        proof = self._proof(exchange)
        if self._proofs:
            if self._at - proof.lower_at > MEMORY:
                return
            if proof.lower_at - self._at > MEMORY:
                self._start_over()
        if not self._proofs:
            self._at = self._learnt_at = proof.lower_at
        self._carry(proof.lower_at)
        low, high = self._own(proof, self._spread())
        if low <= self._high and self._low <= high:
            self._suspect = None
            if self._wander > CALM_WANDER:
                self._wander = max(CALM_WANDER, self._wander * 0.999)
        elif self._is_believed(proof, max(low - self._high, self._low - high)):
            low, high = self._own(proof, self._spread())
        else:
            return
        self._keep(proof)
        self._narrow(proof, low, high)
        if self._at - self._learnt_at >= self._patience():
            self._learn()
        if self._low > self._high:
            self._trust_newest(proof)

    def to_peer(self, instant: Micros) -> Micros:
        """What the peer's clock shows when ours shows `instant`. Only once `ready`."""
        assert self._proofs, "no exchange yet"
        local = instant - self._local_origin
        offset = self._middle() + self._drift.rate * (local / 1e6 - self._at)
        return Micros(self._peer_origin + local + math.floor(offset + 0.5))

    def to_local(self, instant: Micros) -> Micros:
        """What our clock shows when the peer's shows `instant`: `to_peer` the other way, to the microsecond."""
        assert self._proofs, "no exchange yet"
        peer = instant - self._peer_origin
        rate = self._drift.rate
        # Small corrections only: the quotient would lose microseconds over months of uptime, the sum does not.
        offset = self._middle()
        ahead = (peer - offset) / 1e6 - self._at
        offset = offset + rate * ahead / (1.0 + rate / 1e6)
        return Micros(self._local_origin + peer - math.floor(offset + 0.5))

    def error_at(self, instant: Micros) -> Micros:
        """Certified error of `to_peer(instant)`: the truth is no further away.

        It grows with the distance to the last reply. Certified as long as the drift changes by no more than some ppm
        in five minutes, which quartz crystals keep.
        """
        assert self._proofs, "no exchange yet"
        age = abs((instant - self._local_origin) / 1e6 - self._at)
        middle = self._middle()
        # One microsecond for rounding the result.
        return Micros(math.ceil(max(self._high - middle, middle - self._low) + self._spread() * age) + 1)

    def _middle(self) -> float:
        """The estimate of the offset at `_at`."""
        return min(max((self._near_low + self._near_high) / 2.0, self._low), self._high)

    def _start_over(self) -> None:
        """Forget the offset, keep the drift: after a jump, and after a silence in which anything may have happened."""
        self._drift.restart()
        self._jumped = True
        self._suspect = None
        self._remember([])

    def _proof(self, exchange: Exchange) -> _Proof:
        sent = exchange.sent - self._local_origin
        returned = exchange.returned - self._local_origin
        received = exchange.received - self._peer_origin
        answered = exchange.answered - self._peer_origin
        resolution = self._resolution
        # Readings are rounded down: the peer's may be 1 us late, ours `resolution`. Both widen, neither shifts.
        return _Proof(
            sent / 1e6,
            received - sent + 1.0,
            (returned + resolution) / 1e6,
            answered - returned - resolution,
            (returned - sent) - (answered - received),
        )

    def _spread(self) -> float:
        """How fast certainty is lost, in microseconds per second."""
        return self._drift.spread + self._wander

    def _patience(self) -> float:
        """How long to wait before learning the drift anew, in seconds."""
        return min(max(LEARN_FIRST, (self._at - self._proofs[0].lower_at) / 8.0), LEARN_EVERY)

    def _carry(self, to: float) -> None:
        """Bring the bounds to instant `to`, if that is later."""
        span = to - self._at
        if span <= 0.0:
            return
        rate = self._drift.rate
        spread = self._spread()
        self._at = to
        self._low = self._low + (rate - spread) * span
        self._high = self._high + (rate + spread) * span
        self._near_low = self._near_low + (rate - USUAL_WANDER) * span
        self._near_high = self._near_high + (rate + USUAL_WANDER) * span

    def _own(self, proof: _Proof, spread: float) -> tuple[float, float]:
        """Lower and upper bound that `proof` alone gives for the present, if certainty is lost at `spread`."""
        rate = self._drift.rate
        low = proof.lower + (rate - spread) * (self._at - proof.lower_at)
        return low, proof.upper + (rate + spread) * (self._at - proof.upper_at)

    def _is_believed(self, proof: _Proof, contradiction: float) -> bool:
        """Judge a proof that contradicts what is known. False if it has to wait for another that says the same."""
        if contradiction <= SMALL_CONTRADICTION:
            self._wander = min(self._wander * 3.0, WIDEST_WANDER)
        if contradiction <= JUMP_TOLD_TWICE:
            return True
        witness = self._suspect
        if contradiction <= JUMP_TOLD_ONCE and witness is None:
            self._suspect = proof
            return False
        self._start_over()
        # The earlier witness counts too, unless it speaks of yet another time.
        if witness is not None and self._agree(witness, proof):
            self._keep(witness)
            self._narrow(witness, *self._own(witness, self._spread()))
        return True

    def _agree(self, one: _Proof, other: _Proof) -> bool:
        one_low, one_high = self._own(one, self._spread())
        other_low, other_high = self._own(other, self._spread())
        return one_low <= other_high and other_low <= one_high

    def _keep(self, proof: _Proof) -> None:
        """Remember a proof, and forget those that are too old or too many."""
        proofs = self._proofs
        proofs.append(proof)
        insort(self._trips, proof.round_trip)
        if len(proofs) > MOST_EXCHANGES:
            self._remember(proofs[-KEPT_OF_MOST:])
        elif self._at - proofs[0].lower_at > MEMORY + SPARE:
            self._remember([kept for kept in proofs if self._at - kept.lower_at <= MEMORY])
        elif len(proofs) > 1 and (proof.upper_at < self._upper.ats[-1] or proof.lower_at < self._lower.ats[-1]):
            # Late news.
            self._remember(proofs)
        else:
            self._upper.add(proof.upper_at, proof.upper)
            self._lower.add(proof.lower_at, -proof.lower)

    def _remember(self, proofs: list[_Proof]) -> None:
        """Hold exactly these, in the order in which they came."""
        self._proofs = proofs
        self._trips = sorted(proof.round_trip for proof in proofs)
        self._upper = Hull((proof.upper_at, proof.upper) for proof in proofs)
        self._lower = Hull((proof.lower_at, -proof.lower) for proof in proofs)
        self._bound()

    def _narrow(self, proof: _Proof, low: float, high: float) -> None:
        """Let a new proof, whose own bounds for the present are `low` and `high`, narrow what is known."""
        # Comparisons in place of max and min: this is what every reply costs.
        if low > self._low:
            self._low = low
        if high < self._high:
            self._high = high
        low, high = self._own(proof, USUAL_WANDER)
        if low > self._near_low:
            self._near_low = low
        if high < self._near_high:
            self._near_high = high

    def _learn(self) -> None:
        """Ask all bounds in memory for the drift, and carry them anew."""
        self._learnt_at = self._at
        narrowest = self._trips[0] + 1.0 + self._resolution
        margin = MARGIN * max(TREMBLE, self._excess())
        self._drift.learn(slopes_between(self._upper, self._lower, USUAL_WANDER, narrowest, margin))
        self._bound()

    def _excess(self) -> float:
        """How much slower than the path the fastest of all exchanges is likely to be, one way, in microseconds.

        With delays that pile up at their least value, the sum of two ways lies within x of it for a share of x²/2m²,
        m being their mean excess; the least of n single ones is m/n above. The fastest eighth tells m.
        """
        trips = self._trips
        count = len(trips)
        rank = min(count // 8 + 1, count - 1)
        return (trips[rank] - trips[0]) / math.sqrt(2.0 * rank * count) if rank > 0 else 0.0

    def _bound(self) -> None:
        """Greatest lower and least upper bound that all in memory give for the present."""
        rate = self._drift.rate
        spread = self._spread()
        self._low = -self._lower.least(self._at, spread - rate)
        self._high = self._upper.least(self._at, rate + spread)
        self._near_low = -self._lower.least(self._at, USUAL_WANDER - rate)
        self._near_high = self._upper.least(self._at, rate + USUAL_WANDER)

    def _trust_newest(self, proof: _Proof) -> None:
        """Drop the old bounds that a slight contradiction has proven wrong."""
        self._remember([old for old in self._proofs if self._agree(old, proof)])
        if self._low > self._high:
            # Each agrees with the newest but not with one another.
            self._remember([proof])
