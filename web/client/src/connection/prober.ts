import { ProbePlan } from "../clock/probing";
import { RoomClock } from "../clock/roomClock";
import { localMicros, micros, serverMicros } from "../units";
import type { LocalMicros, Micros } from "../units";
import type { Probe, ProbeReply } from "../wire/frames";
import type { Stop, Timers } from "./timers";

/** What a prober is made with. */
export interface ProberSettings {
  readonly timers: Timers;
  readonly send: (probe: Probe) => void;
  /** Several probes in a row came to nothing: the link is dead. */
  readonly dead: () => void;
  readonly seed: number;
  /** Granularity of page time. */
  readonly resolution: Micros;
}

// One lapsed probe is a lost moment, three in a row are half a minute without an answer.
const LAPSES_TO_DEATH = 3;

/** Keeps the room's clock known: sends probes as planned and learns from the replies. */
export class Prober {
  readonly clock: RoomClock;
  readonly #settings: ProberSettings;
  readonly #plan: ProbePlan;
  #epoch = "";
  #lapses = 0;
  #jumps = 0;
  #stop: Stop | null = null;
  #isOn = false;

  constructor(settings: ProberSettings) {
    this.#settings = settings;
    this.clock = new RoomClock(settings.resolution);
    this.#plan = new ProbePlan(settings.seed, settings.timers.now());
  }

  /** How often the estimate had to start over: a clock jumped. */
  get jumps(): number {
    return this.#jumps;
  }

  /** A connection was welcomed: the join burst leaves before anything else does. */
  begin(epoch: string): void {
    this.#epoch = epoch;
    this.clock.begin(epoch);
    this.#plan.reconnected(this.#settings.timers.now());
    this.#lapses = 0;
    this.#isOn = true;
    this.#pump();
  }

  end(): void {
    this.#isOn = false;
    this.#stop?.();
    this.#stop = null;
  }

  /** A clock may have jumped, or the network changed. */
  burst(): void {
    this.#plan.burst(this.#settings.timers.now());
    if (this.#isOn) this.#pump();
  }

  /** Whether something plays decides how often is asked. */
  setPlaying(isPlaying: boolean): void {
    if (isPlaying) this.#plan.play(this.#settings.timers.now());
    else this.#plan.rest();
    if (this.#isOn) this.#pump();
  }

  answered(reply: ProbeReply, returned: LocalMicros): void {
    if (!this.#plan.isUnderWay(reply.seq)) return;
    const exchange = {
      sent: localMicros(reply.sent),
      received: serverMicros(reply.received),
      answered: serverMicros(reply.answered),
      returned,
    };
    if (!this.clock.add(this.#epoch, exchange)) return;
    const { estimate } = this.clock;
    this.#lapses = 0;
    if (!estimate.ready) return;
    this.#plan.answered(reply.seq, estimate.errorAt(returned));
    if (!estimate.jumped) return;
    this.#jumps += 1;
    this.burst();
  }

  /** Sends what is due and sleeps until the next. */
  #pump(): void {
    this.#stop?.();
    const { timers, send } = this.#settings;
    const now = timers.now();
    this.#lapses += this.#plan.lapsed(now).length;
    if (this.#lapses >= LAPSES_TO_DEATH) {
      this.#lapses = 0;
      this.#settings.dead();
      return;
    }
    if (this.#plan.nextAt(now) <= now) {
      const sent = timers.now();
      send({ tag: "probe", seq: this.#plan.sent(sent), sent });
    }
    const wait = Math.max(1, (this.#plan.nextAt(now) - now) / 1000);
    this.#stop = timers.after(wait, () => this.#pump());
  }
}

/** Nothing is known of the clock yet. */
export const UNKNOWN_ERROR = micros(10_000_000);
