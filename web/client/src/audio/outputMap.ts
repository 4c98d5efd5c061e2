import type { OutputSample } from "./outputSampler";

export interface OutputMap {
  readonly isReady: boolean;
  add(sample: OutputSample): void;
  contextSecondsAt(pageMicros: number): number;
}

export function newOutputMap(): OutputMap {
  let offset = 0;
  let count = 0;
  return {
    get isReady() {
      return count > 5;
    },
    add(sample) {
      const seen = sample.contextTime - sample.pageMicros / 1e6;
      count += 1;
      offset += (seen - offset) / Math.min(count, 20);
    },
    contextSecondsAt: (page) => page / 1e6 + offset,
  };
}
