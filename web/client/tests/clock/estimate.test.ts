import { expect, it } from "vitest";
import { ClockEstimate } from "../../src/clock/estimate";
import type { Exchange } from "../../src/clock/exchange";
import { RoomClock } from "../../src/clock/roomClock";
import { localMicros, micros, serverMicros } from "../../src/units";

function probe(sent: number, offset: number, up = 1_000, down = 1_000): Exchange {
  return {
    sent: localMicros(sent),
    received: serverMicros(sent + up + offset),
    answered: serverMicros(sent + up + offset + 10),
    returned: localMicros(sent + up + 10 + down),
  };
}

it("says nothing before the first exchange", () => {
  const estimate = new ClockEstimate(micros(5));
  expect(estimate.ready).toBe(false);
  expect(estimate.roundTrip).toBe(0);
  expect(() => estimate.toPeer(localMicros(0))).toThrow("no exchange yet");
  expect(() => estimate.toLocal(serverMicros(0))).toThrow("no exchange yet");
  expect(() => estimate.errorAt(localMicros(0))).toThrow("no exchange yet");
});

it("is exact to the microsecond days after boot and ages after the epoch", () => {
  const estimate = new ClockEstimate(micros(1));
  const sent = 86_400_000_000 * 30;
  const offset = 1_800_000_000_000_000 - sent;
  estimate.add(probe(sent, offset));
  expect(Math.abs(estimate.toPeer(localMicros(sent)) - (sent + offset))).toBeLessThanOrEqual(1);
  expect(Math.abs(estimate.toLocal(serverMicros(sent + offset)) - sent)).toBeLessThanOrEqual(1);
});

it("follows a slight contradiction, and keeps only what agrees with the newest", () => {
  const estimate = new ClockEstimate(micros(1));
  for (let second = 0; second < 60; second += 1) estimate.add(probe(second * 1e6, 5_000, 150, 150));
  for (let second = 60; second < 70; second += 1) estimate.add(probe(second * 1e6, 5_900, 150, 150));
  const now = localMicros(69e6);
  expect(Math.abs(estimate.toPeer(now) - (69e6 + 5_900))).toBeLessThanOrEqual(estimate.errorAt(now));
});

it("keeps what is known of a timebase until another one is named", () => {
  const clock = new RoomClock(micros(5));
  expect(clock.add("one", probe(0, 50))).toBe(false);
  expect(clock.begin("one")).toBe(true);
  expect(clock.add("one", probe(0, 50))).toBe(true);
  expect(clock.begin("one")).toBe(false);
  expect(clock.estimate.ready).toBe(true);
  expect(clock.begin("two")).toBe(true);
  expect(clock.epoch).toBe("two");
  expect(clock.estimate.ready).toBe(false);
  expect(clock.add("one", probe(0, 50))).toBe(false);
});
