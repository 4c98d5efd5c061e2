import { floorDivide, localMicros, micros, serverMicros } from "../units";
import type { LocalMicros, Micros, ServerMicros } from "../units";
import { Drift, slopesBetween } from "./drift";
import { exchangeRoundTrip, type Exchange } from "./exchange";
import { Hull } from "./hull";

const MEMORY = 300;
const SPARE = 100;
const MOST_EXCHANGES = 400;
const KEPT_OF_MOST = 300;
const LEARN_EVERY = 8;
const LEARN_FIRST = 1;
const CALM_WANDER = 1;
const WIDEST_WANDER = 20;
const USUAL_WANDER = 0.5;
const MARGIN = 3;
const TREMBLE = 5;
const SMALL_CONTRADICTION = 5e3;
const JUMP_TOLD_TWICE = 1e3;
const JUMP_TOLD_ONCE = 250e3;

/** What one exchange proves: seconds since the first exchange; offsets in microseconds, peer minus local. */
interface Proof {
  readonly upperAt: number;
  readonly upper: number;
  readonly lowerAt: number;
  readonly lower: number;
  readonly roundTrip: number;
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

/**
 * Offset, drift and certified error between page time and the server's clock. Twin of `sync/clock/estimate.py`, which
 * explains the method; every float operation stands in the same order there.
 */
export class ClockEstimate {
  readonly #resolution: number;
  readonly #drift = new Drift();
  #localOrigin = 0;
  #peerOrigin = 0;
  #proofs: Proof[] = [];
  #trips: number[] = [];
  #upper = new Hull();
  #lower = new Hull();
  #wander = CALM_WANDER;
  #suspect: Proof | null = null;
  #jumped = false;
  #learntAt = 0;
  #at = 0;
  #low = -Infinity;
  #high = Infinity;
  #nearLow = -Infinity;
  #nearHigh = Infinity;

  /** `resolution`: granularity of page time; too small makes the certified error wrong, too large merely wide. */
  constructor(resolution: Micros) {
    this.#resolution = resolution;
  }

  /** Whether any exchange was taken in. How good the estimate is, `errorAt` says. */
  get ready(): boolean {
    return this.#proofs.length > 0;
  }

  /** Whether the latest `add` had to start over: a clock jumped, or nothing was heard for five minutes. */
  get jumped(): boolean {
    return this.#jumped;
  }

  /** Peer's clock against ours in parts per million, positive if it runs faster. */
  get driftPpm(): number {
    return this.#drift.rate;
  }

  /** q95 of the round trips in memory, 0 before the first: what the `report` frame carries. */
  get roundTrip(): Micros {
    const trips = this.#trips;
    return micros(Math.max(0, trips[floorDivide(trips.length * 95 + 99, 100) - 1] ?? 0));
  }

