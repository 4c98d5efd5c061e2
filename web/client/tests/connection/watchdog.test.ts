import { beforeEach, expect, test } from "vitest";
import { watch } from "../../src/connection/watchdog";
import type { Stop } from "../../src/connection/timers";
import { FakeTimers } from "../fakes/timers";

class FakeDocument extends EventTarget {
  visibilityState = "visible";
}

let timers: FakeTimers;
let window: EventTarget;
let document: FakeDocument;
let audio: number | null;
let jumps: number;
let wakes: number;
let stop: Stop;

beforeEach(() => {
  timers = new FakeTimers();
  window = new EventTarget();
  document = new FakeDocument();
  audio = null;
  jumps = 0;
  wakes = 0;
  stop = watch(timers, { window, document, audioTime: () => audio }, () => (jumps += 1), () => (wakes += 1));
});

test("clocks that agree are left alone", () => {
  timers.pass(10_000);
  expect(jumps).toBe(0);
});

test("a machine that slept is noticed within a second", () => {
  timers.pass(5_000);
  timers.sleep(60_000);
  timers.pass(1_000);
  expect(jumps).toBe(1);
  timers.pass(5_000);
  expect(jumps).toBe(1);
});

test("an output that stood still is noticed, one that is not there is not", () => {
  audio = 1;
  timers.pass(1_000);
  expect(jumps).toBe(0);
  timers.pass(1_000);
  expect(jumps).toBe(1);
  audio = null;
  timers.pass(2_000);
  expect(jumps).toBe(1);
});

test("a page that is seen again, or online again, wakes; one that hides does not", () => {
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
  expect(wakes).toBe(0);
  document.visibilityState = "visible";
  timers.sleep(30_000);
  document.dispatchEvent(new Event("visibilitychange"));
  expect([jumps, wakes]).toEqual([1, 1]);
  window.dispatchEvent(new Event("online"));
  expect(wakes).toBe(2);
});

test("stopping ends all of it", () => {
  stop();
  timers.sleep(30_000);
  timers.pass(5_000);
  window.dispatchEvent(new Event("online"));
  expect([jumps, wakes]).toEqual([0, 0]);
});
