import { type Chirp, chirpSamples } from "../measuring/chirp";
import { beatsBetween } from "../session/beats";
import { SAMPLE_RATE, type ServerMicros, serverMicros } from "../units";

/** Sounds that mark an instant: what an output is calibrated by. */
export type MarkSound = "click" | "rising" | "falling";

/** A sound and the room instant at which its beginning is heard. */
export interface Mark {
  readonly at: ServerMicros;
  readonly sound: MarkSound;
}

/** The marks in `from` ≤ at < `to`. */
export type MarksBetween = (from: ServerMicros, to: ServerMicros) => readonly Mark[];

/** Clicks at the room's whole seconds, from `startsAt` on and before `endsAt`. */
export function clicks(startsAt: number, endsAt: number): MarksBetween {
  return (from, to) =>
    beatsBetween(serverMicros(Math.max(from, startsAt)), serverMicros(Math.min(to, endsAt))).map((at) => ({ at, sound: "click" }));
}

/** These chirps; with none of them, silence. */
export function chirpMarks(chirps: readonly Chirp[]): MarksBetween {
  return (from, to) =>
    chirps
      .filter(({ at }) => at >= from && at < to)
      .map(({ at, isRising }) => ({ at: serverMicros(at), sound: isRising ? "rising" : "falling" }));
}

const CLICK_SECONDS = 0.03;
const CLICK_HERTZ = 1_800;
const DECAY_SECONDS = 0.004;
const CLICK_LEVEL = 0.5;

/** A short, dry click: full level within half a millisecond, gone after 20 ms, so that its instant is plain to the ear. */
function clickSamples(): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.round(CLICK_SECONDS * SAMPLE_RATE));
  return samples.map((_, i) => {
    const at = i / SAMPLE_RATE;
    return CLICK_LEVEL * Math.min(1, at / 0.0005) * Math.exp(-at / DECAY_SECONDS) * Math.sin(2 * Math.PI * CLICK_HERTZ * at);
  });
}

/** The samples of a sound at {@link SAMPLE_RATE}. */
export function samplesOf(sound: MarkSound): Float32Array<ArrayBuffer> {
  return sound === "click" ? clickSamples() : chirpSamples(SAMPLE_RATE, sound === "rising");
}
