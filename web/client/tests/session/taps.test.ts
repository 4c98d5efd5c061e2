import { describe, expect, test } from "vitest";
import { nearBeat } from "../../src/session/beats";
import { judgeTaps } from "../../src/session/taps";

/** Taps `late` after the beat with the scatter of a person (sigma), always the same. */
function tapsOf(late: number, sigma: number, count = 12, seed = 3): number[] {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, () => nearBeat(late + (random() + random() + random() + random() - 2) * Math.sqrt(3) * sigma));
}

describe("taps", () => {
  test.each([-40_000, 0, 35_000, 182_000, 420_000, 640_000])("by a person find an output that is %i us late", (late) => {
    const judged = judgeTaps(tapsOf(late, 25_000))!;
    expect(Math.abs(judged.late - late)).toBeLessThan(20_000);
    expect(judged.isSteady).toBe(true);
    expect(judged.used + judged.dropped).toBe(12);
  });

  test("of which some went wrong are found as well, and the wrong ones counted", () => {
    const taps = tapsOf(150_000, 15_000, 10);
    const judged = judgeTaps([...taps, 480_000, -240_000])!;
    expect(Math.abs(judged.late - 150_000)).toBeLessThan(15_000);
    expect(judged.dropped).toBe(2);
  });

  test("on both sides of the turn from one beat to the next belong together", () => {
    const judged = judgeTaps([690_000, -295_000, 680_000, -290_000, 695_000, -299_000, 698_000, 685_000, -296_000, 692_000])!;
    expect(judged.dropped).toBe(0);
    expect(judged.spread).toBeLessThan(20_000);
    expect(judged.late > 680_000 || judged.late < -290_000).toBe(true);
  });

  test("without a beat in them are told to be unsteady", () => {
    const judged = judgeTaps([0, 80_000, 160_000, 240_000, 320_000, 400_000, 480_000, 560_000, 640_000, -280_000, -200_000, -100_000]);
    expect(judged?.isSteady).not.toBe(true);
  });

  test("that are too few say nothing", () => {
    expect(judgeTaps([])).toBeNull();
    expect(judgeTaps(tapsOf(0, 5_000, 7))).toBeNull();
    expect(judgeTaps(tapsOf(0, 5_000, 8))).not.toBeNull();
  });

  test("that agree to the microsecond lose none", () => {
    expect(judgeTaps(new Array<number>(12).fill(77_000))).toEqual({ late: 77_000, spread: 0, used: 12, dropped: 0, isSteady: true });
  });
});
