import { describe, expect, test } from "vitest";
import { pieceOf } from "../../src/audio/bentSound";
import { programOf } from "../../src/audio/schedule";
import { DriftSteering } from "../../src/audio/steering";
import { WorkletCore } from "../../src/audio/workletCore";
import { OutputClock } from "../../src/clock/outputClock";
import { empty, play, setVibe } from "../../src/timeline/transport";
import { PLAIN } from "../../src/timeline/vibe";
import { contextSeconds, localMicros, positionMicros, sampleCount, serverMicros } from "../../src/units";
import type { ServerMicros } from "../../src/units";

const RATE = 48_000;
const BLOCK = 1_920;
const FRAMES = 70 * RATE;

/**
 * A sound card in virtual time: its frames run `ppm` fast against page time, leave the output `latency` late, and lose time
 * when it stalls. Room time is page time, so every error seen here is the player's own.
 */
class Card {
  readonly #ppm: number;
  #stalled = 0;
  #seed = 7;

  constructor(ppm: number) {
    this.#ppm = ppm;
  }

  stall(micros: number): void {
    this.#stalled += micros;
  }

  /** Page time at which context frame `frame` leaves the output, as it is in truth. */
  heardAt(frame: number): number {
    return 1_000_000 + this.#stalled + 40_000 + ((frame / RATE) * 1e6) / (1 + this.#ppm / 1e6);
  }

  /** Scatter of one timestamp, microseconds: ± 100. */
  scatter(): number {
    this.#seed = (this.#seed * 16_807) % 2_147_483_647;
    return (this.#seed / 2_147_483_647 - 0.5) * 200;
  }
}

interface Course {
  readonly offset?: number;
  /** Frame at which the card loses 40 ms. */
  readonly stallAt?: number;
  /** Whether the page runs at that second; it reads the output and sends lines only then. */
  readonly isAwake?: (seconds: number) => boolean;
  readonly ratePermille?: number;
  readonly seconds?: number;
}

/** Plays on `card`; returns (seconds, distance from the room in microseconds of the track) at every block. */
function run(card: Card, course: Course = {}): [number, number][] {
  const { offset = 0, stallAt = Infinity, isAwake = () => true, ratePermille = 1000, seconds = 60 } = course;
  const output = new OutputClock();
  const core = new WorkletCore(new DriftSteering());
  const silence = new Float32Array(FRAMES);
  const cue = { entry: "e", track: "a", order: "V", frames: sampleCount(FRAMES) };
  const room = setVibe(empty("e1"), { ...PLAIN, tempoPermille: ratePermille }, serverMicros(0));
  core.add({ track: pieceOf(cue, room).track, index: 0, start: 0, frames: FRAMES, channels: [silence, silence] }, 0);
  const record = play(room, cue, positionMicros(0), serverMicros(2_000_000));
  const frameAt = (instant: ServerMicros): number => output.contextAt(localMicros(instant - offset)) * RATE;
  const [left, right] = [new Float32Array(BLOCK), new Float32Array(BLOCK)];
  const seen: [number, number][] = [];
  for (let frame = 0; frame < seconds * RATE; frame += BLOCK) {
    if (frame >= stallAt && frame < stallAt + BLOCK) card.stall(40_000);
    const now = card.heardAt(frame);
    const awake = isAwake(frame / RATE);
    if (awake) output.add(contextSeconds(frame / RATE + 1e-9), localMicros(now + card.scatter()));
    if (awake && output.ready && (course.isAwake !== undefined || (frame / BLOCK) % 3 === 0)) {
      core.follow(programOf([record], serverMicros(Math.floor(now)), frameAt));
    }
    core.render(frame, left, right);
    const status = core.status(frame + BLOCK);
    if (status.entry === "") continue;
    const heard = card.heardAt(frame + BLOCK) + offset;
    seen.push([frame / RATE, ((status.position * status.tempo) / RATE) * 1e6 - ((heard - 2_000_000) * ratePermille) / 1000]);
  }
  return seen;
}

function worst(seen: readonly [number, number][], from: number, to: number): number {
  const errors = seen.filter(([at]) => at >= from && at < to).map(([, error]) => Math.abs(error));
  expect(errors.length).toBeGreaterThan(20 * (to - from));
  return Math.max(...errors);
}

describe("keeping step", () => {
  test.each([0, 180, -180])("an output that drifts by %i ppm stays within half a millisecond", (ppm) => {
    const seen = run(new Card(ppm));
    expect(worst(seen, 3, 60)).toBeLessThan(1_500);
    expect(worst(seen, 15, 60)).toBeLessThan(500);
  });

  test("a device that sounds late is fed earlier by exactly its offset", () => {
    const seen = run(new Card(50), { offset: 120_000 });
    expect(worst(seen, 15, 60)).toBeLessThan(500);
  });

  test("a stall of 40 ms is made good within a second and a half", () => {
    const seen = run(new Card(100), { stallAt: 30 * RATE });
    expect(worst(seen, 30, 31)).toBeGreaterThan(20_000);
    expect(worst(seen, 31.5, 60)).toBeLessThan(2_000);
  });

  test.each([10, 20])("the audio thread goes on in step for %i s while the page sleeps", (length) => {
    const seen = run(new Card(150), { isAwake: (at) => at < 25 || at >= 25 + length });
    expect(worst(seen, 15, 25)).toBeLessThan(500);
    expect(worst(seen, 25, 25 + length)).toBeLessThan(1_000);
    expect(worst(seen, 25 + length, 60)).toBeLessThan(1_000);
  });

  test("a page whose timers run once a second keeps step, and finds back after a stall", () => {
    const isAwake = (at: number): boolean => at < 5 || Math.floor(at) !== Math.floor(at - BLOCK / RATE);
    expect(worst(run(new Card(150), { isAwake }), 15, 60)).toBeLessThan(1_500);
    const seen = run(new Card(150), { stallAt: 30 * RATE, isAwake });
    // Eight readings prove a shift: at one a second that takes as many seconds.
    expect(worst(seen, 42, 60)).toBeLessThan(2_000);
  });

  test.each([500, 800, 1250, 2000])("at %i permille of the recorded speed the line is followed as exactly", (ratePermille) => {
    const seen = run(new Card(150), { ratePermille, seconds: 30 });
    expect(worst(seen, 15, 30)).toBeLessThan(500 * Math.max(1, ratePermille / 1000));
  });
});
