"""Real Chromium processes, each with its own profile and its own card of the private sound server."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import BrowserContext, Page, Playwright

from loadtests.insync.processes import Processes
from loadtests.insync.pulse import Pulse
from loadtests.insync.shim import Shim

# The wrapper script in /usr/bin of Debian adds flags and extensions; this is the program itself.
CHROMIUM: Final = Path("/usr/lib/chromium/chromium")

_ARGUMENTS: Final = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Nobody is there to be asked for the microphone.
    "--use-fake-ui-for-media-stream",
)


@dataclass(frozen=True, slots=True)
class Chromium:
    """A running browser. `context` is its one profile, `processes` all that runs for it."""

    context: BrowserContext
    processes: Processes

    @property
    def page(self) -> Page:
        """The page a fresh browser opens with."""
        return self.context.pages[0] if self.context.pages else self.context.new_page()


@contextmanager
def browser(playwright: Playwright, pulse: Pulse, card: int, shim: Shim | None = None) -> Iterator[Chromium]:
    """A fresh Chromium process that plays on `card`; gone, with its profile, at the end of the block.

    With a `shim` its pages have another device's clock and tell the rig what they do when.
    """
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
            if shim is not None:
                context.add_init_script(shim.script)
            yield Chromium(context, Processes(Path(profile)))
        finally:
            context.close()
