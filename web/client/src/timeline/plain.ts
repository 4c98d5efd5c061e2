import { positionMicros, sampleCount, serverMicros } from "../units";
import type { Anchor } from "./anchor";
import type { Cue, Transport } from "./transport";
import { FASTEST_PERMILLE, MOST_PITCH_CENTS, SLOWEST_PERMILLE } from "./vibe";

/**
 * The transport record as one plain value, as it stands in the `playback` document under `playback["transport"]`. Twin of
 * `sync/timeline/plain.py`.
 */
export type PlainTransport = Readonly<Record<string, unknown>>;

/** The value is no transport record, or one that contradicts itself. */
export class MalformedTransport extends Error {
  override readonly name = "MalformedTransport";
}

const LONGEST_TEXT = 256;

export function toPlain(transport: Transport): PlainTransport {
  return {
    clock_epoch: transport.clockEpoch,
    owner_term: transport.ownerTerm,
    revision: transport.revision,
    status: transport.status,
    current: plainCue(transport.current),
    next: plainCue(transport.next),
    is_settled: transport.isSettled,
    boundary_at: transport.boundaryAt,
    anchor: {
      at: transport.anchor.at,
      position: transport.anchor.position,
      rate_permille: transport.anchor.ratePermille,
    },
    rate_permille: transport.ratePermille,
    pitch_cents: transport.pitchCents,
    keeps_formants: transport.keepsFormants,
  };
}

/** Reads what {@link toPlain} or the server wrote. Throws {@link MalformedTransport}. */
export function fromPlain(value: unknown): Transport {
  const record = map(value, "transport");
  const isBounded = record.boundary_at !== null && record.boundary_at !== undefined;
  const transport: Transport = {
    clockEpoch: text(record, "clock_epoch"),
    ownerTerm: whole(record, "owner_term", 0),
    revision: whole(record, "revision", 0),
    status: status(record),
    current: cue(record, "current"),
    next: cue(record, "next"),
    isSettled: flag(record, "is_settled"),
    boundaryAt: isBounded ? serverMicros(whole(record, "boundary_at", -Number.MAX_SAFE_INTEGER)) : null,
    anchor: anchor(record),
    ratePermille: "rate_permille" in record ? whole(record, "rate_permille", SLOWEST_PERMILLE) : 1000,
    pitchCents: "pitch_cents" in record ? whole(record, "pitch_cents", -MOST_PITCH_CENTS) : 0,
    keepsFormants: "keeps_formants" in record ? flag(record, "keeps_formants") : false,
  };
  check(transport);
  return transport;
}

function check(transport: Transport): void {
  const isPlaying = transport.status === "playing";
  if ((transport.status === "empty") !== (transport.current === null)) {
    throw new MalformedTransport("a transport is empty exactly when it has no current entry");
  }
  if (transport.ratePermille > FASTEST_PERMILLE) throw new MalformedTransport("rate_permille must be 500 … 2000");
  if (transport.pitchCents > MOST_PITCH_CENTS) throw new MalformedTransport("pitch_cents must be -1200 … 1200");
  if (transport.anchor.ratePermille !== (isPlaying ? transport.ratePermille : 0)) {
    throw new MalformedTransport("the line moves at the room's rate while playing and stands still otherwise");
  }
  if (transport.boundaryAt !== null && !isPlaying) {
    throw new MalformedTransport("only a playing transport has a boundary");
  }
}

function plainCue(value: Cue | null): Readonly<Record<string, unknown>> | null {
  return value === null ? null : { entry: value.entry, track: value.track, order: value.order, frames: value.frames };
}

function map(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MalformedTransport(`${name} must be a map`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function text(record: Readonly<Record<string, unknown>>, name: string): string {
  const value = record[name];
  if (typeof value !== "string" || value.length > LONGEST_TEXT) {
    throw new MalformedTransport(`${name} must be a text of at most ${LONGEST_TEXT} characters`);
  }
  return value;
}

function flag(record: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = record[name];
  if (typeof value !== "boolean") throw new MalformedTransport(`${name} must be true or false`);
  return value;
}

function whole(record: Readonly<Record<string, unknown>>, name: string, least: number): number {
  const value = record[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
    throw new MalformedTransport(`${name} must be a whole number from ${least}`);
  }
  return value;
}

function status(record: Readonly<Record<string, unknown>>): Transport["status"] {
  const value = record.status;
  if (value !== "empty" && value !== "paused" && value !== "playing") {
    throw new MalformedTransport("status must be empty, paused or playing");
  }
  return value;
}

function cue(record: Readonly<Record<string, unknown>>, name: string): Cue | null {
  if (record[name] === null || record[name] === undefined) return null;
  const value = map(record[name], name);
  return {
    entry: text(value, "entry"),
    track: text(value, "track"),
    order: text(value, "order"),
    frames: sampleCount(whole(value, "frames", 0)),
  };
}

function anchor(record: Readonly<Record<string, unknown>>): Anchor {
  const value = map(record.anchor, "anchor");
  return {
    at: serverMicros(whole(value, "at", -Number.MAX_SAFE_INTEGER)),
    position: positionMicros(whole(value, "position", 0)),
    ratePermille: whole(value, "rate_permille", 0),
  };
}
