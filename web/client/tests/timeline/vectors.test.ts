import { describe, expect, it } from "vitest";
import anchorsVectors from "../../../../tests/vectors/timeline_anchor.json";
import driftVectors from "../../../../tests/vectors/timeline_drift.json";
import leadVectors from "../../../../tests/vectors/timeline_lead.json";
import malformedVectors from "../../../../tests/vectors/timeline_malformed.json";
import transportVectors from "../../../../tests/vectors/timeline_transport.json";
import unitsVectors from "../../../../tests/vectors/timeline_units.json";
import { anchorInstant, anchorPosition, type Anchor } from "../../src/timeline/anchor";
import { correction, DriftControl, type Correction } from "../../src/timeline/drift";
import { startLead } from "../../src/timeline/lead";
import { fromPlain, MalformedTransport, toPlain } from "../../src/timeline/plain";
import * as line from "../../src/timeline/transport";
import type { Cue, Transport } from "../../src/timeline/transport";
import {
  micros, microsOfSamples, positionMicros, sampleCount, samplesOfMicros, serverMicros,
} from "../../src/units";

type Pairs = readonly (readonly [number, number])[];
type PlainCue = readonly [entry: string, track: string, order: string, frames: number];

const units = unitsVectors as unknown as { readonly micros_of_samples: Pairs; readonly samples_of_micros: Pairs };
const anchors = anchorsVectors as unknown as readonly {
  readonly anchor: readonly [number, number, number];
  readonly position_at: Pairs;
  readonly instant_of: readonly (readonly [number, number | null])[];
}[];
const rooms = transportVectors as unknown as readonly {
  readonly owner_term: number;
  readonly steps: readonly {
    readonly operation: Operation;
    readonly record: unknown;
    readonly is_unchanged: boolean;
    readonly position_at: readonly [number, number];
    readonly settle_due_at: number | null;
    readonly is_at_end: boolean;
  }[];
}[];
const leads = leadVectors as unknown as readonly { readonly reports: Pairs; readonly lead: number }[];
const drifts = driftVectors as unknown as {
  readonly single: readonly (readonly [number, number, readonly unknown[]])[];
  readonly loops: readonly {
    readonly clock_error: number;
    readonly steps: readonly (readonly [at: number, reading: number, ...answer: unknown[]])[];
    readonly learnt_ppm: number;
  }[];
};
const malformed = malformedVectors as unknown as readonly { readonly why: string; readonly value: unknown }[];

type Operation =
  | readonly ["play", PlainCue, number, number]
  | readonly ["resume" | "pause", number]
  | readonly ["seek", number, number]
  | readonly ["set_vibe", number, number, boolean, number]
  | readonly ["expect" | "settle", PlainCue | null]
  | readonly ["with_frames", string, number]
  | readonly ["advance", number, readonly PlainCue[]]
  | readonly ["re_anchored", string, number, number];

function cueOf([entry, track, order, frames]: PlainCue): Cue {
  return { entry, track, order, frames: sampleCount(frames) };
}

function carriedOut(before: Transport, operation: Operation): Transport {
  switch (operation[0]) {
    case "play":
      return line.play(before, cueOf(operation[1]), positionMicros(operation[2]), serverMicros(operation[3]));
    case "resume":
      return line.resume(before, serverMicros(operation[1]));
    case "pause":
      return line.pause(before, serverMicros(operation[1]));
    case "seek":
      return line.seek(before, positionMicros(operation[1]), serverMicros(operation[2]));
    case "set_vibe": {
      const [, tempoPermille, pitchCents, keepsFormants, at] = operation;
      return line.setVibe(before, { tempoPermille, pitchCents, keepsFormants }, serverMicros(at));
    }
    case "expect":
      return line.expectNext(before, operation[1] === null ? null : cueOf(operation[1]));
    case "settle":
      return line.settle(before, operation[1] === null ? null : cueOf(operation[1]));
    case "with_frames":
      return line.withFrames(before, operation[1], sampleCount(operation[2]));
    case "advance":
      return line.advance(before, serverMicros(operation[1]), operation[2].map(cueOf));
    case "re_anchored":
      return line.reAnchored(before, operation[1], operation[2], micros(operation[3]));
  }
}

