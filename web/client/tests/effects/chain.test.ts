import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EffectChain, latenciesOf, TRACKS_LUFS } from "../../src/effects/chain";
import { chainSettings } from "../../src/effects/settings";
import settingsVectors from "../../../../tests/vectors/effects_settings.json";
import { Graph, GraphNode, waysBetween } from "../fakes/effectGraph";

let graph: Graph;

beforeEach(() => {
  vi.useFakeTimers();
  graph = new Graph();
  graph.install();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const made = (content: object) => new EffectChain(graph.context, chainSettings(content));
const ends = (chain: EffectChain) => [chain.input as unknown as GraphNode, chain.output as unknown as GraphNode] as const;
const convolvers = (chain: EffectChain) => waysBetween(...ends(chain)).filter((way) => way.includes("ConvolverNode"));
const worklet = (name: string) => graph.named(`hathor-${name}`);

test("sound passes the effects in their order and ends in the limiter", () => {
  const chain = made({ reverb: {} });
  const bands = Array.from({ length: 10 }, () => "BiquadFilterNode");
  const before = [...bands, "hathor-drive", "hathor-compressor", "hathor-echo", "GainNode"];
  expect(waysBetween(...ends(chain))).toEqual([
    [...before, "GainNode", "GainNode", "GainNode"],
    [...before, "GainNode", "ConvolverNode", "GainNode", "GainNode"],
  ]);
  expect(chain.output).toBe(worklet("limiter"));
});

test("latencies are told for each part and for all together, and do not depend on what is on", () => {
  expect(latenciesOf(48_000)).toEqual({ equalizer: 0, drive: 31, compressor: 0, echo: 0, reverb: 0, loudness: 0, limiter: 272 });
  expect([made({ limiter: {} }).latencyFrames, made({ drive: {}, reverb: {} }).latencyFrames]).toEqual([303, 303]);
});

test("tracks are where the server's manifests bring them", () => {
  expect(TRACKS_LUFS).toBe(settingsVectors.tracks_lufs);
});

test("every part begins as it is set, and what is not asked for is off", () => {
  made({ equalizer: { gains_db: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }, compressor: { ratio: 9 }, loudness: { target_lufs: -20 } });
  const bands = graph.of("BiquadFilterNode");
  expect(bands.map((band) => band.options.gain)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(bands[5]!.options).toMatchObject({ type: "peaking", frequency: 1000, Q: Math.SQRT2 });
  const begins = (name: string) => (worklet(name).options.processorOptions as { settings: unknown }).settings;
  expect([begins("drive"), begins("echo")]).toEqual([null, null]);
  expect(begins("compressor")).toMatchObject({ ratio: 9 });
  expect(begins("limiter")).toEqual({ ceiling_db: -1, release_seconds: 0.1 });
  expect(graph.of("GainNode").some((node) => Math.abs(node.gain.target - 10 ** (-6 / 20)) < 1e-12)).toBe(true);
});

test("what is set later is glided to, or told to the audio thread", () => {
  const chain = made({ equalizer: { gains_db: [6, 0, 0, 0, 0, 0, 0, 0, 0, 0] }, drive: {} });
  chain.set(chainSettings({ compressor: {}, limiter: { ceiling_db: -6 } }));
  expect(graph.of("BiquadFilterNode").map((band) => band.gain.target)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(worklet("drive").told).toEqual([{ kind: "set", settings: null }]);
  expect(worklet("compressor").told).toMatchObject([{ kind: "set", settings: { ratio: 3 } }]);
  expect(worklet("limiter").told).toEqual([{ kind: "set", settings: { ceiling_db: -6, release_seconds: 0.1 } }]);
});

describe("reverb", () => {
  test("powers of sound and space add up to one, and the browser scales nothing", () => {
    made({ reverb: { mix: 0.5 } });
    const half = graph.of("GainNode").filter((node) => Math.abs(node.gain.target - Math.SQRT1_2) < 1e-12);
    expect(half).toHaveLength(2);
    expect(graph.of("ConvolverNode")[0]!.options.disableNormalization).toBe(true);
  });

  test("costs nothing while it is off", () => {
    expect(convolvers(made({ limiter: {} }))).toEqual([]);
    expect(graph.of("ConvolverNode")).toEqual([]);
  });

  test("another mix keeps the space, another space fades in beside the old one, which rings out and goes", () => {
    const chain = made({ reverb: { space: "room", mix: 0.5 } });
    chain.set(chainSettings({ reverb: { space: "room", mix: 1 } }));
    expect(graph.of("ConvolverNode")).toHaveLength(1);
    chain.set(chainSettings({ reverb: { space: "hall", mix: 1 } }));
    expect(convolvers(chain)).toHaveLength(2);
    vi.advanceTimersByTime(800);
    expect(convolvers(chain)).toHaveLength(2);
    vi.advanceTimersByTime(100);
    expect(convolvers(chain)).toHaveLength(1);
    chain.set(chainSettings({ limiter: {} }));
    vi.advanceTimersByTime(10_000);
    expect(convolvers(chain)).toEqual([]);
  });
});

test("a chain that is closed leads nowhere, keeps no timer and lets the audio thread go", () => {
  const chain = made({ reverb: { space: "room" } });
  chain.set(chainSettings({ reverb: { space: "cathedral" } }));
  chain.close();
  expect(waysBetween(...ends(chain))).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  for (const name of ["drive", "compressor", "echo", "limiter"]) expect(worklet(name).told.at(-1)).toEqual({ kind: "close" });
});
