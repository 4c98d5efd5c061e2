import { SAMPLE_RATE } from "../units";
import type { Rung } from "./rungs";

/** A segment that came: which frames of what track it holds, and what it took. */
export interface Arrival {
  readonly track: string;
  readonly start: number;
  readonly rung: Rung;
  readonly bytes: number;
  readonly frames: number;
}

// More segments than the audio thread holds (75 s), and those of a seek back to where it has been.
const MOST = 60;
// Half a minute: songs differ from moment to moment, and a figure that jumps cannot be read.
const AVERAGED = 8;

/** What came lately, for telling what is heard and what it costs. */
export class Arrivals {
  readonly #byPlace = new Map<string, Arrival>();

  take(arrival: Arrival): void {
    const place = `${arrival.track}/${arrival.start}`;
    this.#byPlace.delete(place);
    this.#byPlace.set(place, arrival);
    const oldest = this.#byPlace.keys().next().value;
    if (this.#byPlace.size > MOST && oldest !== undefined) this.#byPlace.delete(oldest);
  }

  /** The rung of the sound at `frame` of a track, as it came last; null if it never did. */
  rungAt(track: string, frame: number): Rung | null {
    for (const each of this.#byPlace.values()) {
      if (each.track === track && each.start <= frame && frame < each.start + each.frames) return each.rung;
    }
    return null;
  }

  /** Bytes that a minute of sound takes on `rung`, by what came of it last; 0 while nothing did. */
  bytesPerMinute(rung: Rung): number {
    const latest = [...this.#byPlace.values()].filter((each) => each.rung === rung).slice(-AVERAGED);
    const frames = latest.reduce((sum, each) => sum + each.frames, 0);
    return frames === 0 ? 0 : (latest.reduce((sum, each) => sum + each.bytes, 0) * 60 * SAMPLE_RATE) / frames;
  }
}
