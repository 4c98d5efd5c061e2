/** The offsets of all devices from what was heard of them, solved together. Spans and instants in microseconds. */

/** One chirp that was heard: of the device with that number, due at `at`, heard `late` after that by the recording's clock. */
export interface Heard {
  readonly device: number;
  readonly round: number;
  readonly at: number;
  readonly late: number;
}

/** What was found of one device. */
export interface DeviceDelay {
  /** How late it is heard; only differences between devices mean something. */
  readonly late: number;
  /** How far its chirps lie from that at most, and never less than what the method itself leaves open. */
  readonly spread: number;
  /** Chirps that count. */
  readonly count: number;
}

/** The delays, null for devices that were not heard often enough, and by how much faster the recording's clock runs. */
export interface Solution {
  readonly delays: readonly (DeviceDelay | null)[];
  readonly skewPpm: number;
}

// One chirp alone may be an echo or a cough.
const LEAST_HEARD = 2;

// Sound cards are within 100 ppm of each other; what looks like more is a recording with a hole.
const MOST_SKEW = 1e-3;

// A chirp so far from the others of its device was something else. Less may be a busy machine's, and shows as spread.
const OUTLIER = 20_000;

// Medians of devices and of rounds in turn settle at once where at most one chirp in a row is off.
const POLISHES = 4;

// What interpolation between samples and small echoes leave, in a quiet room.
const LEAST_SPREAD = 100;

/**
 * Solves `late = delay of the device + shift of the round + skew · at` for all delays and the one skew. A round's shift is
 * what a recording on a busy machine loses or repeats between rounds; all devices share it. Medians first (of slopes between
 * chirps of the same device, Theil and Sen; then Tukey's median polish), which also say what is an outlier; then least
 * squares over the rest. What all have in common, as the latency of the microphone, stays in every delay alike.
 */
export function solve(devices: number, heard: readonly Heard[]): Solution {
  const ofDevice = (chirps: readonly Heard[]) => Array.from({ length: devices }, (_, device) => chirps.filter((each) => each.device === device));
  const rough = within(median(ofDevice(heard).flatMap(slopes)));
  const shifts = shiftsOf(ofDevice(heard), rough);
  const groups = ofDevice(heard.map((each) => ({ ...each, late: each.late - (shifts.get(each.round) ?? 0) })));
  const kept = groups.map((group) => withoutOutliers(group, rough));
  const skew = within(slopeOf(kept) ?? rough);
  const delays = kept.map((group): DeviceDelay | null => {
    if (group.length < LEAST_HEARD) return null;
    const rests = group.map((each) => each.late - skew * each.at);
    const late = mean(rests);
    const spread = Math.max(LEAST_SPREAD, ...rests.map((rest) => Math.abs(rest - late)));
    return { late, spread, count: group.length };
  });
  return { delays, skewPpm: skew * 1e6 };
}

function slopes(group: readonly Heard[]): number[] {
  return group.flatMap((one, k) => group.slice(k + 1).map((other) => (other.late - one.late) / (other.at - one.at)));
}

/** What every round is later than the others, as far as its devices agree. */
function shiftsOf(groups: readonly (readonly Heard[])[], skew: number): ReadonlyMap<number, number> {
  const rounds = [...new Set(groups.flat().map(({ round }) => round))];
  const shifts = new Map(rounds.map((round) => [round, 0]));
  const rest = (each: Heard): number => each.late - skew * each.at - (shifts.get(each.round) ?? 0);
  for (let polish = 0; polish < POLISHES; polish += 1) {
    const middles = groups.map((group) => median(group.map(rest)));
    for (const round of rounds) {
      const more = groups.flatMap((group, k) => group.filter((each) => each.round === round).map((each) => rest(each) - (middles[k] ?? 0)));
      shifts.set(round, (shifts.get(round) ?? 0) + median(more));
    }
  }
  return shifts;
}

function withoutOutliers(group: readonly Heard[], skew: number): readonly Heard[] {
  const middle = median(group.map((each) => each.late - skew * each.at));
  return group.filter((each) => Math.abs(each.late - skew * each.at - middle) <= OUTLIER);
}

/** The slope that all devices share, by least squares; null when nobody was heard twice. */
function slopeOf(groups: readonly (readonly Heard[])[]): number | null {
  let [above, below] = [0, 0];
  for (const group of groups) {
    const [middleAt, middleLate] = [mean(group.map((each) => each.at)), mean(group.map((each) => each.late))];
    for (const { at, late } of group) {
      above += (at - middleAt) * (late - middleLate);
      below += (at - middleAt) ** 2;
    }
  }
  return below > 0 ? above / below : null;
}

function within(skew: number): number {
  return Math.abs(skew) <= MOST_SKEW ? skew : 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}
