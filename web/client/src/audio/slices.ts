import type { Line, Piece, Program } from "./line";
import { positionAt } from "./line";

/** A stretch of a piece that is scheduled as one: it begins sounding at context frame `start`, for `frames` of them. */
export interface Slice {
  readonly piece: Piece;
  readonly position: number;
  readonly start: number;
  readonly frames: number;
  readonly rate: number;
}

/** What a program holds at a context frame: something to play, or silence until `until`. */
export type Ahead = { readonly kind: "slice"; readonly slice: Slice } | { readonly kind: "silence"; readonly until: number };

// Below this a slice is only overhead: the rest of a piece of this length waits for the next piece.
const SHORTEST_FRAMES = 240;

function lineAt(program: Program, frame: number): { line: Line | null; until: number } {
  let line: Line | null = null;
  let until = Infinity;
  for (const candidate of program) {
    if (candidate.from <= frame) line = candidate;
    else until = Math.min(until, candidate.from);
  }
  return { line, until };
}

/** The slice of at most `most` frames that begins at context frame `start`. Ends where its line or its piece does. */
export function sliceAt(program: Program, start: number, most: number): Ahead {
  const { line, until } = lineAt(program, start);
  if (line === null || line.slope === 0) return { kind: "silence", until };
  let { piece } = line;
  let position = positionAt(line, start);
  if (piece.frames > 0 && position > piece.frames - SHORTEST_FRAMES) {
    if (line.next === null) return { kind: "silence", until };
    position = Math.max(0, position - piece.frames);
    piece = line.next;
  }
  if (position < 0) return { kind: "silence", until: Math.min(until, start - position / line.slope) };
  const left = piece.frames > 0 ? (piece.frames - position) / line.slope : Infinity;
  const frames = Math.min(most, left, until - start);
  return { kind: "slice", slice: { piece, position, start, frames, rate: line.slope } };
}

function isSameSound(one: Piece, other: Piece): boolean {
  return one.entry === other.entry && one.track === other.track;
}

/** How far `slice` is from what the program holds at its own frame `frame`, in track frames; infinite for another sound. */
export function distanceAt(slice: Slice, program: Program, frame: number): number {
  const ahead = sliceAt(program, frame, Infinity);
  if (ahead.kind === "silence" || !isSameSound(ahead.slice.piece, slice.piece)) return Infinity;
  return Math.abs(slice.position + (frame - slice.start) * slice.rate - ahead.slice.position);
}
