import { pointAt, type Hull } from "./hull";

/**
 * How fast two clocks drift apart, from the bounds of their offset. Twin of `sync/clock/drift.py`, which explains the
 * method; every float operation stands in the same order there, so that both compute the same bits.
 */

const WIDEST = 120;
const STEEPEST = 1000;
const COOLED = 2;
const LEAST_VARIANCE = 0.01;

/** What the bounds say of the drift, in ppm: the plausible range with the likeliest value, and the possible range. */
export interface Slopes {
  readonly low: number;
  readonly likeliest: number;
  readonly high: number;
  readonly lowest: number;
  readonly highest: number;
}

const NOTHING_KNOWN: Slopes = { low: -STEEPEST, likeliest: 0, high: STEEPEST, lowest: -STEEPEST, highest: STEEPEST };

/** A slope at which the gap between the hulls turns. */
interface Corner {
  readonly slope: number;
  readonly gap: number;
}

/**
 * Which drifts two hulls of bounds leave plausible, and which possible: upper bounds of the offset in microseconds over
 * seconds, and lower ones negated. `slack` in ppm, `narrowest` and `margin` in microseconds.
 */
export function slopesBetween(upper: Hull, lower: Hull, slack: number, narrowest: number, margin: number): Slopes {
  const corners = cornersOf(upper, lower, slack);
  const [first, ...others] = corners;
  if (first === undefined) return NOTHING_KNOWN;
  let widest = first;
  for (const corner of others) if (corner.gap > widest.gap) widest = corner;
  const top = corners.indexOf(widest);
  const enough = Math.min(widest.gap, narrowest) - margin;
  const falling = corners.slice(0, top).reverse();
  const rising = corners.slice(top + 1);
  const before = lower.newest.at - pointAt(upper.points, 0).at;
  const after = upper.newest.at - pointAt(lower.points, 0).at;
  const likeliest = Math.min(Math.max(widest.slope, -STEEPEST), STEEPEST);
  return {
    low: Math.max(likeliest - reach(widest, falling, enough, before), -STEEPEST),
    likeliest,
    high: Math.min(likeliest + reach(widest, rising, enough, after), STEEPEST),
    lowest: Math.max(likeliest - reach(widest, falling, 0, before), -STEEPEST),
    highest: Math.min(likeliest + reach(widest, rising, 0, after), STEEPEST),
  };
}

/** The peer's clock against the local one in ppm, and what of that is certain. */
export class Drift {
  #rate = 0;
  #spread = WIDEST;
  #priorRate = 0;
  #priorSpread = WIDEST;

  /** Positive if the peer's clock runs faster. */
  get rate(): number {
    return this.#rate;
  }

  /** How far the truth can be from `rate`. */
  get spread(): number {
    return this.#spread;
  }

  /** A clock jumped: the bounds are gone, the drift stays about what it was. */
  restart(): void {
    this.#priorRate = this.#rate;
    this.#priorSpread = Math.min(this.#spread + COOLED, WIDEST);
    this.#spread = this.#priorSpread;
  }

  /** Takes the bounds in memory for what they say now, together with what was known before them. */
  learn(slopes: Slopes): void {
    const { low, likeliest: mode, high } = slopes;
    const mean = (low + mode + high) / 3;
    const spread = (low * low + mode * mode + high * high - low * mode - low * high - mode * high) / 18;
    const variance = Math.max(spread, 0) + LEAST_VARIANCE;
    const prior = (this.#priorSpread * this.#priorSpread) / 4;
    this.#rate = this.#priorRate + (mean - this.#priorRate) * (prior / (prior + variance));
    let lowest = this.#priorRate - this.#priorSpread;
    let highest = this.#priorRate + this.#priorSpread;
    lowest = slopes.highest > lowest ? Math.max(lowest, slopes.lowest) : slopes.lowest;
    highest = slopes.lowest < highest ? Math.min(highest, slopes.highest) : slopes.highest;
    this.#spread = Math.max(highest - this.#rate, this.#rate - lowest);
  }
}

/** Where the gap, a concave function of the slope made of straight pieces, turns; slopes rise. */
function cornersOf(upper: Hull, lower: Hull, slack: number): Corner[] {
  const ups = upper.points;
  const downs = lower.points;
  const { at } = lower.newest;
  let left = 0;
  let right = downs.length - 1;
  const corners: Corner[] = [];
  let gap = 0;
  let slope = 0;
  for (;;) {
    const up = pointAt(ups, left);
    const down = pointAt(downs, right);
    const nextUp = ups[left + 1];
    const nextDown = downs[right - 1];
    const ofUpper = nextUp === undefined ? Infinity : (nextUp.value - up.value) / (nextUp.at - up.at) - slack;
    const ofLower = nextDown === undefined ? Infinity : slack - (down.value - nextDown.value) / (down.at - nextDown.at);
    const following = Math.min(ofUpper, ofLower);
    if (following === Infinity) return corners;
    if (corners.length > 0) {
      gap = gap + (down.at - up.at) * (following - slope);
    } else {
      const high = up.value + (following + slack) * (at - up.at);
      gap = high + (down.value - (following - slack) * (at - down.at));
    }
    slope = following;
    corners.push({ slope, gap });
    if (ofUpper <= ofLower) left += 1;
    else right -= 1;
  }
}

/** How far from `start` the gap falls to `enough` along `corners`; beyond the last it closes by `closing` seconds. */
function reach(start: Corner, corners: readonly Corner[], enough: number, closing: number): number {
  let { slope, gap: before } = start;
  for (const { slope: following, gap } of corners) {
    if (gap <= enough) {
      const share = before > gap ? Math.max(before - enough, 0) / (before - gap) : 0;
      return Math.abs(slope - start.slope) + Math.abs(following - slope) * share;
    }
    slope = following;
    before = gap;
  }
  if (closing <= 0) return 2 * STEEPEST;
  return Math.abs(slope - start.slope) + Math.max(before - enough, 0) / closing;
}
