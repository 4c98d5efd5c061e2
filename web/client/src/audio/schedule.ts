import { isNewer } from "../timeline/transport";
import type { Transport } from "../timeline/transport";
import { SAMPLE_RATE, serverMicros } from "../units";
import type { ServerMicros } from "../units";
import { pieceOf } from "./bentSound";
import type { Line, Piece, Program } from "./line";

const NOBODY: Piece = { entry: "", track: "", frames: 0, tempo: 1 };

/**
 * The records that matter now: the one that holds, and those whose time is to come.
 *
 * A record may lie in the future; until then the one before it goes on. A newer record takes the place of every older one
 * from its own instant on. A record on another timebase takes the place of all.
 */
export class Schedule {
  #records: Transport[] = [];
  #newest: Transport | null = null;

  /** Takes `transport` in; false if a newer one is known already. */
  take(transport: Transport): boolean {
    const newest = this.#newest;
    const isSameTime = newest?.clockEpoch === transport.clockEpoch;
    if (newest !== null && isSameTime && !isNewer(transport, newest)) return false;
    this.#newest = transport;
    this.#records = this.#records.filter(
      (older) => older.clockEpoch === transport.clockEpoch && older.anchor.at < transport.anchor.at,
    );
    this.#records.push(transport);
    return true;
  }

  /**
   * Whether the room's newest record is on the timebase `epoch`. A restarted server is heard before its first record comes:
   * until then nothing is known of that timebase, which is not the same as silence.
   */
  speaksOf(epoch: string): boolean {
    return this.#newest?.clockEpoch === epoch;
  }

  /** What holds at `now`, then what follows, in order; only records of the timebase `epoch`. Earlier ones are forgotten. */
  from(now: ServerMicros, epoch: string): readonly Transport[] {
    const holding = this.#records.filter((record) => record.anchor.at <= now).at(-1);
    this.#records = this.#records.filter((record) => record.anchor.at > now || record === holding);
    return this.#records.filter((record) => record.clockEpoch === epoch);
  }
}

/** Where the room's instants fall in context frames: a real number, latency and the device's offset included. */
export type FrameAt = (roomInstant: ServerMicros) => number;

// Over one second the slope of the mapping is as good as its drift, and rounding (1 us) costs 1 ppm at most.
const SLOPE_SPAN = 1_000_000;
const FRAMES_PER_MICRO = SAMPLE_RATE / 1_000_000;

/**
 * The lines for the audio thread.
 *
 * A line that already holds is anchored at `now`, not at the record's instant: the mapping is best where it was measured
 * last, and an error in its drift must not be multiplied by an hour of playing.
 */
export function programOf(records: readonly Transport[], now: ServerMicros, frameAt: FrameAt): Program {
  return records.map((record): Line => {
    const { anchor, current, next } = record;
    const holds = anchor.at <= now;
    const reference = holds ? now : anchor.at;
    const at = frameAt(reference);
    const framesPerSecond = frameAt(serverMicros(reference + SLOPE_SPAN)) - at;
    const played = ((reference - anchor.at) * anchor.ratePermille) / 1000;
    const piece = current === null ? NOBODY : pieceOf(current, record);
    return {
      record: `${record.clockEpoch}/${record.ownerTerm}/${record.revision}`,
      from: holds ? 0 : at,
      piece,
      at,
      position: ((anchor.position + played) * FRAMES_PER_MICRO) / piece.tempo,
      slope: current === null ? 0 : ((anchor.ratePermille / 1000) * SAMPLE_RATE) / framesPerSecond / piece.tempo,
      since: at - ((reference - anchor.at) * framesPerSecond) / SLOPE_SPAN,
      next: next === null ? null : pieceOf(next, record),
    };
  });
}
