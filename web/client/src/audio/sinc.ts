/**
 * Windowed-sinc interpolation: the value of a band-limited signal between its samples.
 *
 * A table holds the kernel at 256 fractional phases; between two phases coefficients are interpolated linearly. Without
 * that, the nearest of 256 phases would leave an error of about -75 dB at 1 kHz; with it the kernel itself is the limit.
 *
 * Source: J. O. Smith, "Digital Audio Resampling", and J. F. Kaiser's window (1974).
 */

const PHASES = 256;

// Stop band near -85 dB. A larger beta would widen the transition band, which with 16 taps begins at 16 kHz.
const KAISER_BETA = 8.5;

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-16; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kernel for reading a signal at `step` input frames per output frame. */
export class SincTable {
  /** Input samples that one output sample rests on (even). */
  readonly taps: number;
  readonly #coefficients: Float32Array;

  /** `step`: 0.25 … 4. Above 1 the kernel is stretched, so that what would alias is filtered away. */
  constructor(step: number) {
    const cutoff = step > 1 ? 1 / step : 1;
    this.taps = 2 * Math.ceil(8 / cutoff);
    this.#coefficients = new Float32Array((PHASES + 1) * this.taps);
    for (let phase = 0; phase <= PHASES; phase += 1) this.#fill(phase, cutoff);
  }

  /** Samples before the integer position that the kernel covers: the first tap lies at `floor(position) - reach`. */
  get reach(): number {
    return this.taps / 2 - 1;
  }

  /**
   * Reads `count` samples of two channels at `fraction`, `fraction + step`, … (`fraction` in 0 … 1 is measured from
   * `input[reach]`) and adds them, weighted by `gains[i]`, to `outputs[…][start + i]`. Two at once: the kernel between two
   * phases is half of the work.
   */
  addTo(
    [left, right]: readonly [Float32Array, Float32Array],
    fraction: number,
    step: number,
    gains: Float32Array,
    [toLeft, toRight]: readonly [Float32Array, Float32Array],
    start: number,
    count: number,
  ): void {
    const { taps } = this;
    const table = this.#coefficients;
    for (let i = 0; i < count; i += 1) {
      const position = fraction + i * step;
      const whole = Math.floor(position);
      const phase = (position - whole) * PHASES;
      const lower = Math.floor(phase);
      const blend = phase - lower;
      const row = lower * taps;
      let sumLeft = 0;
      let sumRight = 0;
      for (let k = 0; k < taps; k += 1) {
        const a = table[row + k] ?? 0;
        const b = table[row + taps + k] ?? 0;
        const weight = a + blend * (b - a);
        sumLeft += (left[whole + k] ?? 0) * weight;
        sumRight += (right[whole + k] ?? 0) * weight;
      }
      const gain = gains[i] ?? 0;
      toLeft[start + i] = (toLeft[start + i] ?? 0) + sumLeft * gain;
      toRight[start + i] = (toRight[start + i] ?? 0) + sumRight * gain;
    }
  }

  #fill(phase: number, cutoff: number): void {
    const { taps, reach } = this;
    const fraction = phase / PHASES;
    const row = phase * taps;
    const norm = besselI0(KAISER_BETA);
    let sum = 0;
    for (let k = 0; k < taps; k += 1) {
      const distance = k - reach - fraction;
      const edge = Math.min(1, Math.abs(distance) / (taps / 2));
      const window = besselI0(KAISER_BETA * Math.sqrt(1 - edge * edge)) / norm;
      const value = cutoff * sinc(cutoff * distance) * window;
      this.#coefficients[row + k] = value;
      sum += value;
    }
    // Every phase passes a constant signal unchanged: otherwise the gain would ripple with the phase.
    for (let k = 0; k < taps; k += 1) {
      this.#coefficients[row + k] = (this.#coefficients[row + k] ?? 0) / sum;
    }
  }
}
