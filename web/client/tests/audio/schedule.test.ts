import { describe, expect, test } from "vitest";
import { programOf, Schedule } from "../../src/audio/schedule";
import { distanceAt, sliceAt } from "../../src/audio/slices";
import { empty, expectNext, pause, play, seek } from "../../src/timeline/transport";
import type { Cue } from "../../src/timeline/transport";
import { positionMicros, sampleCount, serverMicros } from "../../src/units";

const cue = (entry: string, seconds = 100): Cue => ({ entry, track: `t${entry}`, order: "V", frames: sampleCount(seconds * 48_000) });
const at = serverMicros;
const playing = play(empty("e1"), cue("a"), positionMicros(0), at(1_000_000));
const frameAt = (instant: number): number => (instant * 48) / 1000;

describe("which record holds", () => {
  test("the one before goes on until the instant of the next", () => {
    const schedule = new Schedule();
    schedule.take(playing);
    const paused = pause(playing, at(5_000_000));
    expect(schedule.take(paused)).toBe(true);
    expect(schedule.from(at(4_000_000), "e1")).toEqual([playing, paused]);
    expect(schedule.from(at(5_000_000), "e1")).toEqual([paused]);
  });

  test("older records are ignored, newer ones replace what was planned from their instant on", () => {
    const schedule = new Schedule();
    schedule.take(playing);
    const first = seek(playing, positionMicros(50_000_000), at(6_000_000));
    const second = seek(first, positionMicros(70_000_000), at(5_500_000));
    schedule.take(first);
    schedule.take(second);
    expect(schedule.take(first)).toBe(false);
    expect(schedule.from(at(5_000_000), "e1")).toEqual([playing, second]);
  });

  test("a record on another timebase starts everything over, and holds only on its own", () => {
    const schedule = new Schedule();
    schedule.take(playing);
    const restarted = { ...playing, clockEpoch: "e2", ownerTerm: 2, revision: 0 };
    expect(schedule.take(restarted)).toBe(true);
    expect(schedule.from(at(9_000_000), "e1")).toEqual([]);
    expect(schedule.from(at(9_000_000), "e2")).toEqual([restarted]);
  });

  test("a timebase of which no record has come says nothing: what plays is to go on", () => {
    const schedule = new Schedule();
    expect(schedule.speaksOf("e1")).toBe(false);
    schedule.take(playing);
    expect(schedule.speaksOf("e1")).toBe(true);
    expect(schedule.speaksOf("e2")).toBe(false);
    schedule.take({ ...playing, clockEpoch: "e2", ownerTerm: 2, revision: 0 });
    expect(schedule.speaksOf("e1")).toBe(false);
    expect(schedule.speaksOf("e2")).toBe(true);
  });
});

describe("lines", () => {
  test("a line that holds is anchored now, one to come at its instant", () => {
    const paused = pause(playing, at(5_000_000));
    const [now, then] = programOf([playing, paused], at(3_000_000), frameAt);
    expect(now).toMatchObject({ from: 0, at: 144_000, position: 96_000, slope: 1 });
    expect(then).toMatchObject({ from: 240_000, at: 240_000, position: 192_000, slope: 0 });
  });

  test("a drifting output changes the slope, so that room time is kept", () => {
    const drifting = (instant: number): number => frameAt(instant) * 1.0001;
    const [line] = programOf([playing], at(3_000_000), drifting);
    expect(line!.slope).toBeCloseTo(1 / 1.0001, 9);
  });

  test("nothing to play is silence", () => {
    expect(programOf([empty("e1")], at(1), frameAt)[0]).toMatchObject({ slope: 0, piece: { track: "" } });
  });
});

describe("slices for the loose player", () => {
  const program = programOf([expectNext(playing, cue("b", 10))], at(1_000_000), frameAt);

  test("begin where the line is and end where the piece ends, then the next follows", () => {
    const first = sliceAt(program, 48_000, 96_000);
    expect(first).toMatchObject({ kind: "slice", slice: { position: 0, start: 48_000, frames: 96_000 } });
    const last = sliceAt(program, 48_000 + 99 * 48_000, 96_000);
    expect(last).toMatchObject({ kind: "slice", slice: { frames: 48_000 } });
    const next = sliceAt(program, 48_000 + 100 * 48_000, 96_000);
    expect(next).toMatchObject({ kind: "slice", slice: { piece: { entry: "b" }, position: 0 } });
  });

  test("silence tells how long it lasts", () => {
    const future = programOf([playing], at(0), frameAt);
    expect(sliceAt(future, 10, 96_000)).toEqual({ kind: "silence", until: 48_000 });
    expect(sliceAt([], 0, 1)).toEqual({ kind: "silence", until: Infinity });
  });

  test("a slice that the room no longer plays is known by its distance", () => {
    const ahead = sliceAt(program, 48_000, 96_000);
    if (ahead.kind === "silence") throw new Error("expected a slice");
    expect(distanceAt(ahead.slice, program, 60_000)).toBeCloseTo(0, 6);
    const moved = programOf([seek(playing, positionMicros(30_000_000), at(1_000_000))], at(1_000_000), frameAt);
    expect(distanceAt(ahead.slice, moved, 60_000)).toBeCloseTo(30 * 48_000, 3);
    expect(distanceAt(ahead.slice, [], 60_000)).toBe(Infinity);
  });
});
