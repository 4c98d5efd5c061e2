import type { Core } from "./core";
import { Glide } from "./glide";
import { type CompressorSettings } from "./settings";

const DB = Math.LN10 / 20;

/**
 * Turns down what is louder than a threshold, both channels alike.
 *
 * Source: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital dynamic range compressor design", JAES 60(6), 2012: feed-forward,
 * level in dB, soft knee (eq. 4), smooth decoupled peak detector (eq. 17).
 */
export class CompressorCore implements Core<CompressorSettings> {
  readonly latencyFrames = 0;
  readonly #rate: number;
  readonly #part: Glide;
  readonly #threshold = new Glide(0);
  readonly #slope = new Glide(0);
  readonly #knee = new Glide(0);
  readonly #makeup = new Glide(0);
  #attackKeep = 0;
  #releaseKeep = 0;
  #released = 0;
  #smoothed = 0;

  constructor(rate: number, settings: CompressorSettings | null) {
    this.#rate = rate;
    this.#part = new Glide(settings === null ? 0 : 1);
    if (settings !== null) this.#take(settings, "jump");
  }

  set(settings: CompressorSettings | null): void {
    if (settings !== null) this.#take(settings, this.#isIdle() ? "jump" : "send");
    this.#part.send(settings === null ? 0 : 1);
  }

  process(left: Float32Array, right: Float32Array): void {
    if (this.#isIdle()) {
      this.#released = this.#smoothed = 0;
      return;
    }
    for (let i = 0; i < left.length; i += 1) {
      const l = left[i] ?? 0;
      const r = right[i] ?? 0;
      const part = this.#part.next();
      const gain = this.#gain(Math.max(Math.abs(l), Math.abs(r)));
      const applied = part === 1 ? gain : 1 + part * (gain - 1);
      left[i] = l * applied;
      right[i] = r * applied;
    }
  }

  /** Off, and nothing of it is heard any more. */
  #isIdle(): boolean {
    return this.#part.isSettled && this.#part.value === 0;
  }

  #gain(peak: number): number {
    const threshold = this.#threshold.next();
    const slope = this.#slope.next();
    const knee = this.#knee.next();
    const makeup = this.#makeup.next();
    let reduction = 0;
    if (peak > 0) {
      const over = 20 * Math.log10(peak) - threshold;
      if (2 * over >= knee) reduction = slope * over;
      else if (2 * over > -knee) reduction = (slope * (over + knee / 2) ** 2) / (2 * knee);
    }
    // The knee is over at 0 where it is 0 wide: a negative reduction would raise.
    reduction = Math.max(0, reduction);
    this.#released = Math.max(reduction, this.#releaseKeep * this.#released + (1 - this.#releaseKeep) * reduction);
    this.#smoothed = this.#attackKeep * this.#smoothed + (1 - this.#attackKeep) * this.#released;
    if (this.#smoothed < 1e-9) {
      this.#smoothed = 0;
      if (this.#released < 1e-9) this.#released = 0;
    }
    return Math.exp((makeup - this.#smoothed) * DB);
  }

  #take(settings: CompressorSettings, how: "jump" | "send"): void {
    this.#threshold[how](settings.threshold_db);
    this.#slope[how](1 - 1 / settings.ratio);
    this.#knee[how](settings.knee_db);
    this.#makeup[how](settings.makeup_db);
    this.#attackKeep = Math.exp(-1 / (settings.attack_seconds * this.#rate));
    this.#releaseKeep = Math.exp(-1 / (settings.release_seconds * this.#rate));
  }
}
