import type { Listening } from "../../session/listening";
import type { SystemPorts, WakeLock } from "./ports";

/**
 * Keeps the screen on while the room plays here and the page is seen. Phones that sleep cut their radio, and with it the
 * music of a page; a paused room, or a page nobody looks at, has no right to the battery.
 */
export class KeepAwake {
  readonly #ports: Pick<SystemPorts, "wake" | "document">;
  readonly #listening: Pick<Listening, "transport" | "room">;
  readonly #stops: (() => void)[] = [];
  #lock: WakeLock | null = null;
  #isAsking = false;
  #isClosed = false;

  constructor(ports: Pick<SystemPorts, "wake" | "document">, listening: Pick<Listening, "transport" | "room">) {
    this.#ports = ports;
    this.#listening = listening;
    const seen = (): void => {
      // The browser itself lets the lock go when the page is hidden.
      if (ports.document.visibilityState === "hidden") this.#lock = null;
      this.#look();
    };
    ports.document.addEventListener("visibilitychange", seen);
    this.#stops.push(
      () => ports.document.removeEventListener("visibilitychange", seen),
      listening.transport.subscribe(() => this.#look()),
      listening.room.subscribe(() => this.#look()),
    );
    this.#look();
  }

  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stops.splice(0)) stop();
    this.#look();
  }

  get #isWanted(): boolean {
    const { transport, room } = this.#listening;
    const plays = transport.get().status === "playing" && room.get()?.hasSound === true;
    return !this.#isClosed && plays && this.#ports.document.visibilityState !== "hidden";
  }

  #look(): void {
    const { wake } = this.#ports;
    if (wake === null || this.#isAsking) return;
    if (!this.#isWanted) {
      void this.#lock?.release().catch(() => undefined);
      this.#lock = null;
      return;
    }
    if (this.#lock !== null) return;
    this.#isAsking = true;
    wake.request().then(
      (lock) => {
        this.#isAsking = false;
        this.#lock = lock;
        // What was wanted may have changed while the browser thought about it.
        if (!this.#isWanted) this.#look();
      },
      () => {
        // A low battery, or hidden meanwhile: the screen may sleep, and the next change asks again.
        this.#isAsking = false;
      },
    );
  }
}
