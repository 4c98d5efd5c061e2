import { expect, test } from "vitest";
import { engineOf, LatencyGauge, standInSeconds } from "../../src/audio/latency";

const CHROMIUM = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36";
const ANDROID = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";
const SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15";
const IOS_CHROME = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/150.0 Mobile/15E148 Safari/604.1";
const IOS_FIREFOX = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/150.0 Mobile/15E148 Safari/605.1.15";

test("engines are told apart by what they are, not by what they are called", () => {
  expect([CHROMIUM, ANDROID, FIREFOX, SAFARI, IOS_CHROME, IOS_FIREFOX].map(engineOf)).toEqual([
    "blink", "blink", "gecko", "webkit", "webkit", "webkit",
  ]);
});

test("what is not told is assumed by platform, and said to be", () => {
  const latencies = [SAFARI, FIREFOX, CHROMIUM, ANDROID].map((agent) => {
    const gauge = new LatencyGauge(agent);
    gauge.read({ baseLatency: 0.01, outputLatency: 0 });
    expect(gauge.isAssumed).toBe(true);
    return gauge.micros;
  });
  expect(latencies).toEqual([50_000, 50_000, 35_000, 110_000]);
  expect(standInSeconds(IOS_CHROME)).toBe(0.04);
});

test("a told latency replaces the assumed one at once", () => {
  const gauge = new LatencyGauge(CHROMIUM);
  gauge.read({ baseLatency: 0.02 });
  gauge.read({ baseLatency: 0.02, outputLatency: 0.056 });
  expect([gauge.micros, gauge.isAssumed]).toEqual([56_000, false]);
});

test("a figure that flips between its rounding steps is read as steady", () => {
  const gauge = new LatencyGauge(CHROMIUM);
  const seen: number[] = [];
  for (let i = 0; i < 900; i += 1) {
    gauge.read({ outputLatency: 0.024 + 0.008 * (i % 3) });
    if (i > 400) seen.push(gauge.micros);
  }
  expect(Math.max(...seen) - Math.min(...seen)).toBeLessThan(500);
  expect(seen.at(-1)).toBeGreaterThan(31_000);
  expect(seen.at(-1)).toBeLessThan(33_000);
});

test("a headset is seen at once, and no latency is too long to be believed", () => {
  const gauge = new LatencyGauge(CHROMIUM);
  for (let i = 0; i < 60; i += 1) gauge.read({ outputLatency: 0.032 });
  gauge.read({ outputLatency: 0.28 });
  expect(gauge.micros).toBe(280_000);
  gauge.reset();
  expect(gauge.isAssumed).toBe(true);
});
