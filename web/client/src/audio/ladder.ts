import { ceilingOf, isAbove, KILOBITS, LADDER, type Rung, type RungWish } from "./rungs";

// With less to spare than this, other traffic of the page and a weak second would empty what is held.
const NEEDED_TO_STAY = 1.25;
// Twice what the next rung takes, so that having climbed does not at once become a reason to fall.
const NEEDED_TO_CLIMB = 2;

// So long the line has to carry more before it is believed.
const STEADY_MS = 10_000;
// After a fall a device stays down so long; after each further one twice as long, up to the most.
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 480_000;
// Whoever stood so long on a rung has earned a short rest again.
const FORGIVEN_MS = 300_000;

/**
 * Chooses the rung of a device: falls at once when the line carries too little, climbs one rung at a time when it carried
 * enough for a while, and the more hesitantly the oftener that was wrong. Never above what is wanted.
 *
 * Instants are milliseconds of any steady clock.
 */
export class Ladder {
  #rung: Rung;
  #wish: RungWish;
  #steadySince: number | null = null;
  #movedAt: number;
  #restUntil = -Infinity;
  #rest = FIRST_REST_MS;

  /** `start`: where to begin, or the ceiling if that is lower. */
  constructor(wish: RungWish, start: Rung, at: number) {
    this.#wish = wish;
    this.#rung = lower(start, ceilingOf(wish));
    this.#movedAt = at;
  }

  get rung(): Rung {
    return this.#rung;
  }

  /** Another wish. What somebody asks for by name is tried at once, whatever was seen of the line; the rest as it carries. */
  wish(wish: RungWish, at: number, kilobitsPerSecond: number | null): Rung {
    this.#wish = wish;
    const ceiling = ceilingOf(wish);
    const isTried = wish.choice !== "auto" || NEEDED_TO_CLIMB * KILOBITS[ceiling] <= (kilobitsPerSecond ?? 0);
    this.#move(isTried ? ceiling : lower(this.#rung, ceiling), at);
    this.#restUntil = -Infinity;
    return this.#rung;
  }

  /** One look at what the line carries (`kilobitsPerSecond`, null while unknown); the rung from now on. */
  look(at: number, kilobitsPerSecond: number | null): Rung {
    if (kilobitsPerSecond === null) return this.#rung;
    if (at - this.#movedAt > FORGIVEN_MS) this.#rest = FIRST_REST_MS;
    if (kilobitsPerSecond < NEEDED_TO_STAY * KILOBITS[this.#rung]) this.#fall(at, kilobitsPerSecond);
    else this.#consider(at, kilobitsPerSecond);
    return this.#rung;
  }

  #fall(at: number, kilobitsPerSecond: number): void {
    const carried = LADDER.filter((rung) => NEEDED_TO_STAY * KILOBITS[rung] <= kilobitsPerSecond).at(-1) ?? LADDER[0];
    if (!isAbove(this.#rung, carried)) return;
    this.#move(carried, at);
    this.#restUntil = at + this.#rest;
    this.#rest = Math.min(LONGEST_REST_MS, 2 * this.#rest);
  }

  #consider(at: number, kilobitsPerSecond: number): void {
    const next = LADDER[LADDER.indexOf(this.#rung) + 1];
    const isCarried = next !== undefined && kilobitsPerSecond >= NEEDED_TO_CLIMB * KILOBITS[next];
    if (next === undefined || !isCarried || isAbove(next, ceilingOf(this.#wish))) {
      this.#steadySince = null;
      return;
    }
    this.#steadySince ??= at;
    if (at - this.#steadySince >= STEADY_MS && at >= this.#restUntil) this.#move(next, at);
  }

  #move(rung: Rung, at: number): void {
    if (rung === this.#rung) return;
    this.#rung = rung;
    this.#movedAt = at;
    this.#steadySince = null;
  }
}

function lower(one: Rung, other: Rung): Rung {
  return isAbove(one, other) ? other : one;
}
