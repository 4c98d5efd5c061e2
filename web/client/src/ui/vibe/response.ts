import { BANDS_HZ } from "../../effects/settings";

// The rate that players run at, and the width of the filters of `effects/chain.ts`: an octave.
const RATE_HZ = 48_000;
const QUALITY = Math.SQRT2;

/**
 * What ten peaking bands make of `hertz`, in dB.
 *
 * Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients", the peaking filter.
 */
export function responseDb(gainsDb: readonly number[], hertz: number): number {
  const angle = (2 * Math.PI * hertz) / RATE_HZ;
  return BANDS_HZ.reduce((sum, centre, band) => sum + bandDb(gainsDb[band] ?? 0, (2 * Math.PI * centre) / RATE_HZ, angle), 0);
}

function bandDb(gainDb: number, centre: number, angle: number): number {
  if (gainDb === 0) return 0;
  const amplitude = 10 ** (gainDb / 40);
  const alpha = Math.sin(centre) / (2 * QUALITY);
  const power = (scale: number): number => {
    // |(1 + a) - 2 cos(c) z⁻¹ + (1 - a) z⁻²|² on the unit circle.
    const real = 1 + scale - 2 * Math.cos(centre) * Math.cos(angle) + (1 - scale) * Math.cos(2 * angle);
    const imaginary = 2 * Math.cos(centre) * Math.sin(angle) - (1 - scale) * Math.sin(2 * angle);
    return real * real + imaginary * imaginary;
  };
  return 10 * Math.log10(power(alpha * amplitude) / power(alpha / amplitude));
}
