/**
 * What the audio thread is told: positions as lines over context frames.
 *
 * A context frame is a sample instant of the AudioContext (`currentTime * sampleRate`); a position is a sample frame of
 * the track. Both are real numbers here: the room's microseconds fall between samples.
 */

/**
 * A queue entry as the audio thread knows it. `track`: name of its sound (`bentSound.ts`), whose frames all positions count;
 * `frames`: its exact length, 0 while unknown; `tempo`: frames of the recording for one of them.
 */
export interface Piece {
  readonly entry: string;
  readonly track: string;
  readonly frames: number;
  readonly tempo: number;
}

/** From context frame `from` on: `piece` is at `position` at context frame `at` and moves `slope` frames per frame. */
export interface Line {
  /** Names the record behind it. The same record is sent again and again as clocks are known better. */
  readonly record: string;
  readonly from: number;
  readonly piece: Piece;
  readonly at: number;
  readonly position: number;
  /** 0 while paused. 1.0 is the speed of the sound when the output runs at exactly its nominal rate. */
  readonly slope: number;
  /** Context frame of the record's own instant, which may be long past. */
  readonly since: number;
  /** What follows without a gap when `piece` ends. */
  readonly next: Piece | null;
}

/** Lines in the order of `from`; the last one whose `from` is reached holds. Empty: silence. */
export type Program = readonly Line[];

export function positionAt(line: Line, frame: number): number {
  return line.position + (frame - line.at) * line.slope;
}
