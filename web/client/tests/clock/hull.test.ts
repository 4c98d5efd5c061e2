import { describe, expect, it } from "vitest";
import { Drift, slopesBetween } from "../../src/clock/drift";
import { Hull, pointAt } from "../../src/clock/hull";

function hullOf(...points: readonly (readonly [number, number])[]): Hull {
  return new Hull(points.map(([at, value]) => ({ at, value })));
}

describe("a hull", () => {
  it("drops what no line can touch from below, in whatever order it came", () => {
    const hull = hullOf([3, 9], [0, 0], [1, 5], [2, 2]);
    expect(hull.points.map(({ at }) => at)).toEqual([0, 2, 3]);
  });

  it("keeps the lower of two at the same instant", () => {
    const hull = hullOf([0, 0], [1, 5]);
    hull.add({ at: 1, value: 7 });
    expect(hull.newest.value).toBe(5);
    hull.add({ at: 1, value: 3 });
    expect(hull.newest.value).toBe(3);
  });

  it("tells the least of all once they are carried along a slope", () => {
    const points = Array.from({ length: 50 }, (_, at) => ({ at, value: (at * 7919) % 101 }));
    for (const slope of [-20, -1, 0, 1, 20]) {
      const least = Math.min(...points.map(({ at, value }) => value + slope * (60 - at)));
      expect(new Hull(points).least(60, slope)).toBe(least);
    }
    expect(new Hull().least(0, 1)).toBe(Infinity);
  });

  it("refuses what is older than the newest, and has no point beyond its last", () => {
    const hull = hullOf([2, 0]);
    expect(() => { hull.add({ at: 1, value: 0 }); }).toThrow("order of time");
    expect(() => pointAt(hull.points, 1)).toThrow("no such point");
  });
});

describe("the drift", () => {
  it("is anybody's guess from one exchange", () => {
    const drift = new Drift();
    drift.learn(slopesBetween(hullOf([0, 5]), hullOf([1, 5]), 0.5, 10, 1));
    expect(drift.rate).toBe(0);
    expect(drift.spread).toBe(120);
  });

  it("of a clock further off than clocks are is believed once nothing else is possible", () => {
    for (const rate of [300, -300]) {
      const drift = new Drift();
      drift.learn({ low: rate - 1, likeliest: rate, high: rate + 1, lowest: rate - 20, highest: rate + 20 });
      expect(Math.abs(drift.rate - rate)).toBeLessThan(1);
      expect(drift.spread).toBeLessThan(22);
    }
  });

  it("stays about what it was when a clock jumps", () => {
    const drift = new Drift();
    drift.learn({ low: 18, likeliest: 20, high: 22, lowest: 10, highest: 30 });
    const { rate, spread } = drift;
    drift.restart();
    expect(drift.rate).toBe(rate);
    expect(drift.spread).toBe(spread + 2);
  });
});
