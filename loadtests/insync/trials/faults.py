"""Something happens to one of several: it comes late, or it, its network or its page stands still for a while."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Final

from loadtests.insync.phases import Fault
from loadtests.insync.stage import Device, Measured, Stage
from loadtests.insync.trials.trial import Bar, Trial, faultless, spread_bars

# Timestamps of a new sound output wander for so long at worst; a fault is judged by itself.
_SETTLED_SECONDS: Final = 15.0
_BEFORE_SECONDS: Final = 1.0
_AFTER_SECONDS: Final = 5.0
# A standstill of seconds is followed for longer: what a page believes of its output has to be learned again.
_LONG_SECONDS: Final = 1.0
_LONG_AFTER_SECONDS: Final = 20.0
_BETWEEN_SECONDS: Final = 4.0
_VICTIM: Final = 1
_AT_ONCE_SECONDS: Final = 2.0
_LATER_SECONDS: Final = 10.0

# What is done to the victim for so many seconds; in force while the block runs.
Doing = Callable[[Stage, float], AbstractContextManager[None]]


def late_join(stage: Stage, seconds: float) -> None:
    """All but the last play; then the last opens the room's link and joins with a click."""
    last = len(stage.devices) - 1
    stage.open_room(last)
    stage.wait_until(stage.audio_began() + _SETTLED_SECONDS)
    late = stage.open_browser()
    late.follow_link(stage.session.host.room)
    stage.look_at_clock()
    late.join_with_sound()
    clicked = stage.last_click(last)
    first = stage.first_sound_since(clicked, last)
    stage.measured.append(Measured("at once", "click to sound, s", round(first - clicked, 3)))
    stage.phase("at once", first, first + _AT_ONCE_SECONDS)
    start = first + _LATER_SECONDS
    stage.phase("after 10 s", start, start + seconds / 2)


def stand_still(doing: Doing, lengths: tuple[float, ...], stage: Stage, seconds: float) -> None:
    """The victim stands still for each of `lengths` seconds, one after the other."""
    stage.open_room()
    stage.wait_until(stage.audio_began() + _SETTLED_SECONDS)
    for length in lengths:
        stage.look_at_clock()
        began = time.time()
        with doing(stage, length):
            stage.session.host.wait(length)
        ended = time.time()
        fault = Fault(_VICTIM, stage.frame_at(began), stage.frame_at(ended))
        after = ended + (_AFTER_SECONDS if length < _LONG_SECONDS else _LONG_AFTER_SECONDS)
        stage.phase(_name(length), began - _BEFORE_SECONDS, after, fault=fault)
        stage.wait_until(after + _BETWEEN_SECONDS)


def _device(stage: Stage, length: float) -> AbstractContextManager[None]:
    return stage.browsers[_VICTIM].processes.standing_still()


def _page(stage: Stage, length: float) -> AbstractContextManager[None]:
    return stage.browsers[_VICTIM].processes.standing_still({"renderer"})


def _network(stage: Stage, length: float) -> AbstractContextManager[None]:
    stage.relay.stall(_VICTIM, length)
    return nullcontext()


def _name(length: float) -> str:
    return f"{1e3 * length:.0f} ms" if length < 1 else f"{length:.0f} s"


def _bars(lengths: tuple[float, ...]) -> tuple[Bar, ...]:
    return tuple(
        bar
        for length in lengths
        for bar in (
            Bar(_name(length), "apart before, ms", None),
            Bar(_name(length), "settled after, s", 1),
            Bar(_name(length), "others apart, ms", 2),
            Bar(_name(length), "others' clicks and silences", 0),
        )
    )


def _standstill(name: str, title: str, doing: Doing, lengths: tuple[float, ...]) -> Trial:
    return Trial(name, title, (Device(),) * 3, partial(stand_still, doing, lengths), _bars(lengths))


FAULTS: Final = (
    Trial(
        "late",
        "the second comes when the first has played for a while",
        (Device(), Device()),
        late_join,
        (
            Bar("at once", "click to sound, s", 1.5),
            *spread_bars("at once", None, None, 20),
            *spread_bars("after 10 s", None, 2, None),
            *faultless("after 10 s"),
        ),
    ),
    _standstill("still", "all processes of one of three browsers stand still", _device, (0.04, 0.5)),
    _standstill("frozen", "the page of one of three browsers stands still", _page, (0.04, 0.5, 3.0)),
    _standstill("outage", "the network of one of three lets nothing through", _network, (0.04, 0.5)),
)
