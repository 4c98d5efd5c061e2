"""A session of two listeners: everything a room does to its sound, with the frames at which it was done."""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Playwright

from loadtests.insync.browsers import browser
from loadtests.insync.listener import Listener
from loadtests.insync.phases import Phase
from loadtests.insync.priority import raise_priority_of_children
from loadtests.insync.pulse import RATE, Pulse
from loadtests.insync.recording import Recorder

SOUNDING: Final = 1e-3

_PATIENCE_SECONDS: Final = 20.0
# What a new output clock needs before it is sure of itself, and what a command needs on a calm machine.
SETTLE_SECONDS: Final = 5.0
_COMMAND_SECONDS: Final = 2.0


class NoSound(AssertionError):
    """A listener who should hear something does not."""


@dataclass(slots=True)
class Session:
    """Listeners in one room and the recording of what they hear.

    Attributes:
        listeners: In the order of their cards.
        phases: What was done so far.
        is_raised: Whether the browsers have more priority than what else runs on this machine.
    """

    recorder: Recorder
    listeners: list[Listener]
    phases: list[Phase] = field(default_factory=list)
    is_raised: bool = False

    @property
    def host(self) -> Listener:
        """The one who presses the buttons."""
        return self.listeners[0]

    def wait_for_sound(self, cards: Iterable[int] | None = None) -> float:
        """Until every one of `cards` (all) sounds; returns the seconds that took.

        Raises:
            NoSound: 20 s went by.
        """
        return self._wait(list(cards if cards is not None else range(len(self.listeners))), is_loud=True)

    def wait_for_silence(self) -> float:
        """Until nobody hears anything for 0.1 s; returns the seconds until the last sound."""
        return self._wait(list(range(len(self.listeners))), is_loud=False)

    def hear(self, name: str, seconds: float, settle: float = _COMMAND_SECONDS, answer: float | None = None) -> Phase:
        """Let it play: `settle` seconds that do not count, then `seconds` that do."""
        self.is_raised = raise_priority_of_children()
        self.host.wait(settle)
        start, began = self.recorder.now, time.monotonic()
        self.host.wait(seconds)
        phase = Phase(name, start, self.recorder.now, began, time.monotonic(), answer)
        self.phases.append(phase)
        return phase

    def pause_and_play(self, seconds: float, pause: float = 3.0) -> tuple[float, float]:
        """Pause, go on, and hear `seconds`; returns how long silence and sound took."""
        self.host.pause()
        until_silence = self.wait_for_silence()
        self.host.wait(pause)
        self.host.play()
        until_sound = self.wait_for_sound()
        self.hear("pause, play", seconds, answer=until_sound)
        return until_silence, until_sound

    def seek(self, share: float, seconds: float) -> None:
        """Go elsewhere in the track and hear `seconds`."""
        self.host.seek(share)
        self.hear("seek", seconds)

    def next(self, seconds: float) -> None:
        """Go to the next track and hear `seconds`."""
        self.host.next()
        self.hear("next", seconds)

    def _wait(self, cards: list[int], *, is_loud: bool) -> float:
        start = self.recorder.now
        while (self.recorder.now - start) / RATE < _PATIENCE_SECONDS:
            if all((self.recorder.level(card) > SOUNDING / 10) == is_loud for card in cards):
                return (self.recorder.now - start) / RATE
            self.host.wait(0.02)
        wrong = [card for card in cards if (self.recorder.level(card) > SOUNDING / 10) != is_loud]
        raise NoSound(f"after {_PATIENCE_SECONDS:.0f} s: {'no sound from' if is_loud else 'still sound from'} {wrong}")


@contextmanager
def listener(playwright: Playwright, pulse: Pulse, card: int, base: str) -> Iterator[Listener]:
    """Someone with a browser of their own, in front of an empty page."""
    with browser(playwright, pulse, card) as chromium:
        yield Listener(chromium.page, base)


@contextmanager
def room_session(playwright: Playwright, pulse: Pulse, recorder: Recorder, base: str) -> Iterator[Session]:
    """As many listeners as there are cards, together in the demo room, which plays."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(listener(playwright, pulse, card, base)) for card in range(pulse.clients)]
        session = Session(recorder, listeners)
        session.host.open_landing()
        session.host.listen_now()
        session.host.play_if_quiet()
        session.is_raised = raise_priority_of_children()
        for guest in listeners[1:]:
            guest.follow_link(session.host.room)
            guest.join_with_sound()
        session.wait_for_sound()
        yield session


def whole_evening(
    session: Session, playwright: Playwright, pulse: Pulse, base: str, steady: float, part: float
) -> float:
    """Every scenario in a row; the last guest leaves and comes back as the late joiner.

    Steady play is heard for `steady` seconds, what follows each command for `part`. Returns how long after the click on
    Pause the last sound was heard.
    """
    session.hear("steady", steady, SETTLE_SECONDS)
    until_silence, _ = session.pause_and_play(part)
    session.seek(0.5, part)
    session.next(part)
    last = len(session.listeners) - 1
    session.listeners[last].page.close()
    session.host.wait(2)
    with listener(playwright, pulse, last, base) as late:
        session.is_raised = raise_priority_of_children()
        late.follow_link(session.host.room)
        late.join_with_sound()
        session.listeners[last] = late
        answer = session.wait_for_sound(range(last, last + 1))
        session.hear("late join, at once", 3, 0.5, answer)
        session.hear("late join, settled", part, 1.5)
    return until_silence
