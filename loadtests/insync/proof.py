"""The analysis against recordings whose truth is known: ``python -m loadtests.insync --self-test``.

What is claimed about a recording of browsers can be no better than what is found here; no browser and no sound server
takes part. `self_test` is the other half: the way of the sound, with known delays played by a browser.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from loadtests.insync.defects import clicks, jumps, silences
from loadtests.insync.offsets import offsets_between
from loadtests.insync.pulse import RATE
from loadtests.insync.synthetic import Sound, faster, hits, later, signal, with_faded_step, with_gap, with_step
from loadtests.insync.tracks import Tracks, rate_ppm

DELAYS_MS: Final = (0.0, 0.01, 0.1, 5.0, 20.0, -37.123)
RATES_PPM: Final = (-160.0, -20.0, 20.0, 160.0)
# Around the ends a shifted sound is not the same.
_EDGE_SECONDS: Final = 0.6
_LATE_MS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Claim:
    """Something the analysis must find.

    Attributes:
        error: By how much it was missed at worst; infinite if it was not found, or found where it is not.
        most: What it may be missed by.
    """

    name: str
    unit: str
    error: float
    most: float

    @property
    def is_held(self) -> bool:
        """Whether it was found."""
        return self.error <= self.most


def claims(seconds: float = 20.0) -> list[Claim]:
    """Try everything on sounds of so many seconds, at least 8: what is found elsewhere must be confirmed by what follows."""
    sound = hits(seconds, seed=40)
    return [*_delays(sound), *_drifts(sound), *_defects(sound), *_alarms(sound)]


def _delays(sound: Sound) -> Iterator[Claim]:
    for delay in DELAYS_MS:
        found = offsets_between(signal(sound), signal(later(sound, delay)))
        inside = [each for each in found if _EDGE_SECONDS < each.at < len(sound) / RATE - _EDGE_SECONDS]
        error = max((abs(each.milliseconds - delay) for each in inside), default=float("inf"))
        yield Claim(f"delay of {delay:g} ms", "µs", 1e3 * error, 0.2)


def _drifts(sound: Sound) -> Iterator[Claim]:
    tracks = Tracks({"sound": signal(sound)})
    for ppm in RATES_PPM:
        moved = signal(faster(sound, ppm))
        found = offsets_between(signal(sound), moved)
        inside = [each for each in found if _EDGE_SECONDS < each.at < len(sound) / RATE - _EDGE_SECONDS]
        # A window is where its loudest part is, not where its middle is.
        error = max((abs(each.milliseconds + 1e-3 * ppm * each.at) for each in inside), default=float("inf"))
        yield Claim(
            f"offset of one that is {ppm:+g} ppm faster, in every window", "µs", 1e3 * error, 0.25 * abs(ppm) + 1
        )
        rate = rate_ppm(tracks.places(moved))
        yield Claim(
            f"rate of one that is {ppm:+g} ppm faster", "ppm", float("inf") if rate is None else abs(rate - ppm), 2
        )


def _defects(sound: Sound) -> Iterator[Claim]:
    middle = len(sound) / RATE / 2 + 0.07
    for length in (10.5, 25.0, 480.0):
        found = silences(signal(with_gap(sound, middle, length)))
        error = abs(1e3 * found[0].seconds - length) if len(found) == 1 else float("inf")
        yield Claim(f"silence of {length:g} ms", "ms", error, 1.5)
    for name, bent in (
        ("gap of 3 ms", with_gap(sound, middle, 3)),
        ("32 samples left out", with_step(sound, middle, 32)),
        ("128 samples repeated", with_step(sound, middle, -128)),
    ):
        heard = clicks(signal(bent))
        error = abs(heard[0] - middle) if len(heard) == 1 else float("inf")
        yield Claim(f"click: {name}", "ms", 1e3 * error, 4)
    tracks = Tracks({"sound": signal(sound)})
    for jump in (-60.0, -5.0, 5.0, 60.0, 700.0):
        bent = with_faded_step(sound, middle, round(jump * RATE / 1e3))
        leaps = jumps(tracks.places(signal(bent)))
        error = abs(leaps[0].milliseconds - jump) if len(leaps) == 1 else float("inf")
        yield Claim(f"faded jump of {jump:+g} ms", "ms", error, 0.1)


def _alarms(sound: Sound) -> Iterator[Claim]:
    """What is clean is found clean, also when it is late or at another rate; and one's fault is not another's."""
    tracks = Tracks({"sound": signal(sound)})
    for name, clean in (("clean", sound), ("at +160 ppm", faster(sound, 160)), ("late", later(sound, _LATE_MS))):
        heard = signal(clean)[: len(sound) - RATE // 10]
        alarms = len(clicks(heard)) + len(silences(heard)) + len(jumps(tracks.places(heard)))
        yield Claim(f"false alarms in a recording that is {name}", "", float(alarms), 0)
    strangers = offsets_between(signal(sound), signal(hits(len(sound) / RATE, seed=41)))
    yield Claim("distances between strangers", "", float(len(strangers)), 0)


def proof_table(found: list[Claim]) -> str:
    """For people, in Markdown."""
    lines = ["| what | error at worst | may be | |", "|---|---|---|---|"]
    for each in found:
        verdict = "held" if each.is_held else "NOT HELD"
        lines.append(f"| {each.name} | {each.error:.3f} {each.unit} | {each.most:g} {each.unit} | {verdict} |")
    delays = [each.error for each in found if each.name.startswith("delay")]
    lines += ["", f"Floor of the analysis: {np.max(delays):.3f} µs."]
    return "\n".join(lines) + "\n"
