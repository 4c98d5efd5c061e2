import time
from typing import Any

import pytest

from loadtests.insync.shim import Shim
from tests.end_to_end.browsers import chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CLOCKS = """
async () => {
  const rig = window.__rig;
  const frame = await new Promise((resolve) => requestAnimationFrame(resolve));
  const context = new AudioContext({ sampleRate: 48000, latencyHint: "playback" });
  await context.resume();
  const before = context.getOutputTimestamp();
  while (context.getOutputTimestamp().contextTime === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const stamp = context.getOutputTimestamp();
  document.body.click();
  const click = await new Promise((resolve) => {
    document.addEventListener("click", (event) => resolve(event.timeStamp), { once: true });
    document.body.click();
  });
  const now = performance.now();
  return {
    true_now: rig.wall() - performance.timeOrigin, now, frame, click, date: Date.now(), made: new Date().getTime(),
    fixed: new Date(86400000).getTime(), words: typeof Date(), isDate: new Date() instanceof Date, origin: performance.timeOrigin,
    page_time: stamp.performanceTime, hint: context.baseLatency, before: before.performanceTime,
    running: rig.contexts[0].running, clicks: rig.clicks.length, isContext: context instanceof AudioContext,
  };
}
"""


def clocks(*shims: Shim) -> list[dict[str, Any]]:
    answers = []
    with chromium() as browser:
        for shim in shims:
            context = browser.new_context()
            context.add_init_script(shim.script)
            page = context.new_page()
            page.route("**/*", lambda route: route.fulfill(body="<!doctype html><body>", content_type="text/html"))
            page.goto("http://127.0.0.1/")
            answers.append(page.evaluate(CLOCKS))
            context.close()
    return answers


def test_every_clock_of_the_page_is_anothers_and_audio_time_is_not() -> None:
    # A million times more than a real skew, so that it shows within milliseconds.
    (seen,) = clocks(Shim(offset_ms=5_000, skew_ppm=500_000))
    shown = 1.5 * seen["true_now"] + 5_000
    assert abs(seen["now"] - shown) < 50
    for name in ("frame", "click"):
        assert 5_000 < seen[name] <= seen["now"], name
    assert seen["now"] - seen["click"] < 200
    # What a page computes from one clock must agree with what it reads from another.
    assert abs(seen["origin"] + seen["now"] - seen["date"]) < 50
    assert abs(seen["made"] - seen["date"]) < 50
    assert 5_000 < seen["page_time"] < seen["now"] + 100
    assert (seen["fixed"], seen["words"], seen["isDate"]) == (86_400_000, "string", True)
    # The rig itself is told true instants.
    assert abs(seen["running"] / 1e3 - time.time()) < 60
    assert seen["clicks"] == 2
    assert seen["isContext"]


def test_without_a_difference_the_clocks_are_the_browsers_own_and_the_hint_is_still_ours() -> None:
    quick, slow = clocks(Shim(latency_hint="interactive"), Shim(latency_hint="playback"))
    assert abs(quick["now"] - quick["true_now"]) < 50
    assert quick["hint"] < slow["hint"]
    assert quick["before"] == 0
