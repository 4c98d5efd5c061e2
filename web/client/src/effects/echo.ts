import type { Core } from "./core";
import { Glide } from "./glide";
import { type EchoSettings, NUMBERS } from "./settings";

/**
 * A delay line that is fed with what comes out of it, through a low-pass. Not made of DelayNodes: a loop of those is one
 * block of 128 frames late in Chromium (156, every repeat) and not in Firefox.
 */
export class EchoCore implements Core<EchoSettings> {
  readonly latencyFrames = 0;
  readonly #rate: number;
  readonly #length: number;
  readonly #lines: readonly [Float64Array, Float64Array];
  readonly #tones = new Float64Array(2);
  readonly #mix = new Glide(0);
  readonly #feedback = new Glide(0);
  readonly #opening = new Glide(0);
  /** 0 hears the line at `#delay`, 1 at `#nextDelay`: another delay is faded to, since sliding there would bend the pitch. */
  readonly #turn = new Glide(0);
  /** How much of the sound goes into the line: what began at once would be a click in every repeat. */
  readonly #feed = new Glide(0);
  #delay = 1;
  #nextDelay = 1;
  #isOn: boolean;
  #at = 0;

  constructor(rate: number, settings: EchoSettings | null) {
    this.#rate = rate;
    const longest = NUMBERS.echo.delay_seconds[1];
    this.#length = Math.floor(longest * rate + 0.5) + 1;
    this.#lines = [new Float64Array(this.#length), new Float64Array(this.#length)];
    this.#isOn = settings !== null;
    if (settings === null) return;
    this.#take(settings, "jump");
    this.#feed.jump(1);
  }

  set(settings: EchoSettings | null): void {
    const isIdle = this.#isIdle();
    this.#isOn = settings !== null;
    if (settings === null) this.#mix.send(0);
    else this.#take(settings, isIdle ? "jump" : "send");
    // Once it is full it stays so: what is off for a moment keeps the line of what is to be heard again.
    if (settings !== null) this.#feed.send(1);
  }

  process(left: Float32Array, right: Float32Array): void {
    if (this.#isIdle()) return;
    for (let i = 0; i < left.length; i += 1) {
      const mix = this.#mix.next();
      const feedback = this.#feedback.next();
      const opening = this.#opening.next();
      const feed = this.#feed.next();
      left[i] = this.#frame(0, left[i] ?? 0, mix, feedback, opening, feed);
      right[i] = this.#frame(1, right[i] ?? 0, mix, feedback, opening, feed);
      this.#at = (this.#at + 1) % this.#length;
      if (this.#turn.next() === 1) this.#arrive();
    }
    // The next time it is switched on, nothing old is heard.
    if (this.#isIdle()) this.#forget();
  }

  #isIdle(): boolean {
    return !this.#isOn && this.#mix.isSettled;
  }

  #frame(channel: 0 | 1, x: number, mix: number, feedback: number, opening: number, feed: number): number {
    const line = this.#lines[channel];
    const turn = this.#turn.value;
    let heard = line[(this.#at - this.#delay + this.#length) % this.#length] ?? 0;
    if (turn > 0) heard += turn * ((line[(this.#at - this.#nextDelay + this.#length) % this.#length] ?? 0) - heard);
    const former = this.#tones[channel] ?? 0;
    let tone = former + opening * (heard - former);
    // Echoes of echoes fade into denormal numbers, which are a hundred times slower.
    if (Math.abs(tone) < 1e-20) tone = 0;
    this.#tones[channel] = tone;
    line[this.#at] = feed * x + feedback * tone;
    return x + mix * tone;
  }

  #take(settings: EchoSettings, how: "jump" | "send"): void {
    this.#mix[how](settings.mix);
    this.#feedback[how](settings.feedback);
    this.#opening[how](1 - Math.exp((-2 * Math.PI * settings.tone_hz) / this.#rate));
    const delay = Math.max(1, Math.floor(settings.delay_seconds * this.#rate + 0.5));
    if (how === "jump") this.#delay = this.#nextDelay = delay;
    if (!this.#turn.isSettled) this.#arrive();
    this.#nextDelay = delay;
    if (delay !== this.#delay) this.#turn.send(1);
  }

  /** A fade from one delay to another is over, or cut short by one to a third: a slider that moves is heard as steps. */
  #arrive(): void {
    this.#delay = this.#nextDelay;
    this.#turn.jump(0);
  }

  #forget(): void {
    for (const line of this.#lines) line.fill(0);
    this.#tones.fill(0);
    this.#feed.jump(0);
  }
}
