/** A colour as the styles want it: hue in degrees (0 … 360) and chroma (0 … about 0.15) of OKLCH. */
export interface Tone {
  readonly hue: number;
  readonly chroma: number;
}

/** Always the same hue for the same name, spread evenly over the circle by the golden angle. */
export function hueOfName(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return Math.round((hash * 137.508) % 360);
}

const SIDE = 24;

/** The leading tone of a picture, or null where the page may not look at its pixels. */
export function toneOfPicture(picture: CanvasImageSource): Tone | null {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  if (brush === null) return null;
  try {
    brush.drawImage(picture, 0, 0, SIDE, SIDE);
    return toneOfPixels(brush.getImageData(0, 0, SIDE, SIDE).data);
  } catch {
    return null;
  }
}

/**
 * The mean of all colours in OKLab, weighted by how colourful each is, so that a grey background does not drown the subject.
 * `pixels`: RGBA bytes.
 */
export function toneOfPixels(pixels: ArrayLike<number>): Tone {
  let sumA = 0;
  let sumB = 0;
  let weights = 0;
  for (let index = 0; index + 3 < pixels.length; index += 4) {
    const [a, b] = oklab(pixels[index] ?? 0, pixels[index + 1] ?? 0, pixels[index + 2] ?? 0);
    const weight = Math.hypot(a, b) + 0.002;
    sumA += a * weight;
    sumB += b * weight;
    weights += weight;
  }
  if (weights === 0) return { hue: 0, chroma: 0 };
  const [a, b] = [sumA / weights, sumB / weights];
  const hue = (Math.atan2(b, a) * 180) / Math.PI;
  return { hue: Math.round(hue < 0 ? hue + 360 : hue), chroma: Math.round(Math.min(0.15, Math.hypot(a, b)) * 1000) / 1000 };
}

/** Source: B. Ottosson, "A perceptual color space for image processing" (2020), the matrices of OKLab. */
function oklab(red: number, green: number, blue: number): readonly [number, number] {
  const [r, g, b] = [linear(red), linear(green), linear(blue)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function linear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
