import { type Rung, type RungChoice, rungNamed } from "../audio/rungs";
import type { Me, RoomView, SyncMode } from "./listening";

/** The part of `localStorage` and `sessionStorage` that is used. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** A shelf in memory, for windows where the real one is forbidden: choices hold until the page closes. */
export function passingShelf(): Shelf {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

/** The shelf `take` returns, or a passing one where touching it throws. */
export function shelfOf(take: () => Shelf): Shelf {
  try {
    const shelf = take();
    shelf.getItem("hathor.tab");
    return shelf;
  } catch {
    return passingShelf();
  }
}

// Half volume for whoever comes for the first time: nobody is blasted.
const NEWCOMERS_VOLUME = 0.5;

// Names of people met in rooms; enough for a busy room, small enough to be read at each start.
const MOST_NAMES = 300;

// Rooms of a few weeks: enough to find the way back, few enough to be listed.
const MOST_ROOMS = 20;

// Outputs with an offset of their own: every headset and speaker of a household, and then some.
const MOST_OUTPUTS = 40;

const NOBODY: Me = { principal: "", device: "", name: "" };

/** Small things this device remembers between visits. Full or damaged shelves cost the memory, never the visit. */
export class DeviceMemory {
  readonly #shelf: Shelf;
  #names: Map<string, string>;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    this.#names = new Map(Object.entries(this.#read<Record<string, string>>("hathor.names", {})));
  }

  get me(): Me {
    return this.#read("hathor.me", NOBODY);
  }

  set me(me: Me) {
    this.#write("hathor.me", me);
  }

  /** 0 … 1. */
  get volume(): number {
    return Math.min(1, Math.max(0, this.#read("hathor.volume", NEWCOMERS_VOLUME)));
  }

  set volume(volume: number) {
    this.#write("hathor.volume", volume);
  }

  /** What comes first on this device. */
  get mode(): SyncMode {
    return this.#read<SyncMode>("hathor.mode", "sync") === "quality" ? "quality" : "sync";
  }

  set mode(mode: SyncMode) {
    this.#write("hathor.mode", mode);
  }

  /** How good the sound of this device may be; `isSaving` null: nobody has said. */
  get wish(): { readonly choice: RungChoice; readonly isSaving: boolean | null } {
    const saving = this.#read<unknown>("hathor.saver", null);
    return { choice: rungNamed(this.#read<unknown>("hathor.rung", "auto")) ?? "auto", isSaving: typeof saving === "boolean" ? saving : null };
  }

  set wish({ choice, isSaving }: { readonly choice: RungChoice; readonly isSaving: boolean | null }) {
    this.#write("hathor.rung", choice);
    this.#write("hathor.saver", isSaving);
  }

  /** The rung that the line carried last; null if nothing came yet. */
  get carried(): Rung | null {
    return rungNamed(this.#read<unknown>("hathor.carried", null));
  }

  set carried(rung: Rung | null) {
    this.#write("hathor.carried", rung);
  }

  /** Effects of the person who uses this device, as JSON; `{}` is none. */
  get effects(): object {
    return this.#read<object | null>(`hathor.effects.${this.me.principal}`, null) ?? {};
  }

  set effects(effects: object) {
    this.#write(`hathor.effects.${this.me.principal}`, effects);
  }

  /** Sound that goes on behind a locked screen is wanted here. */
  get isLasting(): boolean {
    return this.#read<unknown>("hathor.lasting", false) === true;
  }

  set isLasting(isLasting: boolean) {
    this.#write("hathor.lasting", isLasting);
  }

  /**
   * Signed correction of one output in microseconds, -1 s … 5 s. `output`: its stable label. One that has none of its own, or
   * no name, has that of this device.
   */
  offsetOf(output: string): number {
    // A label is what somebody named a headset: "constructor" is one.
    const offset = new Map(Object.entries(this.#read<Record<string, number>>("hathor.offsets", {}))).get(output);
    return Math.min(5_000_000, Math.max(-1_000_000, offset ?? this.#read("hathor.offset", 0)));
  }

  keepOffset(output: string, offset: number): void {
    if (output === "") {
      this.#write("hathor.offset", offset);
      return;
    }
    const others = Object.entries(this.#read<Record<string, number>>("hathor.offsets", {})).filter(([label]) => label !== output);
    this.#write("hathor.offsets", Object.fromEntries([...others, [output, offset]].slice(-MOST_OUTPUTS)));
  }

  /** Time line of the documents that this device keeps: that of the server's last welcome. */
  get generation(): number {
    return this.#read("hathor.generation", 0);
  }

  set generation(generation: number) {
    this.#write("hathor.generation", generation);
  }

  /** A room as it was when this device was last inside, for showing it without a connection. */
  room(room: string): RoomView | null {
    const kept = this.#read<(Omit<RoomView, "may"> & { may: string[] }) | null>(`hathor.room.${room}`, null);
    return kept === null ? null : { ...kept, may: new Set(kept.may), hasSound: false };
  }

  keepRoom(view: RoomView): void {
    this.#write(`hathor.room.${view.room}`, { ...view, may: [...view.may] });
    const rooms = [view.room, ...this.#roomIds.filter((room) => room !== view.room)];
    for (const forgotten of rooms.splice(MOST_ROOMS)) this.#shelf.removeItem(`hathor.room.${forgotten}`);
    this.#write("hathor.rooms", rooms);
  }

  /** Rooms this device was inside of, the latest first, at most 20. */
  get rooms(): readonly RoomView[] {
    return this.#roomIds.map((room) => this.room(room)).filter((view) => view !== null);
  }

  get #roomIds(): readonly string[] {
    return this.#read<string[]>("hathor.rooms", []);
  }

  /** Name under which a principal was last seen, empty if never. */
  nameOf(principal: string): string {
    return this.#names.get(principal) ?? "";
  }

  keepNames(people: Iterable<{ readonly principal: string; readonly name: string }>): void {
    let isNews = false;
    for (const { principal, name } of people) {
      if (this.#names.get(principal) === name) continue;
      this.#names.delete(principal);
      this.#names.set(principal, name);
      isNews = true;
    }
    if (!isNews) return;
    this.#names = new Map([...this.#names].slice(-MOST_NAMES));
    this.#write("hathor.names", Object.fromEntries(this.#names));
  }

  #read<T>(key: string, otherwise: T): T {
    try {
      const text = this.#shelf.getItem(key);
      return text === null ? otherwise : (JSON.parse(text) as T);
    } catch {
      return otherwise;
    }
  }

  #write(key: string, value: unknown): void {
    try {
      this.#shelf.setItem(key, JSON.stringify(value));
    } catch {
      // Full or forbidden: the choice holds until the page closes, which is all that is lost.
    }
  }
}
