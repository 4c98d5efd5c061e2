import { Cell } from "../session/observed";
import type { LinkState } from "../session/listening";
import type { LocalMicros } from "../units";
import { decodeServer, encode } from "../wire/codec";
import { endingOfClose, ENDINGS } from "../wire/endings";
import { PROTOCOL_VERSION } from "../wire/frames";
import type { Ending, FromClient, Welcome, Whole } from "../wire/frames";
import { Assembly } from "../wire/portions";
import { pauseBefore } from "./backoff";
import type { Stop, Timers } from "./timers";

/** Who listens on a connection. Every method is called in the order things happened. */
export interface Listener {
  /** A connection stands: everything has to be entered and opened anew. */
  welcomed(welcome: Welcome): void;
  /** `at`: page time at which the frame arrived. */
  received(frame: Whole, at: LocalMicros): void;
  /** The connection is gone; another may come. */
  lost(): void;
}

/** The part of a WebSocket that is used. */
export interface Wire {
  binaryType: BinaryType;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent<ArrayBuffer>) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

/** What a connection is made with. */
export interface ConnectionSettings {
  readonly dial: () => Wire;
  readonly timers: Timers;
  readonly random: () => number;
  readonly software: string;
  /** Ticket of this tab's earlier connection, which the new one replaces; empty if there was none. */
  readonly ticket: string;
}

// Three heartbeats without a word, as the server counts them (sync/wire/session.py).
const HEARTBEATS_TO_SILENCE = 3;

// A handshake that takes longer will not come: the network swallows packets without saying so.
const DIAL_PATIENCE_MS = 10_000;

// A connection that stood this long was sound: the next loss is a first one again.
const SOUND_AFTER_MS = 5_000;

const CONNECTING: LinkState = { state: "connecting", code: "", reason: "" };

/**
 * The one WebSocket of this tab: greets, reconnects with growing, scattered pauses, and gives up only when told to.
 *
 * Invariant: at most one wire is alive; what an earlier one still says is ignored.
 */
export class Connection {
  readonly link = new Cell<LinkState>(CONNECTING);
  readonly #settings: ConnectionSettings;
  readonly #listener: Listener;
  #wire: Wire | null = null;
  #assembly = new Assembly();
  #welcome: Welcome | null = null;
  #ending: Ending | null = null;
  #ticket: string;
  #failures = 0;
  #heardAt: LocalMicros;
  #stops: Stop[] = [];
  #stopPause: Stop | null = null;

  constructor(settings: ConnectionSettings, listener: Listener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#ticket = settings.ticket;
    this.#heardAt = settings.timers.now();
  }

  /** What the server said when it took us in; null while there is no connection. */
  get welcome(): Welcome | null {
    return this.#welcome;
  }

  open(): void {
    if (this.#wire === null) this.#dial();
  }

  /** Sends `frame` if a connection stands; otherwise drops it and says false: whoever enters anew sends again. */
  send(frame: FromClient): boolean {
    if (this.#welcome === null || this.#wire === null) return false;
    this.#wire.send(encode(frame));
    return true;
  }

  /** Something suggests that the network is back, or that we slept: try at once instead of waiting out the pause. */
  hurry(): void {
    if (this.#stopPause === null) return;
    this.#dial();
  }

  /** The connection is known to be dead although nothing said so. */
  giveUp(): void {
    this.#lose({ tag: "ending", code: "lost", reason: "the server does not answer", retryAfter: 0 });
  }

  /** The server cannot do now what this connection is for: away, and back when `code` advises it. */
  retreat(code: string, reason: string): void {
    this.#lose({ tag: "ending", code, reason, retryAfter: ENDINGS[code]?.retryAfter ?? 0 });
  }

  /** Ends for good. */
  close(): void {
    const wire = this.#detach();
    wire?.close(1000);
    this.#stopPause?.();
    this.#stopPause = null;
  }

  #dial(): void {
    this.#stopPause?.();
    this.#stopPause = null;
    const { timers, dial } = this.#settings;
    const wire = dial();
    this.#wire = wire;
    this.#assembly = new Assembly();
    this.#ending = null;
    this.#heardAt = timers.now();
    wire.binaryType = "arraybuffer";
    wire.onopen = () => {
      const { software } = this.#settings;
      wire.send(encode({ tag: "hello", protocol: PROTOCOL_VERSION, software, ticket: this.#ticket, portions: true, checks: true }));
    };
    wire.onmessage = ({ data }) => this.#take(data, timers.now());
    wire.onclose = ({ code, reason }) => this.#lose(this.#ending ?? endingOfClose(code, reason));
    this.#stops.push(
      timers.after(DIAL_PATIENCE_MS, () => {
        if (this.#welcome === null) this.giveUp();
      }),
      timers.every(1000, () => this.#watchSilence()),
    );
  }

  #take(data: ArrayBuffer, at: LocalMicros): void {
    this.#heardAt = at;
    let frame: Whole | null;
    try {
      frame = this.#assembly.take(decodeServer(new Uint8Array(data)));
    } catch (reason) {
      // A server that talks nonsense may be one that is being replaced: another attempt, after a pause.
      this.#lose({ tag: "ending", code: "lost", reason: String(reason), retryAfter: 2_000_000 });
      return;
    }
    if (frame === null) return;
    if (frame.tag === "welcome") this.#greeted(frame);
    else if (frame.tag === "ending") this.#ending = frame;
    else this.#listener.received(frame, at);
  }

  #greeted(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#ticket = welcome.ticket;
    this.#stops.push(this.#settings.timers.after(SOUND_AFTER_MS, () => (this.#failures = 0)));
    this.link.set({ state: "online", code: "", reason: "" });
    this.#listener.welcomed(welcome);
  }

  #watchSilence(): void {
    const heartbeat = this.#welcome?.heartbeat ?? Infinity;
    if (this.#settings.timers.now() - this.#heardAt > HEARTBEATS_TO_SILENCE * heartbeat) this.giveUp();
  }

  #lose(ending: Ending): void {
    const wire = this.#detach();
    if (wire === null) return;
    wire.close();
    if (ending.retryAfter < 0) {
      this.link.set({ state: "refused", code: ending.code, reason: ending.reason });
      return;
    }
    this.#failures += 1;
    const { timers, random } = this.#settings;
    const pause = pauseBefore(this.#failures, ending.retryAfter / 1000, random());
    this.link.set({ state: "offline", code: ending.code, reason: ending.reason });
    this.#stopPause = timers.after(pause, () => this.#dial());
  }

  /** Forgets the wire and tells that it is gone, if it ever stood. Returns it for closing. */
  #detach(): Wire | null {
    const wire = this.#wire;
    if (wire === null) return null;
    wire.onopen = wire.onmessage = wire.onclose = null;
    this.#wire = null;
    for (const stop of this.#stops.splice(0)) stop();
    const stood = this.#welcome !== null;
    this.#welcome = null;
    if (stood) this.#listener.lost();
    return wire;
  }
}

/** A wire to the server this page came from. */
export function dialHere(place: Location): Wire {
  const url = new URL("/ws", place.href);
  url.protocol = place.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(url);
}
