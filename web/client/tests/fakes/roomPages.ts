/** Pages of one room against a fake server: what the tests of the engine share. */
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { expect, vi } from "vitest";
import type { MarksBetween } from "../../src/audio/marks";
import { NoMicrophone } from "../../src/audio/microphone";
import type { RungWish } from "../../src/audio/rungs";
import type { Sound, SoundSettings, SoundView, SyncMode } from "../../src/audio/sound";
import { SILENCE } from "../../src/audio/sound";
import { createListening } from "../../src/session/engine";
import { openKeeping } from "../../src/session/keeping";
import type { Listening } from "../../src/session/listening";
import { passingShelf } from "../../src/session/memory";
import type { Shelf } from "../../src/session/memory";
import { Cell } from "../../src/session/observed";
import type { EngineSurroundings } from "../../src/session/surroundings";
import type { Cue, Transport } from "../../src/timeline/transport";
import { empty, play } from "../../src/timeline/transport";
import { positionMicros, sampleCount, serverMicros } from "../../src/units";
import { ROOM, RoomServer } from "./roomServer";
import { FakeTimers } from "./timers";

export class FakeSound implements Sound {
  readonly view = new Cell<SoundView>(SILENCE);
  readonly followed: Transport[] = [];
  readonly settings: SoundSettings;
  readonly modes: SyncMode[] = [];
  readonly wishes: RungWish[] = [];
  readonly marks: (MarksBetween | null)[] = [];
  readonly lasting: boolean[] = [];
  readonly offsets: number[] = [];
  mayLast = true;
  isStarted = false;
  isClosed = false;
  refusal: Error | null = null;

  constructor(settings: SoundSettings) {
    this.settings = settings;
  }

  start(): Promise<void> {
    this.isStarted = true;
    return this.refusal === null ? Promise.resolve() : Promise.reject(this.refusal);
  }

  follow(transport: Transport): void {
    this.followed.push(transport);
  }

  setVolume(): void {
    /* not under test */
  }

  setOffset(micros: number): void {
    this.offsets.push(micros);
  }

  setMode(mode: SyncMode): void {
    this.modes.push(mode);
  }

  setWish(wish: RungWish): void {
    this.wishes.push(wish);
  }

  levels(): null {
    return null;
  }

  setEffects(): Promise<void> {
    return Promise.resolve();
  }

  setMarks(marks: MarksBetween | null): void {
    this.marks.push(marks);
  }

  setLasting(isWanted: boolean): Promise<boolean> {
    this.lasting.push(isWanted);
    return Promise.resolve(!isWanted || this.mayLast);
  }

  audioTime(): number | null {
    return null;
  }

  close(): void {
    this.isClosed = true;
  }
}

export let timers: FakeTimers;
export let server: RoomServer;
export let factory: IDBFactory;
export let deviceShelf: Shelf;
export let sounds: FakeSound[];
let soundRefusal: Error | null;
export let opened: Listening[];

/** Before each test: another server, another device, nothing kept. */
export function beginPages(): void {
  timers = new FakeTimers();
  server = new RoomServer(timers);
  factory = new IDBFactory();
  deviceShelf = passingShelf();
  sounds = [];
  soundRefusal = null;
  opened = [];
}

/** After each test. */
export function endPages(): void {
  for (const listening of opened) listening.close();
}

/** From now on this browser does not let pages play. */
export function refuseSound(reason: Error): void {
  soundRefusal = reason;
}

export function around(over: Partial<EngineSurroundings> = {}): EngineSurroundings {
  const session = { principal: "me", device: "dev", name: "Ada" };
  return {
    timers,
    random: () => 0.5,
    dial: () => server.dial(),
    api: { session: () => Promise.resolve(session), rename: (name) => Promise.resolve({ ...session, name }) },
    openKeeping: async () => ({ keeping: await openKeeping(factory), isLasting: true }),
    names: { hold: () => Promise.resolve(() => undefined), whileFree: () => Promise.resolve() },
    deviceShelf,
    tabShelf: passingShelf(),
    newSound: (settings) => {
      const sound = new FakeSound(settings);
      sound.refusal = soundRefusal;
      sounds.push(sound);
      return sound;
    },
    openMicrophone: () => Promise.reject(new NoMicrophone("no-microphone", "There is none.")),
    lineHints: () => ({}),
    window: new EventTarget(),
    document: new EventTarget(),
    resolution: 5,
    ...over,
  };
}

/** Waits for what happens outside of virtual time: the database and promises. */
export const until = (isSo: () => boolean): Promise<void> => vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 4_000, interval: 2 });

export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

export async function enter(sound = false, over: Partial<EngineSurroundings> = {}): Promise<Listening> {
  const listening = createListening({ room: ROOM, invite: "inv" }, around(over));
  opened.push(listening);
  const joined = listening.join(sound);
  joined.catch(() => undefined);
  const before = server.ends.length;
  await until(() => server.ends.length > before || listening.link.get().state !== "connecting");
  timers.pass(600);
  await settle();
  return listening;
}

export const cue = (entry: string, order: string, track = "t1"): Cue => ({
  entry,
  track,
  order,
  frames: sampleCount(48_000 * 100),
});

export const start = (at: number, current = cue("a", "V"), position = 0): Transport =>
  play(empty("epoch1"), current, positionMicros(position), serverMicros(at));
