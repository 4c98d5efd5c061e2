import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EffectInsert } from "../../src/effects/insert";
import { chainSettings } from "../../src/effects/settings";
import { Graph, GraphNode, waysBetween } from "../fakes/effectGraph";

let graph: Graph;
let after: GraphNode;
let insert: EffectInsert;

beforeEach(() => {
  vi.useFakeTimers();
  graph = new Graph();
  graph.install();
  after = new GraphNode("after");
  insert = new EffectInsert(graph.context, after as unknown as AudioNode);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const BASS = chainSettings({ equalizer: { gains_db: [6, 3, 0, 0, 0, 0, 0, 0, 0, 0] } });
const HALL = chainSettings({ reverb: {} });
const NOTHING = chainSettings({});
const ways = () => waysBetween(insert.input as unknown as GraphNode, after);
const isThrough = () => ways().some((way) => way.includes("hathor-limiter"));

test("while nothing is chosen there are two gains of one and nothing else", async () => {
  await insert.set(NOTHING);
  expect(graph.nodes.map((node) => [node.kind, node.gain.target])).toEqual([["GainNode", 1], ["GainNode", 1]]);
  expect(ways()).toEqual([["GainNode"]]);
  expect([graph.modules, insert.latencyFrames, insert.changes]).toEqual([[], 0, 0]);
});

test("effects are faded to, their latency is told, and another choice changes neither", async () => {
  await insert.set(BASS);
  expect(isThrough()).toBe(true);
  expect([insert.latencyFrames, insert.changes, graph.modules.length]).toEqual([303, 1, 1]);
  const direct = graph.of("GainNode")[1]!;
  expect(direct.gain.target).toBe(0);
  await insert.set(HALL);
  expect([insert.latencyFrames, insert.changes, graph.modules.length]).toEqual([303, 1, 1]);
  expect(graph.of("BiquadFilterNode")[0]!.gain.target).toBe(0);
});

test("without effects the sound is what it was, once they have faded", async () => {
  await insert.set(BASS);
  await insert.set(NOTHING);
  expect([insert.latencyFrames, insert.changes, isThrough()]).toEqual([0, 2, true]);
  vi.advanceTimersByTime(400);
  expect(ways()).toEqual([["GainNode"]]);
  expect(graph.of("GainNode")[1]!.gain.target).toBe(1);
  expect(graph.named("hathor-limiter").told.at(-1)).toEqual({ kind: "close" });
});

test("a choice that is taken back within the fade goes on with the same chain", async () => {
  await insert.set(BASS);
  await insert.set(NOTHING);
  vi.advanceTimersByTime(100);
  await insert.set(BASS);
  vi.advanceTimersByTime(1_000);
  expect([insert.latencyFrames, insert.changes, isThrough()]).toEqual([303, 3, true]);
  expect(graph.nodes.filter((node) => node.name === "hathor-limiter")).toHaveLength(1);
  await insert.set(NOTHING);
  await insert.set(NOTHING);
  vi.advanceTimersByTime(1_000);
  expect([insert.changes, isThrough()]).toEqual([4, false]);
});

test("of choices that overlap the last one counts", async () => {
  graph.isSlow = true;
  const first = insert.set(BASS);
  await insert.set(NOTHING);
  graph.release();
  await first;
  expect([isThrough(), insert.changes]).toEqual([false, 0]);
});

test("where there is no place for effects the choice is refused and the sound goes on", async () => {
  graph.refusal = new Error("no module");
  await expect(insert.set(BASS)).rejects.toMatchObject({ code: "effects-unavailable" });
  expect(ways()).toEqual([["GainNode"]]);
  Object.assign(graph.context, { audioWorklet: undefined });
  await expect(insert.set(BASS)).rejects.toMatchObject({ code: "effects-unavailable" });
});

test("once closed it leads nowhere, whatever was under way", async () => {
  await insert.set(BASS);
  await insert.set(NOTHING);
  insert.close();
  expect([ways(), vi.getTimerCount()]).toEqual([[], 0]);
  graph.isSlow = true;
  const late = insert.set(BASS);
  graph.release();
  await late;
  expect([ways(), insert.latencyFrames]).toEqual([[], 0]);
});

test("whoever watches hears what comes out, with and without effects, and nothing afterwards", async () => {
  const watcher = new GraphNode("watcher");
  const seen = () => waysBetween(insert.input as unknown as GraphNode, watcher);
  const end = insert.watch(watcher as unknown as AudioNode);
  expect(seen()).toEqual([["GainNode"]]);
  await insert.set(BASS);
  expect(seen().some((way) => way.includes("hathor-limiter"))).toBe(true);
  end();
  end();
  expect(seen()).toEqual([]);
  const again = insert.watch(watcher as unknown as AudioNode);
  expect(seen().some((way) => way.includes("hathor-limiter"))).toBe(true);
  insert.close();
  again();
});
