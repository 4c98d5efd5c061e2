/**
 * Filters that tell what lies a quarter, half and three quarters of a sample after the sixteenth of 32 samples.
 *
 * Source: ITU-R BS.1770-4 annex 2, with the longer filter of `media/analysis/true_peak.py`: sinc under a Kaiser window
 * (beta 7), as floats, each row with the sum 1.
 */

export const TAPS = 32;
const OVERSAMPLING = 4;
const BETA = 7;

/** Modified Bessel function of order 0, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function phaseOf(phase: number): Float32Array {
  const row = Float64Array.from({ length: TAPS }, (_, tap) => {
    const at = tap - (TAPS / 2 - 1) - phase / OVERSAMPLING;
    const window = bessel(BETA * Math.sqrt(Math.max(0, 1 - (at / (TAPS / 2)) ** 2))) / bessel(BETA);
    return (Math.sin(Math.PI * at) / (Math.PI * at)) * window;
  });
  const sum = row.reduce((total, each) => total + each, 0);
  return Float32Array.from(row, (each) => each / sum);
}

/** Three rows of 32 taps. */
export const PHASES: readonly Float32Array[] = [1, 2, 3].map(phaseOf);

/** No interpolated value exceeds the largest sample nearby times this. */
export const REACH = Math.max(...PHASES.map((row) => row.reduce((total, each) => total + Math.abs(each), 0))) * 1.0001;

/** Half a line of samples that is written twice, so that the latest 32 always lie in a row. */
export class History {
  readonly samples = new Float64Array(2 * TAPS);
  /** Where the oldest of the latest 32 lies. */
  begin = 0;

  push(sample: number): void {
    this.samples[this.begin] = this.samples[this.begin + TAPS] = sample;
    this.begin = (this.begin + 1) % TAPS;
  }

  /** Sum of the latest 32, oldest first, times `weights`. */
  dot(weights: Float32Array): number {
    const { samples, begin } = this;
    let sum = 0;
    for (let tap = 0; tap < TAPS; tap += 1) sum += (weights[tap] ?? 0) * (samples[begin + tap] ?? 0);
    return sum;
  }
}
