import { micros, microsOfSamples, positionMicros, serverMicros } from "../units";
import type { Micros, PositionMicros, SampleCount, ServerMicros } from "../units";
import { anchorInstant, anchorPosition, type Anchor } from "./anchor";
import { clamped, isSameVibe, type Vibe } from "./vibe";

/**
 * What plays and since when: the record that the conductor writes and every listener follows. Twin of
 * `sync/timeline/transport.py`, which says what each operation means; shared vectors hold the two together.
 *
 * A record may lie in the future: a follower keeps to the record it had before until `anchor.at`. Somebody who has no
 * earlier record is silent until then. Operations that would change nothing return the very same object.
 */
export interface Transport {
  readonly clockEpoch: string;
  readonly ownerTerm: number;
  readonly revision: number;
  readonly status: "empty" | "paused" | "playing";
  readonly current: Cue | null;
  readonly next: Cue | null;
  /** `next` is final. */
  readonly isSettled: boolean;
  /** When `current` ends and `next` begins; null unless playing with known length. */
  readonly boundaryAt: ServerMicros | null;
  /** The line of `current`; rate 0 while paused. */
  readonly anchor: Anchor;
  /** Tempo of the room, kept while paused and from entry to entry, as pitch and formants are. */
  readonly ratePermille: number;
  readonly pitchCents: number;
  readonly keepsFormants: boolean;
}

/** A queue entry as the transport needs it. `frames`: exact length, 0 while unknown. */
export interface Cue {
  readonly entry: string;
  readonly track: string;
  readonly order: string;
  readonly frames: SampleCount;
}

/** How long before a boundary `next` is settled. */
export const SETTLE_AHEAD = micros(10_000_000);

// ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Whether a follower that has `known` must take `candidate`: the higher (ownerTerm, revision) wins. */
export function isNewer(candidate: Transport, known: Transport): boolean {
  if (candidate.ownerTerm !== known.ownerTerm) return candidate.ownerTerm > known.ownerTerm;
  return candidate.revision > known.revision;
}

/** Length of the entry's recording, null while unknown. */
export function lengthOf(cue: Cue): PositionMicros | null {
  return cue.frames > 0 ? positionMicros(microsOfSamples(cue.frames)) : null;
}

/** Instant at which `cue` ends on the line `anchor`, never before `anchor.at`; null where there is no such instant. */
export function boundaryOf(cue: Cue | null, anchor: Anchor): ServerMicros | null {
  const length = cue === null ? null : lengthOf(cue);
  if (length === null) return null;
  const endAt = anchorInstant(anchor, length);
  return endAt === null ? null : later(endAt, anchor.at);
}

/** Position in `current` at `instant`, within 0 … length; before `anchor.at` the position the line will start from. */
export function positionAt(transport: Transport, instant: ServerMicros): PositionMicros {
  return inside(transport.current, anchorPosition(transport.anchor, later(instant, transport.anchor.at)));
}

/** Whether the room is paused at the end of `current`, as it is after the last entry of the queue. */
export function isAtEnd(transport: Transport): boolean {
  const length = transport.current === null ? null : lengthOf(transport.current);
  return transport.status === "paused" && length !== null && transport.anchor.position >= length;
}

/** How the room bends what it plays, from `anchor.at` on. */
export function vibeOf({ ratePermille, pitchCents, keepsFormants }: Transport): Vibe {
  return { tempoPermille: ratePermille, pitchCents, keepsFormants };
}

/** Instant from which on `next` has to be settled; null if it is settled or no boundary is known. */
export function settleDueAt(transport: Transport): ServerMicros | null {
  if (transport.isSettled || transport.boundaryAt === null) return null;
  return serverMicros(transport.boundaryAt - SETTLE_AHEAD);
}

// ── commands ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The first record of a room: nothing to play, revision 0. */
export function empty(clockEpoch: string, ownerTerm = 0): Transport {
  const anchor = { at: serverMicros(0), position: positionMicros(0), ratePermille: 0 };
  return {
    clockEpoch, ownerTerm, revision: 0, status: "empty", current: null, next: null, isSettled: false, boundaryAt: null,
    anchor, ratePermille: 1000, pitchCents: 0, keepsFormants: false,
  };
}

/** Play `cue` from `position` at the room's speed, starting at `startAt`. What follows is open again. */
export function play(transport: Transport, cue: Cue, position: PositionMicros, startAt: ServerMicros): Transport {
  const anchor = { at: startAt, position: inside(cue, position), ratePermille: transport.ratePermille };
  return revised({ ...transport, status: "playing", current: cue, next: null, isSettled: false, anchor });
}

/** Go on where the room is paused; at the end of `current` with the next entry, or the same one again. */
export function resume(transport: Transport, startAt: ServerMicros): Transport {
  if (transport.status !== "paused" || transport.current === null) return transport;
  if (isAtEnd(transport)) return play(transport, transport.next ?? transport.current, positionMicros(0), startAt);
  return onLine(transport, transport.anchor.position, startAt);
}

