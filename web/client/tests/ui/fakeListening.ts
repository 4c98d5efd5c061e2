import type { Adjustment, Change, Measuring, RunningCheck } from "../../src/session/checkViews";
import type { ChainSettings } from "../../src/effects/settings";
import type {
  Levels,
  LinkState,
  Listening,
  Me,
  Notice,
  OwnVibeView,
  Person,
  QueueRow,
  RoomView,
  RungWish,
  SavedState,
  SyncMode,
  SyncView,
  TransportView,
  VibeChange,
} from "../../src/session/listening";
import { Cell } from "../../src/session/observed";

export const EVERYTHING: ReadonlySet<string> = new Set(["control", "vibe", "reset-vibe", "calibrate", "add", "edit-own", "edit-any", "invite", "kick", "configure"]);

/** A room in memory that does what it is told at once, and writes down what it was told. */
export class FakeListening implements Listening {
  readonly calls: string[] = [];
  readonly me = new Cell<Me>({ principal: "p-me", device: "d-me", name: "Mira" });
  readonly link = new Cell<LinkState>({ state: "online", code: "", reason: "" });
  readonly saved = new Cell<SavedState>({ state: "saved", waiting: 0 });
  readonly room = new Cell<RoomView | null>({ room: "demo", name: "Friday night", role: "host", may: EVERYTHING, hasSound: true });
  readonly transport = new Cell<TransportView>({ status: "empty", entry: null, track: null, length: 0, next: null, ratePermille: 1000, pitchCents: 0, keepsFormants: false });
  readonly queue = new Cell<readonly QueueRow[]>([]);
  readonly people = new Cell<readonly Person[]>([]);
  readonly sync = new Cell<SyncView>({
    state: "in-step",
    playbackError: 1_200,
    clockError: 240,
    roundTrip: 8_400,
    outputLatency: 32_000,
    isLatencyAssumed: false,
    isCoarse: false,
    driftPpm: 140,
    correcting: { kind: "nudge", ppm: 152 },
    mode: "sync",
    offset: 0,
    wish: { choice: "auto", isSaving: false },
    supply: { heard: "opus-160", fetched: "opus-160", bytesPerMinute: 1_240_000, kilobitsPerSecond: 24_000, isFixed: false },
    output: "",
    looseBecause: "",
    isLasting: false,
    words: "In step, within 1.2 ms",
  });
  readonly notices = new Cell<readonly Notice[]>([]);
  readonly volume = new Cell(0.5);
  readonly canUndo = new Cell(false);
  readonly ownVibe = new Cell<OwnVibeView>({ effects: {}, isBypassed: false });
  readonly checks = {
    running: new Cell<RunningCheck | null>(null),
    adjustment: new Cell<Adjustment | null>(null),
    measuring: new Cell<Measuring>({ state: "idle" }),
    startClicks: () => void this.calls.push("startClicks"),
    stopForAll: () => void this.calls.push("stopForAll"),
    stopHere: () => void this.calls.push("stopHere"),
    measure: (devices: readonly string[]) => void this.calls.push(`measure ${devices.join(",")}`),
    forget: () => {
      this.calls.push("forget");
      this.checks.measuring.set({ state: "idle" });
    },
    apply: (changes: readonly Change[]) => void this.calls.push(`apply ${changes.map(({ connection, change }) => `${connection} ${change}`).join(", ")}`),
    undoAdjustment: () => void this.calls.push("undoAdjustment"),
    keepAdjustment: () => void this.calls.push("keepAdjustment"),
  };
  /** What the next `join` does; a value is thrown. */
  joining: Promise<void> = Promise.resolve();
  at = 0;
  /** Up to where sound is here. */
  here = 0;
  /** What can be seen of the sound. */
  looking: Levels | null = null;
  #entries = 0;
  #past: (readonly QueueRow[])[] = [];

  position(): number {
    return this.at;
  }

  buffered(): number {
    return this.here;
  }

  join(sound: boolean): Promise<void> {
    this.calls.push(`join ${sound}`);
    const room = this.room.get();
    if (room !== null) this.room.set({ ...room, hasSound: sound });
    return this.joining;
  }

  leave(): void {
    this.calls.push("leave");
  }

  play(): void {
    this.calls.push("play");
    const first = this.queue.get().find((row) => row.place === "now") ?? this.queue.get().find((row) => row.place !== "history");
    const { entry } = this.transport.get();
    if (entry !== null) this.transport.set({ ...this.transport.get(), status: "playing" });
    else if (first !== undefined) this.begin(first.entry);
  }

  playEntry(entry: string): void {
    this.calls.push(`playEntry ${entry}`);
    this.begin(entry);
  }

  pause(): void {
    this.calls.push("pause");
    this.transport.set({ ...this.transport.get(), status: "paused" });
  }

  seek(position: number): void {
    this.calls.push(`seek ${position}`);
    this.at = position;
  }

  next(): void {
    this.calls.push("next");
    const following = this.queue.get().find((row) => row.place === "next");
    if (following !== undefined) this.begin(following.entry);
  }

  vibe({ tempo, pitch, formants }: VibeChange): void {
    this.calls.push(`vibe ${[tempo, pitch, formants].filter((value) => value !== undefined).join(" ")}`);
    const { ratePermille, pitchCents, keepsFormants, ...rest } = this.transport.get();
    this.transport.set({
      ...rest,
      ratePermille: tempo ?? ratePermille,
      pitchCents: pitch ?? pitchCents,
      keepsFormants: formants ?? keepsFormants,
    });
  }

