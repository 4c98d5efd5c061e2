import * as Y from "yjs";
import type { Wire } from "../../src/connection/socket";
import type { Transport } from "../../src/timeline/transport";
import { toPlain } from "../../src/timeline/plain";
import { decodeClient, encode } from "../../src/wire/codec";
import type { FromClient, FromServer } from "../../src/wire/frames";
import { QUEUE_NAME, QueueServer } from "./queueServer";
import type { FakeTimers } from "./timers";

export const ROOM = "r00m";
const PLAYBACK_NAME = `playback:${ROOM}`;

/** How far the server's clock is ahead of page time. */
export const AHEAD = 5_000_000_000;

/** One connection as the server holds it; `wire` is the page's end. Everything arrives at once. */
class ServerEnd {
  readonly wire: Wire;
  readonly heard: FromClient[] = [];
  #isOpen = true;

  constructor(take: (end: ServerEnd, frame: FromClient) => void) {
    this.wire = {
      binaryType: "blob",
      onopen: null,
      onmessage: null,
      onclose: null,
      send: (bytes) => {
        const frame = decodeClient(bytes);
        this.heard.push(frame);
        if (this.#isOpen) take(this, frame);
      },
      close: () => (this.#isOpen = false),
    };
  }

  say(frame: FromServer): void {
    if (!this.#isOpen) return;
    // The encoder hands out a view into a larger buffer; a socket delivers exactly the bytes.
    const { buffer } = encode(frame).slice();
    this.wire.onmessage?.({ data: buffer } as MessageEvent<ArrayBuffer>);
  }

  cut(code = 1006): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.wire.onclose?.({ code, reason: "" } as CloseEvent);
  }
}

/** A server with one room, spoken to in real frames. */
export class RoomServer {
  queue = new QueueServer();
  readonly ends: ServerEnd[] = [];
  readonly #timers: FakeTimers;
  readonly #playback = new Y.Doc();
  readonly #ids = new Set<number>();
  isReachable = true;
  epoch = "epoch1";
  generation = 0;
  role = { role: "host", may: ["control", "add", "edit-own", "edit-any"] };
  refuseEntry: { code: string; reason: string } | null = null;
  refuseCommands: { code: string; reason: string } | null = null;
  /** While set, nobody is told yet that the queue is open. */
  isSlowToOpen = false;
  #opening: (() => void)[] = [];
  #wires = new Map<ServerEnd, { send: (frame: FromClient) => boolean; cut: () => void }>();

  constructor(timers: FakeTimers) {
    this.#timers = timers;
  }

  get now(): number {
    return this.#timers.now() + AHEAD;
  }

  /** The latest connection. */
  get end(): ServerEnd {
    const end = this.ends.at(-1);
    if (end === undefined) throw new Error("nobody connected");
    return end;
  }

  /** Frames of one kind that the latest connection sent. */
  heard<Tag extends FromClient["tag"]>(tag: Tag): Extract<FromClient, { tag: Tag }>[] {
    return this.end.heard.filter((frame): frame is Extract<FromClient, { tag: Tag }> => frame.tag === tag);
  }

  dial(): Wire {
    const end = new ServerEnd((from, frame) => this.#take(from, frame));
    this.ends.push(end);
    this.#timers.after(1, () => {
      if (this.isReachable) end.wire.onopen?.(new Event("open"));
      else end.cut();
    });
    return end.wire;
  }

  cut(): void {
    this.#wires.get(this.end)?.cut();
    this.end.cut();
  }

  /** Opens the queue for those who waited. */
  openQueue(): void {
    this.isSlowToOpen = false;
    for (const open of this.#opening.splice(0)) open();
  }

  /** The queue becomes what it was, on another time line that knows nobody's client ids; everybody is sent away. */
  putBack(state: Uint8Array): void {
    this.cut();
    this.queue = new QueueServer();
    Y.applyUpdate(this.queue.doc, state);
    this.#ids.clear();
    this.generation += 1;
  }

  write(transport: Transport): void {
    const before = Y.encodeStateVector(this.#playback);
    this.#playback.getMap("playback").set("transport", toPlain(transport));
    const update = Y.encodeStateAsUpdate(this.#playback, before);
    for (const end of this.ends) end.say({ tag: "changed", document: PLAYBACK_NAME, update });
  }

  #take(end: ServerEnd, frame: FromClient): void {
    switch (frame.tag) {
      case "hello":
        end.say({
          tag: "welcome",
          protocol: 1,
          connection: `c${this.ends.indexOf(end)}`,
          principal: "me",
          device: "dev",
          clockEpoch: this.epoch,
          ticket: `ticket${this.ends.indexOf(end)}`,
          heartbeat: 15_000_000,
          server: "fake",
          generation: this.generation,
        });
        break;
      case "probe":
        end.say({ tag: "probe-reply", seq: frame.seq, sent: frame.sent, received: this.now, answered: this.now });
        break;
      case "enter":
        this.#enter(end, frame.sound);
        break;
      case "open":
        if (frame.document === PLAYBACK_NAME) this.#openPlayback(end);
        else if (this.isSlowToOpen) this.#opening.push(() => this.#queueWire(end).send(frame));
        else this.#queueWire(end).send(frame);
        break;
      case "update":
        this.#queueWire(end).send(frame);
        break;
      case "command":
        if (this.refuseCommands === null) end.say({ tag: "done", room: ROOM, seq: frame.seq });
        else end.say({ tag: "refused", about: "command", subject: ROOM, seq: frame.seq, ...this.refuseCommands });
        break;
      default:
        break;
    }
  }

  #enter(end: ServerEnd, sound: boolean): void {
    if (this.refuseEntry !== null) {
      end.say({ tag: "refused", about: "enter", subject: ROOM, seq: 0, ...this.refuseEntry });
      return;
    }
    end.say({ tag: "entered", room: ROOM, name: "Tea", ...this.role });
    const me = { connection: `c${this.ends.indexOf(end)}`, principal: "me", name: "Ada", role: "host", device: "dev" };
    const quality = { sound, state: "silent", playbackError: 0, clockError: 0, checks: true, coarse: false };
    end.say({ tag: "people", room: ROOM, full: true, present: [{ ...me, ...quality }], gone: [] });
  }

  #openPlayback(end: ServerEnd): void {
    end.say({
      tag: "opened",
      document: PLAYBACK_NAME,
      clientId: 7,
      update: Y.encodeStateAsUpdate(this.#playback),
      stateVector: Y.encodeStateVector(this.#playback),
      start: 0,
    });
  }

  #queueWire(end: ServerEnd): { send: (frame: FromClient) => boolean } {
    let wire = this.#wires.get(end);
    if (wire === undefined) {
      wire = this.queue.connect((frame) => end.say(frame), this.#ids);
      this.#wires.set(end, wire);
    }
    return wire;
  }
}

export { QUEUE_NAME };
