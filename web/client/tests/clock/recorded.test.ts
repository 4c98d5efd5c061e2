import { describe, expect, it } from "vitest";
import { OutputClock } from "../../src/clock/outputClock";
import { contextSeconds, localMicros } from "../../src/units";
import busierStart from "./recorded/busierStart.json";
import busyStart from "./recorded/busyStart.json";
import frozenPage from "./recorded/frozenPage.json";
import stillDevice from "./recorded/stillDevice.json";

/**
 * Readings of a page, and beside them what a recording of the sound showed; all in microseconds since the first reading.
 * `stalls`: from when to when something stood still. `heard`: page time and the context time that was heard then.
 * `readings`: page and context time of the timestamp, and `currentTime`.
 */
interface Trace {
  readonly stalls: readonly (readonly number[])[];
  readonly heard: readonly (readonly number[])[];
  readonly readings: readonly (readonly number[])[];
}

// Far from zero, as clocks of pages are.
const ORIGIN = 20_000_000;
const LOWEST_CONTEXT = 10_000_000;

interface Replayed {
  /** Page time and how far the clock was off, at every reading of the recording. */
  readonly errors: readonly (readonly [page: number, error: number])[];
  /** Page times at which a shift was proven. */
  readonly shifts: readonly number[];
}

function replay({ heard, readings }: Trace): Replayed {
  const clock = new OutputClock();
  const errors: [number, number][] = [];
  const shifts: number[] = [];
  let next = 0;
  for (const [page = 0, context = 0, rendered = 0] of readings) {
    for (let at = heard[next]; at !== undefined && at[0]! <= page; at = heard[next]) {
      const shown = clock.contextAt(localMicros(ORIGIN + at[0]!)) * 1e6 - LOWEST_CONTEXT;
      errors.push([at[0]!, shown - at[1]!]);
      next += 1;
    }
    const before = clock.shifts;
    const seconds = (micros: number) => contextSeconds((LOWEST_CONTEXT + micros) / 1e6);
    clock.add(seconds(context), localMicros(ORIGIN + page), false, seconds(rendered));
    if (clock.shifts > before) shifts.push(page);
  }
  return { errors, shifts };
}

function worst(errors: Replayed["errors"], from: number, to: number): number {
  const some = errors.filter(([at]) => at >= from && at < to).map(([, error]) => Math.abs(error));
  expect(some.length).toBeGreaterThan(3);
  return Math.max(...some);
}

describe("the output clock beside recorded sound", () => {
  it("does not follow timestamps that creep for twenty seconds while the sound stays where it was", () => {
    const { errors } = replay(frozenPage);
    const [[, first = 0] = [], [second = 0, third = 0] = []] = frozenPage.stalls;
    expect(worst(errors, first, second)).toBeLessThan(1_200);
    expect(worst(errors, third + 1_500_000, Infinity)).toBeLessThan(1_500);
  });

  it("knows within half a second by how much a standstill made the sound later", () => {
    const { errors, shifts } = replay(stillDevice);
    const [[, first = 0] = [], [, second = 0] = []] = stillDevice.stalls;
    expect(worst(errors, first + 500_000, first + 5_000_000)).toBeLessThan(1_000);
    expect(worst(errors, second + 500_000, Infinity)).toBeLessThan(1_000);
    expect(shifts).toHaveLength(2);
    expect(shifts[0]! - first).toBeLessThan(450_000);
    expect(shifts[1]! - second).toBeLessThan(450_000);
  });

  it.each([
    ["busy", busyStart],
    ["busier", busierStart],
  ])("keeps to a fresh output on a %s machine while its timestamps lead tens of milliseconds away", (_, trace) => {
    const { errors } = replay(trace);
    const shown = Math.max(...trace.readings.map(([page = 0, context = 0]) => Math.abs(context - page - (trace.heard[0]![1]! - trace.heard[0]![0]!))));
    expect(shown).toBeGreaterThan(20_000);
    expect(worst(errors, 600_000, 8_000_000)).toBeLessThan(2_500);
    expect(worst(errors, 9_500_000, Infinity)).toBeLessThan(700);
  });
});
