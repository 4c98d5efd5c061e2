import { chirpAt, chirpsOf, type ChirpPlan } from "../../src/measuring/chirp";
import type { Recording } from "../../src/measuring/measurement";

/** How a device is heard: `late` in microseconds, `level` as a factor; `echoes` as [seconds later, factor]. */
export interface Loudspeaker {
  readonly late: number;
  readonly level?: number;
  readonly echoes?: readonly (readonly [number, number])[];
}

export interface RoomSettings {
  readonly loudspeakers: readonly (Loudspeaker | null)[];
  /** Samples a second that the input claims to take. */
  readonly rate?: number;
  /** By how much faster its clock really runs. */
  readonly skewPpm?: number;
  /** Common to all: what the microphone itself is late, microseconds. */
  readonly microphoneLate?: number;
  /** Root mean square of white noise. */
  readonly noise?: number;
  /** Root mean square of hum at 100 Hz. */
  readonly hum?: number;
  /** The input's gain; beyond full scale it is cut off. */
  readonly gain?: number;
  /** Seconds of echo of a room that fades by 60 dB in so much; 0: none. */
  readonly reverberation?: number;
  readonly seed?: number;
}

const SLOT = 1_000_000;

export function planOf(devices: number): ChirpPlan {
  return { startsAt: 7_000_000_000, slot: SLOT, rounds: 3, devices: Array.from({ length: devices }, (_, k) => `c${k}`) };
}

/** What a microphone records of a plan in such a room. */
export function recorded(settings: RoomSettings): { recording: Recording; plan: ChirpPlan } {
  const { loudspeakers, rate = 48_000, skewPpm = 0, microphoneLate = 23_000, noise = 0, hum = 0, gain = 1 } = settings;
  const { reverberation = 0, seed = 1 } = settings;
  const plan = planOf(loudspeakers.length);
  const random = mulberry(seed);
  const realRate = rate * (1 + skewPpm / 1e6);
  const lead = 0.5;
  const seconds = lead + (3 * loudspeakers.length + 1) * (SLOT / 1e6);
  const samples = new Float32Array(Math.ceil(seconds * rate));
  for (const chirp of chirpsOf(plan)) {
    const loudspeaker = loudspeakers[chirp.device];
    if (loudspeaker === null || loudspeaker === undefined) continue;
    const { late, level = 0.2, echoes = [] } = loudspeaker;
    const begins = lead + (chirp.at - plan.startsAt + late + microphoneLate) / 1e6;
    const tail = reverberation === 0 ? [] : tailOf(reverberation, random);
    const start = Math.floor(begins * realRate);
    const dry = Array.from({ length: Math.ceil(0.21 * realRate) }, (_, k) => level * chirpAt((start + k) / realRate - begins, chirp.isRising));
    // Echoes come after whole samples: what counts is the straight way.
    for (const [after, factor] of [[0, 1] as const, ...echoes, ...tail]) {
      const shifted = start + Math.round(after * realRate);
      for (let k = 0; k < dry.length && shifted + k < samples.length; k += 1) {
        samples[shifted + k] = (samples[shifted + k] ?? 0) + factor * (dry[k] ?? 0);
      }
    }
  }
  for (let n = 0; n < samples.length; n += 1) {
    const loud = (samples[n] ?? 0) + noise * normal(random) + hum * Math.SQRT2 * Math.sin((2 * Math.PI * 100 * n) / rate);
    samples[n] = Math.max(-1, Math.min(1, gain * loud));
  }
  return { recording: { samples, rate, startsAt: plan.startsAt - lead * 1e6 }, plan };
}

/** Sixty reflections at random instants, fainter the later they come; the first comes 3 ms behind the straight way. */
function tailOf(seconds: number, random: () => number): (readonly [number, number])[] {
  return Array.from({ length: 60 }, () => {
    const after = 0.003 + random() * seconds * 0.6;
    return [after, (random() < 0.5 ? -1 : 1) * 0.35 * 10 ** ((-3 * after) / seconds)] as const;
  });
}

/** A small generator of numbers in 0 … 1 that a test can repeat. */
export function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
