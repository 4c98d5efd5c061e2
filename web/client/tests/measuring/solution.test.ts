import { describe, expect, it } from "vitest";

import { type Heard, solve } from "../../src/measuring/solution";

/** Three rounds of devices with these delays, heard by a clock that is `skewPpm` fast. */
function rounds(delays: readonly number[], skewPpm = 0, noise: (k: number) => number = () => 0): Heard[] {
  return Array.from({ length: 3 * delays.length }, (_, k) => {
    const at = k * 1_000_000;
    return { device: k % delays.length, round: Math.floor(k / delays.length), at, late: (delays[k % delays.length] ?? 0) + (skewPpm * at) / 1e6 + noise(k) };
  });
}

describe("delays", () => {
  it("come out as they are, whatever the clock of the recording does", () => {
    for (const skewPpm of [-400, 0, 35, 900]) {
      const { delays, skewPpm: found } = solve(3, rounds([40_000, -3_000, 900], skewPpm));
      expect(delays.map((delay) => Math.round(delay?.late ?? NaN))).toEqual([40_000, -3_000, 900]);
      expect(found).toBeCloseTo(skewPpm, 6);
    }
  });

  it("stay as they are when one chirp of a device was something else", () => {
    const heard = rounds([0, 5_000, 9_000], 50).map((each, k) => (k === 4 ? { ...each, late: each.late + 260_000 } : each));
    const { delays } = solve(3, heard);
    expect(delays.map((delay) => Math.round(delay?.late ?? NaN))).toEqual([0, 5_000, 9_000]);
    expect(delays.map((delay) => delay?.count)).toEqual([3, 2, 3]);
  });

  it("are told with how far their chirps lie apart, and never as better than a tenth of a millisecond", () => {
    const { delays } = solve(2, rounds([0, 1_000], 0, (k) => (k === 1 ? 900 : 0)));
    expect(delays[0]?.spread).toBeGreaterThan(200);
    expect(delays[1]?.spread).toBeGreaterThan(200);
    expect(solve(2, rounds([0, 1_000])).delays[0]?.spread).toBe(100);
  });

  it("stay as they are when the recording lost or repeated something between rounds", () => {
    const { delays } = solve(2, rounds([0, -120_000], 0, (k) => [0, 23_000, -40_000][Math.floor(k / 2)] ?? 0));
    expect((delays[1]?.late ?? 0) - (delays[0]?.late ?? 0)).toBeCloseTo(-120_000, 0);
    expect(delays.map((delay) => delay?.spread)).toEqual([100, 100]);
  });

  it("are the middle of what was heard, and told as uneven, when it lost something within rounds", () => {
    const { delays } = solve(2, rounds([0, -120_000], 0, (k) => [0, 14_000, 0, 500, 0, -9_000][k] ?? 0));
    expect(Math.abs((delays[1]?.late ?? 0) - (delays[0]?.late ?? 0) + 120_000)).toBeLessThan(5_000);
    expect(delays[1]?.spread).toBeGreaterThan(3_000);
  });

  it("are not told of devices that were heard once or never", () => {
    const heard = rounds([0, 0, 0]).filter(({ device, at }) => device !== 1 && (device !== 2 || at < 3_000_000));
    expect(solve(3, heard).delays.map((delay) => delay?.count ?? null)).toEqual([3, null, null]);
    expect(solve(2, []).delays).toEqual([null, null]);
  });
});

it("a slope that no clock has is not believed", () => {
  expect(solve(1, [{ device: 0, round: 0, at: 0, late: 0 }, { device: 0, round: 1, at: 1_000_000, late: 1_900 }]).skewPpm).toBe(0);
});
