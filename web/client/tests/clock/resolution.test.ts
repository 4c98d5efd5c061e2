import { expect, it } from "vitest";
import { resolutionOf } from "../../src/clock/resolution";
import { localMicros } from "../../src/units";

it("is the smallest step between readings", () => {
  expect(resolutionOf([100, 100, 200, 200, 400, 500].map(localMicros))).toBe(100);
  expect(resolutionOf([5, 10, 10, 25].map(localMicros))).toBe(5);
});

it("is a millisecond where the readings show no step", () => {
  expect(resolutionOf([])).toBe(1_000);
  expect(resolutionOf([7, 7, 7].map(localMicros))).toBe(1_000);
});

it("ignores a clock that was set back and rounds fractions up", () => {
  expect(resolutionOf([50, 20, 20.5].map(localMicros))).toBe(1);
});
