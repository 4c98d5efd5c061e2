import type { TransportView } from "../../session/listening";
import type { Observed } from "../../session/observed";

// Nobody sees a button change, decides and presses within this time, in milliseconds: simple visual reactions take 200 and
// more (R. D. Luce, Response Times, 1986), and the eye has to recognise a symbol first.
const TOO_SOON_MS = 300;

/**
 * What a press of play or pause was aimed at. The button turns when somebody else in the room plays or pauses; a press that
 * was on its way at that moment would do the opposite of what was meant, to everybody.
 */
export class Aim {
  readonly #transport: Observed<TransportView>;
  readonly #now: () => number;
  #isPlaying: boolean;
  #turnedAt = -Infinity;

  constructor(transport: Observed<TransportView>, now: () => number = () => performance.now()) {
    this.#transport = transport;
    this.#now = now;
    this.#isPlaying = this.#looksPlaying;
  }

  /** Follows the room; returns what stops it. */
  follow(): () => void {
    this.own();
    return this.#transport.subscribe(() => {
      if (this.#looksPlaying === this.#isPlaying) return;
      this.#isPlaying = !this.#isPlaying;
      this.#turnedAt = this.#now();
    });
  }

  /** The last turn was this person's own: the next press may follow at once. */
  own(): void {
    this.#isPlaying = this.#looksPlaying;
    this.#turnedAt = -Infinity;
  }

  /** True while a press can only have been aimed at what the button was before. */
  get isStale(): boolean {
    return this.#now() - this.#turnedAt < TOO_SOON_MS;
  }

  get #looksPlaying(): boolean {
    return this.#transport.get().status === "playing";
  }
}
