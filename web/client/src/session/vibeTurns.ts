import type { Stop, Timers } from "../connection/timers";
import type { Order } from "../wire/frames";
import type { VibeChange } from "./listening";
import type { Wish } from "./playhead";

// A slider tells sixty steps a second. The room takes about three of them up; ten leave it the newest one every time.
const STEP_MS = 100;

/** What a person turns, told to the room: the first step at once, later ones together, the last one always. */
export class VibeTurns {
  readonly #give: (order: Order, wish: Wish) => void;
  readonly #timers: Timers;
  // What was asked for since the drag began: shown until the room has it.
  #shown: VibeChange = {};
  #waiting: VibeChange | null = null;
  #stop: Stop | null = null;

  constructor(give: (order: Order, wish: Wish) => void, timers: Timers) {
    this.#give = give;
    this.#timers = timers;
  }

  turn(change: VibeChange): void {
    this.#waiting = { ...this.#waiting, ...change };
    if (this.#stop === null) this.#tell();
  }

  reset(): void {
    this.close();
    this.#give({ tag: "vibe-reset" }, { vibe: { tempo: 1000, pitch: 0, formants: false } });
  }

  close(): void {
    this.#stop?.();
    this.#stop = null;
    this.#waiting = null;
    this.#shown = {};
  }

  #tell(): void {
    const change = this.#waiting;
    this.#waiting = null;
    if (change === null) {
      this.close();
      return;
    }
    this.#shown = { ...this.#shown, ...change };
    const { tempo = null, pitch = null, formants = null, onTheBeat = false } = change;
    this.#give(
      { tag: "vibe", tempoPermille: tempo, pitchCents: pitch, keepsFormants: formants, onBeat: onTheBeat },
      { vibe: this.#shown },
    );
    this.#stop = this.#timers.after(STEP_MS, () => {
      this.#stop = null;
      this.#tell();
    });
  }
}
