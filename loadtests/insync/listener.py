"""What a listener does on the page, in the words the page shows."""

import re
from typing import Final

from playwright.sync_api import Locator, Page

_PATIENCE_MS: Final = 15_000


class Listener:
    """Someone in front of a page of the product.

    Args:
        page: A page of their own browser.
        base: Address of the server with a slash at the end.
    """

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self._base = base
        page.set_default_timeout(_PATIENCE_MS)

    def open_landing(self) -> None:
        """Type the address of the server."""
        self.page.goto(self._base)

    def listen_now(self) -> None:
        """The landing page's one big button."""
        self._button("Listen now").click()

    def follow_link(self, room: str, invite: str = "") -> None:
        """Open a room's link."""
        self.page.goto(f"{self._base}r/{room}" + (f"?i={invite}" if invite else ""))

    def join_with_sound(self) -> None:
        """Walk through the room's door."""
        self._button("Join with sound").click()
        self._playback().wait_for()

    def play(self) -> None:
        """Press Play."""
        self._press("Play")

    def play_if_quiet(self) -> int:
        """Press Play unless the room plays already; returns the clicks that took."""
        self._playback().locator(
            "button:not([aria-disabled=true])[aria-label=Play], button[aria-label=Pause]"
        ).wait_for()
        if self.is_playing:
            return 0
        self.play()
        return 1

    def pause(self) -> None:
        """Press Pause."""
        self._press("Pause")

    def next(self) -> None:
        """Press Next."""
        self._press("Next")

    def seek(self, share: float) -> None:
        """Click the waveform at `share` (0 … 1) of its width."""
        slider = self.page.get_by_role("slider", name="Seek")
        box = slider.bounding_box()
        assert box is not None, "the waveform is not shown"
        slider.click(position={"x": share * box["width"], "y": box["height"] / 2})

    def slow_down(self, times: int = 1) -> None:
        """Five percent less tempo for the room, by the keyboard, so many times."""
        for _ in range(times):
            self.page.keyboard.press("<")

    def speed_up(self, times: int = 1) -> None:
        """Five percent more."""
        for _ in range(times):
            self.page.keyboard.press(">")

    def nudge(self, times: int) -> None:
        """Move the offset of this output up by 5 ms, so many times."""
        for _ in range(times):
            self.page.keyboard.press("]")

    def set_late(self, milliseconds: int) -> None:
        """Tell the page that its output sounds so much later, 100 ms at a time, in the details of the sync pill."""
        pill = self.page.get_by_role("button", name=re.compile("^Sync:")).first
        pill.click()
        step = self.page.get_by_role("group", name="Offset of this output").get_by_role("button", name="+100 ms")
        for _ in range(milliseconds // 100):
            step.click()
        pill.click()

    def calibrate(self) -> Locator:
        """Open the dialog for calibrating and return it."""
        self.page.get_by_role("button", name=re.compile("^Sync:")).first.click()
        self._button("Calibrate…").click()
        return self.page.get_by_role("dialog", name="Calibrate")

    @property
    def is_playing(self) -> bool:
        """Whether the page offers to pause."""
        return self._playback().get_by_role("button", name="Pause", exact=True).count() > 0

    def wait(self, seconds: float) -> None:
        """Listen for a while."""
        self.page.wait_for_timeout(1_000 * seconds)

    @property
    def room(self) -> str:
        """Name of the room in the page's address."""
        return self.page.url.partition("/r/")[2].partition("?")[0]

    @property
    def sync_words(self) -> str:
        """What the page says about its own step, for reports."""
        return self.page.locator(".pill-words").first.inner_text()

    def _press(self, name: str) -> None:
        # A control stays barred until the room has said what one may do in it.
        button = self._playback().get_by_role("button", name=name, exact=True)
        button.and_(self.page.locator(":not([aria-disabled=true])")).click()

    def _playback(self) -> Locator:
        return self.page.get_by_role("group", name="Playback").first

    def _button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)
