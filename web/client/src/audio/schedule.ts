import type { Line, Piece, Program } from "./line";

/** A transport record as the player needs it. Instants are microseconds of room time, `position` of track time. */
export interface Record {
  /** Grows with every record of a room; on a new timebase everything starts over. */
  readonly epoch: string;
  readonly ownerTerm: number;
  readonly revision: number;
  readonly at: number;
  readonly position: number;
  /** 0 while paused. */
  readonly ratePermille: number;
  readonly current: Piece | null;
  readonly next: Piece | null;
}

const FRAMES_PER_MICRO = 48_000 / 1_000_000;
const NOBODY: Piece = { entry: "", track: "", frames: 0 };

function isNewer(candidate: Record, known: Record): boolean {
  if (candidate.ownerTerm !== known.ownerTerm) return candidate.ownerTerm > known.ownerTerm;
  return candidate.revision > known.revision;
}

/**
 * The records that matter now: the one that holds, and those whose time is to come.
 *
 * A record may lie in the future; until then the one before it goes on. A newer record takes the place of every older one
 * from its own instant on.
 */
export class Schedule {
  #records: Record[] = [];
  #newest: Record | null = null;

  /** Takes `record` in; false if a newer one is known already. */
  take(record: Record): boolean {
    const newest = this.#newest;
    if (newest !== null && newest.epoch === record.epoch && !isNewer(record, newest)) return false;
    this.#newest = record;
    this.#records = this.#records.filter((older) => older.epoch === record.epoch && older.at < record.at);
    this.#records.push(record);
    return true;
  }

  clear(): void {
    this.#records = [];
    this.#newest = null;
  }

  /** What holds at room instant `now`, then what follows, in order. Earlier records are forgotten. */
  from(now: number): readonly Record[] {
    const begun = this.#records.filter((record) => record.at <= now);
    const holding = begun.at(-1);
    if (begun.length > 1) this.#records = this.#records.filter((record) => record.at > now || record === holding);
    return this.#records;
  }
}

/** Where the room's instants fall in context frames; a real number, latency and the device's offset included. */
export type FrameAt = (roomInstant: number) => number;

// Over one second the slope of the mapping is as good as its drift, and rounding (1 us) costs 1 ppm at most.
const SLOPE_SPAN = 1_000_000;

/**
 * The lines for the audio thread.
 *
 * A line that already holds is anchored at `now`, not at the record's instant: the mapping is best where it was measured
 * last, and an error in its drift must not be multiplied by an hour of playing.
 */
export function programOf(records: readonly Record[], now: number, frameAt: FrameAt): Program {
  return records.map((record): Line => {
    const holds = record.at <= now;
    const reference = holds ? now : record.at;
    const at = frameAt(reference);
    const framesPerSecond = frameAt(reference + SLOPE_SPAN) - at;
    const played = ((reference - record.at) * record.ratePermille) / 1000;
    return {
      record: `${record.epoch}/${record.ownerTerm}/${record.revision}`,
      from: holds ? 0 : at,
      piece: record.current ?? NOBODY,
      at,
      position: (record.position + played) * FRAMES_PER_MICRO,
      slope: record.current === null ? 0 : ((record.ratePermille / 1000) * 48_000) / framesPerSecond,
      next: record.next,
    };
  });
}
