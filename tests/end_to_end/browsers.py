"""Real Chromium for journeys: one process a test, contexts as devices, errors of the page fail the test."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

# Debian's wrapper tests /dev/shm and adds flags of its own; the binary behind it does as it is told.
CHROMIUM = next(
    (path for path in ("/usr/lib/chromium/chromium", which("chromium")) if path and Path(path).exists()), None
)
FLAGS = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


class Device:
    """One browser profile with one page. `problems` are errors the page itself had."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.problems: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        """Another tab of the same device."""
        page = self.context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", self._listen)
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        # Chromium itself reports requests that fail while the server is down; the page's own words are errors of ours.
        if (
            message.type == "error"
            and "Failed to load resource" not in message.text
            and "WebSocket connection" not in message.text
        ):
            self.problems.append(f"console: {message.text}")


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A headless Chromium with real sound output. Fails with the package's name when it is not installed."""
    assert CHROMIUM is not None, "chromium is not installed: make system-packages"
    with sync_playwright() as playwright:
        browser = launch(playwright, *flags)
        try:
            yield browser
        finally:
            browser.close()


def launch(playwright: Playwright, *flags: str) -> Browser:
    """Start it."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*FLAGS, *flags], ignore_default_args=["--mute-audio"]
    )


def device(browser: Browser, *, phone: bool = False, **options: object) -> Device:
    """A fresh profile: its own cookies and storage."""
    shape = {"viewport": PHONE, "has_touch": True, "is_mobile": True} if phone else {"viewport": DESKTOP}
    return Device(browser.new_context(**shape, **options))  # type: ignore[arg-type]  # options by name


def listen_now(page: Page, url: str) -> int:
    """From the landing page to music in the demo room; returns the number of clicks it took."""
    page.goto(url)
    page.get_by_role("button", name="Listen now").click()
    play = page.get_by_role("button", name="Play", exact=True).first
    pause = page.get_by_role("button", name="Pause", exact=True).first
    expect(play.or_(pause).first).to_be_visible()
    if play.is_visible():
        play.click()
        return 2
    return 1


def wait_in_step(page: Page) -> None:
    """Until the page plays, and knows that it plays at the right instant."""
    expect(page.get_by_role("button", name=re.compile("^Sync: In step")).first).to_be_visible(timeout=30_000)