function plainCorrection(answer: Correction): readonly unknown[] {
  switch (answer.kind) {
    case "hold":
      return ["hold"];
    case "nudge":
      return ["nudge", answer.ratePpm];
    case "jump":
      return ["jump", answer.by];
  }
}

describe("the timeline's shared vectors", () => {
  it("convert between microseconds and samples as the server does", () => {
    for (const [frames, span] of units.micros_of_samples) expect(microsOfSamples(sampleCount(frames))).toBe(span);
    for (const [span, frames] of units.samples_of_micros) expect(samplesOfMicros(micros(span))).toBe(frames);
  });

  it("agree on hours of playback at every speed", () => {
    expect(anchors.length).toBeGreaterThan(100);
    for (const { anchor: [at, position, ratePermille], position_at, instant_of } of anchors) {
      const anchor: Anchor = { at: serverMicros(at), position: positionMicros(position), ratePermille };
      for (const [instant, there] of position_at) expect(anchorPosition(anchor, serverMicros(instant))).toBe(there);
      for (const [there, instant] of instant_of) expect(anchorInstant(anchor, positionMicros(there))).toBe(instant);
    }
  });

  it.each(rooms.map((room) => [room.owner_term, room.steps] as const))("live through room %i", (term, steps) => {
    let record = line.empty("c", term);
    for (const step of steps) {
      const after = carriedOut(record, step.operation);
      expect(toPlain(after)).toEqual(step.record);
      expect(fromPlain(step.record)).toEqual(after);
      expect(after === record).toBe(step.is_unchanged);
      expect(line.isNewer(after, record)).toBe(
        after.ownerTerm > record.ownerTerm || (after.ownerTerm === record.ownerTerm && !step.is_unchanged),
      );
      const [instant, position] = step.position_at;
      expect(line.positionAt(after, serverMicros(instant))).toBe(position);
      expect(line.settleDueAt(after)).toBe(step.settle_due_at);
      expect(line.isAtEnd(after)).toBe(step.is_at_end);
      record = after;
    }
  });

  it("choose the same lead", () => {
    for (const { reports, lead } of leads) {
      expect(startLead(reports.map(([roundTrip, leadNeeded]) => ({ roundTrip, leadNeeded })))).toBe(lead);
    }
  });

  it("judge single errors alike", () => {
    for (const [error, bound, answer] of drifts.single) {
      expect(plainCorrection(correction(micros(error), micros(bound)))).toEqual(answer);
    }
  });

  it.each(drifts.loops.map((loop) => [loop.clock_error, loop] as const))("steer alike, clock error %i", (_, loop) => {
    const control = new DriftControl();
    for (const [at, reading, ...answer] of loop.steps) {
      expect(plainCorrection(control.step(at, micros(reading), micros(loop.clock_error)))).toEqual(answer);
    }
    expect(control.learntPpm).toBe(loop.learnt_ppm);
    control.restart();
    const restarted = plainCorrection(control.step(0, micros(0), micros(loop.clock_error)));
    expect(restarted).toEqual(["nudge", Math.floor(control.learntPpm + 0.5)]);
  });

  it.each(malformed.map(({ why, value }) => [why, value] as const))("refuse a record with %s", (_, value) => {
    expect(() => fromPlain(value)).toThrow(MalformedTransport);
  });

  it("refuse what is no map, and read a record from before it had a vibe", () => {
    for (const value of [null, undefined, 5, "playing", [], true]) expect(() => fromPlain(value)).toThrow(MalformedTransport);
    const names = Object.entries(toPlain(line.empty("c"))).filter(([name]) => !["rate_permille", "pitch_cents", "keeps_formants"].includes(name));
    expect(fromPlain(Object.fromEntries(names))).toEqual(line.empty("c"));
  });
});
