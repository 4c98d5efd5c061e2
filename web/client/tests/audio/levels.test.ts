import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLevels } from "../../src/audio/levels";
import { Graph, GraphNode, waysBetween } from "../fakes/effectGraph";

let graph: Graph;

class FakeAnalyser extends GraphNode {
  readonly frequencyBinCount = 2_048;
  getFloatTimeDomainData(into: Float32Array): void {
    into.fill(0.25);
    into[7] = -0.75;
  }
  getFloatFrequencyData(into: Float32Array): void {
    into.fill(-42);
  }
}

beforeEach(() => {
  graph = new Graph();
  graph.install();
  vi.stubGlobal("AnalyserNode", class extends FakeAnalyser { constructor() { super("AnalyserNode"); graph.nodes.push(this); } });
  vi.stubGlobal("ChannelSplitterNode", class extends GraphNode { constructor() { super("ChannelSplitterNode"); graph.nodes.push(this); } });
});

afterEach(() => vi.unstubAllGlobals());

test("tells peaks of both sides and the spectrum of what it hears, and lets go", () => {
  const source = new GraphNode("source");
  const levels = openLevels(graph.context, (node) => {
    source.connect(node as unknown as GraphNode);
    return () => source.disconnect(node as unknown as GraphNode);
  });
  const [whole] = graph.of("AnalyserNode");
  expect(waysBetween(source, whole!)).toHaveLength(1);
  expect(levels.peaks()).toEqual([0.75, 0.75]);
  const spectrum = new Float32Array(levels.spectrumLength);
  levels.spectrum(spectrum);
  expect([spectrum[100], levels.stepHz, spectrum.length]).toEqual([-42, 48_000 / 4_096, 2_048]);
  levels.close();
  expect(waysBetween(source, whole!)).toHaveLength(0);
});