  /** Takes in an exchange, in any order; those older than five minutes are ignored. */
  add(exchange: Exchange): void {
    this.#jumped = false;
    if (!this.ready) {
      this.#localOrigin = exchange.sent;
      this.#peerOrigin = exchange.received;
    }
    const proof = this.#proof(exchange);
    if (this.ready) {
      if (this.#at - proof.lowerAt > MEMORY) return;
      if (proof.lowerAt - this.#at > MEMORY) this.#startOver();
    }
    if (!this.ready) {
      this.#at = proof.lowerAt;
      this.#learntAt = proof.lowerAt;
    }
    this.#carry(proof.lowerAt);
    let own = this.#own(proof, this.#spread());
    if (own.low <= this.#high && this.#low <= own.high) {
      this.#suspect = null;
      this.#wander = Math.max(CALM_WANDER, this.#wander * 0.999);
    } else {
      if (!this.#isBelieved(proof, Math.max(own.low - this.#high, this.#low - own.high))) return;
      own = this.#own(proof, this.#spread());
    }
    this.#keep(proof);
    this.#narrow(proof, own);
    if (this.#at - this.#learntAt >= this.#patience()) this.#learn();
    if (this.#low > this.#high) this.#trustNewest(proof);
  }

  /** What the server's clock shows when page time is `instant`. Only once `ready`. */
  toPeer(instant: LocalMicros): ServerMicros {
    this.#assertReady();
    const local = instant - this.#localOrigin;
    const offset = this.#middle() + this.#drift.rate * (local / 1e6 - this.#at);
    return serverMicros(this.#peerOrigin + local + Math.floor(offset + 0.5));
  }

  /** Page time at which the server's clock shows `instant`. Only once `ready`. */
  toLocal(instant: ServerMicros): LocalMicros {
    this.#assertReady();
    const peer = instant - this.#peerOrigin;
    const { rate } = this.#drift;
    const middle = this.#middle();
    const ahead = (peer - middle) / 1e6 - this.#at;
    const offset = middle + (rate * ahead) / (1 + rate / 1e6);
    return localMicros(this.#localOrigin + peer - Math.floor(offset + 0.5));
  }

  /** Certified error of `toPeer(instant)`: the truth is no further away. */
  errorAt(instant: LocalMicros): Micros {
    this.#assertReady();
    const age = Math.abs((instant - this.#localOrigin) / 1e6 - this.#at);
    const middle = this.#middle();
    return micros(Math.ceil(Math.max(this.#high - middle, middle - this.#low) + this.#spread() * age) + 1);
  }

  /** The estimate of the offset at `#at`. */
  #middle(): number {
    return Math.min(Math.max((this.#nearLow + this.#nearHigh) / 2, this.#low), this.#high);
  }

  #assertReady(): void {
    if (!this.ready) throw new Error("no exchange yet");
  }

  #startOver(): void {
    this.#drift.restart();
    this.#jumped = true;
    this.#suspect = null;
    this.#remember([]);
  }

  #proof(exchange: Exchange): Proof {
    const sent = exchange.sent - this.#localOrigin;
    const returned = exchange.returned - this.#localOrigin;
    const received = exchange.received - this.#peerOrigin;
    const answered = exchange.answered - this.#peerOrigin;
    return {
      upperAt: sent / 1e6,
      upper: received - sent + 1,
      lowerAt: (returned + this.#resolution) / 1e6,
      lower: answered - returned - this.#resolution,
      roundTrip: exchangeRoundTrip(exchange),
    };
  }

  /** How fast certainty is lost, in microseconds per second. */
  #spread(): number {
    return this.#drift.spread + this.#wander;
  }

  /** How long to wait before learning the drift anew, in seconds. */
  #patience(): number {
    return Math.min(Math.max(LEARN_FIRST, (this.#at - (this.#proofs[0]?.lowerAt ?? 0)) / 8), LEARN_EVERY);
  }

  /** Brings the bounds to instant `to`, if that is later. */
  #carry(to: number): void {
    const span = to - this.#at;
    if (span <= 0) return;
    const { rate } = this.#drift;
    const spread = this.#spread();
    this.#at = to;
    this.#low = this.#low + (rate - spread) * span;
    this.#high = this.#high + (rate + spread) * span;
    this.#nearLow = this.#nearLow + (rate - USUAL_WANDER) * span;
    this.#nearHigh = this.#nearHigh + (rate + USUAL_WANDER) * span;
  }

  /** The bounds that `proof` alone gives for the present, if certainty is lost at `spread`. */
  #own(proof: Proof, spread: number): Bounds {
    const { rate } = this.#drift;
    return {
      low: proof.lower + (rate - spread) * (this.#at - proof.lowerAt),
      high: proof.upper + (rate + spread) * (this.#at - proof.upperAt),
    };
  }

  /** Judges a proof that contradicts what is known. False if it has to wait for another that says the same. */
  #isBelieved(proof: Proof, contradiction: number): boolean {
    if (contradiction <= SMALL_CONTRADICTION) this.#wander = Math.min(this.#wander * 3, WIDEST_WANDER);
    if (contradiction <= JUMP_TOLD_TWICE) return true;
    const witness = this.#suspect;
    if (contradiction <= JUMP_TOLD_ONCE && witness === null) {
      this.#suspect = proof;
      return false;
    }
    this.#startOver();
    if (witness !== null && this.#agree(witness, proof)) {
      this.#keep(witness);
      this.#narrow(witness, this.#own(witness, this.#spread()));
    }
    return true;
  }

  #agree(one: Proof, other: Proof): boolean {
    const first = this.#own(one, this.#spread());
    const second = this.#own(other, this.#spread());
    return first.low <= second.high && second.low <= first.high;
  }

  /** Remembers a proof, and forgets those that are too old or too many. */
  #keep(proof: Proof): void {
    const proofs = this.#proofs;
    proofs.push(proof);
    const rank = this.#trips.findIndex((trip) => trip > proof.roundTrip);
    this.#trips.splice(rank < 0 ? this.#trips.length : rank, 0, proof.roundTrip);
    if (proofs.length > MOST_EXCHANGES) this.#remember(proofs.slice(-KEPT_OF_MOST));
    else if (this.#at - (proofs[0]?.lowerAt ?? 0) > MEMORY + SPARE) {
      this.#remember(proofs.filter((kept) => this.#at - kept.lowerAt <= MEMORY));
    } else if (proofs.length > 1 && (proof.upperAt < this.#upper.newest.at || proof.lowerAt < this.#lower.newest.at)) {
      this.#remember(proofs);
    } else {
      this.#upper.add({ at: proof.upperAt, value: proof.upper });
      this.#lower.add({ at: proof.lowerAt, value: -proof.lower });
    }
  }

  /** Holds exactly these, in the order in which they came. */
  #remember(proofs: Proof[]): void {
    this.#proofs = proofs;
    this.#trips = proofs.map((proof) => proof.roundTrip).sort((one, other) => one - other);
    this.#upper = new Hull(proofs.map((proof) => ({ at: proof.upperAt, value: proof.upper })));
    this.#lower = new Hull(proofs.map((proof) => ({ at: proof.lowerAt, value: -proof.lower })));
    this.#bound();
  }

  /** Lets a new proof, whose own bounds for the present are `own`, narrow what is known. */
  #narrow(proof: Proof, own: Bounds): void {
    this.#low = Math.max(this.#low, own.low);
    this.#high = Math.min(this.#high, own.high);
    const near = this.#own(proof, USUAL_WANDER);
    this.#nearLow = Math.max(this.#nearLow, near.low);
    this.#nearHigh = Math.min(this.#nearHigh, near.high);
  }

  /** Asks all bounds in memory for the drift, and carries them anew. */
  #learn(): void {
    this.#learntAt = this.#at;
    const narrowest = (this.#trips[0] ?? 0) + 1 + this.#resolution;
    const margin = MARGIN * Math.max(TREMBLE, this.#excess());
    this.#drift.learn(slopesBetween(this.#upper, this.#lower, USUAL_WANDER, narrowest, margin));
    this.#bound();
  }

  /** How much slower than the path the fastest of all exchanges is likely to be, one way, in microseconds. */
  #excess(): number {
    const trips = this.#trips;
    const count = trips.length;
    const rank = Math.min(floorDivide(count, 8) + 1, count - 1);
    return rank > 0 ? ((trips[rank] ?? 0) - (trips[0] ?? 0)) / Math.sqrt(2 * rank * count) : 0;
  }

  /** Greatest lower and least upper bound that all in memory give for the present. */
  #bound(): void {
    const { rate } = this.#drift;
    const spread = this.#spread();
    this.#low = -this.#lower.least(this.#at, spread - rate);
    this.#high = this.#upper.least(this.#at, rate + spread);
    this.#nearLow = -this.#lower.least(this.#at, USUAL_WANDER - rate);
    this.#nearHigh = this.#upper.least(this.#at, rate + USUAL_WANDER);
  }

  /** Drops the old bounds that a slight contradiction has proven wrong. */
  #trustNewest(proof: Proof): void {
    this.#remember(this.#proofs.filter((old) => this.#agree(old, proof)));
    if (this.#low > this.#high) this.#remember([proof]);
  }
}
