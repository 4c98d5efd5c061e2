import { expect, it } from "vitest";

import { Fourier } from "../../src/measuring/fourier";

const values = (count: number, factor: number) => new Float64Array(count).map((_, k) => Math.sin(factor * k * k));

it("is the sum that defines it", () => {
  const size = 16;
  const [re, im] = [values(size, 0.7), values(size, 1.3)];
  const sums = Array.from({ length: size }, (_, k) =>
    [...re].reduce<readonly [number, number]>(
      ([real, imaginary], value, n) => {
        const [cosine, sine] = [Math.cos((2 * Math.PI * k * n) / size), -Math.sin((2 * Math.PI * k * n) / size)];
        const other = im[n] ?? 0;
        return [real + value * cosine - other * sine, imaginary + value * sine + other * cosine] as const;
      },
      [0, 0],
    ),
  );
  new Fourier(size).forward(re, im);
  sums.forEach(([real, imaginary], k) => {
    expect(re[k]).toBeCloseTo(real, 10);
    expect(im[k]).toBeCloseTo(imaginary, 10);
  });
});

it("goes back to where it came from", () => {
  const [re, im] = [values(4_096, 0.01), values(4_096, 0.02)];
  const [before, beside] = [re.slice(), im.slice()];
  const fourier = new Fourier(4_096);
  fourier.forward(re, im);
  fourier.inverse(re, im);
  for (let k = 0; k < 4_096; k += 97) {
    expect(re[k]).toBeCloseTo(before[k] ?? NaN, 10);
    expect(im[k]).toBeCloseTo(beside[k] ?? NaN, 10);
  }
});

it.each([0, 1, 3, 1_000, 2 ** 25])("takes no %d values", (size) => {
  expect(() => new Fourier(size)).toThrow(RangeError);
});
