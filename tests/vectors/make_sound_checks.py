"""Writes the shared vectors of sound checks: ``python -m tests.vectors.make_sound_checks``.

Pages and devices without one must mark the same instants with the same sounds. Sounds are written to nine places, which is
far below a step of 16 bit: the sines of two languages may differ in their last place.
"""

import json
import random
from pathlib import Path

from hathor_rt.headless.chirp import ChirpPlan, chirp_at, chirps_of
from hathor_rt.headless.marks import MarkSound, beats_between, chirp_marks, clicks, samples_of
from sync.units import Micros

HERE = Path(__file__).parent
PLACES = 9
# Every so many samples of a sound are written; a prime, so that no tone of the sweep hides between them.
EVERY = 13

Json = dict[str, object]


def beats() -> list[Json]:
    """Stretches of room time with their whole seconds; also empty ones and some before its beginning."""
    draw = random.Random(11)
    stretches = [(0, 1), (0, 0), (1, 1_000_000), (1_000_000, 1_000_001), (-1_500_000, 500_000), (5, 3)]
    stretches += [(begin := draw.randrange(2**50), begin + draw.randrange(4_000_000)) for _ in range(30)]
    return [{"between": [begin, end], "beats": beats_between(Micros(begin), Micros(end))} for begin, end in stretches]


def plans() -> list[Json]:
    """Measurements of 2 … 12 devices: what chirps when, and what one of the devices plays in a stretch of the time."""
    draw = random.Random(12)
    found: list[Json] = []
    for count in (2, 3, 5, 12):
        starts_at, slot, rounds = draw.randrange(2**50), draw.choice([700_000, 1_000_000]), draw.randrange(1, 4)
        devices = [f"c{index}" for index in range(count)]
        chirps = chirps_of(ChirpPlan(Micros(starts_at), Micros(slot), rounds, devices))
        mine = draw.randrange(count)
        begin = starts_at + draw.randrange(slot)
        end = begin + rounds * count * slot - draw.randrange(2 * slot)
        marks = chirp_marks([chirp for chirp in chirps if chirp.device == mine])(Micros(begin), Micros(end))
        found.append(
            {
                "plan": {"starts_at": starts_at, "slot": slot, "rounds": rounds, "devices": devices},
                "chirps": [[chirp.device, chirp.round, chirp.at, chirp.is_rising] for chirp in chirps],
                "device": mine,
                "between": [begin, end],
                "marks": [[mark.at, mark.sound] for mark in marks],
            }
        )
    return found


def click_tests() -> list[Json]:
    """Clicks of a check, asked for stretch by stretch."""
    draw = random.Random(13)
    found: list[Json] = []
    for _ in range(6):
        starts_at = draw.randrange(2**50)
        ends_at = starts_at + 5_000_000
        stretches = [(starts_at + at, starts_at + at + 2_500_000) for at in range(-3_000_000, 7_000_000, 1_700_000)]
        between = clicks(Micros(starts_at), Micros(ends_at))
        marks = [[mark.at for mark in between(Micros(begin), Micros(end))] for begin, end in stretches]
        found.append({"check": [starts_at, ends_at], "between": stretches, "clicks": marks})
    return found


def chirp_instants() -> list[list[object]]:
    """Both sweeps at any instants, also outside of them: seconds, whether it rises, and the sound there."""
    draw = random.Random(14)
    instants = [-1.0, 0.0, 1e-9, 0.01, 0.02, 0.1, 0.18, 0.19, 0.2, 0.3, *(draw.uniform(0, 0.2) for _ in range(60))]
    return [
        [seconds, is_rising, round(chirp_at(seconds, is_rising=is_rising), PLACES)]
        for seconds in instants
        for is_rising in (True, False)
    ]


def sounds() -> Json:
    """How long each sound is, and every so many samples of it."""
    names: tuple[MarkSound, ...] = ("click", "rising", "falling")
    return {
        name: {
            "frames": len(samples_of(name)),
            "every": EVERY,
            "samples": [round(float(sample), PLACES) for sample in samples_of(name)[::EVERY]],
        }
        for name in names
    }


def sound_checks() -> Json:
    """All of it."""
    return {
        "beats": beats(),
        "plans": plans(),
        "click_tests": click_tests(),
        "chirp_at": chirp_instants(),
        "sounds": sounds(),
    }


def main() -> None:
    """Write the file."""
    (HERE / "sound_checks.json").write_text(json.dumps(sound_checks(), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
