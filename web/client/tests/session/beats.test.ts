import { expect, test } from "vitest";
import { beatsBetween, nearBeat } from "../../src/session/beats";
import { serverMicros } from "../../src/units";

const between = (from: number, to: number) => beatsBetween(serverMicros(from), serverMicros(to));

test("beats are the whole seconds of room time, the same for everybody who asks", () => {
  expect(between(1_200_000, 4_000_000)).toEqual([2_000_000, 3_000_000]);
  expect(between(2_000_000, 2_000_001)).toEqual([2_000_000]);
  expect(between(2_000_001, 2_900_000)).toEqual([]);
  expect(between(-1_500_000, 500_000)).toEqual([-1_000_000, 0]);
});

test("stretches that follow each other leave no beat out and have none twice", () => {
  const cuts = [0, 1_200_000, 1_400_000, 3_000_000, 3_000_000, 4_999_999, 6_000_000];
  const found = cuts.slice(1).flatMap((to, i) => between(cuts[i]!, to));
  expect(found).toEqual(between(0, 6_000_000));
});

test("a distance belongs to the beat it is late for, or a little early", () => {
  expect([0, 180_000, 699_999, 700_000, -300_000, -300_001, 12_000_050].map(nearBeat)).toEqual([
    0, 180_000, 699_999, -300_000, -300_000, 699_999, 50,
  ]);
});
