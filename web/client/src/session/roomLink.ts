import { Prober } from "../connection/prober";
import { Connection } from "../connection/socket";
import type { Listener } from "../connection/socket";
import type { Stop } from "../connection/timers";
import { watch } from "../connection/watchdog";
import { micros } from "../units";
import type { FromClient, Welcome, Whole } from "../wire/frames";
import type { LinkState } from "./listening";
import { Cell } from "./observed";
import { EstimatedTime } from "./roomTime";
import type { EngineSurroundings } from "./surroundings";

/** Who hears of what happens on the link. */
export interface LinkListener {
  welcomed(welcome: Welcome): void;
  received(frame: Whole): void;
  lost(): void;
}

const SOFTWARE = "hathor-web/0.1";
const TICKET = "hathor.ticket";

/** The connection of this tab together with the clock that is learnt over it and the watch over sleep and loss. */
export class RoomLink {
  readonly state = new Cell<LinkState>({ state: "connecting", code: "", reason: "" });
  readonly time: EstimatedTime;
  readonly #prober: Prober;
  readonly #connection: Connection;
  readonly #watch: () => Stop;
  readonly #stops: Stop[];

  constructor(around: EngineSurroundings, listener: LinkListener, audioTime: () => number | null) {
    const { timers, random, tabShelf, dial } = around;
    this.#prober = new Prober({
      timers,
      send: (probe) => this.#connection.send(probe),
      dead: () => this.#connection.giveUp(),
      seed: Math.floor(random() * 2 ** 32),
      resolution: micros(around.resolution),
    });
    this.time = new EstimatedTime(this.#prober, timers);
    const through: Listener = {
      welcomed: (welcome) => {
        tabShelf.setItem(TICKET, welcome.ticket);
        this.#prober.begin(welcome.clockEpoch);
        listener.welcomed(welcome);
      },
      received: (frame, at) => {
        if (frame.tag === "probe-reply") this.#prober.answered(frame, at);
        else listener.received(frame);
      },
      lost: () => {
        this.#prober.end();
        listener.lost();
      },
    };
    const ticket = tabShelf.getItem(TICKET) ?? "";
    this.#connection = new Connection({ dial, timers, random, software: SOFTWARE, ticket }, through);
    this.#watch = () => {
      const woke = (): void => {
        this.#connection.hurry();
        this.#prober.burst();
      };
      const { window, document } = around;
      return watch(timers, { window, document, audioTime }, () => this.#prober.burst(), woke);
    };
    this.#stops = [this.#connection.link.subscribe(() => this.state.set(this.#connection.link.get()))];
  }

  open(): void {
    this.#stops.push(this.#watch());
    this.#connection.open();
  }

  send(frame: FromClient): boolean {
    return this.#connection.send(frame);
  }

  /** Whether something plays decides how often the clock is asked for. */
  setPlaying(isPlaying: boolean): void {
    this.#prober.setPlaying(isPlaying);
  }

  /** The server does not even answer who we are. */
  unreachable(): void {
    this.state.set({ state: "offline", code: "unreachable", reason: "The server does not answer." });
  }

  /** The room cannot be entered now; it is tried again later. */
  retreat(code: string, reason: string): void {
    this.#connection.retreat(code, reason);
  }

  /** The server does not want us here: what `state` says from now on. */
  refuse(code: string, reason: string): void {
    this.close();
    this.state.set({ state: "refused", code, reason });
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#connection.close();
    this.#prober.end();
  }
}
