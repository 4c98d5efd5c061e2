"""Someone presses buttons: how near all are afterwards, and how soon it is heard everywhere."""

from collections.abc import Callable
from functools import partial
from typing import Final

from loadtests.insync.stage import Device, Measured, Stage
from loadtests.insync.trials.trial import Bar, Trial, spread_bars

_SETTLED_SECONDS: Final = 8.0
_PLAYS: Final = 7
_PLAY_SECONDS: Final = 3.0
_PAUSE_SECONDS: Final = 1.5
# A command's fade and lead; what is judged begins behind them.
_COMMAND_SECONDS: Final = 1.0
_CLICKS: Final = 4
_ANSWER: Final = "click to effect, ms"


def plays(stage: Stage, seconds: float) -> None:
    """Pause and play again and again; three seconds of each play are heard."""
    stage.open_room()
    stage.wait_until(stage.audio_began() + _SETTLED_SECONDS)
    for number in range(1, _PLAYS + 1):
        _pause(stage)
        began = _play(stage) + 0.1
        stage.phase(f"play {number}", began, began + _PLAY_SECONDS)


def moves(stage: Stage, seconds: float) -> None:
    """Seek, then next."""
    stage.open_room()
    stage.wait_until(stage.audio_began() + _SETTLED_SECONDS)
    host = stage.session.host
    commands: dict[str, Callable[[], None]] = {"seek": partial(host.seek, 0.5), "next": host.next}
    for name, command in commands.items():
        command()
        stage.look_at_clock()
        start = stage.last_click() + _COMMAND_SECONDS
        stage.phase(name, start, start + seconds / 2)


def answers(stage: Stage, seconds: float) -> None:
    """Pause and play again and again; what is measured is how soon each device does it."""
    stage.open_room()
    stage.wait_until(stage.audio_began() + _SETTLED_SECONDS)
    for number in range(1, _CLICKS + 1):
        _pause(stage)
        for card in range(len(stage.devices)):
            last = stage.last_sound_since(stage.last_click(), card)
            _note(stage, f"pause {number}", last, card)
        _play(stage)
        for card in range(len(stage.devices)):
            _note(stage, f"play {number}", stage.first_sound_since(stage.last_click(), card), card)
        stage.session.host.wait(_PLAY_SECONDS)


def _pause(stage: Stage) -> None:
    stage.look_at_clock()
    stage.session.host.pause()
    stage.session.wait_for_silence()
    stage.session.host.wait(_PAUSE_SECONDS)


def _play(stage: Stage) -> float:
    """Returns when the last of all sounded, in Unix seconds."""
    stage.look_at_clock()
    stage.session.host.play()
    stage.session.wait_for_sound()
    return max(stage.first_sound_since(stage.last_click(), card) for card in range(len(stage.devices)))


def _note(stage: Stage, phase: str, instant: float, card: int) -> None:
    stage.measured.append(Measured(phase, _ANSWER, round(1e3 * (instant - stage.last_click()), 1), f"browser {card}"))


_TWO: Final = (Device(), Device())

COMMANDS: Final = (
    Trial(
        "plays",
        "seven times pause and play",
        _TWO,
        plays,
        (*spread_bars("play *", None, 10, None), Bar("play *", "worst median", 2)),
    ),
    Trial(
        "reference",
        "the same with another product's method: one scheduled start, no correction (no bars: it stands beside)",
        _TWO,
        plays,
        (*spread_bars("play *", None, None, None), Bar("play *", "worst median", None), Bar("play *", "clicks", None)),
        is_reference=True,
    ),
    Trial(
        "moves",
        "seek and next, from one second after the click on",
        _TWO,
        moves,
        (
            *spread_bars("seek", 0.5, 2, 5),
            Bar("seek", "clicks", 0),
            *spread_bars("next", 0.5, 2, 5),
            Bar("next", "clicks", 0),
        ),
    ),
    Trial(
        "click",
        "from a click to the sound's end (pause) or beginning (play) on every device",
        _TWO,
        answers,
        (Bar("pause *", _ANSWER, 200), Bar("play *", _ANSWER, 200)),
    ),
)
