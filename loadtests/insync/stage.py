"""A room with browsers in front of it: everything a trial may do, with the instants at which it was done."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.sync_api import Playwright

from loadtests.insync.browsers import Chromium, browser
from loadtests.insync.frame_clock import FrameClock, look
from loadtests.insync.links import Link
from loadtests.insync.listener import Listener
from loadtests.insync.phases import Fault, Phase
from loadtests.insync.priority import raise_priority_of_children
from loadtests.insync.pulse import RATE, Pulse, private_pulse
from loadtests.insync.recording import Recorder, recorder
from loadtests.insync.relay import Relay, relay
from loadtests.insync.scenarios import Session
from loadtests.insync.shim import Shim

_CONTEXT_RUNS: Final = "() => window.__rig.contexts.findLast((each) => each.running !== null)?.running ?? null"
_LAST_CLICK: Final = "() => window.__rig.clicks.at(-1) ?? null"
_LAST_KEY: Final = "() => window.__rig.keys.at(-1) ?? null"


@dataclass(frozen=True, slots=True)
class Device:
    """Who takes part. `shim`: its clock and sound; `link`: its way to the server."""

    shim: Shim = field(default_factory=Shim)
    link: Link = field(default_factory=Link)


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure that is not in the recording. `phase` and `figure` are what bars call it; `words` tell what was counted."""

    phase: str
    figure: str
    value: float
    words: str = ""


@dataclass(slots=True)
class Stage:
    """Browsers that were opened so far, and the recording of what they play.

    Attributes:
        session: Listeners by card (those whose browsers are open) and the phases so far.
        browsers: As the listeners.
        measured: Figures beside those of the recording.
    """

    session: Session
    relay: Relay
    devices: Sequence[Device]
    playwright: Playwright
    pulse: Pulse
    stack: ExitStack
    browsers: list[Chromium] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)
    _clock: FrameClock | None = None

    @property
    def recorder(self) -> Recorder:
        """The recording in progress."""
        return self.session.recorder

    def open_browser(self) -> Listener:
        """The next device's browser, in front of an empty page."""
        card = len(self.browsers)
        chromium = self.stack.enter_context(browser(self.playwright, self.pulse, card, self.devices[card].shim))
        someone = Listener(chromium.page, self.relay.base(card))
        self.browsers.append(chromium)
        self.session.listeners.append(someone)
        return someone

    def open_room(self, count: int | None = None) -> None:
        """The first `count` devices (all), together in the demo room, which plays."""
        host = self.open_browser()
        guests = [self.open_browser() for _ in range(1, len(self.devices) if count is None else count)]
        host.open_landing()
        host.listen_now()
        host.play_if_quiet()
        self.raise_priority()
        for guest in guests:
            guest.follow_link(host.room)
            guest.join_with_sound()
        self.raise_priority()
        self.session.wait_for_sound()

    def raise_priority(self) -> None:
        """Browsers and sound server ahead of what else runs on this machine, as far as that is allowed."""
        self.session.is_raised = raise_priority_of_children()

    def audio_began(self) -> float:
        """When the youngest AudioContext began to run, in Unix seconds."""
        return max(_told(each, _CONTEXT_RUNS, "has no running AudioContext") for each in self.session.listeners)

    def last_click(self, card: int = 0) -> float:
        """When that listener clicked last, in Unix seconds, as the page was told."""
        return _told(self.session.listeners[card], _LAST_CLICK, "was never clicked")

    def last_key(self, card: int = 0) -> float:
        """When that listener pressed a key last, in the same way."""
        return _told(self.session.listeners[card], _LAST_KEY, "never had a key pressed")

    def look_at_clock(self) -> None:
        """Find again which frame of the recording sounds when; once a minute is enough."""
        self._clock = look(self.recorder)

    def frame_at(self, instant: float) -> int:
        """What sounds at an instant of Unix time."""
        if self._clock is None:
            self.look_at_clock()
        assert self._clock is not None
        return self._clock.frame_at(instant)

    def wait_until(self, instant: float) -> None:
        """Listen until an instant of Unix time."""
        self.raise_priority()
        self.session.host.wait(max(0.0, instant - time.time()))

    def phase(
        self, name: str, start: float, end: float, *, answer: float | None = None, fault: Fault | None = None
    ) -> None:
        """Judge what sounds between two instants of Unix time; it has sounded when this returns."""
        # The recorder is behind by up to its latency.
        self.wait_until(end + 0.1)
        ago = time.monotonic() - time.time()
        began = self.audio_began() + ago
        frames = self.frame_at(start), self.frame_at(end)
        assert 0 <= frames[0] < frames[1], f"{name}: nothing is left of it"
        self.session.phases.append(
            Phase(name, *frames, start + ago, end + ago, answer_seconds=answer, fault=fault, plot_from=began)
        )

    def first_sound_since(self, instant: float, card: int) -> float:
        """When a card that was silent at an instant of Unix time sounded first, in Unix seconds."""
        self.session.wait_for_sound([card])
        start = self.frame_at(instant)
        return instant + self.recorder.first_loud(card, start) / RATE

    def last_sound_since(self, instant: float, card: int) -> float:
        """When a card that sounded at an instant of Unix time and is silent now sounded last."""
        start = self.frame_at(instant)
        return instant + self.recorder.last_loud(card, start) / RATE


def _told(listener: Listener, question: str, otherwise: str) -> float:
    """An instant the page was asked for, in Unix seconds."""
    milliseconds = listener.page.evaluate(question)
    assert milliseconds is not None, f"a page {otherwise}"
    return float(milliseconds) / 1e3


@contextmanager
def stage_of(playwright: Playwright, port: int, devices: Sequence[Device], samples: Path) -> Iterator[Stage]:
    """Sound cards, recording into `samples`, and ways to the server on `port` for `devices`; no browser is open yet."""
    with (
        private_pulse(len(devices)) as pulse,
        recorder(pulse, samples) as running,
        relay([device.link for device in devices], port) as ways,
        ExitStack() as stack,
    ):
        yield Stage(Session(running, []), ways, devices, playwright, pulse, stack)
