"""Somebody turns the room's tempo: how soon it is heard, whether by all at once, and how near all stay while it is turned."""

from typing import Final

from loadtests.insync.departures import departure_from
from loadtests.insync.pulse import RATE
from loadtests.insync.stage import Device, Measured, Stage
from loadtests.insync.tracks import demo_tracks
from loadtests.insync.trials.trial import Bar, Trial, spread_bars

_SETTLED_SECONDS: Final = 8.0
_CHANGES: Final = 6
# The recording as it is, heard before a change so that its end can be found.
_BEFORE_SECONDS: Final = 4.0
_AFTER_SECONDS: Final = 3.0
_DRAG_STEPS: Final = 9
_DRAG_STEP_SECONDS: Final = 0.15
_SOON: Final = "command to first changed sound, ms"
_TOGETHER: Final = "first changed sound apart, ms"


def vibes(stage: Stage, seconds: float) -> None:
    """Five percent slower and back, again and again, and then a drag to almost half and back."""
    stage.open_room()
    stage.wait_until(stage.audio_began() + _SETTLED_SECONDS)
    host, tracks = stage.session.host, demo_tracks()
    for number in range(1, _CHANGES + 1):
        stage.look_at_clock()
        host.slow_down()
        pressed = stage.last_key()
        stage.phase(f"change {number}", pressed - 1, pressed + _AFTER_SECONDS)
        start, known = stage.frame_at(pressed - _BEFORE_SECONDS), round(_BEFORE_SECONDS * RATE)
        recording = stage.recorder.taken(start)
        found = [departure_from(tracks, recording.client(card), known) for card in range(len(stage.devices))]
        for card, frames in enumerate(found):
            if frames is not None:
                after = 1e3 * (frames - known) / RATE
                stage.measured.append(Measured(f"change {number}", _SOON, round(after, 1), f"browser {card}"))
        told = [frames for frames in found if frames is not None]
        if len(told) == len(found):
            apart = 1e3 * (max(told) - min(told)) / RATE
            stage.measured.append(Measured(f"change {number}", _TOGETHER, round(apart, 1)))
        host.speed_up()
        stage.wait_until(stage.last_key() + _BEFORE_SECONDS + 1)
    for name, turn in (("drag down", host.slow_down), ("drag up", host.speed_up)):
        stage.look_at_clock()
        turn()
        began = stage.last_key()
        for _ in range(_DRAG_STEPS - 1):
            host.wait(_DRAG_STEP_SECONDS)
            turn()
        stage.phase(name, began, stage.last_key() + _AFTER_SECONDS)


VIBES: Final = (
    Trial(
        "vibe",
        "the tempo changes by 5 %, six times, and is dragged by 45 % in nine steps and back",
        (Device(), Device()),
        vibes,
        (
            Bar("change *", _SOON, 300),
            Bar("change *", _TOGETHER, None),
            *spread_bars("change *", 0.5, 5, None),
            Bar("change *", "silences", 0),
            *spread_bars("drag *", 0.5, 5, None),
            Bar("drag *", "silences", 0),
        ),
    ),
)
