"""The page clock of another device, and what the page does when, by a script that runs before the page's own.

All browsers of a measurement share this machine's clock; devices in a room do not. The shim shifts and stretches every clock
a page can read: `performance.now`, `Date`, timestamps of events and animation frames, and the page side of
`AudioContext.getOutputTimestamp`. Audio time is the sound card's and is left alone, so the page sees exactly what it would
see on a device whose processor clock is off: server and card drift together against it. Not stretched: timers (80 ppm of a
second are nothing to them) and clocks of workers, which the product does not read.
"""

import json
from dataclasses import dataclass
from typing import Final, Literal

Hint = Literal["interactive", "balanced", "playback"]

# `__rig` speaks of true instants (milliseconds of Unix time): by them the rig finds its own clock again.
_SCRIPT: Final = """
(({ offset, ppm, hint }) => {
  const pageNow = performance.now.bind(performance);
  const origin = performance.timeOrigin;
  const wall = () => origin + pageNow();
  const stamp = Object.getOwnPropertyDescriptor(Event.prototype, "timeStamp").get;
  const seen = { clicks: [], keys: [], contexts: [], wall };
  Object.defineProperty(window, "__rig", { value: seen });
  window.addEventListener("click", (event) => seen.clicks.push(origin + stamp.call(event)), { capture: true });
  window.addEventListener("keydown", (event) => seen.keys.push(origin + stamp.call(event)), { capture: true });
  const RealContext = window.AudioContext;
  window.AudioContext = class AudioContext extends RealContext {
    constructor(options) {
      super(hint === null ? options : { ...options, latencyHint: hint });
      const entry = { made: wall(), running: null };
      seen.contexts.push(entry);
      const look = () => { if (this.state === "running" && entry.running === null) entry.running = wall(); };
      this.addEventListener("statechange", look);
    }
  };
  if (offset === 0 && ppm === 0) return;
  const shown = (milliseconds) => milliseconds * (1 + ppm / 1e6) + offset;
  const now = () => shown(pageNow());
  const today = () => Math.floor(origin + now());
  Object.defineProperty(Performance.prototype, "now", { value: now, writable: true, configurable: true });
  Object.defineProperty(Event.prototype, "timeStamp", { get() { return shown(stamp.call(this)); }, configurable: true });
  window.Date = new Proxy(Date, {
    construct: (target, words, self) => Reflect.construct(target, words.length === 0 ? [today()] : words, self),
    apply: (target) => new target(today()).toString(),
    get: (target, name) => (name === "now" ? today : Reflect.get(target, name)),
  });
  const frame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (action) => frame((at) => action(shown(at)));
  const output = RealContext.prototype.getOutputTimestamp;
  RealContext.prototype.getOutputTimestamp = function () {
    const { contextTime, performanceTime } = output.call(this);
    // Both are 0 before anything was put out, which pages look for.
    return { contextTime, performanceTime: performanceTime === 0 ? 0 : shown(performanceTime) };
  };
})
"""


@dataclass(frozen=True, slots=True)
class Shim:
    """What is different about a device.

    Attributes:
        offset_ms: Its page clock shows so much more than this machine's; negative: less.
        skew_ppm: Its page clock runs so much faster, in millionths.
        latency_hint: What its AudioContext is made with instead of what the page asks for.
    """

    offset_ms: float = 0.0
    skew_ppm: float = 0.0
    latency_hint: Hint | None = None

    @property
    def script(self) -> str:
        """For `add_init_script`."""
        settings = {"offset": self.offset_ms, "ppm": self.skew_ppm, "hint": self.latency_hint}
        return f"{_SCRIPT.strip()}({json.dumps(settings)});"
