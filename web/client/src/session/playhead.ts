import { Schedule } from "../audio/schedule";
import { advance, lengthOf, positionAt } from "../timeline/transport";
import type { Transport } from "../timeline/transport";
import { serverMicros, type ServerMicros } from "../units";
import type { TransportView, VibeChange } from "./listening";
import { Cell } from "./observed";

/** Room time as the playhead needs it. */
export interface PlayheadTime {
  readonly isKnown: boolean;
  readonly epoch: string;
  readonly now: ServerMicros;
}

/** What a person asked for and the room has not confirmed: shown at once, forgotten when the record comes. */
export interface Wish {
  readonly status?: "paused" | "playing";
  readonly position?: number;
  readonly vibe?: VibeChange;
}

// A change on the beat waits for at most 3 s.
const VIBE_WITHIN = 4_000_000;

export const NOTHING: TransportView = {
  status: "empty",
  entry: null,
  track: null,
  length: 0,
  next: null,
  ratePermille: 1000,
  pitchCents: 0,
  keepsFormants: false,
};

function isSame(one: TransportView, other: TransportView): boolean {
  return (
    one.status === other.status &&
    one.entry === other.entry &&
    one.track === other.track &&
    one.length === other.length &&
    one.next === other.next &&
    one.ratePermille === other.ratePermille &&
    one.pitchCents === other.pitchCents &&
    one.keepsFormants === other.keepsFormants
  );
}

function isGranted({ vibe }: Wish, { ratePermille, pitchCents, keepsFormants }: Transport): boolean {
  if (vibe === undefined) return true;
  const { tempo = ratePermille, pitch = pitchCents, formants = keepsFormants } = vibe;
  return tempo === ratePermille && pitch === pitchCents && formants === keepsFormants;
}

/** Where the room is: from the records, the clock, and what was just asked for here. */
export class Playhead {
  readonly view = new Cell<TransportView>(NOTHING);
  readonly #schedule = new Schedule();
  readonly #time: PlayheadTime;
  #newest: Transport | null = null;
  // `until`: the record that grants it has come, and lies that far in the future.
  #wish: (Wish & { readonly heldAt: number; readonly until: ServerMicros | null }) | null = null;

  constructor(time: PlayheadTime) {
    this.#time = time;
  }

  /** The newest record, also one that lies in the future; null before the first. */
  get newest(): Transport | null {
    return this.#newest;
  }

  /** The record that holds now, carried over every boundary that has passed; null before the first. */
  get playing(): Transport | null {
    return this.#current();
  }

  take(transport: Transport): boolean {
    if (!this.#schedule.take(transport)) return false;
    this.#newest = transport;
    // While a slider moves, records of its earlier steps come: they do not grant the newest.
    if (this.#wish !== null && isGranted(this.#wish, transport)) this.#wish = { ...this.#wish, until: transport.anchor.at };
    this.refresh();
    return true;
  }

  wish(wish: Wish): void {
    // Somebody else may turn the same knob: then no record ever says what was wished for here.
    const until = wish.vibe !== undefined && this.#time.isKnown ? serverMicros(this.#time.now + VIBE_WITHIN) : null;
    this.#wish = { ...wish, heldAt: this.position(), until };
    this.refresh();
  }

  /** What was wished for will not come. */
  unwish(): void {
    this.#wish = null;
    this.refresh();
  }

  /** Microseconds into the current track. */
  position(): number {
    this.#expireWish();
    // Another tempo is no reason to stand still until it is granted.
    if (this.#wish !== null && this.#wish.vibe === undefined) return this.#wish.position ?? this.#wish.heldAt;
    const current = this.#current();
    if (current === null) return 0;
    return this.#isOnTime(current) ? positionAt(current, this.#time.now) : current.anchor.position;
  }

  /** Brings `view` up to date; to be called about four times a second, since a boundary is crossed without a message. */
  refresh(): void {
    this.#expireWish();
    const view = this.#look();
    if (!isSame(view, this.view.get())) this.view.set(view);
  }

  #expireWish(): void {
    const until = this.#wish?.until ?? null;
    if (until !== null && (!this.#time.isKnown || this.#time.now >= until)) this.#wish = null;
  }

  #look(): TransportView {
    // What a record in the future says is true for the controls already; what is playing changes at its instant.
    const playing = this.#current();
    if (playing === null || this.#newest === null) return NOTHING;
    const cue = playing.current;
    return {
      status: this.#wish?.status ?? (playing.clockEpoch === this.#newest.clockEpoch ? this.#status(playing) : "paused"),
      entry: cue?.entry ?? null,
      track: cue?.track ?? null,
      length: cue === null ? 0 : (lengthOf(cue) ?? 0),
      next: playing.next?.entry ?? null,
      ratePermille: this.#wish?.vibe?.tempo ?? this.#newest.ratePermille,
      pitchCents: this.#wish?.vibe?.pitch ?? this.#newest.pitchCents,
      keepsFormants: this.#wish?.vibe?.formants ?? this.#newest.keepsFormants,
    };
  }

  #status(playing: Transport): TransportView["status"] {
    const newest = this.#newest;
    const isPending = newest !== null && this.#isOnTime(newest) && newest.anchor.at > this.#time.now;
    return isPending ? newest.status : playing.status;
  }

  #current(): Transport | null {
    if (!this.#time.isKnown) return this.#newest;
    const now = this.#time.now;
    const records = this.#schedule.from(now, this.#time.epoch);
    const first = records[0];
    if (first === undefined) return this.#newest;
    return first.anchor.at <= now ? advance(first, now) : first;
  }

  #isOnTime(transport: Transport): boolean {
    return this.#time.isKnown && transport.clockEpoch === this.#time.epoch;
  }
}
