import { BEAT_MICROS, nearBeat } from "./beats";

/** What was heard of a person's taps; spans in microseconds. */
export interface TapJudgement {
  /** The median tap minus the beat: positive when this output sounds late. */
  readonly late: number;
  /** Standard deviation of single taps, robustly estimated. */
  readonly spread: number;
  readonly used: number;
  readonly dropped: number;
  /** Steady enough to be worth applying. */
  readonly isSteady: boolean;
}

/** Taps that are asked for. */
export const TAPS_WANTED = 12;

// With fewer than this the median is one person's accident.
const LEAST_USED = 8;

// Untrained people scatter by 20 … 40 ms around a beat of one second; beyond this somebody talked or guessed.
const STEADY = 60_000;

// A tap this near to the others is never an outlier, however steady they are.
const ALWAYS_IN = 30_000;

// The median of absolute deviations, times this, is the standard deviation of what is normally distributed.
const MAD_TO_SIGMA = 1.4826;

/** Judges taps by their distances to the beat (microseconds, of any beat); null when too few are left to say anything. */
export function judgeTaps(distances: readonly number[]): TapJudgement | null {
  const there = unwrapped(distances);
  const first = median(there);
  const reach = Math.max(3 * sigmaOf(there, first), ALWAYS_IN);
  const kept = there.filter((distance) => Math.abs(distance - first) <= reach);
  if (kept.length < LEAST_USED) return null;
  const late = median(kept);
  const spread = Math.round(sigmaOf(kept, late));
  return {
    late: Math.round(nearBeat(late)),
    spread,
    used: kept.length,
    dropped: distances.length - kept.length,
    isSteady: spread <= STEADY,
  };
}

/** Distances as neighbours of their circular mean: taps on both sides of the turn from one beat to the next belong together. */
function unwrapped(distances: readonly number[]): number[] {
  const turn = (2 * Math.PI) / BEAT_MICROS;
  const x = distances.reduce((sum, distance) => sum + Math.cos(distance * turn), 0);
  const y = distances.reduce((sum, distance) => sum + Math.sin(distance * turn), 0);
  const middle = Math.atan2(y, x) / turn;
  return distances.map((distance) => distance - Math.round((distance - middle) / BEAT_MICROS) * BEAT_MICROS);
}

function sigmaOf(values: readonly number[], middle: number): number {
  return MAD_TO_SIGMA * median(values.map((value) => Math.abs(value - middle)));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}
