"""Effects as a real Chromium renders them: the client's graph in an OfflineAudioContext."""

import base64
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page

from media.pcm import Samples

CLIENT = Path(__file__).parent.parent.parent / "web" / "client"


def build(folder: Path) -> None:
    """Build the page with the product's own worklets into `folder`."""
    vite = CLIENT / "node_modules" / ".bin" / "vite"
    command = [str(vite), "build", "tests/rendering", "--outDir", str(folder), "--emptyOutDir", "--target", "es2022"]
    subprocess.run(command, cwd=CLIENT, check=True, capture_output=True)


class Renderer:
    """An open page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def render(self, samples: Samples, settings: object, rate_hz: int, frames: int | None = None) -> Samples:
        """The first `frames` (as many as there are samples) of what a chain makes of float32 of shape (2, …)."""
        wanted = [_pair(samples), rate_hz, frames or samples.shape[1], settings]
        return _samples(self._page.evaluate("(each) => effects.render(...each)", wanted))

    def change(self, samples: Samples, rate_hz: int, changes: Sequence[tuple[float, object]], how: str) -> Samples:
        """What comes out while settings change at those seconds; `how`: through an `insert` or a `chain`."""
        wanted = [_pair(samples), rate_hz, [list(each) for each in changes], how]
        return _samples(self._page.evaluate("(each) => effects.change(...each)", wanted))

    def latencies(self, rate_hz: int) -> dict[str, int]:
        """Frames that each part of a chain takes."""
        found: dict[str, int] = self._page.evaluate("(rate) => effects.latenciesOf(rate)", rate_hz)
        return found


@contextmanager
def renderer(browser: Browser, folder: Path) -> Iterator[Renderer]:
    """The page that `build` made, in a browser."""
    with _served(folder) as url:
        page = browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(url)
        page.wait_for_function("'effects' in globalThis")
        yield Renderer(page)
        page.close()
    assert problems == []


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """A URL of the folder. Browsers fetch worklets past Playwright's routes, and not from files."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        # "Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ..."
        said = re.search(r"http://[\d.:]+/", process.stdout.readline())
        assert said is not None
        try:
            yield said[0]
        finally:
            process.terminate()


def _pair(samples: Samples) -> list[str]:
    return [base64.b64encode(np.ascontiguousarray(row, "<f4").tobytes()).decode() for row in samples]


def _samples(pair: Sequence[str]) -> Samples:
    return np.stack([np.frombuffer(base64.b64decode(text), "<f4") for text in pair]).astype(np.float32)
