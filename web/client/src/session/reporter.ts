import type { SoundView } from "../audio/sound";
import type { Stop, Timers } from "../connection/timers";
import type { Report } from "../wire/frames";

/** What a report says besides the sound itself. */
export interface ReportFacts {
  readonly clockError: number;
  readonly roundTrip: number;
  readonly offset: number;
}

const EVERY_MS = 2_000;

/**
 * Tells the server how this device plays: every two seconds, and at once when that may let others start sooner (the first
 * segment is here) or changes what they see (the state).
 */
export class Reporter {
  readonly #room: string;
  readonly #send: (report: Report) => boolean;
  readonly #facts: () => ReportFacts;
  readonly #stop: Stop;
  #view: SoundView;
  #told = "";

  constructor(
    room: string,
    timers: Timers,
    send: (report: Report) => boolean,
    facts: () => ReportFacts,
    view: SoundView,
  ) {
    this.#room = room;
    this.#send = send;
    this.#facts = facts;
    this.#view = view;
    this.#stop = timers.every(EVERY_MS, () => this.#report());
  }

  look(view: SoundView): void {
    this.#view = view;
    if (this.#news() !== this.#told) this.#report();
  }

  /** Another connection knows nothing of what was told. */
  again(): void {
    this.#report();
  }

  close(): void {
    this.#stop();
  }

  #news(): string {
    return `${this.#view.state}/${String(this.#view.hasFirstSegment)}/${this.#view.entry}/${String(this.#view.isCoarse)}`;
  }

  #report(): void {
    const { clockError, roundTrip, offset } = this.#facts();
    const { state, playbackError, outputLatency, hasFirstSegment, entry, isCoarse } = this.#view;
    const isSent = this.#send({
      tag: "report",
      room: this.#room,
      state,
      playbackError: Math.round(playbackError),
      clockError: Math.round(clockError),
      roundTrip: Math.round(roundTrip),
      leadNeeded: Math.round(outputLatency + offset),
      firstSegment: hasFirstSegment,
      entry,
      coarse: isCoarse,
    });
    this.#told = isSent ? this.#news() : "";
  }
}
