/** The parts of a browser that effects are made of: a graph that says what leads where, and parameters that say what they were told. */

import { vi } from "vitest";

/** What a parameter goes to. */
export class GraphParam {
  constructor(public target: number) {}
  setTargetAtTime(target: number): void {
    this.target = target;
  }
}

/** Any node; `kind` is the name of its class. */
export class GraphNode {
  readonly to = new Set<GraphNode>();
  readonly gain: GraphParam;
  readonly told: { kind: string; settings?: unknown }[] = [];
  readonly port = { postMessage: (message: { kind: string; settings?: unknown }) => void this.told.push(message) };

  constructor(
    readonly kind: string,
    readonly options: Readonly<Record<string, unknown>> = {},
    readonly name = "",
  ) {
    this.gain = new GraphParam(typeof options.gain === "number" ? options.gain : 1);
  }

  connect(to: GraphNode): GraphNode {
    this.to.add(to);
    return to;
  }

  disconnect(from?: GraphNode): void {
    if (from === undefined) this.to.clear();
    else if (!this.to.delete(from)) throw new Error("it was not connected");
  }
}

/** Takes the place of a page's audio graph. */
export class Graph {
  readonly nodes: GraphNode[] = [];
  readonly modules: string[] = [];
  refusal: Error | null = null;
  /** Resolves the loading of modules, which waits for it. */
  release: () => void = () => undefined;
  isSlow = false;

  readonly context = {
    sampleRate: 48_000,
    currentTime: 0,
    audioWorklet: {
      addModule: async (url: string) => {
        this.modules.push(url);
        if (this.refusal !== null) throw this.refusal;
        if (this.isSlow) await new Promise<void>((resolve) => (this.release = resolve));
      },
    },
  } as unknown as AudioContext;

  install(): void {
    const { nodes } = this;
    for (const kind of ["GainNode", "BiquadFilterNode", "ConvolverNode"]) {
      vi.stubGlobal(kind, class extends GraphNode {
        constructor(_context: unknown, options?: Record<string, unknown>) { super(kind, options); nodes.push(this); }
      });
    }
    vi.stubGlobal("AudioWorkletNode", class extends GraphNode {
      constructor(_context: unknown, name: string, options?: Record<string, unknown>) { super("AudioWorkletNode", options, name); nodes.push(this); }
    });
    vi.stubGlobal("AudioBuffer", class {
      readonly channels: Float32Array[] = [];
      constructor(readonly options: { readonly length: number }) {}
      copyToChannel(channel: Float32Array, i: number): void { this.channels[i] = channel; }
    });
  }

  of(kind: string): GraphNode[] {
    return this.nodes.filter((node) => node.kind === kind);
  }

  named(name: string): GraphNode {
    return this.nodes.find((node) => node.name === name)!;
  }
}

/** Every way from one node to another, as the names and kinds of what lies between. */
export function waysBetween(from: GraphNode, end: GraphNode): string[][] {
  if (from === end) return [[]];
  return [...from.to].flatMap((next) => waysBetween(next, end).map((way) => (next === end ? way : [next.name || next.kind, ...way])));
}
