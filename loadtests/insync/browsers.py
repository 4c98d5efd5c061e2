"""Real Chromium processes, each with its own profile and its own card of the private sound server."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import BrowserContext, Page, Playwright

from loadtests.insync.pulse import Pulse

# The wrapper script in /usr/bin of Debian adds flags and extensions; this is the program itself.
CHROMIUM: Final = Path("/usr/lib/chromium/chromium")

_ARGUMENTS: Final = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def browser(playwright: Playwright, pulse: Pulse, card: int) -> Iterator[BrowserContext]:
    """A fresh Chromium process that plays on `card`; gone, with its profile, at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            headless=True,
            args=list(_ARGUMENTS),
            # Playwright mutes headless browsers; here their sound is the very thing.
            ignore_default_args=["--mute-audio"],
            env={**pulse.environment(card)},
            viewport={"width": 1280, "height": 800},
        )
        try:
            yield context
        finally:
            context.close()


def first_page(context: BrowserContext) -> Page:
    """The page a fresh browser opens with."""
    return context.pages[0] if context.pages else context.new_page()
