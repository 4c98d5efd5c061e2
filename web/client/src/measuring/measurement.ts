import { CHIRP_SECONDS, type ChirpPlan, chirpsOf } from "./chirp";
import { ChirpFinder } from "./chirpFinder";
import { type Heard, type Solution, solve } from "./solution";

/** What a microphone heard. `startsAt`: room instant of the first sample in microseconds, right to some tens of milliseconds. */
export interface Recording {
  readonly samples: Float32Array;
  /** Samples a second, as its own clock counts them. */
  readonly rate: number;
  readonly startsAt: number;
}

/** What became of a measurement. */
export interface Measured extends Solution {
  /** The microphone was driven beyond its range: what was found may be right, and quieter is better. */
  readonly isOverdriven: boolean;
  /** The recording holds nothing at all: a muted or missing microphone. */
  readonly isSilent: boolean;
}

// What is off is nearly always late; a slot is searched from -0.3 s to +0.7 s of its instant, as taps are.
const EARLIEST = -300_000;

// A few full samples are a knock on the table.
const OVERDRIVEN_SHARE = 1e-3;
const FULL_SCALE = 0.985;

// Far below the noise of any microphone, above the dither of a muted one.
const SILENT = 1e-6;

/**
 * Measures every device of `plan` in `recording`. A generator that yields after each chirp, which takes some tens of
 * milliseconds: the caller gives the page a chance to breathe.
 */
export function* measurement(recording: Recording, plan: ChirpPlan): Generator<void, Measured> {
  const { samples, rate } = recording;
  const chirps = chirpsOf(plan);
  const longest = Math.ceil((plan.slot / 1e6 + CHIRP_SECONDS) * rate);
  const finder = new ChirpFinder(rate, longest);
  const heard: Heard[] = [];
  for (const { device, round, at, isRising } of chirps) {
    const first = Math.round(((at + EARLIEST - recording.startsAt) * rate) / 1e6);
    const stretch = samples.subarray(Math.max(0, first), Math.max(0, first + longest));
    const found = finder.find(stretch, isRising);
    if (found !== null) {
      const foundAt = recording.startsAt + ((Math.max(0, first) + found.at) * 1e6) / rate;
      heard.push({ device, round, at: at - plan.startsAt, late: foundAt - at });
    }
    yield;
  }
  const full = samples.reduce((count, sample) => count + (Math.abs(sample) >= FULL_SCALE ? 1 : 0), 0);
  return {
    ...solve(plan.devices.length, heard),
    isOverdriven: full > OVERDRIVEN_SHARE * samples.length,
    isSilent: samples.every((sample) => Math.abs(sample) < SILENT),
  };
}
