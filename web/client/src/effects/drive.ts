import type { Core } from "./core";
import { Glide } from "./glide";
import { decimate, History, interpolate, TAPS } from "./interpolation";
import type { DriveSettings } from "./settings";

const UP_FRAMES = TAPS / 2;
const DOWN_FRAMES = TAPS / 2 - 1;
export const DRIVE_LATENCY_FRAMES = UP_FRAMES + DOWN_FRAMES;

const values = new Float64Array(4);

/** The line of one channel. */
class Side {
  readonly input = new History();
  /** What was bent at the samples and a quarter, half and three quarters after them. */
  readonly shaped = [new History(), new History(), new History(), new History()] as const;
  readonly late = new Float32Array(DRIVE_LATENCY_FRAMES);
  tone = 0;
}

/**
 * Soft clipping at four times the sample rate, a low-pass, a level. The curve is `y = x · g / sqrt(1 + (g² - 1) x²)`: full
 * scale stays full scale, soft sound is raised by g.
 */
export class DriveCore implements Core<DriveSettings> {
  readonly latencyFrames = DRIVE_LATENCY_FRAMES;
  readonly #rate: number;
  readonly #sides = [new Side(), new Side()] as const;
  readonly #part: Glide;
  readonly #raise = new Glide(1);
  readonly #level = new Glide(1);
  readonly #opening = new Glide(1);
  #at = 0;
  /** Frames until its filters know enough of the sound to be faded in. */
  #warming = 0;

  constructor(rate: number, settings: DriveSettings | null) {
    this.#rate = rate;
    this.#part = new Glide(settings === null ? 0 : 1);
    if (settings !== null) this.#take(settings, "jump");
  }

  set(settings: DriveSettings | null): void {
    const isIdle = this.#isIdle();
    if (settings === null) {
      this.#warming = 0;
      this.#part.send(0);
      return;
    }
    this.#take(settings, isIdle ? "jump" : "send");
    if (isIdle) this.#warming = 2 * TAPS;
    else if (this.#warming === 0) this.#part.send(1);
  }

  process(left: Float32Array, right: Float32Array): void {
    for (let i = 0; i < left.length; i += 1) {
      const isIdle = this.#isIdle();
      if (this.#warming > 0) {
        this.#warming -= 1;
        if (this.#warming === 0) this.#part.send(1);
      }
      const part = this.#part.next();
      const raise = this.#raise.next();
      const opening = this.#opening.next();
      const level = this.#level.next();
      left[i] = this.#frame(this.#sides[0], left[i] ?? 0, isIdle ? null : part, raise, opening, level);
      right[i] = this.#frame(this.#sides[1], right[i] ?? 0, isIdle ? null : part, raise, opening, level);
      this.#at = (this.#at + 1) % DRIVE_LATENCY_FRAMES;
    }
  }

  #isIdle(): boolean {
    return this.#warming === 0 && this.#part.isSettled && this.#part.value === 0;
  }

  /** `part` of the effect that is heard; null: nothing of it is, and nothing of it need be computed. */
  #frame(side: Side, x: number, part: number | null, raise: number, opening: number, level: number): number {
    const dry = side.late[this.#at] ?? 0;
    side.late[this.#at] = x;
    side.input.push(x);
    if (part === null) {
      side.tone = 0;
      return dry;
    }
    interpolate(side.input, values);
    const bend = raise * raise - 1;
    for (let i = 0; i < 4; i += 1) {
      const value = values[i] ?? 0;
      side.shaped[i]?.push((raise * value) / Math.sqrt(1 + bend * value * value));
    }
    side.tone += opening * (decimate(side.shaped) - side.tone);
    if (Math.abs(side.tone) < 1e-20) side.tone = 0;
    const wet = level * side.tone;
    return part === 1 ? wet : dry + part * (wet - dry);
  }

  #take(settings: DriveSettings, how: "jump" | "send"): void {
    this.#raise[how](10 ** (settings.amount_db / 20));
    this.#level[how](10 ** (settings.level_db / 20));
    this.#opening[how](1 - Math.exp((-2 * Math.PI * settings.tone_hz) / this.#rate));
  }
}