/** Stop at `at`, in the entry that plays then. A start that lies after `at` never happens. */
export function pause(transport: Transport, at: ServerMicros): Transport {
  if (transport.status !== "playing") return transport;
  const there = advance(transport, at);
  if (there.status !== "playing") return there;
  const anchor = { at, position: positionAt(there, at), ratePermille: 0 };
  return revised({ ...there, status: "paused", isSettled: false, anchor });
}

/** Go to `position` of `current` at the instant `at`, playing or paused. A pending start keeps its instant. */
export function seek(transport: Transport, position: PositionMicros, at: ServerMicros): Transport {
  if (transport.current === null) return transport;
  if (transport.status === "paused") {
    return revised({ ...transport, anchor: { at, position: inside(transport.current, position), ratePermille: 0 } });
  }
  return onLine(transport, position, later(at, transport.anchor.at));
}

/** Bend what plays by `vibe` from `at` on, clamped; kept for later while paused or empty. */
export function setVibe(transport: Transport, vibe: Vibe, at: ServerMicros): Transport {
  const wanted = clamped(vibe);
  if (isSameVibe(wanted, vibeOf(transport))) return transport;
  const there = advance(transport, at);
  const { tempoPermille: ratePermille, pitchCents, keepsFormants } = wanted;
  const bent = { ...there, ratePermille, pitchCents, keepsFormants };
  if (there.status !== "playing") return revised(bent);
  return onLine(bent, positionAt(there, at), later(at, there.anchor.at));
}

/** Announce what would follow as things stand. Unchanged once `next` is settled. */
export function expectNext(transport: Transport, cue: Cue | null): Transport {
  if (transport.isSettled || isSameCue(transport.next, cue)) return transport;
  return revised({ ...transport, next: cue });
}

/** Announce what follows for good. null: nothing follows. */
export function settle(transport: Transport, cue: Cue | null): Transport {
  if (transport.isSettled && isSameCue(transport.next, cue)) return transport;
  return revised({ ...transport, next: cue, isSettled: true });
}

/** The exact length of `entry` became known. */
export function withFrames(transport: Transport, entry: string, frames: SampleCount): Transport {
  const current = measured(transport.current, entry, frames);
  const next = measured(transport.next, entry, frames);
  if (isSameCue(current, transport.current) && isSameCue(next, transport.next)) return transport;
  return revised({ ...transport, current, next });
}

/** Go over every boundary at or before `now`. `following`: entries behind `next`, in order. */
export function advance(transport: Transport, now: ServerMicros, following: readonly Cue[] = []): Transport {
  const waiting = [...following];
  let there = transport;
  while (there.boundaryAt !== null && there.boundaryAt <= now) {
    const at = there.boundaryAt;
    if (there.next === null) {
      const anchor = { at, position: inside(there.current, anchorPosition(there.anchor, at)), ratePermille: 0 };
      return revised({ ...there, status: "paused", isSettled: false, anchor });
    }
    const anchor = { at, position: positionMicros(0), ratePermille: there.ratePermille };
    there = revised({ ...there, current: there.next, next: waiting.shift() ?? null, isSettled: false, anchor });
  }
  return there;
}

/** The same playback on another timebase, under another owner: every instant moves by `shift`. */
export function reAnchored(transport: Transport, clockEpoch: string, ownerTerm: number, shift: Micros): Transport {
  const anchor = { ...transport.anchor, at: serverMicros(transport.anchor.at + shift) };
  return revised({ ...transport, clockEpoch, ownerTerm, anchor });
}

// ── inside ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function later(one: ServerMicros, other: ServerMicros): ServerMicros {
  return one > other ? one : other;
}

function inside(cue: Cue | null, position: PositionMicros): PositionMicros {
  if (cue === null) return positionMicros(0);
  const length = lengthOf(cue);
  return positionMicros(Math.max(0, length === null ? position : Math.min(position, length)));
}

function measured(cue: Cue | null, entry: string, frames: SampleCount): Cue | null {
  return cue !== null && cue.entry === entry ? { ...cue, frames } : cue;
}

function isSameCue(one: Cue | null, other: Cue | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    one.entry === other.entry && one.track === other.track && one.order === other.order && one.frames === other.frames
  );
}

function revised(transport: Transport): Transport {
  const boundaryAt = transport.status === "playing" ? boundaryOf(transport.current, transport.anchor) : null;
  return { ...transport, revision: transport.revision + 1, boundaryAt };
}

function onLine(transport: Transport, position: PositionMicros, at: ServerMicros): Transport {
  const anchor = { at, position: inside(transport.current, position), ratePermille: transport.ratePermille };
  const boundary = boundaryOf(transport.current, anchor);
  const isNear = boundary !== null && boundary - at <= SETTLE_AHEAD;
  return revised({ ...transport, status: "playing", isSettled: transport.isSettled && isNear, anchor });
}
