import { floorDivide, localMicros, micros, serverMicros } from "../units";
import type { LocalMicros, Micros, ServerMicros } from "../units";
import { DriftFilter } from "./drift";
import { exchangeRoundTrip, type Exchange } from "./exchange";

const MEMORY = 300e6;
const MOST_EXCHANGES = 400;
const BLOCK = 4e6;
const CALM_WANDER = 1;
const WIDEST_WANDER = 20;
const SMALL_CONTRADICTION = 5e3;
const JUMP_TOLD_TWICE = 1e3;
const JUMP_TOLD_ONCE = 250e3;

/** What one exchange proves; microseconds since the first exchange, offsets are peer minus local. */
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
  readonly #drift = new DriftFilter();
  #localOrigin = 0;
  #peerOrigin = 0;
  #proofs: Proof[] = [];
  #block: Proof[] = [];
  #wander = CALM_WANDER;
  #suspect: Proof | null = null;
  #jumped = false;
  #at = 0;
  #low = 0;
  #high = 0;

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
    return this.#drift.drift;
  }

  /** q95 of the round trips in memory, 0 before the first: what the `report` frame carries. */
  get roundTrip(): Micros {
    const trips = this.#proofs.map((proof) => proof.roundTrip).sort((one, other) => one - other);
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
    const now = Math.max(this.#at, proof.lowerAt);
    if (now - proof.lowerAt > MEMORY) return;
    if (this.ready) {
      const remembered = this.#proofs.filter((kept) => now - kept.lowerAt <= MEMORY);
      this.#proofs = remembered;
      if (remembered.length === 0) this.#startOver();
      else if (!this.#reconcile(proof, now)) return;
    }
    this.#proofs.push(proof);
    if (this.#proofs.length > MOST_EXCHANGES) this.#proofs.shift();
    this.#extendBlock(proof);
    this.#at = now;
    const { low, high } = this.#bounds(this.#proofs, now);
    this.#low = low;
    this.#high = high;
    if (low > high) this.#trustNewest(proof);
  }

  /** What the server's clock shows when page time is `instant`. Only once `ready`. */
  toPeer(instant: LocalMicros): ServerMicros {
    this.#assertReady();
    const local = instant - this.#localOrigin;
    const offset = (this.#low + this.#high) / 2 + this.#drift.drift * ((local - this.#at) / 1e6);
    return serverMicros(this.#peerOrigin + local + Math.floor(offset + 0.5));
  }

  /** Page time at which the server's clock shows `instant`. Only once `ready`. */
  toLocal(instant: ServerMicros): LocalMicros {
    this.#assertReady();
    const peer = instant - this.#peerOrigin;
    const ahead = peer - this.#at - (this.#low + this.#high) / 2;
    const slow = (ahead * (this.#drift.drift / 1e6)) / (1 + this.#drift.drift / 1e6);
    return localMicros(this.#localOrigin + Math.floor(this.#at + (ahead - slow) + 0.5));
  }

  /** Certified error of `toPeer(instant)`: the truth is no further away. */
  errorAt(instant: LocalMicros): Micros {
    this.#assertReady();
    const age = Math.abs(instant - this.#localOrigin - this.#at) / 1e6;
    return micros(Math.ceil((this.#high - this.#low) / 2 + this.#spread() * age) + 1);
  }

  #assertReady(): void {
    if (!this.ready) throw new Error("no exchange yet");
  }

  #startOver(): void {
    this.#proofs = [];
    this.#block = [];
    this.#suspect = null;
    this.#jumped = true;
    this.#drift.restart();
  }

  #proof(exchange: Exchange): Proof {
    const sent = exchange.sent - this.#localOrigin;
    const returned = exchange.returned - this.#localOrigin;
    const received = exchange.received - this.#peerOrigin;
    const answered = exchange.answered - this.#peerOrigin;
    return {
      upperAt: sent,
      upper: received - sent + 1,
      lowerAt: returned + this.#resolution,
      lower: answered - returned - this.#resolution,
      roundTrip: exchangeRoundTrip(exchange),
    };
  }

  /** How fast certainty is lost, in microseconds per second. */
  #spread(): number {
    return 2 * this.#drift.sigma + this.#wander;
  }

  #bounds(proofs: readonly Proof[], at: number): Bounds {
    const drift = this.#drift.drift;
    const spread = this.#spread();
    let high = Infinity;
    let low = -Infinity;
    for (const proof of proofs) {
      const upperAge = (at - proof.upperAt) / 1e6;
      high = Math.min(high, proof.upper + drift * upperAge + spread * Math.abs(upperAge));
      const lowerAge = (at - proof.lowerAt) / 1e6;
      low = Math.max(low, proof.lower + drift * lowerAge - spread * Math.abs(lowerAge));
    }
    return { low, high };
  }

  #reconcile(proof: Proof, now: number): boolean {
    const known = this.#bounds(this.#proofs, now);
    const own = this.#bounds([proof], now);
    const contradiction = Math.max(own.low - known.high, known.low - own.high);
    if (contradiction <= 0) {
      this.#suspect = null;
      this.#wander = Math.max(CALM_WANDER, this.#wander * 0.999);
      return true;
    }
    if (contradiction <= SMALL_CONTRADICTION) {
      this.#wander = Math.min(this.#wander * 3, WIDEST_WANDER);
      this.#drift.doubt();
    }
    if (contradiction <= JUMP_TOLD_TWICE) return true;
    const witness = this.#suspect;
    if (contradiction <= JUMP_TOLD_ONCE && witness === null) {
      this.#suspect = proof;
      return false;
    }
    this.#startOver();
    if (witness !== null && this.#agree(witness, proof, now)) this.#proofs.push(witness);
    return true;
  }

  #agree(one: Proof, other: Proof, at: number): boolean {
    const { low, high } = this.#bounds([one, other], at);
    return low <= high;
  }

  #trustNewest(proof: Proof): void {
    const own = this.#bounds([proof], this.#at);
    this.#proofs = this.#proofs.filter((old) => {
      const { low, high } = this.#bounds([old], this.#at);
      return low <= own.high && high >= own.low;
    });
    let kept = this.#bounds(this.#proofs, this.#at);
    if (kept.low > kept.high) {
      this.#proofs = [proof];
      kept = own;
    }
    this.#low = kept.low;
    this.#high = kept.high;
  }

  #extendBlock(proof: Proof): void {
    const first = this.#block[0];
    if (first !== undefined && proof.lowerAt < first.lowerAt) return;
    if (first !== undefined && proof.lowerAt - first.lowerAt >= BLOCK) this.#closeBlock();
    this.#block.push(proof);
  }

  #closeBlock(): void {
    const at = Math.max(...this.#block.map((proof) => proof.lowerAt));
    const drift = this.#drift.drift;
    const high = Math.min(...this.#block.map((proof) => proof.upper + drift * ((at - proof.upperAt) / 1e6)));
    const low = Math.max(...this.#block.map((proof) => proof.lower + drift * ((at - proof.lowerAt) / 1e6)));
    this.#block = [];
    this.#drift.add(at, (low + high) / 2, Math.abs(high - low));
  }
}
