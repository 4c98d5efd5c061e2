"""Writes the shared vectors of the clock: ``python -m tests.vectors.make_clock``.

The exchanges come from simulated links. The estimates computed from them must be the same in Python and TypeScript, to
the microsecond.
"""

import json
import random
from pathlib import Path

from loadtests.clock.conversation import converse
from loadtests.clock.delays import jitter
from loadtests.clock.networks import NETWORK_OF, Network
from loadtests.clock.oscillator import Interruptions, Oscillator
from sync.clock.estimate import ClockEstimate
from sync.clock.exchange import Exchange
from sync.clock.probing import ProbePlan
from sync.units import Micros

HERE = Path(__file__).parent

Json = dict[str, object]


class _Recorder:
    """Probes every so many Micros after a short burst and writes down what it hears."""

    def __init__(self, every: int) -> None:
        self._every = every
        self.heard_exchanges: list[Exchange] = []
        self._due = Micros(0)
        self._count = 0

    def next_at(self, now: Micros) -> Micros:
        return self._due

    def sent(self, now: Micros) -> None:
        self._count += 1
        self._due = Micros(now + (50_000 if self._count < 8 else self._every))

    def heard(self, exchange: Exchange) -> None:
        self.heard_exchanges.append(exchange)

    def woke(self, now: Micros) -> None:
        self._due = now


def plain(exchange: Exchange) -> list[int]:
    """Sent, received, answered, returned."""
    return [exchange.sent, exchange.received, exchange.answered, exchange.returned]


def exchanges() -> list[Json]:
    """Offsets and round trips, also negative ones."""
    draw = random.Random(5)
    found: list[Json] = []
    for _ in range(50):
        sent = draw.randrange(10**12)
        received = draw.randrange(10**12)
        answered = received + draw.randrange(1000)
        exchange = Exchange(Micros(sent), Micros(received), Micros(answered), Micros(sent + draw.randrange(100_000)))
        found.append(
            {
                "exchange": plain(exchange),
                "offset": exchange.offset,
                "round_trip": exchange.round_trip,
                "error_bound": exchange.error_bound,
            }
        )
    return found


def trace(
    link: Network, seed: int, granularity: int, seconds: float, *, is_shuffled: bool = False, every: int = 2_000_000
) -> Json:
    """Exchanges over one link, and after each what the estimate says of some instants before, at and after it."""
    recorder = _Recorder(every)
    converse(link, Oscillator(seed, granularity, link.interruptions), recorder, seed, seconds, lambda at: None)
    heard = recorder.heard_exchanges
    if is_shuffled:
        random.Random(seed).shuffle(heard)
    estimate = ClockEstimate(Micros(granularity))
    steps: list[Json] = []
    for exchange in heard:
        estimate.add(exchange)
        asked = [exchange.sent, exchange.returned, exchange.returned + 1_234_567, exchange.returned + 3_600_000_000]
        steps.append(
            {
                "exchange": plain(exchange),
                "jumped": estimate.jumped,
                "to_peer": [[at, estimate.to_peer(Micros(at))] for at in asked],
                "to_local": [
                    [at, estimate.to_local(Micros(at))] for at in (exchange.received, exchange.answered + 10**9)
                ],
                "error_at": [[at, estimate.error_at(Micros(at))] for at in asked],
                "round_trip": estimate.round_trip,
                "drift_ppm": estimate.drift_ppm,
            }
        )
    return {"name": link.name, "resolution": granularity, "steps": steps}


def traces() -> list[Json]:
    """One of each kind that behaves differently: calm, busy, lopsided, sleeping, shuffled, silent, stepping."""
    lan = jitter(0.15, 0.05, 0.01, 1.0)
    silent = Network(
        "silent", "no word for longer than memory", lan, lan, interruptions=Interruptions(((20.0, 400.0),))
    )
    steps = Interruptions(steps=((20.0, 0.0007), (40.0, 0.003), (60.0, 0.03)))
    wandering = Network("small steps", "a clock that is set again and again", lan, lan, interruptions=steps)
    return [
        trace(NETWORK_OF["lan"], 1, 1, 90),
        trace(NETWORK_OF["wifi_busy"], 2, 100, 90),
        trace(NETWORK_OF["lte"], 3, 1000, 60),
        trace(NETWORK_OF["sleep"], 4, 100, 230),
        trace(NETWORK_OF["lossy_tcp"], 5, 5, 60, is_shuffled=True),
        trace(silent, 6, 100, 460),
        trace(wandering, 7, 5, 90),
        # Long enough for the oldest to be thrown out.
        trace(NETWORK_OF["wifi_good"], 8, 100, 450, every=5_000_000),
    ]


def plans() -> list[Json]:
    """Probe plans driven by a random life: what is asked, and the answer."""
    found: list[Json] = []
    for seed in (0, 7, 2**32 + 5, 123_456_789):
        draw = random.Random(seed)
        now = draw.randrange(10**9)
        plan = ProbePlan(seed, Micros(now))
        steps: list[list[object]] = []
        under_way: list[int] = []
        start = now
        for _ in range(160):
            now = max(now, plan.next_at(Micros(now)))
            steps.append(["lapsed", now, list(plan.lapsed(Micros(now)))])
            seq = plan.sent(Micros(now))
            steps.append(["sent", now, seq])
            under_way.append(seq)
            if draw.random() < 0.8:
                seq, bound = under_way.pop(draw.randrange(len(under_way))), draw.choice([900, 1000, 1100, 20_000])
                steps.append(["answered", seq, bound, plan.answered(seq, Micros(bound))])
            match draw.randrange(40):
                case 0:
                    plan.burst(Micros(now))
                    steps.append(["burst", now])
                case 1:
                    plan.reconnected(Micros(now))
                    steps.append(["reconnected", now])
                case 2:
                    plan.rest()
                    steps.append(["rest"])
                case 3:
                    plan.play(Micros(now))
                    steps.append(["play", now])
            steps.append(["next_at", now, plan.next_at(Micros(now))])
        found.append({"seed": seed, "start": start, "steps": steps})
    return found


def main() -> None:
    """Write them all."""
    files: dict[str, object] = {"clock_exchange": exchanges(), "clock_estimate": traces(), "clock_probing": plans()}
    for name, content in files.items():
        (HERE / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
