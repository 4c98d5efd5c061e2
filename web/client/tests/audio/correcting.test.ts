import { expect, test } from "vitest";
import { correctingOf } from "../../src/audio/correcting";

const status = { entry: "e", frame: 960_000, leap: null, ppm: 0 };

test("says what is done about the distance", () => {
  expect(correctingOf({ ...status, entry: "" })).toEqual({ kind: "none" });
  expect(correctingOf(status)).toEqual({ kind: "hold" });
  expect(correctingOf({ ...status, ppm: -120 })).toEqual({ kind: "nudge", ppm: -120 });
});

test("a jump is told for ten seconds", () => {
  const leap = { frame: 900_000, by: -48_000.4 };
  expect(correctingOf({ ...status, ppm: 30, leap })).toEqual({ kind: "jumped", by: -48_000 });
  expect(correctingOf({ ...status, frame: 900_000 + 480_000, leap })).toEqual({ kind: "hold" });
});
