"""The rig against itself: known delays played by a browser and found again, so that a report names its own floor.

One page plays the same noise on its left and right channel, one later by a known number of samples. What is measured
between the two channels went through everything that a measurement goes through (Chromium, PulseAudio, recorder,
comparison), so its error is the rig's.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Playwright

from loadtests.insync.browsers import browser
from loadtests.insync.offsets import offsets_between
from loadtests.insync.pulse import RATE, Pulse
from loadtests.insync.recording import recorder

DELAYS_MS: Final = (0.0, 5.0, 20.0)

_PLAY_SECONDS: Final = 4
_PAGE: Final = """
async ([frames, seconds, rate]) => {
  const context = new AudioContext({ sampleRate: rate });
  await context.resume();
  const length = seconds * rate;
  const buffer = context.createBuffer(2, length, rate);
  const [left, right] = [buffer.getChannelData(0), buffer.getChannelData(1)];
  let before = 0;
  for (let i = 0; i < length; i += 1) {
    before += 0.3 * ((Math.random() * 2 - 1) - before);
    left[i] = 0.3 * before;
  }
  for (let i = frames; i < length; i += 1) right[i] = left[i - frames];
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  const ended = new Promise((resolve) => { source.onended = resolve; });
  source.start();
  await ended;
  await context.close();
}
"""


@dataclass(frozen=True, slots=True)
class Floor:
    """What the rig adds to a measurement.

    Attributes:
        asked_ms: The delay that was played.
        found_ms: Median of what was measured.
        error_ms: Largest error of any window.
        windows: How many windows were judged.
    """

    asked_ms: float
    found_ms: float
    error_ms: float
    windows: int


def measure_floor(playwright: Playwright, pulse: Pulse, folder: Path, card: int = 0) -> list[Floor]:
    """Play each of `DELAYS_MS` through a browser on `card` and find it again; takes about 20 s."""
    floors = []
    with browser(playwright, pulse, card) as chromium:
        page = chromium.page
        for number, delay in enumerate(DELAYS_MS):
            with recorder(pulse, folder / f"floor-{number}.raw") as running:
                page.evaluate(_PAGE, [round(delay * RATE / 1e3), _PLAY_SECONDS, RATE])
                taken = running.taken()
            found = offsets_between(taken.channel(2 * card), taken.channel(2 * card + 1))
            values = sorted(each.milliseconds for each in found)
            assert values, "the browser's sound did not reach the recorder"
            floors.append(
                Floor(delay, values[len(values) // 2], max(abs(value - delay) for value in values), len(values))
            )
    return floors
