import type { Microphone, OpenMicrophone } from "../audio/microphone";
import { NoMicrophone } from "../audio/microphone";
import type { Stop, Timers } from "../connection/timers";
import { type Measured, measurement } from "../measuring/measurement";
import { Tape } from "../measuring/tape";
import { localMicros, serverMicros } from "../units";
import type { CheckOrder, Refused, SoundCheck } from "../wire/frames";
import type { Change, MeasuredDevice, Measuring } from "./checkViews";
import { sentence } from "./commands";
import { Cell } from "./observed";
import type { EstimatedTime } from "./roomTime";

/** What a measurement is made with. */
export interface MeasurementSettings {
  readonly time: EstimatedTime;
  readonly timers: Timers;
  readonly openMicrophone: OpenMicrophone;
  readonly ask: (order: CheckOrder, refused: (frame: Refused) => void) => void;
  readonly deviceOf: (connection: string) => { readonly name: string; readonly isMe: boolean };
}

// The longest check takes 37 s; a little before it and the browser's own delays come on top.
const MOST_SECONDS = 60;

// A server that says neither yes nor no has gone.
const PATIENCE_MS = 8_000;

// The last block of the microphone is still on its way when a check ends.
const LAST_BLOCK_MS = 150;

const LOST = "The connection was lost, and the measurement with it. Try again.";
const STOPPED = "The measurement was stopped before it was over.";
const UNHEARD = "The microphone gives no sound at all: it may be muted.";

/** Listens to the devices of the room by this device's microphone, one run at a time. */
export class RoomMeasurement {
  readonly view = new Cell<Measuring>({ state: "idle" });
  readonly #settings: MeasurementSettings;
  #microphone: Microphone | null = null;
  #tape: Tape | null = null;
  #check: SoundCheck | null = null;
  #stops: Stop[] = [];
  // Counts runs: what belongs to an earlier one is too late.
  #run = 0;

  constructor(settings: MeasurementSettings) {
    this.#settings = settings;
  }

  /** Call it in the click itself: that is when browsers ask for the microphone. */
  async begin(devices: readonly string[]): Promise<void> {
    this.forget();
    const { timers, openMicrophone, ask } = this.#settings;
    const run = this.#run;
    this.view.set({ state: "asking" });
    let microphone: Microphone;
    try {
      microphone = await openMicrophone((block) => this.#tape?.add(block, timers.now()));
    } catch (error) {
      if (!(error instanceof NoMicrophone)) throw error;
      if (run === this.#run) this.#fail(error.code, error.reason);
      return;
    }
    if (run !== this.#run) {
      microphone.close();
      return;
    }
    this.#microphone = microphone;
    this.#tape = new Tape(microphone.rate, MOST_SECONDS);
    this.#stops.push(timers.after(PATIENCE_MS, () => this.#check === null && this.#fail("lost", LOST)));
    ask({ tag: "start-chirps", devices: [...devices] }, ({ code, reason }) => {
      if (run === this.#run) this.#fail(code, sentence(reason));
    });
  }

  /** The check that this page asked for has begun, or it is over. */
  take(check: SoundCheck | null): void {
    const { timers, time } = this.#settings;
    if (check === null) {
      // At its very end the server's word and our own clock race; ours has the last block.
      const isOver = this.#check !== null && time.now >= this.#check.endsAt - LAST_BLOCK_MS * 1_000;
      if (this.#check !== null && !isOver) this.#fail("stopped", STOPPED);
      return;
    }
    if (this.#microphone === null || this.#check !== null) return;
    this.#check = check;
    const left = (): number => Math.max(0, Math.ceil((check.endsAt - time.now) / 1e6));
    const show = (): void => this.view.set({ state: "listening", seconds: left() });
    show();
    const wait = (time.toPage(serverMicros(check.endsAt)) - timers.now()) / 1_000 + LAST_BLOCK_MS;
    this.#stops.push(timers.every(500, show), timers.after(wait, () => void this.#judge(check)));
  }

  /** The connection is gone; the server has ended the check with it. */
  lost(): void {
    if (this.#microphone !== null) this.#fail("lost", LOST);
  }

  /** Ends what runs, and forgets what was found. */
  forget(): void {
    this.#run += 1;
    this.#release();
    this.view.set({ state: "idle" });
  }

  applied(changes: readonly Change[]): void {
    this.view.set({ state: "applied", count: changes.length });
  }

  async #judge(check: SoundCheck): Promise<void> {
    const { time, timers } = this.#settings;
    const run = this.#run;
    const recording = this.#tape?.recording((page) => time.toRoom(localMicros(page))) ?? null;
    this.#release();
    if (recording === null) {
      this.#fail("silent-microphone", UNHEARD);
      return;
    }
    this.view.set({ state: "working" });
    const steps = measurement(recording, check);
    for (;;) {
      const step = steps.next();
      if (step.done === true) {
        this.#show(check, step.value);
        return;
      }
      // A chirp takes some tens of milliseconds: the page lives on in between.
      await new Promise<void>((resolve) => timers.after(0, resolve));
      if (run !== this.#run) return;
    }
  }

  #show(check: SoundCheck, { delays, isOverdriven, isSilent }: Measured): void {
    if (isSilent) {
      this.#fail("silent-microphone", UNHEARD);
      return;
    }
    const devices = check.devices.map((connection, k): MeasuredDevice => {
      const delay = delays[k] ?? null;
      return { connection, ...this.#settings.deviceOf(connection), late: delay?.late ?? null, spread: delay?.spread ?? 0 };
    });
    this.view.set({ state: "measured", devices, isOverdriven });
  }

  #fail(code: string, reason: string): void {
    this.#run += 1;
    this.#release();
    this.view.set({ state: "failed", code, reason });
  }

  #release(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#microphone?.close();
    this.#microphone = null;
    this.#tape = null;
    this.#check = null;
  }
}
