import { describe, expect, test } from "vitest";
import { DriftSteering } from "../../src/audio/steering";
import type { Remedy } from "../../src/audio/workletCore";

/** Tells `steering` the same error 20 times a second from `from` (s) on, for `seconds`. */
function hold(steering: DriftSteering, error: number, from: number, seconds: number): Remedy[] {
  return Array.from({ length: Math.round(seconds * 20) }, (_, i) => steering.read(Math.round((from + i / 20) * 1e6), error));
}

describe("steering", () => {
  test("holds within the clock's noise", () => {
    expect(new DriftSteering().read(0, 0)).toEqual({ kind: "nudge", ppm: 0 });
  });

  test("draws 3 ms in by at most 500 ppm, reached in small steps", () => {
    const rates = hold(new DriftSteering(), 3_000, 0, 2).map((remedy) => (remedy.kind === "nudge" ? remedy.ppm : NaN));
    expect(rates.at(-1)).toBe(-500);
    expect(Math.min(...rates)).toBe(-500);
    rates.slice(1).forEach((rate, i) => expect(Math.abs(rate - rates[i]!)).toBeLessThanOrEqual(200));
  });

  test("never changes the speed by more than half a percent", () => {
    const rates = hold(new DriftSteering(), -25_000, 0, 5).map((remedy) => (remedy.kind === "nudge" ? remedy.ppm : NaN));
    expect(Math.max(...rates)).toBe(5_000);
  });

  test("jumps when far off, but not in the first moments after a start", () => {
    const steering = new DriftSteering();
    const kinds = hold(steering, 80_000, 0, 2).map((remedy) => remedy.kind);
    expect(kinds.slice(0, 15)).not.toContain("jump");
    expect(kinds.slice(15, 20)).toContain("jump");
    steering.restart();
    expect(hold(steering, 80_000, 2, 0.7).map((remedy) => remedy.kind)).not.toContain("jump");
  });

  test("never jumps for less than the clock's own error", () => {
    const steering = new DriftSteering();
    steering.clockError = 200_000;
    expect(hold(steering, 80_000, 0, 3).map((remedy) => remedy.kind)).not.toContain("jump");
  });
});

describe("a shift that is certain", () => {
  const kindOf = (mode: "sync" | "quality", error: number): string => {
    const steering = Object.assign(new DriftSteering(), { mode });
    hold(steering, 0, 0, 0.2);
    return steering.shifted(error).kind;
  };

  test("is jumped over at once, soon after a start too, if it is more than a millisecond", () => {
    expect([2_200, -2_200, 40_000, 900, -900].map((error) => kindOf("sync", error))).toEqual(["jump", "jump", "jump", "nudge", "nudge"]);
  });

  test("is drawn in gently where quality comes first, unless it is more than 100 ms", () => {
    expect([2_200, -90_000, 130_000].map((error) => kindOf("quality", error))).toEqual(["nudge", "nudge", "jump"]);
  });

  test("makes an end of the readings before it", () => {
    const steering = new DriftSteering();
    hold(steering, 20_000, 0, 1);
    steering.shifted(0);
    // Without that, the median of nine would go on telling 20 ms for a quarter of a second.
    const [first] = hold(steering, 0, 1, 0.05);
    expect(first).toEqual({ kind: "nudge", ppm: 0 });
  });
});

describe("steering with quality first", () => {
  const gentle = (): DriftSteering => Object.assign(new DriftSteering(), { mode: "quality" as const });

  test.each([6_000, 28_000, 60_000, 99_000, -60_000])("%i us off, it never jumps and never leaves 500 ppm", (error) => {
    const remedies = hold(gentle(), error, 0, 30);
    expect(remedies.map((remedy) => remedy.kind)).not.toContain("jump");
    const rates = remedies.map((remedy) => (remedy.kind === "nudge" ? remedy.ppm : NaN));
    expect(Math.max(...rates.map(Math.abs))).toBe(500);
    // Once there it stays there: no ripple of the loop behind it is heard.
    expect(new Set(rates.slice(5))).toEqual(new Set([error > 0 ? -500 : 500]));
  });

  test("beyond 100 ms a jump is the lesser evil", () => {
    expect(hold(gentle(), 130_000, 0, 2).map((remedy) => remedy.kind)).toContain("jump");
  });

  test("near the room it does what sync first does", () => {
    expect(hold(gentle(), 1_000, 0, 5)).toEqual(hold(new DriftSteering(), 1_000, 0, 5));
  });
});
