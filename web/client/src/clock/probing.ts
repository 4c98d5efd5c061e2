import { floorDivide, localMicros, micros, type LocalMicros, type Micros } from "../units";

/** When the next clock probe is due. Twin of `sync/clock/probing.py`, which gives the reasons for the numbers. */

const BURST: readonly (readonly [count: number, gap: number])[] = [[12, 40_000], [8, 250_000]];
const SECOND = 1_000_000;
const LEARNING = 50;
const REFRESHING = 8;
const PAIR_GAP = 30_000;
const STEADY = 4_000_000;
const SPARSE = 10_000_000;
const PATIENCE = 10_000_000;
const MOST_UNDER_WAY = 16;
const WIDENED_PERCENT = 150;
const WIDENED_MORE = 2_000;

/**
 * Schedule of the probes of one connection and what became of them.
 *
 * The caller sleeps until `nextAt`, calls `sent` and sends a probe with the number it gets, and reports replies with
 * `answered`. All instants are page time and must not decrease.
 */
export class ProbePlan {
  #noise: number;
  #due: LocalMicros;
  #owed = LEARNING;
  #steps: number[] = burstSteps(LEARNING);
  #isSecond = false;
  #isSparse = false;
  #underWay = new Map<number, LocalMicros>();
  #last = 0;
  #best: number | null = null;
  #isWide = false;

  /** `seed`: any whole number, another one for each device. `now`: the join burst starts here. */
  constructor(seed: number, now: LocalMicros) {
    this.#noise = seed >>> 0;
    this.#due = now;
  }

  /** When the next probe is due; `now` or earlier means at once. Waits while too many are under way. */
  nextAt(now: LocalMicros): LocalMicros {
    if (this.#underWay.size < MOST_UNDER_WAY) return this.#due;
    const oldest = Math.min(...this.#underWay.values());
    return localMicros(Math.max(now, this.#due, oldest + PATIENCE));
  }

  /** A probe leaves now. Returns its number: 1 for the first of this plan, then counting up. */
  sent(now: LocalMicros): number {
    this.#last += 1;
    this.#underWay.set(this.#last, now);
    this.#due = localMicros(now + this.#gap());
    return this.#last;
  }

  /** The reply to `seq` has made the certified error `bound`. False if no such probe is under way. */
  answered(seq: number, bound: Micros): boolean {
    if (!this.#underWay.delete(seq)) return false;
    this.#best = this.#best === null ? bound : Math.min(this.#best + floorDivide(this.#best, 64), bound);
    this.#isWide = bound * 100 > this.#best * WIDENED_PERCENT + WIDENED_MORE * 100;
    return true;
  }

  /** Whether a reply to `seq` is still awaited; ask before believing a reply. */
  isUnderWay(seq: number): boolean {
    return this.#underWay.has(seq);
  }

  /** Numbers of the probes given up now, each told once. Several in a row: the link is dead. */
  lapsed(now: LocalMicros): readonly number[] {
    const gone = [...this.#underWay].filter(([, sentAt]) => now - sentAt >= PATIENCE).map(([seq]) => seq);
    for (const seq of gone) this.#underWay.delete(seq);
    return gone;
  }

  /** Start over with a burst: the clock jumped, the device woke up, the network changed. */
  burst(now: LocalMicros): void {
    this.#steps = burstSteps(Math.max(REFRESHING, this.#owed));
    this.#isSecond = false;
    this.#best = null;
    this.#isWide = false;
    this.#due = now;
  }

  /** A new socket: replies to older probes will never come. Starts with a burst. */
  reconnected(now: LocalMicros): void {
    this.#underWay.clear();
    this.burst(now);
  }

  /** Nothing plays: a pair every 10 s. A burst in progress is finished first. */
  rest(): void {
    this.#isSparse = true;
  }

  /** Something plays, or is about to: back to a pair every 4 s, the first at once if it was resting. */
  play(now: LocalMicros): void {
    if (this.#isSparse && this.#steps.length === 0) {
      this.#due = localMicros(Math.min(this.#due, now));
      this.#isSecond = false;
    }
    this.#isSparse = false;
  }

  #gap(): Micros {
    const step = this.#steps.pop();
    if (step === SECOND) this.#owed = Math.max(0, this.#owed - 1);
    if (step !== undefined) return micros(step);
    this.#isSecond = !this.#isSecond;
    if (this.#isSecond) return micros(PAIR_GAP);
    const pause = this.#isSparse ? SPARSE : STEADY;
    return this.#jittered(this.#isWide ? floorDivide(pause, 2) : pause);
  }

  /** `span` ± 25 %. Math.imul keeps the generator in 32 bits, and 16 bits of noise keep the product exact. */
  #jittered(span: number): Micros {
    this.#noise = (Math.imul(this.#noise, 1_664_525) + 1_013_904_223) >>> 0;
    return micros(floorDivide(span * 3, 4) + floorDivide(floorDivide(span, 2) * (this.#noise >>> 16), 65_536));
  }
}

/** The gaps after each probe of a burst that ends with `seconds` probes a second apart, last first. */
function burstSteps(seconds: number): number[] {
  return [...BURST, [seconds, SECOND] as const].flatMap(([count, gap]) => Array.from({ length: count }, () => gap)).reverse();
}
