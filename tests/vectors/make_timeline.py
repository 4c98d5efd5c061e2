"""Writes the shared vectors of the timeline: ``python -m tests.vectors.make_timeline``.

Python and TypeScript must agree on every number. Changing a vector changes the protocol; say so in the commit.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sync.timeline import transport as line
from sync.timeline.anchor import Anchor
from sync.timeline.drift import Correction, DriftControl, Hold, Jump, Nudge, correction
from sync.timeline.lead import DEFAULT_LIMITS, start_lead
from sync.timeline.plain import to_plain
from sync.timeline.transport import Cue, Transport
from sync.timeline.vibe import Vibe
from sync.units import Micros, SampleCount, micros_of_samples, samples_of_micros

HERE = Path(__file__).parent
HOUR = 3_600_000_000

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Report:
    round_trip: int
    lead_needed: int


def units() -> Json:
    """Conversions, also of negative spans and at the end of the exact range."""
    draw = random.Random(1)
    frames = [0, 1, 5, 6, 7, 47_999, 48_000, 48_001, *(draw.randrange(2**46) for _ in range(40))]
    spans = [-1, 0, 1, 20, 21, 125, -125, -126, HOUR, *(draw.randrange(-(2**50), 2**50) for _ in range(40))]
    return {
        "micros_of_samples": [[count, micros_of_samples(SampleCount(count))] for count in frames],
        "samples_of_micros": [[span, samples_of_micros(Micros(span))] for span in spans],
    }


def anchors() -> list[Json]:
    """Hours of playback at every speed in steps of 1 %, and some odd ones."""
    draw = random.Random(2)
    found: list[Json] = []
    for rate in [0, *range(500, 2001, 10), 501, 997, 1001, 1499, 1999]:
        at, position = draw.randrange(1_000_000, 40 * 24 * HOUR), draw.randrange(2 * HOUR)
        anchor = Anchor(Micros(at), Micros(position), rate)
        spans = [0, 1, -1, 999, -999, 1001, draw.randrange(HOUR)]
        spans += [5 * HOUR + draw.randrange(1000), -draw.randrange(HOUR)]
        positions = [position, position + 1, position - 1, position + draw.randrange(9 * HOUR), 0]
        found.append(
            {
                "anchor": [at, position, rate],
                "position_at": [[at + span, anchor.position_at(Micros(at + span))] for span in spans],
                "instant_of": [[there, anchor.instant_of(Micros(there))] for there in positions],
            }
        )
    return found


def _cue(draw: random.Random) -> Cue:
    # Short ones, so that boundaries are crossed; some of unknown length.
    frames = draw.choice([0, 48_000, 481_234, draw.randrange(1, 4_800_000)])
    return Cue(f"e{draw.randrange(50)}", f"t{draw.randrange(9)}", f"a{draw.randrange(99)}", SampleCount(frames))


def _plain_cue(cue: Cue | None) -> list[object] | None:
    return None if cue is None else [cue.entry, cue.track, cue.order, cue.frames]


def _step(draw: random.Random, before: Transport, at: int) -> tuple[list[object], Transport]:
    """One random operation: its name and arguments, and the record after it."""
    cue, other = _cue(draw), draw.choice([None, _cue(draw)])
    position, rate = draw.randrange(-5_000_000, 150_000_000), draw.choice([100, 500, 900, 1000, 1250, 2000, 9000])
    pitch, keeps = draw.choice([0, 0, -1200, 350, 4000]), draw.random() < 0.3
    known = before.current.entry if before.current is not None else "e0"
    frames = draw.randrange(1, 4_800_000)
    behind = [_cue(draw) for _ in range(draw.randrange(3))]
    shift = draw.randrange(-1_000_000, 1_000_000)
    steps: list[tuple[list[object], Callable[[], Transport]]] = [
        (["play", _plain_cue(cue), position, at], lambda: line.play(before, cue, Micros(position), Micros(at))),
        (["resume", at], lambda: line.resume(before, Micros(at))),
        (["pause", at], lambda: line.pause(before, Micros(at))),
        (["seek", position, at], lambda: line.seek(before, Micros(position), Micros(at))),
        (["set_vibe", rate, pitch, keeps, at], lambda: line.set_vibe(before, Vibe(rate, pitch, keeps), Micros(at))),
        (["expect", _plain_cue(other)], lambda: line.expect(before, other)),
        (["settle", _plain_cue(other)], lambda: line.settle(before, other)),
        (["with_frames", known, frames], lambda: line.with_frames(before, known, SampleCount(frames))),
        (
            ["advance", at, [_plain_cue(one) for one in behind]],
            lambda: line.advance(before, Micros(at), behind),
        ),
        (
            ["re_anchored", f"c{at % 7}", at % 3, shift],
            lambda: line.re_anchored(before, f"c{at % 7}", at % 3, Micros(shift)),
        ),
    ]
    # Announcing and advancing happen most in a room's life.
    name, carry_out = draw.choices(steps, weights=[2, 2, 1, 2, 1, 3, 3, 1, 4, 0.3])[0]
    return name, carry_out()


def transports() -> list[Json]:
    """Rooms living through random operations; after each the record, and what is read from it."""
    found: list[Json] = []
    for seed in range(12):
        draw = random.Random(100 + seed)
        record = line.empty("c", seed)
        at = draw.randrange(10**9)
        steps: list[Json] = []
        for _ in range(25):
            at += draw.choice([0, 1, 200_000, 3_000_000, 40_000_000])
            operation, after = _step(draw, record, at)
            steps.append(
                {
                    "operation": operation,
                    "record": to_plain(after),
                    "is_unchanged": after is record,
                    "position_at": [at + 123_457, line.position_at(after, Micros(at + 123_457))],
                    "settle_due_at": line.settle_due_at(after),
                    "is_at_end": line.is_at_end(after),
                }
            )
            record = after
        found.append({"owner_term": seed, "steps": steps})
    return found


def leads() -> list[Json]:
    """Rooms of any size, with devices that know nothing yet and others that are hopeless."""
    draw = random.Random(3)
    rooms = [[], [_Report(0, 0)], [_Report(2_000_000, 10_000)], [_Report(2_000_000, 0), _Report(40_000, 300_000)]]
    rooms += [
        [_Report(draw.choice([0, draw.randrange(3_000_000), draw.randrange(60_000)]), draw.randrange(-50_000, 300_000))
         for _ in range(draw.randrange(1, 40))]
        for _ in range(60)
    ]  # fmt: skip
    return [
        {
            "reports": [[report.round_trip, report.lead_needed] for report in room],
            "lead": start_lead(room, DEFAULT_LIMITS),
        }
        for room in rooms
    ]


def _plain_correction(answer: Correction) -> list[object]:
    match answer:
        case Hold():
            return ["hold"]
        case Nudge(rate_ppm):
            return ["nudge", rate_ppm]
        case Jump(by):
            return ["jump", by]


def drifts() -> Json:
    """Single judgements over the whole range, and loops with a drifting sound card, noise, a step and a bad clock."""
    sizes = [0, 299, 300, 301, 999, 4000, 4001, 13_001, 30_000, 30_001, 10**6]
    errors = [sign * size for sign in (1, -1) for size in sizes]
    single = [
        [error, bound, _plain_correction(correction(Micros(error), Micros(bound)))]
        for error in errors
        for bound in (0, 200, 16_000, 40_000)
    ]
    loops: list[Json] = []
    for seed, card_ppm, bound in [(1, 60.0, 200), (2, -180.0, 1_400), (3, 20.0, 16_000)]:
        draw = random.Random(seed)
        control, error, rate, at = DriftControl(), 20_000.0, 0, 0
        steps: list[list[object]] = []
        for index in range(400):
            span = draw.choice([25_000, 100_000, 100_000, 130_000])
            at += span
            error += (card_ppm + rate) * span / 1e6 + (45_000 if index == 200 else 0)
            reading = round(error + draw.gauss(0, 100))
            answer = control.step(Micros(at), Micros(reading), Micros(bound))
            match answer:
                case Hold():
                    rate = 0
                case Nudge(rate_ppm):
                    rate = rate_ppm
                case Jump(by):
                    error += by
            steps.append([at, reading, *_plain_correction(answer)])
        loops.append({"clock_error": bound, "steps": steps, "learnt_ppm": control.learnt_ppm})
    return {"single": single, "loops": loops}


def malformed() -> list[Json]:
    """Values that are no transport record: what is wrong, and the value."""
    good = to_plain(line.play(line.empty("c"), Cue("e", "t", "a", SampleCount(48_000)), Micros(0), Micros(5)))
    still: Json = {"at": 5, "position": 0, "rate_permille": 0}
    changes: list[tuple[str, Json]] = [
        ("no epoch", {"clock_epoch": None}),
        ("long epoch", {"clock_epoch": "x" * 257}),
        ("negative revision", {"revision": -1}),
        ("broken number", {"revision": 1.5}),
        ("text for a number", {"owner_term": "1"}),
        ("truth for a number", {"owner_term": True}),
        ("beyond exact numbers", {"revision": 2**53}),
        ("unknown status", {"status": "rewinding"}),
        ("playing nothing", {"current": None}),
        ("current is a list", {"current": ["e", "t", "a", 1]}),
        ("cue without track", {"current": {"entry": "e", "order": "a", "frames": 1}}),
        ("negative length", {"next": {"entry": "e", "track": "t", "order": "a", "frames": -1}}),
        ("number for a truth", {"is_settled": 1}),
        ("no anchor", {"anchor": None}),
        ("negative position", {"anchor": {"at": 5, "position": -1, "rate_permille": 1000}}),
        ("playing but still", {"anchor": still}),
        ("too fast", {"rate_permille": 2001, "anchor": {"at": 5, "position": 0, "rate_permille": 2001}}),
        ("too slow", {"rate_permille": 499, "anchor": {"at": 5, "position": 0, "rate_permille": 499}}),
        ("too high", {"pitch_cents": 1201}),
        ("too low", {"pitch_cents": -1201}),
        ("number for formants", {"keeps_formants": 1}),
        ("empty with an entry", {"status": "empty", "anchor": still, "boundary_at": None}),
        ("paused with a boundary", {"status": "paused", "anchor": still}),
    ]
    return [{"why": why, "value": good | change} for why, change in changes]


def main() -> None:
    """Write them all."""
    files: dict[str, object] = {
        "timeline_units": units(),
        "timeline_anchor": anchors(),
        "timeline_transport": transports(),
        "timeline_lead": leads(),
        "timeline_drift": drifts(),
        "timeline_malformed": malformed(),
    }
    for name, content in files.items():
        (HERE / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
