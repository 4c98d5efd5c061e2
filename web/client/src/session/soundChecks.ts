import { chirpMarks, clicks, type MarksBetween } from "../audio/marks";
import type { OpenMicrophone } from "../audio/microphone";
import type { Stop, Timers } from "../connection/timers";
import { chirpsOf } from "../measuring/chirp";
import type { Adjusted, CheckOrder, Refused, SoundCheck } from "../wire/frames";
import type { Adjustment, Change, Checks, RunningCheck } from "./checkViews";
import { deviceNames } from "./deviceNames";
import { Cell } from "./observed";
import type { Presence } from "./presence";
import { RoomMeasurement } from "./roomMeasurement";
import type { EstimatedTime } from "./roomTime";
import type { Speaker } from "./speaker";

/** What sound checks are made with. */
export interface CheckSettings {
  readonly time: EstimatedTime;
  readonly timers: Timers;
  readonly speaker: Speaker;
  readonly presence: Presence;
  readonly openMicrophone: OpenMicrophone;
  /** Asks the server; what it refuses is told to the person unless `refused` is given. */
  readonly ask: (order: CheckOrder, refused?: (frame: Refused) => void) => void;
}

const LEAST_OFFSET = -1_000_000;
const MOST_OFFSET = 5_000_000;
const SHOW_MS = 500;

/** This page's part in the sound checks of its room: what sounds, who asked for it, and what became of this device's offset. */
export class SoundChecks implements Checks {
  readonly running = new Cell<RunningCheck | null>(null);
  readonly adjustment = new Cell<Adjustment | null>(null);
  readonly #settings: CheckSettings;
  readonly #measurement: RoomMeasurement;
  #check: SoundCheck | null = null;
  #isQuietHere = false;
  #connection = "";
  #stops: Stop[] = [];

  constructor(settings: CheckSettings) {
    this.#settings = settings;
    const { time, timers, openMicrophone, ask, presence } = settings;
    const deviceOf = (connection: string) => ({
      name: deviceNames(presence.people.get()).get(connection) ?? "A device that left",
      isMe: connection === this.#connection,
    });
    this.#measurement = new RoomMeasurement({ time, timers, openMicrophone, ask, deviceOf });
  }

  get measuring() {
    return this.#measurement.view;
  }

  // ── what people do ───────────────────────────────────────────────────────────────────────────────────────────────

  startClicks(): void {
    this.#settings.ask({ tag: "start-clicks" });
  }

  stopForAll(): void {
    this.#settings.ask({ tag: "stop-check" });
  }

  stopHere(): void {
    this.#isQuietHere = true;
    this.#play();
    this.#show();
  }

  measure(devices: readonly string[]): void {
    void this.#measurement.begin(devices);
  }

  forget(): void {
    if (this.#check?.kind === "chirps" && this.#check.by === this.#connection) this.stopForAll();
    this.#measurement.forget();
  }

  apply(changes: readonly Change[]): void {
    for (const { connection, change } of changes) this.#settings.ask({ tag: "adjust", device: connection, change });
    this.#measurement.applied(changes);
  }

  undoAdjustment(): void {
    const adjustment = this.adjustment.get();
    if (adjustment === null) return;
    this.#settings.speaker.setOffset(adjustment.before);
    this.adjustment.set(null);
  }

  keepAdjustment(): void {
    this.adjustment.set(null);
  }

  // ── what the server says ─────────────────────────────────────────────────────────────────────────────────────────

  /** `connection`: the one of this page, from now on. A check that runs goes on until the server says what holds now. */
  begin(connection: string): void {
    this.#connection = connection;
  }

  lost(): void {
    this.#measurement.lost();
  }

  take(frame: SoundCheck): void {
    const isMine = frame.by === this.#connection;
    this.#end();
    if (frame.kind === "none") {
      this.#measurement.take(null);
    } else {
      const { timers } = this.#settings;
      this.#check = frame;
      this.#stops = [timers.every(SHOW_MS, () => this.#show()), timers.after(this.#left * 1_000, () => this.#end())];
      if (frame.kind === "chirps" && isMine) this.#measurement.take(frame);
    }
    this.#play();
    this.#show();
  }

  adjusted({ by, name, change }: Adjusted): void {
    const { speaker } = this.#settings;
    const before = speaker.offset;
    const after = Math.min(MOST_OFFSET, Math.max(LEAST_OFFSET, before + change));
    speaker.setOffset(after);
    this.adjustment.set({ name, isMine: by === this.#connection, before, after });
  }

  /** The page leaves the room: its music is its own again. */
  close(): void {
    this.#end();
    this.#measurement.forget();
  }

  // ── what follows ─────────────────────────────────────────────────────────────────────────────────────────────────

  #end(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#check = null;
    this.#isQuietHere = false;
    this.#play();
    this.#show();
  }

  /** Seconds until it ends. */
  get #left(): number {
    const { time } = this.#settings;
    return this.#check === null ? 0 : Math.max(0, (this.#check.endsAt - time.now) / 1e6);
  }

  #play(): void {
    this.#settings.speaker.setCheck(this.#isQuietHere ? null : this.#marks());
  }

  /** What this device plays; null when a check does not concern it. */
  #marks(): MarksBetween | null {
    const check = this.#check;
    if (check === null) return null;
    if (check.kind === "clicks") return clicks(check.startsAt, check.endsAt);
    const mine = check.devices.indexOf(this.#connection);
    if (mine < 0 && check.by !== this.#connection) return null;
    return chirpMarks(chirpsOf(check).filter(({ device }) => device === mine));
  }

  #show(): void {
    const check = this.#check;
    if (check === null || check.kind === "none") {
      this.running.set(null);
      return;
    }
    this.running.set({
      kind: check.kind,
      name: check.name,
      isMine: check.by === this.#connection,
      seconds: Math.ceil(this.#left),
      isHere: this.#settings.speaker.isOn && !this.#isQuietHere && this.#marks() !== null,
    });
  }
}