  resetVibe(): void {
    this.calls.push("resetVibe");
    this.transport.set({ ...this.transport.get(), ratePermille: 1000, pitchCents: 0, keepsFormants: false });
  }

  previous(): void {
    this.calls.push("previous");
    this.at = 0;
  }

  add(tracks: readonly string[], place: "end" | "next"): void {
    this.calls.push(`add ${tracks.join(",")} ${place}`);
    const me = this.me.get();
    const fresh = tracks.map((track) => ({
      entry: `added-${++this.#entries}`,
      track,
      addedBy: me.principal,
      addedByName: me.name,
      place: "later" as const,
      mayEdit: true,
    }));
    const rows = [...this.queue.get()];
    const ahead = rows.findIndex((row) => row.place === "next");
    rows.splice(place === "next" && ahead >= 0 ? ahead : rows.length, 0, ...fresh);
    this.#change(rows);
  }

  remove(entry: string): void {
    this.calls.push(`remove ${entry}`);
    this.#change(this.queue.get().filter((row) => row.entry !== entry));
  }

  move(entry: string, before: string | null): void {
    this.calls.push(`move ${entry} ${before}`);
    const row = this.queue.get().find((other) => other.entry === entry);
    if (row === undefined) return;
    const rows = this.queue.get().filter((other) => other.entry !== entry);
    const at = before === null ? rows.length : rows.findIndex((other) => other.entry === before);
    rows.splice(at, 0, row);
    this.#change(rows);
  }

  undo(): void {
    this.calls.push("undo");
    const rows = this.#past.pop();
    if (rows !== undefined) this.queue.set(rows);
    this.canUndo.set(this.#past.length > 0);
  }

  setVolume(volume: number): void {
    this.calls.push(`volume ${volume}`);
    this.volume.set(volume);
  }

  setOffset(offset: number): void {
    this.calls.push(`offset ${offset}`);
    this.sync.set({ ...this.sync.get(), offset });
  }

  setEffects(effects: ChainSettings): void {
    this.calls.push(`effects ${JSON.stringify(effects)}`);
    this.ownVibe.set({ effects, isBypassed: false });
  }

  bypass(isBypassed: boolean): void {
    this.calls.push(`bypass ${String(isBypassed)}`);
    this.ownVibe.set({ ...this.ownVibe.get(), isBypassed });
  }

  levels(): Levels | null {
    return this.looking;
  }

  setWish(wish: RungWish): void {
    this.calls.push(`setWish ${wish.choice}${wish.isSaving ? " saving" : ""}`);
    this.sync.set({ ...this.sync.get(), wish });
  }

  setMode(mode: SyncMode): void {
    this.calls.push(`mode ${mode}`);
    this.sync.set({ ...this.sync.get(), mode });
  }

  setClicks(isOn: boolean): void {
    this.calls.push(`clicks ${isOn}`);
  }

  /** Distances of the next taps; null once they are used up. */
  taps: number[] = [];

  beatDistance(): number | null {
    return this.taps.shift() ?? null;
  }

  setLasting(isLasting: boolean): void {
    this.calls.push(`lasting ${isLasting}`);
    this.sync.set({ ...this.sync.get(), isLasting });
  }

  rename(name: string): Promise<void> {
    this.calls.push(`rename ${name}`);
    this.me.set({ ...this.me.get(), name });
    return Promise.resolve();
  }

  dismiss(notice: number): void {
    this.calls.push(`dismiss ${notice}`);
    this.notices.set(this.notices.get().filter(({ id }) => id !== notice));
  }

  close(): void {
    this.calls.push("close");
  }

  /** What somebody else does: changes the queue without a trace in `calls` or `undo`. */
  others(rows: readonly QueueRow[]): void {
    this.queue.set(placed(rows, this.transport.get().entry));
  }

  /** Begins `entry` at 0 and gives every row its place. */
  begin(entry: string): void {
    const rows = placed(this.queue.get(), entry);
    const row = rows.find((other) => other.entry === entry);
    this.at = 0;
    this.queue.set(rows);
    this.transport.set({
      status: "playing",
      entry,
      track: row?.track ?? null,
      length: 220_000_000,
      next: rows.find((other) => other.place === "next")?.entry ?? null,
      ratePermille: 1000,
      pitchCents: 0,
      keepsFormants: false,
    });
  }

  #change(rows: readonly QueueRow[]): void {
    this.#past.push(this.queue.get());
    this.canUndo.set(true);
    this.others(rows);
  }
}

/** Rows `names` by track id, all added by `adder`; the first is not playing yet. */
export function queueOf(tracks: readonly string[], adder = "Ben", mayEdit = true): readonly QueueRow[] {
  return placed(
    tracks.map((track, index) => ({
      entry: `e${index}`,
      track,
      addedBy: `p-${adder}`,
      addedByName: adder,
      place: "later" as const,
      mayEdit,
    })),
    null,
  );
}

export function personOf(name: string, more: Partial<Person> = {}): Person {
  return {
    connection: `c-${name}`,
    principal: `p-${name}`,
    name,
    role: "guest",
    isMe: false,
    hasSound: true,
    isCoarse: false,
    state: "in-step",
    playbackError: 2_000,
    checks: true,
    ...more,
  };
}

function placed(rows: readonly QueueRow[], playing: string | null): readonly QueueRow[] {
  const now = rows.findIndex((row) => row.entry === playing);
  return rows.map((row, index) => ({
    ...row,
    place: index < now ? "history" : index === now && now >= 0 ? "now" : index === now + 1 ? "next" : "later",
  }));
}
