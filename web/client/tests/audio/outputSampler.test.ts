import { expect, test } from "vitest";
import { OutputSampler, type OutputSource } from "../../src/audio/outputSampler";

/** A browser whose timestamps are made by `stamp` from true page and context time (both in milliseconds). */
class FakeOutput implements OutputSource {
  now = 5_000;
  outputLatency = 0.03;
  baseLatency = 0.01;

  constructor(public stamp: (page: number, context: number) => { contextTime: number; performanceTime: number }) {}

  get currentTime(): number {
    return (this.now - 3_000) / 1000;
  }

  getOutputTimestamp() {
    return this.stamp(this.now, this.now - 3_040);
  }

  /** Reads `times` times, every 33 ms; returns how many readings were exact and how many coarse. */
  live(sampler: OutputSampler, times: number): { exact: number; coarse: number } {
    const counts = { exact: 0, coarse: 0 };
    for (let i = 0; i < times; i += 1) {
      this.now += 33;
      const reading = sampler.read();
      if (reading !== null) counts[reading.isCoarse ? "coarse" : "exact"] += 1;
    }
    return counts;
  }
}

const honest = (page: number, context: number) => ({ contextTime: context / 1000, performanceTime: page });
const samplerOf = (output: FakeOutput) => new OutputSampler(output, () => output.now, "Chrome/150");

test("a good timestamp is read as it is", () => {
  const source = { currentTime: 2, getOutputTimestamp: () => ({ contextTime: 1.96, performanceTime: 5_000.25 }) };
  const sampler = new OutputSampler(source, () => 5_010, "Chrome/150");
  expect(sampler.read()).toEqual({ context: 1.96, page: 5_000_250, rendered: 2, isCoarse: false });
  expect(sampler.isCoarse).toBe(false);
});

test.each([
  ["nothing sounds yet", { contextTime: 0, performanceTime: 0 }],
  ["it is stale", { contextTime: 1.9, performanceTime: 4_000 }],
  ["it lies in the future", { contextTime: 2.5, performanceTime: 5_000 }],
  ["it is no number", { contextTime: Number.NaN, performanceTime: 5_000 }],
])("a timestamp is left out when %s", (_name, stamp) => {
  const sampler = new OutputSampler({ currentTime: 2, getOutputTimestamp: () => stamp }, () => 5_010, "Chrome/150");
  expect(sampler.read()).toBeNull();
});

test("a browser without timestamps is read by its current time and latency, after a second of patience", () => {
  const sampler = new OutputSampler({ currentTime: 2, baseLatency: 0.01, outputLatency: 0.03 }, () => 5_000, "Chrome/150");
  for (let i = 0; i < 29; i += 1) expect(sampler.read()).toBeNull();
  expect(sampler.read()).toEqual({ context: 1.97, page: 5_000_000, rendered: null, isCoarse: true });
  expect(sampler.latencyMicros).toBe(30_000);
});

test.each([
  ["counts at half the pace", (page: number, context: number) => ({ contextTime: 1 + context / 2000, performanceTime: page })],
  ["rounds to a tenth of a second", (page: number, context: number) => ({ contextTime: context / 1000, performanceTime: Math.floor(page / 100) * 100 })],
])("a browser that %s is not believed", (_name, stamp) => {
  const output = new FakeOutput(stamp);
  const sampler = samplerOf(output);
  output.live(sampler, 90);
  expect(sampler.isCoarse).toBe(true);
  expect(output.live(sampler, 60)).toEqual({ exact: 0, coarse: 60 });
});

test("an underrun costs one reading and no trust", () => {
  const output = new FakeOutput(honest);
  const sampler = samplerOf(output);
  output.live(sampler, 60);
  output.stamp = (page, context) => honest(page, context - 400);
  expect(output.live(sampler, 30)).toEqual({ exact: 29, coarse: 0 });
});

test("a timestamp that is not refreshed is left out, and held against nobody", () => {
  const output = new FakeOutput((page) => {
    const at = Math.floor(page / 66) * 66;
    return { contextTime: (at - 3_040) / 1000, performanceTime: at };
  });
  const sampler = samplerOf(output);
  const { exact, coarse } = output.live(sampler, 120);
  expect(exact).toBeGreaterThan(50);
  expect(exact).toBeLessThan(70);
  expect(coarse).toBe(0);
});

test("trust comes back after as long as it took to lose it, and kinds never alternate on the way", () => {
  const output = new FakeOutput(() => ({ contextTime: 0, performanceTime: 0 }));
  const sampler = samplerOf(output);
  output.live(sampler, 200);
  output.stamp = honest;
  expect(output.live(sampler, 60)).toEqual({ exact: 0, coarse: 60 });
  output.live(sampler, 2);
  expect(output.live(sampler, 30)).toEqual({ exact: 30, coarse: 0 });
});

test("another output is trusted at first as any other", () => {
  const output = new FakeOutput(() => ({ contextTime: 0, performanceTime: 0 }));
  const sampler = samplerOf(output);
  output.live(sampler, 60);
  expect(sampler.isCoarse).toBe(true);
  sampler.reset();
  output.stamp = honest;
  expect(output.live(sampler, 5)).toEqual({ exact: 5, coarse: 0 });
});
