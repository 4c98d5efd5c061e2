import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { noise } from "../fakes/effectSounds";

interface Processor {
  readonly port: { onmessage: ((event: { data: unknown }) => void) | null };
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}
type Kind = new (options: unknown) => Processor;

const kinds = new Map<string, Kind>();

beforeEach(async () => {
  kinds.clear();
  vi.stubGlobal("sampleRate", 48_000);
  vi.stubGlobal("AudioWorkletProcessor", class { readonly port = { onmessage: null }; });
  vi.stubGlobal("registerProcessor", (name: string, kind: Kind) => void kinds.set(name, kind));
  vi.resetModules();
  await import("../../src/effects/worklet");
});

afterEach(() => vi.unstubAllGlobals());

const made = (name: string, settings: unknown) => new (kinds.get(name)!)({ processorOptions: { settings } });
const pair = () => [new Float32Array(128), new Float32Array(128)];

test("the processors have the names that the page asks for", () => {
  expect([...kinds.keys()]).toEqual(["hathor-drive", "hathor-compressor", "hathor-echo", "hathor-limiter"]);
});

test("what flows in comes out changed, and the input is left as it is", () => {
  const processor = made("hathor-compressor", { threshold_db: 0, ratio: 1, knee_db: 0, attack_seconds: 0.01, release_seconds: 0.1, makeup_db: 20 });
  const input = [noise(128, 1, 0.01), noise(128, 2, 0.01)];
  const before = input.map((each) => Float32Array.from(each));
  const output = pair();
  expect(processor.process([input], [output])).toBe(true);
  expect(output[0]![7]).toBeCloseTo(input[0]![7]! * 10, 6);
  expect(input).toEqual(before);
});

test("what is under way comes out when nothing flows in any more, until it is closed", () => {
  const processor = made("hathor-limiter", { ceiling_db: 0, release_seconds: 0.1 });
  processor.process([[noise(128, 1, 0.1), noise(128, 2, 0.1)]], [pair()]);
  const outputs = [pair(), pair()];
  for (const output of outputs) expect(processor.process([[]], [output])).toBe(true);
  expect(outputs[1]![0]!.some((each) => each !== 0)).toBe(true);
  processor.port.onmessage!({ data: { kind: "close" } });
  expect(processor.process([[]], [pair()])).toBe(false);
});

test("settings come while it runs", () => {
  const processor = made("hathor-drive", null);
  const render = () => {
    const output = pair();
    for (let block = 0; block < 20; block += 1) processor.process([[new Float32Array(128).fill(0.1), new Float32Array(128).fill(0.1)]], [output]);
    return output[0]![127]!;
  };
  expect(render()).toBeCloseTo(0.1, 6);
  processor.port.onmessage!({ data: { kind: "set", settings: { amount_db: 12, tone_hz: 20_000, level_db: 0 } } });
  expect(render()).toBeGreaterThan(0.35);
});
