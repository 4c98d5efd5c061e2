import { describe, expect, test } from "vitest";
import { askFor, isBent, pieceOf } from "../../src/audio/bentSound";
import { programOf } from "../../src/audio/schedule";
import { WorkletCore } from "../../src/audio/workletCore";
import { empty, play as start, setVibe } from "../../src/timeline/transport";
import { PLAIN } from "../../src/timeline/vibe";
import { positionMicros, sampleCount, serverMicros } from "../../src/units";
import { HOLD, largestStep, line, load, piece, play, RATE, snr, tone } from "../fakes/rendering";

const CUE = { entry: "e", track: "t1", order: "a", frames: sampleCount(10 * RATE) };
const room = (vibe: Partial<typeof PLAIN>) => setVibe(empty("c"), { ...PLAIN, ...vibe }, serverMicros(0));

describe("a sound's name", () => {
  test("is the track's own as long as nothing is bent", () => {
    expect(pieceOf(CUE, room({}))).toEqual({ entry: "e", track: "t1", frames: 10 * RATE, tempo: 1 });
    expect(pieceOf(CUE, room({ keepsFormants: true })).track).toBe("t1");
    expect(askFor("t1", 77)).toEqual({ track: "t1", asked: { near: "77" } });
    expect(isBent("t1")).toBe(false);
  });

  test("says what to ask for, in frames of the recording, and is one for one sound", () => {
    const bent = pieceOf(CUE, room({ tempoPermille: 800, pitchCents: -150, keepsFormants: true }));
    expect([bent.frames, bent.tempo, isBent(bent.track)]).toEqual([600_000, 0.8, true]);
    expect(askFor(bent.track, 100_001)).toEqual({
      track: "t1", asked: { near: "80000", tempo: "800", pitch: "-150", formants: "1" },
    });
    expect(pieceOf(CUE, room({ tempoPermille: 800, keepsFormants: true }))).toEqual(pieceOf(CUE, room({ tempoPermille: 800 })));
  });

  test("has as many frames as the server's rendition, one of a breath and none of nothing", () => {
    const frames = (count: number) => pieceOf({ ...CUE, frames: sampleCount(count) }, room({ tempoPermille: 1_999 })).frames;
    expect([frames(0), frames(1), frames(100_000)]).toEqual([0, 1, 50_025]);
  });
});

test("a line of the room moves through bent sound at the recorded speed", () => {
  const record = start(room({ tempoPermille: 1_250 }), CUE, positionMicros(2_000_000), serverMicros(1_000_000));
  const [bent] = programOf([record], serverMicros(3_000_000), (instant) => (instant * RATE) / 1e6);
  expect(bent!.slope).toBeCloseTo(1, 9);
  expect(bent!.position).toBeCloseTo((4.5 / 1.25) * RATE, 3);
  expect(bent!.since).toBeCloseTo(RATE, 3);
});

describe("another sound of what plays", () => {
  // At 0.8 of the tempo, a third lower: the rendition has other frames and another tone than the recording.
  const plain = piece("e", 10 * RATE, "t");
  const bent = piece("e", 12.5 * RATE, "t~800", 0.8);
  const AT = 2 * RATE + 31;
  const program = [
    line({ piece: plain, position: RATE, record: "r1" }),
    line({ piece: bent, from: AT, at: AT, position: (RATE + AT) / 0.8, record: "r2" }),
  ];
  const sung = tone(330);

  test("begins at the very frame of its line, faded over, where the line is", () => {
    const core = new WorkletCore(HOLD);
    load(core, "t", 10 * RATE, tone(440));
    load(core, "t~800", 12.5 * RATE, sung);
    core.follow(program);
    const out = play(core, 0, 3 * RATE);
    expect(snr(out, (frame) => tone(440)(RATE + frame), RATE, AT)).toBeGreaterThan(60);
    expect(snr(out, (frame) => sung(frame - AT + (RATE + AT) / 0.8), AT + 400, 3 * RATE)).toBeGreaterThan(60);
    expect(largestStep(out)).toBeLessThan(0.08);
    expect(core.status(3 * RATE)).toMatchObject({ sounding: "in-step", jumps: 0, tempo: 0.8 });
  });

  test("is waited for in its place: at the new tempo, with the sound at hand", () => {
    const core = new WorkletCore(HOLD);
    load(core, "t", 10 * RATE, tone(440));
    core.follow(program);
    const before = play(core, 0, AT + RATE);
    const late = core.status(AT + RATE);
    expect(late.sounding).toBe("in-step");
    expect(late.position).toBeCloseTo(RATE + AT + 0.8 * RATE, -1);
    // Slower and lower by the tempo, without a gap.
    expect(snr(before, (frame) => tone(440)(RATE + AT + (frame - AT) * 0.8), AT + 400, AT + RATE)).toBeGreaterThan(50);
    load(core, "t~800", 12.5 * RATE, sung);
    const after = play(core, AT + RATE, RATE);
    expect(snr(after, (frame) => sung(frame + RATE + (RATE + AT) / 0.8), 400, RATE)).toBeGreaterThan(60);
    expect(largestStep(after)).toBeLessThan(0.08);
    expect(core.status(AT + 2 * RATE)).toMatchObject({ sounding: "in-step", jumps: 0, tempo: 0.8 });
  });

  test("that never comes ends where the sound at hand ends, and begins again when it is there", () => {
    const core = new WorkletCore(HOLD);
    load(core, "t", 4 * RATE, tone(440));
    core.follow(program);
    play(core, 0, 5 * RATE);
    expect(core.status(5 * RATE)).toMatchObject({ sounding: "buffering", hasSound: false });
    load(core, "t~800", 12.5 * RATE, sung);
    const out = play(core, 5 * RATE, RATE);
    expect(snr(out, (frame) => sung(frame + 5 * RATE - AT + (RATE + AT) / 0.8), 400, RATE)).toBeGreaterThan(60);
  });

  test("goes on into the next piece across the boundary, at any pace of what is at hand", () => {
    const core = new WorkletCore(HOLD);
    const short = piece("e", 3 * RATE, "t");
    const slow = { ...piece("e", 6 * RATE, "t~500", 0.5), frames: 6 * RATE };
    const next = piece("f", 6 * RATE, "u~500", 0.5);
    load(core, "t", 3 * RATE, tone(440));
    load(core, "u~500", 6 * RATE, sung);
    core.follow([
      line({ piece: short, position: 2 * RATE, record: "r1" }),
      line({ piece: slow, from: 0.5 * RATE, at: 0.5 * RATE, position: 5 * RATE, next, record: "r2" }),
    ]);
    play(core, 0, 2 * RATE);
    const status = core.status(2 * RATE);
    expect(status).toMatchObject({ entry: "f", sounding: "in-step", tempo: 0.5 });
    expect(status.position).toBeCloseTo(0.5 * RATE, -1);
  });
});
