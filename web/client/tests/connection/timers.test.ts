import { expect, test } from "vitest";
import { pauseBefore } from "../../src/connection/backoff";
import { measureResolution, pageTimers } from "../../src/connection/timers";

test("the granularity of page time is found by reading it", () => {
  let reads = 0;
  // Steps of 0.1 ms, each seen three times, as in a page without isolation.
  const coarse = (): number => Math.floor((reads += 1) / 3) / 10;
  expect(measureResolution(coarse)).toBeGreaterThanOrEqual(100);
  expect(measureResolution(coarse)).toBeLessThanOrEqual(101);
});

test("a clock that stands still counts as the coarsest", () => {
  expect(measureResolution(() => 5)).toBe(2000);
});

test("a real page is finer than two milliseconds", () => {
  expect(measureResolution()).toBeLessThanOrEqual(2000);
});

test("page timers run and stop", async () => {
  const ran: string[] = [];
  const stop = pageTimers.every(1, () => ran.push("every"));
  await new Promise<void>((resolve) => pageTimers.after(5, resolve));
  stop();
  const count = ran.length;
  pageTimers.after(1, () => ran.push("never"))();
  await new Promise<void>((resolve) => pageTimers.after(10, resolve));
  expect(count).toBeGreaterThan(0);
  expect(ran).toHaveLength(count);
});

test("pauses grow, are bounded, scattered, and never shorter than the server asks", () => {
  expect([1, 2, 3].map((failures) => pauseBefore(failures, 0, 0))).toEqual([250, 375, 562.5]);
  expect(pauseBefore(30, 0, 0)).toBe(15_000);
  expect(pauseBefore(20, 0, 1)).toBe(3_000);
  expect(pauseBefore(1, 0, 0.5)).toBe(312.5);
  expect(pauseBefore(1, 30_000, 1)).toBe(45_000);
});
