import { expect, test } from "vitest";
import { OutputSampler } from "../../src/audio/outputSampler";
import { DriftSteering } from "../../src/audio/steering";

test("a good timestamp is read as it is", () => {
  const source = { currentTime: 2, getOutputTimestamp: () => ({ contextTime: 1.96, performanceTime: 5_000.25 }) };
  const sampler = new OutputSampler(source, () => 5_010);
  expect(sampler.read()).toEqual({ context: 1.96, page: 5_000_250, isCoarse: false });
  expect(sampler.isCoarse).toBe(false);
});

test.each([
  ["nothing sounds yet", { contextTime: 0, performanceTime: 0 }],
  ["it is stale", { contextTime: 1.9, performanceTime: 4_000 }],
  ["it lies in the future", { contextTime: 2.5, performanceTime: 5_000 }],
])("a timestamp is left out when %s", (_name, stamp) => {
  const sampler = new OutputSampler({ currentTime: 2, getOutputTimestamp: () => stamp }, () => 5_010);
  expect(sampler.read()).toBeNull();
});

test("a browser without timestamps is read by its current time and latency, after a second of patience", () => {
  const sampler = new OutputSampler({ currentTime: 2, baseLatency: 0.01, outputLatency: 0.03 }, () => 5_000);
  for (let i = 0; i < 29; i += 1) expect(sampler.read()).toBeNull();
  expect(sampler.read()).toEqual({ context: 1.97, page: 5_000_000, isCoarse: true });
  expect(sampler.latencyMicros).toBe(30_000);
});

test("a latency that is not told is assumed", () => {
  expect(new OutputSampler({ currentTime: 1, baseLatency: 0.01 }, () => 1).latencyMicros).toBe(50_000);
});

test("steering holds within the clock's noise, nudges beyond it and jumps when far off", () => {
  const steering = new DriftSteering();
  expect(steering.read(0, 0)).toEqual({ kind: "nudge", ppm: 0 });
  steering.restart();
  let remedy = steering.read(0, 3_000);
  for (let i = 1; i < 40; i += 1) remedy = steering.read(i * 50_000, 3_000);
  expect(remedy.kind === "nudge" && remedy.ppm).toBeLessThan(-300);
  steering.restart();
  const kinds = [0, 1, 2, 3, 4].map((i) => steering.read(i * 50_000, 80_000).kind);
  expect(kinds.at(-1)).toBe("jump");
  steering.restart();
  steering.clockError = 200_000;
  expect([0, 1, 2, 3, 4].map((i) => steering.read(i * 50_000, 80_000).kind)).not.toContain("jump");
});
