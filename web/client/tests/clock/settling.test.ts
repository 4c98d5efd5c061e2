import { describe, expect, it } from "vitest";
import { Settling } from "../../src/clock/settling";

const GAP = 33_000;

/** Feeds `seconds` of readings, 30 a second, of what `shown` says (microseconds by the second); tells what was believed when. */
function live(seconds: number, shown: (second: number) => number): { settling: Settling; believed: (second: number) => number } {
  const settling = new Settling(0, shown(0));
  const course: number[] = [];
  for (let at = GAP; at <= seconds * 1e6; at += GAP) {
    if (!settling.isOver) settling.add(at, shown(at / 1e6));
    course.push(settling.offset);
  }
  return { settling, believed: (second) => course[Math.floor((second * 1e6) / GAP) - 1] ?? NaN };
}

/** As libpulse does it: exact at first, away by `pace` a second for five seconds, and half of the way back with every update. */
function creeping(pace: number, left = 0.54): (second: number) => number {
  return (second) => {
    if (second < 5.5) return pace * second;
    const updates = Math.floor((second - 5.5) / 1.5) + 1;
    return pace * 5.5 * left ** updates;
  };
}

describe("an output that has just begun", () => {
  it("is believed after four seconds where its timestamps keep to a line, with its drift", () => {
    const { settling, believed } = live(5, (second) => 170 * second);
    expect(settling.isOver).toBe(true);
    expect(settling.driftPpm).toBeCloseTo(170, -1);
    expect(Math.abs(believed(3) - 510)).toBeLessThan(600);
    expect(Math.abs(settling.offset - 170 * 4)).toBeLessThan(150);
  });

  it.each([14_000, -8_000, 3_000, -1_500])("stays within a fifth of a second's creeping of %i us a second, and settles", (pace) => {
    const { settling, believed } = live(20, creeping(pace));
    for (let second = 0.6; second < 8; second += 0.1) expect(Math.abs(believed(second))).toBeLessThan(0.2 * Math.abs(pace));
    for (let second = 9.5; second < 20; second += 0.1) expect(Math.abs(believed(second))).toBeLessThan(600);
    expect(settling.isOver).toBe(true);
    expect(Math.abs(settling.offset)).toBeLessThan(400);
  });

  it.each([0.5, 0.57])("knows the place they creep to when every update leaves %d of the way", (left) => {
    const { believed } = live(20, creeping(6_000, left));
    for (let second = 9.5; second < 20; second += 0.1) expect(Math.abs(believed(second))).toBeLessThan(900);
  });

  it.each([116_000, -44_000, 13_000])("does not hold on to the %i us that come before its first true reading", (wrong) => {
    const { believed } = live(5, (second) => (second < 0.35 ? wrong + 5_000 * second : 0));
    expect(Math.abs(believed(0.6))).toBeLessThan(50);
    expect(Math.abs(believed(4.9))).toBeLessThan(50);
  });

  it("begins anew where it jumps, as after an underrun", () => {
    const { settling, believed } = live(8, (second) => (second < 2 ? 0 : -40_000));
    expect(believed(2.2)).toBe(-40_000);
    expect(believed(7.5)).toBe(-40_000);
    expect(settling.isOver).toBe(true);
  });

  it("is over after twenty seconds at the latest", () => {
    const { settling } = live(21, (second) => 900 * Math.sin(second * 1.3));
    expect(settling.isOver).toBe(true);
    expect(Math.abs(settling.offset)).toBeLessThan(3_000);
  });

  it("is over then also for a page in the background, which reads once a second", () => {
    const settling = new Settling(0, 0);
    for (let at = GAP; at < 600_000; at += GAP) settling.add(at, 0);
    for (let second = 1; second < 22 && !settling.isOver; second += 1) settling.add(second * 1e6, 100 * second);
    expect(settling.isOver).toBe(true);
    expect(Math.abs(settling.offset - 2_000)).toBeLessThan(300);
  });

  it("judges nothing while readings are missing", () => {
    const settling = new Settling(0, 0);
    for (let at = GAP; at < 600_000; at += GAP) settling.add(at, 0);
    // A page that stood still: nothing is known of the seconds in between.
    for (let at = 9_000_000; at < 9_300_000; at += GAP) settling.add(at, 8_000);
    expect([settling.offset, settling.isOver]).toEqual([0, false]);
  });
});
