import { describe, expect, it } from "vitest";

import { CHIRP_SECONDS, chirpAt, chirpSamples, chirpsOf } from "../../src/measuring/chirp";

describe("a chirp", () => {
  it.each([44_100, 48_000])("is 0.2 s long, begins and ends softly and is never loud, at %d Hz", (rate) => {
    for (const isRising of [true, false]) {
      const samples = chirpSamples(rate, isRising);
      expect(samples.length).toBe(CHIRP_SECONDS * rate);
      expect(Math.max(...samples.map(Math.abs))).toBeLessThanOrEqual(0.25);
      expect(Math.max(...samples.map(Math.abs))).toBeGreaterThan(0.24);
      for (const edge of [samples.subarray(0, 40), samples.subarray(-40)]) {
        expect(Math.max(...edge.map(Math.abs))).toBeLessThan(0.003);
      }
    }
  });

  it("sweeps from 1 to 7 kHz, or back", () => {
    const crossings = (from: number, to: number, isRising: boolean) => {
      let count = 0;
      for (let t = from; t < to; t += 1e-6) if (chirpAt(t, isRising) < 0 !== chirpAt(t + 1e-6, isRising) < 0) count += 1;
      return count / (2 * (to - from));
    };
    expect(crossings(0.03, 0.05, true) / 1000).toBeCloseTo(2.2, 0);
    expect(crossings(0.15, 0.17, true) / 1000).toBeCloseTo(5.8, 0);
    expect(crossings(0.03, 0.05, false) / 1000).toBeCloseTo(5.8, 0);
  });
});

it("everybody chirps once a round, in turn, neighbours in opposite directions", () => {
  const chirps = chirpsOf({ startsAt: 5_000_000, slot: 1_000_000, rounds: 2, devices: ["a", "b", "c"] });
  expect(chirps.map(({ device }) => device)).toEqual([0, 1, 2, 0, 1, 2]);
  expect(chirps.map(({ round }) => round)).toEqual([0, 0, 0, 1, 1, 1]);
  expect(chirps.map(({ at }) => at / 1_000_000)).toEqual([5, 6, 7, 8, 9, 10]);
  expect(chirps.map(({ isRising }) => isRising)).toEqual([true, false, true, false, true, false]);
});
