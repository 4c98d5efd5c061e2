import type { Entered, FromClient } from "../wire/frames";
import type { RoomView } from "./listening";
import type { DeviceMemory } from "./memory";
import { Cell } from "./observed";

/** Which room, and the invite that opens it (empty when none is needed). */
export interface Place {
  readonly room: string;
  readonly invite: string;
}

/** What a seat is taken with. */
export interface SeatSettings {
  readonly place: Place;
  readonly memory: DeviceMemory;
  readonly send: (frame: FromClient) => boolean;
  /** The frame that enters the room is on its way: open the documents right behind it. */
  readonly entering: () => void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (refusal: { readonly code: string; readonly reason: string }) => void;
}

/** Our place in the room: wanted or not, with sound or not, and what the server says to it. */
export class Seat {
  readonly room: Cell<RoomView | null>;
  readonly #settings: SeatSettings;
  #isWanted = false;
  #sound = false;
  // The `enter` of this connection was sent; another one only changes how we take part.
  #isTaken = false;
  #waiting: Waiter[] = [];

  constructor(settings: SeatSettings) {
    this.#settings = settings;
    this.room = new Cell(settings.memory.room(settings.place.room));
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  /**
   * Takes the seat, or changes whether this device sounds. Resolves when the server has agreed, or when it turns out to be
   * away ({@link postpone}): the seat is then taken as soon as it is back. Rejects with the server's no.
   */
  take(sound: boolean): Promise<void> {
    this.#isWanted = true;
    this.#sound = sound;
    const agreed = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#enter();
    return agreed;
  }

  /** The server frames of a new connection come in order: `entering` opens the documents behind the entrance. */
  connected(): void {
    this.#isTaken = false;
    this.#enter();
  }

  /** The documents are there: open them now if we entered before. */
  documentsReady(): void {
    if (this.#isTaken) this.#settings.entering();
  }

  lost(): void {
    this.#isTaken = false;
  }

  /** The server is away: nobody waits for it. What was wanted stays wanted, and the room is shown as it was. */
  postpone(): void {
    if (!this.#isWanted) return;
    const view = this.room.get();
    if (view !== null && view.hasSound !== this.#sound) this.room.set({ ...view, hasSound: this.#sound });
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  entered(frame: Entered): void {
    const view = { ...frame, may: new Set(frame.may), hasSound: this.#sound };
    this.#settings.memory.keepRoom(view);
    this.room.set(view);
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** The room is not for us, or no more. */
  putOut(code: string, reason: string): void {
    this.#isWanted = false;
    this.#isTaken = false;
    for (const { reject } of this.#waiting.splice(0)) reject({ code, reason });
  }

  leave(): void {
    if (this.#isTaken) this.#settings.send({ tag: "leave", room: this.#settings.place.room });
    this.putOut("left", "The room was left.");
    this.room.set(null);
  }

  #enter(): void {
    if (!this.#isWanted) return;
    const { place, send, entering } = this.#settings;
    const isFirst = !this.#isTaken;
    if (!send({ tag: "enter", room: place.room, invite: place.invite, sound: this.#sound })) return;
    this.#isTaken = true;
    if (isFirst) entering();
  }
}
