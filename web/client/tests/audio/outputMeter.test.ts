import { expect, test } from "vitest";
import { OutputMeter } from "../../src/audio/outputMeter";
import type { OutputSource } from "../../src/audio/outputSampler";
import { localMicros } from "../../src/units";

/** An output whose sound leaves `late` ms after it was computed; `shown`: whether timestamps say so. */
class Card implements OutputSource {
  now = 10_000;
  late = 60;
  isShown = true;
  outputLatency = 0.04;

  get currentTime(): number {
    return (this.now - 9_000) / 1000;
  }

  getOutputTimestamp() {
    if (!this.isShown) return { contextTime: 0, performanceTime: 0 };
    return { contextTime: (this.now - 9_000 - this.late) / 1000, performanceTime: this.now };
  }

  live(meter: OutputMeter, seconds: number): void {
    for (let i = 0; i < seconds * 30; i += 1) {
      this.now += 1000 / 30;
      meter.sample();
    }
  }

  /** How far the meter is off now, microseconds. */
  error(meter: OutputMeter): number {
    return (meter.frameAt(localMicros(this.now * 1000)) / 48_000) * 1e6 - (this.now - 9_000 - this.late) * 1000;
  }
}

const meterOf = (card: Card) => new OutputMeter(card, () => card.now, "Chrome/150");

test("measures the output, told latency included", () => {
  const card = new Card();
  const meter = meterOf(card);
  expect([meter.isReady, meter.driftPpm]).toEqual([false, 0]);
  card.live(meter, 5);
  expect(meter.isReady).toBe(true);
  expect(Math.abs(card.error(meter))).toBeLessThan(50);
  expect(Math.abs(meter.driftPpm)).toBeLessThan(20);
  expect([meter.latencyMicros, meter.isLatencyAssumed, meter.isCoarse]).toEqual([40_000, false, false]);
});

test("a new output is measured at once, without a trace of the former", () => {
  const card = new Card();
  const meter = meterOf(card);
  card.live(meter, 20);
  card.late = 240;
  meter.renew();
  expect(meter.isReady).toBe(false);
  card.live(meter, 0.7);
  expect(meter.isReady).toBe(true);
  expect(Math.abs(card.error(meter))).toBeLessThan(100);
});

test("when timestamps end, the coarse readings that follow do not mix with them", () => {
  const card = new Card();
  const meter = meterOf(card);
  card.live(meter, 10);
  card.isShown = false;
  card.live(meter, 3);
  expect([meter.isCoarse, meter.isReady]).toEqual([true, true]);
  // The told latency is 20 ms short of the truth: the coarse clock is wrong by exactly that, from its first moment on.
  expect(card.error(meter)).toBeGreaterThan(19_000);
  expect(card.error(meter)).toBeLessThan(21_000);
});
